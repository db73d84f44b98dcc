"""The descriptions of the graphs say of them what they hold, and themselves hold no count."""

from __future__ import annotations

import hashlib
from functools import cache

import pyoxigraph as ox
import pyshacl
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, OWL, PROV, RDF, RDFS, VOID

from drugpolicy_kg import releases
from drugpolicy_kg.vocabulary import BASE, DP, GRAPH, ID, SCHEMA_NAMESPACE
from tests.conftest import ROOT, TESTS

GRAPHS = ROOT / "data" / "graphs"
DATASET = URIRef(f"{BASE}void#dataset")
DESCRIPTIONS = {f"{GRAPH}{name}" for name in ("void", "catalogue", "provenance")}


@cache
def described(name: str) -> Graph:
    return Graph().parse(GRAPHS / f"{name}.ttl")


@cache
def counted() -> ox.Store:
    """The graphs that hold knowledge, loaded anew."""
    store = ox.Store()
    for row in releases.read_manifest(GRAPHS).graphs:
        if row.iri not in DESCRIPTIONS:
            path = GRAPHS / row.file
            store.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(row.iri))
    return store


def ask(query: str) -> int:
    (row,) = counted().query(query, use_default_graph_as_union=True)  # type: ignore[misc]
    return int(row[0].value)


def number(graph: Graph, thing: URIRef, predicate: URIRef) -> int:
    return int(str(graph.value(thing, predicate)))


# ── VoID ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("predicate", "pattern"),
    [
        (VOID.triples, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"),
        (VOID.distinctSubjects, "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
        (VOID.distinctObjects, "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"),
        (VOID.properties, "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }"),
        (VOID.classes, "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s a ?o }"),
    ],
)
def test_the_counts_of_the_whole_are_those_of_a_query(predicate: URIRef, pattern: str) -> None:
    assert number(described("void"), DATASET, predicate) == ask(pattern) > 50


def test_every_partition_counts_what_a_query_counts() -> None:
    void = described("void")
    looked = 0
    for node in void.objects(DATASET, VOID.propertyPartition):
        term = void.value(node, VOID.property)
        count = ask(f"SELECT (COUNT(*) AS ?n) {{ ?s <{term}> ?o }}")
        assert number(void, URIRef(str(node)), VOID.triples) == count > 0
        looked += 1
    assert looked == number(void, DATASET, VOID.properties)
    for node in void.objects(DATASET, VOID.classPartition):
        term = void.value(node, VOID["class"])
        count = ask(f"SELECT (COUNT(DISTINCT ?s) AS ?n) {{ ?s a <{term}> }}")
        assert number(void, URIRef(str(node)), VOID.entities) == count > 0
        looked += 1
    assert looked > 190


def test_each_graph_has_its_count_a_title_in_two_languages_licence_and_rights() -> None:
    void = described("void")
    for row in releases.read_manifest(GRAPHS).graphs:
        iri = URIRef(row.iri)
        if row.iri in DESCRIPTIONS:
            assert void.value(iri, VOID.triples) is None
        else:
            assert number(void, iri, VOID.triples) == row.triples
            assert (DATASET, VOID.subset, iri) in void
        languages = {title.language for title in void.objects(iri, DCTERMS.title)}  # type: ignore[attr-defined]
        assert languages == {"en", "da"}, iri
        assert str(void.value(iri, DCTERMS.license)).startswith("https://creativecommons.org/")
        assert "© European Union" in str(void.value(iri, DCTERMS.rights))
        assert str(void.value(iri, OWL.versionInfo)) == "0.1.0"


def test_a_linkset_counts_the_links_by_its_property_to_its_table() -> None:
    void = described("void")
    total = 0
    for node in void.subjects(RDF.type, VOID.Linkset):
        table, predicate = (
            void.value(node, VOID.objectsTarget),
            void.value(node, VOID.linkPredicate),
        )
        count = ask(
            "SELECT (COUNT(DISTINCT ?m) AS ?n) { ?m a <https://w3id.org/sssom/Mapping> ;"
            f" <https://w3id.org/sssom/object_source> <{table}> ;"
            f" <https://w3id.org/sssom/predicate_id> <{predicate}> }}"
        )
        assert number(void, URIRef(str(node)), VOID.triples) == count > 0
        total += count
    assert total == 490


# ── DCAT-AP ──────────────────────────────────────────────────────────────────────────────────


def catalogue() -> Graph:
    return Graph().parse(GRAPHS / "catalogue.ttl")


def conforms(graph: Graph) -> bool:
    result, _, text = pyshacl.validate(
        graph, shacl_graph=Graph().parse(TESTS / "dcat" / "dcat-ap.ttl")
    )
    assert isinstance(text, str)
    return bool(result)


def test_the_catalogue_has_what_dcat_ap_asks_for() -> None:
    assert conforms(catalogue())


@pytest.mark.parametrize(
    ("thing", "predicate"),
    [
        ("catalogue", DCTERMS.title),
        ("catalogue", DCTERMS.publisher),
        ("catalogue#dataset", DCTERMS.description),
        ("catalogue#com-2020-606", DCAT.theme),
        ("catalogue#com-2020-606-facts", DCAT.accessURL),
        ("dumps/drugpolicy-kg.nq.gz", DCTERMS.license),
        ("sparql", DCAT.endpointURL),
        ("catalogue#publisher", FOAF.name),
    ],
)
def test_a_catalogue_without_one_of_these_does_not_conform(thing: str, predicate: URIRef) -> None:
    graph = catalogue()
    assert list(graph.objects(URIRef(BASE + thing), predicate))
    graph.remove((URIRef(BASE + thing), predicate, None))
    assert not conforms(graph)


def test_each_plan_is_a_data_set_with_its_languages_and_the_official_document() -> None:
    graph = catalogue()
    language = "http://publications.europa.eu/resource/authority/language/"
    wanted = {
        "com-2020-606": ({"ENG", "DAN"}, "52020DC0606%2801%29"),
        "com-2023-641": ({"ENG"}, "52023DC0641"),
        # Its CELEX number is derived by rule and asserted nowhere.
        "com-2025-744": ({"ENG"}, None),
    }
    for plan, (languages, celex) in wanted.items():
        node = URIRef(f"{BASE}catalogue#{plan}")
        found = {str(own).removeprefix(language) for own in graph.objects(node, DCTERMS.language)}
        assert found == languages
        source = graph.value(node, DCTERMS.source)
        resource = f"http://publications.europa.eu/resource/celex/{celex}" if celex else "None"
        assert str(source) == resource
        assert graph.value(node, DCTERMS.subject) == URIRef(f"{ID}plan/{plan}")


def test_every_file_of_the_catalogue_is_one_of_a_release() -> None:
    files = {str(file) for file in catalogue().objects(None, DCAT.downloadURL)}
    names = {f"drugpolicy-kg.{ending}.gz" for ending in ("nq", "trig", "jsonld")}
    assert files == {f"{BASE}dumps/{name}" for name in names}


def test_words_of_the_catalogue_are_in_the_tables_that_travel_with_it() -> None:
    table = described("vocabularies")
    graph = catalogue()
    entries = {
        entry
        for predicate in (DCAT.theme, DCTERMS.language, DCTERMS.license, DCTERMS["format"])
        for entry in graph.objects(None, predicate)
    }
    assert len(entries) == 8
    for entry in entries:
        assert (entry, RDF.type, None) in table, entry


# ── PROV ─────────────────────────────────────────────────────────────────────────────────────


def test_each_graph_was_generated_by_the_build_and_has_the_digest_of_its_file() -> None:
    graph = described("provenance")
    looked = 0
    for row in releases.read_manifest(GRAPHS).graphs:
        if row.iri not in DESCRIPTIONS:
            iri = URIRef(row.iri)
            digest = str(graph.value(iri, URIRef(f"{SCHEMA_NAMESPACE}sha256")))
            assert digest == hashlib.sha256((GRAPHS / row.file).read_bytes()).hexdigest()
            build = graph.value(iri, PROV.wasGeneratedBy)
            assert (build, RDF.type, PROV.Activity) in graph
            looked += 1
    assert looked >= 12


def test_the_build_used_the_files_that_people_wrote_as_they_are() -> None:
    graph = described("provenance")
    (build,) = graph.subjects(RDF.type, PROV.Activity)
    looked = 0
    for used in graph.objects(build, PROV.used):
        path, digest = (
            graph.value(used, RDFS.label),
            graph.value(used, URIRef(f"{SCHEMA_NAMESPACE}sha256")),
        )
        if path is None:
            # The source of a plan: its digest stands with its facts.
            assert ask(f"SELECT (COUNT(*) AS ?n) {{ <{used}> <{DP.sha256}> ?digest }}") == 1
        else:
            assert str(digest) == hashlib.sha256((ROOT / str(path)).read_bytes()).hexdigest()
        looked += 1
    assert looked > 40


def test_provenance_knows_the_version_of_the_program_and_no_clock() -> None:
    graph = described("provenance")
    (program,) = graph.subjects(RDF.type, PROV.SoftwareAgent)
    assert str(graph.value(program, OWL.versionInfo)) == "0.1.0"
    assert not any(
        "date" in str(o.datatype or "") for o in graph.objects() if hasattr(o, "datatype")
    )
    assert not list(graph.triples((None, PROV.startedAtTime, None)))
