"""The drill: queries that never end, bombs for planner and parser, clients that hang up."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlencode, urlsplit

import httpx

from .client import CLIENT_HEADER
from .policy_graph import write
from .report import Part, number, times
from .servers import Server, start_ours

if TYPE_CHECKING:
    from pathlib import Path

_TRIPLES: Final = 50_000
_LIMIT: Final = 2.0
RUNAWAY: Final = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
_STAR: Final = " ".join(f"?s <urn:p{n}> ?o{n} ." for n in range(127))
ATTACKS: Final = {
    "runaway product": RUNAWAY,
    "runaway sort": "SELECT ?a { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?d ?g LIMIT 1",
    "path closure": "SELECT (COUNT(*) AS ?n) { ?a (!(<urn:none>|^<urn:none>))+ ?b }",
    "regular expression": (
        'ASK { ?s ?p ?o . ?t ?q ?u FILTER(REGEX(CONCAT(STR(?o), STR(?u)), "(a|aa)+(a*)*$x")) }'
    ),
    "planner bomb": f"ASK {{ {_STAR} ?x ?y ?z }}",
    "parser bomb, braces": f"ASK {'{' * 2_300}",
    "parser bomb, brackets": f"ASK {{ FILTER({'(' * 150}1{')' * 150}) }}",
    "parser bomb, sums": f"ASK {{ FILTER({'1+' * 3_900}1) }}",
}
_HUNG_UP: Final = 12
_IDLE_PROBES: Final = 200


def run(folder: Path, *, quick: bool) -> Part:
    """Return how far attacks overshoot the limit, and how soon all is well again."""
    part = Part("drill", "The drill")
    part.notes.append(
        f"Time limit {_LIMIT:g} s, {_TRIPLES:,} triples, the usual number of workers."
    )
    release = write(folder, _TRIPLES)
    limits = {"time_seconds": _LIMIT}
    options: dict[str, Any] = {"release": release, "client_header": CLIENT_HEADER, "cache_bytes": 0}
    with start_ours(log=folder / "log", limits=limits, **options) as server:
        _attack(part, server, repeats=1 if quick else 3)
        _hang_up(part, server)
        _cheap_queries(part, server, seconds=2 if quick else 6)
        part.notes.append(f"Memory of all processes after it: {server.memory() // 2**20} MiB.")
    with start_ours(log=folder / "one.log", limits=limits, workers=1, **options) as server:
        _new_worker(part, server, repeats=2 if quick else 5)
    return part


def _client(number_: int) -> httpx.Client:
    return httpx.Client(timeout=60, headers={CLIENT_HEADER: f"198.51.100.{number_}"})


def _ask(client: httpx.Client, server: Server, query: str) -> tuple[int, float]:
    began = time.perf_counter()
    response = client.post(f"{server.url}/sparql", data={"query": query})
    return response.status_code, time.perf_counter() - began


def _attack(part: Part, server: Server, *, repeats: int) -> None:
    table = part.table(
        "One attack after the other",
        "attack",
        "status",
        "took s",
        "overshoot ms",
        "next ASK ms",
        "liveness page meanwhile, slowest ms",
    )
    overshoots, recoveries = [], []
    with _client(1) as attacker, _client(2) as polite:
        _ask(polite, server, "ASK {}")
        for name, query in ATTACKS.items():
            rows = []
            for _ in range(repeats):
                with _Watch(server) as watch:
                    status, took = _ask(attacker, server, query)
                _, recovery = _ask(polite, server, "ASK {}")
                rows.append((status, took, 1000 * recovery, watch.slowest))
            statuses = ", ".join(sorted({str(row[0]) for row in rows}))
            took = max(row[1] for row in rows)
            recovery = statistics.median(row[2] for row in rows)
            over = 1000 * (took - _LIMIT)
            if took > _LIMIT:
                overshoots.append(over)
            recoveries.append(recovery)
            table.add(
                name,
                statuses,
                took,
                number(over) if took > _LIMIT else "–",
                recovery,
                max(row[3] for row in rows),
            )
    worst = max(overshoots, default=0.0)
    part.target("overshoot of the time limit", "≤ 100 ms", f"{number(worst)} ms", met=worst <= 100)
    slowest = max(recoveries)
    part.target(
        "next cheap query after an attack", "≤ 10 ms", f"{number(slowest)} ms", met=slowest <= 10
    )


class _Watch:
    """Asks for the liveness page again and again, and keeps the longest wait in milliseconds."""

    def __init__(self, server: Server) -> None:
        self.slowest = 0.0
        self._server = server
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        with _client(3) as client:
            while not self._over.wait(0.05):
                began = time.perf_counter()
                client.get(f"{self._server.url}/live")
                self.slowest = max(self.slowest, 1000 * (time.perf_counter() - began))


def _hang_up(part: Part, server: Server) -> None:
    """Have clients send a runaway query and hang up; their work must end as well."""
    parts = urlsplit(server.url)
    for n in range(_HUNG_UP):
        request = (
            f"GET /sparql?{urlencode({'query': RUNAWAY + f' # {n}'})} HTTP/1.1\r\nHost: x\r\n"
            f"{CLIENT_HEADER}: 203.0.113.{n}\r\n\r\n"
        )
        with socket.create_connection((str(parts.hostname), parts.port or 80)) as connection:
            connection.sendall(request.encode())
            time.sleep(0.15)
    began, before = time.perf_counter(), server.cpu()
    while time.perf_counter() - began < 10:
        time.sleep(0.5)
        now = server.cpu()
        if now - before < 0.1:
            break
        before = now
    quiet = time.perf_counter() - began
    with _client(4) as client:
        _, recovery = _ask(client, server, "ASK {}")
    table = part.table("Clients that hang up", "clients", "all work ended after s", "next ASK ms")
    table.add(_HUNG_UP, quiet, 1000 * recovery)
    part.target(
        "work of clients that hung up is ended", "≤ 2 s", f"{number(quiet)} s", met=quiet <= 2
    )


def _probe(server: Server, seconds: float) -> list[float]:
    """Return how long cheap queries of a polite client take, in milliseconds."""
    found: list[float] = []
    until = time.perf_counter() + seconds
    with _client(5) as client:
        _ask(client, server, "ASK {}")
        while time.perf_counter() < until or len(found) < _IDLE_PROBES:
            status, took = _ask(client, server, f"ASK {{}} # {len(found)}")
            assert status == 200, status
            found.append(1000 * took)
            time.sleep(0.002)
    return found


def _cheap_queries(part: Part, server: Server, *, seconds: float) -> None:
    """Compare cheap queries on an idle service with those beside a client that runs away."""
    idle = _probe(server, seconds)
    over = threading.Event()

    def run_away() -> None:
        with _client(6) as client:
            n = 0
            while not over.is_set():
                n += 1
                status, _ = _ask(client, server, f"{RUNAWAY} # {n}")
                if status == 429:
                    time.sleep(0.2)

    runaway = threading.Thread(target=run_away)
    runaway.start()
    time.sleep(0.5)
    busy = _probe(server, seconds)
    over.set()
    runaway.join()
    table = part.table("Cheap queries of a polite client", "beside", "asked", "p50 ms", "p99 ms")
    ninety_ninth = {}
    for name, found in (("nobody", idle), ("a client that runs away", busy)):
        ninety_ninth[name] = sorted(found)[int(0.99 * len(found))]
        table.add(name, len(found), statistics.median(found), ninety_ninth[name])
    ratio = ninety_ninth["a client that runs away"] / ninety_ninth["nobody"]
    part.target(
        "p99 of cheap queries beside a runaway client", "≤ 3 × idle", times(ratio), met=ratio <= 3
    )


def _new_worker(part: Part, server: Server, *, repeats: int) -> None:
    """Have the only worker killed; the next query waits for the one that replaces it."""
    waits = []
    with _client(7) as attacker, _client(8) as polite:
        _ask(polite, server, "ASK {}")
        for _ in range(repeats):
            _ask(attacker, server, RUNAWAY)
            waits.append(1000 * _ask(polite, server, "ASK {}")[1])
    table = part.table("A new worker, where there is only one", "kills", "median ms", "slowest ms")
    median = statistics.median(waits)
    table.add(repeats, median, max(waits))
    part.target("a new worker answers", "≤ 50 ms", f"{number(median)} ms", met=median <= 50)
