from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from drugpolicy_kg import releases, resources
from tests.benchmarks.servers import start_ours
from tests.replicas import nginx
from tests.service.running import within

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.benchmarks.servers import Server

pytestmark = pytest.mark.debian

CLIENTS: Final = 8
#: How many answers are waited for before one replica is killed, and after it.
ANSWERS: Final = 200
PATIENCE_SECONDS: Final = 120
QUERIES: Final = (
    "ASK {}",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "SELECT ?s { ?s a <https://w3id.org/drugpolicy-kg/ontology#Action> } ORDER BY ?s",
)


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[list[Server]]:
    """Two servers of the same release folder."""
    releases.write_release("1.0.0", resources.graphs(), tmp_path / "releases")
    options: dict[str, Any] = {
        "releases": tmp_path / "releases",
        "client_header": "X-Forwarded-For",
        # All clients of this test have one address.
        "limits": {"client_seconds": 600.0},
        "cache_bytes": 0,
    }
    with (
        start_ours(log=tmp_path / "first.log", **options) as first,
        start_ours(log=tmp_path / "second.log", **options) as second,
    ):
        yield [first, second]


@pytest.fixture
def entrance(tmp_path: Path, replicas: list[Server]) -> Iterator[Server]:
    if nginx.program() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(nginx.HOW)
        pytest.skip(nginx.HOW)
    with nginx.start(tmp_path / "nginx", [replica.url for replica in replicas]) as server:
        yield server


class Load:
    """Clients that ask one query after the other until they are stopped, and count what they get.

    They ask by GET and by POST.
    """

    def __init__(self, url: str) -> None:
        self.answers: Counter[str] = Counter()
        self.after: Counter[str] = Counter()
        self.killed = threading.Event()
        self._url = url
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        with httpx.Client(timeout=30) as client:
            while not self._stopped.is_set():
                number += 1
                query = QUERIES[number % len(QUERIES)]
                later = self.killed.is_set()
                try:
                    if number % 2:
                        response = client.get(self._url, params={"query": query})
                    else:
                        response = client.post(self._url, data={"query": query})
                    told = str(response.status_code)
                except httpx.HTTPError as error:
                    told = type(error).__name__
                with self._lock:
                    self.answers[told] += 1
                    if later:
                        self.after[told] += 1


def test_no_request_fails_when_one_of_two_replicas_is_killed(
    replicas: list[Server], entrance: Server
) -> None:
    load = Load(f"{entrance.url}/sparql")
    load.start()
    try:
        assert within(PATIENCE_SECONDS, lambda: load.answers.total() > ANSWERS)
        replicas[0].process.send_signal(signal.SIGKILL)
        replicas[0].process.wait()
        load.killed.set()
        assert within(PATIENCE_SECONDS, lambda: load.after.total() > ANSWERS)
    finally:
        load.stop()
    assert set(load.answers) == {"200"}, load.answers


def test_replicas_of_one_release_answer_with_the_same_etag(replicas: list[Server]) -> None:
    tags = {
        httpx.get(f"{replica.url}/sparql", params={"query": QUERIES[1]}).headers["etag"]
        for replica in replicas
    }
    assert len(tags) == 1
