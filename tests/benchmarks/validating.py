"""SHACL: the two engines on the published graphs, and how their cost grows."""

from __future__ import annotations

import gc
import json
import re
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.graphs import Graph
from drugpolicy_kg.validation import Engine, Profile, bundled, engines, validate
from drugpolicy_kg.validation.background import of_profile
from drugpolicy_kg.validation.results import plain

from .building import CHECKOUT
from .report import Part, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from drugpolicy_kg.validation import Result

_GRAPHS: Final = CHECKOUT / "data" / "graphs"
_LONGEST: Final = "com-2020-606"
_SHORTEST: Final = "com-2025-744"
#: One statement of so many is left out, so that there is something to find.
_DAMAGE: Final = 40
#: How many actions of a plan are copied to make it grow.
_ACTIONS: Final = 5
_ACTION: Final = re.compile(r"(/plan/[^/]+/action/)(\d+)")
_PLAN: Final = re.compile(r"(/(?:plan|edition)/[^/]+)")
_TWO: Final = 2
_TEN: Final = 10
_HUNDRED: Final = 100
_SPREAD: Final = 1.7
_GROWTH: Final = 1.2
_DOCUMENT: Final = 3
_MILLION: Final = 15


def run(_: Path, *, quick: bool) -> Part:
    """Return the times of both engines, and whether they agree."""
    part = Part("validating", "Validation with SHACL")
    _engines(part, _damaged(_published(_SHORTEST if quick else "")))
    _documents(part)
    _growth(part, Engine.BULK, _TEN if quick else _HUNDRED)
    if not quick:
        _growth(part, Engine.REFERENCE, _TEN)
        _large(part)
    return part


def _published(name: str = "") -> list[Graph]:
    """Return the asserted graphs, of all plans or of one, with the tables."""
    found = []
    for row in json.loads((_GRAPHS / "manifest.json").read_text(encoding="utf-8"))["graphs"]:
        of_plan = row["file"].startswith("plan/") and name in row["file"]
        if of_plan or row["file"] == "authorities.ttl":
            found.append(Graph(row["iri"]))
            found[-1].parse(_GRAPHS / row["file"])
    return found


def _damaged(graphs: list[Graph]) -> frozenset[ox.Triple]:
    triples = sorted((triple for graph in graphs for triple in graph.triples), key=str)
    return frozenset(triple for n, triple in enumerate(triples) if n % _DAMAGE)


def _timed(
    data: frozenset[ox.Triple], engine: Engine, workers: int = 1
) -> tuple[float, Counter[tuple[str, ...]]]:
    gc.collect()
    began = time.perf_counter()
    results: tuple[Result, ...] = engines.run(
        engine, data, bundled(Profile.LINKED).triples, workers=workers
    )
    return time.perf_counter() - began, Counter(result.verdict for result in results)


def _engines(part: Part, triples: frozenset[ox.Triple]) -> None:
    """Compare plain pySHACL, the same on two cores, and the bulk engine; loading included."""
    data = triples | of_profile(Profile.LINKED).triples
    plain, expected = _timed(data, Engine.REFERENCE)
    spread, second = _timed(data, Engine.REFERENCE, _TWO)
    bulk, third = _timed(data, Engine.BULK)
    table = part.table(
        f"{len(data):,} triples of the published graphs, one in {_DAMAGE} left out",
        "engine", "seconds", "times plain pySHACL", "results", "verdicts differ",
    )  # fmt: skip
    for name, seconds, found in (
        ("pySHACL", plain, expected),
        ("pySHACL, two processes by sh:targetClass", spread, second),
        ("shacl (bulk)", bulk, third),
    ):
        differ = (found - expected).total() + (expected - found).total()
        table.add(name, seconds, plain / seconds, found.total(), differ)
    part.target(
        "SHACL on two cores against plain pySHACL, identical results",
        f"≥ {_SPREAD} ×",
        f"{number(plain / spread)} ×",
        met=plain / spread >= _SPREAD and second == expected,
    )
    part.target(
        "SHACL on the bulk path against plain pySHACL, identical results",
        f"≥ {_TEN} ×",
        f"{number(plain / bulk)} ×",
        met=plain / bulk >= _TEN and third == expected,
    )


def _documents(part: Part) -> None:
    """Validate each plan as a person does: findings with their places, tables included."""
    table = part.table("One plan, from graphs to findings", "plan", "triples", "seconds")
    slowest = 0.0
    for name in (_LONGEST, "com-2023-641", _SHORTEST):
        graphs = [graph for graph in _published(name) if name in graph.iri]
        began = time.perf_counter()
        validate(graphs)
        seconds = time.perf_counter() - began
        table.add(name, sum(len(graph.triples) for graph in graphs), seconds)
        slowest = max(slowest, seconds)
    part.target(
        "validation of one plan",
        f"≤ {_DOCUMENT} s",
        f"{number(slowest)} s",
        met=slowest <= _DOCUMENT,
    )


def _growth(part: Part, engine: Engine, factor: int) -> None:
    """Compare a plan with one that has many times its actions and nothing else more."""
    graphs = [graph for graph in _published(_SHORTEST) if _SHORTEST in graph.iri]
    triples = [triple for graph in graphs for triple in graph.triples]
    of_action = {triple: _ACTION.search(plain(triple.subject)) for triple in triples}
    own = [one for one, found in of_action.items() if found and int(found[2]) <= _ACTIONS]
    rest_of = [one for one, found in of_action.items() if not found and not _points(one)]
    hierarchy = of_profile(Profile.CORE).triples
    table = part.table(
        f"A plan with {factor} times the actions, {engine}", "actions", "triples", "seconds"
    )
    found = {}
    for copies in (1, factor):
        data = frozenset(rest_of) | hierarchy | frozenset(_copies(own, copies))
        shapes = bundled(Profile.CORE).triples
        repeats = 5 if copies == 1 else 1
        seconds = []
        for _ in range(repeats):
            began = time.perf_counter()
            engines.run(engine, data, shapes)
            seconds.append(time.perf_counter() - began)
        found[copies] = min(seconds)
        table.add(_ACTIONS * copies, len(data), found[copies])
    ratio = found[factor] / found[1]
    part.target(
        f"{engine}: {factor} × the actions",
        f"≤ {number(factor * _GROWTH)} × the time",
        f"{number(ratio)} ×",
        met=ratio <= factor * _GROWTH,
    )


def _points(triple: ox.Triple) -> bool:
    return isinstance(triple.object, ox.NamedNode) and bool(_ACTION.search(triple.object.value))


def _copies(triples: list[ox.Triple], copies: int) -> Iterable[ox.Triple]:
    for copy in range(copies):
        for triple in triples:
            yield _renamed(triple, _ACTION, partial(_later, copy))


def _later(copy: int, found: re.Match[str]) -> str:
    return f"{found[1]}{int(found[2]) + _HUNDRED * copy}"


def _large(part: Part) -> None:
    """Validate ten times the published graphs, about a million triples, on the bulk path."""
    triples = [triple for graph in _published() for triple in graph.triples]
    data = frozenset(
        _renamed(triple, _PLAN, partial(_again, copy)) for copy in range(_TEN) for triple in triples
    )
    seconds, _ = _timed(data, Engine.BULK)
    table = part.table("Ten times the published graphs, bulk", "triples", "seconds")
    table.add(len(data), seconds)
    part.target(
        "SHACL on 1M triples", f"≤ {_MILLION} s", f"{number(seconds)} s", met=seconds <= _MILLION
    )


def _again(copy: int, found: re.Match[str]) -> str:
    return f"{found[1]}.{copy}"


def _renamed(
    triple: ox.Triple, pattern: re.Pattern[str], change: Callable[[re.Match[str]], str]
) -> ox.Triple:
    target = triple.object
    if isinstance(target, ox.NamedNode):
        target = ox.NamedNode(pattern.sub(change, target.value))
    subject = ox.NamedNode(pattern.sub(change, plain(triple.subject)))
    return ox.Triple(subject, triple.predicate, target)
