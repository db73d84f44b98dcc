"""Former releases over HTTP: time gates, time maps and mementos as RFC 7089 has them.

Every document of ours is its own time gate (RFC 7089, 4.1.1): a request with Accept-Datetime is
sent to what the release of that time said. /timegate/PATH does the same, /timemap/link/PATH lists
all releases that are held, and /memento/VERSION/PATH is what one of them says.
"""

from __future__ import annotations

from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.service.exchange import header, send_bytes
from drugpolicy_kg.service.places import Place
from drugpolicy_kg.service.problems import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from drugpolicy_kg.service.dereferencing import Dereferencing
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.former import Held

TIMEGATE: Final = "/timegate"
TIMEMAP: Final = "/timemap/link"
MEMENTO: Final = "/memento"
LINK_FORMAT: Final = "application/link-format"


class Mementos:
    """Answers what stands below /timegate, /timemap/link and /memento."""

    def __init__(self, dereferencing: Dereferencing, editions: Editions) -> None:
        self._dereferencing = dereferencing
        self._editions = editions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise the problem with it."""
        path = scope["raw_path"].decode("ascii", "replace")
        held = self._editions.former.held
        if not held:
            raise Problem(404, "This service holds one release; there are no former ones to ask.")
        if path.startswith(f"{TIMEGATE}/"):
            await negotiate(scope, send, path.removeprefix(TIMEGATE), held)
        elif path.startswith(f"{TIMEMAP}/"):
            await self._list(scope, send, path.removeprefix(TIMEMAP), held)
        else:
            version, _, rest = path.removeprefix(f"{MEMENTO}/").partition("/")
            await self._answer(scope, receive, send, version, f"/{rest}")

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, version: str, path: str
    ) -> None:
        known = next((one for one in self._editions.former.held if one.version == version), None)
        if known is None:
            raise Problem(404, f"No release has the version {version[:40]!r}.")
        place = Place.of(path)
        edition = await self._editions.held(known)
        headers = [
            (b"memento-datetime", _http_date(known.issued)),
            (b"link", ", ".join(related(place.path, self._editions.former.held)).encode()),
        ]
        at = f"{MEMENTO}/{version}"
        await self._dereferencing.answer(
            scope, receive, send, place, edition=edition, at=at, headers=headers
        )

    @staticmethod
    async def _list(scope: Scope, send: Send, path: str, held: list[Held]) -> None:
        place = Place.of(path)
        links = [
            f'<{place.path}>; rel="original"',
            f'<{TIMEMAP}{place.path}>; rel="self"; type="{LINK_FORMAT}"',
            f'<{TIMEGATE}{place.path}>; rel="timegate"',
            *(_memento(place.path, one, held) for one in held),
        ]
        body = ",\n".join(links).encode() + b"\n"
        headers = [(b"content-type", LINK_FORMAT.encode()), (b"cache-control", b"no-cache")]
        await send_bytes(send, 200, headers, body, head=scope["method"] == "HEAD")


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
        *(_memento(path, one, held) for one in dict.fromkeys((held[0], held[-1]))),
    ]


def _memento(path: str, one: Held, held: list[Held]) -> str:
    names = [
        *(["first"] if one == held[0] else []),
        *(["last"] if one == held[-1] else []),
        "memento",
    ]
    date = _http_date(one.issued).decode()
    return f'<{MEMENTO}/{one.version}{path}>; rel="{" ".join(names)}"; datetime="{date}"'


def _http_date(when: datetime) -> bytes:
    return format_datetime(when, usegmt=True).encode()
