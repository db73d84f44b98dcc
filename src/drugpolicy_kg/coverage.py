"""Coverage: what became of every character of a document.

Each character is *used* (it stands in the evidence of a fact), *prose* (it is kept as the
text of a section, and no fact of its own was read from it), *boilerplate* (blanks, signs,
markup, column heads, rules: it structures and says nothing), or *not modelled*, and then it
is listed with its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drugpolicy_kg.document import BlockKind
from drugpolicy_kg.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drugpolicy_kg.document import Document
    from drugpolicy_kg.plan import Plan, Reading, Readings


_USED, _PROSE, _BOILERPLATE = 1, 2, 3


@dataclass(frozen=True)
class Rest:
    """A stretch of a document that no fact uses, and why."""

    span: Span
    line: int
    words: str
    reason: str


@dataclass(frozen=True)
class Coverage:
    """The number of characters of each sort; they add up to the document's length."""

    total: int
    used: int
    prose: int
    boilerplate: int
    rests: tuple[Rest, ...]

    @property
    def not_modelled(self) -> int:
        """How many characters stand in no fact and structure nothing."""
        return self.total - self.used - self.prose - self.boilerplate


def of(document: Document, plan: Plan, language: str) -> Coverage:
    """Return what became of every character of the edition in `language`."""
    flags = bytearray(len(document.source))
    for section in plan.sections:
        _use(flags, section.text, language, _PROSE)
    for readings in _readings(plan):
        _use(flags, readings, language, _USED)
    used, prose = flags.count(_USED), flags.count(_PROSE)
    _boilerplate(document, flags, [r for r in plan.column_heads if r.language == language])
    rests = tuple(_rests(document, flags))
    open_ = sum(len(rest.span) for rest in rests)
    boilerplate = len(flags) - used - prose - open_
    return Coverage(len(flags), used, prose, boilerplate, rests)


def _use(flags: bytearray, readings: Readings, language: str, sort: int) -> None:
    for reading in readings:
        if reading.language == language:
            for span in reading.spans:
                flags[span.start : span.end] = bytes([sort]) * len(span)


def _boilerplate(document: Document, flags: bytearray, heads: list[Reading]) -> None:
    for index, character in enumerate(document.source):
        if not flags[index] and (document.is_silent(index) or not character.isalnum()):
            flags[index] = _BOILERPLATE
    for head in heads:
        for span in head.spans:
            for index in range(span.start, span.end):
                flags[index] = flags[index] or _BOILERPLATE
    for block in document.blocks:
        if block.kind is BlockKind.RULE:
            for index in range(block.span.start, block.span.end):
                flags[index] = flags[index] or _BOILERPLATE


def _rests(document: Document, flags: bytearray) -> Iterator[Rest]:
    start = None
    for index in range(len(flags) + 1):
        free = index < len(flags) and not flags[index]
        if free and start is None:
            start = index
        elif not free and start is not None:
            span = Span(start, index)
            yield Rest(
                span, document.position(start).line, document.quote(span)[:80],
                "words that open or part the facts around them",
            )
            start = None


def _readings(plan: Plan) -> Iterator[Readings]:
    for edition in plan.editions:
        yield from (edition.title, edition.number, edition.adopted, edition.period)
    yield plan.governance
    for area in plan.areas:
        yield from (area.label, area.title)
    for priority in plan.priorities:
        yield from (priority.label, priority.title)
        yield from (priority.pillar_words, priority.annex_title)
    for code in plan.codes:
        yield code.readings
    for section in plan.sections:
        yield from (section.label, section.title)
    for action in plan.actions:
        yield from (action.label, action.title, action.text, action.annex_title)
        yield action.actors_line
        if action.timetable:
            yield action.timetable.readings
        for part in action.participations:
            yield from (part.role, part.wording, part.qualifier)
    for indicator in plan.indicators:
        yield from (indicator.label, indicator.text)
    for footnote in plan.footnotes:
        yield footnote.text
    for citation in plan.citations:
        yield citation.wording
    for commitment in plan.commitments:
        yield commitment.sentence
    for mention in plan.mentions:
        yield mention.wording
    for stated in plan.stated:
        yield stated.readings
