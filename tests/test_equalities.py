"""That a term which comes early changes no answer: each query against the engine alone."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from drugpolicy_kg.store import QuerySyntaxError, Question
from drugpolicy_kg.store.embedded import BASE_IRI, EmbeddedStore
from drugpolicy_kg.store.equalities import bound_early
from drugpolicy_kg.store.formats import by_name

if TYPE_CHECKING:
    from collections.abc import Callable

FACTS = """
PREFIX : <https://e.example/>
:a :title "One"@en, "En"@da ; :name "One" ; :part :p1, :p2 ; :kind :k .
:b :title "One"@en, "one"@en ; :name "Two" ; :part :p2 ; :kind :k .
:c :title "Two"@EN ; :name "One"@en ; :number 1 .
:p1 :of :a ; :label "One"@en . :p2 :of :a, :b ; :label "Part"@en .
:d :kind "https://e.example/k" ; :next :a ; :number 1.0 .
"""
PREFIX = "PREFIX : <https://e.example/> "
# The last one of each pair says whether a term comes early.
CASES = [
    ('SELECT * { ?s :title ?v FILTER(?v = "One"@en) }', 1),
    ('SELECT * { ?s :title ?v FILTER("One"@en = ?v) . ?s :part ?p }', 1),
    ('SELECT * { ?s :title ?v . FILTER ( $v = "two"@en ) }', 1),
    ('SELECT * { ?s :title ?v FILTER(?v = "Two"@en) }', 1),
    ('SELECT * { ?s :name ?v FILTER(?v = "One") }', 1),
    ("SELECT * { ?s :kind ?v FILTER(?v = :k) }", 1),
    ("SELECT * { ?s :kind ?v FILTER(?v = <https://e.example/k>) # }\n }", 1),
    ("SELECT * { ?s ?v ?o FILTER(?v = :kind) }", 1),
    ('SELECT ?n (COUNT(*) AS ?c) { ?s :name ?n ; :title ?v FILTER(?v = "One"@en) } GROUP BY ?n', 1),
    ('SELECT * { ?s :part ?p OPTIONAL { ?p :label ?v FILTER(?v = "One"@en) } }', 1),
    ('SELECT * { ?s :name ?n MINUS { ?s :title ?v FILTER(?v = "En"@da) } }', 1),
    ('SELECT * { { ?s :title ?v FILTER(?v = "En"@da) } UNION { ?s :name ?v } }', 1),
    ('SELECT * { { SELECT ?s ?v { ?s :title ?v FILTER(?v = "En"@da) } LIMIT 5 } ?s :part ?p }', 1),
    ('SELECT * { OPTIONAL { ?s :next ?v } ?t :title ?v FILTER(?v = "One"@en) }', 1),
    ('SELECT * { ?s :title ?v, ?w FILTER(?v = "One"@en) FILTER(?w = "En"@da) }', 1),
    ('SELECT * { ?s :title ?v FILTER(?v = "One"@en) FILTER(?v = "En"@da) }', 1),
    ('ASK { ?s :title ?v FILTER(?v = "En"@da) }', 1),
    ('CONSTRUCT { ?s :t ?v } { ?s :title ?v FILTER(?v = "One"@en) }', 1),
    ('SELECT * { ?s (:part/:label)|:title ?v FILTER(?v = "One"@en) }', 1),
    ('SELECT * { [] :label ?v ; :of ?s FILTER(?v = "One"@en) }', 1),
    # The variable is not bound by a triple of this group in every row.
    ('SELECT * { ?s :kind ?k OPTIONAL { ?s :title ?v } FILTER(?v = "One"@en) }', 0),
    ('SELECT * { ?s :kind ?k OPTIONAL { ?s :title ?v } FILTER(?v = "None"@en) }', 0),
    ('SELECT * { { ?s :title ?v } UNION { ?s :kind ?k } FILTER(?v = "One"@en) }', 0),
    ('SELECT * { ?s :name ?n BIND("One" AS ?v) FILTER(?v = "One") }', 0),
    ('SELECT * { VALUES ?v { "One" "Two" } ?s :name ?n FILTER(?v = "One") }', 0),
    ('SELECT * { ?s :kind ?k FILTER(?w = "One"@en) }', 0),
    ('SELECT * { ?s :kind ?k FILTER EXISTS { ?s :title ?v FILTER(?v = "One"@en) } }', 0),
    ('SELECT * { GRAPH ?g { ?s :title ?v FILTER(?v = "One"@en) } }', 0),
    ("SELECT * { GRAPH ?v { ?s :title ?t FILTER(?v = :g) } }", 0),
    # A path of no steps has no triple, and a token that is none hides where a filter ends.
    ("SELECT * { ?s :next* ?v FILTER(?v = :absent) }", 0),
    ("SELECT * { ?v :next? ?s FILTER(?v = :absent) }", 0),
    ("SELECT * { ?s :next/:part* ?v FILTER(?v = :absent) }", 0),
    ('SELECT * { ?s :kind ?k OPTIONAL { ?s :name ?v } FILTER(1<2&&(?k>?k)) FILTER(?v = "x") }', 0),
    ("SELECT * { ?s ?a ?b OPTIONAL { ?s :name ?v } FILTER(?a<?b&&(?b>?a)) FILTER(?v = :x) }", 0),
    # Several terms are equal, or the filter asks for more than one.
    ("SELECT * { ?s :number ?v FILTER(?v = 1) }", 0),
    ('SELECT * { ?s :number ?v FILTER(?v = "1"^^<http://www.w3.org/2001/XMLSchema#integer>) }', 0),
    ('SELECT * { ?s :title ?v FILTER(?v = "One"@en || ?v = "En"@da) }', 0),
    ('SELECT * { ?s :title ?v FILTER(?v != "One"@en) }', 0),
    ('SELECT * { ?s :title ?v FILTER(STR(?v) = "One") }', 0),
    ("SELECT * { ?s :title ?v ; :name ?w FILTER(?v = ?w) }", 0),
    ('SELECT * { ?s :title ?v FILTER(?v = "\\u004Fne"@en) }', 0),
]


@pytest.fixture(scope="module")
def engine() -> ox.Store:
    engine = ox.Store()
    engine.load(FACTS, format=ox.RdfFormat.TURTLE, to_graph=ox.NamedNode("https://e.example/g"))
    return engine


@pytest.fixture(scope="module")
def ours(engine: ox.Store) -> Callable[[str], bytes]:
    def answer(query: str) -> bytes:
        sink = io.BytesIO()
        form = "ntriples" if "CONSTRUCT" in query else "tsv"
        store = EmbeddedStore(engine, {"https://e.example/g": len(engine)})
        store.answer(Question(query, by_name(form)), sink)
        return sink.getvalue()

    return answer


def alone(engine: ox.Store, query: str) -> bytes:
    results = engine.query(query, base_iri=BASE_IRI, use_default_graph_as_union=True)
    if isinstance(results, ox.QueryTriples):
        return results.serialize(format=ox.RdfFormat.N_TRIPLES) or b""
    return results.serialize(format=ox.QueryResultsFormat.TSV) or b""


@pytest.mark.parametrize(("query", "early"), CASES)
def test_answer_is_that_of_the_engine_alone(
    engine: ox.Store, ours: Callable[[str], bytes], query: str, early: int
) -> None:
    asked = PREFIX + query
    assert (bound_early(asked) != asked) == bool(early)
    expected = Counter(alone(engine, asked).splitlines())
    assert Counter(ours(asked).splitlines()) == expected


def test_cases_have_rows_to_lose(engine: ox.Store) -> None:
    filled = [q for q, early in CASES if early and alone(engine, PREFIX + q).count(b"\n") > 1]
    assert len(filled) >= 15


def test_fault_behind_a_filter_has_its_own_place(ours: Callable[[str], bytes]) -> None:
    query = 'SELECT * { { ?s <e:p> ?v FILTER(?v = "x"@en) } ?s ?p }'
    assert bound_early(query) != query
    with pytest.raises(QuerySyntaxError) as caught:
        ours(query)
    assert caught.value.column is not None
    assert caught.value.column <= len(query) + 1
    assert caught.value.column > query.rindex("?p")


def test_of_many_terms_a_few_come_early() -> None:
    """The time that the engine takes to plan them grows faster than their number."""
    one = 'FILTER(?v = "x"@en) '
    assert bound_early(f"ASK {{ ?s ?p ?v {one * 1_000} }}").count("VALUES") == 1
    several = "".join(f'?s <e:p{n}> ?v{n} FILTER(?v{n} = "x"@en) ' for n in range(60))
    assert bound_early(f"ASK {{ {several} }}").count("VALUES") == 8
