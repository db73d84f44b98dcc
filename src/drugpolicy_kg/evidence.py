"""Where a fact was read: half-open ranges of a source, and the position of a character.

Offsets count Unicode code points from the start of the file, as
https://www.w3.org/TR/annotation-model/#text-position-selector asks; lines and columns count
from 1.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points of one source file.

    >>> len(Span(3, 8)), Span(3, 8).contains(Span(4, 5))
    (5, True)
    """

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: Span) -> bool:
        """Return whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Return whether both share at least one character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Line and column of a character, both counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


def merged(spans: list[Span]) -> tuple[Span, ...]:
    """Return the spans in order, with those that touch or overlap made one.

    >>> merged([Span(5, 7), Span(0, 2), Span(2, 3)])
    (Span(start=0, end=3), Span(start=5, end=7))
    """
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start <= result[-1].end:
            if span.end > result[-1].end:
                result[-1] = Span(result[-1].start, span.end)
        else:
            result.append(span)
    return tuple(result)
