"""The routes /queries and /queries/NAME: questions that are ready to be asked.

They go the way of every other question: through the checks, the workers and the limits. A
value becomes an RDF term of its parameter's type before it meets the query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from drugpolicy_kg.citing.address import request
from drugpolicy_kg.errors import QueryError
from drugpolicy_kg.service.http.exchange import header, send_bytes
from drugpolicy_kg.service.http.negotiation import HTML, PAGES, preferred
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.routes.answering import Asked, spoken_headers
from drugpolicy_kg.service.routes.sparql import LANGUAGE, parameters, reader_language
from drugpolicy_kg.service.views import pages
from drugpolicy_kg.store.formats import Format, Shape

if TYPE_CHECKING:
    from drugpolicy_kg.queries import SavedQuery
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.http.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.routes.answering import Answering

PREFIX: Final = "/queries"
_JSON: Final = Format(("json",), "application/json", Shape.ROWS)
# Unlike that of /sparql, this CSV is for spreadsheets.
_CSV: Final = Format(("csv",), "text/csv", Shape.ROWS, charset=True)
_XLSX: Final = Format(
    ("xlsx",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Shape.ROWS
)
OFFERED: Final = (PAGES[Shape.ROWS], _JSON, _CSV, _XLSX)
_SHOWN: Final = {kind.name: kind.name for kind in OFFERED}


class SavedQueries:
    """Answers /queries and what stands below it."""

    def __init__(self, answering: Answering, editions: Editions) -> None:
        self._answering = answering
        self._editions = editions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise the problem with it."""
        path = scope["path"].removeprefix(PREFIX).strip("/")
        queries = self._editions.current.queries
        if not path:
            await self._list(scope, send, queries)
            return
        name, kind = _split(path)
        query = queries.get(name)
        if query is None:
            raise Problem(404, f"No saved query has the name {name[:80]!r}; see {PREFIX}.")
        values = _values(scope["query_string"])
        language = values.get(LANGUAGE, "")
        if LANGUAGE not in query.parameters:
            # It is the page that has a language then, and not the question.
            values.pop(LANGUAGE, None)
        try:
            text = query.sparql(values)
        except QueryError as error:
            raise Problem(400, str(error)) from error
        cite = request(f"queries/{name}", values)
        asked = Asked(
            text,
            kind,
            offered=OFFERED,
            shown=_SHOWN,
            page=_page(query, values, language),
            languages=(language,) if language else (),
            headers=[(b"link", f'<{cite}>; rel="cite-as"'.encode())],
        )
        await self._answering.respond(scope, receive, send, asked)

    @staticmethod
    async def _list(scope: Scope, send: Send, queries: dict[str, SavedQuery]) -> None:
        head = scope["method"] == "HEAD"
        accept = header(scope, b"accept")
        if preferred(accept, (HTML, _JSON.media_type)) == HTML:
            page = pages.queries(queries, *reader_language(scope))
            await send_bytes(send, 200, spoken_headers(), page, head=head)
            return
        listed = [_told(query) for query in queries.values()]
        headers = [(b"content-type", _JSON.media_type.encode()), (b"vary", b"Accept")]
        await send_bytes(send, 200, headers, pages.json_bytes(listed), head=head)


def _told(query: SavedQuery) -> dict[str, Any]:
    return {
        "name": query.name,
        "summary": query.summary,
        "columns": dict(query.columns),
        "parameters": {
            name: {"type": p.type, "about": p.about, "default": p.default}
            for name, p in query.parameters.items()
        },
        **{kind.name: f"{PREFIX}/{query.name}.{kind.name}" for kind in OFFERED},
    }


def _split(path: str) -> tuple[str, str | None]:
    """Return the name of a query and the format that its ending asks for.

    >>> _split("actions.csv"), _split("actions")
    (('actions', 'csv'), ('actions', None))
    """
    name, _, ending = path.rpartition(".")
    return (name, ending) if name and ending in _SHOWN else (path, None)


def _values(query_string: bytes) -> dict[str, str]:
    """Return the values of the parameters; each may be given once."""
    values: dict[str, str] = {}
    for name, value in parameters(query_string):
        if name in values:
            raise Problem(400, f"The parameter {name[:80]!r} is given twice.")
        values[name] = value
    return values


def _page(query: SavedQuery, values: dict[str, str], language: str) -> dict[str, Any]:
    """Return what the page of a query says beside its table."""
    given = urlencode({name: value for name, value in values.items() if value})
    tail = f"?{given}" if given else ""
    return {
        "name": query.name,
        "title": query.summary,
        "about": query.about,
        "columns": dict(query.columns),
        "downloads": [
            (kind.media_type, f"{PREFIX}/{query.name}.{kind.name}{tail}")
            for kind in OFFERED
            if kind.media_type != HTML
        ],
        "cite": request(f"queries/{query.name}", values),
        "form": False,
        "lang": language,
        "given": pages.addressed(
            [(name, value) for name, value in values.items() if value and name != LANGUAGE]
        ),
        "parameters": [
            (name, p.type, p.about, values.get(name, ""), p.default)
            for name, p in query.parameters.items()
        ],
        "action": f"{PREFIX}/{query.name}.html",
    }
