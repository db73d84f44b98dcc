"""Who gets a worker, with workers that answer nothing of themselves."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from drugpolicy_kg.service import Limits, ServeOptions
from drugpolicy_kg.service.fairness import Account, Accounts
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.workers import pool
from drugpolicy_kg.service.workers.processes import Ended, Worker

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    import pytest

WORKERS = 3


class Processes:
    """Processes that are only asked for."""

    def __init__(self, *_: object) -> None:
        self.loaded = SimpleNamespace(workers=WORKERS)
        self.workers: dict[int, Worker] = {}
        self.requested: list[bool] = []

    def request_worker(self, *, short: bool) -> None:
        self.requested.append(short)


class Queries:
    """A pool, and the queries that were put to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, opened: ExitStack) -> None:
        self.processes = Processes()
        monkeypatch.setattr(pool, "Processes", lambda *_: self.processes)
        accounts = Accounts(Limits(), clock=lambda: 0.0)
        self.pool = pool.Pool(ServeOptions(), {}, accounts)
        self._opened = opened
        self.tasks: list[asyncio.Task[Any]] = []

    def worker(self, *, short: bool = False) -> Worker:
        """Add a worker that is free."""
        ours, theirs = socket.socketpair()
        self._opened.enter_context(ours)
        self._opened.enter_context(theirs)
        worker = Worker(0, ours, 0, short=short)
        self.pool.on_free(worker)
        return worker

    async def ask(self, account: Account) -> None:
        """Put a query, and let it go as far as it gets."""
        header = {"format": "json", "own_dataset": False, "dataset": None}
        self.tasks.append(asyncio.ensure_future(self.pool.ask(header, b"ASK {}", account)))
        await settled()


def expire(worker: Worker) -> None:
    """End a worker as the pool does when its time is over."""
    worker.expired = True
    worker.ended.set_result(-signal.SIGKILL)
    assert worker.reply is not None
    worker.reply.set_exception(Ended)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@contextmanager
def queries(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queries]:
    with ExitStack() as opened:
        made = Queries(monkeypatch, opened)
        yield made
        for task in made.tasks:
            task.cancel()


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def test_one_client_runs_fewer_queries_than_there_are_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        with queries(monkeypatch) as made:
            for _ in range(WORKERS):
                made.worker()
            greedy, polite = Account("greedy"), Account("polite")
            for _ in range(2 * WORKERS):
                await made.ask(greedy)
            assert (greedy.running, made.pool.waiting) == (WORKERS - 1, WORKERS + 1)
            await made.ask(polite)
            assert polite.running == 1

    run(scenario())


def test_one_worker_of_several_is_kept_for_short_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        with queries(monkeypatch) as made:
            made.pool.fill()
            assert sorted(made.processes.requested) == [False] * (WORKERS - 1) + [True]

    run(scenario())


def test_query_beyond_its_time_is_told_the_limit_and_what_to_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        with queries(monkeypatch) as made:
            worker = made.worker()
            await made.ask(Account("long"))
            expire(worker)
            [told] = await asyncio.gather(*made.tasks, return_exceptions=True)
            assert isinstance(told, Problem)
            assert (told.status, told.limit) == (504, "time_seconds")
            assert "LIMIT" in told.detail

    run(scenario())


def test_query_that_was_not_short_comes_into_the_lane_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        with queries(monkeypatch) as made:
            long, polite = Account("long"), Account("polite")
            lane = made.worker(short=True)
            await made.ask(long)
            assert long.running == 1
            expire(lane)
            await settled()
            made.worker(short=True)
            await settled()
            assert (long.running, made.pool.waiting) == (0, 1)
            await made.ask(polite)
            assert polite.running == 1
            made.worker()
            assert long.running == 1

    run(scenario())
