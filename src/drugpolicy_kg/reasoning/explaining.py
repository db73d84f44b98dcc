"""Why a graph contradicts itself: the few statements and axioms that cannot all be true, in words.

Reasoners say that there is a contradiction and seldom where. Suspicious statements are tried
first; else it is looked for in pieces, the statements about some things with the classes of what
they point to, and then in pieces of the piece. From what cannot be true, statements and then
axioms are taken away by halves (QuickXplain, Junker 2004) until each that is left is needed. The
search ends after a number of seconds, found or not.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

import pyoxigraph as ox

from drugpolicy_kg.findings import Finding, Place, Severity
from drugpolicy_kg.reasoning.reasoners import ask
from drugpolicy_kg.reasoning.suspects import suspects
from drugpolicy_kg.reasoning.view import dl_view, mergeable
from drugpolicy_kg.reasoning.wording import Words
from drugpolicy_kg.vocabulary import DP, ID, OA, OWL, RDF, RDFS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from drugpolicy_kg.reasoning.view import Node

Item = TypeVar("Item")
#: So many statements are looked at in one piece, then in one of its pieces, and so on.
_PIECES: Final = (4000, 400, 40)
#: So many suspicions are followed before everything is looked at.
_SUSPICIONS: Final = 5
_SECONDS: Final = 300.0
_TYPE: Final = ox.NamedNode(RDF.type)


class OutOfTimeError(Exception):
    """The search took longer than it may."""


@dataclass(frozen=True)
class _Search:
    """A search that ends: asks whether statements and axioms can all be true."""

    ends: float
    different: frozenset[Node]

    def contradicts(self, triples: Iterable[ox.Triple]) -> bool:
        if time.monotonic() > self.ends:
            raise OutOfTimeError
        view = dl_view(triples, self.different)
        return bool(view.classes) and not ask(view).consistent


def explain(
    axioms: Iterable[ox.Triple], data: Iterable[ox.Triple], *, seconds: float = _SECONDS
) -> Finding:
    """Return why data contradict axioms: a finding whose causes are the statements and axioms.

    Its place and quotation are those of the first passage that shows a thing of the statements.
    If none is found within the seconds, the finding says so.
    """
    schema, facts = list(axioms), list(data)
    words = Words([*schema, *facts])
    search = _Search(time.monotonic() + seconds, mergeable(schema))
    try:
        statements, needed = _conflict(search, schema, facts)
    except OutOfTimeError:
        return _finding("The graphs contradict the axioms; where was not found in time.")
    if not statements and not needed:
        return _finding("The graphs contradict the axioms, but no piece of them does by itself.")
    place, quotation, thing = _passage(statements, facts, words)
    causes = [*(words.statement(triple) for triple in statements), *map(words.axiom, needed)]
    return Finding(
        Severity.VIOLATION,
        "owl-inconsistent",
        "These cannot all be true: " + "; ".join(causes) + ".",
        place,
        quotation,
        thing=thing,
        remedy="Mend the statement that the document does not support, or the axiom.",
        causes=tuple(_finding(cause) for cause in causes),
    )


def explain_class(axioms: Iterable[ox.Triple], iri: str, *, seconds: float = _SECONDS) -> Finding:
    """Return why a class can have no thing: what contradicts that there is one."""
    schema = list(axioms)
    words = Words(schema)
    thing = ox.Triple(ox.NamedNode(f"{ID}anything"), _TYPE, ox.NamedNode(iri))
    search = _Search(time.monotonic() + seconds, mergeable(schema))
    name = words.name(ox.NamedNode(iri))
    parts = _about(groups(schema), iri)
    try:
        if not search.contradicts(_flat(parts, [thing])):
            parts = groups(schema)
        needed = _minimal(parts, [thing], search.contradicts)
    except OutOfTimeError:
        needed = []
    causes = [words.axiom(group) for group in needed]
    because = ": " + "; ".join(causes) if causes else "; why was not found in time"
    return Finding(
        Severity.VIOLATION,
        "owl-unsatisfiable",
        f"Nothing can be of the class '{name}'{because}.",
        thing=name,
        remedy="Mend one of the axioms.",
        causes=tuple(_finding(cause) for cause in causes),
    )


def _finding(message: str) -> Finding:
    return Finding(Severity.VIOLATION, "owl-inconsistent", message)


def _conflict(
    search: _Search, schema: list[ox.Triple], facts: list[ox.Triple]
) -> tuple[list[ox.Triple], list[tuple[ox.Triple, ...]]]:
    """Return a smallest set of statements and of axioms that cannot all be true."""
    found: list[ox.Triple] = []
    for suspicion in islice(suspects(schema, facts), _SUSPICIONS):
        if search.contradicts([*schema, *suspicion]):
            found = list(suspicion)
            break
    for size in () if found else _PIECES:
        tried = _pieces(found or facts, size)
        found = next((p for p in tried if search.contradicts([*schema, *p])), found)
        if not found:
            return [], []
    single = [(triple,) for triple in found]
    statements = [triple for (triple,) in _minimal(single, schema, search.contradicts)]
    near = _near(groups(schema), statements)
    needed = near if search.contradicts(_flat(near, statements)) else groups(schema)
    return statements, _minimal(needed, statements, search.contradicts)


def _near(
    axioms: list[tuple[ox.Triple, ...]], statements: list[ox.Triple]
) -> list[tuple[ox.Triple, ...]]:
    """Return the axioms about the terms of some statements, and all declarations."""
    terms = {node for t in statements for node in (t.predicate, t.object)}
    return [
        axiom
        for axiom in axioms
        if _declares(axiom) or terms & {node for t in axiom for node in (t.subject, t.object)}
    ]


def _about(axioms: list[tuple[ox.Triple, ...]], iri: str) -> list[tuple[ox.Triple, ...]]:
    """Return the axioms about a class and those above it, what is disjoint, and declarations."""
    above: set[object] = {ox.NamedNode(iri)}
    before = 0
    while len(above) > before:
        before = len(above)
        above |= {
            axiom[0].object
            for axiom in axioms
            if axiom[0].subject in above and axiom[0].predicate.value == RDFS.subClassOf
        }
    disjoint = ox.NamedNode(OWL.AllDisjointClasses)
    return [
        axiom
        for axiom in axioms
        if _declares(axiom)
        or axiom[0].subject in above
        or any(triple.object == disjoint for triple in axiom)
    ]


def _flat(axioms: list[tuple[ox.Triple, ...]], statements: list[ox.Triple]) -> list[ox.Triple]:
    return [*statements, *(triple for axiom in axioms for triple in axiom)]


def _pieces(facts: list[ox.Triple], size: int) -> Iterable[list[ox.Triple]]:
    """Yield the statements about some things each, with the classes of what they point to.

    Passages say little that axioms speak of, so they come last.
    """
    about: defaultdict[object, list[ox.Triple]] = defaultdict(list)
    kinds: defaultdict[object, list[ox.Triple]] = defaultdict(list)
    for triple in sorted(facts, key=str):
        about[triple.subject].append(triple)
        if triple.predicate == _TYPE:
            kinds[triple.subject].append(triple)
    piece: set[ox.Triple] = set()
    for thing in sorted(about, key=lambda node: ("/evidence/" in str(node), str(node))):
        piece.update(about[thing])
        for triple in about[thing]:
            piece.update(kinds[triple.object])
        if len(piece) > size:
            yield sorted(piece, key=str)
            piece = set()
    if piece:
        yield sorted(piece, key=str)


def groups(triples: Iterable[ox.Triple]) -> list[tuple[ox.Triple, ...]]:
    """Return triples as axioms: each with the blank nodes that hang below it."""
    below: defaultdict[object, list[ox.Triple]] = defaultdict(list)
    heads: list[ox.Triple] = []
    pointed = {triple.object for triple in triples if isinstance(triple.object, ox.BlankNode)}
    loose: dict[object, list[ox.Triple]] = {}
    for triple in sorted(triples, key=str):
        if not isinstance(triple.subject, ox.BlankNode):
            heads.append(triple)
        elif triple.subject in pointed:
            below[triple.subject].append(triple)
        else:
            loose.setdefault(triple.subject, []).append(triple)

    def whole(triple: ox.Triple) -> tuple[ox.Triple, ...]:
        return (triple, *(more for part in below.get(triple.object, ()) for more in whole(part)))

    return [
        *(whole(triple) for triple in heads),
        *(tuple(more for part in parts for more in whole(part)) for parts in loose.values()),
    ]


def _minimal(
    items: Sequence[tuple[ox.Triple, ...]],
    background: Sequence[ox.Triple],
    contradicts: Callable[[list[ox.Triple]], bool],
) -> list[tuple[ox.Triple, ...]]:
    """Return the items without one of which the background would be contradicted no more.

    Declarations stay in the background, since without them there is nothing to reason about.
    """
    fixed = [*background, *(t for item in items if _declares(item) for t in item)]
    rest = [item for item in items if not _declares(item)]

    def clash(chosen: Sequence[tuple[ox.Triple, ...]]) -> bool:
        return contradicts([*fixed, *(triple for item in chosen for triple in item)])

    return _quick(rest, [], clash, known=False)


def _declares(item: tuple[ox.Triple, ...]) -> bool:
    sorts = ("#Class>", "#ObjectProperty>", "#DatatypeProperty>", "#AnnotationProperty>")
    first = item[0]
    return len(item) == 1 and first.predicate == _TYPE and str(first.object).endswith(sorts)


def _quick(
    items: Sequence[Item],
    base: list[Item],
    clash: Callable[[Sequence[Item]], bool],
    *,
    known: bool,
) -> list[Item]:
    """Return the items that a clash needs beside the base (QuickXplain)."""
    if known and clash(base):
        return []
    if len(items) <= 1:
        return list(items)
    half = len(items) // 2
    left, right = items[:half], items[half:]
    second = _quick(right, [*base, *left], clash, known=True)
    first = _quick(left, [*base, *second], clash, known=bool(second))
    return [*first, *second]


def _passage(
    statements: list[ox.Triple], facts: list[ox.Triple], words: Words
) -> tuple[Place, str, str]:
    """Return where a plan says so: the first passage that shows a thing of the statements."""
    things = [node for t in statements for node in (t.subject, t.object)]
    out: defaultdict[tuple[object, str], list[object]] = defaultdict(list)
    for triple in facts:
        out[triple.subject, triple.predicate.value].append(triple.object)

    def values(node: object, predicate: str) -> list[object]:
        return sorted(out[node, predicate], key=str)

    found: list[tuple[int, str, int, str]] = []
    for thing in things:
        for passage in values(thing, DP.evidence):
            exact = [
                text.value
                for selector in values(passage, OA.hasSelector)
                for text in values(selector, OA.exact)
                if isinstance(text, ox.Literal)
            ]
            file = [
                path.value
                for source in values(passage, OA.hasSource)
                for path in values(source, DP.fileName)
                if isinstance(path, ox.Literal)
            ]
            line = [
                int(first.value)
                for first in values(passage, DP.firstLine)
                if isinstance(first, ox.Literal)
            ]
            if exact and file and line:
                found.append((len(exact[0]), file[0], line[0], exact[0]))
        if found:
            # The longest passage is the sentence; others are labels and numbers.
            _, name, number, quotation = max(found)
            return Place(name, number), quotation, words.name(thing)
    return Place(), "", words.name(things[0]) if things else ""
