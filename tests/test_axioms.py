"""Axioms, alignments and examples: complete, apart from what is published, and true of the data."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from rdflib import BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.namespace import OWL, RDF, RDFS

from drugpolicy_kg.findings import Severity
from drugpolicy_kg.identifiers import concept
from drugpolicy_kg.vocabulary import DP, DP_NAMESPACE
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib.term import Node

ONTOLOGY = ROOT / "ontology"
EXAMPLES = sorted((ONTOLOGY / "examples").glob("*.ttl"))
#: What the axioms may say of a property from which more follows than from its own statements.
COUNTING = {
    OWL.FunctionalProperty,
    OWL.InverseFunctionalProperty,
    OWL.AsymmetricProperty,
    OWL.IrreflexiveProperty,
}


@cache
def graph(name: str) -> Graph:
    return Graph().parse(ONTOLOGY / f"{name}.ttl")


@cache
def published() -> ox.Store:
    store = ox.Store()
    for path in (ROOT / "data" / "graphs").rglob("*.ttl"):
        with path.open("rb") as file:
            store.load(file, format=ox.RdfFormat.TURTLE)
    return store


def terms(*sorts: URIRef) -> set[URIRef]:
    return {
        node
        for sort in sorts
        for node in graph("drugpolicy").subjects(RDF.type, sort)
        if isinstance(node, URIRef) and node.startswith(DP_NAMESPACE)
    }


def named(node: Node) -> set[Node]:
    """Return the classes that a class expression joins."""
    union = graph("axioms").value(node, OWL.unionOf)
    return set(Collection(graph("axioms"), union)) if union is not None else {node}


def test_every_property_has_one_domain_and_one_range() -> None:
    properties = terms(OWL.ObjectProperty, OWL.DatatypeProperty)
    for prop in properties:
        for end in (RDFS.domain, RDFS.range):
            assert len(list(graph("axioms").objects(prop, end))) == 1, (prop, end)
    assert len(properties) > 70


@cache
def classes() -> dict[str, set[str]]:
    """Return the classes of each published thing, those above them included."""
    kind, above = ox.NamedNode(str(RDF.type)), ox.NamedNode(str(RDFS.subClassOf))
    found: dict[str, set[str]] = {}
    for quad in published().quads_for_pattern(None, kind, None):
        own = found.setdefault(str(quad.subject), set())
        own.add(str(quad.object))
        if isinstance(quad.object, ox.NamedNode):
            uppers = published().quads_for_pattern(quad.object, above, None)
            own.update(str(upper.object) for upper in uppers)
    return found


def test_domains_and_ranges_are_true_of_every_published_statement() -> None:
    looked = 0
    for prop in sorted(terms(OWL.ObjectProperty, OWL.DatatypeProperty)):
        for end in (RDFS.domain, RDFS.range):
            node = graph("axioms").value(prop, end)
            assert node is not None
            allowed = {f"<{each}>" for each in named(node)}
            for quad in published().quads_for_pattern(None, ox.NamedNode(str(prop)), None):
                thing = quad.subject if end == RDFS.domain else quad.object
                if isinstance(thing, ox.Literal) or f"<{OWL.Thing}>" in allowed:
                    continue
                assert classes()[str(thing)] & allowed, quad
                looked += 1
    assert looked > 50_000


def test_a_class_in_an_axiom_is_one_that_is_defined() -> None:
    known = terms(OWL.Class)
    used = {
        node
        for triple in graph("axioms")
        for node in triple
        if isinstance(node, URIRef)
        and node.startswith(DP_NAMESPACE)
        and node.removeprefix(DP_NAMESPACE)[0].isupper()
    }
    assert used <= known
    assert len(used) > 25


def test_chained_and_transitive_properties_are_neither_counted_nor_restricted() -> None:
    axioms = graph("axioms")
    complex_ = set(axioms.subjects(OWL.propertyChainAxiom)) | set(
        axioms.subjects(RDF.type, OWL.TransitiveProperty)
    )
    assert complex_ == {URIRef(iri) for iri in (DP.involves, DP.sharesHistoryWith, DP.containedIn)}
    for prop in complex_:
        assert not COUNTING & set(axioms.objects(prop, RDF.type)), prop
        assert not list(axioms.subjects(OWL.onProperty, prop)), prop
        assert not list(axioms.objects(prop, OWL.propertyDisjointWith)), prop


def test_every_alignment_is_said_and_has_its_reason() -> None:
    alignments = graph("alignments")
    said = {
        (subject, predicate, target)
        for predicate in (RDFS.subClassOf, RDFS.subPropertyOf)
        for subject, target in alignments.subject_objects(predicate)
    }
    reasons = {
        (
            alignments.value(node, OWL.annotatedSource),
            alignments.value(node, OWL.annotatedProperty),
            alignments.value(node, OWL.annotatedTarget),
        ): str(alignments.value(node, RDFS.comment))
        for node in alignments.subjects(RDF.type, OWL.Axiom)
    }
    assert set(reasons) == said
    assert all(reason.endswith(".") and len(reason) > 20 for reason in reasons.values())
    known = terms(OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    assert {subject for subject, _, _ in said} <= known
    assert len(said) > 20


def test_axioms_alignments_and_examples_are_not_in_the_published_ontology() -> None:
    store = ox.Store()
    store.load(path=ROOT / "data" / "graphs" / "ontology.ttl")
    for name in ("axioms", "alignments"):
        iri = ox.NamedNode(f"https://w3id.org/drugpolicy-kg/ontology/{name}")
        assert not list(store.quads_for_pattern(iri, None, None))
    assert not any(isinstance(quad.subject, ox.BlankNode) for quad in store)
    assert any(isinstance(node, BNode) for node in graph("axioms").subjects())


def test_the_severities_are_those_of_findings() -> None:
    scheme = Graph().parse(ONTOLOGY / "schemes" / "severity.ttl")
    for severity in Severity:
        assert (URIRef(concept("severity", severity)), None, None) in scheme
    assert len(set(scheme.subjects(RDF.type))) == 1 + len(Severity)


def test_every_class_has_an_example() -> None:
    shown = set()
    for path in EXAMPLES:
        name = path.stem.title().replace("-", "")
        assert (None, RDF.type, URIRef(DP_NAMESPACE + name)) in Graph().parse(path), path
        shown.add(URIRef(DP_NAMESPACE + name))
    assert shown == terms(OWL.Class)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_what_the_published_graphs_say(path: Path) -> None:
    said = {quad.triple for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE)}
    if os.environ.get("DRUGPOLICY_UPDATE") == "1":
        _update(path, said)
        said = {quad.triple for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE)}
    missing = [
        str(triple)
        for triple in said
        if not list(published().quads_for_pattern(triple.subject, triple.predicate, triple.object))
    ]
    assert missing == [], "DRUGPOLICY_UPDATE=1 writes the example again"
    assert len(said) > 4


def _update(path: Path, said: set[ox.Triple]) -> None:
    """Write an example again, with what the graphs now say of the same things."""
    fresh = {
        quad.triple
        for triple in said
        for quad in published().quads_for_pattern(triple.subject, triple.predicate, None)
        if quad.object == triple.object
        or not triple.predicate.value.endswith(("#evidence", "#textEvidence"))
    }
    head = path.read_text(encoding="utf-8").splitlines()[0]
    prefixes = {
        prefix: str(namespace)
        for prefix, namespace in Graph().parse(path).namespaces()
        if prefix in {"dp", "dct", "eli", "oa", "org", "prov", "rdfs", "skos", "time", "xsd"}
    }
    text = ox.serialize(
        sorted(fresh, key=str),
        format=ox.RdfFormat.TURTLE,
        prefixes=prefixes,
        base_iri="https://w3id.org/drugpolicy-kg/",
    )
    assert text is not None
    path.write_text(f"{head}\n{text.decode()}", encoding="utf-8")
