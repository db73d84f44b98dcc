"""Judgements of people as a graph of their own, beside what was read by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg import identifiers as ids
from drugpolicy_kg.graphs import Graph
from drugpolicy_kg.mapping.passages import passage
from drugpolicy_kg.vocabulary import DC, DCT, DP, SEMAPV_NAMESPACE, SSSOM

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drugpolicy_kg.judging import Judged


def judgement_graph(corrections: Iterable[Judged]) -> Graph:
    """Return the corrections of citations; the citations themselves stay as they are printed."""
    graph = Graph(ids.graph("judgements"))
    for judged in corrections:
        _correction(graph, judged)
    return graph


def _correction(graph: Graph, judged: Judged) -> None:
    own = judged.correction
    iri = ids.judgement("citation-correction", own.id)
    plan = ids.plan(own.plan)
    graph.type(iri, DP.CitationCorrection)
    graph.link(iri, DP.corrects, f"{plan}/{own.citation}")
    graph.link(iri, DP.problem, ids.concept("citation-problem", own.problem))
    graph.value(iri, DP.correction, own.statement)
    if own.meant:
        graph.link(iri, DP.meant, ids.thing("instruments", own.meant))
    justification = own.justification.partition(":")[2]
    graph.link(iri, SSSOM.mapping_justification, SEMAPV_NAMESPACE + justification)
    graph.value(iri, SSSOM.confidence, own.confidence)
    graph.value(iri, DCT.creator, own.author)
    graph.value(iri, DCT.created, own.date)
    graph.value(iri, DC.source, own.source)
    source = f"{ids.edition(own.plan, judged.version, own.language)}/file"
    words = f"{iri}/evidence/{own.language}/1"
    graph.link(iri, DP.evidence, words)
    passage(graph, words, source, judged.document, 1, judged.span)
