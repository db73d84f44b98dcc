"""What a text claims to hold: "17 actions in four priority areas"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drugpolicy_kg.extraction.labels import any_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drugpolicy_kg.definitions import Language
    from drugpolicy_kg.document import Text


class Claims:
    """Finds the counts that a text states of its own actions, priorities and indicators."""

    def __init__(self, language: Language) -> None:
        self._numbers = {word.casefold(): value for word, value in language.numbers.items()}
        number = rf"\d{{1,3}}|{any_of(language.numbers)}"
        self._patterns = {
            what: re.compile(
                rf"(?<![\w.,(])({number})\s+(?:[^\W\d]+\s+){{0,1}}(?:{any_of(nouns)})\b",
                re.IGNORECASE,
            )
            for what, nouns in language.counted.items()
        }

    def find(self, text: Text) -> Iterator[tuple[str, int, Text]]:
        """Yield what is counted, how many, and the words that say so, in reading order."""
        found = [
            (match.start(), what, match)
            for what, pattern in self._patterns.items()
            for match in pattern.finditer(text.value)
        ]
        for _, what, match in sorted(found, key=lambda row: row[:2]):
            word = match[1].casefold()
            count = int(word) if word.isdigit() else self._numbers[word]
            yield what, count, text.cut(match.start(), match.end())
