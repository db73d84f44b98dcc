"""The process that loads a release and forks workers from itself, and does nothing else.

It has one thread and meets no stranger's query, so that each fork is a clean copy that shares
the store's memory. It is started as a program of its own, reports what it loaded, and then
forks a worker whenever it is asked. Another program may load something else, and have its
workers live another life.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import DrugPolicyError
from drugpolicy_kg.service.views import context as contexts
from drugpolicy_kg.service.workers import confinement, presentation, worker
from drugpolicy_kg.service.workers.messages import (
    BROKEN,
    EXHAUSTED,
    UNORDERED,
    pair,
    receive,
    send,
    send_long,
)
from drugpolicy_kg.store.description import describe
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.endpoint import EndpointStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from drugpolicy_kg.service.workers.worker import Replies
    from drugpolicy_kg.store import Store

    Load = Callable[[dict[str, Any]], tuple[dict[str, Any], Replies]]

_STACK_BYTES: Final = 64 * 1024 * 1024
# As much as a pipe holds. A worker that a hostile query has taken over cannot fill the log.
_PASSED_BYTES: Final = 64 * 1024
# How an engine in Rust says, before it ends its process, that this was no lack of memory.
_PANIC: Final = b"panicked at"
_UNORDERED: Final = b"does not correctly implement a total order"
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def main(arguments: list[str], load: Load | None = None) -> int:
    """Load what the parent names over the socket, then fork on demand; return the exit code.

    `load` returns what is told of it, and how a worker replies; without it, a release is loaded.
    """
    control = socket.socket(fileno=int(arguments[0]))
    confinement.die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # Engines recurse over nested queries; the limit on depth keeps them within this stack.
    _, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = _STACK_BYTES if hard == resource.RLIM_INFINITY else min(_STACK_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))
    order = receive(control)
    if order is None:
        return 0
    try:
        loaded, replies = (load or _load)(order.header)
    except DrugPolicyError as error:
        send(control, {"failed": error.message, "remedy": error.remedy})
        return 1
    size, resident = _memory()
    threads = len(list(Path("/proc/self/task").iterdir()))
    send_long(
        control,
        {"loaded": True, "address_space": size, "resident": resident, "threads": threads},
        json.dumps(loaded).encode(),
    )
    # What exists now stays; the collector must not touch it, or every page would be copied.
    gc.collect()
    gc.freeze()
    return Forge(replies, control).run()


def _load(order: dict[str, Any]) -> tuple[dict[str, Any], Replies]:
    store = _store(order)
    presentation.prepare(store)
    told = {
        "counts": store.counts,
        "descriptions": describe(store.counts, order["address"], order["limits"]),
        "context": contexts.document(contexts.context(store)).decode(),
    }
    return told, partial(worker.reply, store)


def _store(order: dict[str, Any]) -> Store:
    if order["endpoint"] is not None:
        return EndpointStore.explore(order["endpoint"], seconds=order["seconds"])
    return EmbeddedStore.load(Path(order["release"]))


def _memory() -> tuple[int, int]:
    size, resident, *_ = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(size) * _PAGE, int(resident) * _PAGE


@dataclass(slots=True)
class _Child:
    """A worker, the pipe of its standard error, and what it said last."""

    pid: int
    heard: int
    last: bytes = b""
    passed: int = 0


class Forge:
    """Forks workers when asked and reports how each of them ended."""

    def __init__(self, replies: Replies, control: socket.socket) -> None:
        self._replies = replies
        self._control = control
        self._children: dict[int, _Child] = {}
        self._events = select.poll()

    def run(self) -> int:
        """Serve until the parent closes its end; workers end with this process."""
        self._events.register(self._control, select.POLLIN)
        while True:
            for file, _ in self._events.poll():
                if file == self._control.fileno():
                    order = receive(self._control)
                    if order is None:
                        return 0
                    self._fork(order.header)
                elif file in self._children:
                    self._report(file)
                else:
                    self._hear(file)

    def _fork(self, order: dict[str, Any]) -> None:
        theirs, feed = pair()
        heard, said = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        pid = os.fork()
        if pid == 0:
            os.set_blocking(said, True)
            os.dup2(said, sys.stderr.fileno())
            _become_worker(self._replies, feed, order)
        feed.close()
        os.close(said)
        watch = os.pidfd_open(pid)
        self._children[watch] = _Child(pid, heard)
        self._events.register(watch, select.POLLIN)
        self._events.register(heard, select.POLLIN)
        forked = {"forked": pid, "short": order["short"]}
        send(self._control, forked, files=(theirs.fileno(), watch))
        theirs.close()

    def _hear(self, file: int) -> None:
        """Pass on what a worker says on standard error, and keep the end of it."""
        child = next((c for c in self._children.values() if c.heard == file), None)
        if child is None:
            return  # it was buried a moment ago
        try:
            # Once for each turn, so that one that never stops talking keeps nobody waiting.
            said = os.read(file, _PASSED_BYTES)
        except BlockingIOError:
            return
        if not said:
            # Its end is closed; what the poll would say of it from now on is nothing new.
            self._forget(file)
            return
        child.last = (child.last + said)[-_PASSED_BYTES:]
        if child.passed < _PASSED_BYTES:
            _pass_on(said)
        child.passed += len(said)

    def _forget(self, file: int) -> None:
        with suppress(KeyError):
            self._events.unregister(file)

    def _report(self, watch: int) -> None:
        child = self._children[watch]
        self._hear(child.heard)
        del self._children[watch]
        for file in (watch, child.heard):
            self._forget(file)
            os.close(file)
        _, status = os.waitpid(child.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == -signal.SIGABRT and _UNORDERED in child.last:
            code = UNORDERED
        elif code == -signal.SIGABRT and _PANIC in child.last:
            code = BROKEN
        with suppress(ConnectionError):
            send(self._control, {"ended": child.pid, "code": code})


def _pass_on(said: bytes) -> None:
    """Write on standard error, or lose it: a log that nobody reads must not stop this process."""
    errors = sys.stderr.fileno()
    ready = select.poll()
    ready.register(errors, select.POLLOUT)
    with suppress(OSError):
        # What can be written to takes so much at once (POSIX, PIPE_BUF).
        for start in range(0, len(said), select.PIPE_BUF):
            if not any(event & select.POLLOUT for _, event in ready.poll(0)):
                return
            os.write(errors, said[start : start + select.PIPE_BUF])


def _become_worker(replies: Replies, feed: socket.socket, order: dict[str, Any]) -> None:
    """Run a worker and never return; whatever breaks it ends this process and no other.

    What ends it is said on standard error by its name and place: its words may be a stranger's.
    """
    code = BROKEN
    try:
        worker.run(
            replies,
            feed,
            memory_bytes=order["memory_bytes"],
            result_bytes=order["result_bytes"],
            yielding=not order["short"],
        )
    except MemoryError:
        code = EXHAUSTED
    except BaseException as error:  # noqa: BLE001 - engines raise what is no Exception
        sys.stderr.write(f"worker {os.getpid()}: ended by {worker.fault(error)}\n")
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
