"""A second engine beside ours: it loads the dump of a release, and joins our endpoint over HTTP."""

from __future__ import annotations

import io
import json
import shutil
from typing import TYPE_CHECKING, Any, Final

import pytest

from drugpolicy_kg import exports, releases, resources
from drugpolicy_kg.store import Question
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import by_name
from tests.benchmarks.servers import Server, start_ours
from tests.virtuoso import engine
from tests.virtuoso.test_virtuoso import require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.debian

OURS: Final = "https://w3id.org/drugpolicy-kg/graph/"
ACTOR: Final = "https://w3id.org/drugpolicy-kg/id/actor/"
SEATS: Final = "urn:seats"
PREFIXES: Final = "PREFIX dp: <https://w3id.org/drugpolicy-kg/ontology#> "
# What a linker has and we have not: where some bodies sit, by our identifiers.
SEAT: Final = {"europol": "The Hague", "eurojust": "The Hague", "frontex": "Warsaw"}
# Without property paths: one in the middle of a list ends Virtuoso 7 when it is sent elsewhere.
ACTIONS: Final = (
    "?action dp:involves ?actor . ?action dp:number ?number . ?action dp:inPlan ?of . "
    "?of dp:identifier ?plan ."
)


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engine.Virtuoso]:
    require()
    folder = tmp_path_factory.mktemp("virtuoso")
    with engine.start(folder) as running:
        dump = folder / "drugpolicy-kg.nq.gz"
        statements = exports.quads(releases.read_manifest(resources.graphs()))
        dump.write_bytes(exports.dumps(statements)["dumps/drugpolicy-kg.nq.gz"])
        running.run(f"ld_add('{dump}', 'urn:nothing')", "rdf_loader_run()", "checkpoint")
        running.run(
            'grant select on "DB.DBA.SPARQL_SINV_2" to "SPARQL"',
            'grant execute on "DB.DBA.SPARQL_SINV_IMP" to "SPARQL"',
        )
        seats = "\n".join(f'<{ACTOR}{name}> <urn:seat> "{city}" .' for name, city in SEAT.items())
        running.run(f"DB.DBA.TTLP('{seats}', '', '{SEATS}')")
        yield running


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("service")
    shutil.copytree(resources.graphs(), folder / "graphs")
    with start_ours(release=folder / "graphs", log=folder / "log") as server:
        yield server


@pytest.fixture(scope="module")
def embedded() -> EmbeddedStore:
    return EmbeddedStore.load(resources.graphs())


def values(answer: dict[str, Any]) -> list[tuple[str, ...]]:
    names = answer["head"]["vars"]
    rows = answer["results"]["bindings"]
    return sorted(tuple(row[name]["value"] for name in names) for row in rows)


def ask_embedded(store: EmbeddedStore, query: str) -> list[tuple[str, ...]]:
    sink = io.BytesIO()
    store.answer(Question(query, by_name("json")), sink)
    return values(json.loads(sink.getvalue()))


def test_the_dump_gives_another_engine_as_many_triples_in_every_graph(
    virtuoso: engine.Virtuoso, embedded: EmbeddedStore
) -> None:
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    rows = virtuoso.ask(query).json()["results"]["bindings"]
    found = {row["g"]["value"]: int(row["n"]["value"]) for row in rows}
    assert {name: n for name, n in found.items() if name.startswith(OURS)} == embedded.counts
    assert len(embedded.counts) > 5


def test_another_engine_joins_what_it_has_to_our_endpoint(
    virtuoso: engine.Virtuoso, ours: Server, embedded: EmbeddedStore
) -> None:
    local = f"GRAPH <{SEATS}> {{ ?actor <urn:seat> ?seat }}"
    remote = f"SERVICE <{ours.url}/sparql> {{ {ACTIONS} }}"
    query = f"{PREFIXES} SELECT ?seat ?plan ?number {{ {local} {remote} }}"
    response = virtuoso.ask(query)
    assert response.status_code == 200, response.text[:2_000]
    told = " ".join(f'(<{ACTOR}{name}> "{city}")' for name, city in SEAT.items())
    expected = ask_embedded(
        embedded,
        f"{PREFIXES} SELECT ?seat ?plan ?number {{ VALUES (?actor ?seat) {{ {told} }} {ACTIONS} }}",
    )
    assert values(response.json()) == expected
    assert len(expected) == 41 + 13 + 11  # Europol, Eurojust, Frontex in actor-workload
    assert {row[0] for row in expected} == {"The Hague", "Warsaw"}
