"""What is said of one thing: its statements, its passages, what points to it, and names.

A worker asks its store a few fixed questions, whose only value is the thing itself, and gets
plain RDF terms back; how they are written is for others to know.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.errors import StoreError
from drugpolicy_kg.queries import load_queries
from drugpolicy_kg.store.formats import by_name
from drugpolicy_kg.vocabulary import DP, DP_NAMESPACE, RDFS, SKOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from drugpolicy_kg.queries import SavedQuery
    from drugpolicy_kg.store import Question, Store

    Resource = ox.NamedNode | ox.BlankNode
    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

#: How many connections an elsewhere store needs for one description: one for each question.
QUESTIONS: Final = 4
#: How many things of one kind that point here are listed; more are counted.
MOST_POINTING: Final = 100
# The LIMIT of pointing.rq.
_MOST_ROWS: Final = 4_000
# Another engine may take a query of 64 kB and no longer.
_MOST_NAMED: Final = 600
_SPO: Final = ("s", "p", "o")
_MOST_IRI: Final = 200
_NUMBER: Final = re.compile(r"([0-9]+)")
_PARENTHESES: Final = frozenset("()")


class AbsentError(StoreError):
    """Nothing is stated of a thing, and nothing points to it."""


@dataclass(slots=True)
class Pointing:
    """Things of one class that point to the described one by one property."""

    predicate: ox.NamedNode
    kind: ox.NamedNode | None
    things: list[ox.NamedNode] = field(default_factory=list)
    count: int = 0

    @property
    def cut(self) -> bool:
        """Return whether there are more than are listed."""
        return self.count > len(self.things)


@dataclass(frozen=True, slots=True)
class Named:
    """One statement that names a thing, or names what it belongs to or speaks of."""

    own: bool
    property: str
    value: ox.Literal | ox.NamedNode


@dataclass(slots=True)
class Description:
    """A thing with what is said of it, of its passages and parts, and what points to it."""

    thing: ox.NamedNode
    statements: dict[ox.NamedNode, list[tuple[ox.NamedNode, Term]]]
    pointing: list[Pointing]
    names: dict[str, list[Named]]

    def of(self, node: ox.NamedNode) -> list[tuple[ox.NamedNode, Term]]:
        """Return the statements about a node, as pairs of property and value."""
        return self.statements.get(node, [])

    def values(self, node: ox.NamedNode, iri: str) -> list[Term]:
        """Return the values that a node has for a property."""
        return [value for known, value in self.of(node) if known.value == iri]

    def literals(self, node: ox.NamedNode, iri: str) -> list[ox.Literal]:
        """Return the literals that a node has for a property."""
        return [value for value in self.values(node, iri) if isinstance(value, ox.Literal)]

    def things(self, node: ox.NamedNode, iri: str) -> list[ox.NamedNode]:
        """Return the things that a node has for a property."""
        return [value for value in self.values(node, iri) if isinstance(value, ox.NamedNode)]

    def triples(self) -> Iterator[ox.Triple]:
        """Yield the whole description as triples, names of what it mentions included."""
        for node, pairs in self.statements.items():
            for predicate, value in pairs:
                yield ox.Triple(node, predicate, value)
        for group in self.pointing:
            for thing in group.things:
                yield ox.Triple(thing, group.predicate, self.thing)
        for iri, named in self.names.items():
            node = ox.NamedNode(iri)
            if node in self.statements or iri.startswith(DP_NAMESPACE):
                # What a term is called stands in the ontology, one step away.
                continue
            for name in named:
                if name.own and name.property in _LABELS:
                    yield ox.Triple(node, ox.NamedNode(name.property), name.value)


_LABELS: Final = frozenset(
    {
        SKOS.prefLabel,
        RDFS.label,
        "http://purl.org/dc/terms/title",
        DP.title,
        DP.wording,
        DP.locator,
    }
)


@cache
def questions() -> dict[str, SavedQuery]:
    """Return the fixed questions; a confined process must have read them before."""
    with as_file(files("drugpolicy_kg.service.views").joinpath("questions")) as folder:
        return load_queries(folder)


def describe(store: Store, asked: Question, iri: str) -> Description:
    """Return what is said of a thing, or raise AbsentError where nothing is.

    `asked` carries the connections of an elsewhere store; each question takes one of them.
    """
    ask = _Asking(store, asked)
    statements = _stated(ask, iri)
    groups = _pointing(ask, iri)
    if not statements and not groups:
        raise AbsentError(f"<{iri}> is not in the graph.")
    thing = ox.NamedNode(iri)
    described = Description(thing, _in_order(thing, statements), groups, {})
    described.names = names(ask, _mentioned(described))
    return described


def describe_document(store: Store, asked: Question, iri: str, graph: str) -> Description:
    """Return what a graph says of a document and its terms, or raise AbsentError."""
    ask = _Asking(store, asked)
    statements = _gathered(
        ask(questions()["document"].sparql({"thing": iri, "graph": graph}), *_SPO)
    )
    if not statements:
        raise AbsentError(f"<{iri}> is not in the graph.")
    thing = ox.NamedNode(iri)
    return Description(thing, _in_order(thing, statements), [], {})


def _stated(ask: _Asking, iri: str) -> dict[ox.NamedNode, list[tuple[ox.NamedNode, Term]]]:
    return _gathered(ask(questions()["about"].sparql({"thing": iri}), *_SPO))


def _gathered(
    rows: Iterable[tuple[Term | None, ...]],
) -> dict[ox.NamedNode, list[tuple[ox.NamedNode, Term]]]:
    statements: dict[ox.NamedNode, list[tuple[ox.NamedNode, Term]]] = {}
    for subject, predicate, term in rows:
        if isinstance(subject, ox.NamedNode) and isinstance(predicate, ox.NamedNode) and term:
            statements.setdefault(subject, []).append((predicate, term))
    for pairs in statements.values():
        pairs.sort(key=_order)
    return statements


def _pointing(ask: _Asking, iri: str) -> list[Pointing]:
    groups: dict[tuple[str, str], Pointing] = {}
    value = {"thing": iri}
    rows = list(ask(questions()["pointing"].sparql(value), "s", "p", "type"))
    for subject, predicate, kind in rows:
        if isinstance(subject, ox.NamedNode) and isinstance(predicate, ox.NamedNode):
            _group(groups, predicate, kind).things.append(subject)
    for group in groups.values():
        group.things = list(dict.fromkeys(group.things))
        group.count = len(group.things)
        del group.things[MOST_POINTING:]
    if len(rows) >= _MOST_ROWS:
        counted = ask(questions()["counting"].sparql(value), "p", "type", "n")
        for predicate, kind, number in counted:
            if isinstance(predicate, ox.NamedNode) and isinstance(number, ox.Literal):
                _group(groups, predicate, kind).count = int(number.value)
    return list(groups.values())


class _Asking:
    """Asks one question after the other, each on a connection of its own."""

    def __init__(self, store: Store, asked: Question) -> None:
        self._store = store
        self._asked = asked
        self._number = 0

    def __call__(self, text: str, *columns: str) -> Iterator[tuple[Term | None, ...]]:
        connections = self._asked.connections[self._number : self._number + 1]
        self._number += 1
        sink = io.BytesIO()
        question = replace(
            self._asked,
            text=text,
            format=by_name("json"),
            own_dataset=False,
            dataset=None,
            connections=connections,
        )
        self._store.answer(question, sink)
        results = ox.parse_query_results(sink.getvalue(), format=ox.QueryResultsFormat.JSON)
        if not isinstance(results, ox.QuerySolutions):  # pragma: no cover - a SELECT has rows
            raise StoreError("The engine answered a SELECT with something else than rows.")
        for row in results:
            yield tuple(row[column] for column in columns)


def ask_rows(
    store: Store, asked: Question, text: str, *columns: str
) -> Iterator[tuple[Term | None, ...]]:
    """Yield the rows of one fixed question as terms."""
    return _Asking(store, asked)(text, *columns)


def names_of(store: Store, asked: Question, nodes: Iterable[str]) -> dict[str, list[Named]]:
    """Return the statements that name some nodes; it is the second question of its asker."""
    rest = replace(asked, connections=asked.connections[1:])
    return names(_Asking(store, rest), nodes)


def names(ask: _Asking, nodes: Iterable[str]) -> dict[str, list[Named]]:
    """Return the statements that name some nodes, by node."""
    found: dict[str, list[Named]] = {}
    fitting = [iri for iri in nodes if len(iri) <= _MOST_IRI and not _PARENTHESES & set(iri)]
    if not fitting:
        return found
    text = questions()["names"].sparql_for_each(fitting[:_MOST_NAMED])
    for node, owner, predicate, value in ask(text, "node", "owner", "p", "o"):
        if (
            isinstance(node, ox.NamedNode)
            and isinstance(predicate, ox.NamedNode)
            and isinstance(value, ox.NamedNode | ox.Literal)
        ):
            named = Named(owner == node, predicate.value, value)
            found.setdefault(node.value, []).append(named)
    return {
        iri: sorted(named, key=lambda name: (not name.own, name.property, str(name.value)))
        for iri, named in sorted(found.items())
    }


def _group(
    groups: dict[tuple[str, str], Pointing], predicate: ox.NamedNode, kind: Term | None
) -> Pointing:
    known = kind if isinstance(kind, ox.NamedNode) else None
    key = (predicate.value, known.value if known else "")
    return groups.setdefault(key, Pointing(predicate, known))


def _order(pair: tuple[ox.NamedNode, Term]) -> tuple[object, ...]:
    """Return a key that puts numbers in an IRI in the order of their values.

    >>> nine, ten = (ox.NamedNode(f"https://e.example/{n}") for n in (9, 10))
    >>> _order((nine, nine)) < _order((nine, ten))
    True
    """
    predicate, value = pair
    return predicate.value, numbered(str(value))


def numbered(text: str) -> tuple[tuple[int, str], ...]:
    """Return a key by which a text sorts as people number things.

    >>> sorted(["item/10", "item/9"], key=numbered)
    ['item/9', 'item/10']
    """
    return tuple(
        (int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(text)
    )


def _in_order(
    thing: ox.NamedNode, statements: dict[ox.NamedNode, list[tuple[ox.NamedNode, Term]]]
) -> dict[ox.NamedNode, list[tuple[ox.NamedNode, Term]]]:
    rest = sorted(statements, key=lambda node: (node != thing, numbered(node.value)))
    return {node: statements[node] for node in rest}


def _mentioned(described: Description) -> Sequence[str]:
    """Return every IRI of a description, the thing itself first."""
    found = {described.thing.value: None}
    for node, pairs in described.statements.items():
        found[node.value] = None
        for predicate, value in pairs:
            found[predicate.value] = None
            if isinstance(value, ox.NamedNode):
                found[value.value] = None
    for group in described.pointing:
        found[group.predicate.value] = None
        if group.kind is not None:
            found[group.kind.value] = None
        for thing in group.things:
            found[thing.value] = None
    return tuple(found)
