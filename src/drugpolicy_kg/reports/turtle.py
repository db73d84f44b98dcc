"""A report as the W3C's validation report: the results of shapes and of every other check."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyoxigraph as ox

from drugpolicy_kg.findings import Severity
from drugpolicy_kg.vocabulary import BASE, PREFIXES, RDF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drugpolicy_kg.findings import Finding
    from drugpolicy_kg.reports.report import Report, ReportWords

_SH = "http://www.w3.org/ns/shacl#"
_BOOLEAN = PREFIXES["xsd"] + "boolean"
_SHAPES = BASE + "shapes#"
_SEVERITIES = {Severity.VIOLATION: "Violation", Severity.WARNING: "Warning", Severity.INFO: "Info"}
_REPORT = ox.BlankNode("report")
_TYPE = ox.NamedNode(RDF.type)


def write(report: Report, language: str, words: ReportWords) -> bytes:
    """Return the report in the vocabulary of https://www.w3.org/TR/shacl/#validation-report.

    A result of a check that is no shape has its rule as `sh:sourceConstraintComponent`, and the
    thing that it is about as `sh:focusNode`.
    """
    del language, words
    triples = [
        ox.Triple(_REPORT, _TYPE, _sh("ValidationReport")),
        ox.Triple(_REPORT, _sh("conforms"), _truth(_conforms(report))),
    ]
    for number, run in enumerate(report.shapes, start=1):
        triples.extend(_renamed(run.results, f"shapes{number}"))
    every = [*report.findings, *(known.finding for known in report.known)]
    for number, finding in enumerate(every, start=1):
        if finding.code in report.checks:
            triples.extend(_result(ox.BlankNode(f"finding{number}"), finding, report))
    target = io.BytesIO()
    prefixes = {"sh": _SH, "dps": _SHAPES, **{key: PREFIXES[key] for key in ("dp", "xsd")}}
    ox.serialize(triples, target, format=ox.RdfFormat.TURTLE, prefixes=prefixes)
    return target.getvalue()


def _conforms(report: Report) -> bool:
    """Return whether there is no result of any severity, as the W3C means it, known or not."""
    return not report.findings and not report.known


def _sh(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SH + name)


def _truth(value: bool) -> ox.Literal:  # noqa: FBT001  it is the value itself
    return ox.Literal("true" if value else "false", datatype=ox.NamedNode(_BOOLEAN))


def _result(node: ox.BlankNode, finding: Finding, report: Report) -> Iterator[ox.Triple]:
    yield ox.Triple(_REPORT, _sh("result"), node)
    yield ox.Triple(node, _TYPE, _sh("ValidationResult"))
    focus = report.nodes.get(finding.thing) or BASE + "id/"
    yield ox.Triple(node, _sh("focusNode"), ox.NamedNode(focus))
    yield ox.Triple(node, _sh("resultSeverity"), _sh(_SEVERITIES[finding.severity]))
    yield ox.Triple(node, _sh("sourceConstraintComponent"), ox.NamedNode(_SHAPES + finding.code))
    if finding.quotation:
        yield ox.Triple(node, _sh("value"), ox.Literal(finding.quotation))
    place = str(finding.place)
    for wording in finding.wordings:
        text = f"{place}: {wording.message}" if place else wording.message
        yield ox.Triple(node, _sh("resultMessage"), ox.Literal(text, language=wording.language))


def _renamed(content: bytes, prefix: str) -> Iterator[ox.Triple]:
    """Yield the results of a report of shapes, under the one report and names of their own."""

    def own(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> ox.BlankNode | None:
        if not isinstance(term, ox.BlankNode):
            return None
        return _REPORT if term == _REPORT else ox.BlankNode(f"{prefix}{term.value}")

    for quad in ox.parse(content, format=ox.RdfFormat.TURTLE):
        if quad.subject == _REPORT and quad.predicate in {_TYPE, _sh("conforms")}:
            continue
        subject = own(quad.subject) or quad.subject
        yield ox.Triple(subject, quad.predicate, own(quad.object) or quad.object)
