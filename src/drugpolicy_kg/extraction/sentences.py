"""Sentences of a text: where each begins and ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drugpolicy_kg.definitions import Language

# A run of stops is tried once, from its first, and given up as a whole.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s|$)")
_OPENS = re.compile(r"\s*[\"'“‘«(\[]*(?:[^\W\d_a-zæøåäöüéèàêô]|\d|[ivx]+\))")


class Sentences:
    """Cuts texts of one language into sentences; abbreviations end none."""

    def __init__(self, language: Language) -> None:
        words = "|".join(re.escape(word) for word in language.abbreviations)
        # What stands before a stop is looked at no further back than an abbreviation can reach.
        self._reach = 1 + max(map(len, language.abbreviations), default=0)
        self._abbreviated = re.compile(rf"(?:^|[\s(\[])(?:{words})$", re.IGNORECASE)

        # One passage is asked for again by each name in it.
        self._latest: tuple[str, tuple[tuple[int, int], ...]] = ("", ())

    def bounds(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return start and end of every sentence; a line feed always ends one."""
        if text != self._latest[0]:
            self._latest = text, self._bounds(text)
        return self._latest[1]

    def _bounds(self, text: str) -> tuple[tuple[int, int], ...]:
        result: list[tuple[int, int]] = []
        start = 0
        for line in text.split("\n"):
            result.extend((start + low, start + high) for low, high in self._of_paragraph(line))
            start += len(line) + 1
        return tuple(result)

    def first(self, text: str) -> tuple[int, int]:
        """Return start and end of the first sentence, its full stop included."""
        bounds = self.bounds(text)
        return bounds[0] if bounds else (0, len(text))

    def _of_paragraph(self, text: str) -> list[tuple[int, int]]:
        bounds: list[tuple[int, int]] = []
        start = 0
        last = len(text.rstrip())
        for found in _END.finditer(text):
            end = found.end()
            if end < last and not self._ends(text, found):
                continue
            if text[start:end].strip():
                bounds.append(_trimmed(text, start, end))
            start = end
        if text[start:].strip():
            bounds.append(_trimmed(text, start, len(text)))
        return bounds

    def _ends(self, text: str, found: re.Match[str]) -> bool:
        stop = found.start() + 1
        if self._abbreviated.search(text[max(stop - self._reach, 0) : stop]):
            return False
        return bool(_OPENS.match(text, found.end()))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    return (
        start + len(words) - len(words.lstrip()),
        end - (len(words) - len(words.rstrip())),
    )
