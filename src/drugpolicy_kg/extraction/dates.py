"""Dates and money in running text, never more precise than the words.

`by mid-2026` has only an end, `as from 2024` only a start, `in 2024 and 2025` both; *early*,
*mid* and *spring* give the year, and the words stay in the wording.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drugpolicy_kg.extraction.labels import any_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drugpolicy_kg.definitions import Dates, Language

_YEAR = r"(?:19|20)\d\d"


@dataclass(frozen=True, slots=True)
class When:
    """A date as written: ISO 8601 of reduced precision, and where it stands in the text."""

    start: int
    end: int
    due_start: str
    due_end: str
    #: Whether a preposition leads to the date, as in *by 2026*; *the 2026 report* has none.
    led: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as written: the value as a plain number, ISO 4217 currency, and its place."""

    start: int
    end: int
    amount: str
    currency: str


class DateReader:
    """Finds dates and amounts by the words of one language."""

    def __init__(self, language: Language) -> None:
        words = language.dates
        self._words = words
        self._months = {name.casefold(): i for i, name in enumerate(words.months, start=1)}
        part = any_of(words.parts_of_year)
        month = any_of(words.months)
        point = rf"(?:(?:{part})[\s-]+)?(?:(?:(\d{{1,2}})\.?\s+)?({month})\s+)?({_YEAR})"
        joint = rf"\s*(?:{any_of((*words.to, *words.also))})\s*"
        within = any_of(words.within)
        lead = (
            rf"(?:\b({any_of((*words.until, *words.since, *words.within))})\s+"
            rf"(?:(?:{within})\s+)?)?"
        )
        self._date = re.compile(
            rf"(?<![\w/.-])(?<!\w\(){lead}{point}(?:{joint}{point})?(?![\w/]|\.\d)", re.IGNORECASE
        )
        self._until = {word.casefold() for word in words.until}
        self._since = {word.casefold() for word in words.since}
        self._money = _money_pattern(words)
        # One passage is asked for again by each place in it.
        self._latest: tuple[str, re.Match[str] | None] = ("", None)
        self._cover = re.compile(
            rf"(?:{any_of(words.place_of_signature)}),?\s+(\d{{1,2}})\.(\d{{1,2}})\.({_YEAR})"
        )

    def cover_date(self, text: str) -> re.Match[str] | None:
        """Return the place and date under the document's head, `Brussels, 24.7.2020`."""
        if text != self._latest[0]:
            self._latest = text, self._cover.search(text)
        return self._latest[1]

    def dates(self, text: str, start: int = 0, end: int | None = None) -> Iterator[When]:
        """Yield the dates between two places of a text, in order."""
        for found in self._date.finditer(text, start, len(text) if end is None else end):
            when = self._when(found)
            if when is not None:
                yield when

    def money(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Money]:
        """Yield the amounts of money between two places of a text, in order."""
        for found in self._money.finditer(text, start, len(text) if end is None else end):
            currency = found["before"] or found["after"]
            if currency is None:
                continue
            yield Money(
                found.start(), found.end(), self._amount(found), self._words.currencies[currency]
            )

    def years(self, text: str) -> tuple[int, int] | None:
        """Return first and last year of a period, `2021-2025` or `2024 and 2025`."""
        found = [int(year) for year in re.findall(_YEAR, text)]
        return (found[0], found[-1]) if found else None

    def _when(self, found: re.Match[str]) -> When | None:
        lead = re.sub(r"\s+", " ", found[1].casefold()) if found[1] else ""
        first = self._iso(found[2], found[3], found[4])
        second = self._iso(found[5], found[6], found[7]) if found[7] else ""
        if first is None or second is None:
            return None
        place, led = (found.start(), found.end()), bool(lead)
        if second:
            return When(*place, first, second, led)
        if lead in self._until:
            return When(*place, "", first, led)
        if lead in self._since:
            return When(*place, first, "", led)
        return When(*place, first, first, led)

    def _iso(self, day: str | None, month: str | None, year: str) -> str | None:
        if month is None:
            return year
        number = self._months[month.casefold()]
        if day is None:
            return f"{year}-{number:02d}"
        try:
            return datetime.date(int(year), number, int(day)).isoformat()
        except ValueError:
            return None  # a day that no calendar has

    def _amount(self, found: re.Match[str]) -> str:
        grouped = re.sub(r"[\s.,](?=\d{3}(?!\d))", "", found["digits"])
        digits = grouped.replace(",", ".")
        multiple = self._words.multiples.get((found["multiple"] or "").casefold(), 1)
        whole, _, decimals = digits.partition(".")
        if not decimals:
            return str(int(whole) * multiple)
        value = int(whole + decimals) * multiple
        scale = 10 ** len(decimals)
        if value % scale == 0:
            return str(value // scale)
        return f"{value // scale}.{value % scale:0{len(decimals)}d}".rstrip("0")


def _money_pattern(words: Dates) -> re.Pattern[str]:
    currency = any_of(words.currencies)
    number = r"\d{1,3}(?:[\s.,]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
    return re.compile(
        rf"(?:(?:{any_of(words.at_least)})\s+)?"
        rf"(?:(?P<before>{currency})\s*)?(?P<digits>{number})"
        rf"(?:\s+(?P<multiple>{any_of(words.multiples)}))?"
        rf"(?:\s*(?P<after>{currency})(?!\w))?"
    )
