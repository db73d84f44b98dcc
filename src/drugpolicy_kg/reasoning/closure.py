"""What follows by the rules of OWL 2 RL, as statements that can be published.

The rules (OWL 2 Profiles, section 4.3) are run by `reasonable` over the statements between
things. It does not know prp-spo2, property chains, so those are joined here; both repeat until
nothing new follows.

Axioms from which only an equality or a contradiction follows (functional and inverse functional
properties, keys) are left out: two things of ours are never the same, so that such a conclusion
is an error, which `drugpolicy check` explains. (`reasonable` 0.4.4 also gets prp-ifp wrong: it
makes any two subjects of such a property one.) Values, literals, take part in no other rule.

`reasonable` takes longer for each statement the more it has, and nearly all that it would
conclude are types, which are not published: `infer` hands it `premises` alone.
"""

from __future__ import annotations

import itertools
import tempfile
from typing import TYPE_CHECKING, Final, TypeAlias

import pyoxigraph as ox
import reasonable

from drugpolicy_kg import graphs
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.garbage import uncollected
from drugpolicy_kg.reasoning.premises import chains, premises
from drugpolicy_kg.vocabulary import ID, OWL, RDF

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: A statement between two things, by their IRIs.
Link: TypeAlias = tuple[str, str, str]
#: From these only equalities follow.
_EQUALITIES: Final = {
    ox.NamedNode(iri) for iri in (OWL.FunctionalProperty, OWL.InverseFunctionalProperty, OWL.hasKey)
}


@uncollected()
def infer(stated: Iterable[graphs.Graph], axioms: Path, iri: str) -> graphs.Graph:
    """Return the graph named `iri` with what follows from the stated graphs and says something.

    That is every statement between two things of ours by a property that the axioms declare,
    and that no stated graph holds. Types are left out: what a thing is follows from its stated
    class by rdfs:subClassOf, and a second type would list it twice. Raises `DefinitionError` for
    axioms that cannot be read.
    """
    schema = read(axioms)
    known = [schema, *(graph.triples for graph in stated)]

    def holds(*terms: str) -> bool:
        triple = ox.Triple(*map(ox.NamedNode, terms))
        return any(triple in triples for triples in known)

    inferred = graphs.Graph(iri)
    for subject, predicate, target in close(itertools.chain.from_iterable(known)):
        if (
            subject.startswith(ID)
            and target.startswith(ID)
            and holds(predicate, RDF.type, OWL.ObjectProperty)
            and not holds(subject, predicate, target)
        ):
            inferred.link(subject, predicate, target)
    return inferred


def close(triples: Iterable[ox.Triple]) -> set[Link]:
    """Return the statements between named things, types apart, that follow from some triples.

    The triples hold data and axioms; those of the statements that are among them may be returned
    or not. Nothing more follows from the triples and the answer.
    """
    between = {
        triple
        for triple in premises(triples)
        if not isinstance(triple.object, ox.Literal)
        and not _EQUALITIES.intersection((triple.predicate, triple.object))
    }
    joining = list(chains(between))
    while True:
        closed = _rules(between)
        links = closed.union(*(_joined(chain, closed) for chain in joining))
        fresh = {ox.Triple(*map(ox.NamedNode, link)) for link in links - closed}
        between |= fresh
        if premises(between).isdisjoint(fresh):
            return links


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
