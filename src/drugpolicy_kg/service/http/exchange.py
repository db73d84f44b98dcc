"""One HTTP exchange at the level of ASGI: what was asked, and how an answer is sent.

The route of /sparql is called for every query; it does without a framework.
"""

from __future__ import annotations

import asyncio
import os
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.service.http import problems
from drugpolicy_kg.service.http.problems import Problem, over_limit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from datetime import datetime

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

CHUNK_BYTES: Final = 128 * 1024
#: Says which release answered: its version, and the first digits of its manifest's SHA-256.
RELEASE_HEADER: Final = b"x-release"
# Sent with everything: any page may read, nobody may guess a type.
COMMON_HEADERS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
    (
        b"access-control-expose-headers",
        b"Retry-After, Link, ETag, Content-Location, Memento-Datetime, X-Partial-Result, X-Release",
    ),
)


def header(scope: Scope, name: bytes) -> str:
    """Return the value of a request header, several joined as one list.

    >>> header({"headers": [(b"accept", b"text/csv"), (b"accept", b"*/*")]}, b"accept")
    'text/csv, */*'
    """
    values = [value for key, value in scope["headers"] if key == name]
    if len(values) == 1:
        return str(values[0], "latin-1")
    return b", ".join(values).decode("latin-1")


@lru_cache(maxsize=64)
def http_date(when: datetime) -> bytes:
    """Return a date as HTTP writes it (RFC 9110, 5.6.7).

    >>> from datetime import UTC, datetime
    >>> http_date(datetime(2026, 6, 1, tzinfo=UTC))
    b'Mon, 01 Jun 2026 00:00:00 GMT'
    """
    return format_datetime(when, usegmt=True).encode()


def matches(condition: str, tag: str) -> bool:
    """Return whether a client has the answer with that tag already.

    >>> matches('W/"a", "b"', '"a"'), matches("*", '"a"')
    (True, False)
    """
    return any(part.strip().removeprefix("W/") == tag for part in condition.split(","))


def require_plain(scope: Scope) -> None:
    """Refuse a body that is packed: what a few bytes unpack to is known too late."""
    encoding = header(scope, b"content-encoding").strip().lower()
    if encoding not in {"", "identity"}:
        raise Problem(415, f"Content-Encoding {encoding[:40]!r} is not taken; send it plain.")


async def read_body(
    scope: Scope,
    receive: Receive,
    *,
    most: int,
    seconds: float,
    limit: str = "body_bytes",
    advice: str = "Send a shorter query.",
) -> bytes:
    """Return the body of a request that is neither too long nor sent too slowly."""
    too_long = over_limit(413, limit, most, "bytes", advice=advice)
    declared = header(scope, b"content-length")
    if declared.isdigit() and int(declared) > most:
        raise too_long
    parts: list[bytes] = []
    length = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Problem(400, "The request ended before its body did.")
                parts.append(message.get("body", b""))
                length += len(parts[-1])
                if length > most:
                    raise too_long
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError as error:
        raise Problem(408, f"The body did not arrive within {seconds:g} s.") from error


async def send_bytes(
    send: Send,
    status: int,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    *,
    head: bool = False,
    length: bool = True,
) -> None:
    """Send a whole answer; with `head`, its headers only; a 304 states no length."""
    sent = [*headers, *COMMON_HEADERS]
    if length:
        sent.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def send_file(
    send: Send, headers: list[tuple[bytes, bytes]], file: int, *, head: bool = False
) -> None:
    """Send the content of a file in memory piece by piece, as fast as the client takes it."""
    length = os.fstat(file).st_size
    start = [*headers, *COMMON_HEADERS, (b"content-length", str(length).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": start})
    offset = length if head else 0
    while offset < length:
        piece = os.pread(file, CHUNK_BYTES, offset)
        offset += len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def preflight(allow: str) -> list[tuple[bytes, bytes]]:
    """Return the headers with which OPTIONS is answered: what any page may ask here."""
    return [
        (b"allow", allow.encode()),
        (b"access-control-allow-methods", allow.encode()),
        (
            b"access-control-allow-headers",
            b"Accept, Accept-Datetime, Accept-Language, Content-Type, If-None-Match",
        ),
        (b"access-control-max-age", b"86400"),
    ]


async def send_problem(send: Send, problem: Problem, *, head: bool = False) -> None:
    """Send a problem as problem+json."""
    headers = [
        (b"content-type", problems.CONTENT_TYPE.encode()),
        (b"cache-control", b"no-store"),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
    ]
    await send_bytes(send, problem.status, headers, problem.body(), head=head)
