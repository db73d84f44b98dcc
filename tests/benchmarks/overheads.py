"""What HTTP, isolation and limits cost: against bare servers, and against the engine alone."""

from __future__ import annotations

import io
import statistics
import time
from typing import TYPE_CHECKING, Any, Final

import httpx

from drugpolicy_kg.store import Question
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import by_name

from .client import CLIENT_HEADER, Load, Measured, measure
from .engines import QUERIES
from .policy_graph import actions_of, write
from .report import Part, number, times
from .servers import Server, start_hello, start_ours

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MANY: Final = 16
_TRIPLES: Final = 50_000
_CACHED: Final = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_ALONE: Final = 400


def run(folder: Path, *, quick: bool) -> Part:
    """Return what the service costs beside servers that do nothing."""
    part = Part("overheads", "What HTTP and isolation cost")
    seconds, repeats = (0.5, 1) if quick else (2.0, 3)
    release = write(folder, _TRIPLES)
    options: dict[str, Any] = {"release": release, "client_header": CLIENT_HEADER}
    with (
        start_ours(log=folder / "ours.log", cache_bytes=0, **options) as ours,
        start_ours(log=folder / "cached.log", **options) as cached,
        start_hello("fastapi", folder / "fastapi.log") as fastapi,
        start_hello("bare", folder / "bare.log") as bare,
    ):
        _throughput(
            part, ours, cached, {"FastAPI": fastapi, "bare uvicorn": bare}, seconds, repeats
        )
        _added(part, ours, release, seconds)
    return part


def _etag(server: Server) -> str:
    response = httpx.get(
        f"{server.url}/sparql",
        params={"query": _CACHED},
        headers={"Accept": "application/sparql-results+json"},
    )
    return str(response.headers["etag"])


def _throughput(
    part: Part,
    ours: Server,
    cached: Server,
    hellos: Mapping[str, Server],
    seconds: float,
    repeats: int,
) -> None:
    table = part.table(
        f"Requests in a second, {_MANY} clients, {_TRIPLES:,} triples",
        "what",
        "per second",
        "lowest–highest",
        "p50 ms",
        "p99 ms",
        "failed",
    )
    same = {"If-None-Match": _etag(cached)}

    def load(server: Server, query: str, headers: dict[str, str] | None = None) -> Load:
        path = "/sparql" if query else "/"
        return Load(
            f"{server.url}{path}",
            query,
            clients=_MANY,
            seconds=seconds,
            top=actions_of(_TRIPLES),
            headers=headers or {},
        )

    loads = {
        "hello of bare uvicorn": load(hellos["bare uvicorn"], ""),
        "hello of FastAPI": load(hellos["FastAPI"], ""),
        "ASK, never cached": load(ours, QUERIES["ASK"]),
        "look-up, never cached": load(ours, QUERIES["look-up"]),
        "304 Not Modified": load(cached, _CACHED, same),
        "200 from the cache": load(cached, _CACHED),
    }
    runs: dict[str, list[Measured]] = {name: [] for name in loads}
    for _ in range(repeats):
        for name, chosen in loads.items():
            runs[name].append(measure(chosen))
    rates = {}
    for name, found in runs.items():
        rates[name] = statistics.median(run.rate for run in found)
        lowest, highest = min(r.rate for r in found), max(r.rate for r in found)
        table.add(
            name,
            rates[name],
            f"{number(lowest)}–{number(highest)}",
            statistics.median(run.median for run in found),
            statistics.median(run.quantile(0.99) for run in found),
            sum(run.failed for run in found),
        )
    for what, against, wanted in (
        ("ASK, never cached", "hello of FastAPI", 0.45),
        ("ASK, never cached", "hello of bare uvicorn", 1 / 8),
        ("304 Not Modified", "hello of FastAPI", 0.5),
        ("200 from the cache", "hello of FastAPI", 0.4),
    ):
        ratio = rates[what] / rates[against]
        part.target(f"{what}: {against}", f"≥ {times(wanted)}", times(ratio), met=ratio >= wanted)


def _added(part: Part, ours: Server, release: Path, seconds: float) -> None:
    """Compare one client's median over HTTP with the engine alone in this process."""
    table = part.table(
        "What HTTP adds at the median, one client",
        "query",
        "engine alone ms",
        "over HTTP ms",
        "added ms",
    )
    store = EmbeddedStore.load(release)
    for name in ("ASK", "look-up", "3-hop join"):
        text = QUERIES[name]
        alone = []
        for n in range(1, _ALONE):
            question = Question(
                text.replace("{n}", str(n % 30 + 1)).replace("{unique}", str(n)), by_name("json")
            )
            began = time.perf_counter()
            store.answer(question, io.BytesIO())
            alone.append(time.perf_counter() - began)
        engine = 1000 * statistics.median(alone)
        served = measure(Load(f"{ours.url}/sparql", text, seconds=seconds, top=30)).median
        table.add(name, engine, served, served - engine)
        if name == "look-up":
            added = served - engine
            part.target(
                "what HTTP adds to a look-up", "≤ 0.7 ms", f"{number(added)} ms", met=added <= 0.7
            )
