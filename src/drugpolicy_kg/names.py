"""A name that stands in a text, and the thing that it names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """A name that was found: where in the text, in which table, and which thing it is."""

    start: int
    end: int
    table: str
    id: str
