from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import pytest

from drugpolicy_kg import resources
from drugpolicy_kg.queries import SavedQuery, load_queries
from drugpolicy_kg.results import Rows, from_sparql_json
from drugpolicy_kg.store import Question
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.endpoint import EndpointStore, Place
from drugpolicy_kg.store.formats import by_name
from tests.benchmarks.servers import Server, start_ours
from tests.virtuoso import engine
from tests.w3c import protocol
from tests.w3c.manifests import HOW, SUITES, known_misses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drugpolicy_kg.store import Store

pytestmark = pytest.mark.debian

DIFFERENCES: Final = Path(__file__).parent / "known-differences.txt"
GRAPHS: Final = "https://w3id.org/drugpolicy-kg/graph/"
# The protocol's tests name graphs of another host; the service looks for ours only.
PROTOCOL_GRAPHS: Final = f"{GRAPHS}protocol/"
QUERIES: Final = load_queries(resources.public_queries())
SECONDS: Final = 20.0
VALUES: Final[tuple[dict[str, str], ...]] = ({}, {"plan": "com-2023-641", "lang": "da"})


def require() -> None:
    """Skip where Virtuoso is not installed, with a word that says how to run the tests."""
    if not engine.installed():
        if os.environ.get("CI") == "true":
            pytest.fail(engine.HOW)
        pytest.skip(engine.HOW)


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engine.Virtuoso]:
    require()
    with engine.start(tmp_path_factory.mktemp("virtuoso")) as running:
        running.load(resources.graphs())
        yield running


@pytest.fixture(scope="module")
def embedded() -> EmbeddedStore:
    return EmbeddedStore.load(resources.graphs())


def known_differences() -> dict[str, tuple[str, str]]:
    """Return by the name of a query what is different (differs, unsteady, slow) and why."""
    found = {}
    for line in DIFFERENCES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, kind, reason = line.split(maxsplit=2)
            assert name in QUERIES, f"{DIFFERENCES.name}: {name} is no saved query"
            assert kind in {"differs", "unsteady", "slow"}, f"{DIFFERENCES.name}: {name}: {kind}"
            found[name] = (kind, reason)
    return found


def rows_of(content: bytes, query: SavedQuery) -> Rows:
    """Return rows as a saved query has them."""
    rows = from_sparql_json(content, tuple(query.columns))
    # GROUP_CONCAT of nothing is unbound in one engine and an empty text in the other; either is
    # an empty cell.
    return Rows(rows.columns, tuple(tuple(c if c != "" else None for c in r) for r in rows.cells))


def answered(store: Store, question: Question) -> bytes:
    """Return the answer of a store to a question."""
    sink = io.BytesIO()
    store.answer(question, sink)
    return sink.getvalue()


def is_part(some: Rows, rows: Rows) -> bool:
    """Return whether some rows are all from among others, and in their order."""
    rest = iter(rows.cells)
    return all(row in rest for row in some.cells)


def test_rows_are_a_part_of_others_only_in_their_order_and_no_more_often() -> None:
    def rows(*cells: str) -> Rows:
        return Rows(("x",), tuple((cell,) for cell in cells))

    assert is_part(rows("a", "c"), rows("a", "b", "c"))
    assert not is_part(rows("c", "a"), rows("a", "b", "c"))
    assert not is_part(rows("a", "a"), rows("a", "b", "c"))
    assert not is_part(rows("d"), rows("a", "b", "c"))


def test_every_graph_has_as_many_triples_in_virtuoso(
    virtuoso: engine.Virtuoso, embedded: EmbeddedStore
) -> None:
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    rows = virtuoso.ask(query).json()["results"]["bindings"]
    found = {row["g"]["value"]: int(row["n"]["value"]) for row in rows}
    assert {name: n for name, n in found.items() if name.startswith(GRAPHS)} == embedded.counts
    assert len(embedded.counts) > 5


@pytest.mark.parametrize("name", list(QUERIES))
def test_saved_query_has_the_same_rows_in_the_same_order_in_both_engines(
    virtuoso: engine.Virtuoso, embedded: EmbeddedStore, name: str
) -> None:
    query = QUERIES[name]
    theirs_too = EndpointStore(Place.of(virtuoso.endpoint), embedded.counts, seconds=SECONDS)
    kind, reason = known_differences().get(name, ("", ""))
    if kind == "slow":
        # While Virtuoso plans it, nobody else is answered, so that it is not even asked.
        assert reason
        return
    outcomes = []
    for values in VALUES:
        if not set(values) <= set(query.parameters):
            continue
        question = Question(query.sparql(values), by_name("json"))
        ours, theirs = (rows_of(answered(s, question), query) for s in (embedded, theirs_too))
        outcomes.append(theirs == ours)
        if kind == "unsteady":
            # It loses rows or loses none, as its plan comes out; it never has one of its own.
            assert reason
            assert theirs.cells, (name, values)
            assert is_part(theirs, ours), (name, values, len(ours), len(theirs))
        elif kind != "differs":
            assert theirs == ours, (name, values, len(ours), len(theirs))
    assert outcomes
    if kind == "differs":
        assert not all(outcomes), f"{name} is the same now; take it out of {DIFFERENCES.name}"
        assert reason


def test_service_over_virtuoso_passes_the_protocol(tmp_path: Path) -> None:
    """The W3C's protocol tests through `serve --endpoint`, as with the embedded store."""
    require()
    if not SUITES.is_dir():
        pytest.skip(HOW)
    graphs = protocol.write_graphs(tmp_path / "graphs", names=PROTOCOL_GRAPHS)
    with engine.start(tmp_path / "virtuoso") as running:
        running.load(graphs)
        with start_ours(endpoint=running.endpoint, log=tmp_path / "log") as service:
            outcomes = protocol.run(f"{service.url}/sparql", names=PROTOCOL_GRAPHS)
    misses = {outcome.name: outcome.miss for outcome in outcomes if outcome.miss}
    assert len(outcomes) == 34
    known = {name for name in known_misses() if name.startswith("protocol/")}
    assert misses.keys() <= known, misses


@pytest.fixture(scope="module")
def service(
    virtuoso: engine.Virtuoso, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("service") / "log"
    with start_ours(
        endpoint=virtuoso.endpoint, queries=resources.public_queries(), log=log
    ) as server:
        yield server


def test_service_over_virtuoso_serves_our_graphs_only(
    service: Server, embedded: EmbeddedStore
) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    response = httpx.post(f"{service.url}/sparql", data={"query": query}, timeout=30)
    assert response.status_code == 200, response.text
    [row] = response.json()["results"]["bindings"]
    assert int(row["n"]["value"]) == sum(embedded.counts.values())


@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv", "nt"])
def test_stored_booleans_and_relative_iris_are_the_same_over_virtuoso(
    service: Server, embedded: EmbeddedStore, form: str
) -> None:
    rows = "?place <ontology#euMember> ?is } ORDER BY ?place LIMIT 60"
    query = (
        f"CONSTRUCT {{ ?place <is> ?is }} {{ {rows}"
        if form == "nt"
        else f"SELECT ?place ?is {{ {rows}"
    )
    response = httpx.post(
        f"{service.url}/sparql", data={"query": query, "format": form}, timeout=30
    )
    assert response.status_code == 200, response.text
    ours = answered(embedded, Question(query, by_name(form)))
    assert sorted(response.content.splitlines()) == sorted(ours.splitlines())
    assert b"true" in ours
    assert b"false" in ours


@pytest.mark.parametrize("accept", ["text/csv", "application/sparql-results+json"])
@pytest.mark.parametrize("name", ["actor-workload", "citations", "participations", "places"])
def test_service_over_virtuoso_answers_like_the_embedded_one(
    service: Server, embedded: EmbeddedStore, name: str, accept: str
) -> None:
    kind = by_name("csv" if accept == "text/csv" else "json")
    sink = io.BytesIO()
    embedded.answer(Question(QUERIES[name].text, kind), sink)
    response = httpx.post(
        f"{service.url}/sparql",
        data={"query": QUERIES[name].text},
        headers={"Accept": accept},
        timeout=30,
    )
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith(accept)
    if accept == "text/csv":
        assert response.text == sink.getvalue().decode()
    else:
        assert rows_of(response.content, QUERIES[name]) == rows_of(sink.getvalue(), QUERIES[name])
