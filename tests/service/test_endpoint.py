"""Another endpoint in place of the embedded store; the other one is this service itself, too."""

from __future__ import annotations

import io
import json
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest

from drugpolicy_kg.errors import ServiceError, StoreError
from drugpolicy_kg.store import (
    AnswerCutError,
    Dataset,
    QuerySyntaxError,
    Question,
    StoreUnavailableError,
)
from drugpolicy_kg.store.dialect import based
from drugpolicy_kg.store.endpoint import EndpointStore, Place
from drugpolicy_kg.store.formats import FORMATS, Shape, by_name
from tests.service.running import GRAPH, TIME_LIMIT, Service, is_well, within
from tests.service.test_protocol import CONSTRUCT, SELECT, problem
from tests.service.test_safety import RUNAWAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNT = "SELECT (COUNT(*) AS ?n) "
BASE = "BASE <https://w3id.org/drugpolicy-kg/> "
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.fixture(scope="module")
def engine(release: Path) -> Iterator[Service]:
    running = Service.start(release, workers=3, limits={"time_seconds": 5.0})
    yield running
    running.stop()


@pytest.fixture(scope="module")
def front(engine: Service) -> Iterator[Service]:
    running = Service.start(None, endpoint=f"{engine.url}/sparql", workers=2)
    yield running
    running.stop()


def test_endpoint_answers_in_every_format_as_the_embedded_store(
    engine: Service, front: Service
) -> None:
    queries = {
        Shape.ROWS: "SELECT ?s ?t { ?s <https://w3id.org/drugpolicy-kg/ontology#title> ?t } "
        "ORDER BY ?t LIMIT 20",
        Shape.TRIPLES: "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 20",
    }
    for kind in FORMATS:
        ours, theirs = (s.ask(queries[kind.shape], format=kind.name) for s in (front, engine))
        assert ours.status_code == 200, ours.text
        assert ours.headers["content-type"] == theirs.headers["content-type"]
        if kind.shape is Shape.ROWS:
            assert ours.content == theirs.content, kind
        else:
            assert len(ours.content) > 200
    assert front.ask("ASK {}").json()["boolean"] is True


def test_default_graph_is_the_union_of_our_graphs_said_explicitly(front: Service) -> None:
    for query, expected in (
        (COUNT + "{ ?s ?p ?o }", 9000),
        (COUNT + "{ GRAPH ?g { ?s ?p ?o } }", 9000),
        (COUNT + f"{{ GRAPH <{GRAPH}parts> {{ ?s ?p ?o }} }}", 3000),
        (COUNT + f"FROM <{GRAPH}parts> {{ ?s ?p ?o }}", 3000),
    ):
        assert front.ask(query, format="csv").text == f"n\r\n{expected}\r\n", query
    chosen = {"query": COUNT + "{ ?s ?p ?o }", "format": "csv"}
    asked = {**chosen, "default-graph-uri": f"{GRAPH}parts"}
    assert front.get("/sparql", params=asked).text == "n\r\n3000\r\n"


def test_same_checks_limits_and_routes_stand_before_an_endpoint(front: Service) -> None:
    assert "SERVICE is refused" in front.ask("ASK { SERVICE <a:b> {} }").json()["detail"]
    problem(front.ask("DROP ALL"), 400)
    problem(front.ask("ASK " + "{" * 200), 413)
    content = problem(front.ask("SELECT * { ?s ?p"), 400)
    assert "cannot be parsed" in str(content["detail"])
    assert front.get("/ready").json()["triples"] == 9000
    assert front.get("/graph/parts.nt").text.count("\n") == 3000
    page = front.ask(SELECT, format="html")
    assert "1 row." in page.text
    assert f"{GRAPH}parts" in front.get("/sparql").text
    assert front.ask(CONSTRUCT).status_code == 200


def test_nothing_of_an_endpoint_is_kept_as_it_may_change(front: Service) -> None:
    response = front.ask("ASK {}")
    assert "etag" not in response.headers
    assert response.headers["cache-control"] == "no-store"


def test_runaway_on_an_endpoint_meets_the_limit_of_this_service(front: Service) -> None:
    began = time.monotonic()
    assert front.ask(RUNAWAY).status_code == 504
    assert time.monotonic() - began < 2 * TIME_LIMIT
    assert within(20, lambda: is_well(front))


def test_start_says_that_an_endpoint_is_served(engine: Service, front: Service) -> None:
    assert f"The endpoint {engine.url}/sparql" in front.printed


@contextmanager
def engine_that_says(
    content: bytes,
    *,
    status: int = 200,
    silent: bool = False,
    heard: list[dict[str, list[str]]] | None = None,
    **headers: str,
) -> Iterator[str]:
    """Give the address of an engine that always answers the same, and notes what it heard.

    One that is silent answers when the test is over.
    """
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if heard is not None:
                heard.append(parse_qs(body))
            if silent:
                over.wait()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            with suppress(BrokenPipeError):
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/sparql"
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


ONE_ROW = json.dumps(
    {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "uri", "value": "a:b"}}]}}
).encode()
JSON = "application/sparql-results+json"


def asked(url: str, name: str = "csv") -> str:
    store = EndpointStore(Place.of(url), {}, seconds=2.0)
    sink = io.BytesIO()
    store.answer(Question("SELECT * { ?s ?p ?o }", by_name(name)), sink)
    return sink.getvalue().decode()


def test_rows_are_written_again_whatever_the_engine_calls_them() -> None:
    for media_type in (JSON, "application/json", f"{JSON}; charset=utf-8"):
        with engine_that_says(ONE_ROW, Content_Type=media_type) as url:
            assert asked(url) == "x\r\na:b\r\n"


@pytest.mark.parametrize("header", ["X-SPARQL-MaxRows", "X-SQL-State"])
def test_part_of_an_answer_is_no_answer(header: str) -> None:
    cut = {header.replace("-", "_"): "10000"}
    with (
        engine_that_says(
            ONE_ROW, status=200, silent=False, heard=None, Content_Type=JSON, **cut
        ) as url,
        pytest.raises(AnswerCutError),
    ):
        asked(url)


@pytest.mark.parametrize(
    ("content", "status", "media_type"),
    [
        (ONE_ROW[:-9], 200, JSON),
        (b"<html>", 200, "text/html"),
        (b"", 200, ""),
        (b"Out of memory", 500, "text/plain"),
        (b"", 302, ""),
    ],
)
def test_answer_that_is_broken_is_said_to_be_unavailable(
    content: bytes, status: int, media_type: str
) -> None:
    with (
        engine_that_says(content, status=status, Content_Type=media_type) as url,
        pytest.raises(StoreUnavailableError),
    ):
        asked(url)


def test_refusal_of_an_engine_shows_one_line_and_no_path() -> None:
    said = b"SP030: line 3: syntax error in /usr/lib/engine/x.c at 'x'\nat Foo.bar(Foo.java:7)"
    with (
        engine_that_says(said, status=400, Content_Type="text/plain") as url,
        pytest.raises(QuerySyntaxError) as caught,
    ):
        asked(url)
    assert caught.value.line == 3
    assert "/usr" not in caught.value.message
    assert "Foo" not in caught.value.message


def test_engine_that_is_silent_or_gone_is_unavailable() -> None:
    with engine_that_says(b"", silent=True) as url, pytest.raises(StoreUnavailableError):
        asked(url)
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        asked("http://127.0.0.1:9/sparql")


def test_engine_that_holds_other_graphs_is_asked_about_ours_only() -> None:
    heard: list[dict[str, list[str]]] = []
    counts = {f"{GRAPH}parts": 1, f"{GRAPH}plan": 2}
    with engine_that_says(ONE_ROW, heard=heard, Content_Type=JSON) as url:
        store = EndpointStore(Place.of(url), counts, seconds=2.0)
        query = "SELECT * { ?s ?p ?o }"
        store.answer(Question(query, by_name("csv")), io.BytesIO())
        own = "SELECT * FROM <graph/plan> { ?s ?p ?o }"
        store.answer(Question(own, by_name("csv"), own_dataset=True), io.BytesIO())
    graphs = list(counts)
    assert heard == [
        {"query": [BASE + query], "default-graph-uri": graphs, "named-graph-uri": graphs},
        {"query": [BASE + own]},
    ]


@pytest.mark.parametrize(
    "query",
    [
        "BASE <urn:x> ASK {}",
        "# BASE\n base<urn:x> ASK {}",
        "PREFIX base: <urn:base> #\n PREFIX:<urn:y>BASE <urn:x> ASK {}",
    ],
)
def test_query_with_a_base_of_its_own_is_sent_as_it_is(query: str) -> None:
    assert based(query).text == query


@pytest.mark.parametrize(
    "query",
    [
        "# BASE <urn:x>\nASK {}",
        "PREFIX base: <urn:base> ASK {}",
        "PREFIX a: <urn:BASE> ASK { BASE <urn:x> }",
        "",
    ],
)
def test_query_without_a_base_gets_ours_on_its_first_line(query: str) -> None:
    assert based(query).text == BASE + query


def test_no_prologue_takes_long_to_look_at() -> None:
    def seconds(text: str) -> float:
        began = time.process_time()
        based(text)
        return time.process_time() - began

    for piece in (" ", "#", "#\n", "PREFIX a: <b> ", "PREFIX a:", "PREFIX ", "a:"):
        # Eight times the text: an expression that goes back would take 64 times as long.
        assert seconds(piece * 160_000) < 24 * max(seconds(piece * 20_000), 0.001), piece


def test_relative_iri_means_the_same_through_an_endpoint(engine: Service, front: Service) -> None:
    relative = f"{COUNT}{{ GRAPH <graph/parts> {{ ?s <ontology#involves> ?o }} }}"
    own = f"BASE <{GRAPH}> {COUNT}{{ GRAPH <parts> {{ ?s ?p ?o }} }}"
    for query in (relative, own):
        for service in (engine, front):
            assert service.ask(query, format="csv").text == "n\r\n3000\r\n", query
    made = "CONSTRUCT { <a> <b> <c> } {}"
    assert front.ask(made, format="nt").text == engine.ask(made, format="nt").text
    assert "<https://w3id.org/drugpolicy-kg/a>" in front.ask(made, format="nt").text


@pytest.mark.parametrize(
    "query", ["SELECT * { ?s ?p }", "ASK {\n  ?s ?p }", "BASE <a:b> ASK { ? }"]
)
def test_fault_stands_where_it_stands_in_the_query_of_the_client(
    engine: Service, front: Service, query: str
) -> None:
    places = [
        (problem(service.ask(query), 400)["line"], service.ask(query).json()["column"])
        for service in (engine, front)
    ]
    assert places[0] == places[1]


def test_booleans_are_written_as_rdf_has_them_whatever_the_engine_writes() -> None:
    number = {"type": "typed-literal", "datatype": f"{XSD}integer", "value": "1"}
    text = f'XMLSchema#boolean", "value": "1" {{"datatype":"{XSD}boolean","value":"0"}}'
    cells = {
        "a": {"type": "typed-literal", "datatype": f"{XSD}boolean", "value": "1"},
        "b": {"value": "0", "type": "literal", "datatype": f"{XSD}boolean"},
        "c": {"datatype": f"{XSD}boolean", "type": "literal", "value": "true"},
        "d": number,
        "e": {"type": "literal", "value": text},
    }
    told = {"head": {"vars": list(cells)}, "results": {"bindings": [cells]}}
    for separators in ((",", ":"), (" , ", " :\n ")):
        content = json.dumps(told, separators=separators).encode()
        for sent in (content, content.replace(b"http://www", b"http:\\/\\/www")):
            with engine_that_says(sent, Content_Type=JSON) as url:
                assert (
                    asked(url).splitlines()[1].startswith('true,false,true,1,"XMLSchema#boolean""')
                )
                assert '{""datatype"":""http' in asked(url)
                assert '""value"":""0""}"' in asked(url)
                assert asked(url, "tsv").splitlines()[1].startswith("true\tfalse\ttrue\t1\t")
                assert json.loads(asked(url, "json"))["results"]["bindings"][0]["a"] == {
                    "type": "literal",
                    "value": "true",
                    "datatype": f"{XSD}boolean",
                }
                assert 'boolean">false</literal>' in asked(url, "xml")


def test_dataset_of_the_client_is_passed_on(engine: Service) -> None:
    store = EndpointStore.explore(f"{engine.url}/sparql", seconds=5.0)
    assert store.counts == {f"{GRAPH}parts": 3000, f"{GRAPH}plan": 6000}
    sink = io.BytesIO()
    dataset = Dataset(named=(f"{GRAPH}parts",))
    query = COUNT + "{ GRAPH ?g { ?s ?p ?o } }"
    store.answer(Question(query, by_name("csv"), dataset=dataset), sink)
    assert sink.getvalue() == b"n\r\n3000\r\n"


def test_endpoint_without_our_graphs_is_refused_in_a_sentence() -> None:
    nothing = json.dumps({"head": {"vars": ["g", "n"]}, "results": {"bindings": []}}).encode()
    with (
        engine_that_says(nothing, Content_Type=JSON) as url,
        pytest.raises(StoreError, match="has no graph under"),
    ):
        EndpointStore.explore(url, seconds=2.0)
    with pytest.raises(AssertionError, match="does not say which graphs it has"):
        Service.start(None, endpoint="http://127.0.0.1:9/sparql")


@pytest.mark.parametrize(
    "url", ["", "localhost:8890", "ftp://h/x", "file:///etc/passwd", "http://u:p@h/", "http://h:x/"]
)
def test_address_that_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ServiceError, match=r"endpoint: .* is no address"):
        Place.of(url)


def test_engine_that_goes_away_gives_503_and_is_used_again_when_it_is_back(release: Path) -> None:
    engine = Service.start(release)
    port = int(engine.url.rpartition(":")[2])
    front = Service.start(None, endpoint=f"{engine.url}/sparql")
    try:
        engine.stop()
        content = problem(front.ask("ASK {}"), 503)
        assert "does not answer" in str(content["detail"])
        assert front.get("/live").status_code == 200
        engine = Service.start(release, port=port)
        assert front.ask("ASK {}").status_code == 200
    finally:
        front.stop()
        engine.stop()
