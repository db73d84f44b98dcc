"""Who gets a free worker: the waiting client that has taken least, where nobody has too many.

All workers but one take any query. The last one is kept for short ones: a query that finds
the others busy may try there for a moment, and waits for one of the others if it was not short
after all. No client has as many queries running as there are workers.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drugpolicy_kg.service.http.problems import over_limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from drugpolicy_kg.service.fairness import Account
    from drugpolicy_kg.service.options import Limits
    from drugpolicy_kg.service.workers.processes import Worker


class Moved(Exception):  # noqa: N818 - nothing went wrong
    """This release is no longer served; the question is to be asked of the next one."""


@dataclass(eq=False, slots=True)
class _Waiting:
    account: Account
    long: bool
    worker: asyncio.Future[Worker]


class Queue:
    """The workers that are free, and the queries that wait for one.

    `most_running` says how many queries one client may have running.
    """

    def __init__(self, limits: Limits, most_running: Callable[[], int]) -> None:
        self._limits = limits
        self._most_running = most_running
        self._idle: list[Worker] = []
        self._waiting: list[_Waiting] = []
        self._moved = False

    @property
    def waiting(self) -> int:
        """Return how many queries wait for a worker."""
        return len(self._waiting)

    def offer(self, worker: Worker) -> None:
        """Hand a free worker to whoever comes next, or let it wait; end it if nobody comes."""
        if self._moved:
            worker.kill()
            return
        self._idle.append(worker)
        self.assign()

    def forget(self, worker: Worker) -> None:
        """Offer a worker that has ended to nobody."""
        with suppress(ValueError):
            self._idle.remove(worker)

    def assign(self) -> None:
        """Give each idle worker to the waiting client that has taken least, first come first.

        Who gave up or was sent on is in the list until its task has run once more.
        """
        if not self._waiting or not self._idle:
            return
        most = self._most_running()
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

    async def take(self, account: Account, until: float, *, long: bool) -> Worker:
        """Return a worker, which counts as running for the client, or raise why there is none.

        That is the problem 503 where too many wait or it is `until` by the clock of the loop,
        and `Moved` where another release is served.
        """
        loop = asyncio.get_running_loop()
        limits = self._limits
        if self._moved:
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
        self.assign()
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
            self.offer(given.result())

    def send_on(self) -> None:
        """Send who waits, and who comes yet, on to the next release; end each free worker."""
        self._moved = True
        for waiting in list(self._waiting):
            if not waiting.worker.done():
                waiting.worker.set_exception(Moved())
        for worker in self._idle:
            worker.kill()
        self._idle.clear()


def _give_up(worker: asyncio.Future[Worker]) -> None:
    if not worker.done():
        worker.set_exception(TimeoutError())
