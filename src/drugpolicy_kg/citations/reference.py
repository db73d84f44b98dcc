"""`Reference`: what a citation names, as a value, with its identifier, slug, CELEX and ELI."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.citations.kinds import ACTS, ELI_TYPES, PREPARATORY, SERIES, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# From this year on acts are numbered in one row: "(EU) 2015/1".
ONE_ROW: Final = 2015
# From this year on the Official Journal prints years with four digits.
FOUR_DIGITS: Final = 1999
# Two digits up to this number mean a year of this century; the Communities began in 1951.
LAST_OF_2000S: Final = 50
# From this number on the Council of Europe calls its treaty series CETS.
FIRST_CETS: Final = 194
# Acts that are numbered "No 768/2008/EC", unlike their neighbours "2008/768/EC".
NUMBER_FIRST: Final = "No"

_LETTERS: Final = {
    Kind.REGULATION: "R",
    Kind.DIRECTIVE: "L",
    Kind.DECISION: "D",
    Kind.FRAMEWORK_DECISION: "F",
    Kind.JOINT_ACTION: "F",
    Kind.RECOMMENDATION: "H",
}
# Two communities had letters of their own in CELEX.
_LETTERS_OF_COMMUNITIES: Final = {
    (Kind.JOINT_ACTION, "CFSP"): "E",
    (Kind.DECISION, "ECSC"): "S",
    (Kind.RECOMMENDATION, "ECSC"): "K",
}
_ELI_WORDS: Final = {kind_and_form: word for word, kind_and_form in ELI_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Reference:
    """What a citation names, without the institution: two citations of one act are equal.

    Make one with `act`, `document`, `council_document`, `treaty` or `official_journal`, or
    read one with `Grammar.parse`; a reference whose `number` is empty stands for a number that
    the text leaves open.

    >>> reference = Reference(Kind.DIRECTIVE, community="EU", year=2019, number="1153")
    >>> reference.identifier, reference.slug
    ('Directive (EU) 2019/1153', 'directive-2019-1153')
    >>> reference.celex, reference.eli
    ('32019L1153', 'http://data.europa.eu/eli/dir/2019/1153/oj')
    """

    kind: Kind
    series: str = ""
    community: str = ""
    year: int = 0
    number: str = ""
    date: str = ""
    page: str = ""
    # An implementing regulation and the regulation of that number are one and the same act.
    form: str = field(default="", compare=False)

    @property
    def identifier(self) -> str:
        """The reference as jurists write it in English, or "" where the number is open."""
        if not self.number:
            return ""
        if self.kind in ACTS:
            return _act_identifier(self)
        printed = _PRINTED.get(self.kind)
        if printed is not None:
            return printed(self)
        return f"{self.series}({printed_year(self.year)}) {self.number}"

    @property
    def slug(self) -> str:
        """The reference as the last segment of an IRI, or "" where the number is open."""
        if not self.number:
            return ""
        if self.kind in ACTS:
            order = f"{self.year}-{self.number}"
            if self.series == NUMBER_FIRST:
                order = f"no-{self.number}-{self.year}"
            return f"{self.kind}-{order}"
        if self.kind in SERIES.values():
            return f"{self.series.lower()}-{self.year}-{self.number}"
        if self.kind is Kind.COUNCIL_DOCUMENT:
            return f"{self.series.lower()}-{self.number}-{self.year}"
        if self.kind is Kind.OFFICIAL_JOURNAL:
            place = (self.series, self.number, self.date or str(self.year or ""), self.page)
            return _slug("oj", *place)
        return _slug(self.identifier)

    @property
    def celex_candidates(self) -> tuple[str, ...]:
        """The CELEX numbers that the rule allows: two for a COM document, (DC, PC)."""
        if not self.number.isdigit() or len(self.number) > len("0000"):
            return ()
        letters = PREPARATORY.get(self.series, ())
        sector = 5
        if self.kind in ACTS:
            sector = 3
            main = _LETTERS[self.kind]
            letters = (_LETTERS_OF_COMMUNITIES.get((self.kind, self.community), main),)
        elif self.kind not in SERIES.values():
            return ()
        return tuple(f"{sector}{self.year}{letter}{int(self.number):04d}" for letter in letters)

    @property
    def celex(self) -> str | None:
        """The CELEX number by rule (a COM document read as a communication), or None."""
        return next(iter(self.celex_candidates), None)

    @property
    def celex_is_safe(self) -> bool:
        """Whether the rule is known to hold: for acts, not for preparatory documents.

        EUR-Lex gives a proposal DC, a communication PC or a corrected version a suffix, and the
        reference does not show it.
        """
        return self.kind in ACTS and self.celex is not None

    @property
    def eli(self) -> str | None:
        """The ELI of the act as published, by the template of the Publications Office."""
        word = _ELI_WORDS.get((self.kind, self.form))
        if word is None or not self.number:
            return None
        return f"http://data.europa.eu/eli/{word}/{self.year}/{self.number}/oj"

    def __str__(self) -> str:
        """Return the identifier."""
        return self.identifier


def document(series: str, year: int, number: str = "") -> Reference:
    """Return the reference to a document of the Commission; without a number, an open one.

    >>> document("COM", 2020, "0606").identifier
    'COM(2020) 606'
    """
    return Reference(SERIES[series], series=series, year=year, number=plain(number))


def council_document(number: str, year: int) -> Reference:
    """Return the reference to a document in the register of the Council.

    >>> council_document("12848", 2020).identifier
    'ST 12848/20'
    """
    return Reference(Kind.COUNCIL_DOCUMENT, series="ST", year=year, number=plain(number))


def treaty(number: str) -> Reference:
    """Return the reference to a treaty of the Council of Europe.

    >>> treaty("030").identifier, treaty("198").identifier
    ('ETS 30', 'CETS 198')
    """
    series = "CETS" if int(number) >= FIRST_CETS else "ETS"
    return Reference(Kind.TREATY, series=series, number=plain(number))


def official_journal(
    series: str, number: str, *, year: int = 0, date: str = "", page: str = ""
) -> Reference:
    """Return the reference to a place in the Official Journal.

    The number is that of the issue, of issue and item ("272/02", with the year), or of the act
    ("2024/1260", since October 2023).

    >>> official_journal("L", "141", date="2015-06-05", page="1").identifier
    'OJ L 141, 5.6.2015, p. 1'
    """
    return Reference(
        Kind.OFFICIAL_JOURNAL,
        series=series,
        year=int(date[:4]) if date else year,
        number=number,
        date=date,
        page=plain(page),
    )


def plain(number: str) -> str:
    """Return the number without leading zeros.

    >>> plain("065")
    '65'
    """
    return number.lstrip("0")


def full_year(digits: str) -> int:
    """Return the year of two or four digits; two digits mean 1951 to 2050.

    >>> full_year("20"), full_year("93"), full_year("2019")
    (2020, 1993, 2019)
    """
    year = int(digits)
    if len(digits) > len("00"):
        return year
    return 1900 + year if year > LAST_OF_2000S else 2000 + year


def printed_year(year: int) -> str:
    """Return the year as the Official Journal printed it then.

    >>> printed_year(1997), printed_year(2004)
    ('97', '2004')
    """
    return str(year) if year >= FOUR_DIGITS else f"{year % 100:02d}"


def _act_identifier(act: Reference) -> str:
    name = " ".join(f"{act.form} {act.kind.replace('-', ' ')}".split()).title()
    before = f"({act.community}) " if act.community else ""
    # "2007/436/EC, Euratom": behind other communities a blank could begin the next sentence part.
    joined = act.community.replace(", ", ",").replace(",Euratom", ", Euratom")
    after = f"/{joined}" if joined else ""
    year = printed_year(act.year)
    if act.year >= ONE_ROW:
        return f"{name} {before}{year}/{act.number}"
    if act.kind is Kind.REGULATION:
        return f"{name} {before}{NUMBER_FIRST} {act.number}/{year}"
    if act.series == NUMBER_FIRST:
        return f"{name} {NUMBER_FIRST} {act.number}/{year}{after}"
    return f"{name} {year}/{act.number}{after}"


def _case_identifier(case: Reference) -> str:
    if ":" in case.series:
        return f"{case.series}:{case.year}:{case.number}"
    return f"Case {case.series}-{case.number}/{case.year % 100:02d}"


def _journal_identifier(place: Reference) -> str:
    issue, _, item = place.number.partition("/")
    if item and issue != str(place.year):
        return f"OJ {place.year}/{place.series} {place.number}"
    comma = "," if item else ""
    words = [" ".join(f"OJ {place.series}{comma} {place.number}".split())]
    if place.date:
        year, month, day = place.date.split("-")
        words.append(f"{int(day)}.{int(month)}.{year}")
    if place.page:
        words.append(f"p. {place.page}")
    return ", ".join(words)


def _slug(*pieces: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", " ".join(pieces).lower()))


_PRINTED: Final[Mapping[Kind, Callable[[Reference], str]]] = {
    Kind.CASE_LAW: _case_identifier,
    Kind.OFFICIAL_JOURNAL: _journal_identifier,
    Kind.COUNCIL_DOCUMENT: lambda it: f"{it.series} {it.number}/{it.year % 100:02d}",
    Kind.TREATY: lambda it: f"{it.series} {it.number}",
}
