"""Schemathesis reads /openapi.json and asks whatever it allows, and what it does not allow.

Its checks: no status above 499 but a deliberate 503 or 504, which is problem+json; no status, media
type or form of JSON that the description does not have; 405 with Allow for any other method.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest
import schemathesis
from schemathesis import engine
from schemathesis.engine import events

from drugpolicy_kg import releases, resources
from drugpolicy_kg.service.uploads import MEDIA_TYPES
from tests.benchmarks.servers import Server, start_ours
from tests.service.running import write_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED: Final = 20_251
BASE: Final = "https://w3id.org/drugpolicy-kg/"
TITLE: Final = "http://purl.org/dc/terms/title"
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
DELIBERATE: Final = (503, 504)
# One address asks everything here, at once and for as long as it takes.
LIMITS: Final = {"client_seconds": 100_000.0}


@schemathesis.serializer("application/sparql-query", *MEDIA_TYPES)
def as_text(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@dataclass
class Seen:
    """What came back: how often each status, of which operations, and what is wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def add(self, scenario: events.ScenarioFinished) -> None:
        recorder = scenario.recorder
        self.operations.add(recorder.label)
        for interaction in recorder.interactions.values():
            if interaction.response is None:
                self.faults.append(f"{recorder.label}: no response")
            else:
                self.statuses[interaction.response.status_code] += 1
        for checks in recorder.checks.values():
            for check in checks:
                if found := check.failure_info:
                    told = f"{found.failure.title}: {found.failure.message}"
                    self.faults.append(f"{recorder.label}: {told}\n{found.code_sample}")


def configuration(examples: int) -> schemathesis.Config:
    checks: dict[str, Any] = {"enabled": False, **{name: {"enabled": True} for name in CHECKS}}
    expected = ["2xx", "3xx", "4xx", *map(str, DELIBERATE)]
    checks["not_a_server_error"]["expected-statuses"] = expected
    return schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "workers": 1,
            "request-timeout": 60,
            "generation": {
                "mode": "all",
                "max-examples": examples,
                "deterministic": True,
                "database": "none",
                "no-shrink": True,
            },
            "phases": {"stateful": {"enabled": False}},
            "checks": checks,
            "warnings": False,
        }
    )


def ask_all(url: str, *, paths: str, examples: int) -> Seen:
    """Ask what the description of a service allows and forbids, of the paths that match."""
    described = schemathesis.openapi.from_url(
        f"{url}/openapi.json", config=configuration(examples)
    ).include(path_regex=paths)
    seen = Seen()
    for event in engine.from_schema(described).execute():
        if isinstance(event, events.ScenarioFinished):
            seen.add(event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            seen.faults.append(str(getattr(event, "value", None) or event))
    return seen


def require_in_order(seen: Seen, *, operations: int, cases: int) -> None:
    """Nothing is wrong, much was asked, some of it answered and some refused."""
    assert not seen.faults, f"{len(seen.faults)} faults:\n" + "\n\n".join(seen.faults[:5])
    told = f"{len(seen.operations)} operations, {dict(seen.statuses)}"
    assert len(seen.operations) >= operations, told
    assert seen.statuses.total() >= cases, told
    assert seen.statuses[200] > cases / 20, told
    assert sum(number for status, number in seen.statuses.items() if status >= 400) > cases / 20
    # A service that is busy all the time would show nothing.
    assert sum(seen.statuses[status] for status in DELIBERATE) <= cases / 20, told


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("schemathesis") / "log"
    with start_ours(
        release=resources.graphs(), queries=resources.public_queries(), log=log, limits=LIMITS
    ) as server:
        yield server


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that holds two releases of a small graph."""
    folder = tmp_path_factory.mktemp("former")
    root: Path = folder / "releases"
    root.mkdir()
    for version, date in (("1.0.0", "2026-01-01"), ("1.1.0", "2026-06-01")):
        line = f'<{BASE}void> <{TITLE}> "Release {version}"@en .\n'
        graphs = write_graphs(folder / version, {"void": line})
        releases.write_release(version, graphs, root, date=date)
    with start_ours(releases=root, log=folder / "log", limits=LIMITS) as server:
        yield server


def test_whatever_is_asked_of_documents_is_answered_as_described(service: Server) -> None:
    seen = ask_all(service.url, paths="^/(id|graph|ontology|void|catalogue|rdf)", examples=3)
    require_in_order(seen, operations=14, cases=300)


def test_whatever_is_asked_of_the_other_routes_is_answered_as_described(service: Server) -> None:
    others = "^/(?!id|graph|ontology|shapes|void|catalogue|rdf|queries/|timegate|timemap|memento)"
    seen = ask_all(service.url, paths=others, examples=3)
    require_in_order(seen, operations=18, cases=400)


def test_whatever_is_asked_of_former_releases_is_answered_as_described(former: Server) -> None:
    paths = "^/(timegate|timemap|memento|dumps|void)"
    seen = ask_all(former.url, paths=paths, examples=5)
    require_in_order(seen, operations=8, cases=150)
    assert seen.statuses[302] > 0


def test_whatever_is_asked_of_saved_queries_is_answered_as_described(service: Server) -> None:
    seen = ask_all(service.url, paths="^/queries/(deadlines|unlinked)([.]|$)", examples=3)
    require_in_order(seen, operations=10, cases=300)


@pytest.mark.long
def test_whatever_is_asked_of_all_routes_at_length_is_answered_as_described(
    service: Server,
) -> None:
    require_in_order(ask_all(service.url, paths="^/", examples=4), operations=250, cases=6_000)
