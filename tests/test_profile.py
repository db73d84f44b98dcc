"""What OWL 2 DL does not allow is found, each restriction by an ontology that breaks it."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from drugpolicy_kg import reasoning
from drugpolicy_kg.reasoning import profile
from tests.conftest import ROOT

PREFIXES = """
@prefix : <urn:x#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:A a owl:Class . :B a owl:Class . :p a owl:ObjectProperty . :q a owl:ObjectProperty .
:v a owl:DatatypeProperty . :n a owl:AnnotationProperty .
"""
COUNTED = """
:q a owl:TransitiveProperty ; rdfs:subPropertyOf :p .
:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:maxCardinality 1 ] .
"""
BREAKS = {
    "declared": (
        ":a a :A ; :unknown :b .",
        ":a a :Unknown .",
        ":p a owl:DatatypeProperty . :x :p :y .",
    ),
    "punned": (":A a owl:ObjectProperty .",),
    "value": (':a :p "word" .', ":a :v :b ."),
    "datatype": (":v rdfs:range xsd:date .",),
    "anonymous": ("[] a :A .",),
    "restriction": (
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ] .",
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:someValuesFrom :B ] .",
    ),
    "list": (":p rdfs:domain [ a owl:Class ; owl:unionOf ( :A ) ] .", ":A owl:hasKey () ."),
    "tree": (
        "_:u a owl:Class ; owl:unionOf ( :A :B ) . :p rdfs:domain _:u . :q rdfs:domain _:u .",
    ),
    "simple": (
        ":p a owl:TransitiveProperty , owl:FunctionalProperty .",
        ":p owl:propertyChainAxiom ( :q :q ) . :p a owl:IrreflexiveProperty .",
        COUNTED,
        ":q a owl:TransitiveProperty ; owl:inverseOf :p . :p a owl:AsymmetricProperty .",
    ),
    "regular": (
        ":p owl:propertyChainAxiom ( :q :p :q ) .",
        ":p owl:propertyChainAxiom ( :q :q ) . :q owl:propertyChainAxiom ( :p :p ) .",
    ),
}
CASES = [(rule, text) for rule, texts in BREAKS.items() for text in texts]


def _checked(text: str) -> profile.Profile:
    data = (PREFIXES + text).encode()
    return profile.check({quad.triple for quad in ox.parse(data, format=ox.RdfFormat.TURTLE)})


@pytest.mark.parametrize(("rule", "text"), CASES)
def test_a_breach_of_owl_2_dl_is_found(rule: str, text: str) -> None:
    assert f"owl-dl-{rule}" in {finding.code for finding in _checked(text).findings}


def test_chains_that_have_an_order_are_regular() -> None:
    said = ":p owl:propertyChainAxiom ( :p :q ) , ( :q :p ) , ( :p :p ) ."
    assert _checked(said + " :a a :A ; :p :b ; :n :c ; :v 1 .").findings == ()


def test_ontology_axioms_alignments_and_graphs_are_owl_2_dl() -> None:
    found = reasoning.load(ROOT).profile()
    assert [finding.message for finding in found.findings] == []
    assert found.looked > 90_000


def test_what_lies_outside_of_a_profile_is_counted() -> None:
    outside = _checked(
        ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] ."
        ":p a owl:FunctionalProperty ; owl:inverseOf :q ."
    ).outside
    assert outside["RL"] == {"someValuesFrom": 1}
    assert outside["EL"] == {"inverseOf": 1}
    assert outside["QL"] == {"FunctionalProperty": 1}
