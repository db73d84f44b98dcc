"""How long the service takes for the page about an action, and for its other documents."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

import httpx

from tests.conftest import ROOT

from .report import Part, number
from .servers import start_ours

if TYPE_CHECKING:
    from pathlib import Path

_REACH_MS: Final = 100
_STRETCH_MS: Final = 15
_PLAN: Final = "/id/plan/com-2020-606"


def run(folder: Path, *, quick: bool) -> Part:
    """Return how long documents of the real plans take, none of them from memory."""
    part = Part("pages", "Pages about things")
    table = part.table(
        "From request to answer on loopback, one client, nothing kept in memory",
        "document",
        "requests",
        "median ms",
        "p95 ms",
    )
    paths = {
        "action, HTML": [f"{_PLAN}/action/{n}.html" for n in range(1, 54)],
        "action, Turtle": [f"{_PLAN}/action/{n}.ttl" for n in range(1, 54)],
        "action, JSON-LD": [f"{_PLAN}/action/{n}.jsonld" for n in range(1, 54)],
        "plan, HTML": [f"{_PLAN}.html"] * 10,
        "ontology, HTML": ["/ontology.html"] * 10,
    }
    log = folder / "pages.log"
    with start_ours(release=ROOT / "data" / "graphs", log=log, cache_bytes=0) as server:
        for what, asked in paths.items():
            found = sorted(_timed(server.url, asked * (1 if quick else 3)))
            median = statistics.median(found)
            table.add(what, len(found), median, found[int(0.95 * (len(found) - 1))])
            if what == "action, HTML":
                for name, most in (("reach", _REACH_MS), ("stretch", _STRETCH_MS)):
                    part.target(
                        f"page of an action, from request to answer at the median ({name})",
                        f"≤ {most} ms",
                        f"{number(median)} ms",
                        met=median <= most,
                    )
    return part


def _timed(url: str, paths: list[str]) -> list[float]:
    """Return the milliseconds between request and answer for each path, over one connection."""
    with httpx.Client(base_url=url, timeout=60) as client:
        found = []
        for path in paths:
            answer = client.get(path)
            answer.raise_for_status()
            found.append(1000 * answer.elapsed.total_seconds())
        return found
