"""The entrance: each request is sent the right way, and it is noted how it ended."""

from __future__ import annotations

import logging
from http import HTTPStatus
from traceback import format_tb
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.service.http.exchange import (
    COMMON_HEADERS,
    RELEASE_HEADER,
    preflight,
    send_bytes,
    send_problem,
)
from drugpolicy_kg.service.http.problems import Problem, fault, not_allowed
from drugpolicy_kg.service.journal import Journal, Record
from drugpolicy_kg.service.routes.answering import RECORD
from drugpolicy_kg.service.routes.citing import PREFIX as CITE
from drugpolicy_kg.service.routes.dereferencing import DOCUMENTS, THINGS
from drugpolicy_kg.service.routes.dumps import PREFIX as DUMPS
from drugpolicy_kg.service.routes.graph_store import DIRECT, INDIRECT
from drugpolicy_kg.service.routes.saved import PREFIX
from drugpolicy_kg.service.routes.site import ABOUT, START
from drugpolicy_kg.service.routes.sparql import ROUTE as SPARQL
from drugpolicy_kg.service.routes.timegates import MEMENTO, TIMEGATE, TIMEMAP
from drugpolicy_kg.service.routes.validation import ROUTE as VALIDATE
from drugpolicy_kg.vocabulary import LICENCE

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.fairness import Addresses
    from drugpolicy_kg.service.http.exchange import Application, Receive, Scope, Send
    from drugpolicy_kg.service.metrics import Metrics

_READ: Final = "GET, HEAD, OPTIONS"
# These say themselves which methods they take.
_OWN_METHODS: Final = frozenset({SPARQL, VALIDATE})
# What these answer with is our data, or is made of it.
_OUR_DATA: Final = frozenset({SPARQL, PREFIX, INDIRECT, DUMPS, THINGS, MEMENTO, START, CITE})
_LICENSED: Final = (b"link", f'<{LICENCE}>; rel="license"'.encode())
_LOG: Final = logging.getLogger(__name__)
_REST_ROUTES: Final = frozenset({"/live", "/ready", "/metrics", "/limits", "/docs"})


class Entrance:
    """Sends a request to the route that `asking` has for it, or else to the rest, and notes it."""

    def __init__(
        self,
        asking: dict[str, Application],
        rest: Application,
        editions: Editions,
        addresses: Addresses,
        journal: Journal,
        counted: Metrics,
    ) -> None:
        self._asking = asking
        self._rest = rest
        self._editions = editions
        self._addresses = addresses
        self._journal = journal
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever fails, the client is told a problem and the log where."""
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        route = _route(scope["path"])
        record = Record(scope["method"], route, self._addresses.of(scope))
        scope[RECORD] = record
        if self._editions.served is not None:
            edition = self._editions.served
            record.name_release(edition.version, edition.identity)

        async def send_noted(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                if record.released:
                    named = (RELEASE_HEADER, record.released.encode())
                    message["headers"] = [*message["headers"], named]
                if route in _OUR_DATA and record.status == HTTPStatus.OK:
                    message["headers"] = [*message["headers"], _LICENSED]
            else:
                record.length += len(message.get("body", b""))
            await send(message)

        try:
            await self._pass_on(route, scope, receive, send_noted)
        finally:
            record.finish()
            self._counted.observe(record)
            self._journal.record(record)

    async def _pass_on(self, route: str, scope: Scope, receive: Receive, send: Send) -> None:
        method, answer = scope["method"], self._asking.get(route)
        try:
            if route not in _OWN_METHODS and method == "OPTIONS":
                await send_bytes(send, HTTPStatus.NO_CONTENT, preflight(_READ), b"", head=True)
            elif answer is None:
                await self._answer_rest(scope, receive, send)
            else:
                _require_reading(route, method)
                await answer(scope, receive, send)
        except Problem as problem:
            await send_problem(send, problem, head=method == "HEAD")
        except Exception as error:  # noqa: BLE001 - whatever our own program raises
            # Whoever runs the service reads where, without words that may be a stranger's.
            where = "".join(format_tb(error.__traceback__))
            _LOG.error("%s is not answered: %s\n%s", route, type(error).__name__, where)
            # The framework raises what it has answered; a part of an answer the server cuts off.
            if not scope[RECORD].status:
                await send_problem(send, fault(), head=method == "HEAD")

    async def _answer_rest(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The server leaves the body out; the routes need not know of HEAD.
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope

        async def send_with_common_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *COMMON_HEADERS]
            await send(message)

        await self._rest(asked, receive, send_with_common_headers)


def _require_reading(route: str, method: str) -> None:
    if route not in _OWN_METHODS and method not in {"GET", "HEAD"}:
        raise not_allowed(method, _READ)


def _route(path: str) -> str:
    """Return the route of a path: one of few, as each has its own numbers.

    >>> _route("/sparql"), _route("/queries/plans.csv"), _route("/wp-login.php")
    ('/sparql', '/queries', 'other')
    """
    if path in {SPARQL, INDIRECT, CITE, VALIDATE} or path in _REST_ROUTES:
        return path
    for prefix in (PREFIX, DUMPS):
        if path == prefix or path.startswith(prefix + "/"):
            return prefix
    if path in {START, ABOUT}:
        return START
    if path.startswith((f"{TIMEGATE}/", f"{TIMEMAP}/", f"{MEMENTO}/")):
        return MEMENTO
    if path.startswith((THINGS, *DOCUMENTS)):
        return THINGS
    return INDIRECT if path.startswith(DIRECT) else "other"
