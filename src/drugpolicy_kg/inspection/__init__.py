"""Inspect: plan folders, documents and RDF become one report; nothing that they hold stops it.

Where a build stops at the first violation, an inspection goes on and gathers. What it cannot
read at all is an error: a missing file, a binary one, a plan.yaml that is none.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from drugpolicy_kg import __version__, rdf_input, resources, validation
from drugpolicy_kg import identifiers as ids
from drugpolicy_kg.errors import SourceError
from drugpolicy_kg.inspection import rdf
from drugpolicy_kg.inspection.look import Look, Options
from drugpolicy_kg.inspection.plans import LAYOUT_NAMES, PLAN, look_at_document, look_at_folder
from drugpolicy_kg.inspection.shaping import rules as shape_rules
from drugpolicy_kg.pipeline import Knowledge
from drugpolicy_kg.readers import read_file
from drugpolicy_kg.reports import Report
from drugpolicy_kg.validation import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drugpolicy_kg.findings import Rule


@cache
def knowledge() -> Knowledge:
    """Return the languages, tables and rules that travel with the package, read once."""
    return Knowledge(resources.root() / "data")


def validate_paths(
    paths: Sequence[Path], *, profile: Profile = Profile.LINKED, layout: str = "auto"
) -> Report:
    """Return what is wrong with plan folders (with a plan.yaml), documents and RDF, in order.

    Files of RDF are read as one graph, so that facts and their evidence may be given apart. A
    folder without a plan.yaml stands for the plan folders right below it.
    Raises `SourceError` for a file that cannot be read, and `DefinitionError` for a plan.yaml
    or a table that is not as expected.
    """
    options = Options(knowledge(), profile, layout)
    if layout not in LAYOUT_NAMES:
        raise SourceError(
            f"layout: one of {', '.join(LAYOUT_NAMES)} was expected, found '{layout}'."
        )
    looks: list[Look] = []
    rdf_files: list[rdf.Given] = []
    for path in (own for given in paths for own in _plans_below(given)):
        syntax = rdf_input.format_of(path.name)
        if path.is_dir() or path.name == PLAN:
            looks.append(look_at_folder(path if path.is_dir() else path.parent, options))
        elif syntax is not None:
            rdf_files.append(rdf.Given(read_file(path), str(path), syntax))
        else:
            looks.append(look_at_document(read_file(path), str(path), options))
    if rdf_files:
        looks.append(rdf.look_at(rdf_files, options))
    return _report(looks, profile)


def validate_bytes(
    data: bytes,
    name: str,
    *,
    media_type: str = "",
    profile: Profile = Profile.LINKED,
    layout: str = "auto",
    shapes: bytes | None = None,
) -> Report:
    """Return what is wrong with a document or RDF called `name`; no file is read but our own.

    The media type tells the format, or else the ending of the name. Written by
    `reports.write`, the report has the bytes that `drugpolicy validate NAME` gives.
    `shapes` (Turtle) are asked in place of ours. Raises `SourceError` if the document cannot be
    read, and `DefinitionError` if the shapes cannot be used.
    """
    own = None if shapes is None else validation.admit(shapes)
    options = Options(knowledge(), profile, layout, own)
    return _report([_given(data, name, media_type, options)], profile)


def _plans_below(path: Path) -> list[Path]:
    """Return the plan folders right below a folder that is none itself, or the path."""
    if not path.is_dir() or (path / PLAN).is_file():
        return [path]
    return sorted(own.parent for own in path.glob(f"*/{PLAN}")) or [path]


def _given(data: bytes, name: str, media_type: str, options: Options) -> Look:
    syntax = rdf_input.format_of(name, media_type)
    if syntax is not None:
        return rdf.look_at([rdf.Given(data, name, syntax)], options)
    return look_at_document(data, _ended(name, media_type), options)


def _ended(name: str, media_type: str) -> str:
    """Return a name whose ending tells the format.

    >>> _ended("plan", "text/markdown; charset=utf-8"), _ended("plan.md", "")
    ('plan.md', 'plan.md')
    """
    kind = media_type.partition(";")[0].strip().lower()
    ending = _ENDINGS.get(kind, "")
    return name if not ending or PurePath(name).suffix.lower() == ending else f"{name}{ending}"


_ENDINGS: Final = {
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/html": ".html",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "text/csv": ".csv",
}


# ── the report ───────────────────────────────────────────────────────────────────────────


def _report(looks: Iterable[Look], profile: Profile) -> Report:
    given = list(looks)
    rules = {**knowledge().catalogue.rules, **shape_rules()}
    findings = [finding for look in given for finding in look.findings]
    if profile is Profile.CORE:
        findings = [own for own in findings if not _is_linked(rules.get(own.code))]
    return Report(
        tuple(own for look in given for own in look.inputs),
        profile,
        tuple(findings),
        rules,
        tables=_tables() if profile is Profile.LINKED else (),
        shapes=tuple(run for look in given for run in look.shapes),
        checks=frozenset(knowledge().catalogue.rules),
        nodes={finding.thing: _node(finding.thing) for finding in findings},
    )


def _is_linked(rule: Rule | None) -> bool:
    return rule is not None and rule.profile == "linked"


def _tables() -> tuple[str, ...]:
    """Return the bundled tables, each with its number of entries, and their version."""
    entries = knowledge().authorities.entries
    return tuple(f"{table} ({len(rows)}) {__version__}" for table, rows in entries.items())


def _node(thing: str) -> str:
    """Return the IRI of what a finding is about.

    >>> _node("com-2020-606, action 14")
    'https://w3id.org/drugpolicy-kg/id/plan/com-2020-606/action/14'
    """
    plan, _, where = thing.partition(", ")
    return ids.place_in_plan(plan, where) if where else ids.plan(plan)


__all__ = ["Look", "Options", "Profile", "knowledge", "validate_bytes", "validate_paths"]
