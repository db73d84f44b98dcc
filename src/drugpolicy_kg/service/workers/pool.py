"""The workers that answer questions: as many as there is room for, each replaced when it ends.

A question waits in the queue for a worker and is then put to it; a worker is used again where it
has answered and has not grown too much, and ended where not.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import ServiceError
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.workers.asking import Asking, LostBefore, TooLongForLane
from drugpolicy_kg.service.workers.processes import Loaded, Processes, Worker
from drugpolicy_kg.service.workers.queueing import Queue

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from drugpolicy_kg.service.fairness import Account, Accounts
    from drugpolicy_kg.service.options import ServeOptions
    from drugpolicy_kg.service.workers.replies import Reply

LOADER: Final = "drugpolicy_kg.service.workers.loader"
_READY_SECONDS: Final = 10.0
_LANE_FROM_WORKERS: Final = 2
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class Pool:
    """Answers questions with as many workers as there is room for.

    `asking` says how a question is put to one of them; `program` is what loads and forks.
    """

    def __init__(
        self,
        options: ServeOptions,
        order: dict[str, Any],
        accounts: Accounts,
        *,
        asking: Asking | None = None,
        program: str = LOADER,
    ) -> None:
        self._options = options
        self._limits = options.limits
        self._accounts = accounts
        self._asking = asking or Asking(options.limits)
        self._queue = Queue(options.limits, self._most_running)
        self._make = partial(Processes, options, order, self, program)
        self._processes = self._make()
        self._failure: ServiceError | None = None
        self._changed = asyncio.Event()
        self._retired: Callable[[], None] | None = None
        self._closing = False
        self._requested = 0
        self._has_lane = False
        self.restarts = 0

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
        return self._queue.waiting

    @property
    def running(self) -> int:
        """Return how many workers are busy."""
        return sum(worker.reply is not None for worker in self._processes.workers.values())

    @property
    def kills(self) -> Counter[str]:
        """Return how many workers ended before they answered, by the reason."""
        return self._asking.kills

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
        self._queue.offer(worker)

    def on_gone(self, worker: Worker) -> None:
        """Replace a worker that has ended."""
        self._queue.forget(worker)
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

    def _most_running(self) -> int:
        """Return how many queries one client may have running: fewer than there are workers."""
        return 1 if self.loaded is None else max(1, self.loaded.workers - 1)

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
            worker = await self._queue.take(account, until, long=long)
            try:
                return await self._run(worker, header, content, account)
            except TooLongForLane:
                long = True
            except LostBefore:
                continue

    async def _run(
        self, worker: Worker, header: dict[str, Any], content: bytes, account: Account
    ) -> Reply:
        loop = asyncio.get_running_loop()
        began = loop.time()
        answered = False
        try:
            message = await self._asking.ask(worker, header, content)
            answered = True
        except Problem:
            # A store elsewhere was not reached, and the worker was asked nothing; or it has ended.
            answered = not worker.ended.done()
            raise
        finally:
            account.running -= 1
            self._accounts.charge(account, loop.time() - began)
            self._finish(worker, answered=answered)
        return self._asking.read(message)

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
        self._queue.assign()

    def _used_up(self, worker: Worker) -> bool:
        """Return whether a worker has made more memory its own than reading the store takes.

        A scan touches each page of the store once, and copies it once if it writes there.
        """
        options, loaded = self._options, self.loaded
        store = 0 if loaded is None else 2 * loaded.resident
        grown = worker.faults * _PAGE_BYTES - store
        return worker.answered >= options.queries_per_worker or grown > options.worker_growth_bytes

    async def retire(self, on_gone: Callable[[], None]) -> None:
        """Give the workers up one by one as they become free, telling of each; then end.

        What waits is sent on to the next release; what runs is answered.
        """
        self._retired = on_gone
        self._queue.send_on()
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
