"""The application: /sparql on its own short way, everything else through FastAPI."""

from __future__ import annotations

from dataclasses import asdict
from http import HTTPStatus
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from drugpolicy_kg.service import pages
from drugpolicy_kg.service.exchange import COMMON_HEADERS, send_bytes
from drugpolicy_kg.service.problems import CONTENT_TYPE, Problem
from drugpolicy_kg.service.sparql import Sparql, page_headers

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from drugpolicy_kg.service.exchange import Application, Receive, Scope, Send
    from drugpolicy_kg.service.options import ServeOptions
    from drugpolicy_kg.service.pool import Pool


def application(pool: Pool, options: ServeOptions) -> Application:
    """Return the ASGI application of a service."""
    rest = _rest(pool, options)
    sparql = Sparql(pool, options.limits, lambda: pages.query_form(options.limits))
    return _Entrance(sparql, rest)


class _Entrance:
    """Sends a request the right way, and adds to every answer what every answer has."""

    def __init__(self, sparql: Sparql, rest: FastAPI) -> None:
        self._sparql = sparql
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
        elif scope["path"] == "/sparql":
            await self._sparql(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            allow = (b"allow", b"GET, HEAD, OPTIONS")
            methods = (b"access-control-allow-methods", b"GET, HEAD, OPTIONS")
            await send_bytes(send, HTTPStatus.NO_CONTENT, [allow, methods], b"", head=True)
        else:
            # The server leaves the body out; the routes need not know of HEAD.
            asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope

            async def send_with_common_headers(message: MutableMapping[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], *COMMON_HEADERS]
                await send(message)

            await self._rest(asked, receive, send_with_common_headers)


def _rest(pool: Pool, options: ServeOptions) -> FastAPI:
    # Interactive pages of the framework load scripts from another host; ours do not.
    rest = FastAPI(
        title="drugpolicy-kg",
        version=version("drugpolicy-kg"),
        summary="The EU's plans on drugs as a graph",
        docs_url=None,
        redoc_url=None,
    )
    rest.add_exception_handler(HTTPException, _on_http_exception)
    rest.add_exception_handler(RequestValidationError, _on_invalid)
    style = files("drugpolicy_kg.service").joinpath("static/style.css").read_bytes()

    @rest.get("/live", summary="Whether this process answers; waits for nothing")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @rest.get("/ready", summary="Whether the release is loaded and workers are alive")
    async def ready() -> JSONResponse:
        if not pool.ready or pool.loaded is None:
            return _problem(Problem(503, "The release is being loaded.", retry_after=1))
        return JSONResponse({"status": "ready", "triples": sum(pool.loaded.counts.values())})

    @rest.get("/limits", summary="The limits of a query")
    async def limits() -> dict[str, int | float]:
        workers = 0 if pool.loaded is None else pool.loaded.workers
        return {**asdict(options.limits), "workers": workers}

    @rest.get("/static/style.css", include_in_schema=False)
    async def stylesheet() -> Response:
        cached = {"Cache-Control": "public, max-age=3600"}
        return Response(style, media_type="text/css", headers=cached)

    @rest.get("/", include_in_schema=False)
    async def start() -> Response:
        return _page(pages.start(pool.loaded, options.limits))

    @rest.get("/docs", include_in_schema=False)
    async def documentation() -> Response:
        return _page(pages.documentation(_operations(rest)))

    return rest


def _operations(rest: FastAPI) -> list[tuple[str, str, str]]:
    found = [
        ("GET", "/sparql", "SPARQL 1.1 query; without a query, the service description or a form"),
        ("POST", "/sparql", "SPARQL 1.1 query, as a form or as application/sparql-query"),
    ]
    for path, methods in rest.openapi()["paths"].items():
        found += [(method.upper(), path, told["summary"]) for method, told in methods.items()]
    return found


def _page(content: bytes) -> Response:
    headers = {name.decode(): value.decode() for name, value in page_headers()}
    return Response(content, headers=headers)


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


async def _on_invalid(_: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    detail = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in faults)
    return _problem(Problem(400, f"A parameter is not as expected: {detail}."))
