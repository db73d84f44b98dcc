"""The graphs in memory, answered by Oxigraph; the only module that knows this engine."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg import releases
from drugpolicy_kg.errors import ReleaseError, StoreError
from drugpolicy_kg.releases.counts import COUNTS, TOTAL
from drugpolicy_kg.store import QuerySyntaxError, Question, Shape, Sink
from drugpolicy_kg.store.counts import counted
from drugpolicy_kg.store.equalities import bound_early
from drugpolicy_kg.store.formats import by_name

if TYPE_CHECKING:
    from pathlib import Path

    _Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples

BASE_IRI: Final = "https://w3id.org/drugpolicy-kg/"

ROW_FORMATS: Final = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
RDF_FORMATS: Final = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
_READ: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
}
_PLACE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_EXPECTED_LENGTH: Final = 300


class EmbeddedStore:
    """Answers questions from the graphs of a folder, after checking that they are whole."""

    def __init__(self, store: ox.Store, counts: dict[str, int], objects: bytes = b"") -> None:
        """Answer from a store; `objects` says how often things are pointed to in it.

        Their form is that of `releases.counts`; what is no N-Triples raises `SyntaxError`.
        """
        self._store = store
        self._counts = counts
        self._objects = ox.Store()
        self._objects.load(objects, format=ox.RdfFormat.N_TRIPLES)
        written = {line.split(b" ", 2)[1][1:-1] for line in objects.splitlines()}
        self._counted = frozenset(map(bytes.decode, written)) - {TOTAL}

    @classmethod
    def load(cls, folder: Path, *, count: bool = False) -> EmbeddedStore:
        """Return a store with all graphs of a folder, or name the file that is not whole.

        With `count`, a folder without the counts of a release is counted as one would be.
        """
        manifest = releases.read_manifest(releases.locate(folder))
        store = ox.Store()
        counts: dict[str, int] = {}
        before = 0
        for graph in manifest.graphs:
            path = manifest.path(graph)
            content = releases.read_listed(manifest, graph)
            try:
                store.load(
                    content, format=_READ[graph.media_type], to_graph=ox.NamedNode(graph.iri)
                )
            except (SyntaxError, ValueError) as error:
                raise ReleaseError(
                    f"{path}: cannot be read as {graph.media_type} or into the graph "
                    f"<{graph.iri}>: {error}."
                ) from error
            counts[graph.iri] = len(store) - before
            before = len(store)
            if counts[graph.iri] != graph.triples:
                raise ReleaseError(
                    f"{path}: expected {graph.triples} triples as {releases.MANIFEST} says, "
                    f"found {counts[graph.iri]}."
                )
        listed = next((other for other in manifest.files if other.file == COUNTS), None)
        objects = b""
        if listed is not None:
            objects = releases.read_listed(manifest, listed)
        elif count:
            objects = releases.summary(manifest)[1]
        try:
            built = cls(store, counts, objects)
        except SyntaxError as error:
            raise ReleaseError(
                f"{manifest.folder / COUNTS}: cannot be read as application/n-triples: {error}."
            ) from error
        # A release was found disjoint when it was written, and its checksums hold that state.
        if not manifest.is_release:
            built._refuse_shared_triples(manifest)
        return built

    def _refuse_shared_triples(self, manifest: releases.Manifest) -> None:
        """Refuse graphs that share a triple: the union would count it once for each graph."""
        # Counting is four times faster than naming the graphs, which only a refusal needs.
        distinct = self.read(
            "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } }", "csv"
        )
        if int(distinct.split()[1]) == len(self._store):
            return
        shared = self._store.query(
            "SELECT ?s ?p ?o (IRI(MIN(STR(?g))) AS ?a) (IRI(MAX(STR(?g))) AS ?b) "
            "{ GRAPH ?g { ?s ?p ?o } } GROUP BY ?s ?p ?o HAVING (COUNT(*) > 1) LIMIT 1"
        )
        if not isinstance(shared, ox.QuerySolutions):  # pragma: no cover - a SELECT gives rows
            raise StoreError("The engine answered a SELECT with something else than rows.")
        for row in shared:
            raise ReleaseError(
                f"{manifest.folder / releases.MANIFEST}: graphs must be disjoint, but "
                f"{row['a']} and {row['b']} both hold {row['s']} {row['p']} {row['o']}."
            )

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of triples of each named graph."""
        return dict(self._counts)

    def read(self, query: str, form: str) -> bytes:
        """Return the answer to a query over all graphs, in the format of that name."""
        sink = io.BytesIO()
        self.answer(Question(query, by_name(form)), sink)
        return sink.getvalue()

    def answer(self, question: Question, sink: Sink) -> None:
        """Write the answer to a question into a sink, in the format asked for."""
        try:
            results = self._query(question)
            if isinstance(results, ox.QueryTriples):
                self._require(question, Shape.TRIPLES)
                results.serialize(sink, format=RDF_FORMATS[question.format.name])  # type: ignore[arg-type] # the engine needs write and flush only
            else:
                self._require(question, Shape.ROWS)
                results.serialize(sink, format=ROW_FORMATS[question.format.name])  # type: ignore[arg-type] # as above
        except SyntaxError as error:
            raise _syntax_fault(str(error)) from error
        except (ValueError, RuntimeError) as error:
            raise StoreError(f"The engine refused the query: {error}.") from error

    def _query(self, question: Question) -> _Results:
        own = question.own_dataset or question.dataset is not None
        if self._counted and not own:
            simpler = counted(question.text, self._counted)
            if simpler is not None:
                with suppress(SyntaxError):
                    return self._objects.query(simpler, base_iri=BASE_IRI)
        early = bound_early(question.text)
        if early != question.text:
            # What cannot be parsed is reported with the places of the query as it was sent.
            with suppress(SyntaxError):
                return self._evaluate(question, early)
        return self._evaluate(question, question.text)

    def _evaluate(self, question: Question, text: str) -> _Results:
        if question.dataset is not None:
            return self._store.query(
                text,
                base_iri=BASE_IRI,
                default_graph=[ox.NamedNode(iri) for iri in question.dataset.default],
                named_graphs=[ox.NamedNode(iri) for iri in question.dataset.named],
            )
        # The union switch makes the engine ignore FROM, so it is set only without FROM.
        return self._store.query(
            text, base_iri=BASE_IRI, use_default_graph_as_union=not question.own_dataset
        )

    @staticmethod
    def _require(question: Question, shape: Shape) -> None:
        if question.format.shape is not shape:
            raise StoreError(
                f"The answer consists of {shape.value}, which {question.format.media_type} "
                "cannot hold."
            )


def _syntax_fault(message: str) -> QuerySyntaxError:
    """Return the fault with the place that the engine's message begins with.

    >>> fault = _syntax_fault("error at 1:8: expected }")
    >>> (fault.line, fault.column, fault.message)
    (1, 8, 'expected }')
    """
    match = _PLACE.fullmatch(message)
    if match is None:
        return QuerySyntaxError(message[:_EXPECTED_LENGTH])
    # The engine lists every character that could have followed, over many lines.
    expected = " ".join(match[3].split())
    if len(expected) > _EXPECTED_LENGTH:
        expected = expected[:_EXPECTED_LENGTH] + "…"
    return QuerySyntaxError(expected, line=int(match[1]), column=int(match[2]))
