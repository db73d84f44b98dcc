"""What shapes say about graphs, as findings at the lines of the documents."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING

from drugpolicy_kg import resources, validation
from drugpolicy_kg.findings import Excerpt, Rule
from drugpolicy_kg.reports import ShapesRun

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drugpolicy_kg.document import Document
    from drugpolicy_kg.findings import Finding, Place
    from drugpolicy_kg.graphs import Graph


def shaped(
    graphs: Iterable[Graph],
    documents: Iterable[Document],
    profile: validation.Profile,
    shapes: validation.Shapes | None,
    *,
    without: frozenset[str],
    said: frozenset[tuple[str, Place]],
) -> tuple[list[Finding], ShapesRun]:
    """Return what the shapes say about the graphs of documents; `without` are things left out.

    What is `said` already, by rule and place, is not said again.
    """
    result = validation.validate(graphs, profile=profile, shapes=shapes)
    names = {PurePath(own.name).name: own for own in documents}
    kept = [
        (placed, own)
        for finding, own in zip(result.findings, result.results, strict=True)
        if not _is_of(finding.thing, without)
        for placed in [_placed(finding, names.get(PurePath(finding.place.file).name))]
        if (placed.code, placed.place) not in said
    ]
    rest = replace(result, results=tuple(own for _, own in kept))
    return [finding for finding, _ in kept], run(rest)


def _is_of(thing: str, things: frozenset[str]) -> bool:
    """Return whether a thing is one of these, or a part of one."""
    return any(f"{thing}, ".startswith(f"{own}, ") for own in things)


def run(result: validation.Report) -> ShapesRun:
    """Return what a report says of how the shapes were asked."""
    return ShapesRun(result.checked, result.tables, result.version, result.turtle)


@cache
def rules() -> dict[str, Rule]:
    """Return the rules of the bundled shapes, as the catalogue has its own."""
    return {
        own.code: Rule(
            id=own.code,
            severity=own.severity,
            profile=own.profile.value,
            name=own.names,
            message=own.messages,
            remedy=own.remedies,
            rationale=own.rationale,
            source="; ".join(own.sources),
        )
        for own in validation.bundled(validation.Profile.LINKED).rules.values()
    }


def _placed(finding: Finding, document: Document | None) -> Finding:
    """Return a finding of a shape under the name that its document was given by."""
    if document is None:
        return finding
    place = replace(finding.place, file=document.name)
    if not place.line or place.page or place.part:
        return replace(finding, place=place)
    line = document.line(min(place.line, len(document.line_starts)))
    words = finding.quotation.splitlines()[0] if finding.quotation else ""
    column = line.find(words) + 1 if words else 0
    if not column:
        return replace(finding, place=place, excerpt=Excerpt(line, 1, len(line) + 1))
    return replace(
        finding,
        place=replace(place, column=column),
        excerpt=Excerpt(line, column, column + len(words)),
    )


def is_known(plan: str) -> bool:
    """Return whether a plan is in the graphs that travel with us."""
    return bool(plan) and any((resources.graphs() / "plan").glob(f"{plan}.*.ttl"))
