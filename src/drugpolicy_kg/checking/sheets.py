"""One edition of a plan as it is checked: the document, and what was read of it alone."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from drugpolicy_kg.findings import Notice

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from drugpolicy_kg.definitions import Language, PlanDefinition
    from drugpolicy_kg.document import Document, Text
    from drugpolicy_kg.evidence import Span
    from drugpolicy_kg.plan import Plan, Readings


#: How many passages may begin between a character and the beginning of its own.
_BACK = 8


@dataclass(frozen=True)
class Sheet:
    """An edition: what a reader saw, what was extracted of it, and the words of its language."""

    document: Document
    plan: Plan
    definition: PlanDefinition
    language: Language

    def notice(self, code: str, at: Readings, thing: str = "", **values: object) -> Notice:
        """Return a notice about the passage of a reading."""
        reading = at[0] if at else None
        span = reading.spans[0] if reading and reading.spans else None
        return self.at(code, span, reading.text if reading and span else "", thing, **values)

    def of_text(
        self, code: str, text: Text, start: int, end: int, thing: str, **values: object
    ) -> Notice:
        """Return a notice about the characters of a text from `start` to `end`."""
        part = text.cut(start, end)
        spans = self.document.spans(part)
        return self.at(code, spans[0] if spans else None, part.value, thing, **values)

    def at(
        self, code: str, span: Span | None, quotation: str, thing: str = "", **values: object
    ) -> Notice:
        """Return a notice about a range of the source."""
        told = tuple((name, str(value)) for name, value in values.items())
        return Notice(code, self.plan.editions[0].language, span, quotation, thing, told)

    def search(self, at: Readings, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Yield the places of the source within a reading at which a pattern is found."""
        for reading in at:
            for span in reading.spans:
                yield from pattern.finditer(self.document.source, span.start, span.end)

    def where(self, offset: int) -> str:
        """Return the action, indicator, footnote or section in which a character stands."""
        index = bisect_right(self._index, (offset, len(self.document.source), ""))
        for start, end, name in reversed(self._index[max(index - _BACK, 0) : index]):
            if start <= offset < end:
                return name
        return ""

    @cached_property
    def _index(self) -> list[tuple[int, int, str]]:
        return sorted((start, end, name) for name, start, end in self._places())

    def _places(self) -> Iterator[tuple[str, int, int]]:
        plan = self.plan
        for footnote in plan.footnotes:
            yield from _spans(f"footnote {footnote.label}", footnote.text)
        for action in plan.actions:
            name = f"action {action.number}"
            yield from _spans(
                name, (*action.label, *action.title, *action.actors_line, *action.text)
            )
            yield from _spans(name, action.timetable.readings if action.timetable else ())
        for indicator in plan.indicators:
            name = f"indicator {indicator.number}"
            yield from _spans(name, (*indicator.label, *indicator.text))
        for priority in plan.priorities:
            yield from _spans(f"priority {priority.number}", (*priority.label, *priority.title))
        for section in plan.sections:
            name = f"section {section.key}" if section.key[0].isdigit() else section.key
            yield from _spans(name, (*section.label, *section.title, *section.text))


def _spans(name: str, readings: Readings) -> Iterator[tuple[str, int, int]]:
    for reading in readings:
        for span in reading.spans:
            yield name, span.start, span.end
