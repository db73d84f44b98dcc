"""The SPARQL 1.1 Graph Store HTTP Protocol for reading: whole graphs, by GET and HEAD.

A graph is named by a parameter (indirect: /rdf-graph-store?graph=IRI, or ?default), or by the
address itself (direct: /graph/…, wherever this service stands).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.service.http.exchange import header
from drugpolicy_kg.service.http.negotiation import HTML, PAGES, preferred
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.routes.answering import Asked
from drugpolicy_kg.service.routes.dereferencing import LANGUAGE, links
from drugpolicy_kg.service.routes.places import Place
from drugpolicy_kg.service.routes.sparql import parameters
from drugpolicy_kg.service.views.describing import questions
from drugpolicy_kg.store.formats import Shape, of_shape
from drugpolicy_kg.vocabulary import BASE

if TYPE_CHECKING:
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.http.exchange import Receive, Scope, Send
    from drugpolicy_kg.service.routes.answering import Answering

INDIRECT: Final = "/rdf-graph-store"
DIRECT: Final = "/graph/"
_BASE: Final = BASE.removesuffix("/")
_FORMATS: Final = of_shape(Shape.TRIPLES)
_PAGE: Final = PAGES[Shape.ROWS]
_ENDINGS: Final = {"ttl": "ttl", "nt": "nt", "jsonld": "jsonld", "rdf": "rdf", "html": "html"}


class GraphStore:
    """Answers with the triples of a graph."""

    def __init__(self, answering: Answering, editions: Editions) -> None:
        self._answering = answering
        self._editions = editions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise the problem with it."""
        graphs = self._editions.current.loaded.counts
        iri, kind = _graph(scope, frozenset(graphs))
        if iri is not None and iri not in graphs:
            raise Problem(
                404,
                f"<{iri[:200]}> is no graph of this service; the service description at /sparql "
                "lists its graphs.",
            )
        pattern = "?s ?p ?o" if iri is None else f"GRAPH <{iri}> {{ ?s ?p ?o }}"
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}"
        wanted = preferred(header(scope, b"accept"), (_FORMATS[0].media_type, HTML))
        if iri is not None and (kind or wanted) in {HTML, _PAGE.name}:
            asked = _page(scope, iri, graphs[iri])
        else:
            # A browser gets what it can show: the text of the graph.
            kind = kind or (_FORMATS[0].name if wanted == HTML else None)
            asked = Asked(query, kind, offered=_FORMATS)
        if scope["path"] != INDIRECT and iri is not None:
            place = Place.of(iri.removeprefix(_BASE))
            asked = replace(asked, headers=links(place, asked.format))
        await self._answering.respond(scope, receive, send, asked)


def _page(scope: Scope, iri: str, triples: int) -> Asked:
    """Return the question behind the page about a graph."""
    chosen = dict(parameters(scope["query_string"])).get(LANGUAGE, "")
    return Asked(
        questions()["graph"].sparql({"graph": iri}),
        _PAGE.name,
        offered=(_PAGE,),
        shown={_PAGE.name: "graph"},
        page={
            "graph": iri,
            "triples": triples,
            "path": iri.removeprefix(_BASE),
            "lang": chosen,
        },
        languages=(chosen,) if chosen else (),
    )


def _graph(scope: Scope, graphs: frozenset[str]) -> tuple[str | None, str | None]:
    """Return the IRI of the graph that is asked for, none for all of them, and the format."""
    given = parameters(scope["query_string"])
    kinds = [value for name, value in given if name == "format" and value]
    kind = kinds[0] if kinds else None
    if scope["path"] != INDIRECT:
        iri = _BASE + scope["path"]
        name, _, ending = iri.rpartition(".")
        if iri not in graphs and ending in _ENDINGS:
            return name, _ENDINGS[ending]
        return iri, kind
    named = [value for name, value in given if name == "graph"]
    default = [name for name, _ in given if name == "default"]
    if len(named) + len(default) != 1:
        raise Problem(400, "Exactly one of the parameters graph and default is expected.")
    return (named[0] if named else None), kind
