"""The life of a worker: confined, it answers one question after the other until it is ended."""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import StoreError
from drugpolicy_kg.service.views.describing import AbsentError
from drugpolicy_kg.service.workers import confinement, presentation
from drugpolicy_kg.service.workers.answers import Answer, TooLongError, count_rows
from drugpolicy_kg.service.workers.messages import Message, close_all, receive, send
from drugpolicy_kg.store import (
    AnswerCutError,
    Dataset,
    QuerySyntaxError,
    Question,
    Store,
    StoreUnavailableError,
)
from drugpolicy_kg.store.formats import by_name

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    Replies = Callable[[Message, Answer], dict[str, Any]]

# What the pool waits beyond the limit before the kernel ends the worker without being asked.
GRACE_SECONDS: Final = 0.1
_STANDARD_STREAMS: Final = (0, 1)
_NICENESS: Final = 5
_ERRORS: Final = {AbsentError: "absent", StoreUnavailableError: "unavailable"}


def run(
    replies: Replies, feed: socket.socket, *, memory_bytes: int, result_bytes: int, yielding: bool
) -> None:
    """Confine this process, say what it still could do, then answer until the feed ends.

    `replies` writes an answer and returns what is said of it. A yielding worker leaves the
    processor to short queries and to the process that speaks HTTP.
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
    before = _faults()
    while (message := receive(feed)) is not None:
        _serve_one(replies, feed, message, result_bytes, before)
    os._exit(0)


def _faults() -> int:
    """Return how many pages this process has touched for the first time, shared or not."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def _serve_one(
    replies: Replies, feed: socket.socket, message: Message, result_bytes: int, before: int = 0
) -> None:
    header = message.header
    signal.setitimer(signal.ITIMER_REAL, header["seconds"] + GRACE_SECONDS)
    answer = Answer(result_bytes)
    try:
        told = replies(message, answer)
        # An answer that came too late to be written down is no answer.
        content = answer.content() if "error" not in told else b""
        if "error" not in told and "rows" not in told:
            told["rows"] = count_rows(header["format"], answer.whole(content))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        close_all(message.files)
    told["faults"] = _faults() - before
    if answer.file is not None and "error" not in told:
        send(feed, told, content, (answer.file,))
    else:
        send(feed, told, content)
    answer.close()


def _question(message: Message) -> Question:
    header = message.header
    chosen = header.get("dataset")
    return Question(
        message.body.decode(),
        by_name(header["format"]),
        own_dataset=bool(header["own_dataset"]),
        dataset=None if chosen is None else Dataset(tuple(chosen[0]), tuple(chosen[1])),
        connections=tuple(message.files),
    )


def fault(error: BaseException) -> str:
    """Return the name of an exception and where it was raised, without its words.

    >>> try:
    ...     {}["a stranger's word"]
    ... except KeyError as error:
    ...     fault(error).partition(" ")[0]
    'KeyError'
    """
    name, last = type(error).__name__, error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return name
    return f"{name} in {Path(last.tb_frame.f_code.co_filename).name}, line {last.tb_lineno}"


def reply(store: Store, message: Message, answer: Answer) -> dict[str, Any]:
    """Return what is said of an answer; what the engine breaks on ends the process instead."""
    told: dict[str, Any] = {}
    try:
        question = _question(message)
        shown = message.header.get("shown")
        if shown is None:
            store.answer(question, answer)
        else:
            told = presentation.present(store, question, shown, answer)
    except (TooLongError, AnswerCutError):
        return {"error": "length"}
    except QuerySyntaxError as fault:
        return {
            "error": "syntax",
            "message": fault.message,
            "line": fault.line,
            "column": fault.column,
        }
    except StoreError as error:
        return {"error": _ERRORS.get(type(error), "store"), "message": error.message}
    except MemoryError:
        return {"error": "memory"}
    except OSError as error:
        # The engine tried to open a connection, which the kernel refused.
        sys.stderr.write(f"worker {os.getpid()}: refused by the kernel ({error.strerror})\n")
        return {"error": "refused"}
    return {"length": answer.length, **told}
