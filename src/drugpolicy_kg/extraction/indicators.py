"""What an indicator is measured by: bodies, data sources, breakdowns and periodicity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.definitions import Language
    from drugpolicy_kg.document import Text

_BODIES, _SOURCES = "actors", "sources"


class IndicatorReader:
    """Reads the indicators of one language."""

    def __init__(self, language: Language, authorities: Authorities) -> None:
        self._code = language.code
        self._authorities = authorities
        words = language.indicators
        self._breakdowns = [
            (kind, re.compile("|".join(patterns), re.IGNORECASE))
            for kind, patterns in words.breakdowns.items()
        ]
        self._periodicity = re.compile("|".join(words.periodicity), re.IGNORECASE)

    def sources(self, text: Text) -> Iterator[tuple[str, str, Text]]:
        """Yield kind ("actors" or "sources"), thing and words of what the brackets name."""
        seen: set[tuple[str, str]] = set()
        brackets = list(_brackets(text.value))
        for found in self._authorities.find(text.value, self._code, (_BODIES, _SOURCES)):
            inside = any(start <= found.start and found.end <= end for start, end in brackets)
            bracketed = any(found.start < start <= found.end + 2 for start, _ in brackets)
            if found.table == _BODIES and not inside:
                continue
            if found.table == _SOURCES and not (inside or bracketed):
                continue
            if (found.table, found.id) not in seen:
                seen.add((found.table, found.id))
                yield found.table, found.id, text.cut(found.start, found.end)
            for body in self._inside(text, found.start, found.end):
                if found.table == _SOURCES and inside and (_BODIES, body[0]) not in seen:
                    seen.add((_BODIES, body[0]))
                    yield _BODIES, body[0], body[1]

    def breakdowns(self, text: Text) -> Iterator[tuple[str, Text]]:
        """Yield each breakdown that the text names, with the words that name it."""
        found = [
            (match.start(), order, kind, match)
            for order, (kind, pattern) in enumerate(self._breakdowns)
            if (match := pattern.search(text.value))
        ]
        for _, _, kind, match in sorted(found, key=lambda row: row[:2]):
            yield kind, text.cut(match.start(), match.end())

    def periodicity(self, text: Text) -> Text | None:
        """Return the words that say how often, if any."""
        found = self._periodicity.search(text.value)
        return text.cut(found.start(), found.end()) if found else None

    def _inside(self, text: Text, start: int, end: int) -> Iterator[tuple[str, Text]]:
        """Yield the bodies that stand within the name of a source."""
        part = text.cut(start, end)
        for name in self._authorities.find(part.value, self._code, (_BODIES,)):
            yield name.id, part.cut(name.start, name.end)


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each outermost pair of brackets, without them."""
    depth = start = 0
    for index, character in enumerate(text):
        if character == "(":
            depth += 1
            if depth == 1:
                start = index + 1
        elif character == ")" and depth:
            depth -= 1
            if not depth:
                yield start, index
