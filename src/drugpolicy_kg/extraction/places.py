"""The role of a place, where the words near it say one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drugpolicy_kg.definitions import Language

#: The role of a place of which nothing more is said.
LOCATION = "location"


class PlaceRoles:
    """Tells the role of places by the words of one language."""

    def __init__(self, language: Language) -> None:
        conjunctions = "|".join(re.escape(word) for word in language.conjunctions)
        articles = "|".join(re.escape(word) for word in language.articles) or "(?!)"
        self._list = re.compile(
            rf"[\s,]*(?:(?:{conjunctions})\s+)?(?:(?:{articles})\s+)?(?:\w+\s+(?:{conjunctions})\s+)?[\s,]*",
            re.IGNORECASE,
        )
        self._roles = [
            (
                role.role,
                [re.compile(rf"(?:{pattern})$") for pattern in role.before],
                [re.compile(pattern) for pattern in role.after],
                [re.compile(pattern) for pattern in role.sentence],
            )
            for role in language.places
        ]

    def role(self, sentence: str, start: int, end: int, others: list[tuple[int, int]]) -> str:
        """Return the role of the place at `start` in a sentence that names `others` too.

        The words before the first and behind the last place of a list are said of each.
        """
        first, last = self._list_bounds(sentence, start, end, others)
        before, after = sentence[:first], sentence[last:]
        for role, leading, trailing, anywhere in self._roles:
            if any(pattern.search(before) for pattern in leading):
                return role
            if any(pattern.match(after) for pattern in trailing):
                return role
            if any(pattern.search(sentence) for pattern in anywhere):
                return role
        return LOCATION

    def _list_bounds(
        self, sentence: str, start: int, end: int, others: list[tuple[int, int]]
    ) -> tuple[int, int]:
        first, last = start, end
        for low, high in sorted(others, reverse=True):
            if high <= first and self._list.fullmatch(sentence[high:first]):
                first = low
        for low, high in sorted(others):
            if low >= last and self._list.fullmatch(sentence[last:low]):
                last = high
        return first, last
