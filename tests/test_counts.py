"""That a count taken from a release's counts is the one that the engine alone finds."""

from __future__ import annotations

import io
import json
import time
from collections import Counter
from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from drugpolicy_kg import releases, resources
from drugpolicy_kg.errors import ReleaseError
from drugpolicy_kg.releases.counts import COUNTS, counts
from drugpolicy_kg.service.edition import COUNT
from drugpolicy_kg.store import Dataset, QuerySyntaxError, Question
from drugpolicy_kg.store.counts import counted
from drugpolicy_kg.store.embedded import BASE_IRI, EmbeddedStore
from drugpolicy_kg.store.formats import by_name
from drugpolicy_kg.store.publication import publish
from tests.test_store import TWO_GRAPHS, written

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = "https://e.example/g"
FACTS = """
PREFIX : <https://e.example/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
:a a :Action ; :in :p ; :by :x, :y ; :year 2021 ; :title "One"@en, "En"@da ; :kind "a/b" .
:b a :Action ; :in :p ; :by :x ; :year 2021 ; :title "Two"@en ; :kind "a/b" .
:c a :Action ; :in :q ; :by :x, :z ; :year 2025 ; :title "Three"@en ; :kind "c" .
:d a :Action ; :in :p ; :by :x ; :year 2021 ; :title "One"@en ; :kind "a/b" .
:p a :Plan . :q a :Plan .
"""
PREFIX = "PREFIX : <https://e.example/> PREFIX e: <https://e.example/> "
# The last one of each pair says whether the counts answer.
CASES = [
    ("SELECT ?b (COUNT(?a) AS ?n) { ?a :by ?b } GROUP BY ?b", 1),
    (
        "SELECT ?b (COUNT(*) AS ?n) WHERE { ?a :by ?b . } GROUP BY ?b ORDER BY DESC(?n) ?b LIMIT 1",
        1,
    ),
    ("SELECT ?b (COUNT(DISTINCT ?a) AS ?n) { ?a :by ?b } GROUP BY ?b", 1),
    ("select ?b (count($a) as ?n) where { $a e:by $b } group by ?b order by ?b offset 1", 1),
    ("SELECT (COUNT(?a) AS ?n) ?b { ?a :by ?b } GROUP BY ?b HAVING (COUNT(?a) > 1)", 1),
    ("SELECT ?t (COUNT(?s) AS ?n) { ?s a ?t } GROUP BY ?t", 1),
    ("SELECT ?y (COUNT(?s) AS ?n) { ?s :year ?y } GROUP BY ?y ORDER BY ?y", 1),
    ("SELECT ?k (COUNT(?s) AS ?n) { ?s :kind ?k } GROUP BY ?k", 1),
    ("SELECT (STR(?k) AS ?x) (COUNT(?s) AS ?n) { ?s :kind ?k } GROUP BY ?k", 1),
    ("SELECT (COUNT(*) AS ?n) { ?s a :Action }", 1),
    ("SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s a e:Action }", 1),
    ("SELECT (COUNT(*) AS ?n) { ?s a :Absent }", 1),
    ("SELECT (COUNT(?o) AS ?n) { ?s :title ?o }", 1),
    ("SELECT (COUNT(*) AS ?n) { ?s :absent ?o }", 1),
    ("SELECT ?x (COUNT(*) AS ?n) { ?s :absent ?o } GROUP BY ?x", 1),
    ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", 1),
    ("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p", 1),
    ("SELECT ?p (COUNT(?o) AS ?n) (COUNT(?s) AS ?m) { ?s ?p ?o } GROUP BY ?p", 1),
    ("SELECT DISTINCT (COUNT(?s) AS ?n) { ?s :by ?b } GROUP BY ?b", 1),
    ("SELECT ?b (COUNT(?a) AS ?n) { ?a <https://e.example/by> ?b } GROUP BY ?b # { ?x }", 0),
    ("SELECT ?b (COUNT(?a) AS ?n) { ?a <https://e.example/by> ?b } GROUP BY ?b # by", 1),
    # The subject is asked for, or counted once where it stands several times.
    ("SELECT ?a (COUNT(?b) AS ?n) { ?a :by ?b } GROUP BY ?a", 0),
    ("SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a :by ?b }", 0),
    ("SELECT (COUNT(DISTINCT ?b) AS ?n) { ?a :by ?b }", 0),
    ("SELECT ?p (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o } GROUP BY ?p", 0),
    ("SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a :by ?b } GROUP BY (STR(?b) AS ?c)", 0),
    ("SELECT (COUNT(DISTINCT ?a) AS ?n) { ?a :by ?b } GROUP BY ?b ?c", 0),
    ("SELECT (COUNT(DISTINCT *) AS ?n) { ?a :by ?b }", 0),
    # What is counted is never bound, or something else than counted.
    ("SELECT (COUNT(?z) AS ?n) { ?a :by ?b }", 0),
    ("SELECT (COUNT(?a) AS ?n) (SUM(?y) AS ?m) { ?a :year ?y }", 0),
    ("SELECT (COUNT(?a) + 1 AS ?n) { ?a :year ?y }", 0),
    ("SELECT ?y (COUNT(STR(?a)) AS ?n) { ?a :year ?y } GROUP BY ?y", 0),
    ("SELECT ?t (COUNT(?a) AS ?n) { ?a :title ?t } GROUP BY ?t", 0),
    # More or less than one triple pattern of distinct variables.
    ("SELECT ?b (COUNT(?a) AS ?n) { ?a :by ?b FILTER(?b = :x) } GROUP BY ?b", 0),
    ("SELECT ?b (COUNT(?a) AS ?n) { ?a :by ?b ; :in :p } GROUP BY ?b", 0),
    ("SELECT ?b (COUNT(?a) AS ?n) { ?a :by|:in ?b } GROUP BY ?b", 0),
    ("SELECT (COUNT(*) AS ?n) { ?a :by ?a }", 0),
    ("SELECT (COUNT(*) AS ?n) { :a :by ?b }", 0),
    ("SELECT (COUNT(*) AS ?n) { ?a ?p :x }", 0),
    ("SELECT (COUNT(*) AS ?n) { }", 0),
    ("SELECT ?b (COUNT(?a) AS ?n) { ?a :by ?b } GROUP BY ?b VALUES ?b { :x }", 0),
    ("SELECT * { ?a :by ?b }", 0),
    ('SELECT ("COUNT" AS ?n) { ?a :by ?b }', 0),
    ("ASK { ?a :by ?b } # COUNT", 0),
]


def _store(facts: ox.Store, objects: bytes = b"") -> EmbeddedStore:
    return EmbeddedStore(facts, {GRAPH: len(facts)}, objects)


def _objects(facts: ox.Store) -> bytes:
    lines = facts.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(GRAPH)) or b""
    return counts(lines.splitlines())


@pytest.fixture(scope="module")
def facts() -> ox.Store:
    facts = ox.Store()
    facts.load(FACTS, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(GRAPH))
    return facts


def _properties(objects: bytes) -> set[str]:
    return {line.split(b" ")[1][1:-1].decode() for line in objects.splitlines()}


def _alone(facts: ox.Store, query: str) -> bytes:
    results = facts.query(query, base_iri=BASE_IRI, use_default_graph_as_union=True)
    assert not isinstance(results, ox.QueryTriples)
    return results.serialize(format=ox.QueryResultsFormat.TSV) or b""


@pytest.mark.parametrize(("query", "simple"), CASES)
def test_answer_is_that_of_the_engine_alone(facts: ox.Store, query: str, simple: int) -> None:
    asked, objects = PREFIX + query, _objects(facts)
    assert (counted(asked, _properties(objects)) is not None) == bool(simple)
    ours = _store(facts, objects).read(asked, "tsv")
    assert Counter(ours.splitlines()) == Counter(_alone(facts, asked).splitlines())


def test_every_way_to_count_a_pattern_is_answered_alike(facts: ox.Store) -> None:
    objects = _objects(facts)
    store, properties = _store(facts, objects), _properties(objects)
    patterns = ("?s :by ?o", "?s ?p ?o", "?s :by :x", "?s a ?o", "?s :title ?o", "?s ?p :x")
    arguments = ("*", "?s", "?p", "?o", "DISTINCT ?s", "DISTINCT ?o", "DISTINCT *")
    keys = ("", "?o", "?p", "?s", "?o ?p", "(STR(?o) AS ?k)", "?none")
    ends = ("", "HAVING (COUNT(*) > 1)", "ORDER BY DESC(?n) STR({})", "HAVING (STR({}) > 'a')")
    simpler = 0
    for pattern, argument, key, end in product(patterns, arguments, keys, ends):
        group = f"GROUP BY {key}" if key else ""
        shown = key.partition(" ")[0] if key.startswith("?") else ""
        select = f"SELECT {shown} (COUNT({argument}) AS ?n)"
        asked = f"{PREFIX}{select} {{ {pattern} }} {group} {end.format(shown or '?n')}"
        simpler += counted(asked, properties) is not None
        found = Counter(store.read(asked, "tsv").splitlines())
        assert found == Counter(_alone(facts, asked).splitlines()), asked
    assert simpler > 200


def test_counts_answer_where_the_release_has_them(facts: ox.Store) -> None:
    query = PREFIX + "SELECT (COUNT(*) AS ?n) { ?s a :Action }"
    other = _objects(facts).replace(b"/4> <http", b"/5> <http")
    assert _store(facts, other).read(query, "csv").split() == [b"n", b"5"]
    assert _store(facts).read(query, "csv").split() == [b"n", b"4"]


def test_own_datasets_are_counted_by_the_engine(facts: ox.Store) -> None:
    query = PREFIX + "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    store = _store(facts, _objects(facts))
    for question in (
        Question(query, by_name("csv"), dataset=Dataset((), (GRAPH,))),
        Question(query.replace(" {", " FROM <e:none> {"), by_name("csv"), own_dataset=True),
    ):
        assert _answered(store, question).split() == [b"n", b"0"]


def _answered(store: EmbeddedStore, question: Question) -> bytes:
    sink = io.BytesIO()
    store.answer(question, sink)
    return sink.getvalue()


def test_fault_has_the_place_of_the_query_as_it_was_sent(facts: ox.Store) -> None:
    query = PREFIX + "SELECT ?c (COUNT(?a) AS ?n) { ?a :by ?b } GROUP BY ?b ORDER ?b"
    with pytest.raises(QuerySyntaxError) as caught:
        _store(facts, _objects(facts)).read(query, "csv")
    assert caught.value.column is not None
    assert caught.value.column <= len(query) + 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (COUNT(s) AS ?n) { ?s ?p ?o }",
        "SELECT ?b (COUNT(a) AS ?n) { ?a :by ?b } GROUP BY ?b",
        "SELECT (COUNT(DISTINCT a) AS ?n) { ?a a :Action }",
        "SELECT ?b (COUNT(DıſTINCT ?a) AS ?n) { ?a :by ?b } GROUP BY ?b",
        "SELECT (COUNT() AS ?n) { ?s ?p ?o }",
        "SELECT (COUNT(DISTINCT) AS ?n) { ?s ?p ?o }",
        "SELECT (COUNT(?s ?p) AS ?n) { ?s ?p ?o }",
        "SELECT ?b (COUNT(?a) AS ?n) { ?a :by ?b }",
    ],
)
def test_what_is_no_sparql_is_refused_as_the_engine_does(facts: ox.Store, query: str) -> None:
    with pytest.raises(SyntaxError):
        _alone(facts, PREFIX + query)
    with pytest.raises(QuerySyntaxError):
        _store(facts, _objects(facts)).read(PREFIX + query, "csv")


def test_service_counts_the_graphs_when_it_looks_at_itself(facts: ox.Store) -> None:
    objects = _objects(facts)
    assert counted(COUNT, _properties(objects)) is None
    other = objects.replace(b"/4> <http", b"/5> <http")
    assert _store(facts, other).read(COUNT, "csv").split() == [b"n", str(len(facts)).encode()]


def test_rows_that_tie_are_published_in_the_order_that_a_server_gives(tmp_path: Path) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "bodies.rq").write_text(
        "#+ summary: Who takes part?\n#+ columns:\n#+   b: body\n#+   n: how often\n"
        "PREFIX dp: <https://w3id.org/drugpolicy-kg/ontology#>\n"
        "SELECT ?b (COUNT(?a) AS ?n) { ?a dp:participant ?b } GROUP BY ?b ORDER BY DESC(?n)\n",
        encoding="utf-8",
    )
    manifest = publish("1.0.0", resources.graphs(), tmp_path / "root", queries=queries)
    text = (queries / "bodies.rq").read_text(encoding="utf-8")
    answer = EmbeddedStore.load(tmp_path / "root").read(text, "csv")
    assert manifest.answers[0].sha256 == sha256(answer).hexdigest()


def test_long_gaps_are_looked_at_once() -> None:
    def seconds(query: str) -> float:
        began = time.process_time()
        counted(query, ())
        return time.process_time() - began

    short = min(seconds("COUNT { a b c" + " " * 10_000) for _ in range(5))
    long = min(seconds("COUNT { a b c" + " " * 200_000) for _ in range(5))
    # Twenty times as long; four hundred times if each blank were looked at from each other.
    assert long < 100 * short


def test_every_property_of_the_real_graph_is_counted_alike(tmp_path: Path) -> None:
    manifest = releases.write_release("1.0.0", resources.graphs(), tmp_path)
    store, plain = EmbeddedStore.load(tmp_path), EmbeddedStore.load(resources.graphs())
    assert not any(file.file == COUNTS for file in releases.read_manifest(resources.graphs()).files)
    objects = releases.read_listed(manifest, manifest.files[0])
    properties = sorted(_properties(objects) - {"x-count:total"})
    assert len(properties) > 50
    grouped = "SELECT ?o (COUNT(?s) AS ?n) { ?s <%s> ?o } GROUP BY ?o"
    queries = [grouped % iri for iri in properties]
    queries.append("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p")
    for query in queries:
        assert counted(query, properties) is not None
        found = Counter(store.read(query, "tsv").splitlines())
        assert found == Counter(plain.read(query, "tsv").splitlines()), query
    assert len(found) > 100


def test_release_with_other_counts_is_refused(tmp_path: Path) -> None:
    manifest = releases.write_release("1.0.0", written(tmp_path, TWO_GRAPHS), tmp_path / "root")
    path, listing = manifest.folder / COUNTS, manifest.folder / releases.MANIFEST

    def replace(content: bytes) -> None:
        path.write_bytes(content)
        told = json.loads(listing.read_text())
        told["files"][0]["sha256"] = sha256(content).hexdigest()
        listing.write_text(json.dumps(told))

    replace(path.read_bytes().replace(b"/1>", b"/2>"))
    with pytest.raises(ReleaseError, match=r"counts\.nt: holds other counts"):
        releases.verify(manifest.folder)
    replace(b"<e:a> <e:b .\n")
    with pytest.raises(ReleaseError, match=r"counts\.nt: cannot be read"):
        EmbeddedStore.load(manifest.folder)


def test_counts_are_kept_where_objects_are_shared() -> None:
    triples = [b"<e:%d> <e:in> <e:%d> ." % (n, n // 2) for n in range(6)]
    triples += [b'<e:%d> <e:name> "%d"@en .' % (n, m) for n, m in product(range(2), range(3))][:5]
    rows = [line.split(b" ", 1) for line in counts(triples).splitlines()]
    assert [(count.rpartition(b"/")[2], rest) for count, rest in rows] == [
        (b"2>", b"<e:in> <e:0> ."),
        (b"2>", b"<e:in> <e:1> ."),
        (b"2>", b"<e:in> <e:2> ."),
        (b"6>", b"<x-count:total> <e:in> ."),
        (b"5>", b"<x-count:total> <e:name> ."),
    ]
