"""The application: questions on their own short way, everything else through FastAPI."""

from __future__ import annotations

import logging
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from traceback import format_tb
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from drugpolicy_kg.service import metrics, openapi, pages
from drugpolicy_kg.service.answering import RECORD, Answering, page_headers
from drugpolicy_kg.service.citing import PREFIX as CITE
from drugpolicy_kg.service.citing import Citing
from drugpolicy_kg.service.dereferencing import DOCUMENTS, THINGS, Dereferencing
from drugpolicy_kg.service.dumps import PREFIX as DUMPS
from drugpolicy_kg.service.dumps import Dumps
from drugpolicy_kg.service.exchange import (
    COMMON_HEADERS,
    RELEASE_HEADER,
    preflight,
    send_bytes,
    send_problem,
)
from drugpolicy_kg.service.fairness import Addresses
from drugpolicy_kg.service.graph_store import DIRECT, INDIRECT, GraphStore
from drugpolicy_kg.service.journal import Journal, Record
from drugpolicy_kg.service.mementos import Mementos
from drugpolicy_kg.service.negotiation import languages
from drugpolicy_kg.service.problems import CONTENT_TYPE, Problem
from drugpolicy_kg.service.saved import PREFIX, SavedQueries
from drugpolicy_kg.service.site import ABOUT, START, Site
from drugpolicy_kg.service.sparql import Sparql
from drugpolicy_kg.service.timegates import MEMENTO, TIMEGATE, TIMEMAP
from drugpolicy_kg.service.validation import ROUTE as VALIDATE
from drugpolicy_kg.service.validation import Validation
from drugpolicy_kg.service.wording import language_of
from drugpolicy_kg.vocabulary import LICENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.exchange import Application, Receive, Scope, Send
    from drugpolicy_kg.service.fairness import Accounts
    from drugpolicy_kg.service.options import ServeOptions
    from drugpolicy_kg.service.validating import Validators

_SPARQL: Final = "/sparql"
_READ: Final = "GET, HEAD, OPTIONS"
# These say themselves which methods they take.
_OWN_METHODS: Final = frozenset({_SPARQL, VALIDATE})
# What these answer with is our data, or is made of it.
_OUR_DATA: Final = frozenset({_SPARQL, PREFIX, INDIRECT, DUMPS, THINGS, MEMENTO, START, CITE})
_LICENSED: Final = (b"link", f'<{LICENCE}>; rel="license"'.encode())
_LOG: Final = logging.getLogger(__name__)
_REST_ROUTES: Final = frozenset({"/live", "/ready", "/metrics", "/limits", "/docs"})


def application(
    editions: Editions,
    accounts: Accounts,
    options: ServeOptions,
    journal: Journal,
    validators: Validators,
) -> Application:
    """Return the ASGI application of a service."""
    answering = Answering(editions, accounts, options)
    counted = metrics.Metrics()
    rest = _rest(editions, answering, options, counted, validators)
    dereferencing = Dereferencing(answering, editions)
    asking: dict[str, Application] = {
        _SPARQL: Sparql(
            answering, editions, options.limits, partial(pages.query_form, options.limits)
        ),
        PREFIX: SavedQueries(answering, editions),
        INDIRECT: GraphStore(answering, editions),
        DUMPS: Dumps(editions),
        THINGS: dereferencing,
        MEMENTO: Mementos(dereferencing, editions),
        START: Site(answering, editions),
        CITE: Citing(answering, editions),
        VALIDATE: Validation(
            validators, options.limits, partial(pages.validation_form, options.limits)
        ),
    }
    return _Entrance(asking, rest, editions, Addresses(options), journal, counted)


class _Entrance:
    """Sends a request the right way, and notes how it ended."""

    def __init__(
        self,
        asking: dict[str, Application],
        rest: FastAPI,
        editions: Editions,
        addresses: Addresses,
        journal: Journal,
        counted: metrics.Metrics,
    ) -> None:
        self._asking = asking
        self._rest = rest
        self._editions = editions
        self._addresses = addresses
        self._journal = journal
        self._counted = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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
                await send_problem(send, _fault(), head=method == "HEAD")

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
        raise Problem(405, f"{method} is not allowed here.", headers={"Allow": _READ})


def _route(path: str) -> str:
    """Return the route of a path: one of few, as each has its own numbers.

    >>> _route("/sparql"), _route("/queries/plans.csv"), _route("/wp-login.php")
    ('/sparql', '/queries', 'other')
    """
    if path in {_SPARQL, INDIRECT, CITE, VALIDATE} or path in _REST_ROUTES:
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


def _rest(
    editions: Editions,
    answering: Answering,
    options: ServeOptions,
    counted: metrics.Metrics,
    validators: Validators,
) -> FastAPI:
    # Interactive pages of the framework load scripts from another host; ours do not.
    rest = FastAPI(
        title="drugpolicy-kg",
        version=version("drugpolicy-kg"),
        summary="The EU's plans on drugs as a graph",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    rest.add_exception_handler(HTTPException, _on_http_exception)
    rest.add_exception_handler(RequestValidationError, _on_invalid)
    rest.add_exception_handler(Exception, _on_fault)
    _add_operations(rest, editions, answering, options, counted, validators)
    _add_pages(rest, editions)
    return rest


def _add_operations(
    rest: FastAPI,
    editions: Editions,
    answering: Answering,
    options: ServeOptions,
    counted: metrics.Metrics,
    validators: Validators,
) -> None:
    """Add what operators and their programs read."""

    @rest.get("/live", summary="Whether this process answers; waits for nothing")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @rest.get(
        "/ready",
        summary="Whether release, counts and known answers hold",
        responses=openapi.READINESS,
    )
    async def ready() -> JSONResponse:
        if editions.fault is not None:
            return _problem(Problem(503, f"Not ready: {editions.fault}", retry_after=1))
        edition = editions.current
        return JSONResponse(
            {
                "status": "ready",
                "triples": sum(edition.loaded.counts.values()),
                "version": edition.version,
                "release": edition.identity,
            }
        )

    @rest.get("/limits", summary="The limits that every client meets")
    async def limits() -> dict[str, int | float]:
        return {**options.limits.published(), "workers": editions.current.loaded.workers}

    @rest.get(
        "/metrics",
        summary="The numbers of this service for Prometheus",
        response_class=PlainTextResponse,
    )
    async def numbers() -> Response:
        text = counted.text(_families(editions, answering, validators))
        return PlainTextResponse(text, media_type=metrics.CONTENT_TYPE)


def _add_pages(rest: FastAPI, editions: Editions) -> None:
    """Add what people read, and the description for machines."""

    def whole_interface() -> dict[str, Any]:
        return openapi.described(rest.openapi(), editions.current.queries)

    @rest.get("/openapi.json", summary="This description of the interface")
    async def interface() -> JSONResponse:
        return JSONResponse(whole_interface())

    @rest.get(
        "/static/style.css",
        summary="The style of all pages",
        response_class=openapi.answer_of("text/css"),
    )
    async def stylesheet() -> Response:
        cached = {"Cache-Control": "public, max-age=3600"}
        return Response(pages.style(), media_type="text/css", headers=cached)

    @rest.get(
        "/context.jsonld",
        summary="The JSON-LD context of the terms",
        response_class=openapi.answer_of("application/ld+json", JSONResponse),
    )
    async def context() -> Response:
        return Response(editions.current.loaded.context, media_type="application/ld+json")

    @rest.get("/docs", summary="This interface as a page", response_class=HTMLResponse)
    async def documentation(
        request: Request,
        lang: Annotated[str, Query(description="the language of the page")] = "",
    ) -> Response:
        wished = [lang, *languages(request.headers.get("accept-language", ""))]
        paths = whole_interface()["paths"]
        return _page(pages.documentation(paths, language_of(wished), lang))


def _families(
    editions: Editions, answering: Answering, validators: Validators
) -> Iterator[metrics.Family]:
    """Yield the numbers that are read from where they stand."""
    edition = editions.current
    pool = edition.pool
    release = (("version", edition.version), ("release", edition.identity[:12]))
    yield "release_info", "gauge", "What is served.", {release: 1}
    yield "ready", "gauge", "Whether the service is ready.", {(): editions.fault is None}
    yield "triples", "gauge", "Triples served.", {(): sum(edition.loaded.counts.values())}
    yield "workers", "gauge", "Workers at most.", {(): edition.loaded.workers}
    yield "busy_workers", "gauge", "Workers at work.", {(): pool.running}
    yield "queue_length", "gauge", "Queries that wait.", {(): pool.waiting}
    kills: metrics.Values = {(("reason", why),): n for why, n in pool.kills.items()}
    yield "kills_total", "counter", "Workers ended before they answered.", kills
    yield "restarts_total", "counter", "Workers started in place of others.", {(): pool.restarts}
    yield "validations_waiting", "gauge", "Documents that wait.", {(): validators.waiting}
    ended: metrics.Values = {(("reason", why),): n for why, n in validators.kills.items()}
    yield "validation_kills_total", "counter", "Validations ended before their report.", ended
    yield "reloads_total", "counter", "Releases exchanged.", {(): editions.reloads}
    failed = {(): editions.failed_reloads}
    yield "reload_failures_total", "counter", "Releases refused.", failed
    yield "cache_bytes", "gauge", "Answers kept in memory.", {(): answering.results.size}
    yield "sending_bytes", "gauge", "Long answers on their way.", {(): answering.sending}


def _page(content: bytes) -> Response:
    headers = {name.decode(): value.decode() for name, value in page_headers()}
    return Response(content, headers={**headers, "vary": "Accept, Accept-Language"})


def _problem(problem: Problem) -> JSONResponse:
    response = JSONResponse(None, problem.status, problem.headers, CONTENT_TYPE)
    response.body = problem.body()
    response.headers["content-length"] = str(len(response.body))
    return response


async def _on_http_exception(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    detail = {
        404: f"Nothing stands at {request.url.path[:200]}.",
        405: f"{request.method} is not allowed here.",
    }.get(status, HTTPStatus(status).phrase)
    return _problem(Problem(status, detail, headers=headers))


def _fault() -> Problem:
    return Problem(500, "This service has a fault, which its operator is told.")


async def _on_fault(_: Request, __: Exception) -> Response:
    return _problem(_fault())


async def _on_invalid(_: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    detail = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in faults)
    return _problem(Problem(400, f"A parameter is not as expected: {detail}."))
