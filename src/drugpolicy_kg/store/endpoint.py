"""Any SPARQL 1.1 endpoint as the store: the same questions, asked over HTTP.

The engine is asked for one format of rows and one of triples, and what it says is written
again here, so that clients get the same bytes whichever engine answers.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from drugpolicy_kg.errors import ServiceError, StoreError
from drugpolicy_kg.store import (
    AnswerCutError,
    Question,
    Shape,
    Sink,
    StoreUnavailableError,
)
from drugpolicy_kg.store.dialect import based, canonical, refusal
from drugpolicy_kg.store.embedded import RDF_FORMATS, ROW_FORMATS

if TYPE_CHECKING:
    from urllib.parse import SplitResult

GRAPHS: Final = "https://w3id.org/drugpolicy-kg/graph/"
_COUNTS: Final = (
    "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } "
    f'FILTER(STRSTARTS(STR(?g), "{GRAPHS}")) }} GROUP BY ?g'
)
_ACCEPT: Final = {
    Shape.ROWS: "application/sparql-results+json, application/sparql-results+xml;q=0.5",
    Shape.TRIPLES: "application/n-triples, text/turtle;q=0.5, text/plain;q=0.1",
}
_READ_ROWS: Final = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
}
_READ_TRIPLES: Final = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
}
# Virtuoso says in these headers that it stopped before the end.
_CUT_HEADERS: Final = ("X-SPARQL-MaxRows", "X-SQL-State")
_MOST_BYTES: Final = 256 * 1024 * 1024
_OK: Final = 200
_BAD_REQUEST: Final = 400
_SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where an endpoint is.

    >>> Place.of("https://e.example/sparql?timeout=5000")
    Place(host='e.example', port=443, path='/sparql?timeout=5000', secure=True)
    """

    host: str
    port: int
    path: str
    secure: bool

    @classmethod
    def of(cls, url: str) -> Place:
        """Return the place of a URL, or say what is wrong with it."""
        try:
            parts: SplitResult = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise ServiceError(f"endpoint: {url!r} is no address ({error}).") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ServiceError(
                f"endpoint: {url!r} is no address of a SPARQL endpoint.",
                remedy="Give one like http://localhost:8890/sparql, without a password.",
            )
        secure = parts.scheme == "https"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.hostname, port or (443 if secure else 80), path, secure)

    def connect(self, seconds: float) -> socket.socket:
        """Return an open connection, before any encryption."""
        return socket.create_connection((self.host, self.port), timeout=seconds)


class EndpointStore:
    """Answers questions by asking another endpoint about the graphs that are ours."""

    def __init__(self, place: Place, counts: dict[str, int], *, seconds: float) -> None:
        self._place = place
        self._counts = counts
        self._seconds = seconds
        # The certificates are read now; a confined process may read none later.
        self._security = ssl.create_default_context() if place.secure else None

    @classmethod
    def explore(cls, url: str, *, seconds: float) -> EndpointStore:
        """Return the store of an endpoint with the number of triples of each of our graphs."""
        store = cls(Place.of(url), {}, seconds=seconds)
        try:
            content_type, content = store._ask(_COUNTS, Shape.ROWS, [], ())
        except StoreError as error:
            raise StoreError(
                f"endpoint {url}: does not say which graphs it has: {error.message}",
                remedy="Load the graphs of a release into it, each under its name.",
            ) from error
        rows = ox.parse_query_results(content, format=_READ_ROWS[content_type])
        if not isinstance(rows, ox.QuerySolutions):
            raise StoreError(f"endpoint {url}: answered a SELECT without rows.")
        for row in rows:
            graph, triples = row["g"], row["n"]
            if isinstance(graph, ox.NamedNode) and isinstance(triples, ox.Literal):
                store._counts[graph.value] = int(triples.value)
        if not store._counts:
            raise StoreError(
                f"endpoint {url}: has no graph under {GRAPHS}.",
                remedy="Load the graphs of a release into it, each under its name.",
            )
        store._counts = dict(sorted(store._counts.items()))
        return store

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of triples of each named graph that is ours."""
        return dict(self._counts)

    def answer(self, question: Question, sink: Sink) -> None:
        """Write the answer to a question into a sink, in the format asked for."""
        shape = question.format.shape
        content_type, content = self._ask(
            question.text, shape, self._dataset(question), question.connections
        )
        try:
            if shape is Shape.ROWS:
                form = _READ_ROWS[content_type]
                if form is ox.QueryResultsFormat.JSON:
                    content = canonical(content)
                rows = ox.parse_query_results(content, format=form)
                rows.serialize(sink, format=ROW_FORMATS[question.format.name])  # type: ignore[arg-type] # the engine needs write and flush only
            else:
                quads = ox.parse(content, format=_READ_TRIPLES[content_type])
                ox.serialize(
                    (quad.triple for quad in quads),
                    sink,  # type: ignore[arg-type] # as above
                    RDF_FORMATS[question.format.name],
                )
        except KeyError as error:
            raise StoreUnavailableError(f"The engine answered with {content_type!r}.") from error
        except (SyntaxError, ValueError) as error:
            raise StoreUnavailableError(
                "The engine's answer is broken, or ends too early."
            ) from error

    def _dataset(self, question: Question) -> list[tuple[str, str]]:
        """Return the dataset as parameters: always said, as an engine may hold other graphs."""
        if question.dataset is not None:
            default, named = question.dataset.default, question.dataset.named
        elif question.own_dataset:
            return []
        else:
            default = named = tuple(self._counts)
        return [
            *(("default-graph-uri", iri) for iri in default),
            *(("named-graph-uri", iri) for iri in named),
        ]

    def _ask(
        self,
        query: str,
        shape: Shape,
        dataset: list[tuple[str, str]],
        connections: tuple[int, ...],
    ) -> tuple[str, bytes]:
        asked = based(query)
        body = urlencode([("query", asked.text), *dataset]).encode()
        headers = {
            "Accept": _ACCEPT[shape],
            "Content-Type": "application/x-www-form-urlencoded",
            "Connection": "close",
        }
        try:
            connection = self._connection(connections)
            try:
                connection.request("POST", self._place.path, body, headers)
                with connection.getresponse() as response:
                    content = response.read(_MOST_BYTES + 1)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise StoreUnavailableError(
                f"The engine cannot be reached ({type(error).__name__})."
            ) from error
        _require_whole(response, content, asked.shift)
        return (response.getheader("Content-Type") or "").partition(";")[0].strip(), content

    def _connection(self, connections: tuple[int, ...]) -> http.client.HTTPConnection:
        place = self._place
        if connections:
            opened = socket.socket(fileno=os.dup(connections[0]))
            opened.settimeout(self._seconds)
        else:
            opened = place.connect(self._seconds)
        if self._security is not None:
            opened = self._security.wrap_socket(opened, server_hostname=place.host)
        connection = http.client.HTTPConnection(place.host, place.port)
        connection.sock = opened
        return connection


def _require_whole(response: http.client.HTTPResponse, content: bytes, shift: int) -> None:
    """Refuse what is not the whole answer to the question."""
    if response.status == _OK:
        if len(content) > _MOST_BYTES or any(response.getheader(h) for h in _CUT_HEADERS):
            raise AnswerCutError("The engine gave a part of the answer only.")
        return
    if _BAD_REQUEST <= response.status < _SERVER_ERROR:
        raise refusal(content, shift)
    raise StoreUnavailableError(f"The engine answered with status {response.status}.")
