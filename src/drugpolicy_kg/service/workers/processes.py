"""The loader and its workers as processes: started, heard, ended, replaced.

Everything here runs in one event loop. Descriptors of processes are held, not their numbers,
so that no process can ever be ended that is not our own.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from drugpolicy_kg.errors import ReleaseError, ServiceError
from drugpolicy_kg.service.options import MIB, ServeOptions, worker_count
from drugpolicy_kg.service.workers.messages import (
    Message,
    close_all,
    pair,
    read_file,
    receive,
    send,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_STOP_SECONDS: Final = 5.0
_ROOM_BYTES: Final = 512 * MIB


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the loader found in the release, and the room that a worker gets."""

    counts: dict[str, int]
    descriptions: dict[str, str]
    context: str
    address_space: int
    resident: int
    worker_bytes: int
    workers: int


class Ended(Exception):  # noqa: N818 - an end is not always an error
    """The worker ended before it answered."""


@dataclass(eq=False, slots=True)
class Worker:
    """One worker process: its socket, its process descriptor and the question it works on."""

    pid: int
    feed: socket.socket
    watch: int
    short: bool
    answered: int = 0
    # The pages that it has touched for the first time, shared or not, since it was ready.
    faults: int = 0
    ready: bool = False
    expired: bool = False
    reply: asyncio.Future[Message] | None = None
    # The exit code, or the number of the signal that ended it as a negative one.
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


class Owner(Protocol):
    """Who is told what happens to workers."""

    def on_free(self, worker: Worker) -> None:
        """Take a worker that can be asked."""
        ...

    def on_gone(self, worker: Worker) -> None:
        """Forget a worker that has ended; another one is the owner's to request."""
        ...

    def on_failure(self, error: ServiceError) -> None:
        """Learn that workers cannot be confined here."""
        ...

    def on_reloaded(self) -> None:
        """Learn that a lost loader was replaced, and that workers may be requested again."""
        ...


class Processes:
    """A loader and the workers that it forks."""

    def __init__(
        self, options: ServeOptions, order: dict[str, Any], owner: Owner, program: str
    ) -> None:
        self._program = program
        self._options = options
        self._order = order
        self._owner = owner
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._loading: asyncio.Future[Loaded] | None = None
        self._closing = False
        self.workers: dict[int, Worker] = {}
        self.loaded: Loaded | None = None

    async def load(self) -> Loaded:
        """Start a loader and return what it loaded."""
        control, theirs = pair()
        # A program of its own, not a fork: this process has an event loop and threads.
        self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - returns at once; our own program
            [sys.executable, "-m", self._program, str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        control.setblocking(False)  # noqa: FBT003 - the name of the standard library
        self._control = control
        self._loading = asyncio.get_running_loop().create_future()
        _on_readable(control, self._hear_loader)
        send(control, self._order)
        self.loaded = await self._loading
        return self.loaded

    def request_worker(self, *, short: bool) -> None:
        """Have another worker forked; it is handed to the owner when it is free."""
        if self._control is None or self.loaded is None:
            return
        order = {
            "memory_bytes": self.loaded.worker_bytes,
            "result_bytes": self._options.limits.result_bytes,
            "short": short,
        }
        with suppress(ConnectionError):
            send(self._control, order)

    def _hear_loader(self, control: socket.socket) -> None:
        message = receive(control)
        if message is None:
            self._lose_loader(control)
        elif "forked" in message.header:
            self._adopt(message)
        elif "ended" in message.header:
            self._bury(message.header["ended"], message.header["code"])
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
        worker_bytes = max(self._options.limits.memory_bytes, header["address_space"] + _ROOM_BYTES)
        loading.set_result(
            Loaded(
                counts=content["counts"],
                descriptions=content["descriptions"],
                context=content["context"],
                address_space=header["address_space"],
                resident=header["resident"],
                worker_bytes=worker_bytes,
                workers=worker_count(
                    self._options, worker_bytes=worker_bytes, resident=header["resident"]
                ),
            )
        )

    def _adopt(self, message: Message) -> None:
        feed_file, watch = message.files
        feed = socket.socket(fileno=feed_file)
        feed.setblocking(False)  # noqa: FBT003 - the name of the standard library
        worker = Worker(message.header["forked"], feed, watch, message.header["short"])
        self.workers[worker.pid] = worker
        _on_readable(feed, lambda source: self._hear_worker(worker, source))

    def _hear_worker(self, worker: Worker, feed: socket.socket) -> None:
        message = receive(feed)
        if message is None:
            # How it ended is the loader's to say, a moment later.
            asyncio.get_running_loop().remove_reader(feed.fileno())
        elif "ready" in message.header:
            possible = message.header["possible"]
            if possible:
                self._owner.on_failure(
                    ServiceError(
                        f"A worker is not confined: it still has {', '.join(possible)}.",
                        remedy="Serve on Linux 5.10 or later; in a container, allow seccomp.",
                    )
                )
                return
            worker.ready = True
            self._owner.on_free(worker)
        elif worker.reply is not None and not worker.reply.done():
            worker.reply.set_result(message)
        else:
            close_all(message.files)

    def _bury(self, pid: int, code: int) -> None:
        worker = self.workers.pop(pid, None)
        if worker is None:
            return
        asyncio.get_running_loop().remove_reader(worker.feed.fileno())
        worker.close()
        if not worker.ended.done():
            worker.ended.set_result(code)
        if worker.reply is not None and not worker.reply.done():
            worker.reply.set_exception(Ended)
        self._owner.on_gone(worker)

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
        for pid in list(self.workers):
            self._bury(pid, -signal.SIGKILL)
        if not self._closing:
            task = asyncio.get_running_loop().create_task(self._restart())
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _restart(self) -> None:
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)
        if self._closing:
            return
        await self.load()
        self._owner.on_reloaded()

    async def close(self) -> None:
        """End loader and workers and wait until they are gone."""
        self._closing = True
        for worker in list(self.workers.values()):
            worker.kill()
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
            self._control = None
        for pid in list(self.workers):
            self._bury(pid, -signal.SIGKILL)
        if self._process is not None:
            try:
                await asyncio.to_thread(self._process.wait, _STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                await asyncio.to_thread(self._process.wait)


def _on_readable(source: socket.socket, act: Callable[[socket.socket], None]) -> None:
    asyncio.get_running_loop().add_reader(source.fileno(), act, source)
