"""The route /validate: a form for people, and reports on the documents that are sent to it."""

from __future__ import annotations

import asyncio
from collections import Counter
from email.message import Message as Headers
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.service.http.exchange import (
    header,
    preflight,
    read_body,
    require_plain,
    send_bytes,
    send_file,
)
from drugpolicy_kg.service.http.negotiation import choose
from drugpolicy_kg.service.http.problems import Problem, not_allowed, over_limit
from drugpolicy_kg.service.http.watching import Client
from drugpolicy_kg.service.routes.answering import RECORD, page_policy, spoken_headers
from drugpolicy_kg.service.routes.sparql import parameters, reader_language
from drugpolicy_kg.service.uploads import FORM, MEDIA_TYPES, PARAMETERS, taken
from drugpolicy_kg.service.workers.messages import close_all
from drugpolicy_kg.store.formats import Format, Shape

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from drugpolicy_kg.service.http.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.options import Limits
    from drugpolicy_kg.service.validating import Validators
    from drugpolicy_kg.service.workers.replies import Reply

ROUTE: Final = "/validate"
ALLOW: Final = "GET, HEAD, POST, OPTIONS"
# The formats of a report; their names are those of `drugpolicy validate --format`.
REPORTS: Final = (
    Format(("json",), "application/json", Shape.ROWS),
    Format(("html",), "text/html", Shape.ROWS, charset=True),
    Format(("turtle", "ttl"), "text/turtle", Shape.ROWS, charset=True),
    Format(("sarif",), "application/sarif+json", Shape.ROWS),
    Format(("csv",), "text/csv", Shape.ROWS, charset=True),
    Format(("text",), "text/plain", Shape.ROWS, charset=True),
    Format(("junit",), "application/xml", Shape.ROWS),
)
_REPORTS: Final = {kind.name: kind for kind in REPORTS}
_BOUNDARY: Final = 70  # the longest that RFC 2046, 5.1.1 allows


class Validation:
    """Answers /validate."""

    def __init__(
        self,
        validators: Validators,
        limits: Limits,
        form: Callable[[str, str], bytes],
    ) -> None:
        self._validators = validators
        self._accounts = validators.accounts
        self._limits = limits
        self._form = form
        self._inside: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise the problem with it."""
        method = scope["method"]
        if method == "OPTIONS":
            await send_bytes(send, 204, preflight(ALLOW), b"", head=True)
        elif method in {"GET", "HEAD"}:
            # Who sees the form will soon send a document; the process needs seconds to start.
            self._validators.begin()
            page = self._form(*reader_language(scope))
            await send_bytes(send, 200, spoken_headers(), page, head=method == "HEAD")
        elif method == "POST":
            await self._check(scope, receive, send)
        else:
            raise not_allowed(method, ALLOW)

    async def _check(self, scope: Scope, receive: Receive, send: Send) -> None:
        require_plain(scope)
        told = _told(scope)
        # A form may say the format in a field, which is read with the rest of it.
        wished = told["parameters"].get("format")
        told["format"] = choose(header(scope, b"accept"), wished, REPORTS).name
        told["formats"] = list(_REPORTS)
        record = scope[RECORD]
        account = self._enter(record.client)
        client: Client | None = None
        try:
            content = await read_body(
                scope,
                receive,
                most=self._limits.upload_bytes,
                seconds=self._limits.validation_seconds,
                limit="upload_bytes",
                advice="Give one plan at a time.",
            )
            client = Client(receive)
            reply = await self._validators.check(told, content, account)
        except asyncio.CancelledError:
            if client is None or not client.hung_up():
                raise
            record.killed = "client gone"
            return
        except Problem as problem:
            record.killed = problem.why
            raise
        finally:
            if client is not None:
                client.forget()
            self._leave(record.client)
            self._accounts.leave(account)
        record.rows = reply.rows
        await self._send(send, reply)

    def _enter(self, name: str) -> Any:
        """Return the account of a client, unless it or all together have too many uploads here."""
        limits = self._limits
        if self._inside[name] >= limits.client_uploads:
            raise over_limit(
                429,
                "client_uploads",
                limits.client_uploads,
                "documents at a time",
                advice="Wait for a report before you send more.",
                retry_after=1,
            )
        if self._inside.total() >= limits.uploads:
            raise over_limit(
                503,
                "uploads",
                limits.uploads,
                "documents of all clients at a time",
                advice="Try again later.",
                retry_after=limits.validation_seconds,
            )
        account = self._accounts.enter(name)
        self._inside[name] += 1
        return account

    def _leave(self, name: str) -> None:
        self._inside[name] -= 1
        if not self._inside[name]:
            del self._inside[name]

    @staticmethod
    async def _send(send: Send, reply: Reply) -> None:
        # What a worker says is not believed: a document may have taken it over.
        kind = _REPORTS.get(reply.format, REPORTS[0])
        headers = [
            (b"content-type", kind.content_type.encode()),
            (b"vary", b"Accept"),
            (b"cache-control", b"no-store"),
        ]
        if kind.name == "html":
            headers += [(b"content-security-policy", page_policy(reply.style or "'none'"))]
            headers += [(b"referrer-policy", b"no-referrer")]
        if reply.file is None:
            await send_bytes(send, 200, headers, reply.body)
            return
        try:
            await send_file(send, headers, reply.file)
        finally:
            close_all([reply.file])


def _told(scope: Scope) -> dict[str, Any]:
    """Return what a request says of the document that it brings."""
    given: dict[str, str] = {}
    for name, value in parameters(scope["query_string"]):
        if name not in PARAMETERS or name in given:
            fault = "is given twice" if name in given else "is not known"
            raise Problem(
                400, f"The parameter {name[:80]!r} {fault}; expected: {', '.join(PARAMETERS)}."
            )
        if value:
            given[name] = value[:200]
    headers = Headers()
    headers["content-type"] = header(scope, b"content-type")
    # The library takes what it cannot read for text, as in mail.
    media_type = headers["content-type"].partition(";")[0].strip().lower()
    told: dict[str, Any] = {"media_type": media_type, "parameters": given}
    if media_type == FORM:
        boundary = str(headers.get_boundary("") or "")
        if not 0 < len(boundary) <= _BOUNDARY:
            raise Problem(400, "The form has no boundary that RFC 2046 allows.")
        return {**told, "boundary": boundary}
    if media_type not in MEDIA_TYPES:
        raise Problem(415, f"{media_type[:80] or 'No media type'} is not taken; {taken()}")
    charset = str(headers.get_content_charset("utf-8"))
    if charset not in {"utf-8", "us-ascii"}:
        raise Problem(415, f"charset {charset[:40]!r} is not taken; send UTF-8.")
    return told
