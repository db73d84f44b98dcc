"""Tables of a page of PDF, told by the lines that are drawn around their cells."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drugpolicy_kg.readers.pdf_pages import Page, Sign

#: How far two lines may stand apart and still be one, and the shortest that counts, in points.
_NEAR: Final = 3.0
_SHORT: Final = 6.0
#: The share of a table's width that a line between two rows covers.
_ACROSS: Final = 0.6
_MOST_COLUMNS: Final = 40


@dataclass
class Grid:
    """A table: the edges of its columns and rows, and where an edge between columns is drawn."""

    columns: list[float]
    rows: list[float]
    upright: list[tuple[float, float, float]]

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.rows[0]

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.rows[-1]

    def holds(self, sign: Sign) -> bool:
        """Return whether a sign stands in the table."""
        middle = sign.base - sign.size / 4
        return (
            self.top <= middle <= self.bottom
            and self.columns[0] - _NEAR <= sign.left
            and sign.right <= self.columns[-1] + _NEAR
        )

    def place(self, sign: Sign) -> tuple[int, int]:
        """Return row and column of a sign, from 0; of joined cells, the first."""
        middle = sign.base - sign.size / 4
        row = min(max(bisect_right(self.rows, middle) - 1, 0), len(self.rows) - 2)
        across = (sign.left + sign.right) / 2
        column = min(max(bisect_right(self.columns, across) - 1, 0), len(self.columns) - 2)
        while column and not self._parted(row, self.columns[column]):
            column -= 1
        return row, column

    def _parted(self, row: int, x: float) -> bool:
        middle = (self.rows[row] + self.rows[row + 1]) / 2
        return any(
            abs(own - x) <= _NEAR and low <= middle <= high for own, low, high in self.upright
        )


def grids(page: Page) -> list[Grid]:
    """Return the tables of a page from top to bottom; a single box is none."""
    upright = _merged(
        (x, min(y, end), max(y, end))
        for x, y, other, end in page.drawn
        if abs(x - other) < _NEAR / 2 and abs(y - end) > _SHORT
    )
    level = _merged(
        (y, min(x, end), max(x, end))
        for x, y, end, other in page.drawn
        if abs(y - other) < _NEAR / 2 and abs(x - end) > _SHORT
    )
    result: list[Grid] = []
    for group in _groups(upright):
        columns = _near(x for x, _, _ in group)
        top, bottom = min(low for _, low, _ in group), max(high for _, _, high in group)
        if not 2 < len(columns) <= _MOST_COLUMNS:  # noqa: PLR2004  two columns have three edges
            continue
        width = columns[-1] - columns[0]
        inside = [own for own in level if top - _NEAR <= own[0] <= bottom + _NEAR]
        rows = [
            y
            for y in _near(y for y, _, _ in inside)
            if sum(
                min(high, columns[-1]) - max(low, columns[0])
                for own, low, high in inside
                if abs(own - y) <= _NEAR and low < columns[-1] and high > columns[0]
            )
            >= _ACROSS * width
        ]
        result.append(Grid(columns, _near([top, *rows, bottom]), group))
    return sorted(result, key=lambda grid: grid.top)


def _merged(
    lines: Iterable[tuple[float, float, float]],
) -> list[tuple[float, float, float]]:
    """Return lines as place, start and end, with those that go on at the same place made one."""
    result: list[tuple[float, float, float]] = []
    for place, low, high in sorted(lines, key=lambda line: (round(line[0]), line[1])):
        last = result[-1] if result else None
        if last and abs(last[0] - place) <= _NEAR / 2 and low <= last[2] + _NEAR:
            result[-1] = (last[0], last[1], max(last[2], high))
        else:
            result.append((place, low, high))
    return result


def _groups(
    upright: list[tuple[float, float, float]],
) -> list[list[tuple[float, float, float]]]:
    """Return the upright lines of each table: those that stand beside each other."""
    result: list[list[tuple[float, float, float]]] = []
    bottom = 0.0
    for line in sorted(upright, key=lambda own: own[1]):
        if result and line[1] < bottom - _NEAR:
            result[-1].append(line)
            bottom = max(bottom, line[2])
        else:
            result.append([line])
            bottom = line[2]
    return result


def _near(places: Iterable[float]) -> list[float]:
    """Return places in order, with those that are near each other made one."""
    ordered = sorted(places)
    return ordered[:1] + [b for a, b in pairwise(ordered) if b - a > _NEAR]
