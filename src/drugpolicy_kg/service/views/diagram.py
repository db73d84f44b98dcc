"""The diagram of the core: classes as boxes at declared places, properties as arrows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WIDTH: Final = 176
_HEIGHT: Final = 52
_COLUMN: Final = 304
_ROW: Final = 124
_MARGIN: Final = 12
# About the width of a letter of the labels, for the ground behind them.
_LETTER: Final = 6.4
_TIP: Final = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A class of the core."""

    name: str
    label: str
    link: str
    x: float
    y: float

    @property
    def middle(self) -> tuple[float, float]:
        """Return the middle of the box."""
        return self.x + _WIDTH / 2, self.y + _HEIGHT / 2


@dataclass(frozen=True, slots=True)
class Arrow:
    """A property between two classes, with a place for its label."""

    label: str
    link: str
    x1: float
    y1: float
    x2: float
    y2: float
    x: float
    y: float
    width: float

    @property
    def level(self) -> bool:
        """Return whether the arrow is level, so that its label has room above it."""
        return abs(self.y1 - self.y2) < 1


@dataclass(frozen=True, slots=True)
class Diagram:
    """What is drawn, and how large it is."""

    width: float
    height: float
    box_width: float
    box_height: float
    boxes: list[Box]
    arrows: list[Arrow]


def draw(settings: Mapping[str, Any], label: Callable[[str], tuple[str, str]]) -> Diagram:
    """Return the diagram; `label` gives the words and the link of a prefixed name.

    >>> drawn = draw({"boxes": {"dp:A": [0, 0], "dp:B": [1, 0]},
    ...               "arrows": [["dp:A", "dp:to", "dp:B"]]}, lambda name: (name, ""))
    >>> [(round(arrow.x1), round(arrow.x2)) for arrow in drawn.arrows]
    [(188, 312)]
    """
    boxes = {
        name: Box(name, *label(name), _MARGIN + column * _COLUMN, _MARGIN + row * _ROW)
        for name, (column, row) in settings["boxes"].items()
    }
    arrows = [
        _arrow(boxes[start], boxes[end], *label(name)) for start, name, end in settings["arrows"]
    ]
    return Diagram(
        max(box.x for box in boxes.values()) + _WIDTH + _MARGIN,
        max(box.y for box in boxes.values()) + _HEIGHT + _MARGIN,
        _WIDTH,
        _HEIGHT,
        list(boxes.values()),
        arrows,
    )


def _arrow(start: Box, end: Box, text: str, link: str) -> Arrow:
    (x1, y1), (x2, y2) = start.middle, end.middle
    first, last = _border(x1, y1, x2, y2), _border(x2, y2, x1, y1)
    length = math.hypot(last[0] - first[0], last[1] - first[1])
    # The tip is drawn at the end of the line, which is shorter by as much.
    tip = _TIP / length
    ax, ay = first
    bx, by = last[0] - (last[0] - ax) * tip, last[1] - (last[1] - ay) * tip
    return Arrow(text, link, ax, ay, bx, by, (ax + bx) / 2, (ay + by) / 2, len(text) * _LETTER + 8)


def _border(x1: float, y1: float, x2: float, y2: float) -> tuple[float, float]:
    """Return where the line from the middle of a box to another leaves the first."""
    dx, dy = x2 - x1, y2 - y1
    across = _WIDTH / 2 / abs(dx) if dx else math.inf
    along = _HEIGHT / 2 / abs(dy) if dy else math.inf
    part = min(across, along)
    return x1 + dx * part, y1 + dy * part
