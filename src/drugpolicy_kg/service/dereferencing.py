"""The routes of linked data: every IRI of ours leads to a document about what it names.

As "Cool URIs for the Semantic Web" (W3C Interest Group Note 3 December 2008, section 4) has it,
the IRI of a thing under /id/ answers 303 with the address of a document about it in the format
that the client prefers (4.2); the IRI of something that is a document itself answers 200 with
that format and says in Content-Location where exactly it stands. The suffixes .ttl, .jsonld,
.nt, .rdf and .html name one format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from drugpolicy_kg.service.answering import Asked
from drugpolicy_kg.service.describing import QUESTIONS, questions
from drugpolicy_kg.service.exchange import header, send_bytes
from drugpolicy_kg.service.negotiation import choose
from drugpolicy_kg.service.presentation import HTML, PAGES
from drugpolicy_kg.service.problems import Problem
from drugpolicy_kg.service.sparql import parameters
from drugpolicy_kg.store.formats import Format, Shape, by_name
from drugpolicy_kg.vocabulary import BASE, GRAPH

if TYPE_CHECKING:
    from drugpolicy_kg.service.answering import Answering
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.exchange import Receive, Scope, Send

    Headers = list[tuple[bytes, bytes]]

THINGS: Final = "/id/"
#: What stands below these is a document of ours, and so is each of them.
DOCUMENTS: Final = ("/ontology", "/shapes")
LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
LANGUAGE: Final = "lang"
_OFFERED: Final = (
    by_name("turtle"),
    by_name("jsonld"),
    by_name("ntriples"),
    by_name("rdfxml"),
    PAGES[Shape.TRIPLES],
)
_SUFFIXES: Final = {
    "ttl": "turtle",
    "jsonld": "jsonld",
    "nt": "ntriples",
    "rdf": "rdfxml",
    "html": "html",
}
_SUFFIX_OF: Final = {name: suffix for suffix, name in _SUFFIXES.items()}
_SHOWN: Final = {kind.name: "description" for kind in _OFFERED}
# People read ontology and shapes as a whole; their page is made from the files.
_TERMS: Final = {**_SHOWN, PAGES[Shape.TRIPLES].name: "terms"}
# What an IRI of ours may consist of; everything else stands for nothing here.
_PATH: Final = re.compile(r"/[A-Za-z0-9._~!$&'*+,;=:@%/-]{1,180}")


@dataclass(frozen=True, slots=True)
class Place:
    """What a request asks for: an IRI, the path that stands for it, and the format, if any.

    >>> Place.of("/id/actor/europol.ttl")
    Place(iri='https://w3id.org/drugpolicy-kg/id/actor/europol', path='/id/actor/europol', kind='turtle')
    """  # noqa: E501 - the output of a doctest

    iri: str
    path: str
    kind: str | None

    @classmethod
    def of(cls, path: str) -> Place:
        """Return the place of a path, or raise the problem 404."""
        if not _PATH.fullmatch(path):
            raise Problem(404, f"Nothing stands at {path[:200]}.")
        name, _, suffix = path.rpartition(".")
        kind = _SUFFIXES.get(suffix) if name else None
        path = name if kind else path
        return cls(BASE + path.removeprefix("/"), path, kind)

    def document(self, kind: str) -> str:
        """Return the path of the document in a format."""
        return f"{self.path}.{_SUFFIX_OF[kind]}"


class Dereferencing:
    """Answers for things under /id/, and for the documents of ours."""

    def __init__(self, answering: Answering, editions: Editions) -> None:
        self._answering = answering
        self._editions = editions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise the problem with it."""
        place = Place.of(scope["raw_path"].decode("ascii", "replace"))
        given = dict(parameters(scope["query_string"]))
        language = given.get(LANGUAGE, "")
        wanted = place.kind or given.get("format") or None
        kind = choose(header(scope, b"accept"), wanted, _OFFERED)
        if place.kind is None and place.path.startswith(THINGS):
            await self._see_other(scope, receive, send, place, kind)
            return
        headers = links(place, kind.name)
        if place.kind is None:
            headers.append((b"content-location", place.document(kind.name).encode()))
        asked = Asked(
            questions()["about"].sparql({"thing": place.iri}),
            kind.name,
            offered=_OFFERED,
            shown=_TERMS if place.path in DOCUMENTS else _SHOWN,
            page={
                "connections": QUESTIONS,
                "format": kind.name,
                "thing": place.iri,
                "graph": _graph(place) if kind.media_type != HTML else "",
                "path": place.path,
                "document": f"{place.iri}.{_SUFFIX_OF[kind.name]}",
                "lang": language,
            },
            languages=(language,) if language else (),
            headers=headers,
        )
        await self._answering.respond(scope, receive, send, asked)

    async def _see_other(
        self, scope: Scope, receive: Receive, send: Send, place: Place, kind: Format
    ) -> None:
        """Send the client to the document about a thing, if there is such a thing."""
        text = questions()["existing"].sparql({"thing": place.iri})
        found = await self._answering.ask(scope, receive, text, place.iri)
        if found is None:
            return
        if b"true" not in found:
            raise Problem(404, f"<{place.iri}> is not in the graph.")
        target = place.document(kind.name)
        if scope["query_string"] and kind.media_type == HTML:
            given = [(n, v) for n, v in parameters(scope["query_string"]) if n == LANGUAGE]
            target += f"?{urlencode(given)}" if given else ""
        links = _alternates(place, None)
        links.append(f'<{place.document(kind.name)}>; rel="describedby"')
        headers = [
            (b"location", target.encode()),
            (b"vary", b"Accept"),
            (b"cache-control", b"no-cache"),
            (b"link", ", ".join(links).encode()),
        ]
        await send_bytes(send, 303, headers, b"", head=scope["method"] == "HEAD")


def _graph(place: Place) -> str:
    """Return the graph that holds a document with its terms, if the place is such a document."""
    return GRAPH + place.path.removeprefix("/") if place.path in DOCUMENTS else ""


def _alternates(place: Place, but: str | None) -> list[str]:
    return [
        f'<{place.document(kind.name)}>; rel="alternate"; type="{kind.media_type}"'
        for kind in _OFFERED
        if kind.name != but
    ]


def links(place: Place, kind: str | None) -> Headers:
    """Return the Link header of a document: other formats, what it is about, its licence."""
    told = [
        f'<{place.iri}>; rel="canonical"',
        f'<{place.iri}>; rel="describes"',
        f'<{LICENCE}>; rel="license"',
        *_alternates(place, kind),
    ]
    return [(b"link", ", ".join(told).encode())]
