"""RDF that somebody gives: the shapes are asked, and a finding stands at the line of its node."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from drugpolicy_kg import identifiers as ids
from drugpolicy_kg import rdf_input, validation
from drugpolicy_kg.findings import Excerpt, Place
from drugpolicy_kg.graphs import Graph
from drugpolicy_kg.inspection.look import Look
from drugpolicy_kg.inspection.shaping import is_known, run
from drugpolicy_kg.readers import digest
from drugpolicy_kg.reports import Input
from drugpolicy_kg.vocabulary import DP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drugpolicy_kg.findings import Finding
    from drugpolicy_kg.inspection.look import Options


@dataclass(frozen=True)
class Given:
    """RDF that somebody gave: its bytes, what it is called, and its syntax."""

    data: bytes
    name: str
    syntax: rdf_input.Format

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file, as far as it is text."""
        return self.data.decode("utf-8", errors="replace").splitlines()


def look_at(given: Sequence[Given], options: Options) -> Look:
    """Ask the shapes about all files together, which may complete each other.

    A finding stands where its node is first named. Raises `SourceError` for what is no RDF.
    """
    graph = Graph(given[0].name)
    for own in given:
        graph.triples.update(
            quad.triple for quad in rdf_input.quads(own.data, own.syntax, own.name)
        )
    earlier = _earlier(graph) if options.profile is validation.Profile.LINKED else frozenset()
    for plan in earlier:
        graph.type(ids.plan(plan), DP.Plan)
    result = validation.validate(
        [graph],
        profile=options.profile,
        shapes=options.shapes,
        locate=lambda node: _named_at(node, given),
    )
    order = {own.name: number for number, own in enumerate(given)}
    kept = [
        (finding, own)
        for finding, own in zip(result.findings, result.results, strict=True)
        if finding.thing not in earlier
    ]
    result = replace(result, results=tuple(own for _, own in kept))
    findings = sorted(
        (_excerpted(finding, given) for finding, _ in kept),
        key=lambda own: (order.get(own.place.file, len(order)), own.place.line),
    )
    inputs = [Input(own.name, digest(own.data), own.syntax.label) for own in given]
    return Look(inputs, findings, [run(result)])


def _earlier(graph: Graph) -> frozenset[str]:
    """Return the plans that are followed here and described in the graphs that travel with us."""
    root = ids.plan("")
    described = {str(triple.subject) for triple in graph.triples}
    return frozenset(
        plan
        for triple in graph.triples
        if triple.predicate.value == DP.follows and str(triple.object) not in described
        if is_known(plan := str(triple.object).strip("<>").removeprefix(root))
    )


def _named_at(node: str, given: Sequence[Given]) -> Place:
    """Return where a node is first named: in full, or by the end of its name."""
    for words in (node, *(node.partition(sign)[2] for sign in ("/id/", "#")), _last(node)):
        for own in given:
            for number, line in enumerate(own.lines, start=1):
                if words and words in line:
                    return Place(own.name, number, line.index(words) + 1)
    return Place(given[0].name)


def _last(node: str) -> str:
    """Return the last part of an IRI, as a prefixed name has it.

    >>> _last("https://example.org/a/b#c")
    'c'
    """
    return node.replace("#", "/").rstrip("/").rpartition("/")[2]


def _excerpted(finding: Finding, given: Sequence[Given]) -> Finding:
    place = finding.place
    lines = next((own.lines for own in given if own.name == place.file), [])
    if not 0 < place.line <= len(lines):
        return finding
    line = lines[place.line - 1]
    return replace(finding, excerpt=Excerpt(line, max(place.column, 1), len(line) + 1))
