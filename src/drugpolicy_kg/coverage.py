"""Coverage: what became of every character of a document.

Each character is *used* (it stands in the evidence of a fact), *prose* (it is kept as the
text of a section, and no fact of its own was read from it), *boilerplate* (blanks, signs,
markup, column heads, rules: it structures and says nothing), or *not modelled*, and then it
is listed with its line.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING

from drugpolicy_kg.document import BlockKind
from drugpolicy_kg.evidence import Span
from drugpolicy_kg.plan import Plan, Reading, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drugpolicy_kg.document import Document
    from drugpolicy_kg.plan import Readings


_USED, _PROSE, _BOILERPLATE = 1, 2, 3
#: Readings that are kept without being facts.
_NO_FACTS = {(Section, "text"), (Plan, "column_heads")}


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
    _use(flags, tuple(_readings(plan)), language, _USED)
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
            if _goes_on(document, flags, index):
                continue
            span = Span(start, index)
            yield Rest(
                span,
                document.position(start).line,
                document.quote(span)[:80],
                "words that open or part the facts around them",
            )
            start = None


def _goes_on(document: Document, flags: bytearray, index: int) -> bool:
    """Return whether only blanks and signs part a stretch from more of it on the same line."""
    for place in range(index, len(flags)):
        if not flags[place]:
            return True
        if flags[place] != _BOILERPLATE or document.source[place] in "\r\n":
            return False
    return False


def _readings(value: object) -> Iterator[Reading]:
    """Yield every reading of a fact; the prose of sections is no fact of its own."""
    if isinstance(value, Reading):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _readings(part)
    elif is_dataclass(value):
        for own in fields(value):
            if (type(value), own.name) not in _NO_FACTS:
                yield from _readings(getattr(value, own.name))
