"""A passage of a source as a node: https://www.w3.org/TR/annotation-model/#selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.vocabulary import DP, OA, PROV, SKOS

if TYPE_CHECKING:
    from drugpolicy_kg.document import Document
    from drugpolicy_kg.evidence import Span
    from drugpolicy_kg.graphs import Graph


def passage(
    graph: Graph, iri: str, source: str, document: Document, number: int, span: Span
) -> None:
    """Describe a passage: the file, lines, offsets and the raw words."""
    quote, position = f"{iri}/quote", f"{iri}/position"
    graph.type(iri, DP.Passage, OA.SpecificResource)
    graph.link(iri, OA.hasSource, source)
    graph.link(iri, OA.hasSelector, quote, position)
    graph.value(iri, DP.passageNumber, number)
    graph.value(iri, DP.firstLine, document.position(span.start).line)
    graph.value(iri, DP.lastLine, document.position(span.end - 1).line)
    if page := document.place(span.start).page:
        printed = f"{source.removesuffix('/text')}/file/page/{page}"
        graph.type(printed, PROV.Entity)
        graph.value(printed, SKOS.notation, str(page))
        graph.link(iri, PROV.wasQuotedFrom, printed)
    graph.type(quote, OA.TextQuoteSelector)
    graph.value(quote, OA.exact, document.source[span.start : span.end])
    graph.type(position, OA.TextPositionSelector)
    graph.value(position, OA.start, span.start)
    graph.value(position, OA.end, span.end)
