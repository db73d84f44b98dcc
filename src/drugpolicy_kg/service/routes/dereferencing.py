"""The routes of linked data: every IRI of ours leads to a document about what it names.

As "Cool URIs for the Semantic Web" (W3C Interest Group Note 3 December 2008, section 4) has it,
the IRI of a thing under /id/ answers 303 with the address of a document about it in the format
that the client prefers (4.2); the IRI of something that is a document itself answers 200 with
that format and says in Content-Location where exactly it stands. The suffixes .ttl, .jsonld,
.nt, .rdf and .html name one format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from drugpolicy_kg.service.http.exchange import header, send_bytes
from drugpolicy_kg.service.http.negotiation import HTML, PAGES, choose
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.routes import timegates
from drugpolicy_kg.service.routes.answering import Asked
from drugpolicy_kg.service.routes.places import SUFFIX_OF, Place
from drugpolicy_kg.service.routes.sparql import parameters
from drugpolicy_kg.service.views.describing import QUESTIONS, questions
from drugpolicy_kg.store.formats import Format, Shape, by_name
from drugpolicy_kg.vocabulary import GRAPH

if TYPE_CHECKING:
    from drugpolicy_kg.service.edition import Edition
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.http.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.routes.answering import Answering

    Headers = list[tuple[bytes, bytes]]

THINGS: Final = "/id/"
#: What stands below these is a document of ours, and so is each of them.
DOCUMENTS: Final = ("/ontology", "/shapes", "/void", "/catalogue")
#: Those of them that define terms, and have pages of their own.
_DEFINING: Final = ("/ontology", "/shapes")
#: Where the graphs are described: what a graph holds says nothing of the graph.
_DESCRIBED_BY: Final = "/void"
LANGUAGE: Final = "lang"
OFFERED: Final = (
    by_name("turtle"),
    by_name("jsonld"),
    by_name("ntriples"),
    by_name("rdfxml"),
    PAGES[Shape.TRIPLES],
)
_SHOWN: Final = {kind.name: "description" for kind in OFFERED}
# People read ontology and shapes as a whole; their page is made from the files.
_TERMS: Final = {**_SHOWN, PAGES[Shape.TRIPLES].name: "terms"}


class Dereferencing:
    """Answers for things under /id/, and for the documents of ours."""

    def __init__(self, answering: Answering, editions: Editions) -> None:
        self._answering = answering
        self._editions = editions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise the problem with it."""
        path = scope["raw_path"].decode("ascii", "replace")
        place = Place.of(path)
        held = self._editions.former.held
        if held and header(scope, b"accept-datetime"):
            await timegates.negotiate(scope, send, path, held)
            return
        times: Headers = []
        if held:
            links = timegates.related(place.path, held)
            times = [(b"vary", b"Accept-Datetime"), (b"link", ", ".join(links).encode())]
        if place.kind is None and place.path.startswith(THINGS):
            await self._see_other(scope, receive, send, place, times)
            return
        await self.answer(scope, receive, send, place, headers=times)

    async def answer(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        place: Place,
        *,
        edition: Edition | None = None,
        at: str = "",
        headers: Headers,
    ) -> None:
        """Answer with the document about a place, of the current release or a former one.

        `at` is where that release stands: a part of the path before that of the place.
        """
        language, kind = self._wished(scope, place)
        told = [*links(place, kind.name, at), *headers]
        if place.kind is None:
            told.append((b"content-location", f"{at}{place.document(kind.name)}".encode()))
        asked = Asked(
            questions()["about"].sparql({"thing": place.iri}),
            kind.name,
            offered=OFFERED,
            # The files of the package are those of the current release.
            shown=_TERMS if place.path in _DEFINING and not at else _SHOWN,
            page={
                "connections": QUESTIONS,
                "format": kind.name,
                "thing": place.iri,
                "graph": _graph(place) if kind.media_type != HTML else "",
                "path": f"{at}{place.path}",
                "document": f"{place.iri}.{SUFFIX_OF[kind.name]}",
                "lang": language,
                "cite": self._cite(place, at),
            },
            languages=(language,) if language else (),
            headers=told,
            edition=edition,
        )
        await self._answering.respond(scope, receive, send, asked)

    def _cite(self, place: Place, at: str) -> str:
        """Return where a thing is cited; what another engine holds is not."""
        known = bool(self._editions.current.identity) and place.path.startswith(THINGS)
        return f"/cite?{urlencode({'about': place.path[1:]}, safe='/')}" if known and not at else ""

    @staticmethod
    def _wished(scope: Scope, place: Place) -> tuple[str, Format]:
        given = dict(parameters(scope["query_string"]))
        wanted = place.kind or given.get("format") or None
        return given.get(LANGUAGE, ""), choose(header(scope, b"accept"), wanted, OFFERED)

    async def _see_other(
        self, scope: Scope, receive: Receive, send: Send, place: Place, times: Headers
    ) -> None:
        """Send the client to the document about a thing, if there is such a thing."""
        language, kind = self._wished(scope, place)
        text = questions()["existing"].sparql({"thing": place.iri})
        found = await self._answering.ask(scope, receive, text, place.iri)
        if found is None:
            return
        if b"true" not in found:
            raise Problem(404, f"<{place.iri}> is not in the graph.")
        target = place.document(kind.name)
        if language and kind.media_type == HTML:
            target += f"?{urlencode({LANGUAGE: language})}"
        alternates = _alternates(place, None)
        alternates.append(f'<{place.document(kind.name)}>; rel="describedby"')
        headers = [
            (b"location", target.encode()),
            (b"vary", b"Accept"),
            (b"cache-control", b"no-cache"),
            (b"link", ", ".join(alternates).encode()),
            *times,
        ]
        await send_bytes(send, 303, headers, b"", head=scope["method"] == "HEAD")


def _graph(place: Place) -> str:
    """Return the graph that holds a document with its terms, if the place is such a document."""
    return GRAPH + place.path.removeprefix("/") if place.path in DOCUMENTS else ""


def _alternates(place: Place, but: str | None, at: str = "") -> list[str]:
    return [
        f'<{at}{place.document(kind.name)}>; rel="alternate"; type="{kind.media_type}"'
        for kind in OFFERED
        if kind.name != but
    ]


def links(place: Place, kind: str | None, at: str = "") -> Headers:
    """Return the Link header of a document: other formats, what it is about."""
    told = [
        f'<{place.iri}>; rel="canonical"',
        f'<{place.iri}>; rel="describes"',
        f'<{place.iri}>; rel="cite-as"',
        *_alternates(place, kind, at),
    ]
    if place.iri.startswith(GRAPH):
        told.append(f'<{_DESCRIBED_BY}>; rel="describedby"')
    return [(b"link", ", ".join(told).encode())]
