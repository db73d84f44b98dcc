"""The way of every question, from any route: checked, found in memory or asked, sent, noted."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import msgspec

from drugpolicy_kg.service.admission import unknown_graph
from drugpolicy_kg.service.cache import Kept, Results
from drugpolicy_kg.service.http.exchange import header, http_date, matches, send_bytes, send_file
from drugpolicy_kg.service.http.negotiation import HTML, PAGES, choose, languages
from drugpolicy_kg.service.http.problems import Problem, over_limit
from drugpolicy_kg.service.http.watching import Client
from drugpolicy_kg.service.workers.queueing import Moved
from drugpolicy_kg.service.workers.replies import Reply, whole
from drugpolicy_kg.store.formats import Format, Shape, of_shape

if TYPE_CHECKING:
    from drugpolicy_kg.service.edition import Edition
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.fairness import Account, Accounts
    from drugpolicy_kg.service.http.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.journal import Record
    from drugpolicy_kg.service.options import ServeOptions
    from drugpolicy_kg.service.workers.replies import Reply

RECORD: Final = "drugpolicy_kg.record"
# A page depends on the software as well as on the release.
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_SOFTWARE: Final = version("drugpolicy-kg")
_PAGE_POLICY: Final = (
    "default-src 'none'; style-src {style}; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_OF_A_RELEASE: Final = frozenset({b"etag", b"cache-control", b"last-modified"})
_OFFERED: Final = {shape: (*of_shape(shape), PAGES[shape]) for shape in Shape}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a client sent it, whatever the route.

    `shown` says, by the name of a format, how it is made where the engine does not write it;
    `page` is what a page says beside the table.
    """

    query: str
    format: str | None = None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    offered: tuple[Format, ...] | None = None
    shown: dict[str, str] = field(default_factory=lambda: {"html": "html"})
    page: dict[str, Any] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    # A former release, where it is not the current one that is asked.
    edition: Edition | None = None


class Answering:
    """Answers questions from what is served, within the limits of a client."""

    def __init__(self, editions: Editions, accounts: Accounts, options: ServeOptions) -> None:
        self._editions = editions
        self._accounts = accounts
        self._limits = options.limits
        self.results = Results(options.cache_bytes)
        self.sending = 0

    async def respond(self, scope: Scope, receive: Receive, send: Send, asked: Asked) -> None:
        """Answer one question, or raise the problem with it."""
        record: Record = scope[RECORD]
        record.query = asked.query
        edition = asked.edition or self._editions.current
        admitted = edition.admit(asked.query)
        offered = _OFFERED[admitted.shape] if asked.offered is None else asked.offered
        accept = header(scope, b"accept")
        kind = choose(accept, asked.format, offered)
        request = {
            "format": kind.name,
            "own_dataset": admitted.own_dataset,
            "dataset": _dataset(asked, edition),
            "shown": self._shown(scope, edition, asked, kind),
        }
        if request["shown"] is not None:
            request["format"] = of_shape(admitted.shape)[0].name
        headers = [*_headers(kind), *asked.headers, *modified(edition)]
        key = ""
        if admitted.repeatable and edition.identity:
            key = _key(edition.identity, kind, request, asked.query)
            headers += [(b"etag", key.encode()), (b"cache-control", b"no-cache")]
        else:
            headers.append((b"cache-control", b"no-store"))
        head = scope["method"] == "HEAD"
        record.name_release(edition.version, edition.identity)
        if key and scope["method"] != "POST" and matches(header(scope, b"if-none-match"), key):
            record.cached = True
            await send_bytes(send, 304, headers, b"", head=True, length=False)
            return
        kept = self.results.find(key) if key else None
        if kept is not None:
            record.cached, record.rows = True, kept.rows
            await send_bytes(send, 200, kept.headers, kept.body, head=head)
            return
        reply = await self._ask(record, receive, request, asked.query, asked.edition)
        if reply is None:
            record.killed = "client gone"
            return
        record.rows = reply.rows
        if key and not record.answers_for(edition.identity):
            # A newer release answered, since this one was exchanged while the question waited.
            headers = [pair for pair in headers if pair[0] not in _OF_A_RELEASE]
            key = ""
        if reply.partial is not None:
            headers.append((b"x-partial-result", f"rows of {reply.partial} cut".encode()))
        await self._send(send, headers, reply, key, head=head)

    async def ask(
        self,
        scope: Scope,
        receive: Receive,
        query: str,
        name: str,
        *,
        form: str = "json",
        own_dataset: bool = False,
        shown: dict[str, Any] | None = None,
        edition: Edition | None = None,
    ) -> bytes | None:
        """Return what the engine says to a fixed question; nothing where the client hung up.

        What a release says is kept under the name, as it cannot change. The current release is
        asked, or the one that is given and no other: 503 where it was exchanged meanwhile.
        """
        record: Record = scope[RECORD]
        record.query = query
        chosen, edition = edition, edition or self._editions.current
        record.name_release(edition.version, edition.identity)
        key = f"{edition.identity} {name}"
        kept = self.results.find(key) if edition.identity else None
        if kept is not None:
            record.cached = True
            return kept.body
        request: dict[str, Any] = {"format": form, "own_dataset": own_dataset, "dataset": None}
        request["shown"] = shown
        reply = await self._ask(record, receive, request, query, chosen)
        if reply is None:
            record.killed = "client gone"
            return None
        body = whole(reply)
        if record.answers_for(edition.identity):
            self.results.keep(key, Kept([], body, reply.rows))
        return body

    async def _send(
        self, send: Send, headers: list[tuple[bytes, bytes]], reply: Reply, key: str, *, head: bool
    ) -> None:
        if reply.file is None:
            if key:
                self.results.keep(key, Kept(headers, reply.body, reply.rows))
            await send_bytes(send, 200, headers, reply.body, head=head)
            return
        limits = self._limits
        try:
            if self.sending + reply.length > limits.sending_bytes:
                raise over_limit(
                    503,
                    "sending_bytes",
                    limits.sending_bytes,
                    "bytes of answers on their way to all clients",
                    advice="Try again later, or ask for less.",
                    retry_after=limits.sending_seconds,
                )
            self.sending += reply.length
            try:
                await send_file(send, headers, reply.file, head=head)
            finally:
                self.sending -= reply.length
        finally:
            os.close(reply.file)

    async def _ask(
        self,
        record: Record,
        receive: Receive,
        request: dict[str, Any],
        query: str,
        former: Edition | None = None,
    ) -> Reply | None:
        """Return the answer, or nothing where the client hung up before it came."""
        account = self._accounts.enter(record.client)
        client = Client(receive)
        try:
            return await self._ask_on(record, account, request, query, former)
        except asyncio.CancelledError:
            if not client.hung_up():
                raise
            return None
        except Problem as problem:
            record.killed = problem.why
            raise
        finally:
            client.forget()
            self._accounts.leave(account)

    async def _ask_on(
        self,
        record: Record,
        account: Account,
        request: dict[str, Any],
        query: str,
        former: Edition | None,
    ) -> Reply:
        """Ask the release that is served, and the next one if it is exchanged meanwhile."""
        until = asyncio.get_running_loop().time() + self._limits.queue_seconds
        while True:
            try:
                edition = former or self._editions.current
                record.name_release(edition.version, edition.identity)
                return await edition.pool.ask(request, query.encode(), account, until=until)
            except Moved:
                if former is not None:
                    # It was the current one when it was chosen, and would say so for ever.
                    raise Problem(
                        503, "The release was exchanged meanwhile; ask again.", retry_after=1
                    ) from None

    def _shown(
        self, scope: Scope, edition: Edition, asked: Asked, kind: Format
    ) -> dict[str, Any] | None:
        way = asked.shown.get(kind.name)
        if way is None:
            return None
        if way in {"csv", "json"}:
            return {"as": way}
        wished = (*asked.languages, *languages(header(scope, b"accept-language")))
        return {
            "as": way,
            "most": self._limits.html_rows,
            "languages": [*wished, edition.language],
            **asked.page,
        }


def modified(edition: Edition) -> list[tuple[bytes, bytes]]:
    """Return the header that says since when a release is as it is."""
    return [] if edition.issued is None else [(b"last-modified", http_date(edition.issued))]


def page_policy(style: str = "'self'") -> bytes:
    """Return what a page may load and do; `style` is where its style comes from.

    >>> b"style-src 'self';" in page_policy()
    True
    """
    return _PAGE_POLICY.format(style=style).encode()


def page_headers() -> list[tuple[bytes, bytes]]:
    """Return the headers of a page: nothing but our own style and forms, whatever it says."""
    return [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"vary", b"Accept"),
        (b"content-security-policy", page_policy()),
        (b"referrer-policy", b"no-referrer"),
    ]


def spoken_headers() -> list[tuple[bytes, bytes]]:
    """Return the headers of a page whose language is its reader's."""
    return [*page_headers(), (b"vary", b"Accept-Language")]


def _headers(kind: Format) -> list[tuple[bytes, bytes]]:
    if kind.media_type == HTML:
        return spoken_headers()
    return [(b"content-type", kind.content_type.encode()), (b"vary", b"Accept")]


def _key(identity: str, kind: Format, request: dict[str, Any], query: str) -> str:
    """Return the entity tag of an answer: release, format, dataset and query."""
    told = _ENCODER.encode((identity, _SOFTWARE, kind.media_type, request, query))
    return f'"{sha256(told).hexdigest()[:32]}"'


def _dataset(asked: Asked, edition: Edition) -> list[tuple[str, ...]] | None:
    """Return the dataset that the client chose by parameters, which replaces FROM."""
    if not asked.default_graphs and not asked.named_graphs:
        return None
    for iri in (*asked.default_graphs, *asked.named_graphs):
        if iri not in edition.loaded.counts:
            raise unknown_graph(iri)
    return [asked.default_graphs, asked.named_graphs]
