"""Read CELEX numbers and ELI strings: the inverse of `Reference.celex` and `Reference.eli`."""

from __future__ import annotations

import re
from typing import Final

from drugpolicy_kg.citations.acts import act
from drugpolicy_kg.citations.kinds import ELI_TYPES, Kind
from drugpolicy_kg.citations.reference import Reference, document, plain
from drugpolicy_kg.errors import CitationError

_CELEX: Final = re.compile(
    r"(?P<sector>[0356])(?P<year>[0-9]{4})(?P<letters>[A-Z]{1,2})(?P<number>[0-9]{4})"
    r"(?P<version>R?\([0-9]{2}\)|-[0-9]{8})?"
)
_ELI: Final = re.compile(
    r"(?:(?:https?://)?(?:data\.europa\.eu|eur-lex\.europa\.eu)/)?"
    r"eli/(?P<word>[a-z_]+)/(?P<year>[0-9]{4})/(?P<number>[0-9]{1,4})(?:/[A-Za-z0-9-]+){0,3}"
)
_ACTS: Final = {
    "R": (Kind.REGULATION, ""),
    "L": (Kind.DIRECTIVE, ""),
    "D": (Kind.DECISION, ""),
    "S": (Kind.DECISION, "ECSC"),
    "E": (Kind.JOINT_ACTION, "CFSP"),
    "H": (Kind.RECOMMENDATION, ""),
    "K": (Kind.RECOMMENDATION, "ECSC"),
}
# Letter F names joint actions until 1999 and framework decisions from 2000.
_FIRST_FRAMEWORK_DECISIONS: Final = 2000
_SERIES: Final = {"DC": "COM", "PC": "COM", "JC": "JOIN"}
# The staff working documents had the series SEC until 2011.
_FIRST_SWD: Final = 2012
_COURTS: Final = {"C": "C", "T": "T", "F": "F"}


def parse_celex(text: str) -> Reference:
    """Return what a CELEX number names; a suffix for version or corrigendum is left out.

    >>> parse_celex("32004F0757").identifier
    'Framework Decision 2004/757/JHA'
    >>> parse_celex("02014L0042-20140519").identifier
    'Directive 2014/42/EU'
    """
    found = _CELEX.fullmatch(text.strip())
    reference = _celex_reference(found) if found else None
    if reference is None:
        raise CitationError(
            f"{text!r} is not a CELEX number of sector 3, 5 or 6 (or a consolidated act, 0).",
            remedy="Write it as in 32014L0042: sector, year, letters, four digits.",
        )
    return reference


def parse_eli(text: str) -> Reference:
    """Return what an ELI string of the European Union names; a date at its end is left out.

    >>> parse_eli("http://data.europa.eu/eli/dir/2014/42/oj").identifier
    'Directive 2014/42/EU'
    """
    found = _ELI.fullmatch(text.strip())
    reference = None
    if found and found["word"] in ELI_TYPES:
        kind, form = ELI_TYPES[found["word"]]
        reference = _act(kind, found["year"], found["number"], form=form)
    if reference is None:
        raise CitationError(
            f"{text!r} is not the ELI of a regulation, directive, decision or recommendation.",
            remedy="Write it as in http://data.europa.eu/eli/dir/2014/42/oj.",
        )
    return reference


def _celex_reference(found: re.Match[str]) -> Reference | None:
    sector, year, letters, number = (
        found["sector"],
        found["year"],
        found["letters"],
        found["number"],
    )
    if sector in {"0", "3"}:
        return _celex_act(letters, year, number)
    if sector == "5":
        series = _SERIES.get(letters, "")
        if letters == "SC":
            series = "SWD" if int(year) >= _FIRST_SWD else "SEC"
        return document(series, int(year), number) if series and plain(number) else None
    court = _COURTS.get(letters[0])
    if court is None or not plain(number):
        return None
    return Reference(Kind.CASE_LAW, series=court, year=int(year), number=plain(number))


def _celex_act(letters: str, year: str, number: str) -> Reference | None:
    if letters == "F":
        is_joint_action = int(year) < _FIRST_FRAMEWORK_DECISIONS
        kind = Kind.JOINT_ACTION if is_joint_action else Kind.FRAMEWORK_DECISION
        return _act(kind, year, number, community="JHA")
    if letters not in _ACTS:
        return None
    kind, community = _ACTS[letters]
    return _act(kind, year, number, community=community)


def _act(
    kind: Kind, year: str, number: str, *, community: str = "", form: str = ""
) -> Reference | None:
    """Return the act whose year is known; `act` is asked in the order of that kind."""
    first, second = (number, year) if kind is Kind.REGULATION else (year, number)
    if kind is Kind.REGULATION:
        return act(kind, first, second, community=community, numbered=True, form=form)
    return act(kind, first, second, community=community, form=form)
