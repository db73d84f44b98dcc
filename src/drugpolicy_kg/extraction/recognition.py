"""Recognise: what a document that comes alone says of itself, in place of a plan.yaml.

The words are those of the languages and of data/recognition.yaml. What is not recognised is
said, and stands in for it what the file's name tells.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, get_args

from drugpolicy_kg.citations.kinds import SERIES
from drugpolicy_kg.definitions import (
    Definition,
    EditionDefinition,
    Expected,
    Layout,
    PlanDefinition,
    Slug,
)
from drugpolicy_kg.document import Block, BlockKind
from drugpolicy_kg.extraction.dates import DateReader
from drugpolicy_kg.extraction.labels import Labels, any_of
from drugpolicy_kg.extraction.tables import Table
from drugpolicy_kg.findings import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from drugpolicy_kg.citations import Citation, Grammar, Kind
    from drugpolicy_kg.definitions import Language
    from drugpolicy_kg.document import Document

LayoutName = Literal["table", "communication"]
LAYOUTS: tuple[LayoutName, ...] = get_args(LayoutName)

_PERIOD = re.compile(r"(?:19|20)\d\d\s*[-–]\s*(?:19|20)\d\d")
_NUMBERED = re.compile(r"[a-z]+-\d{4}-\d+")
#: How many of a document's first blocks may be its cover, where nothing ends it sooner.
_COVER = 60


class Look(Definition):
    """What plans of one layout are, where no plan.yaml says otherwise."""

    priority_kind: Literal["strategic-priority", "priority-area"]
    timetable: Literal["action", "plan"]


class Recognition(Definition):
    """What a plan that comes alone is taken for (data/recognition.yaml)."""

    issuer: Slug
    status: str
    annex_type: str
    type: str
    layouts: dict[LayoutName, Look]


@dataclass(frozen=True)
class _Seen:
    """The document in the language that it was found to be in."""

    document: Document
    language: Language
    labels: Labels
    cover: Sequence[Block]
    rows: int
    headings: int


def recognise(
    document: Document,
    languages: Mapping[str, Language],
    grammar: Grammar,
    defaults: Recognition,
    *,
    layout: LayoutName | None = None,
    sha256: str,
) -> tuple[PlanDefinition, list[Notice]]:
    """Return what a plan.yaml would say of the document, and what could not be recognised.

    The counts of `expected` are all 0, since nobody has counted.
    """
    seen = max(
        (_look(document, language) for language in languages.values()),
        key=lambda own: (own.rows + own.headings, _fluency(document, own.language)),
    )
    file = PurePath(document.name).name
    said: list[Notice] = []
    name = layout or ("table" if seen.rows > seen.headings else "communication")
    if not (seen.rows or seen.headings):
        known = ", ".join(sorted(languages))
        said.append(Notice("DP-REC-001", seen.language.code, values=(("languages", known),)))
    number, slug, version = _number(seen, grammar, said, file)
    period, period_in, title = _period_and_title(seen, said, dated=name == "communication")
    has_annex = any(seen.labels.annex(block.text.value) for block in seen.cover)
    return (
        PlanDefinition(
            id=slug,
            version=version,
            number=number,
            type=defaults.annex_type if has_annex else defaults.type,
            issuer=defaults.issuer,
            priority_kind=defaults.layouts[name].priority_kind,
            adopted=_adopted(seen, said),
            status=defaults.status,
            reference=seen.language.code,
            editions=(
                EditionDefinition(
                    language=seen.language.code,
                    file=file,
                    sha256=sha256,
                    title=title,
                    period=period,
                    period_in=period_in,
                ),
            ),
            layout=Layout(
                name=name,
                timetable=defaults.layouts[name].timetable,
                sections=name == "communication" and _has_sections(seen),
            ),
            expected=Expected(priorities=0, actions=0),
        ),
        said,
    )


def _look(document: Document, language: Language) -> _Seen:
    labels = Labels(language)
    rows = headings = 0
    first = None
    for index, block in enumerate(document.blocks):
        if block.kind in {BlockKind.NOTE, BlockKind.RULE}:
            continue
        words = block.text.value
        is_action = labels.action(words) is not None
        heads = Table.opens(block, language)
        rows += heads or (is_action and block.kind is BlockKind.ROW)
        headings += is_action and _is_heading(block)
        begins = heads or is_action or labels.priority(words) or labels.area(words)
        if first is None and (begins or (_is_heading(block) and labels.section(words))):
            first = index
    end = min(_COVER, len(document.blocks)) if first is None else first
    return _Seen(document, language, labels, document.blocks[:end], rows, headings)


def _is_heading(block: Block) -> bool:
    return block.kind is BlockKind.HEADING or block.emphasised


def _fluency(document: Document, language: Language) -> int:
    """Return how often the small words of a language stand in a document."""
    words = (*language.articles, *language.conjunctions, *language.commitments.prepositions)
    return len(re.findall(rf"\b(?:{any_of(words)})\b", document.source))


def _has_sections(seen: _Seen) -> bool:
    return any(
        _is_heading(block) and seen.labels.section(block.text.value)
        for block in seen.document.blocks
    )


def _number(seen: _Seen, grammar: Grammar, said: list[Notice], file: str) -> tuple[str, str, str]:
    """Return the number as printed, its slug and the version, from the cover or the file."""
    series = set(SERIES.values())
    for block in seen.cover:
        found = _first(grammar.find(block.text.value), series)
        if found is not None:
            version = found.version or block.text.value[found.end :].strip()
            version = re.sub(r"[^a-z0-9]+", "-", version.casefold()).strip("-") or "draft"
            number = f"{found.reference.identifier} {found.version}".strip()
            return number, found.reference.slug, version
    slug = _slug(file)
    said.append(Notice("DP-REC-002", seen.language.code, values=(("name", slug),)))
    return "", slug, "draft"


def _first(citations: Iterable[Citation], series: set[Kind]) -> Citation | None:
    return next((c for c in citations if c.reference.kind in series and c.reference.slug), None)


def _slug(file: str) -> str:
    """Return a plan's identifier from the name of its file.

    >>> _slug("COM-2031-902 final.en.pdf"), _slug("Draft (2).docx"), _slug("計画.txt")
    ('com-2031-902', 'draft-2', 'plan')
    """
    stem = file.partition(".")[0].casefold()
    slug = re.sub(r"[^a-z0-9]+", "-", stem).strip("-")
    found = _NUMBERED.match(slug)
    return found[0] if found else slug or "plan"


def _adopted(seen: _Seen, said: list[Notice]) -> datetime.date | None:
    dates = DateReader(seen.language)
    for block in seen.cover:
        found = dates.cover_date(block.text.value)
        if found is not None:
            try:
                return datetime.date(int(found[3]), int(found[2]), int(found[1]))
            except ValueError:
                break  # a day that no calendar has
    said.append(Notice("DP-REC-003", seen.language.code))
    return None


def _period_and_title(seen: _Seen, said: list[Notice], *, dated: bool) -> tuple[str, str, str]:
    """Return the words of the period, the words in which they stand, and the title."""
    title = _title(seen)
    if found := _PERIOD.search(title):
        return found[0], title, title
    for pattern in seen.language.cover.periods:
        for block in seen.document.blocks:
            if block.kind is not BlockKind.NOTE and (found := re.search(pattern, block.text.value)):
                return found[1], found[0], title
    if dated:
        said.append(Notice("DP-REC-004", seen.language.code))
    return "", "", title


def _title(seen: _Seen) -> str:
    """Return the title: what follows the annex's heading, or what the cover is about."""
    blocks = [block for block in seen.cover if block.text.value.strip()]
    for block, following in zip(blocks[::-1][1:], blocks[::-1], strict=False):
        if seen.labels.annex(block.text.value):
            return following.text.value
    about = re.compile(rf"(?:{any_of(seen.language.cover.about)})\s+(?=\w)", re.IGNORECASE)
    strong = [block.text.value for block in blocks if _is_heading(block)]
    for words in reversed(strong):
        if found := about.match(words):
            return words[found.end() :]
    if strong:
        return strong[-1]
    first = blocks or [block for block in seen.document.blocks if block.text.value.strip()]
    return first[0].text.value if first else ""
