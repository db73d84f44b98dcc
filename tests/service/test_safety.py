from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import httpx
import pytest

from drugpolicy_kg import resources
from drugpolicy_kg.errors import ServiceError
from drugpolicy_kg.service import Limits, ServeOptions, serve
from drugpolicy_kg.store.tokens import tokenise
from tests.service.running import (
    TIME_LIMIT,
    Service,
    alive,
    is_well,
    nobody_came,
    parent_of,
    plan_graphs,
    within,
    write_graphs,
)

if TYPE_CHECKING:
    import socket

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
CHECKER = "tests.service.checker"
# Longer than any test waits: what ends earlier was not ended by the limit.
NO_LIMIT = 300.0


def refused_in_time(service: Service, query: str, statuses: set[int]) -> httpx.Response:
    began = time.monotonic()
    response = service.ask(query)
    took = time.monotonic() - began
    assert response.status_code in statuses, (query[:60], response.text)
    assert took < 2 * TIME_LIMIT
    assert response.headers["content-type"] == "application/problem+json"
    if response.status_code == 503:
        assert int(response.headers["retry-after"]) >= 1
    assert is_well(service)
    return response


NESTED = {
    "braces": lambda n: "ASK " + "{" * n + "}" * n,
    "open braces": lambda n: "ASK " + "{" * n,
    "brackets": lambda n: "ASK { FILTER(" + "(" * n + "1" + ")" * n + ") }",
    "open brackets": lambda n: "ASK { FILTER(" + "(" * n,
    "lists": lambda n: "ASK { ?s ?p " + "(" * n + "1" + ")" * n + " }",
    "blank nodes": lambda n: "ASK { ?s ?p " + "[ ?p " * n + "1" + " ]" * n + " }",
    "paths": lambda n: "ASK { ?s " + "(" * n + "<a:b>" + ")*" * n + " ?o }",
    "functions": lambda n: "ASK { FILTER(" + "STR(" * n + "1" + ")" * n + ") }",
    "optionals": lambda n: "ASK { " + "OPTIONAL {" * n + "}" * n + "}",
    "existences": lambda n: "ASK { " + "FILTER EXISTS { " * n + "}" * n + "}",
    "sub-selects": lambda n: "ASK { " + "{SELECT * {" * n + "}}" * n + "}",
    "quoted triples": lambda n: "ASK { ?s ?p " + "<<( ?s ?p " * n + "1" + " )>>" * n + " }",
}


@pytest.mark.parametrize("shape", NESTED)
@pytest.mark.parametrize("depth", [150, 2_300, 15_000])
def test_nesting_is_refused_before_any_parser(service: Service, shape: str, depth: int) -> None:
    before = service.loader_and_workers()[1]
    response = refused_in_time(service, NESTED[shape](depth), {400, 413})
    assert "exceeded" in response.json()["detail"]
    assert service.loader_and_workers()[1] == before


NO_ENGINE = """
import pyoxigraph, sys
def refuse(*_, **__):
    raise AssertionError("A query is evaluated in the process that speaks HTTP.")
pyoxigraph.Store = pyoxigraph.Dataset = refuse
sys.modules["rdflib"] = sys.modules["pyshacl"] = None  # an import is an error
"""


def test_process_that_speaks_http_needs_no_engine(release: Path) -> None:
    service = Service.start(release, before=NO_ENGINE, validation_program=CHECKER)
    try:
        assert service.ask("ASK {}").json()["boolean"]
        assert service.ask("SELECT * {").status_code == 400
        described = service.ask("DESCRIBE <a:b>", headers={"Accept": "text/turtle"})
        assert described.status_code == 200
        document = httpx.post(
            f"{service.url}/validate",
            content=b"A plan.",
            headers={"Content-Type": "text/plain"},
            timeout=60,
        )
        assert document.status_code == 200, document.text
    finally:
        service.stop()


def test_no_process_of_the_service_imports_what_runs_an_ontology(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "imported"
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / "owlready2.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    path = os.pathsep.join(filter(None, (str(shadow), os.environ.get("PYTHONPATH"))))
    monkeypatch.setenv("PYTHONPATH", path)
    subprocess.run([sys.executable, "-c", "import owlready2"], check=True)
    assert mark.exists()
    mark.unlink()
    service = Service.start(release)
    try:
        assert service.ask("ASK {}").status_code == 200
        ontology = (
            "<urn:o> a <http://www.w3.org/2002/07/owl#Ontology> ; "
            "<http://www.w3.org/2002/07/owl#imports> <file:///etc/hostname> ; "
            "<http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#"
            'python_module> "this" .'
        )
        checked = httpx.post(
            f"{service.url}/validate",
            content=ontology.encode(),
            headers={"Content-Type": "text/turtle"},
            timeout=60,
        )
        assert checked.status_code == 200, checked.text
    finally:
        service.stop()
    assert not mark.exists()


CHAINS = {
    "sums": lambda n: "ASK { FILTER(" + "1+" * n + "1) }",
    "products": lambda n: "ASK { FILTER(" + "1*" * n + "1) }",
    "negations": lambda n: "ASK { FILTER(" + "!" * n + "true) }",
    "signs": lambda n: "ASK { FILTER(" + "-" * n + "1) }",
    "conjunctions": lambda n: "ASK { FILTER(" + "?x&&" * n + "?x) }",
    "disjunctions": lambda n: "ASK { FILTER(" + "?x||" * n + "?x) }",
    "unions": lambda n: "ASK { {}" + " UNION {}" * n + "}",
    "optionals": lambda n: "ASK { " + "OPTIONAL {?s ?p ?o}" * n + "}",
    "alternatives": lambda n: "ASK { ?s " + "<a:b>|" * n + "<a:b> ?o }",
    "sequences": lambda n: "ASK { ?s " + "<a:b>/" * n + "<a:b> ?o }",
    "inverses": lambda n: "ASK { ?s " + "^" * n + "<a:b> ?o }",
    "objects": lambda n: "ASK { ?s ?p " + "1," * n + "1 }",
    "list members": lambda n: "ASK { ?s ?p (" + "1 " * n + ") }",
    "patterns": lambda n: "ASK { " + "?s ?p ?o ." * n + "}",
    "bindings": lambda n: "ASK { " + "BIND(1 AS ?x)" * n + "}",
    "filters": lambda n: "ASK { " + "FILTER(?x)" * n + "}",
    "subtractions": lambda n: "ASK { ?s ?p ?o " + "MINUS {?s ?p ?o}" * n + "}",
}


@pytest.mark.parametrize("shape", CHAINS)
@pytest.mark.parametrize("length", [1_000, 3_900, 10_000])
def test_chain_ends_in_an_answer_or_a_refusal(service: Service, shape: str, length: int) -> None:
    query = CHAINS[shape](length)
    began = time.monotonic()
    response = service.ask(query)
    assert response.status_code in {200, 400, 413, 503, 504}, response.text
    assert time.monotonic() - began < 2 * TIME_LIMIT
    assert is_well(service)


REPEATED: Final = [
    '"' * 60_001,
    "'''" * 20_000 + "'",
    "<" * 60_000,
    "a." * 30_000,
    "a-" * 30_000,
    "\\" * 9_000,
    "@a-" * 20_000,
    "#" * 60_000,
    "?" * 60_000,
    "1e" * 30_000,
    "_:" * 30_000,
    "a:\\~" * 15_000,
]


@pytest.mark.parametrize("text", REPEATED, ids=lambda text: str(text)[:6])
def test_long_repetition_is_refused(service: Service, text: str) -> None:
    assert service.ask(text).status_code in {400, 413}


def _tokenising_seconds(text: str) -> float:
    """Return the processor time that finding the tokens of a text takes, the best of three."""

    def once() -> float:
        began = time.process_time()
        assert sum(1 for _ in tokenise(text)) > 0 or text.startswith("#")
        return time.process_time() - began

    return min(once() for _ in range(3))


@pytest.mark.parametrize("text", REPEATED, ids=lambda text: str(text)[:6])
def test_no_text_makes_the_checks_slow(text: str) -> None:
    # A mark for each sign is the most tokens that a text can have. An expression that goes back
    # at every sign takes fifty times as long as that, on any machine.
    assert _tokenising_seconds(text) < 8 * _tokenising_seconds("?" * len(text))


@pytest.mark.parametrize(
    "query",
    [
        RUNAWAY,
        "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a = ?i && ?b = ?f) }",
        "SELECT (COUNT(*) AS ?n) { ?a <https://w3id.org/drugpolicy-kg/ontology#next>+ ?b }",
        'ASK { ?s ?p ?o . ?t ?q ?u FILTER(REGEX(CONCAT(STR(?o), STR(?u)), "(a|aa)+(a*)*$x")) }',
        "ASK { " + " ".join(f"?s <a:{n}> ?o{n} ." for n in range(127)) + " ?x ?y ?z }",
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a",
        "SELECT ?a { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?d ?g LIMIT 1",
    ],
    ids=["product", "join", "closure", "regex", "planner", "count", "sort"],
)
def test_runaway_is_ended_at_the_limit_and_the_next_query_is_answered(
    service: Service, query: str
) -> None:
    began = time.monotonic()
    response = service.ask(query)
    took = time.monotonic() - began
    assert response.status_code in {200, 503, 504}, response.text
    assert took < 2 * TIME_LIMIT
    if response.status_code == 504:
        assert response.json()["limit"]["name"] == "time_seconds"
    assert is_well(service)
    assert within(10, lambda: len(service.loader_and_workers()[1]) == 2)


def test_product_meets_the_time_limit(service: Service) -> None:
    response = service.ask(RUNAWAY)
    assert response.status_code == 504
    assert "LIMIT" in response.json()["detail"]


def test_liveness_is_quick_while_all_workers_run_away(service: Service) -> None:
    threads = [threading.Thread(target=service.ask, args=(RUNAWAY,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    asked = 0
    while any(thread.is_alive() for thread in threads):
        for path in ("/live", "/ready", "/limits"):
            began = time.monotonic()
            assert service.get(path).status_code == 200
            assert time.monotonic() - began < 2, path
            asked += 1
    assert asked
    assert is_well(service)


def test_liveness_waits_for_no_worker(release: Path) -> None:
    service = Service.start(release, workers=1, limits={"time_seconds": NO_LIMIT})

    def ask(number: int) -> None:
        with suppress(httpx.TransportError):
            service.ask(f"{RUNAWAY} # {number}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    try:
        for thread in threads:
            thread.start()
        assert within(20, lambda: service.metric("queue_length") == 2)
        for path in ("/live", "/ready"):
            began = time.monotonic()
            assert service.get(path).status_code == 200
            # Whoever waits for the only worker waits for minutes.
            assert time.monotonic() - began < 2
    finally:
        service.stop(signal.SIGKILL)
        for thread in threads:
            thread.join()


def test_waiting_and_running_stay_within_twice_the_limit(release: Path) -> None:
    seconds = 2.0
    service = Service.start(release, workers=1, limits={"time_seconds": seconds})
    took: list[float] = []

    def ask(number: int) -> None:
        began = time.monotonic()
        response = service.ask(f"{RUNAWAY} # {number}")
        took.append(time.monotonic() - began)
        assert response.status_code in {503, 504}, response.text

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(took) == 8
        # One after the other they would take sixteen seconds; a busy machine needs a few more.
        assert max(took) < 2 * seconds + 6
        assert is_well(service)
    finally:
        service.stop()


def test_query_that_never_ends_is_ended_by_somebody(release: Path) -> None:
    service = Service.start(release, workers=1, limits={"time_seconds": 0.5})
    try:
        response = httpx.post(f"{service.url}/sparql", data={"query": RUNAWAY}, timeout=10)
        assert response.status_code == 504
        assert is_well(service)
    finally:
        service.stop(signal.SIGKILL)


def worked(pid: int) -> int:
    """Return the time of a processor that a process has taken, in ticks of the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_kernel_ends_a_worker_while_the_service_stands_still(release: Path) -> None:
    service = Service.start(release, workers=1)
    [worker] = service.loader_and_workers()[1]

    def lose() -> None:
        with pytest.raises(httpx.TransportError):
            service.ask(RUNAWAY)

    before = worked(worker)
    thread = threading.Thread(target=lose)
    try:
        thread.start()
        # It answers nothing else: what it does now is this query.
        assert within(10, lambda: worked(worker) > before)
        service.process.send_signal(signal.SIGSTOP)
        assert within(TIME_LIMIT + 10, lambda: not alive(worker))
    finally:
        service.stop(signal.SIGKILL)
        thread.join()


@pytest.mark.parametrize(
    "query",
    [
        "ASK { SERVICE <URL> { ?s ?p ?o } }",
        "ASK { service <URL> { ?s ?p ?o } }",
        "ASK { SERVICE SILENT <URL> { ?s ?p ?o } }",
        "ASK { SERVICESILENT<URL>{ ?s ?p ?o } }",
        r"ASK { S\u0045RVICE <URL> { ?s ?p ?o } }",
        r"ASK { \U00000053ERVICE <URL> { ?s ?p ?o } }",
        "ASK { SERVICE#\n<URL> { ?s ?p ?o } }",
        "PREFIX : <URL> ASK { SERVICE: { ?s ?p ?o } }",
        "PREFIX : <URL> ASK { SERVICE:x { ?s ?p ?o } }",
        "ASK { ?s ?p trueSERVICE<URL>{ ?a ?b ?c } }",
        "ASK { ?s ?p 1SERVICE<URL>{ ?a ?b ?c } }",
        'ASK { ?s ?p "x"SERVICE<URL>{ ?a ?b ?c } }',
        r"PREFIX e: <e:> ASK { ?s ?p e:\# SERVICE <URL> { ?a ?b ?c } }",
        "ASK { VALUES ?u { <URL> } SERVICE ?u { ?s ?p ?o } }",
        "ASK { FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
        'ASK { ?s ?p """ " """ . SERVICE <URL> { ?a ?b ?c } }',
        r'ASK { ?s ?p "\u0022 . SERVICE <URL> { ?a ?b ?c } # " }',
    ],
)
def test_federation_is_refused_however_it_is_written(
    service: Service, listener: socket.socket, query: str
) -> None:
    host, port = listener.getsockname()
    response = service.ask(query.replace("URL", f"http://{host}:{port}/"))
    assert response.status_code == 400, response.text
    assert "SERVICE is refused" in response.json()["detail"]
    assert nobody_came(listener)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service ?p ?o } LIMIT 1",
        'ASK { ?s ?p "SERVICE" }',
        'ASK { ?s ?p """SERVICE <http://e.example/> {""" }',
        "ASK { ?s ?p <http://e.example/SERVICE> }",
        "ASK { ?s ?p ?o } # SERVICE <http://e.example/> {}",
        "PREFIX service: <a:> ASK { ?s service:x ?o . service:a service:b service:c }",
        "PREFIX service: <a:> ASK { GRAPH service:g { ?s ?p ?o } }",
        "PREFIX x: <a:> ASK { ?s x:SERVICE ?o }",
        'ASK { ?s ?p "x"@service }',
        "ASK { _:service ?p ?o }",
    ],
)
def test_the_word_service_is_fine_elsewhere(service: Service, query: str) -> None:
    assert service.ask(query).status_code == 200


def test_from_reads_no_file_and_opens_no_connection(
    service: Service, listener: socket.socket, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.nt"
    secret.write_text('<a:s> <a:p> "secret" .\n', encoding="utf-8")
    host, port = listener.getsockname()
    for iri in (secret.as_uri(), f"http://{host}:{port}/data.nt", "relative.nt", "a:unknown"):
        for clause in ("FROM", "FROM NAMED", "from named"):
            response = service.ask(f"SELECT * {clause} <{iri}> {{ ?s ?p ?o }}")
            assert response.status_code == 400
            assert "is no graph of this endpoint" in response.json()["detail"]
            assert "secret" not in response.text.replace("secret.nt", "")
    assert nobody_came(listener)


def test_client_that_hangs_up_frees_its_worker(release: Path) -> None:
    service = Service.start(release, workers=1, limits={"time_seconds": NO_LIMIT})
    try:
        [worker] = service.loader_and_workers()[1]
        service.hang_up(f"/sparql?query={quote(RUNAWAY)}", service.is_busy)
        assert within(20, lambda: not alive(worker))
        assert within(10, lambda: service.metric('kills_total{reason="abandoned"}') == 1)
        assert is_well(service)
    finally:
        service.stop(signal.SIGKILL)


def test_many_clients_that_hang_up_leave_the_service_well(service: Service) -> None:
    def hang_up() -> None:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{service.url}/sparql", data={"query": RUNAWAY}, timeout=0.25)

    threads = [threading.Thread(target=hang_up) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert within(10, lambda: is_well(service))
    assert within(10, lambda: len(service.loader_and_workers()[1]) == 2)


@pytest.mark.parametrize(
    ("limit", "query"),
    [
        ("query_bytes", "ASK {} #" + "x" * 70_000),
        ("query_tokens", "ASK {} " + "VALUES ?x { " + "1 " * 9_000 + "}"),
        ("query_depth", "ASK " + "{" * 65 + "}" * 65),
        ("query_patterns", "ASK { " + "?s ?p ?o . " * 129 + "}"),
    ],
    ids=["bytes", "tokens", "depth", "patterns"],
)
def test_each_limit_of_a_query_is_named(service: Service, limit: str, query: str) -> None:
    response = service.ask(query)
    assert response.status_code == 413
    assert response.json()["limit"]["name"] == limit


@pytest.mark.parametrize(
    "query",
    [
        "ASK { VALUES ?x { " + "1 " * 1_000 + "} }",
        "ASK { VALUES (?x ?y) { " + "(1 2) " * 500 + "} }",
        "ASK { FILTER(3 IN (" + "1, " * 500 + "3)) }",
        "ASK { " + "{ ?s ?p ?o . } UNION " * 200 + "{} }",
        "ASK " + "{" * 60 + "}" * 60,
    ],
)
def test_usual_long_queries_are_within_the_limits(service: Service, query: str) -> None:
    assert service.ask(query).status_code == 200


def longest(letter: str) -> str:
    """Return a query as long as may be, of one row, with a comment of one letter."""
    query = "SELECT (1 AS ?one) {} #"
    room = Limits().query_bytes - len(query)
    return query + letter * (room // len(letter.encode()))


@pytest.mark.parametrize("form", ["html", "csv"])
@pytest.mark.parametrize("letter", ["x", "é", "\x01"], ids=["plain", "two bytes", "control"])
def test_longest_query_is_answered_by_the_same_workers(
    service: Service, letter: str, form: str
) -> None:
    assert within(10, lambda: len(service.loader_and_workers()[1]) == 2)
    before = service.loader_and_workers()[1]
    response = service.ask(longest(letter), format=form)
    assert response.status_code == 200, response.text
    if form == "html":
        assert letter * 30_000 in response.text
    else:
        assert response.text == "one\r\n1\r\n"
    assert service.loader_and_workers()[1] == before


def test_language_of_any_length_is_taken_by_the_same_workers(service: Service) -> None:
    assert within(10, lambda: len(service.loader_and_workers()[1]) == 2)
    before = service.loader_and_workers()[1]
    # In JSON each of its letters has six bytes, and what a reader likes is said twice.
    response = service.ask(longest("x"), format="html", lang="\x01" * 60_000)
    assert response.status_code == 200, response.text
    assert service.loader_and_workers()[1] == before


def test_url_and_header_of_any_length_get_no_server_error(service: Service) -> None:
    for size in (10_000, 70_000, 1_000_000):
        host, port = service.url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        try:
            connection.request("GET", f"/sparql?query={'x' * size}")
            assert connection.getresponse().status in {400, 413, 414, 431}
        except (ConnectionError, http.client.HTTPException):
            pass  # the server may close the connection on a request line of that length
        finally:
            connection.close()
    assert is_well(service)


def test_answer_that_grows_beyond_the_limit_is_no_plain_200(release: Path) -> None:
    service = Service.start(
        release, workers=1, limits={"result_bytes": 1_000_000, "time_seconds": 5.0}
    )
    try:
        response = service.ask("SELECT * { ?s ?p ?o . ?t ?q ?u }")
        assert response.status_code == 413
        assert response.json()["limit"]["name"] == "result_bytes"
        assert is_well(service)
    finally:
        service.stop()


def test_workers_have_an_address_space_of_their_own_and_one_socket(release: Path) -> None:
    service = Service.start(release, workers=2, validation_program=CHECKER)
    try:
        headers = {"Content-Type": "text/plain"}
        httpx.post(f"{service.url}/validate", content=b"A plan.", headers=headers, timeout=60)
        below = service.descendants()
        workers = [pid for pid in below if any(parent_of(pid) == other for other in below)]
        spaces = sorted(address_space(pid) for pid in workers)
        assert spaces == ["1073741824", "1073741824", "2147483648"]
        for pid in workers:
            opened = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
            assert len([name for name in opened if name.startswith("socket:")]) == 1, opened
            assert len(opened) == 4, opened
    finally:
        service.stop()


def address_space(pid: int) -> str:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("Max address space")]
    return line.split()[4]


def test_memory_is_bounded_and_the_worker_is_replaced(release: Path) -> None:
    service = Service.start(
        release, workers=1, limits={"memory_bytes": 200_000_000, "time_seconds": 20.0}
    )
    try:
        response = service.ask(
            "SELECT (COUNT(DISTINCT *) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        )
        assert response.status_code == 503, response.text
        assert response.json()["limit"]["name"] == "memory_bytes"
        assert int(response.headers["retry-after"]) >= 1
        assert is_well(service)
    finally:
        service.stop()


def test_worker_is_recycled_after_its_share_of_queries(release: Path) -> None:
    service = Service.start(release, workers=1, queries_per_worker=3)
    try:
        [first] = service.loader_and_workers()[1]
        for number in range(10):
            assert service.ask(f"ASK {{}} # {number}").status_code == 200
        assert within(10, lambda: service.loader_and_workers()[1] not in ([], [first]))
    finally:
        service.stop()


def test_worker_is_recycled_when_it_has_made_memory_its_own(release: Path) -> None:
    # Long enough for a slow machine: the query is not to be ended but to use memory.
    limits = {"time_seconds": 60.0}
    service = Service.start(release, limits=limits, workers=1, worker_growth_bytes=4 * 2**20)
    try:
        # What is asked at the start may have used the first one up.
        assert is_well(service)
        [first] = service.loader_and_workers()[1]
        for number in range(50):
            assert service.ask(f"ASK {{}} # {number}").status_code == 200
        assert service.loader_and_workers()[1] == [first]
        pages = "SELECT * { ?s ?p ?o . ?s ?q ?r } ORDER BY ?o # "
        for number in range(200):
            assert service.ask(f"{pages}{number}").status_code == 200
            if service.loader_and_workers()[1] != [first]:
                break
        assert within(10, lambda: service.loader_and_workers()[1] not in ([], [first]))
    finally:
        service.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_answers_what_is_in_flight_and_leaves_no_process(
    release: Path, number: signal.Signals
) -> None:
    service = Service.start(release, limits={"time_seconds": 3.0})
    below = service.descendants()
    assert len(below) == 3
    answers: list[httpx.Response] = []
    # It runs until the limit and keeps little, so that only time can end it.
    thread = threading.Thread(target=lambda: answers.append(service.ask(RUNAWAY)))
    thread.start()
    assert service.is_busy()
    assert service.stop(number) == 0
    thread.join()
    assert answers[0].status_code == 504, answers[0].text
    assert not any(alive(pid) for pid in below)


def test_killed_server_leaves_no_process_not_even_a_busy_one(release: Path) -> None:
    service = Service.start(release, limits={"time_seconds": NO_LIMIT})
    below = service.descendants()
    before = sum(map(worked, service.loader_and_workers()[1]))

    def lose() -> None:
        with pytest.raises(httpx.TransportError):
            service.ask(RUNAWAY)

    thread = threading.Thread(target=lose)
    thread.start()
    try:
        assert service.is_busy()
        # A tenth of a second is more than a worker takes to get ready: it is at work.
        assert within(20, lambda: sum(map(worked, service.loader_and_workers()[1])) > before + 10)
    finally:
        service.stop(signal.SIGKILL)
        thread.join()
    try:
        assert within(10, lambda: not any(alive(pid) for pid in below))
    finally:
        for pid in filter(alive, below):
            os.kill(pid, signal.SIGKILL)


def test_worker_that_is_lost_while_it_waits_costs_nobody_an_answer(release: Path) -> None:
    service = Service.start(release, limits={"time_seconds": 10.0})
    try:
        for number in range(5):
            for pid in service.loader_and_workers()[1]:
                os.kill(pid, signal.SIGKILL)
            assert service.ask(f"ASK {{}} # {number}").status_code == 200
            assert within(10, lambda: len(service.loader_and_workers()[1]) == 2)
    finally:
        service.stop()


def test_lost_loader_is_started_again(release: Path) -> None:
    service = Service.start(release)
    try:
        loader, _ = service.loader_and_workers()
        signal.pidfd_send_signal(os.pidfd_open(loader), signal.SIGKILL)
        assert within(20, lambda: service.get("/ready").status_code == 200 and is_well(service))
        assert service.loader_and_workers()[0] != loader
    finally:
        service.stop()


def test_release_that_is_not_whole_is_not_served(tmp_path: Path) -> None:
    folder = write_graphs(tmp_path / "release", plan_graphs(10))
    file = folder / "parts.nt"
    file.write_text(file.read_text().replace("actor/1", "actor/2"), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"ended with 2: .*parts\.nt: is not the file"):
        Service.start(folder)


def test_port_that_is_taken_is_said_in_a_sentence(service: Service, tmp_path: Path) -> None:
    folder = write_graphs(tmp_path / "release", plan_graphs(2))
    port = int(service.url.rpartition(":")[2])
    with pytest.raises(ServiceError, match=rf"port {port} cannot be opened"):
        serve(ServeOptions(release=folder, port=port), say=lambda _: None)


UNORDERED = (
    "SELECT ?l ?o { ?s ?p ?l . ?s ?q ?o FILTER(isLiteral(?l) && isLiteral(?o)) } "
    "ORDER BY ?l DESC(?o) LIMIT 3"
)


def test_rows_that_the_engine_cannot_order_are_refused_with_the_way_to_ask() -> None:
    """Its sort ends the process where there are two keys and terms of the first have no order."""
    service = Service.start(resources.graphs(), limits={"time_seconds": 30.0})
    try:
        response = service.ask(UNORDERED)
        assert response.status_code == 400, response.text
        assert "ORDER BY STR(?x)" in response.json()["detail"]
        assert service.metric('kills_total{reason="order"}') == 1
        assert within(10, lambda: "total order" in service.errors())
        asked = UNORDERED.replace("?l DESC(?o)", "STR(?l) DESC(STR(?o))")
        assert service.ask(asked).status_code == 200
        assert is_well(service)
    finally:
        service.stop()


CLOSED = "import os\nread, write = os.pipe()\nos.dup2(write, 2)\nos.close(read)\n"
FULL = (
    "import os\nread, write = os.pipe()\nos.set_blocking(write, False)\n"
    "try:\n    while os.write(write, bytes(4096)): pass\nexcept BlockingIOError: pass\n"
    "os.set_blocking(write, True)\nos.dup2(write, 2)\n"
)


@pytest.mark.parametrize("errors", [CLOSED, FULL], ids=["closed", "full"])
def test_log_that_nobody_reads_ends_nothing(errors: str) -> None:
    service = Service.start(resources.graphs(), limits={"time_seconds": 30.0}, before=errors)
    try:
        loader, _ = service.loader_and_workers()
        assert service.ask(UNORDERED).status_code == 400
        assert is_well(service)
        assert service.loader_and_workers()[0] == loader
        assert within(10, lambda: len(service.loader_and_workers()[1]) == 2)
    finally:
        service.stop()


def test_many_equal_filters_are_planned_in_time(service: Service) -> None:
    one = 'FILTER(?v = "x"@en) '
    several = "".join(f'?s <e:p{n}> ?v{n} FILTER(?v{n} = "x"@en) ' for n in range(60))
    for query in (f"ASK {{ ?s ?p ?v {one * 1_000} }}", f"ASK {{ {several} }}"):
        assert service.ask(query).status_code == 200
