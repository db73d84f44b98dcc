"""The DL view: what of the graphs a reasoner for OWL 2 DL can read, with what is left out counted.

OWL 2 has no xsd:date and no xsd:gYear (OWL 2 Structural Specification, section 4), and HermiT
stops at them; keys are compared by the shapes, since every pair of things costs a reasoner a
disjunction. That two things of a class are different is said for the classes whose things an
axiom could make one; without it a second value of a functional property would be no contradiction.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import pyoxigraph as ox

from drugpolicy_kg.vocabulary import ID, OWL, RDF, RDFS, XSD_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Node: TypeAlias = ox.NamedNode | ox.BlankNode
_NODES: Final = (ox.NamedNode, ox.BlankNode)
#: Datatypes outside of the OWL 2 datatype map.
FOREIGN: Final = frozenset(
    XSD_NAMESPACE + name
    for name in ("date", "gDay", "gMonth", "gMonthDay", "gYear", "gYearMonth", "time", "duration")
)
_TYPE: Final = ox.NamedNode(RDF.type)
_FIRST: Final = ox.NamedNode(RDF.first)
_REST: Final = ox.NamedNode(RDF.rest)
_NIL: Final = ox.NamedNode(RDF.nil)
_CLASS: Final = ox.NamedNode(OWL.Class)
_HAS_KEY: Final = ox.NamedNode(OWL.hasKey)
_IMPORTS: Final = ox.NamedNode(OWL.imports)
_PAIR: Final = 2


@dataclass(frozen=True)
class View:
    """Statements that a reasoner is handed, how many classes they declare, and what is left out."""

    triples: frozenset[ox.Triple]
    classes: int
    individuals: int
    different: int
    left_out: Counter[str] = field(default_factory=Counter)

    def n_triples(self) -> bytes:
        """Return the statements in the one syntax that owlready2 reads reliably."""
        target = io.BytesIO()
        ordered = sorted(self.triples, key=str)
        ox.serialize(ordered, target, format=ox.RdfFormat.N_TRIPLES)
        return target.getvalue()


def dl_view(triples: Iterable[ox.Triple], different: frozenset[Node] | None = None) -> View:
    """Return the view of ontology, axioms and data; see above for what is left out and added.

    `different` are the classes whose things are said to be different, if the triples are only
    a part of those from which that follows.
    """
    every = set(triples)
    left_out: Counter[str] = Counter()
    kept: set[ox.Triple] = set()
    for triple in every:
        reason = _reason(triple)
        if reason:
            left_out[reason] += 1
        else:
            kept.add(triple)
    members = _members(kept)
    apart = [
        sorted(members[kind], key=str)
        for kind in sorted(mergeable(every) if different is None else different, key=str)
        if len(members[kind]) >= _PAIR
    ]
    for number, things in enumerate(apart):
        kept.update(_all_different(number, things))
    return View(
        frozenset(kept),
        sum(
            1
            for triple in every
            if triple.predicate == _TYPE
            and triple.object == _CLASS
            and isinstance(triple.subject, ox.NamedNode)
        ),
        len({thing for things in members.values() for thing in things}),
        sum(len(things) for things in apart),
        left_out,
    )


def _reason(triple: ox.Triple) -> str:
    """Return why a statement is left out, or nothing."""
    if isinstance(triple.object, ox.Literal) and triple.object.datatype.value in FOREIGN:
        return f"values of xsd:{triple.object.datatype.value.removeprefix(XSD_NAMESPACE)}"
    if triple.predicate == _HAS_KEY:
        return "keys"
    if triple.predicate == _IMPORTS:
        return "imports, which are loaded"
    return ""


def _members(triples: Iterable[ox.Triple]) -> defaultdict[Node, set[Node]]:
    members: defaultdict[Node, set[Node]] = defaultdict(set)
    meta = ("http://www.w3.org/2002/07/owl#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#")
    for triple in triples:
        if (
            triple.predicate == _TYPE
            and isinstance(triple.object, ox.NamedNode)
            and isinstance(triple.subject, ox.NamedNode)
            and triple.subject.value.startswith(ID)
            and not triple.object.value.startswith(meta)
        ):
            members[triple.object].add(triple.subject)
    return members


def mergeable(triples: Iterable[ox.Triple]) -> frozenset[Node]:
    """Return the classes whose things an axiom can make one, and the classes below them.

    Those are the ranges of functional and the domains of inverse functional properties, and
    the classes with a key.
    """
    index: defaultdict[tuple[str, Node], list[Node]] = defaultdict(list)
    for triple in triples:
        if isinstance(triple.subject, _NODES) and isinstance(triple.object, _NODES):
            index[triple.predicate.value, triple.subject].append(triple.object)
            index["^" + triple.predicate.value, triple.object].append(triple.subject)
    found: set[Node] = {key[1] for key in index if key[0] == OWL.hasKey}
    for sort, end in (
        (OWL.FunctionalProperty, RDFS.range),
        (OWL.InverseFunctionalProperty, RDFS.domain),
    ):
        for prop in index["^" + RDF.type, ox.NamedNode(sort)]:
            found.update(index[end, prop])
    for node in list(found):
        for head in index[OWL.unionOf, node]:
            found.update(_listed(head, index))
    waiting = list(found)
    while waiting:
        below = set(index["^" + RDFS.subClassOf, waiting.pop()]) - found
        found |= below
        waiting.extend(below)
    return frozenset(node for node in found if isinstance(node, ox.NamedNode))


def _listed(head: Node, index: Mapping[tuple[str, Node], list[Node]]) -> Iterator[Node]:
    while head != _NIL:
        yield from index[RDF.first, head]
        (head,) = index[RDF.rest, head]


def _all_different(number: int, things: list[Node]) -> Iterator[ox.Triple]:
    """Yield owl:AllDifferent for some things (OWL 2 Mapping to RDF, section 2.1)."""
    head = ox.BlankNode(f"different{number}")
    yield ox.Triple(head, _TYPE, ox.NamedNode(OWL.AllDifferent))
    cells: list[Node] = [ox.BlankNode(f"different{number}x{n}") for n in range(len(things))]
    yield ox.Triple(head, ox.NamedNode(OWL.distinctMembers), cells[0])
    for cell, thing, after in zip(cells, things, [*cells[1:], _NIL], strict=True):
        yield ox.Triple(cell, _FIRST, thing)
        yield ox.Triple(cell, _REST, after)
