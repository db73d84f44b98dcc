"""The route /sparql: the query operation of the SPARQL 1.1 Protocol."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from drugpolicy_kg.service.admission import admit, unknown_graph
from drugpolicy_kg.service.exchange import (
    header,
    read_body,
    send_bytes,
    send_file,
    send_problem,
)
from drugpolicy_kg.service.negotiation import choose, preferred
from drugpolicy_kg.service.problems import Problem
from drugpolicy_kg.store.formats import Shape, of_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from drugpolicy_kg.service.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.options import Limits
    from drugpolicy_kg.service.pool import Pool, Reply

ALLOW: Final = "GET, HEAD, POST, OPTIONS"
_FORM: Final = "application/x-www-form-urlencoded"
_DIRECT: Final = "application/sparql-query"
_MOST_PARAMETERS: Final = 256
# In a form each byte of a query may take three.
_FORM_FACTOR: Final = 3
_FORM_ROOM: Final = 64 * 1024
# Watching for a client that hangs up costs a task, which a short query need not pay.
_PATIENCE_SECONDS: Final = 0.1
_HTML: Final = "text/html"
_PAGE_POLICY: Final = (
    b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    b"base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Operation:
    """A query operation as the client sent it."""

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    format: str | None


class Sparql:
    """Answers /sparql from the workers of a pool."""

    def __init__(self, pool: Pool, limits: Limits, form: Callable[[], bytes]) -> None:
        self._pool = pool
        self._limits = limits
        self._form = form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever is wrong with it is said as a problem."""
        head = scope["method"] == "HEAD"
        try:
            await self._respond(scope, receive, send, head=head)
        except Problem as problem:
            await send_problem(send, problem, head=head)

    async def _respond(self, scope: Scope, receive: Receive, send: Send, *, head: bool) -> None:
        method = scope["method"]
        if method == "OPTIONS":
            await send_bytes(send, 204, _preflight(), b"", head=True)
            return
        if method not in {"GET", "HEAD", "POST"}:
            raise Problem(405, f"{method} is not allowed here.", headers={"Allow": ALLOW})
        operation = await self._operation(scope, receive, method)
        accept = header(scope, b"accept")
        if operation.query is None:
            await self._describe(send, accept, operation.format, head=head)
            return
        loaded = self._pool.loaded
        if loaded is None or not self._pool.ready:
            raise Problem(503, "The release is being loaded.", retry_after=1)
        admitted = admit(operation.query, limits=self._limits, graphs=loaded.counts)
        kind = choose(admitted.shape, accept, operation.format)
        request = {
            "format": kind.name,
            "own_dataset": admitted.own_dataset,
            "dataset": _dataset(operation, loaded.counts),
        }
        reply = await self._ask(request, operation.query, receive)
        if reply is None:
            return
        headers = [
            (b"content-type", kind.content_type.encode()),
            (b"vary", b"Accept"),
            (b"cache-control", b"no-cache"),
        ]
        if reply.file is None:
            await send_bytes(send, 200, headers, reply.body, head=head)
            return
        try:
            await send_file(send, headers, reply.file, head=head)
        finally:
            os.close(reply.file)

    async def _ask(self, request: dict[str, Any], text: str, receive: Receive) -> Reply | None:
        """Return the answer, or nothing where the client hung up before it came."""
        question = asyncio.ensure_future(self._pool.ask(request, text))
        done, _ = await asyncio.wait((question,), timeout=_PATIENCE_SECONDS)
        if done:
            return question.result()
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait((question, gone), return_when=asyncio.FIRST_COMPLETED)
            if question.done():
                return question.result()
        finally:
            gone.cancel()
            question.cancel()
            with suppress(asyncio.CancelledError, Problem):
                await question
        return None

    async def _operation(self, scope: Scope, receive: Receive, method: str) -> Operation:
        in_url = _parameters(scope["query_string"])
        if method != "POST":
            return _assembled(in_url, None)
        encoding = header(scope, b"content-encoding").strip().lower()
        if encoding not in {"", "identity"}:
            raise Problem(415, f"Content-Encoding {encoding!r} is not taken; send it plain.")
        media_type, _, parameters = header(scope, b"content-type").partition(";")
        media_type = media_type.strip().lower()
        _require_utf8(parameters)
        most = self._limits.query_bytes
        seconds = self._limits.time_seconds
        if media_type == _DIRECT:
            body = await read_body(scope, receive, most=most, seconds=seconds)
            return _assembled(in_url, _decoded(body))
        if media_type == _FORM:
            most = _FORM_FACTOR * most + _FORM_ROOM
            body = await read_body(scope, receive, most=most, seconds=seconds)
            return _with_query(_assembled([*in_url, *_parameters(body)], None))
        if media_type == "application/sparql-update":
            raise Problem(415, "This endpoint is read-only; it takes no update.")
        raise Problem(
            415,
            f"Content-Type {media_type[:80]!r} is not taken. POST a query as {_DIRECT}, or as "
            f"{_FORM} with the parameter query.",
        )

    async def _describe(
        self, send: Send, accept: str, parameter: str | None, *, head: bool
    ) -> None:
        """Send the service description, or the query form to a client that prefers HTML."""
        formats = of_shape(Shape.TRIPLES)
        offered = (*(f.media_type for f in formats), _HTML)
        if parameter is None and preferred(accept, offered) == _HTML:
            await send_bytes(send, 200, page_headers(), self._form(), head=head)
            return
        loaded = self._pool.loaded
        if loaded is None:
            raise Problem(503, "The release is being loaded.", retry_after=1)
        kind = choose(Shape.TRIPLES, accept, parameter)
        headers = [(b"content-type", kind.content_type.encode()), (b"vary", b"Accept")]
        await send_bytes(send, 200, headers, loaded.descriptions[kind.name].encode(), head=head)


def page_headers() -> list[tuple[bytes, bytes]]:
    """Return the headers of a page: nothing but our own style and forms, whatever it says."""
    return [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"vary", b"Accept"),
        (
            b"content-security-policy",
            _PAGE_POLICY,
        ),
        (b"referrer-policy", b"no-referrer"),
    ]


def _preflight() -> list[tuple[bytes, bytes]]:
    return [
        (b"allow", ALLOW.encode()),
        (b"access-control-allow-methods", ALLOW.encode()),
        (b"access-control-allow-headers", b"Accept, Content-Type"),
        (b"access-control-max-age", b"86400"),
    ]


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _parameters(encoded: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a query string or form, percent-decoded once.

    >>> _parameters(b"query=ASK%20%7B%7D&x=%2525")
    [('query', 'ASK {}'), ('x', '%25')]
    """
    try:
        return parse_qsl(
            encoded.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except UnicodeDecodeError as error:
        raise Problem(400, "A parameter is not percent-encoded UTF-8.") from error
    except ValueError as error:
        raise Problem(400, f"More than {_MOST_PARAMETERS} parameters.") from error


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, f"The query is not UTF-8: byte {error.start} fits nowhere.") from error


def _require_utf8(parameters: str) -> None:
    for parameter in parameters.lower().split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in {"utf-8", "utf8", "us-ascii"}:
            raise Problem(415, f"charset {value.strip()[:40]!r} is not taken; send UTF-8.")


def _assembled(parameters: list[tuple[str, str]], direct: str | None) -> Operation:
    """Return the operation of a request; a query may be given once, in one place."""
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name, []).append(value)
    if "update" in values:
        raise Problem(400, "This endpoint is read-only; it takes no update.")
    queries = values.get("query", []) + ([] if direct is None else [direct])
    if len(queries) > 1:
        raise Problem(400, f"Exactly one query is expected, {len(queries)} were given.")
    formats = values.get("format", [])
    if len(formats) > 1:
        raise Problem(400, f"At most one format is expected, {len(formats)} were given.")
    return Operation(
        queries[0] if queries else None,
        tuple(values.get("default-graph-uri", ())),
        tuple(values.get("named-graph-uri", ())),
        formats[0] if formats and formats[0] else None,
    )


def _with_query(operation: Operation) -> Operation:
    if operation.query is None:
        raise Problem(400, "The parameter query is missing.")
    return operation


def _dataset(operation: Operation, counts: dict[str, int]) -> list[tuple[str, ...]] | None:
    """Return the dataset that the client chose by parameters, which replaces FROM."""
    if not operation.default_graphs and not operation.named_graphs:
        return None
    for iri in (*operation.default_graphs, *operation.named_graphs):
        if iri not in counts:
            raise unknown_graph(iri)
    return [operation.default_graphs, operation.named_graphs]
