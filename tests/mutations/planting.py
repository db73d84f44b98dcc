"""Where defects can be planted, and the register of their kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drugpolicy_kg.evidence import Span
    from drugpolicy_kg.pipeline import PlanResult
    from drugpolicy_kg.plan import Action, Readings


@dataclass(frozen=True)
class Place:
    """Where a defect can be planted: a range, what stands there instead, and what it is about.

    `at` is the place of the unchanged source whose line the finding must name.
    """

    start: int
    end: int
    new: str
    at: int
    thing: str = ""
    #: What takes in the words of a thing that is lost.
    also: str = ""


@dataclass(frozen=True)
class Edition:
    """An edition of a real plan that defects are planted in."""

    name: str
    language: str
    result: PlanResult

    @property
    def source(self) -> str:
        return self.result.documents[self.language].source

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.result.plan.actions

    def spans(self, readings: Readings) -> list[Span]:
        """Return the passages of a reading in this language."""
        mine = [reading for reading in readings if reading.language == self.language]
        return [span for reading in mine for span in reading.spans]

    def swapped(self, readings: Readings, pattern: str, new: str, thing: str) -> Iterator[Place]:
        """Yield places at which a pattern's match is replaced; `new` may name its groups."""
        for span in self.spans(readings):
            for found in re.finditer(pattern, self.source[span.start : span.end]):
                start, end = span.start + found.start(), span.start + found.end()
                yield Place(start, end, found.expand(new), start, thing)

    @property
    def is_table(self) -> bool:
        return self.result.definition.layout.name == "table"


Planter = Callable[[Edition], Iterator[Place]]


@dataclass(frozen=True)
class Kind:
    """A kind of defect: where it can be planted, who finds it, and what follows of necessity."""

    name: str
    planter: Planter
    rules: frozenset[str]
    follows: frozenset[str] = frozenset()


KINDS: list[Kind] = []


def kind(name: str, *rules: str, follows: set[str] = frozenset()) -> Callable[[Planter], Planter]:  # type: ignore[assignment]
    """Register a planter as a kind of defect."""

    def register(planter: Planter) -> Planter:
        KINDS.append(Kind(name, planter, frozenset(rules), frozenset(follows)))
        return planter

    return register


def timetables(edition: Edition, pattern: str, new: str) -> Iterator[Place]:
    for action in edition.actions:
        if edition.is_table and action.timetable:
            yield from edition.swapped(
                action.timetable.readings, pattern, new, f"action {action.number}"
            )


def codes(edition: Edition, new: str) -> Iterator[Place]:
    """Yield the code cells: they stand between the text and the timetable."""
    for action in edition.actions:
        if action.codes and action.timetable and edition.is_table:
            last = edition.spans(action.text)[0].end
            start = min(last, edition.spans(action.timetable.readings)[0].start)
            end = edition.spans(action.timetable.readings)[0].start
            pattern = re.compile(rf"(?<=[\s>]){re.escape(action.codes[0])}(?![\d])")
            found = pattern.search(edition.source, start, end)
            if found:
                first, second = action.codes[0].split(".")
                words = new.format(first=int(first) % 8 + 1, own=first, second=second)
                yield Place(*found.span(), words, found.start(), f"action {action.number}")
