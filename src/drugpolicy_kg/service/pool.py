"""The workers as the process that speaks HTTP sees them: asked, awaited, ended, replaced.

Everything here runs in one event loop. The pool holds descriptors of processes, not their
numbers, so that it can never end a process that is not its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import ReleaseError, ServiceError
from drugpolicy_kg.service.messages import Message, close_all, pair, read_file, receive, send
from drugpolicy_kg.service.options import MIB, Limits, ServeOptions, worker_count
from drugpolicy_kg.service.problems import Problem, over_limit

if TYPE_CHECKING:
    from collections.abc import Callable

_READY_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 5.0
_ROOM_BYTES: Final = 512 * MIB
_EXIT_NOTICE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the loader found in the release, and the room that a worker gets."""

    counts: dict[str, int]
    descriptions: dict[str, str]
    address_space: int
    resident: int
    worker_bytes: int
    workers: int


@dataclass(frozen=True, slots=True)
class Reply:
    """The bytes of an answer, and the file in memory where a long one stands."""

    body: bytes
    file: int | None
    length: int


class Ended(Exception):  # noqa: N818 - an end is not always an error
    """The worker ended before it answered."""


@dataclass(eq=False, slots=True)
class Worker:
    """One worker process: its socket, its process descriptor and the question it works on."""

    pid: int
    feed: socket.socket
    watch: int
    answered: int = 0
    expired: bool = False
    reply: asyncio.Future[Message] | None = None
    ended: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def kill(self) -> None:
        """End the process now; a process that is gone already is fine."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.watch, signal.SIGKILL)

    def close(self) -> None:
        """Give up the descriptors; an idle worker ends when its socket closes."""
        self.feed.close()
        os.close(self.watch)


class Pool:
    """Answers questions with workers; each question has a place in the queue and a time limit."""

    def __init__(self, options: ServeOptions, *, endpoint: str, about: str) -> None:
        self._options = options
        self._order = {"release": str(options.release), "endpoint": endpoint, "about": about}
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._loading: asyncio.Future[Loaded] | None = None
        self._workers: dict[int, Worker] = {}
        self._idle: deque[Worker] = deque()
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._failure: ServiceError | None = None
        self._changed = asyncio.Event()
        self._closing = False
        self.loaded: Loaded | None = None
        self.restarts = 0

    @property
    def ready(self) -> bool:
        """Return whether the release is loaded and a worker is alive."""
        return self.loaded is not None and bool(self._workers) and not self._closing

    async def start(self) -> Loaded:
        """Load the release, start the workers and return what was loaded."""
        loaded = await self._start_loader()
        try:
            async with asyncio.timeout(_READY_SECONDS):
                while len(self._idle) < loaded.workers and self._failure is None:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            self._failure = ServiceError(
                f"Of {loaded.workers} workers, {len(self._idle)} started within "
                f"{_READY_SECONDS:g} s."
            )
        if self._failure is not None:
            await self.close()
            raise self._failure
        return loaded

    async def _start_loader(self) -> Loaded:
        control, theirs = pair()
        # A program of its own, not a fork: this process has an event loop and will have threads.
        self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - returns at once; our own program
            # Our own program, with a number that we chose.
            [sys.executable, "-m", "drugpolicy_kg.service.loader", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        control.setblocking(False)  # noqa: FBT003 - the name of the standard library
        self._control = control
        self._loading = asyncio.get_running_loop().create_future()
        self._on_readable(control, self._hear_loader)
        send(control, self._order)
        self.loaded = await self._loading
        for _ in range(self.loaded.workers):
            self._request_worker()
        return self.loaded

    @staticmethod
    def _on_readable(source: socket.socket, act: Callable[[socket.socket], None]) -> None:
        asyncio.get_running_loop().add_reader(source.fileno(), act, source)

    def _hear_loader(self, control: socket.socket) -> None:
        message = receive(control)
        if message is None:
            self._lose_loader(control)
        elif "forked" in message.header:
            self._adopt(message)
        elif "ended" in message.header:
            self._bury(message.header)
        elif self._loading is not None and not self._loading.done():
            self._conclude_loading(message, self._loading)

    def _conclude_loading(self, message: Message, loading: asyncio.Future[Loaded]) -> None:
        header = message.header
        if "failed" in header:
            loading.set_exception(ReleaseError(header["failed"], remedy=header["remedy"]))
            return
        if header["threads"] != 1:
            loading.set_exception(
                ServiceError(f"The loader has {header['threads']} threads; a fork needs one.")
            )
            return
        content = json.loads(read_file(message.files[0]))
        limits = self._options.limits
        worker_bytes = max(limits.memory_bytes, header["address_space"] + _ROOM_BYTES)
        loading.set_result(
            Loaded(
                counts=content["counts"],
                descriptions=content["descriptions"],
                address_space=header["address_space"],
                resident=header["resident"],
                worker_bytes=worker_bytes,
                workers=worker_count(
                    self._options.workers,
                    budget=self._options.memory_budget_bytes,
                    worker_bytes=worker_bytes,
                ),
            )
        )

    def _request_worker(self) -> None:
        if self._control is None or self.loaded is None:
            return
        order = {
            "memory_bytes": self.loaded.worker_bytes,
            "result_bytes": self._options.limits.result_bytes,
        }
        with suppress(ConnectionError):
            send(self._control, order)

    def _adopt(self, message: Message) -> None:
        feed_file, watch = message.files
        feed = socket.socket(fileno=feed_file)
        feed.setblocking(False)  # noqa: FBT003 - the name of the standard library
        worker = Worker(message.header["forked"], feed, watch)
        self._workers[worker.pid] = worker
        self._on_readable(feed, lambda source: self._hear_worker(worker, source))

    def _hear_worker(self, worker: Worker, feed: socket.socket) -> None:
        message = receive(feed)
        if message is None:
            # How it ended is the loader's to say, a moment later.
            asyncio.get_running_loop().remove_reader(feed.fileno())
        elif "ready" in message.header:
            self._changed.set()
            possible = message.header["possible"]
            if possible:
                self._failure = ServiceError(
                    f"A worker is not confined: it still has {', '.join(possible)}.",
                    remedy="Serve on Linux 5.10 or later; in a container, allow seccomp.",
                )
                return
            self._release(worker)
        elif worker.reply is not None and not worker.reply.done():
            worker.reply.set_result(message)
        else:
            close_all(message.files)

    def _bury(self, header: dict[str, Any]) -> None:
        worker = self._workers.pop(header["ended"], None)
        if worker is None:
            return
        with suppress(ValueError):
            self._idle.remove(worker)
        asyncio.get_running_loop().remove_reader(worker.feed.fileno())
        worker.close()
        if not worker.ended.done():
            worker.ended.set_result(header["signal"])
        if worker.reply is not None and not worker.reply.done():
            worker.reply.set_exception(Ended)
        if not self._closing:
            self.restarts += 1
            self._request_worker()

    def _lose_loader(self, control: socket.socket) -> None:
        """Start another loader when one is gone; its workers went with it."""
        asyncio.get_running_loop().remove_reader(control.fileno())
        control.close()
        self._control = None
        if self._loading is not None and not self._loading.done():
            self._loading.set_exception(
                ServiceError("The loader ended before it had loaded the release.")
            )
            return
        for pid in list(self._workers):
            self._bury({"ended": pid, "signal": signal.SIGKILL})
        if not self._closing:
            task = asyncio.get_running_loop().create_task(self._restart())
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _restart(self) -> None:
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)
        await self._start_loader()

    def _release(self, worker: Worker) -> None:
        """Hand a free worker to whoever waits longest, or let it wait."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(worker)
                return
        self._idle.append(worker)

    async def _acquire(self, limits: Limits) -> Worker:
        if self._idle:
            return self._idle.popleft()
        if len(self._waiting) >= limits.queue_length:
            raise over_limit(
                503,
                "queue_length",
                limits.queue_length,
                "waiting queries",
                advice="Try again later.",
                retry_after=limits.time_seconds,
            )
        waiting: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(limits.queue_seconds):
                return await waiting
        except TimeoutError as error:
            raise over_limit(
                503,
                "queue_seconds",
                limits.queue_seconds,
                "s",
                advice="All workers were busy; try again later.",
            ) from error
        finally:
            if waiting.cancelled():
                with suppress(ValueError):
                    self._waiting.remove(waiting)

    async def ask(self, header: dict[str, Any], text: str) -> Reply:
        """Return the answer of a worker to a query, or raise the problem that a client is told.

        A cancelled question ends its worker: the engine cannot be stopped in another way.
        """
        limits = self._options.limits
        worker = await self._acquire(limits)
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[Message] = loop.create_future()
        worker.reply = reply
        alarm = loop.call_later(limits.time_seconds, self._expire, worker)
        answered = False
        try:
            send(worker.feed, {**header, "seconds": limits.time_seconds}, text.encode())
            message = await reply
            answered = True
        except OSError as error:
            raise _lost() from error
        except Ended as error:
            raise self._why(worker, limits) from error
        finally:
            alarm.cancel()
            worker.reply = None
            self._finish(worker, answered=answered)
        return _reply(message, limits)

    @staticmethod
    def _expire(worker: Worker) -> None:
        worker.expired = True
        worker.kill()

    def _finish(self, worker: Worker, *, answered: bool) -> None:
        worker.answered += 1
        if worker.pid not in self._workers:
            return
        if not answered or worker.answered >= self._options.queries_per_worker:
            worker.kill()
        else:
            self._release(worker)

    @staticmethod
    def _why(worker: Worker, limits: Limits) -> Problem:
        """Return the problem that stands behind the end of a worker."""
        if worker.expired or worker.ended.result() == signal.SIGALRM:
            return over_limit(
                504,
                "time_seconds",
                limits.time_seconds,
                "s",
                advice="Ask for less: add a LIMIT, fix a subject or predicate, avoid open paths.",
            )
        return over_limit(
            503,
            "memory_bytes",
            limits.memory_bytes,
            "bytes",
            advice="Ask for less, or in parts.",
            retry_after=limits.time_seconds,
        )

    async def close(self) -> None:
        """End loader and workers and wait until they are gone."""
        self._closing = True
        for worker in list(self._workers.values()):
            worker.kill()
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            self._control = None
        for worker in list(self._workers.values()):
            self._bury({"ended": worker.pid, "signal": signal.SIGKILL})
        if self._process is not None:
            try:
                await asyncio.to_thread(self._process.wait, _STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                await asyncio.to_thread(self._process.wait)


def _lost() -> Problem:
    return Problem(503, "The worker was lost; try again.", retry_after=1)


def _reply(message: Message, limits: Limits) -> Reply:
    """Return the answer of a worker as bytes, or raise the problem that it reports."""
    header = message.header
    error = header.get("error")
    if error is None:
        file = message.files[0] if message.files else None
        return Reply(message.body, file, int(header["length"]))
    close_all(message.files)
    if error == "syntax":
        raise Problem(
            400,
            f"The query cannot be parsed: {header['message']}",
            line=header["line"],
            column=header["column"],
        )
    if error == "length":
        raise over_limit(
            413,
            "result_bytes",
            limits.result_bytes,
            "bytes",
            advice="Ask for a part with LIMIT and OFFSET, or download the graphs.",
        )
    if error == "memory":
        raise over_limit(
            503,
            "memory_bytes",
            limits.memory_bytes,
            "bytes",
            advice="Ask for less, or in parts.",
            retry_after=limits.time_seconds,
        )
    if error == "refused":
        raise Problem(400, "The query asks for a connection, which this endpoint never opens.")
    raise Problem(400, str(header["message"]))
