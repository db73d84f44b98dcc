"""What a worker replies: bytes of an answer, or the problem that its client is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drugpolicy_kg.service.http.problems import Problem, over_limit
from drugpolicy_kg.service.workers.messages import Message, close_all, read_file

if TYPE_CHECKING:
    from drugpolicy_kg.service.options import Limits


@dataclass(frozen=True, slots=True)
class Reply:
    """The bytes of an answer, and the file in memory where a long one stands."""

    body: bytes
    file: int | None
    length: int
    rows: int | None = None
    partial: int | None = None
    # Of a report: its format, and the style of its page as a source of a policy.
    format: str = ""
    style: str = ""


def whole(reply: Reply) -> bytes:
    """Return all bytes of a reply, and give its file up."""
    if reply.file is None:
        return reply.body
    return read_file(reply.file)


def out_of_memory(limits: Limits) -> Problem:
    """Return the problem of a query that needs more memory than a worker has."""
    return over_limit(
        503,
        "memory_bytes",
        limits.memory_bytes,
        "bytes",
        advice="Ask for less, or in parts.",
        retry_after=limits.time_seconds,
    )


def broken() -> Problem:
    """Return the problem of a request on which a worker broke through a fault of its own code.

    No limit was met, and asking for less need not help.
    """
    return Problem(
        503,
        "The process that worked on this ended through a fault of this service, and another one "
        "has taken its place. Try again; if it happens again, report what you sent.",
        retry_after=1,
        why="exception",
    )


def unordered() -> Problem:
    """Return the problem of a query whose rows the engine cannot put in order.

    Oxigraph takes terms that have no order among each other (a text and a number, `"a"` and
    `"a"@en`: SPARQL 1.1, 15.1) for equal; with a second key that is no order, and it gives up.
    """
    return Problem(
        400,
        "The engine cannot order these rows: the first key of ORDER BY has terms that cannot be "
        "compared. Compare them as texts: ORDER BY STR(?x) in place of ORDER BY ?x.",
        why="order",
    )


def unreachable() -> Problem:
    """Return the problem of a store that is elsewhere and does not answer."""
    return Problem(
        503, "The store behind this endpoint does not answer; try again later.", retry_after=5
    )


def read_reply(message: Message, limits: Limits) -> Reply:
    """Return the answer of a worker as bytes, or raise the problem that it reports."""
    header = message.header
    error = header.get("error")
    if error is None:
        file = message.files[0] if message.files else None
        return Reply(
            message.body, file, int(header["length"]), header.get("rows"), header.get("partial")
        )
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
        raise out_of_memory(limits)
    if error == "unavailable":
        raise unreachable()
    if error == "absent":
        raise Problem(404, str(header["message"]))
    if error == "refused":
        raise Problem(400, "The query asks for a connection, which this endpoint never opens.")
    raise Problem(400, str(header["message"]))
