"""Mixed load for a long time: python -m tests.benchmarks.soak [--minutes 20].

Queries of all sorts, clients that hang up, refused ones and new releases come at once; every
ten seconds the memory and the workers are looked at. Flat memory, no lost worker and no status
that nobody meant are what it is to show.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from drugpolicy_kg import releases

from .client import CLIENT_HEADER
from .drill import RUNAWAY
from .engines import QUERIES
from .policy_graph import actions_of, write
from .report import ORDER, PARTS, RESULTS, Part, conditions, keep, number
from .report import write as write_results
from .servers import Server, start_ours

_TRIPLES: Final = 50_000
_CLIENTS: Final = 6
_LOOK_SECONDS: Final = 10.0
_RELEASE_SECONDS: Final = 45.0
_SETTLING_SECONDS: Final = 5.0
_MEANT: Final = re.compile(r"\b(200|400|413|429|503|504)\b")
_DOCUMENTS: Final = (
    ("text/markdown", b"# A plan\n\n## 1. A priority\n\n**Action 1.** A title\n"),
    ("text/turtle", b"<urn:a> a <https://w3id.org/drugpolicy-kg/ontology#Plan> ."),
    ("text/turtle", b"<urn:a> a "),
    ("application/rdf+xml", b'<!DOCTYPE r [<!ENTITY a "a">]><r/>'),
    ("text/plain", b"A long text.\n" * 1_000),
)


@dataclass
class Seen:
    """What came back, and what the service looked like over time."""

    statuses: Counter[str] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)
    workers: list[int] = field(default_factory=list)
    releases: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, told: str) -> None:
        """Count an answer."""
        with self.lock:
            self.statuses[told] += 1


def _asks(server: Server, seen: Seen, number_: int) -> None:
    """Be a client that asks all sorts of things until it is over."""
    chance = random.Random(number_)  # noqa: S311 - the same load each time
    headers = {CLIENT_HEADER: f"192.0.2.{number_}"}
    with httpx.Client(timeout=60, headers=headers) as client:
        while not seen.over.is_set():
            query = chance.choice(list(QUERIES.values()))
            query = query.replace("{n}", str(chance.randint(1, actions_of(_TRIPLES))))
            kind = chance.random()
            unique = chance.randrange(50) if kind < 0.5 else chance.getrandbits(60)
            query = query.replace("{unique}", str(unique))
            if kind > 0.98:
                query = f"{RUNAWAY} # {unique}"
            elif kind > 0.95:
                query = query[: len(query) // 2]
            patience = 0.05 if 0.90 < kind < 0.92 else 60
            try:
                response = client.post(
                    f"{server.url}/sparql", data={"query": query}, timeout=patience
                )
                runs_away = "runaway " if query.startswith(RUNAWAY) else ""
                seen.count(f"{runs_away}{_told(response)}")
                if response.status_code == 429:
                    time.sleep(0.5)
            except httpx.TimeoutException:
                seen.count("hung up" if patience < 1 else "no answer")
            except httpx.HTTPError as error:
                seen.count(type(error).__name__)


def _told(response: httpx.Response) -> str:
    """Return the status with the limit that was met, which tells why."""
    if response.status_code in {200, 400}:
        return str(response.status_code)
    limit = response.json().get("limit") or {}
    return f"{response.status_code} {limit.get('name', '')}".strip()


def _uploads(server: Server, seen: Seen) -> None:
    """Be a client that has documents checked until it is over: good ones, broken and endless."""
    chance = random.Random("uploads")  # noqa: S311 - the same load each time
    headers = {CLIENT_HEADER: "198.51.100.1"}
    with httpx.Client(timeout=120, headers=headers) as client:
        while not seen.over.is_set():
            media_type, content = chance.choice(_DOCUMENTS)
            patience = 0.2 if chance.random() > 0.9 else 120
            try:
                response = client.post(
                    f"{server.url}/validate",
                    content=content,
                    headers={"Content-Type": media_type},
                    timeout=patience,
                )
                seen.count(f"upload {_told(response)}")
            except httpx.TimeoutException:
                seen.count("upload hung up" if patience < 1 else "upload: no answer")
            except httpx.HTTPError as error:
                seen.count(type(error).__name__)
            time.sleep(0.5)


def _publishes(root: Path, source: Path, seen: Seen) -> None:
    """Publish a new release of the same graphs now and then, and remove the old ones."""
    while not seen.over.wait(_RELEASE_SECONDS):
        seen.releases += 1
        releases.write_release(f"1.0.{seen.releases}", source, root)
        for old in sorted(root.glob("1.*"), key=lambda path: path.stat().st_mtime)[:-3]:
            shutil.rmtree(old)


def soak(folder: Path, minutes: float) -> Part:
    """Return what the service looked like under mixed load."""
    root = write(folder, _TRIPLES).parent
    source = folder / f"source-{_TRIPLES}"
    seen = Seen()
    options: dict[str, Any] = {
        "releases": root,
        "client_header": CLIENT_HEADER,
        "follow_seconds": 0.5,
        "validation_early": True,
    }
    with start_ours(log=folder / "log", limits={"time_seconds": 3.0}, **options) as server:
        threads = [
            threading.Thread(target=_asks, args=(server, seen, n + 1)) for n in range(_CLIENTS)
        ]
        threads.append(threading.Thread(target=_uploads, args=(server, seen)))
        threads.append(threading.Thread(target=_publishes, args=(root, source, seen)))
        before = len(server.workers())
        for thread in threads:
            thread.start()
        until = time.monotonic() + 60 * minutes
        while time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
            seen.memory.append(server.memory() / 2**20)
            seen.workers.append(len(server.workers()))
        seen.over.set()
        for thread in threads:
            thread.join()
        well = httpx.post(f"{server.url}/sparql", data={"query": "ASK {}"}).status_code
        after = _settled(server, before)
        code = server.stop()
    part = _part(seen, minutes, well, code)
    part.target("workers after it", f"{before}", f"{after}", met=after == before)
    return part


def _settled(server: Server, expected: int) -> int:
    """Return how many workers there are once the last of them is replaced."""
    until = time.monotonic() + _SETTLING_SECONDS
    while len(server.workers()) != expected and time.monotonic() < until:
        time.sleep(0.1)
    return len(server.workers())


def _part(seen: Seen, minutes: float, well: int, code: int) -> Part:
    part = Part("soak", "Soak run")
    part.notes.append(
        f"{minutes:g} minutes, {_CLIENTS} clients that ask and one that has documents checked, "
        f"{seen.releases} new releases, {_TRIPLES:,} triples; at its end an ASK got {well} and "
        f"SIGTERM ended the service with {code}."
    )
    answers = part.table("Answers", "status", "times")
    for told, times_ in sorted(seen.statuses.items()):
        answers.add(told, f"{times_:,}")
    table = part.table("Over time", "share of the run", "median MiB", "most MiB", "workers")
    quarter = max(1, len(seen.memory) // 4)
    medians = []
    for n in range(0, len(seen.memory), quarter):
        piece, workers = seen.memory[n : n + quarter], seen.workers[n : n + quarter]
        medians.append(statistics.median(piece))
        table.add(
            f"from {n / len(seen.memory):.0%}",
            medians[-1],
            max(piece),
            f"{min(workers)}–{max(workers)}",
        )
    strange = [
        told
        for told in seen.statuses
        if told not in {"hung up", "upload hung up"} and not _MEANT.search(told)
    ]
    part.target("answers that nobody meant", "none", ", ".join(strange) or "none", met=not strange)
    growth = medians[-1] / medians[0]
    part.target(
        "memory at the end against the start",
        "≤ 1.25 ×",
        f"{number(growth)} ×",
        met=growth <= 1.25,
    )
    ended = well == 200 and code == 0
    part.target("well at the end, ended cleanly", "yes", "yes" if ended else "no", met=ended)
    return part


def main() -> int:
    """Run the soak and write its result beside the benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    chosen = parser.parse_args()
    about = conditions(quick=False)
    with tempfile.TemporaryDirectory(prefix="drugpolicy-soak-") as folder:
        part = soak(Path(folder), chosen.minutes)
    keep(part, about, PARTS)
    write_results(ORDER, PARTS, RESULTS)
    missed = [f"{what}: {found}" for what, _, found, met in part.targets if not met]
    sys.stdout.write("\n".join(missed or ["The soak run met its targets."]) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
