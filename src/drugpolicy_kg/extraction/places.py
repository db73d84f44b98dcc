"""The roles of a place, where the words near it say any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drugpolicy_kg.extraction.labels import any_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drugpolicy_kg.definitions import Language

#: The role of a place of which nothing more is said.
LOCATION = "location"


class PlaceRoles:
    """Tells the roles of places by the words of one language."""

    def __init__(self, language: Language) -> None:
        conjunctions = any_of(language.conjunctions)
        articles = any_of(language.articles) if language.articles else "(?!)"
        self._list = re.compile(
            rf"[\s,()]*(?:(?:{conjunctions})\s+)?(?:(?:{articles})\s+)?[\s,()]*", re.IGNORECASE
        )
        self._roles = [
            (
                role.role,
                [re.compile(rf"(?:{pattern})$") for pattern in role.before],
                [re.compile(pattern) for pattern in role.after],
                [re.compile(pattern) for pattern in role.sentence],
                set(role.replaces),
            )
            for role in language.places
        ]

    def roles(
        self, sentence: str, start: int, end: int, others: Sequence[tuple[int, int]]
    ) -> tuple[str, ...]:
        """Return the roles of the place at `start` in a sentence that names `others` too.

        The words before the first and behind the last place of a list are said of each. If
        no words near the place tell a role, those of the sentence may; else there is none.
        """
        first, last = self._bounds(sentence, start, end, others)
        before, after = sentence[:first], sentence[last:]
        near = tuple(
            role
            for role, leading, trailing, _, _ in self._roles
            if any(pattern.search(before) for pattern in leading)
            or any(pattern.match(after) for pattern in trailing)
        )
        for role, _, _, anywhere, replaced in self._roles:
            if near and not replaced.intersection(near):
                continue
            if any(pattern.search(sentence) for pattern in anywhere):
                kept = (own for own in near if own not in replaced)
                return tuple(dict.fromkeys((role, *kept)))
        return near

    def _bounds(
        self, sentence: str, start: int, end: int, others: Sequence[tuple[int, int]]
    ) -> tuple[int, int]:
        first, last = start, end
        for low, high in sorted(others, reverse=True):
            if high <= first and self._list.fullmatch(sentence[high:first]):
                first = low
        for low, high in sorted(others):
            if low >= last and self._list.fullmatch(sentence[last:low]):
                last = high
        return first, last
