"""Throughput side by side: the service, rdflib-endpoint and Virtuoso, over the same graph."""

from __future__ import annotations

import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.virtuoso import engine as virtuoso

from .client import CLIENT_HEADER, Load, Measured, measure
from .policy_graph import ACTORS, TERM, THING, actions_of, write
from .report import Part, number, times
from .servers import Server, answering, free_port, start_hello, start_ours

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OURS: Final = "drugpolicy-kg"
RDFLIB: Final = "rdflib-endpoint"
VIRTUOSO: Final = "Virtuoso"
# It says hello whatever is asked: no server on the same stack answers faster.
NOTHING: Final = "bare uvicorn"
_MANY: Final = 16
# A release brings the counts along that answer GROUP BY; these the engine has to count itself.
_UNCOUNTED: Final = "GROUP BY over a join"
_PREFIXES: Final = f"PREFIX dp: <{TERM}> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
#: The queries; the comment at the end keeps every cache from answering.
QUERIES: Final = {
    "look-up": f"SELECT ?p ?o {{ <{THING}action/{{n}}> ?p ?o }} # {{unique}}",
    "ASK": "ASK {} # {unique}",
    "3-hop join": (
        f"{_PREFIXES}SELECT ?a ?l {{ ?a dp:inPriority <{THING}priority/{{n}}> ; "
        "dp:hasParticipation ?p . ?p dp:participant ?b . ?b skos:prefLabel ?l } # {unique}"
    ),
    "3-hop join by label": (
        f"{_PREFIXES}SELECT ?a ?t {{ ?a dp:title ?t . ?a dp:hasParticipation ?p . "
        '?p dp:participant ?b . ?b skos:prefLabel ?l FILTER(?l = "Body number {n}"@en) } '
        "# {unique}"
    ),
    "GROUP BY": (
        f"{_PREFIXES}SELECT ?b (COUNT(?p) AS ?n) {{ ?p dp:participant ?b }} GROUP BY ?b "
        "ORDER BY DESC(?n) ?b LIMIT 10 # {unique}"
    ),
    _UNCOUNTED: (
        f"{_PREFIXES}SELECT ?i (COUNT(DISTINCT ?a) AS ?n) {{ ?a dp:hasCitation ?c . "
        "?c dp:cites ?i } GROUP BY ?i ORDER BY DESC(?n) ?i LIMIT 10 # {unique}"
    ),
    "text scan": (
        f"{_PREFIXES}SELECT (COUNT(*) AS ?n) {{ ?a dp:text ?t "
        'FILTER(CONTAINS(STR(?t), "precursors")) } # {unique}'
    ),
}
_RDFLIB_PROGRAM: Final = """
import sys, uvicorn
from rdflib import Graph
from rdflib_endpoint import SparqlEndpoint
graph = Graph()
for path in sys.argv[2:]:
    graph.parse(path, format="nt")
uvicorn.run(SparqlEndpoint(graph=graph), port=int(sys.argv[1]), log_level="warning")
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine and where it takes queries."""

    name: str
    url: str
    server: Server


def install_rdflib_endpoint(folder: Path) -> Path | None:
    """Return the Python of a fresh environment with rdflib-endpoint, or nothing without one."""
    environment = folder / "rdflib-endpoint"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "rdflib-endpoint", "uvicorn[standard]"],
        capture_output=True,
        text=True,
        check=False,
    )
    return python if done.returncode == 0 else None


def run(folder: Path, *, quick: bool, sizes: Sequence[int] = ()) -> Part:
    """Return the figures of all engines at all sizes, or at those that are named."""
    part = Part("engines", "Throughput beside other engines")
    part.notes.append(
        f"GROUP BY is answered from the counts that a release of ours brings along; {_UNCOUNTED} "
        "shows how fast the engine itself counts, and has no target."
    )
    python = install_rdflib_endpoint(folder)
    if python is None:
        part.notes.append("rdflib-endpoint could not be installed here and is left out.")
    if not virtuoso.installed():
        part.notes.append("Virtuoso is not installed here and is left out.")
    chosen = sizes or ((10_000,) if quick else (10_000, 100_000, 1_000_000))
    seconds, repeats = (0.5, 1) if quick else (1.0, 3)
    for size in chosen:
        release = write(folder, size)
        with ExitStack() as stack:
            engines = _start(stack, release, folder / f"engines-{size}", python, size)
            found = _measure_all(part, engines, size, seconds=seconds, repeats=repeats)
        _judge(part, found, size)
    return part


def _start(
    stack: ExitStack, release: Path, folder: Path, python: Path | None, size: int
) -> list[Engine]:
    folder.mkdir()
    ours = stack.enter_context(
        start_ours(
            release=release, log=folder / "ours.log", client_header=CLIENT_HEADER, cache_bytes=0
        )
    )
    engines = [Engine(OURS, f"{ours.url}/sparql", ours)]
    if python is not None:
        port = free_port()
        files = sorted(str(path) for path in (release / "graphs").glob("*.nt"))
        server = Server.start(
            [str(python), "-c", _RDFLIB_PROGRAM, str(port), *files],
            folder / "rdflib.log",
            ready=answering(f"http://127.0.0.1:{port}"),
            seconds=300,
        )
        engines.append(Engine(RDFLIB, f"{stack.enter_context(server).url}/", server))
    if virtuoso.installed():
        other = virtuoso.start(folder / "virtuoso", buffers=max(20_000, size // 8))
        stack.enter_context(other)
        other.load(release)
        engines.append(Engine(VIRTUOSO, other.endpoint, other.server))
    bare = stack.enter_context(start_hello("bare", folder / "bare.log"))
    return [*engines, Engine(NOTHING, f"{bare.url}/sparql", bare)]


def _measure_all(
    part: Part, engines: list[Engine], size: int, *, seconds: float, repeats: int
) -> dict[tuple[str, int, str], float]:
    """Add a table for a size; return the median rates by query, clients and engine."""
    table = part.table(
        f"{size:,} triples",
        "query",
        "clients",
        "engine",
        "per second",
        "lowest–highest",
        "p50 ms",
        "p99 ms",
        "CPU ms each",
        "client CPU",
        "failed",
    )
    rates: dict[tuple[str, int, str], float] = {}
    for name, query in QUERIES.items():
        top = _top(name, size)
        for clients in (1, _MANY):
            for engine, runs, cpu in _in_turns(
                engines, name, query, top, clients=clients, seconds=seconds, repeats=repeats
            ):
                rate = statistics.median(run.rate for run in runs)
                rates[name, clients, engine] = rate
                pooled = [time for run in runs for time in run.times]
                pool = Measured(tuple(pooled), {}, sum(run.seconds for run in runs), 0.0)
                table.add(
                    name,
                    clients,
                    engine,
                    rate,
                    f"{number(min(r.rate for r in runs))}–{number(max(r.rate for r in runs))}",
                    pool.median,
                    pool.quantile(0.99),
                    1000 * cpu / len(pooled),
                    f"{sum(r.client_cpu for r in runs) / pool.seconds:.0%}",
                    sum(run.failed for run in runs),
                )
    memory = part.table(f"Memory at {size:,} triples after that", "engine", "MiB", "start s")
    for engine_ in engines:
        memory.add(engine_.name, engine_.server.memory() / 2**20, engine_.server.seconds)
    return rates


def _top(name: str, size: int) -> int:
    """Return how many things of the graph a query may ask for by number."""
    if name == "3-hop join":
        return max(1, actions_of(size) // 10)
    return ACTORS - 1 if name == "3-hop join by label" else actions_of(size)


def _in_turns(
    engines: list[Engine],
    name: str,
    query: str,
    top: int,
    *,
    clients: int,
    seconds: float,
    repeats: int,
) -> list[tuple[str, list[Measured], float]]:
    """Measure the engines one after the other, several times over."""
    runs: dict[str, list[Measured]] = {engine.name: [] for engine in engines}
    cpu = dict.fromkeys(runs, 0.0)
    for _ in range(repeats):
        for engine in engines:
            if engine.name == RDFLIB and clients > 1 and name not in {"look-up", "ASK"}:
                continue  # its queries run one at a time; many clients would only wait
            if runs[engine.name] and runs[engine.name][0].median > 1000 * seconds:
                continue  # one look at a query that takes that long is enough
            before = engine.server.cpu()
            load = Load(engine.url, query, clients=clients, seconds=seconds, top=top)
            runs[engine.name].append(measure(load))
            cpu[engine.name] += engine.server.cpu() - before
    return [(name, found, cpu[name]) for name, found in runs.items() if found]


def _judge(part: Part, rates: dict[tuple[str, int, str], float], size: int) -> None:
    """Compare with the targets."""

    def judge(query: str, clients: int, other: str, wanted: float) -> None:
        ours, theirs = rates.get((query, clients, OURS)), rates.get((query, clients, other))
        if ours and theirs:
            what = f"{query}, {clients} client{'s' * (clients > 1)}, {size:,} triples: {other}"
            ratio = ours / theirs
            most = rates[query, clients, NOTHING] / theirs
            found = times(ratio)
            if ratio < wanted and most < wanted:
                found += f" (with no engine at all, bare uvicorn: {times(most)})"
            part.target(what, f"≥ {times(wanted)}", found, met=ratio >= wanted)

    for query, clients, wanted in (
        ("look-up", _MANY, 5.0),
        ("ASK", _MANY, 3.0),
        ("3-hop join", 1, 100.0),
        ("3-hop join by label", 1, 100.0),
        ("GROUP BY", 1, 6.0),
        ("text scan", 1, 25.0),
    ):
        judge(query, clients, RDFLIB, wanted)
    for query in QUERIES:
        if query == _UNCOUNTED:
            continue  # measured to show what the counts of a release do not cover
        judge(query, _MANY, VIRTUOSO, 0.5 if query == "GROUP BY" else 1.0)
