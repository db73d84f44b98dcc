from __future__ import annotations

import asyncio
import signal
import socket
import threading
import time
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING

import httpx
import pytest

from drugpolicy_kg.errors import ServiceError
from drugpolicy_kg.service import Limits, ServeOptions
from drugpolicy_kg.service.fairness import Accounts, Addresses
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.workers.messages import pair, receive
from drugpolicy_kg.service.workers.pool import Pool
from drugpolicy_kg.service.workers.processes import Worker
from tests.service.running import Service, within
from tests.service.test_safety import RUNAWAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADER = "X-Real-IP"
# When an endless query is ended.
ENDLESS_SECONDS = 12.0


@contextmanager
def endless(
    release: Path, addresses: list[str], *, each: int, **limits: float
) -> Iterator[Service]:
    """Give a service on which clients run endless queries, and begin the next when one was ended.

    All of them are there, running or waiting, when it is given.
    """
    service = Service.start(
        release,
        workers=3,
        client_header=HEADER,
        limits={"time_seconds": ENDLESS_SECONDS, **limits},
    )

    def run(address: str, begun: int) -> None:
        with suppress(httpx.TransportError):
            for n in count():
                service.ask(f"{RUNAWAY} # {begun} {n} {address}", headers={HEADER: address})

    clients = [(address, n) for address in addresses for n in range(each)]
    threads = [threading.Thread(target=run, args=client) for client in clients]
    for thread in threads:
        thread.start()
    try:
        assert within(20, lambda: there(service) == len(threads)), there(service)
        yield service
    finally:
        service.stop(signal.SIGKILL)
        for thread in threads:
            thread.join()


def there(service: Service) -> float:
    """Return how many queries run or wait."""
    return service.metric("busy_workers") + service.metric("queue_length")


def polite(service: Service, number: int, address: str = "192.0.2.200") -> float:
    began = time.monotonic()
    response = service.ask(f"ASK {{ ?s ?p {number} }}", headers={HEADER: address})
    assert response.status_code == 200, response.text
    return time.monotonic() - began


def stay_polite(service: Service) -> float:
    """Return the longest time that an answer took, before and after endless queries are ended."""
    took = [polite(service, number) for number in range(10)]
    ended = 'kills_total{reason="time"}'
    assert within(3 * ENDLESS_SECONDS, lambda: f"drugpolicy_{ended} " in metrics(service))
    return max(took + [polite(service, number) for number in range(10, 20)])


def metrics(service: Service) -> str:
    return service.get("/metrics").text


def test_polite_client_is_answered_while_one_address_runs_endless_queries(release: Path) -> None:
    with endless(release, ["192.0.2.1"], each=6) as service:
        # Without cap and lane, it would wait until an endless query is ended.
        assert stay_polite(service) < ENDLESS_SECONDS / 2


def test_polite_client_is_answered_while_eight_addresses_run_endless_queries(
    release: Path,
) -> None:
    addresses = [f"192.0.2.{n}" for n in range(1, 9)]
    with endless(release, addresses, each=1) as service:
        # At most the moment that the lane takes to find out that a query is not short; without
        # a lane, it would wait for an endless one.
        assert stay_polite(service) < ENDLESS_SECONDS / 2


def test_no_client_has_as_many_queries_running_as_there_are_workers(release: Path) -> None:
    with endless(release, ["198.51.100.7"], each=6) as service:
        busy: list[float] = []

        def all_others_wait() -> bool:
            busy.append(service.metric("busy_workers"))
            return len(busy) >= 10 and service.metric("queue_length") == 4

        assert within(20, all_others_wait)
    assert max(busy) == 2


def test_queries_beyond_those_of_one_client_get_429_with_retry_after(release: Path) -> None:
    with endless(release, ["192.0.2.1"], each=3, client_queries=3) as service:
        for n in range(3):
            response = service.ask(f"ASK {{}} # {n}", headers={HEADER: "192.0.2.1"})
            assert response.status_code == 429
            assert response.headers["content-type"] == "application/problem+json"
            assert int(response.headers["retry-after"]) >= 1
            assert response.json()["limit"]["name"] == "client_queries"
        assert service.ask("ASK {}", headers={HEADER: "192.0.2.2"}).status_code == 200


def test_time_of_a_minute_is_bounded_and_what_was_answered_before_is_free(
    release: Path,
) -> None:
    service = Service.start(
        release, limits={"client_seconds": 0.5}, client_header=HEADER, cache_bytes=1 << 20
    )
    try:
        assert service.ask("ASK {}").status_code == 200
        assert service.ask(RUNAWAY).status_code == 504
        response = service.ask(RUNAWAY + " # again")
        assert response.status_code == 429
        assert response.json()["limit"]["name"] == "client_seconds"
        assert 1 <= int(response.headers["retry-after"]) <= 180
        assert service.ask("ASK {}").status_code == 200
        other = service.ask("ASK { ?s ?p ?o }", headers={HEADER: "192.0.2.9"})
        assert other.status_code == 200
    finally:
        service.stop()


def test_short_queries_count_too() -> None:
    accounts = Accounts(Limits(client_seconds=0.01), clock=lambda: 0.0)
    for _ in range(10):
        account = accounts.enter("a")
        accounts.charge(account, 0.0)
        accounts.leave(account)
    with pytest.raises(Problem) as caught:
        accounts.enter("a")
    assert caught.value.status == 429


def test_budget_comes_back_within_a_minute_and_not_at_once() -> None:
    now = [0.0]
    accounts = Accounts(Limits(client_seconds=6.0), clock=lambda: now[0])
    account = accounts.enter("a")
    accounts.charge(account, 6.0)
    accounts.leave(account)
    with pytest.raises(Problem):
        accounts.enter("a")
    now[0] = 60.0
    assert accounts.enter("a").spent == 0


def test_full_queue_gets_503_with_retry_after(release: Path) -> None:
    service = Service.start(release, workers=1, limits={"queue_length": 2}, client_header=HEADER)
    try:
        got: list[httpx.Response] = []

        def ask(n: int) -> None:
            got.append(service.ask(f"{RUNAWAY} # {n}", headers={HEADER: f"192.0.2.{n}"}))

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        refused = [response for response in got if response.status_code == 503]
        assert refused
        assert {r.json()["limit"]["name"] for r in refused} <= {"queue_length", "queue_seconds"}
        assert all(int(response.headers["retry-after"]) >= 1 for response in refused)
    finally:
        service.stop()


def address(peer: str, told: str | None, **options: object) -> str:
    headers = [] if told is None else [(b"x-forwarded-for", told.encode())]
    found = Addresses(ServeOptions(**options))  # type: ignore[arg-type] # only what a test gives
    return found.of({"client": (peer, 4711), "headers": headers})


def test_address_comes_from_a_header_only_if_it_is_configured_and_a_proxy_sent_it() -> None:
    told = "203.0.113.5, 192.0.2.7"
    name = {"client_header": "X-Forwarded-For"}
    assert address("127.0.0.1", told) == "127.0.0.1"
    assert address("127.0.0.1", told, **name) == "192.0.2.7"
    assert address("198.51.100.1", told, **name) == "198.51.100.1"
    assert address("10.1.2.3", told, **name, proxies=("10.0.0.0/8",)) == "192.0.2.7"
    assert address("127.0.0.1", None, **name) == "127.0.0.1"
    assert address("127.0.0.1", "x" * 5000, **name) == "unknown"
    assert address("::ffff:192.0.2.1", None) == "192.0.2.1"
    with pytest.raises(ServiceError, match="proxies: 'nonsense'"):
        address("127.0.0.1", None, proxies=("nonsense",))


def test_header_that_is_not_configured_gives_no_new_account(release: Path) -> None:
    service = Service.start(release, limits={"client_seconds": 0.5})
    try:
        assert service.ask(RUNAWAY).status_code == 504
        for n in range(3):
            response = service.ask("ASK {}", headers={"X-Forwarded-For": f"192.0.2.{n}"})
            assert response.status_code == 429
    finally:
        service.stop()


def test_accounts_are_forgotten_before_they_are_too_many() -> None:
    accounts = Accounts(Limits(), clock=lambda: 0.0)
    busy = accounts.enter("busy")
    for n in range(10_050):
        accounts.leave(accounts.enter(str(n)))
    assert accounts.known <= 10_001
    assert accounts.enter("busy") is busy


def test_question_whose_worker_was_lost_is_asked_of_another() -> None:
    async def lose() -> None:
        accounts = Accounts(Limits(), clock=lambda: 0.0)
        pool = Pool(ServeOptions(), {}, accounts)
        header = {"format": "json", "own_dataset": False, "dataset": None}
        lost, gone = pair()
        kept, taken = pair()
        gone.close()
        with lost, kept, taken:
            taken.setblocking(False)  # noqa: FBT003 - the name of the standard library
            # Nobody has noticed yet that the first one is no more.
            pool.on_free(Worker(1, lost, 0, short=False))
            pool.on_free(Worker(2, kept, 0, short=False))
            asking = asyncio.ensure_future(pool.ask(header, b"ASK {}", accounts.enter("a")))
            for _ in range(50):
                await asyncio.sleep(0)
            message = receive(taken)
            assert message is not None
            assert message.body == b"ASK {}"
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

    asyncio.run(lose())


def test_client_that_gave_up_in_this_moment_is_passed_over() -> None:
    async def give_up() -> None:
        accounts = Accounts(Limits(), clock=lambda: 0.0)
        pool = Pool(ServeOptions(), {}, accounts)
        header = {"format": "json", "own_dataset": False, "dataset": None}
        asking = asyncio.ensure_future(pool.ask(header, b"ASK {}", accounts.enter("a")))
        await asyncio.sleep(0)
        assert pool.waiting == 1
        asking.cancel()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            # Its task has not run since: the worker must go to nobody.
            pool.on_free(Worker(0, ours, 0, short=False))
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert pool.waiting == 0

    asyncio.run(give_up())
