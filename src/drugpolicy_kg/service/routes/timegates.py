"""Time gates as RFC 7089 has them: the way from a document to the release of a time.

Every document of ours is its own time gate (RFC 7089, 4.1.1): a request with Accept-Datetime is
sent to what the release of that time said. What links a document with its releases is made here.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.service.http.exchange import header, http_date, send_bytes
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.routes.places import Place

if TYPE_CHECKING:
    from drugpolicy_kg.service.former import Held
    from drugpolicy_kg.service.http.exchange import Scope, Send

TIMEGATE: Final = "/timegate"
TIMEMAP: Final = "/timemap/link"
MEMENTO: Final = "/memento"
LINK_FORMAT: Final = "application/link-format"


async def negotiate(scope: Scope, send: Send, path: str, held: list[Held]) -> None:
    """Send a client to the release of the time that it asks for, or raise the problem 400."""
    place = Place.of(path)
    chosen = _at(header(scope, b"accept-datetime"), held)
    links = related(place.path, held)
    headers = [
        (b"location", f"{MEMENTO}/{chosen.version}{path}".encode()),
        (b"vary", b"accept-datetime"),
        (b"link", ", ".join(links).encode()),
        (b"cache-control", b"no-cache"),
    ]
    await send_bytes(send, HTTPStatus.FOUND, headers, b"", head=scope["method"] == "HEAD")


def _at(wished: str, held: list[Held]) -> Held:
    """Return the last release that was issued by a time; the first one for an earlier time.

    Without a time, the newest (RFC 7089, 4.5.3).
    """
    if not wished:
        return held[-1]
    try:
        when = parsedate_to_datetime(wished)
        before = [one for one in held if one.issued <= when]
    except (TypeError, ValueError) as error:
        raise Problem(
            400,
            f"Accept-Datetime: {wished[:80]!r} is no date like 'Sat, 28 Nov 2026 12:00:00 GMT'.",
        ) from error
    return before[-1] if before else held[0]


def related(path: str, held: list[Held]) -> list[str]:
    """Return the links from a document to its time gate, its time map and its releases."""
    return [
        f'<{path}>; rel="original"',
        f'<{TIMEGATE}{path}>; rel="timegate"',
        f'<{TIMEMAP}{path}>; rel="timemap"; type="{LINK_FORMAT}"',
        *(memento(path, one, held) for one in dict.fromkeys((held[0], held[-1]))),
    ]


def memento(path: str, one: Held, held: list[Held]) -> str:
    """Return the link from a document to what one release says of it."""
    names = [
        *(["first"] if one == held[0] else []),
        *(["last"] if one == held[-1] else []),
        "memento",
    ]
    date = http_date(one.issued).decode()
    return f'<{MEMENTO}/{one.version}{path}>; rel="{" ".join(names)}"; datetime="{date}"'
