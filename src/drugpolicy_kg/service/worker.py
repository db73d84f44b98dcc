"""The life of a worker: confined, it answers one question after the other until it is ended."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import StoreError
from drugpolicy_kg.service import confinement, presentation
from drugpolicy_kg.service.messages import INLINE_BYTES, Message, close_all, receive, send
from drugpolicy_kg.store import (
    Dataset,
    QuerySyntaxError,
    Question,
    Store,
    StoreUnavailableError,
)
from drugpolicy_kg.store.formats import by_name

if TYPE_CHECKING:
    import socket

# What the pool waits beyond the limit before the kernel ends the worker without being asked.
GRACE_SECONDS: Final = 0.1
_STANDARD_STREAMS: Final = (0, 1)
_NICENESS: Final = 5


class TooLongError(OSError):
    """An answer grew beyond the limit."""


class Answer:
    """The bytes of an answer: a few in memory, many in a file that is in memory only.

    >>> answer = Answer(10)
    >>> answer.write(b"12345")
    5
    >>> answer.content()
    b'12345'
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._pending = 0
        self.length = 0
        self.file: int | None = None

    def write(self, content: bytes, /) -> int:
        """Keep some bytes, or raise TooLongError."""
        self.length += len(content)
        if self.length > self._limit:
            raise TooLongError(self.length)
        self._parts.append(bytes(content))
        self._pending += len(content)
        if self._pending > INLINE_BYTES:
            self._spill()
        return len(content)

    def flush(self) -> None:
        """Do nothing: bytes are handed over as a whole."""

    def _spill(self) -> None:
        if self.file is None:
            self.file = os.memfd_create("answer", os.MFD_CLOEXEC)
        rest = memoryview(b"".join(self._parts))
        while rest:
            rest = rest[os.write(self.file, rest) :]
        self._parts, self._pending = [], 0

    def content(self) -> bytes:
        """Return the bytes that are not in the file."""
        if self.file is not None:
            self._spill()
        return b"".join(self._parts)

    def whole(self, inline: bytes) -> bytes:
        """Return all bytes, from the file if they are there."""
        return inline if self.file is None else os.pread(self.file, self.length, 0)

    def close(self) -> None:
        """Give the file up; whoever received its descriptor still has it."""
        if self.file is not None:
            os.close(self.file)


def run(
    store: Store, feed: socket.socket, *, memory_bytes: int, result_bytes: int, yielding: bool
) -> None:
    """Confine this process, say what it still could do, then answer until the feed ends.

    A yielding worker leaves the processor to short queries and to the process that speaks HTTP.
    """
    confinement.die_with_parent()
    if yielding:
        os.nice(_NICENESS)
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    # Ctrl+C reaches the whole group; the parent decides when its workers end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in _STANDARD_STREAMS:
        os.dup2(nothing, stream)
    confinement.close_all_but(feed.fileno())
    confinement.bound(memory_bytes=memory_bytes, file_bytes=2 * result_bytes)
    confinement.refuse_system_calls()
    send(feed, {"ready": os.getpid(), "possible": confinement.probe()})
    while (message := receive(feed)) is not None:
        _serve_one(store, feed, message, result_bytes)
    os._exit(0)


def _serve_one(store: Store, feed: socket.socket, message: Message, result_bytes: int) -> None:
    header = message.header
    signal.setitimer(signal.ITIMER_REAL, header["seconds"] + GRACE_SECONDS)
    answer = Answer(result_bytes)
    try:
        reply = _reply(store, message, answer)
        # An answer that came too late to be written down is no answer.
        content = answer.content() if "error" not in reply else b""
        if "error" not in reply:
            reply["rows"] = count_rows(header["format"], answer.whole(content))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        close_all(message.files)
    if answer.file is not None and "error" not in reply:
        send(feed, reply, content, (answer.file,))
    else:
        send(feed, reply, content)
    answer.close()


def _question(message: Message) -> Question:
    header = message.header
    chosen = header.get("dataset")
    return Question(
        message.body.decode(),
        by_name(header["format"]),
        own_dataset=bool(header["own_dataset"]),
        dataset=None if chosen is None else Dataset(tuple(chosen[0]), tuple(chosen[1])),
        connection=message.files[0] if message.files else None,
    )


def _reply(store: Store, message: Message, answer: Answer) -> dict[str, Any]:
    """Return what is said of an answer; what the engine breaks on ends the process instead."""
    partial = None
    try:
        question = _question(message)
        shown = message.header.get("shown")
        if shown is None:
            store.answer(question, answer)
        else:
            partial = presentation.present(store, question, shown, answer)
    except TooLongError:
        return {"error": "length"}
    except QuerySyntaxError as fault:
        return {
            "error": "syntax",
            "message": fault.message,
            "line": fault.line,
            "column": fault.column,
        }
    except StoreUnavailableError:
        return {"error": "unavailable"}
    except StoreError as error:
        return {"error": "store", "message": error.message}
    except MemoryError:
        return {"error": "memory"}
    except OSError as error:
        # The engine tried to open a connection, which the kernel refused.
        sys.stderr.write(f"worker {os.getpid()}: refused by the kernel ({error.strerror})\n")
        return {"error": "refused"}
    return {"length": answer.length, "partial": partial}


def count_rows(name: str, content: bytes) -> int | None:
    r"""Return how many rows or triples an answer has, where its format tells without parsing.

    >>> count_rows("csv", b'a,b\r\n"x\n",2\r\n')
    1
    """
    if name == "csv":
        outside = content.split(b'"')[::2]
        return sum(part.count(b"\n") for part in outside) - 1
    if name == "xml":
        return content.count(b"<result>")
    if name in {"tsv", "ntriples", "nquads"}:
        return content.count(b"\n") - (name == "tsv")
    if name == "json" and b'"bindings":[' in content:
        rows = content.partition(b'"bindings":[')[2]
        # Between two rows only; inside of a text the quotation mark has a backslash.
        between = rows.count(b'"}},{') - rows.count(b'\\"}},{') + rows.count(b"{},{")
        return 0 if rows.startswith(b"]") else between + 1
    return None
