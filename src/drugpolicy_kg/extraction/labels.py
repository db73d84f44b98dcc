"""The labels that structure a plan, as patterns made from the words of its language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drugpolicy_kg.definitions import Language

_ROMAN = {"i": 1, "v": 5, "x": 10}


@dataclass(frozen=True)
class Labelled:
    """A label that was recognised: its number or letter, and where the words behind it start."""

    key: str
    end: int

    @property
    def number(self) -> int:
        """The key as a number."""
        return int(self.key)


class Labels:
    """Recognises the labels of one language at the beginning of a block."""

    def __init__(self, language: Language) -> None:
        words = language.labels
        number = rf"(?:(?:{any_of(words.number)})\s*)?(\d+)" if words.number else r"(\d+)"
        self._action = re.compile(rf"\s*(?:{any_of(words.action)})\s+{number}\s*[.:]\s*")
        self._priority = re.compile(rf"\s*(?:{any_of(words.priority)})\s+{number}\s*[.:]\s*")
        self._indicator = re.compile(rf"\s*(?:{any_of(words.indicator)})\s+{number}\s*[.:]\s*")
        self._annex = re.compile(rf"\s*(?:{any_of(words.annex)})\s+{number}\s*\.?\s*$")
        self._governance = _opening(language.headings.governance)
        self._indicators = _opening(language.headings.indicators)
        self._action_list = _opening(language.headings.action_list)
        self._role = re.compile(rf"\s*({any_of(language.roles)})\s*:\s*")

    def action(self, text: str) -> Labelled | None:
        """Return `Action 12.` or `Action 12:` at the beginning."""
        return _labelled(self._action.match(text))

    def priority(self, text: str) -> Labelled | None:
        """Return `Strategic priority 3.` at the beginning."""
        return _labelled(self._priority.match(text))

    def indicator(self, text: str) -> Labelled | None:
        """Return `Performance indicator 4.` at the beginning."""
        return _labelled(self._indicator.match(text))

    def annex(self, text: str) -> Labelled | None:
        """Return a heading that is `Annex 2` and nothing else."""
        return _labelled(self._annex.match(text))

    def role(self, text: str) -> Labelled | None:
        """Return the role word that opens an actors line, `Main actors:`."""
        return _labelled(self._role.match(text))

    @staticmethod
    def area(text: str) -> Labelled | None:
        """Return `A)` at the beginning."""
        return _labelled(re.match(r"\s*([A-Z])\)\s*(?=\S)", text))

    @staticmethod
    def section(text: str) -> Labelled | None:
        """Return the number of a section heading, `3.1.` or `2.`."""
        found = re.match(r"\s*(?:(\d+(?:\.\d+)+)\.?(?!\d)|(\d+)\.(?!\d))\s*(?=\S)", text)
        return Labelled(found[1] or found[2], found.end()) if found else None

    @staticmethod
    def roman(text: str) -> Labelled | None:
        """Return the upper-case Roman number of a heading in an annex, `IV.`, as a number."""
        found = re.match(r"\s*([IVX]+)\.\s+(?=\S)", text)
        return Labelled(str(roman_value(found[1].lower())), found.end()) if found else None

    def governance(self, text: str) -> bool:
        """Return whether a heading, which is no sentence, opens the governance actions."""
        return bool(self._governance.match(text)) and not text.rstrip().endswith(".")

    def indicators(self, text: str) -> bool:
        """Return whether a heading opens the indicators."""
        return bool(self._indicators.fullmatch(text.strip()))

    def action_list(self, text: str) -> bool:
        """Return whether a heading opens the annex that lists the actions again."""
        return bool(self._action_list.match(text))


def roman_value(numeral: str) -> int:
    """Return the value of a lower-case Roman numeral made of i, v and x.

    >>> [roman_value(numeral) for numeral in ("i", "iv", "viii", "xii")]
    [1, 4, 8, 12]
    """
    values = [_ROMAN[character] for character in numeral]
    following = [*values[1:], 0]
    return sum(-a if a < b else a for a, b in zip(values, following, strict=True))


def any_of(words: Iterable[str]) -> str:
    """Return a pattern that matches any of the words, the longest first."""
    return "|".join(
        re.escape(word).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True)
    )


def _opening(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{any_of(words)})", re.IGNORECASE)


def _labelled(found: re.Match[str] | None) -> Labelled | None:
    return Labelled(found[1], found.end()) if found else None
