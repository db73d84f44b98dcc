"""The terms and the closed lists: complete, in both languages, and the same as in the code."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS, VANN

from drugpolicy_kg.citations.kinds import Kind
from drugpolicy_kg.identifiers import concept
from drugpolicy_kg.vocabulary import DP, DP_NAMESPACE, ONTOLOGY, SCHEME

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "ontology"
TERMS = FOLDER / "drugpolicy.ttl"
SCHEMES = sorted((FOLDER / "schemes").glob("*.ttl"))
LANGUAGES = ("en", "da")
#: The scheme from which the kinds of an authority table come; the kinds of concepts are classes.
KINDS = {
    "actors": "actor-kind",
    "places": "place-kind",
    "programmes": "programme-kind",
    "instruments": "instrument-kind",
    "sources": "data-source-kind",
}
#: A node of a kind, by the heading under which class DP lists it.
SORTS = {
    "classes": OWL.Class,
    "between things": OWL.ObjectProperty,
    "values": OWL.DatatypeProperty,
}


@cache
def terms() -> Graph:
    return Graph().parse(TERMS)


@cache
def scheme(path: Path) -> Graph:
    return Graph().parse(path)


def names() -> dict[str, str]:
    return {name: iri for name, iri in vars(DP).items() if not name.startswith("_")}


def defined() -> set[URIRef]:
    return {
        subject
        for subject in terms().subjects(RDF.type)
        if isinstance(subject, URIRef) and subject.startswith(DP_NAMESPACE)
    }


def words(graph: Graph, subject: URIRef, predicate: URIRef, language: str) -> list[str]:
    return [
        str(value)
        for value in graph.objects(subject, predicate)
        if isinstance(value, Literal) and value.language == language
    ]


def concepts(graph: Graph) -> list[URIRef]:
    return [node for node in graph.subjects(RDF.type, SKOS.Concept) if isinstance(node, URIRef)]


def notations(name: str) -> set[str]:
    graph = scheme(FOLDER / "schemes" / f"{name}.ttl")
    return {str(value) for value in graph.objects(predicate=SKOS.notation)}


def is_sentence(text: str) -> bool:
    return text[0].isupper() and text.endswith(".") and not text.endswith("..")


def plain(text: str) -> str:
    """Return a source without emphasis, footnote marks, tags and links, blanks as one."""
    text = re.sub(r"<sup>\d+</sup>|</?p>|\*", " ", re.sub(r"\*+(?=\w)|(?<=\w)\*+", "", text))
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[¹²³⁴⁵⁶]", "", text)
    return re.sub(r"\s+([.,;:)])", r"\1", " ".join(text.split()))


def test_every_file_is_read_alike_by_two_parsers() -> None:
    files = [TERMS, *SCHEMES]
    for path in files:
        with path.open("rb") as file:
            triples = sum(1 for _ in ox.parse(file, format=ox.RdfFormat.TURTLE))
        assert triples == len(Graph().parse(path)) > 0, path
    assert len(files) == 16


def test_no_file_has_a_blank_node() -> None:
    looked = 0
    for path in [TERMS, *SCHEMES]:
        for triple in Graph().parse(path):
            assert not any(isinstance(node, BNode) for node in triple), (path, triple)
            looked += 1
    assert looked > 1500


def test_the_header_says_what_the_ontology_is() -> None:
    ontology = URIRef(ONTOLOGY)
    graph = terms()
    assert list(graph.subjects(RDF.type, OWL.Ontology)) == [ontology]
    assert graph.value(ontology, VANN.preferredNamespacePrefix) == Literal("dp")
    assert graph.value(ontology, VANN.preferredNamespaceUri) == Literal(DP_NAMESPACE)
    version = str(graph.value(ontology, OWL.versionInfo))
    assert graph.value(ontology, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/{version}")
    licence = URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert graph.value(ontology, DCTERMS.license) == licence
    assert graph.value(ontology, DCTERMS.creator) == Literal("The drugpolicy-kg developers")
    notes = words(graph, ontology, SKOS.changeNote, "en")
    assert any(note.startswith(f"{version}:") for note in notes)
    described = 0
    for predicate in (RDFS.label, DCTERMS.title, DCTERMS.abstract, DCTERMS.description):
        for language in LANGUAGES:
            assert len(words(graph, ontology, predicate, language)) == 1, (predicate, language)
            described += 1
    assert described == 8


def test_the_terms_are_exactly_those_that_the_code_knows() -> None:
    known = {URIRef(iri) for iri in names().values()}
    assert defined() == known
    assert len(known) == len(names()) > 100


def test_every_term_is_of_the_sort_under_which_the_code_lists_it() -> None:
    parts = re.split(r"\n    # (.+)\n", inspect.getsource(DP))
    assert parts[1::2] == list(SORTS)
    looked = 0
    for heading, listed in zip(parts[1::2], parts[2::2], strict=True):
        for name in re.findall(r"^    (\w+): Final", listed, re.MULTILINE):
            sorts = set(terms().objects(URIRef(names()[name]), RDF.type))
            assert sorts == {SORTS[heading]}, name
            assert name[0].isupper() == (heading == "classes"), name
            looked += 1
    assert looked == len(names())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_has_one_label_and_one_definition_in_each_language(language: str) -> None:
    looked = 0
    for term in defined():
        label = words(terms(), term, RDFS.label, language)
        definition = words(terms(), term, SKOS.definition, language)
        assert (len(label), len(definition)) == (1, 1), term
        assert is_sentence(definition[0]), definition
        assert not definition[0].casefold().startswith(f"{label[0].casefold()} "), definition
        looked += 1
    assert looked == len(names())


def test_labels_are_unique_for_each_language_and_sort_of_term() -> None:
    labels = Counter(
        (sort, label.language, str(label))
        for term in defined()
        for sort in terms().objects(term, RDF.type)
        for label in terms().objects(term, RDFS.label)
        if isinstance(label, Literal)
    )
    assert [label for label, count in labels.items() if count > 1] == []
    assert len(labels) == 2 * len(names())


def test_every_term_has_an_example_in_english_and_says_who_defines_it() -> None:
    looked = 0
    for term in defined():
        assert words(terms(), term, SKOS.example, "en"), term
        assert list(terms().objects(term, RDFS.isDefinedBy)) == [URIRef(ONTOLOGY)], term
        assert all(map(is_sentence, words(terms(), term, SKOS.scopeNote, "en"))), term
        looked += 1
    assert looked == len(names())


def test_words_quoted_in_examples_stand_in_a_plan() -> None:
    files = sorted((ROOT / "data" / "plans").glob("*/source/*"))
    sources = [plain(path.read_text(encoding="utf-8")) for path in files]
    assert len(sources) >= 4
    quotations = [
        quotation
        for example in terms().objects(predicate=SKOS.example)
        for quotation in re.findall("“([^”]+)”", str(example))
    ]
    missing = [
        words for words in quotations if not any(plain(words) in source for source in sources)
    ]
    assert missing == []
    assert len(quotations) >= len(names())


def test_hierarchies_stay_among_our_own_terms() -> None:
    looked = 0
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf):
        for below, above in terms().subject_objects(predicate):
            assert {below, above} <= defined(), (below, above)
            looked += 1
    assert looked >= 5
    for predicate in (RDFS.domain, RDFS.range):
        assert not list(terms().subject_objects(predicate)), predicate


def test_every_scheme_has_its_iri_labels_and_definitions() -> None:
    for path in SCHEMES:
        node = URIRef(SCHEME + path.stem)
        assert list(scheme(path).subjects(RDF.type, SKOS.ConceptScheme)) == [node]
        for language in LANGUAGES:
            assert len(words(scheme(path), node, SKOS.prefLabel, language)) == 1, path
            definition = words(scheme(path), node, SKOS.definition, language)
            assert [is_sentence(text) for text in definition] == [True], path
    assert len(SCHEMES) == 15


def test_every_concept_has_notation_labels_and_definitions_in_both_languages() -> None:
    looked = 0
    for path in SCHEMES:
        graph = scheme(path)
        labels: Counter[tuple[str, str]] = Counter()
        for node in concepts(graph):
            notation = node.rsplit("/", 1)[-1]
            assert node == URIRef(concept(path.stem, notation))
            assert list(graph.objects(node, SKOS.notation)) == [Literal(notation)], node
            home = [URIRef(SCHEME + path.stem)]
            assert list(graph.objects(node, SKOS.inScheme)) == home, node
            assert list(graph.objects(node, SKOS.topConceptOf)) == home, node
            for language in LANGUAGES:
                label = words(graph, node, SKOS.prefLabel, language)
                definition = words(graph, node, SKOS.definition, language)
                assert (len(label), len(definition)) == (1, 1), node
                assert is_sentence(definition[0]), definition
                labels[language, label[0]] += 1
            looked += 1
        assert set(labels.values()) <= {1}, labels
    assert looked >= 92


def test_every_kind_of_the_authority_tables_is_in_its_scheme() -> None:
    looked: Counter[str] = Counter()
    classes = {term.removeprefix(DP_NAMESPACE).lower() for term in defined()}
    for path in sorted((ROOT / "data").glob("**/authorities/*.yaml")):
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))
        allowed = notations(KINDS[path.stem]) if path.stem in KINDS else classes
        for row in rows:
            if isinstance(row, dict) and "kind" in row:
                assert row["kind"] in allowed, (path, row["id"], row["kind"])
                looked[path.stem] += 1
    assert set(KINDS) <= set(looked)
    assert looked.total() > 300


def test_every_kind_role_and_modality_that_the_readers_tell_is_in_its_scheme() -> None:
    told = {("instrument-kind", kind.value) for kind in Kind}
    for path in sorted((ROOT / "data" / "languages").glob("*.yaml")):
        language = yaml.safe_load(path.read_text(encoding="utf-8"))
        told |= {("modality", row["kind"]) for row in language["commitments"]["modalities"]}
        told |= {("place-role", row["role"]) for row in language["places"]}
    assert [pair for pair in sorted(told) if pair[1] not in notations(pair[0])] == []
    assert len(told) >= 25
