from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any, Final

import httpx
import pyoxigraph as ox
import pytest

from drugpolicy_kg import releases
from tests.benchmarks.servers import Server, start_ours, write_manifest
from tests.fuzz.grammar import GRAPH, Writer, graphs

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED: Final = 20_251
BASE: Final = "https://w3id.org/drugpolicy-kg/"
#: What of SPARQL is compared: each is in some queries, and in some that answer with something.
FEATURES: Final = (
    *("SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "DISTINCT", "FROM g:", "FROM NAMED"),
    *("OPTIONAL", "UNION", "FILTER(", "FILTER EXISTS", "FILTER NOT EXISTS", "MINUS"),
    *("BIND(", "VALUES", "GRAPH ?", "GRAPH g:", "{ SELECT", "GROUP BY", "HAVING"),
    *("ORDER BY", "LIMIT", "OFFSET", "dp:next*", "dp:next+", "dp:next?", "^dp:", "!(dp:"),
    *("dp:next/dp:involves", "dp:next|dp:involves", "REGEX", "IN (", "COUNT(", "SUM(", "AVG("),
    *("MIN(", "MAX(", "GROUP_CONCAT"),
)
NOTHING: Final = Counter(["False"])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("fuzz")
    for name, content in graphs().items():
        (folder / f"{name}.nt").write_text(content, encoding="utf-8")
    write_manifest(folder, {f"{GRAPH}{name}": f"{name}.nt" for name in graphs()})
    # A release: its counts answer some of the queries.
    release = releases.write_release("1.0.0", folder, folder / "releases").folder
    # One address asks everything here, at once and for as long as it takes.
    limits = {"client_seconds": 100_000.0, "time_seconds": 10.0}
    with start_ours(release=release, log=folder / "log", limits=limits) as server:
        yield server


@pytest.fixture(scope="module")
def engine() -> ox.Store:
    """The engine alone, with the same graphs."""
    store = ox.Store()
    for name, content in graphs().items():
        store.load(content.encode(), ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(GRAPH + name))
    return store


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as connection:
        yield connection


def alone(engine: ox.Store, query: str) -> Counter[str]:
    """Return what the engine alone answers, without an order."""
    results = engine.query(query, base_iri=BASE, use_default_graph_as_union="FROM" not in query)
    if isinstance(results, ox.QueryTriples):
        return Counter(str(triple) for triple in results)
    written = results.serialize(format=ox.QueryResultsFormat.JSON)
    assert written is not None
    return rows(json.loads(written))


def rows(document: dict[str, Any]) -> Counter[str]:
    if "boolean" in document:
        return Counter([str(document["boolean"])])
    names = document["head"]["vars"]
    return Counter(
        json.dumps([names, binding], sort_keys=True) for binding in document["results"]["bindings"]
    )


def served(response: httpx.Response) -> Counter[str]:
    if response.headers["content-type"].startswith("application/n-triples"):
        quads = ox.parse(response.content, format=ox.RdfFormat.N_TRIPLES)
        return Counter(str(quad.triple) for quad in quads)
    return rows(response.json())


def ask(client: httpx.Client, service: Server, query: str) -> httpx.Response:
    accept = "application/sparql-results+json, application/n-triples;q=0.9"
    url = f"{service.url}/sparql"
    return client.post(url, data={"query": query}, headers={"Accept": accept})


def compare(
    client: httpx.Client, service: Server, engine: ox.Store, number: int, *, missing: int
) -> None:
    """Ask that many queries; all of them must be answered as the engine alone does.

    Most must be answered with something, and all but some features be among those.
    """
    writer = Writer(Random(SEED))  # noqa: S311 - the same queries each time
    answered = 0
    used: Counter[str] = Counter()
    used_in_answers: Counter[str] = Counter()
    for _ in range(number):
        query = writer.query()
        response = ask(client, service, query)
        assert response.status_code == 200, f"{response.text}\n{query}"
        found = served(response)
        assert found == alone(engine, query), query
        features = [feature for feature in FEATURES if feature in query]
        used.update(features)
        if found and found != NOTHING:
            answered += 1
            used_in_answers.update(features)
    # A comparison of empty answers would show nothing.
    assert answered > number / 2, answered
    told = f"{used}\n{used_in_answers}"
    assert sum(used_in_answers[name] < number / 400 for name in FEATURES) <= missing, told


def break_queries(client: httpx.Client, service: Server, number: int) -> None:
    """Ask that many broken queries; each is answered or refused, as its syntax is."""
    writer = Writer(Random(SEED))  # noqa: S311 - the same queries each time
    empty = ox.Store()
    refused = 0
    for _ in range(number):
        query = writer.broken()
        try:
            empty.query(query, base_iri=BASE)
            valid = True
        except (SyntaxError, ValueError, RuntimeError):
            valid = False
        response = ask(client, service, query)
        # A query that is still valid may ask for too much, or for a graph that is not there.
        expected = {200, 400, 413, 503, 504} if valid else {400, 413}
        assert response.status_code in expected, f"{response.text}\n{query}"
        if response.status_code != 200:
            assert response.headers["content-type"] == "application/problem+json"
            assert len(response.content) <= 4096
        refused += not valid
    assert refused > number / 4, refused


def test_200_queries_are_answered_as_the_engine_alone_answers_them(
    client: httpx.Client, service: Server, engine: ox.Store
) -> None:
    compare(client, service, engine, 200, missing=1)


def test_100_broken_queries_are_refused_and_break_nothing(
    client: httpx.Client, service: Server
) -> None:
    break_queries(client, service, 100)


@pytest.mark.long
def test_2000_queries_are_answered_as_the_engine_alone_answers_them(
    client: httpx.Client, service: Server, engine: ox.Store
) -> None:
    compare(client, service, engine, 2_000, missing=0)


@pytest.mark.long
def test_1000_broken_queries_are_refused_and_break_nothing(
    client: httpx.Client, service: Server
) -> None:
    break_queries(client, service, 1_000)
