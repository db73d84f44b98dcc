"""Former releases over HTTP: time gates, time maps and mementos as RFC 7089 has them.

/timegate/PATH is the time gate of a document, /timemap/link/PATH lists all releases that are
held, and /memento/VERSION/PATH is what one of them says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.service.http.exchange import http_date, send_bytes
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.routes.places import Place
from drugpolicy_kg.service.routes.timegates import (
    LINK_FORMAT,
    MEMENTO,
    TIMEGATE,
    TIMEMAP,
    memento,
    negotiate,
    related,
)

if TYPE_CHECKING:
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.former import Held
    from drugpolicy_kg.service.http.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.routes.dereferencing import Dereferencing


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
            (b"memento-datetime", http_date(known.issued)),
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
            *(memento(place.path, one, held) for one in held),
        ]
        body = ",\n".join(links).encode() + b"\n"
        headers = [(b"content-type", LINK_FORMAT.encode()), (b"cache-control", b"no-cache")]
        await send_bytes(send, 200, headers, body, head=scope["method"] == "HEAD")
