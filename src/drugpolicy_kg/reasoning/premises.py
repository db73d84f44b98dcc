"""Which statements can be premises of a statement between two things, by the rules of OWL 2 RL.

Most of what those rules conclude are types, and most statements lead to nothing else. By the
tables of section 4.3 of OWL 2 Profiles, a statement between things follows only

- from others by an axiom about their properties: prp-spo1, prp-spo2, prp-eqp, prp-inv, prp-symp,
  prp-trp (and those axioms from each other: scm-spo, scm-eqp);
- from what a class says about its members (cls-hv1), or from two things being one (eq-rep).

Without axioms of the second sort, the axioms about properties and the statements that they lead
on from are all that counts. With one of them, everything counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.vocabulary import OWL, RDF, RDFS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CHAIN: Final = ox.NamedNode(OWL.propertyChainAxiom)
_FIRST: Final = ox.NamedNode(RDF.first)
_REST: Final = ox.NamedNode(RDF.rest)
_NIL: Final = ox.NamedNode(RDF.nil)
#: Axioms that lead on from statements by the property that is their subject,
_FROM_SUBJECT: Final = frozenset({RDFS.subPropertyOf, OWL.equivalentProperty, OWL.inverseOf})
#: by the one that is their object,
_FROM_OBJECT: Final = frozenset({OWL.equivalentProperty, OWL.inverseOf})
#: and by those that are in a list.
_FROM_LIST: Final = frozenset({OWL.propertyChainAxiom, RDF.first, RDF.rest})
_AXIOMS: Final = _FROM_SUBJECT | _FROM_OBJECT | _FROM_LIST
_SORTS: Final = frozenset(
    ox.NamedNode(iri) for iri in (OWL.SymmetricProperty, OWL.TransitiveProperty)
)
#: By these a type leads to a statement, or two things become one.
_UNBOUNDED: Final = frozenset(
    {OWL.hasValue, OWL.sameAs, OWL.maxCardinality, OWL.maxQualifiedCardinality}
)


def premises(triples: Iterable[ox.Triple]) -> set[ox.Triple]:
    """Return those of some triples, data and axioms, from which statements between things follow.

    For axioms in OWL 2 DL, what the rules conclude from the answer is every statement between
    things, types apart, that they conclude from all triples. (In OWL 2 Full a property of the
    language itself may have another above it; nobody looks for that here.) Axioms that make
    things one by a function or a key are no premises here: see `closure`.
    """
    by_predicate: dict[str, list[ox.Triple]] = {}
    for triple in triples:
        by_predicate.setdefault(triple.predicate.value, []).append(triple)
    if not _UNBOUNDED.isdisjoint(by_predicate):
        return {triple for found in by_predicate.values() for triple in found}
    sorts = [triple for triple in by_predicate.get(RDF.type, ()) if triple.object in _SORTS]
    leading: set[object] = {triple.subject for triple in sorts}
    for key in _FROM_SUBJECT:
        leading.update(triple.subject for triple in by_predicate.get(key, ()))
    for key in _FROM_OBJECT:
        leading.update(triple.object for triple in by_predicate.get(key, ()))
    properties = {term.value for term in leading if isinstance(term, ox.NamedNode)}
    listed = (triple for key in _FROM_LIST for triple in by_predicate.get(key, ()))
    properties.update(step for _, steps in chains(listed) for step in steps)
    return set(sorts).union(*(by_predicate.get(key, ()) for key in _AXIOMS | properties))


def chains(triples: Iterable[ox.Triple]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each property that follows from a chain, with the properties of the chain.

    Raises `DefinitionError` for a step without a name: what follows from it would be wrong.
    """
    first: dict[object, ox.NamedNode] = {}
    rest: dict[object, object] = {}
    heads: list[tuple[str, object]] = []
    for triple in triples:
        if triple.predicate == _FIRST and isinstance(triple.object, ox.NamedNode):
            first[triple.subject] = triple.object
        elif triple.predicate == _REST:
            rest[triple.subject] = triple.object
        elif triple.predicate == _CHAIN and isinstance(triple.subject, ox.NamedNode):
            heads.append((triple.subject.value, triple.object))
    for follows, node in sorted(heads, key=str):
        chain = []
        while node in first:
            chain.append(first[node].value)
            node = rest[node]  # noqa: PLW2901 - walks down the list
        if node != _NIL:
            raise DefinitionError(
                f"<{follows}>: step {len(chain) + 1} of its owl:propertyChainAxiom has no IRI.",
                remedy="Give the inverse property a name of its own, and use that.",
            )
        yield follows, tuple(chain)
