"""Turn what the grammar has matched into `Mention`s: a reference and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.citations.acts import act
from drugpolicy_kg.citations.celex import parse_celex, parse_eli
from drugpolicy_kg.citations.kinds import FORMS, SERIES, Kind
from drugpolicy_kg.citations.reference import (
    Reference,
    council_document,
    document,
    full_year,
    official_journal,
    plain,
    treaty,
)
from drugpolicy_kg.errors import CitationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drugpolicy_kg.citations.notation import Part

_YEARS: Final = range(1951, 2100)
_ELI_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
# "ETS 1" and "ETS 2" without "No" are phases of emissions trading.
_TRADING_PHASES: Final = frozenset({"1", "2"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference and its place in the text, before its surroundings are looked at."""

    start: int
    end: int
    reference: Reference
    pinpoint: str = ""
    date: str = ""
    version: str = ""
    # Behind the first one of a list: "2009/934/JHA" in "Decisions 2009/371/JHA, 2009/934/JHA".
    is_listed: bool = False
    # Written for machines: a CELEX number, an ELI, the number in the address of a document.
    is_machine: bool = False
    is_doubtful: bool = False


@dataclass(slots=True)
class _Reading:
    """The parts since the last reference, and what the references of one list share."""

    text: str
    seen: dict[str, Part] = field(default_factory=dict)
    communities: list[Part] = field(default_factory=list)
    opener: Part | None = None
    shared_community: str = ""
    shared_numero: bool = False
    count: int = 0

    def digits(self, name: str) -> str:
        part = self.seen.get(name)
        return part.value if part else ""

    def year(self) -> int:
        return full_year(self.digits("year") or self.digits("short") or "0000")

    def start(self, whole: Part) -> int:
        """Return where the wording starts: at the type word, or at the number in a list."""
        return whole.start if self.count or self.opener is None else self.opener.start


def mentions_of(text: str, parts: list[Part]) -> Iterator[Mention]:
    """Yield the references in the parts of one match; numbers that cannot be are left out."""
    reading = _Reading(text)
    for part in parts:
        read = _READERS.get(part.name)
        if read is None:
            _note(reading, part)
            continue
        mention = read(reading, part)
        if mention is not None:
            yield mention
            reading.count += 1
        reading.seen.clear()
        reading.communities.clear()


def _note(reading: _Reading, part: Part) -> None:
    if part.name in {"TYPE", "TYPES", "REGISTER", "CASE"}:
        reading.opener = part
    elif part.name in {"COMMUNITY", "EURATOM"}:
        reading.communities.append(part)
    else:
        reading.seen[part.name] = part


def _read_act(reading: _Reading, whole: Part) -> Mention | None:
    form, kind = _form_and_kind(reading.opener.value if reading.opener else "")
    community = ", ".join(part.value for part in reading.communities)
    numbered = "NUMERO" in reading.seen
    stands_before = not community or reading.communities[0].start < reading.seen["first"].start
    if not community and reading.count:
        community, numbered = reading.shared_community, reading.shared_numero
    elif stands_before:
        reading.shared_community, reading.shared_numero = community, numbered
    reference = act(
        kind,
        reading.digits("first"),
        reading.digits("second"),
        community=community,
        numbered=numbered,
        form=form,
    )
    if reference is None:
        return None
    pinpoint = "" if reading.count else " ".join(reading.digits("pinpoint").split())
    return Mention(
        reading.start(whole),
        whole.end,
        reference,
        pinpoint=pinpoint,
        is_listed=reading.count > 0,
    )


def _form_and_kind(word: str) -> tuple[str, Kind]:
    form, _, kind = word.partition("-")
    return (form, Kind(kind)) if form in FORMS else ("", Kind(word))


def _read_document(reading: _Reading, whole: Part) -> Mention | None:
    series = reading.digits("SERIES") or reading.digits("LETTER")
    last = next(reading.seen[name] for name in ("version", "count", "gap") if name in reading.seen)
    number = plain(reading.digits("count"))
    if reading.year() not in _YEARS or series not in SERIES or not (number or last.name == "gap"):
        return None
    stage = (reading.digits("FINAL"), reading.digits("correction"))
    annex = reading.digits("annexed").lstrip(",")
    version = " ".join(("/".join(filter(None, stage)) + " " + annex).split())
    return Mention(
        whole.start,
        last.end,
        document(series, reading.year(), number),
        version=version,
        is_machine="colon" in reading.seen,
    )


def _read_council(reading: _Reading, whole: Part) -> Mention | None:
    number = plain(reading.digits("registered"))
    if not number or reading.year() not in _YEARS:
        return None
    return Mention(
        reading.start(whole),
        whole.end,
        council_document(number, reading.year()),
        version=" ".join(reading.digits("state").split()),
        is_listed=reading.count > 0,
        is_machine="hyphen" in reading.seen,
    )


def _read_treaty(reading: _Reading, whole: Part) -> Mention | None:
    number = plain(reading.digits("treatyno"))
    if not number:
        return None
    doubtful = number in _TRADING_PHASES and "numero" not in reading.seen
    return Mention(whole.start, whole.end, treaty(number), is_doubtful=doubtful)


def _read_journal(reading: _Reading, whole: Part) -> Mention | None:
    day = iso_date(
        reading.digits("year"),
        reading.digits("MONTH") or reading.digits("month"),
        reading.digits("day"),
    )
    number = plain(reading.digits("issue")) + reading.digits("edition")
    year = 0
    if "place" in reading.seen:
        year = int(reading.digits("year"))
        number = f"{number}/{reading.digits('place').zfill(2)}"
    elif "actno" in reading.seen:
        year = int(reading.digits("nowyear"))
        number = f"{year}/{plain(reading.digits('actno'))}"
    if not number[0].isdigit():
        return None
    reference = official_journal(
        reading.digits("part"), number, year=year, date=day, page=reading.digits("page")
    )
    return Mention(whole.start, whole.end, reference)


def _read_docket(reading: _Reading, whole: Part) -> Mention | None:
    number = plain(reading.digits("casenumber"))
    if not number:
        return None
    reference = Reference(
        Kind.CASE_LAW, series=reading.digits("court"), year=reading.year(), number=number
    )
    return Mention(reading.start(whole), whole.end, reference, is_listed=reading.count > 0)


def _read_ecli(_: _Reading, whole: Part) -> Mention | None:
    *series, year, number = whole.value.split(":")
    reference = Reference(Kind.CASE_LAW, series=":".join(series), year=int(year), number=number)
    return Mention(whole.start, whole.end, reference)


def _read_machine(reading: _Reading, whole: Part) -> Mention | None:
    dated = _ELI_DATE.search(whole.value)
    version = reading.digits("variant").lstrip("-") or (dated[0] if dated else "")
    try:
        reference = parse_celex(whole.value) if whole.name == "celex" else parse_eli(whole.value)
    except CitationError:
        return None
    return Mention(whole.start, whole.end, reference, version=version, is_machine=True)


def iso_date(year: str, month: str, day: str) -> str:
    """Return the date in ISO 8601, or "" if there is no such day.

    >>> iso_date("2015", "6", "5"), iso_date("2015", "6", "31")
    ('2015-06-05', '')
    """
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


_READERS: Final[dict[str, Callable[[_Reading, Part], Mention | None]]] = {
    "item": _read_act,
    "marked": _read_act,
    "document": _read_document,
    "entry": _read_council,
    "council": lambda reading, whole: None if reading.count else _read_council(reading, whole),
    "treaty": _read_treaty,
    "journal": _read_journal,
    "docket": _read_docket,
    "ecli": _read_ecli,
    "celex": _read_machine,
    "eli": _read_machine,
}
