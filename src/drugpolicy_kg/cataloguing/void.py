"""The graphs as linked data: https://www.w3.org/TR/void/."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg import identifiers as ids
from drugpolicy_kg.cataloguing.described import (
    DATASET,
    DUMPS,
    ENDPOINT,
    VOID_DOCUMENT,
    attribute,
    say,
    title_of,
)
from drugpolicy_kg.cataloguing.terms import FOAF, VOID
from drugpolicy_kg.vocabulary import (
    DCT,
    DP_NAMESPACE,
    DPS_NAMESPACE,
    ID,
    ONTOLOGY,
    PREFIXES,
    RDF,
    SHAPES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drugpolicy_kg.cataloguing.described import Described
    from drugpolicy_kg.graphs import Graph

#: What the namespaces of our own are the terms of.
_OWN: Final = {DP_NAMESPACE: ONTOLOGY, DPS_NAMESPACE: SHAPES}


def write(graph: Graph, described: Described, descriptions: Iterable[str]) -> None:
    """Describe the whole, each graph, the classes and properties, and the links to others.

    `descriptions` are the graphs that hold descriptions; they have titles and no counts.
    """
    words = described.words
    graph.type(VOID_DOCUMENT, VOID.DatasetDescription)
    say(graph, VOID_DOCUMENT, DCT.title, words.graphs["void"])
    say(graph, VOID_DOCUMENT, DCT.description, words.counted)
    graph.link(VOID_DOCUMENT, FOAF.primaryTopic, DATASET)
    attribute(graph, VOID_DOCUMENT, described)
    graph.type(DATASET, VOID.Dataset)
    say(graph, DATASET, DCT.title, words.title)
    say(graph, DATASET, DCT.description, words.description)
    attribute(graph, DATASET, described)
    graph.value(DATASET, VOID.uriSpace, ID)
    graph.link(DATASET, VOID.sparqlEndpoint, ENDPOINT)
    graph.link(DATASET, VOID.dataDump, *(DUMPS + file.name for file in words.files))
    graph.link(DATASET, VOID.subset, *(own.iri for own in described.graphs.values()))
    whole = _Tally()
    for own in described.graphs.values():
        tally = _Tally.of(own.triples)
        whole.add(tally)
        _subset(graph, own.iri, described)
        _count(graph, own.iri, tally)
    _count(graph, DATASET, whole)
    _partitions(graph, DATASET, whole)
    for iri in descriptions:
        _subset(graph, iri, described)
    _linksets(graph, described.targets)


def _subset(graph: Graph, iri: str, described: Described) -> None:
    graph.type(iri, VOID.Dataset)
    say(graph, iri, DCT.title, title_of(iri, described))
    attribute(graph, iri, described)


@dataclass
class _Tally:
    """What graphs hold; graphs are disjoint, so their triples add up."""

    triples: int = 0
    subjects: set[str] = field(default_factory=set)
    objects: set[object] = field(default_factory=set)
    properties: Counter[str] = field(default_factory=Counter)
    classes: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, triples: set[ox.Triple]) -> _Tally:
        tally = cls(len(triples))
        for triple in triples:
            subject, predicate, target = triple.subject, triple.predicate.value, triple.object
            name = subject.value if isinstance(subject, ox.NamedNode) else ""
            tally.subjects.add(name)
            tally.objects.add(target)
            tally.properties[predicate] += 1
            if predicate == RDF.type and isinstance(target, ox.NamedNode):
                tally.classes[target.value].add(name)
        return tally

    def add(self, other: _Tally) -> None:
        self.triples += other.triples
        self.subjects |= other.subjects
        self.objects |= other.objects
        self.properties += other.properties
        for term, members in other.classes.items():
            self.classes[term] |= members


def _count(graph: Graph, thing: str, tally: _Tally) -> None:
    graph.value(thing, VOID.triples, tally.triples)
    graph.value(thing, VOID.entities, sum(name.startswith(ID) for name in tally.subjects))
    graph.value(thing, VOID.distinctSubjects, len(tally.subjects))
    graph.value(thing, VOID.distinctObjects, len(tally.objects))
    graph.value(thing, VOID.properties, len(tally.properties))
    graph.value(thing, VOID.classes, len(tally.classes))


def _partitions(graph: Graph, thing: str, tally: _Tally) -> None:
    """State how often each property and class is used; a partition is named by its term."""
    for term, count in tally.properties.items():
        node = f"{VOID_DOCUMENT}#property-{_name(term)}"
        graph.link(thing, VOID.propertyPartition, node)
        graph.link(node, VOID.property, term)
        graph.value(node, VOID.triples, count)
    for term, members in tally.classes.items():
        node = f"{VOID_DOCUMENT}#class-{_name(term)}"
        graph.link(thing, VOID.classPartition, node)
        graph.link(node, VOID.class_, term)
        graph.value(node, VOID.entities, len(members))
    for space in PREFIXES.values():
        if any(term.startswith(space) for term in tally.properties):
            # Our namespaces name nothing; ontology and shapes are what has an IRI.
            graph.link(thing, VOID.vocabulary, _OWN.get(space, space))


def _name(term: str) -> str:
    """Return a short name of a term that is the same wherever it is made.

    >>> _name("http://purl.org/dc/terms/title")
    'dct-title'
    """
    for prefix, space in PREFIXES.items():
        if term.startswith(space):
            return f"{prefix}-{term.removeprefix(space)}"
    return "".join(sign if sign.isalnum() else "-" for sign in term)


def _linksets(graph: Graph, targets: Mapping[str, Mapping[str, int]]) -> None:
    for table, predicates in targets.items():
        target = ids.vocabulary(table)
        graph.type(target, VOID.Dataset)
        for predicate, count in predicates.items():
            node = f"{VOID_DOCUMENT}#links-{table}-{_name(predicate)}"
            graph.type(node, VOID.Linkset)
            graph.link(DATASET, VOID.subset, node)
            graph.link(node, VOID.subjectsTarget, DATASET)
            graph.link(node, VOID.objectsTarget, target)
            graph.link(node, VOID.linkPredicate, predicate)
            graph.value(node, VOID.triples, count)
