"""How a node is broken so that one constraint fails, whatever else fails with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.validation.results import plain
from drugpolicy_kg.vocabulary import DP, ID, RDF, RDF_NAMESPACE, SKOS, XSD

if TYPE_CHECKING:
    from collections.abc import Callable

    from drugpolicy_kg.validation.results import Term

    Row = dict[str, list[Term]]

_ELSEWHERE: Final = ox.NamedNode("http://example.org/elsewhere")
_UNKNOWN: Final = ox.NamedNode(f"{ID}unknown")
_WORDS: Final = ox.Literal("words")
_LANG_STRING: Final = RDF_NAMESPACE + "langString"
#: A value that no rule expects where the datatype is another one.
_FOREIGN: Final = {
    _LANG_STRING: _WORDS,
    XSD.string: ox.Literal("words", language="en"),
    XSD.decimal: ox.Literal(5),
}
#: What comes after every value of a datatype.
_LATE: Final = {
    XSD.integer: ox.Literal(99999),
    XSD.date: ox.Literal("2999-01-01", datatype=ox.NamedNode(XSD.date)),
}
#: A value of a datatype where the published graphs have none.
_SAMPLES: Final = {
    XSD.string: ox.Literal("name"),
    XSD.date: ox.Literal("2024-07-02", datatype=ox.NamedNode(XSD.date)),
}
_EARLY: Final = {
    XSD.integer: ox.Literal(1),
    XSD.date: ox.Literal("1900-01-01", datatype=ox.NamedNode(XSD.date)),
}


def broken(component: str, parameters: dict[str, Term], path: str, row: Row) -> None:
    """Change the values of a path so that a constraint of SHACL's core fails."""
    parameter = parameters[component]
    sample = _SAMPLES.get(plain(parameters.get("Datatype", _WORDS)), _UNKNOWN)
    values = row.get(path) or [sample]
    first = values[0]
    other = row.get(plain(parameter), []) if isinstance(parameter, ox.NamedNode) else []
    ways: dict[str, Callable[[], list[Term]]] = {
        "MinCount": lambda: values[: int(plain(parameter)) - 1],
        "MaxCount": lambda: [*values, *_more(first, int(plain(parameter)))],
        "Datatype": lambda: [_FOREIGN.get(plain(parameter), _WORDS)],
        "NodeKind": lambda: [_WORDS],
        "Class": lambda: [_UNKNOWN],
        "Pattern": lambda: [_ELSEWHERE if isinstance(first, ox.NamedNode) else _like(first, "/?")],
        "MinLength": lambda: [_like(first, "")],
        "MinInclusive": lambda: [ox.Literal(int(plain(parameter)) - 1)],
        "MaxInclusive": lambda: [ox.Literal(int(plain(parameter)) + 1)],
        "MinExclusive": lambda: [_like(first, plain(parameter))],
        "LessThan": lambda: _reversed(row, parameter, first),
        "LessThanOrEquals": lambda: _reversed(row, parameter, first),
        "Equals": lambda: [_ELSEWHERE] if isinstance(first, ox.NamedNode) else [_like(first, "?")],
        "Disjoint": lambda: [*values, *other],
        "UniqueLang": lambda: [*values, _like(first, f"{plain(first)} again")],
    }
    row[path] = ways[component]()


def _more(first: Term, most: int) -> list[Term]:
    """As many values that are like the first as break a limit."""
    return [_another(first, number) for number in range(1, most + 1)]


def _another(term: Term, number: int) -> Term:
    if isinstance(term, ox.NamedNode):
        return ox.NamedNode(f"{term.value}-{number}")
    if not isinstance(term, ox.Literal):
        raise TypeError(term)
    if term.language:
        return ox.Literal(term.value, language="ga")
    kind = term.datatype.value
    if kind in _LATE:
        return _LATE[kind]
    if kind == XSD.boolean:
        return ox.Literal(term.value != "true")
    if kind == XSD.decimal:
        return _like(term, f"{term.value}1")
    return _like(term, f"{term.value}{number}")


def _like(term: Term, text: str) -> ox.Literal:
    if isinstance(term, ox.Literal) and term.language:
        return ox.Literal(text, language=term.language)
    return ox.Literal(text, datatype=term.datatype) if isinstance(term, ox.Literal) else _WORDS


def _reversed(row: Row, parameter: Term, first: Term) -> list[Term]:
    """A late value, and an early one for the property that should come after it."""
    kind = first.datatype.value if isinstance(first, ox.Literal) else XSD.date
    row[plain(parameter)] = [_EARLY[kind]]
    return [_LATE[kind]]


# ── rules with a query ───────────────────────────────────────────────────────────────────


def _set(path: str, *values: Term) -> Callable[[str, Row], None]:
    def change(_: str, row: Row) -> None:
        row[path] = list(values)

    return change


def _drop(*paths: str) -> Callable[[str, Row], None]:
    def change(_: str, row: Row) -> None:
        for path in paths:
            row.pop(path, None)

    return change


def _itself(path: str) -> Callable[[str, Row], None]:
    def change(copy: str, row: Row) -> None:
        row[path] = [ox.NamedNode(copy)]

    return change


def _foreign_tag(_: str, row: Row) -> None:
    row[DP.title] = [ox.Literal(plain(row[DP.title][0]), language="ga")]


def _kindless(_: str, row: Row) -> None:
    row[RDF.type] = [ox.NamedNode(DP.Priority)]


def _ongoing(_: str, row: Row) -> None:
    row[DP.ongoing] = [ox.Literal(value=True)]


def _short_year(_: str, row: Row) -> None:
    row[DP.startYear] = row[DP.endYear] = [ox.Literal(2049)]


def _both(_: str, row: Row) -> None:
    row[DP.mentions] = [ox.NamedNode(f"{ID}actor/europol")]
    row[DP.breakdown] = [ox.Literal("gender")]


def _reversed_dates(_: str, row: Row) -> None:
    row[DP.dueStart], row[DP.dueEnd] = [ox.Literal("2024-06")], [ox.Literal("2023")]


def _same(_copy: str, _row: Row) -> None:
    """Leave the node as it is: what pointed to it is gone."""


_NUMBER: Final = _set(DP.number, ox.Literal(77))
_PLAN: Final = f"{ID}plan/com-2020-606"
#: How the rules that carry a query are broken, by the name of their shape.
QUERIES: Final[dict[str, Callable[[str, Row], None]]] = {
    "Plan-follows-other": _itself(DP.follows),
    "Edition-title-language": _foreign_tag,
    "Priority-number-iri": _NUMBER,
    "Priority-kind": _kindless,
    "PriorityAreaCode-codeOf-number": _set(SKOS.notation, ox.Literal("7.1")),
    "Action-number-iri": _NUMBER,
    "Action-placed": _drop(DP.inPriority, DP.where),
    "Action-hasCode-priority": _set(DP.hasCode, ox.NamedNode(f"{_PLAN}/code/8.2")),
    "Item-action": _same,
    "Participation-action": _same,
    "Timetable-years": _ongoing,
    "Timetable-within-plan": _short_year,
    "Timetable-interval": _set(DP.startYear, ox.Literal(1999)),
    "Indicator-number-iri": _NUMBER,
    "IndicatorSource-either": _both,
    "Commitment-dueOrder": _reversed_dates,
    "Commitment-dated": _drop(DP.dueStart, DP.dueEnd, DP.amount),
    "Commitment-amount-currency": _drop(DP.currency),
    "Actor-replacedBy-ended": _drop(DP.existsUntil),
    "Place-within-other": _itself(DP.within),
    "Instrument-replacedBy-other": _itself(DP.replacedBy),
}
