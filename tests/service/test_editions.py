"""Whether a service lives, whether its release holds, and what happens when that is exchanged."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from drugpolicy_kg.service import Limits
from drugpolicy_kg.service.edition import Edition
from drugpolicy_kg.service.workers.queueing import Moved
from drugpolicy_kg.service.workers.replies import Reply
from drugpolicy_kg.store.publication import publish
from tests.service.inside import answers
from tests.service.running import Service, plan_graphs, write_graphs
from tests.service.test_protocol import problem

if TYPE_CHECKING:
    from pathlib import Path

COUNTED = b"n\r\n3\r\n"
TITLES = b"t\r\nOne\r\n"


class Workers:
    """A pool whose workers answer what they are told to, or never."""

    def __init__(self, said: dict[bytes, bytes] | None = None) -> None:
        self.loaded = SimpleNamespace(counts={"g": 3}, workers=2)
        self._said = said

    async def ask(self, _header: Any, query: bytes, _account: Any, **_: Any) -> Reply:
        if self._said is None:
            await asyncio.Event().wait()
        found = [body for words, body in (self._said or {}).items() if words in query]
        return Reply(found[0], None, len(found[0]))


def edition(said: dict[bytes, bytes] | None = None) -> Edition:
    workers: Any = Workers(said)
    query: Any = SimpleNamespace(text="SELECT ?t", parameters={})
    made = Edition(workers, {"titles": query}, Limits())
    made.version, made.identity = "1.0.0", "a" * 64
    made.answers = {"titles": sha256(TITLES).hexdigest()}
    return made


def holding(made: Edition, fault: str | None) -> Any:
    return SimpleNamespace(current=made, served=made, fault=fault)


def test_live_and_ready_wait_for_no_worker() -> None:
    live, ready = answers(holding(edition(), None), "/live", "/ready")
    assert (live.status_code, ready.status_code) == (200, 200)
    assert ready.json()["triples"] == 3


def test_service_that_is_not_ready_lives() -> None:
    live, ready = answers(holding(edition(), "the number of triples is wrong"), "/live", "/ready")
    assert live.status_code == 200
    assert "the number of triples is wrong" in str(problem(ready, 503)["detail"])
    assert int(ready.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("counted", "titles", "fault"),
    [
        (COUNTED, TITLES, None),
        (b"n\r\n2\r\n", TITLES, "the number of triples is not answered as it was"),
        (COUNTED, b"t\r\nTwo\r\n", "the query titles is not answered as it was"),
    ],
    ids=["known", "count", "answer"],
)
def test_ready_means_that_counts_and_known_answers_hold(
    counted: bytes, titles: bytes, fault: str | None
) -> None:
    made = edition({b"COUNT": counted, b"SELECT ?t": titles})
    asyncio.run(made.check())
    if fault is None:
        assert made.fault is None
    else:
        assert str(made.fault).startswith(fault)


def test_query_that_waits_while_the_release_is_exchanged_is_asked_of_the_next() -> None:
    old, new = edition(), edition({b"ASK": b'{"boolean":true}'})
    new.version = "1.1.0"
    editions = holding(old, None)

    async def moved(*_: object, **__: object) -> Reply:
        editions.current = new
        raise Moved

    workers: Any = old.pool
    workers.ask = moved
    [response] = answers(editions, "/sparql?query=ASK%7B%7D")
    assert response.status_code == 200, response.text
    assert response.json() == {"boolean": True}
    assert response.headers["x-release"].startswith("1.1.0 ")


def test_file_beside_the_graphs_is_verified_before_a_release_is_served(tmp_path: Path) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    titles = "#+ summary: Titles?\n#+ columns:\n#+   t: title\nSELECT ?t { ?s ?p ?t } LIMIT 1\n"
    (queries / "titles.rq").write_text(titles)
    publish("1", write_graphs(tmp_path / "graphs", plan_graphs(2)), tmp_path, queries=queries)
    served = tmp_path / "1" / "queries" / "titles.rq"
    served.write_text(served.read_text().replace("Titles?", "Titels?"))
    with pytest.raises(AssertionError, match=r"titles\.rq: is not the file of the manifest"):
        Service.start(tmp_path / "1")
