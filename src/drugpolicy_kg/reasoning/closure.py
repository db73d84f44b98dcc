"""What follows by the rules of OWL 2 RL, as statements that can be published.

The rules (OWL 2 Profiles, section 4.3) are run by `reasonable` over the statements between
things. It does not know prp-spo2, property chains, so those are joined here; both repeat until
nothing new follows.

Axioms from which only an equality or a contradiction follows (functional and inverse functional
properties, keys) are left out: two things of ours are never the same, so that such a conclusion
is an error, which `drugpolicy check` explains. (`reasonable` 0.4.4 also gets prp-ifp wrong: it
makes any two subjects of such a property one.) Values, literals, take part in no other rule.
"""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Final, TypeAlias

import pyoxigraph as ox
import reasonable

from drugpolicy_kg import graphs
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.vocabulary import ID, OWL, RDF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: A statement between two things, by their IRIs.
Link: TypeAlias = tuple[str, str, str]
#: From these only equalities follow.
_EQUALITIES: Final = {
    ox.NamedNode(iri) for iri in (OWL.FunctionalProperty, OWL.InverseFunctionalProperty, OWL.hasKey)
}
_CHAIN: Final = ox.NamedNode(OWL.propertyChainAxiom)
_FIRST: Final = ox.NamedNode(RDF.first)
_REST: Final = ox.NamedNode(RDF.rest)


def infer(stated: Iterable[graphs.Graph], axioms: Path, iri: str) -> graphs.Graph:
    """Return the graph named `iri` with what follows from the stated graphs and says something.

    That is every statement between two things of ours by a property that the axioms declare,
    and that no stated graph holds. Types are left out: what a thing is follows from its stated
    class by rdfs:subClassOf, and a second type would list it twice. Raises `DefinitionError` for
    axioms that cannot be read.
    """
    triples = {triple for graph in stated for triple in graph.triples}
    schema = read(axioms)
    known = set(_links(triples))
    inferred = graphs.Graph(iri)
    properties = _object_properties(triples | schema)
    for subject, predicate, target in close(triples | schema):
        if (
            predicate in properties
            and subject.startswith(ID)
            and target.startswith(ID)
            and (subject, predicate, target) not in known
        ):
            inferred.link(subject, predicate, target)
    return inferred


def close(triples: set[ox.Triple]) -> set[Link]:
    """Return the statements between named things that follow from some triples, or are there.

    The triples hold data and axioms. The result is closed: reasoning over it adds nothing.
    """
    between = {
        triple
        for triple in triples
        if not isinstance(triple.object, ox.Literal)
        and not _EQUALITIES.intersection((triple.predicate, triple.object))
    }
    chains = list(_chains(between))
    links = set(_links(between))
    while True:
        closed = _rules(between)
        followed = {link for chain in chains for link in _joined(chain, closed)}
        links = closed | followed
        if followed <= closed:
            return links
        between.update(
            ox.Triple(*(ox.NamedNode(iri) for iri in link)) for link in followed - closed
        )


def read(path: Path) -> set[ox.Triple]:
    """Return the triples of a Turtle file with axioms, which may have blank nodes.

    Raises `DefinitionError` if it is no Turtle, or holds nothing.
    """
    try:
        with path.open("rb") as file:
            triples = {quad.triple for quad in ox.parse(file, format=ox.RdfFormat.TURTLE)}
    except SyntaxError as error:
        raise DefinitionError(f"{path}: Turtle was expected, found: {error}.") from error
    if not triples:
        raise DefinitionError(f"{path}: axioms were expected, found none.")
    return triples


def _rules(triples: Iterable[ox.Triple]) -> set[Link]:
    """Return what the rules that `reasonable` knows make of some triples."""
    with tempfile.NamedTemporaryFile(suffix=".ttl") as file:
        ox.serialize(triples, file, format=ox.RdfFormat.TURTLE)
        file.flush()
        reasoner = reasonable.PyReasoner()
        reasoner.load_file(file.name)
    return {
        (str(subject), str(predicate), str(target))
        for subject, predicate, target in reasoner.reason()
        if ":" in subject and ":" in target
    }


def _links(triples: Iterable[ox.Triple]) -> Iterator[Link]:
    for triple in triples:
        if isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.NamedNode):
            yield triple.subject.value, triple.predicate.value, triple.object.value


def _object_properties(triples: Iterable[ox.Triple]) -> set[str]:
    kind, sort = ox.NamedNode(RDF.type), ox.NamedNode(OWL.ObjectProperty)
    return {
        triple.subject.value
        for triple in triples
        if triple.predicate == kind
        and triple.object == sort
        and isinstance(triple.subject, ox.NamedNode)
    }


def _chains(triples: Iterable[ox.Triple]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each property that follows from a chain, with the properties of the chain."""
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
        yield follows, tuple(chain)


def _joined(chain: tuple[str, tuple[str, ...]], links: set[Link]) -> set[Link]:
    """Return the statements that a chain makes of some statements (prp-spo2)."""
    follows, steps = chain
    pairs: set[tuple[str, str]] | None = None
    for step in steps:
        onward: dict[str, list[str]] = {}
        for subject, predicate, target in links:
            if predicate == step:
                onward.setdefault(subject, []).append(target)
        if pairs is None:
            pairs = {(start, end) for start, ends in onward.items() for end in ends}
        else:
            pairs = {(start, end) for start, middle in pairs for end in onward.get(middle, ())}
    return {(start, follows, end) for start, end in pairs or ()}
