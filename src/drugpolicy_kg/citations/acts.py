"""Read the two numbers of an act: which of them is the year, and how they are printed.

Until 2014 regulations were numbered "No 273/2004" and other acts "2014/42/EU" (some decisions
"No 768/2008/EC"); since 2015 all acts share "(EU) 2019/1153". Documents mix these forms up.
"""

from __future__ import annotations

from typing import Final

from drugpolicy_kg.citations.kinds import Kind
from drugpolicy_kg.citations.reference import (
    FOUR_DIGITS,
    NUMBER_FIRST,
    ONE_ROW,
    Reference,
    full_year,
    plain,
)

_FIRST_YEAR: Final = 1951
_LAST_YEAR: Final = 2099
# First and last year in which a community numbered acts; others are not tied to years.
_YEARS_OF: Final = {"EEC": (1958, 1993), "EC": (1993, 2009), "EU": (2009, _LAST_YEAR)}
# The years in which a regulation or directive without community leaves no doubt which it was.
_SURE_YEARS_OF: Final = {"EEC": (1958, 1992), "EC": (1994, 2008), "EU": (2010, _LAST_YEAR)}
# Decisions and joint actions were taken under several treaties at a time: no default.
_DEFAULTS: Final = frozenset({Kind.REGULATION, Kind.DIRECTIVE, Kind.RECOMMENDATION})


def act(
    kind: Kind,
    first: str,
    second: str,
    *,
    community: str = "",
    numbered: bool = False,
    form: str = "",
) -> Reference | None:
    """Return the reference to the act with these two numbers, None if neither can be its year.

    `numbered` says that "No" stands before the numbers.

    >>> act(Kind.DIRECTIVE, "2019", "1153")
    ... # doctest: +ELLIPSIS
    Reference(kind=<Kind.DIRECTIVE: 'directive'>, series='', community='EU', year=2019, ...)
    >>> act(Kind.REGULATION, "1986", "2006", community="EC", numbered=True).identifier
    'Regulation (EC) No 1986/2006'
    """
    orders = [
        (full_year(year), plain(number), order)
        for year, number, order in ((first, second, ""), (second, first, NUMBER_FIRST))
        if _may_be_year(year) and plain(number)
    ]
    fitting = [order for order in orders if _fits(community, order[0])] or orders
    if not fitting:
        return None
    year, number, order = fitting[-1 if _number_first(kind, first, numbered=numbered) else 0]
    keeps_order = kind is Kind.DECISION and year < ONE_ROW
    return Reference(
        kind,
        series=order if keeps_order else "",
        community=community or _default_community(kind, year),
        year=year,
        number=number,
        form=form,
    )


def _may_be_year(digits: str) -> bool:
    year = full_year(digits)
    if len(digits) == len("00"):
        return year < FOUR_DIGITS + 1
    return len(digits) == len("0000") and _FIRST_YEAR <= year <= _LAST_YEAR


def _fits(community: str, year: int) -> bool:
    first, last = _YEARS_OF.get(community.partition(",")[0], (_FIRST_YEAR, _LAST_YEAR))
    return first <= year <= last


def _number_first(kind: Kind, first: str, *, numbered: bool) -> bool:
    """Tell the order where both numbers could be the year, as in "Regulation 2016/1999"."""
    in_one_row = _may_be_year(first) and full_year(first) >= ONE_ROW
    return numbered or (kind is Kind.REGULATION and not in_one_row)


def _default_community(kind: Kind, year: int) -> str:
    if kind is Kind.FRAMEWORK_DECISION:
        return "JHA"
    if kind in _DEFAULTS or year >= ONE_ROW:
        for community, (first, last) in _SURE_YEARS_OF.items():
            if first <= year <= last:
                return community
    return ""
