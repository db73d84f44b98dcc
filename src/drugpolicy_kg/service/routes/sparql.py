"""The route /sparql: the query operation of the SPARQL 1.1 Protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote_to_bytes

from drugpolicy_kg.citing.address import request_own
from drugpolicy_kg.service.http.exchange import (
    header,
    preflight,
    read_body,
    require_plain,
    send_bytes,
)
from drugpolicy_kg.service.http.negotiation import HTML, choose, languages, preferred
from drugpolicy_kg.service.http.problems import Problem, not_allowed
from drugpolicy_kg.service.routes.answering import Asked, spoken_headers
from drugpolicy_kg.service.views import pages
from drugpolicy_kg.service.views.wording import language_of
from drugpolicy_kg.store.formats import Shape, of_shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.http.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.options import Limits
    from drugpolicy_kg.service.routes.answering import Answering

ROUTE: Final = "/sparql"
LANGUAGE: Final = "lang"
ALLOW: Final = "GET, HEAD, POST, OPTIONS"
_FORM: Final = "application/x-www-form-urlencoded"
_DIRECT: Final = "application/sparql-query"
# Proxies in front of us give all headers of an answer a few kilobytes.
_LONGEST_LINK: Final = 2_000
_MOST_PARAMETERS: Final = 256
_ONLY: Final = b"query="
# In a form each byte of a query may take three.
_FORM_FACTOR: Final = 3
_FORM_ROOM: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Operation:
    """A query operation as the client sent it."""

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    format: str | None
    language: str = ""

    def given(self) -> list[tuple[str, str]]:
        """Return what leads to the page of this operation, whose language is said apart."""
        return [
            ("query", self.query or ""),
            *(("default-graph-uri", iri) for iri in self.default_graphs),
            *(("named-graph-uri", iri) for iri in self.named_graphs),
            ("format", "html"),
        ]


class Sparql:
    """Answers /sparql, and describes itself where nothing is asked."""

    def __init__(
        self,
        answering: Answering,
        editions: Editions,
        limits: Limits,
        form: Callable[[str, str], bytes],
    ) -> None:
        self._answering = answering
        self._editions = editions
        self._limits = limits
        self._form = form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise the problem with it."""
        method = scope["method"]
        if method == "OPTIONS":
            await send_bytes(send, 204, preflight(ALLOW), b"", head=True)
            return
        if method not in {"GET", "HEAD", "POST"}:
            raise not_allowed(method, ALLOW)
        operation = await self._operation(scope, receive, method)
        if operation.query is None:
            await self._describe(scope, send, operation.format)
            return
        cite = self._citation(operation)
        asked = Asked(
            operation.query,
            operation.format,
            operation.default_graphs,
            operation.named_graphs,
            page={
                "title": "",
                "about": "",
                "columns": {},
                "downloads": [],
                "form": True,
                "cite": cite,
                "lang": operation.language,
                "action": ROUTE,
                "given": pages.addressed(operation.given()),
            },
            languages=(operation.language,) if operation.language else (),
            headers=[(b"link", f'<{cite}>; rel="cite-as"'.encode())] if cite else [],
        )
        await self._answering.respond(scope, receive, send, asked)

    def _citation(self, operation: Operation) -> str:
        """Return where an answer is cited; nothing where its address would be too long.

        A dataset beside the query is not part of a citation: whoever cites writes FROM.
        """
        beside = operation.default_graphs or operation.named_graphs
        if operation.query is None or beside or self._editions.current.manifest is None:
            return ""
        path = request_own(operation.query)
        return path if len(path) <= _LONGEST_LINK else ""

    async def _operation(self, scope: Scope, receive: Receive, method: str) -> Operation:
        in_url = parameters(scope["query_string"])
        if method != "POST":
            return _assembled(in_url, None)
        require_plain(scope)
        media_type, _, rest = header(scope, b"content-type").partition(";")
        media_type = media_type.strip().lower()
        _require_utf8(rest)
        most = self._limits.query_bytes
        seconds = self._limits.time_seconds
        if media_type == _DIRECT:
            body = await read_body(scope, receive, most=most, seconds=seconds)
            return _assembled(in_url, _decoded(body))
        if media_type == _FORM:
            most = _FORM_FACTOR * most + _FORM_ROOM
            body = await read_body(scope, receive, most=most, seconds=seconds)
            return _with_query(_assembled([*in_url, *parameters(body)], None))
        if media_type == "application/sparql-update":
            raise Problem(415, "This endpoint is read-only; it takes no update.")
        raise Problem(
            415,
            f"Content-Type {media_type[:80]!r} is not taken. POST a query as {_DIRECT}, or as "
            f"{_FORM} with the parameter query.",
        )

    async def _describe(self, scope: Scope, send: Send, parameter: str | None) -> None:
        """Send the service description, or the query form to a client that prefers HTML."""
        accept, head = header(scope, b"accept"), scope["method"] == "HEAD"
        formats = of_shape(Shape.TRIPLES)
        offered = (*(f.media_type for f in formats), HTML)
        if parameter is None and preferred(accept, offered) == HTML:
            page = self._form(*reader_language(scope))
            await send_bytes(send, 200, spoken_headers(), page, head=head)
            return
        descriptions = self._editions.current.loaded.descriptions
        kind = choose(accept, parameter, formats)
        headers = [(b"content-type", kind.content_type.encode()), (b"vary", b"Accept")]
        await send_bytes(send, 200, headers, descriptions[kind.name].encode(), head=head)


def parameters(encoded: bytes) -> list[tuple[str, str]]:
    """Return the parameters of a query string or form, percent-decoded once.

    >>> parameters(b"query=ASK%20%7B%7D&x=%2525")
    [('query', 'ASK {}'), ('x', '%25')]
    """
    try:
        if encoded.startswith(_ONLY) and b"&" not in encoded and encoded.isascii():
            # Most requests have nothing else.
            value = unquote_to_bytes(encoded[len(_ONLY) :].replace(b"+", b" "))
            return [("query", value.decode())]
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


def reader_language(scope: Scope) -> tuple[str, str]:
    """Return the language of a page for its reader, and the one that its address asks for."""
    chosen = dict(parameters(scope["query_string"])).get(LANGUAGE, "")
    return language_of([chosen, *languages(header(scope, b"accept-language"))]), chosen


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, f"The query is not UTF-8: byte {error.start} fits nowhere.") from error


def _require_utf8(told: str) -> None:
    for parameter in told.lower().split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in {"utf-8", "utf8", "us-ascii"}:
            raise Problem(415, f"charset {value.strip()[:40]!r} is not taken; send UTF-8.")


def _assembled(given: list[tuple[str, str]], direct: str | None) -> Operation:
    """Return the operation of a request; a query may be given once, in one place."""
    values: dict[str, list[str]] = {}
    for name, value in given:
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
        values.get(LANGUAGE, [""])[-1],
    )


def _with_query(operation: Operation) -> Operation:
    if operation.query is None:
        raise Problem(400, "The parameter query is missing.")
    return operation
