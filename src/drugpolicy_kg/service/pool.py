"""Who is answered when: a queue, a lane for short queries, and a time limit for each query.

All workers but one take any query. The last one is kept for short ones: a query that finds
the others busy may try there for a moment, and waits for one of the others if it was not short
after all. Of those that wait, the client goes first that has taken least, and no client has as
many queries running as there are workers.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import ServiceError
from drugpolicy_kg.service.messages import BROKEN, UNORDERED, Message, send
from drugpolicy_kg.service.problems import Problem, over_limit
from drugpolicy_kg.service.processes import Ended, Loaded, Processes, Worker
from drugpolicy_kg.service.replies import (
    Reply,
    broken,
    out_of_memory,
    read_reply,
    unordered,
    unreachable,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable

    from drugpolicy_kg.service.fairness import Account, Accounts
    from drugpolicy_kg.service.options import ServeOptions

    Connect = Callable[[], Awaitable[socket.socket]]

LOADER: Final = "drugpolicy_kg.service.loader"
_READY_SECONDS: Final = 10.0
_LANE_FROM_WORKERS: Final = 2
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class Moved(Exception):  # noqa: N818 - nothing went wrong
    """This release is no longer served; the question is to be asked of the next one."""


class _TooLongForLane(Exception):  # noqa: N818 - nothing went wrong
    """The query was not short; it has to wait for a worker of its own."""


class _LostBefore(Exception):  # noqa: N818 - somebody else will be asked
    """The worker was gone before it was asked anything."""


@dataclass(eq=False, slots=True)
class _Waiting:
    account: Account
    long: bool
    worker: asyncio.Future[Worker]


class Pool:
    """Answers questions with workers; each question has a place in the queue and a time limit."""

    def __init__(
        self,
        options: ServeOptions,
        order: dict[str, Any],
        accounts: Accounts,
        *,
        connect: Connect | None = None,
        program: str = LOADER,
    ) -> None:
        self._options = options
        self._limits = options.limits
        self._accounts = accounts
        self._connect = connect
        self._make = partial(Processes, options, order, self, program)
        self._processes = self._make()
        self._idle: list[Worker] = []
        self._waiting: list[_Waiting] = []
        self._failure: ServiceError | None = None
        self._changed = asyncio.Event()
        self._retired: Callable[[], None] | None = None
        self._closing = False
        self._requested = 0
        self._has_lane = False
        self.restarts = 0
        self.kills: Counter[str] = Counter()

    @property
    def loaded(self) -> Loaded | None:
        """Return what was loaded, once it is."""
        return self._processes.loaded

    @property
    def ready(self) -> bool:
        """Return whether the release is loaded and a worker is alive."""
        alive = any(worker.ready for worker in self._processes.workers.values())
        return self.loaded is not None and alive and not self._closing

    @property
    def waiting(self) -> int:
        """Return how many queries wait for a worker."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Return how many workers are busy."""
        return sum(worker.reply is not None for worker in self._processes.workers.values())

    async def load(self) -> Loaded:
        """Load the release; workers are started afterwards."""
        return await self._processes.load()

    def grow(self) -> None:
        """Have one more worker, if one is missing; the first of several keeps the short lane."""
        loaded = self.loaded
        if loaded is None or self._requested >= loaded.workers:
            return
        short = not self._has_lane and loaded.workers >= _LANE_FROM_WORKERS
        self._has_lane = self._has_lane or short
        self._requested += 1
        self._processes.request_worker(short=short)

    def fill(self) -> None:
        """Have all workers that there is room for."""
        while self.loaded is not None and self._requested < self.loaded.workers:
            self.grow()

    async def start(self) -> None:
        """Start all workers and return when they can be asked."""
        loaded = self.loaded
        if loaded is None:
            raise ServiceError("Workers are started before anything is loaded.")
        self.fill()
        await self.settle(loaded.workers)

    async def settle(self, workers: int) -> None:
        """Return when that many workers can be asked, or raise what hinders them."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while self._ready_workers() < workers and self._failure is None:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self._failure = ServiceError(
                f"Of {workers} workers, {self._ready_workers()} started within "
                f"{_READY_SECONDS:g} s."
            )
        if self._failure is not None:
            raise self._failure

    def _ready_workers(self) -> int:
        return sum(worker.ready for worker in self._processes.workers.values())

    def on_free(self, worker: Worker) -> None:
        """Hand a free worker to whoever comes next, or let it wait."""
        self._changed.set()
        if self._retired is not None:
            worker.kill()
            return
        self._idle.append(worker)
        self._assign()

    def on_gone(self, worker: Worker) -> None:
        """Replace a worker that has ended."""
        with suppress(ValueError):
            self._idle.remove(worker)
        self._requested -= 1
        self._has_lane = self._has_lane and not worker.short
        if self._retired is not None:
            self._retired()
            self._changed.set()
        elif not self._closing:
            self.restarts += 1
            self.grow()

    def on_failure(self, error: ServiceError) -> None:
        """Remember what hinders the workers."""
        self._failure = error
        self._changed.set()

    def on_reloaded(self) -> None:
        """Start the workers again after the loader was lost."""
        self._requested, self._has_lane = 0, False
        self.fill()

    @property
    def _most_running(self) -> int:
        """Return how many queries one client may have running: fewer than there are workers."""
        return 1 if self.loaded is None else max(1, self.loaded.workers - 1)

    def _assign(self) -> None:
        """Give each idle worker to the waiting client that has taken least, first come first.

        Who gave up or was sent on is in the list until its task has run once more.
        """
        if not self._waiting or not self._idle:
            return
        most = self._most_running
        for worker in sorted(self._idle, key=lambda idle: idle.short):
            chosen: _Waiting | None = None
            for waiting in self._waiting:
                if (
                    waiting.account.running < most
                    and not (worker.short and waiting.long)
                    and not waiting.worker.done()
                    and (chosen is None or waiting.account.recent < chosen.account.recent)
                ):
                    chosen = waiting
            if chosen is not None:
                self._waiting.remove(chosen)
                self._idle.remove(worker)
                chosen.account.running += 1
                chosen.worker.set_result(worker)

    async def _acquire(self, account: Account, until: float, *, long: bool) -> Worker:
        loop = asyncio.get_running_loop()
        limits = self._limits
        if self._retired is not None:
            raise Moved
        if len(self._waiting) >= limits.queue_length:
            raise over_limit(
                503,
                "queue_length",
                limits.queue_length,
                "waiting queries",
                advice="Try again later.",
                retry_after=limits.time_seconds,
            )
        waiting = _Waiting(account, long, loop.create_future())
        self._waiting.append(waiting)
        self._assign()
        if waiting.worker.done():
            return waiting.worker.result()
        taken = False
        patience = loop.call_at(until, _give_up, waiting.worker)
        try:
            worker = await waiting.worker
            taken = True
        except TimeoutError as error:
            raise over_limit(
                503,
                "queue_seconds",
                limits.queue_seconds,
                "s",
                advice="All workers were busy; try again later.",
            ) from error
        finally:
            patience.cancel()
            with suppress(ValueError):
                self._waiting.remove(waiting)
            if not taken:
                self._take_back(waiting)
        return worker

    def _take_back(self, waiting: _Waiting) -> None:
        """Take a worker back from a client that gave up in the moment in which it got it."""
        given = waiting.worker
        if given.done() and not given.cancelled() and given.exception() is None:
            waiting.account.running -= 1
            self.on_free(given.result())

    async def ask(
        self,
        header: dict[str, Any],
        content: bytes,
        account: Account,
        *,
        until: float | None = None,
    ) -> Reply:
        """Return the answer of a worker to a query, or raise the problem that a client is told.

        A cancelled question ends its worker: the engine cannot be stopped in another way.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._limits.queue_seconds if until is None else until
        long = False
        while True:
            worker = await self._acquire(account, until, long=long)
            try:
                return await self._run(worker, header, content, account)
            except _TooLongForLane:
                long = True
            except _LostBefore:
                continue

    async def _run(
        self, worker: Worker, header: dict[str, Any], content: bytes, account: Account
    ) -> Reply:
        limits = self._limits
        seconds = limits.lane_seconds if worker.short else limits.time_seconds
        loop = asyncio.get_running_loop()
        began = loop.time()
        worker.reply = reply = loop.create_future()
        alarm = loop.call_later(seconds, self._expire, worker)
        answered = False
        try:
            await self._send(worker, {**header, "seconds": seconds}, content)
            message: Message = await reply
            answered = True
            worker.faults = message.header.get("faults", 0)
        except Problem:
            # The store elsewhere was not reached; the worker was asked nothing.
            answered = True
            raise
        except ConnectionError as error:
            raise _LostBefore from error
        except Ended as error:
            raise self._why(worker) from error
        finally:
            alarm.cancel()
            worker.reply = None
            account.running -= 1
            self._accounts.charge(account, loop.time() - began)
            self._finish(worker, answered=answered)
        return self._read(message)

    def _read(self, message: Message) -> Reply:
        """Return the answer of a worker, or raise the problem that it reports."""
        return read_reply(message, self._limits)

    async def _send(self, worker: Worker, header: dict[str, Any], content: bytes) -> None:
        if self._connect is None:
            send(worker.feed, header, content)
            return
        files: tuple[int, ...] = ()
        with ExitStack() as opened:
            try:
                # What is shown to people has labels, which are asked for separately.
                shown = header.get("shown")
                for _ in range(1 if shown is None else shown.get("connections", 2)):
                    opened.enter_context(connection := await self._connect())
                    files = (*files, connection.fileno())
            except OSError as error:
                raise unreachable() from error
            send(worker.feed, header, content, files)

    @staticmethod
    def _expire(worker: Worker) -> None:
        worker.expired = True
        worker.kill()

    def _finish(self, worker: Worker, *, answered: bool) -> None:
        worker.answered += 1
        if not answered and not worker.ended.done() and not worker.expired:
            self.kills["abandoned"] += 1
        if worker.pid in self._processes.workers:
            if not answered or self._used_up(worker):
                worker.kill()
            else:
                self.on_free(worker)
        # A client at its cap may have been passed over; it may run again now.
        self._assign()

    def _used_up(self, worker: Worker) -> bool:
        """Return whether a worker has made more memory its own than reading the store takes.

        A scan touches each page of the store once, and copies it once if it writes there.
        """
        options, loaded = self._options, self.loaded
        store = 0 if loaded is None else 2 * loaded.resident
        grown = worker.faults * _PAGE_BYTES - store
        return worker.answered >= options.queries_per_worker or grown > options.worker_growth_bytes

    def _why(self, worker: Worker) -> Exception:
        """Return what stands behind the end of a worker."""
        code = worker.ended.result()
        if worker.expired or code == -signal.SIGALRM:
            if worker.short:
                self.kills["lane"] += 1
                return _TooLongForLane()
            self.kills["time"] += 1
            return self._too_slow()
        if code in {BROKEN, os.EX_OK}:
            # One that leaves by itself has read what is no message.
            self.kills["exception"] += 1
            return broken()
        if code == UNORDERED:
            self.kills["order"] += 1
            return unordered()
        self.kills["memory"] += 1
        return self._too_large()

    def _too_slow(self) -> Problem:
        return over_limit(
            504,
            "time_seconds",
            self._limits.time_seconds,
            "s",
            advice="Ask for less: add a LIMIT, fix a subject or predicate, avoid open paths.",
        )

    def _too_large(self) -> Problem:
        return out_of_memory(self._limits)

    async def retire(self, on_gone: Callable[[], None]) -> None:
        """Give the workers up one by one as they become free, telling of each; then end.

        What waits is sent on to the next release; what runs is answered.
        """
        self._retired = on_gone
        for waiting in list(self._waiting):
            if not waiting.worker.done():
                waiting.worker.set_exception(Moved())
        for worker in self._idle:
            worker.kill()
        self._idle.clear()
        while self._processes.workers:
            self._changed.clear()
            await self._changed.wait()
        await self.close()

    async def start_over(self) -> None:
        """End what was started and forget why it failed, so that it may be started again."""
        self._closing = True
        await self._processes.close()
        self._processes = self._make()
        self._requested, self._has_lane, self._failure = 0, False, None
        self._closing = False

    async def close(self) -> None:
        """End loader and workers and wait until they are gone."""
        self._closing = True
        await self._processes.close()


def _give_up(worker: asyncio.Future[Worker]) -> None:
    if not worker.done():
        worker.set_exception(TimeoutError())
