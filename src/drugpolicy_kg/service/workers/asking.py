"""One question in one worker: put, ended at its limit, and explained where the worker ended."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from drugpolicy_kg.service.http.problems import Problem, over_limit
from drugpolicy_kg.service.workers.messages import BROKEN, UNORDERED, Message, send
from drugpolicy_kg.service.workers.processes import Ended, Worker
from drugpolicy_kg.service.workers.replies import (
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

    from drugpolicy_kg.service.options import Limits

    Connect = Callable[[], Awaitable[socket.socket]]


class TooLongForLane(Exception):  # noqa: N818 - nothing went wrong
    """The query was not short; it has to wait for a worker of its own."""


class LostBefore(Exception):  # noqa: N818 - somebody else will be asked
    """The worker was gone before it was asked anything."""


class Asking:
    """Asks workers; `connect` opens what they need to reach a store that is elsewhere.

    `kills` counts the workers that ended over a question, by the reason.
    """

    def __init__(self, limits: Limits, connect: Connect | None = None) -> None:
        self._limits = limits
        self._connect = connect
        self.kills: Counter[str] = Counter()

    async def ask(self, worker: Worker, header: dict[str, Any], content: bytes) -> Message:
        """Return what a worker says to a question.

        Raises `TooLongForLane` or `LostBefore` where another worker is to be asked, else the
        problem that a client is told.
        """
        limits = self._limits
        seconds = limits.lane_seconds if worker.short else limits.time_seconds
        loop = asyncio.get_running_loop()
        worker.reply = reply = loop.create_future()
        alarm = loop.call_later(seconds, self._expire, worker)
        try:
            await self.send(worker, {**header, "seconds": seconds}, content)
            message: Message = await reply
            worker.faults = message.header.get("faults", 0)
        except ConnectionError as error:
            raise LostBefore from error
        except Ended as error:
            raise self._why(worker) from error
        finally:
            alarm.cancel()
            worker.reply = None
        return message

    async def send(self, worker: Worker, header: dict[str, Any], content: bytes) -> None:
        """Send a question to a worker, or raise the problem that nothing can be sent."""
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

    def read(self, message: Message) -> Reply:
        """Return the answer of a worker, or raise the problem that it reports."""
        return read_reply(message, self._limits)

    @staticmethod
    def _expire(worker: Worker) -> None:
        worker.expired = True
        worker.kill()

    def _why(self, worker: Worker) -> Exception:
        """Return what stands behind the end of a worker."""
        code = worker.ended.result()
        if worker.expired or code == -signal.SIGALRM:
            if worker.short:
                self.kills["lane"] += 1
                return TooLongForLane()
            self.kills["time"] += 1
            return self.too_slow()
        if code in {BROKEN, os.EX_OK}:
            # One that leaves by itself has read what is no message.
            self.kills["exception"] += 1
            return broken()
        if code == UNORDERED:
            self.kills["order"] += 1
            return unordered()
        self.kills["memory"] += 1
        return self.too_large()

    def too_slow(self) -> Problem:
        """Return the problem of a question that took longer than it may."""
        return over_limit(
            504,
            "time_seconds",
            self._limits.time_seconds,
            "s",
            advice="Ask for less: add a LIMIT, fix a subject or predicate, avoid open paths.",
        )

    def too_large(self) -> Problem:
        """Return the problem of a question that needs more memory than there is."""
        return out_of_memory(self._limits)
