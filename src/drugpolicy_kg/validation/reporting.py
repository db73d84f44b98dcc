"""The step: graphs and shapes in, findings and the W3C's report out."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.findings import Finding, Severity, Wording
from drugpolicy_kg.validation import engines
from drugpolicy_kg.validation.background import Profile, of_profile
from drugpolicy_kg.validation.engines import Engine
from drugpolicy_kg.validation.places import Places, compact
from drugpolicy_kg.validation.results import Result, read
from drugpolicy_kg.validation.shapes import Rule, Shapes, bundled, severity
from drugpolicy_kg.vocabulary import PREFIXES, RDF, SH, XSD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from drugpolicy_kg.findings import Place
    from drugpolicy_kg.graphs import Graph

_RANKS: Final = {Severity.VIOLATION: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True)
class Report:
    """What validation found, in the order of the document, and how it was done.

    `conforms` is the verdict of SHACL: no result of any severity. `tables` are the authority
    tables and closed lists that names were looked up in (none in the profile `core`), `version`
    that of the tables. `checked` counts the rules that were asked, so that a report that checked
    nothing says so.
    """

    findings: tuple[Finding, ...]
    results: tuple[Result, ...]
    profile: Profile
    engine: Engine
    checked: int
    tables: tuple[str, ...] = ()
    version: str = ""
    _messages: Mapping[str, tuple[ox.Literal, ...]] = field(default_factory=dict, repr=False)

    @property
    def conforms(self) -> bool:
        """Whether there is no result at all (https://www.w3.org/TR/shacl/#conforms)."""
        return not self.results

    @property
    def violations(self) -> int:
        """How many findings make the graph wrong."""
        return sum(finding.severity is Severity.VIOLATION for finding in self.findings)

    @cached_property
    def turtle(self) -> bytes:
        """The validation report of the W3C as Turtle, the same bytes for the same results."""
        triples = list(_report_triples(self.results, self._messages))
        target = io.BytesIO()
        ox.serialize(
            triples,
            target,
            format=ox.RdfFormat.TURTLE,
            prefixes={key: PREFIXES[key] for key in ("dp", "dps", "sh", "xsd")},
        )
        return target.getvalue()


def validate(
    graphs: Iterable[Graph],
    *,
    profile: Profile = Profile.LINKED,
    shapes: Shapes | None = None,
    engine: Engine | None = None,
    workers: int = 1,
    locate: Callable[[str], Place | None] = lambda _: None,
) -> Report:
    """Return what the shapes say about the graphs, which are read as one.

    Pass asserted graphs and not what was inferred: a closure has what a statement may not have.
    Without `shapes` those of the package are asked, by the bulk engine, whose verdicts on each of
    their rules are compared with the reference in the tests; shapes of others are asked by the
    reference. `locate` gives the place of a node that has no evidence in the graphs, for instance
    its line in a file of RDF. Raises `DefinitionError` if the shapes cannot be used.
    """
    own = shapes or bundled(profile)
    chosen = engine or (Engine.BULK if own.ours else Engine.REFERENCE)
    triples = frozenset(triple for graph in graphs for triple in graph.triples)
    background = of_profile(profile)
    data = triples | background.triples
    results = engines.run(chosen, data, own.triples, workers=workers)
    translation = _Translation(own, Places(data), locate)
    pairs = sorted(
        ((translation.finding(result), result) for result in results), key=_document_order
    )
    return Report(
        tuple(finding for finding, _ in pairs),
        tuple(result for _, result in pairs),
        profile,
        chosen,
        len(own.rules),
        background.tables,
        background.version,
        {f"<{iri}>": _literals(rule.messages) for iri, rule in own.rules.items()},
    )


@dataclass(frozen=True)
class _Translation:
    """How results become findings: with the words of their rule and the place of their node."""

    shapes: Shapes
    places: Places
    locate: Callable[[str], Place | None]

    def finding(self, result: Result) -> Finding:
        focus = read(result.focus)
        node = focus.value if isinstance(focus, ox.NamedNode) else ""
        rule = self.shapes.rules.get(result.shape.strip("<>"))
        place, quotation = self.places.of(node)
        if not place.file:
            place = self.locate(result.focus.strip("<>")) or place
        wordings = self._wordings(rule, result)
        chosen = next((w for w in wordings if w.language == self.shapes.reference), wordings[0])
        return Finding(
            severity(result.severity.strip("<>")),
            rule.code if rule else _name(result.shape) or _name(result.component),
            chosen.message,
            place,
            quotation,
            self.places.value(focus),
            chosen.remedy,
            tuple(wording for wording in wordings if wording is not chosen and wording.language),
            self._causes(result),
        )

    def _causes(self, result: Result) -> tuple[Finding, ...]:
        """Return what made a result, the deepest first, each without causes of its own."""
        causes: list[Finding] = []
        for detail in result.details:
            causes.extend(self._causes(detail))
            causes.append(self._leaf(detail))
        return tuple(dict.fromkeys(causes))

    def _leaf(self, detail: Result) -> Finding:
        return self.finding(replace(detail, details=()))

    def _wordings(self, rule: Rule | None, result: Result) -> list[Wording]:
        """Return the words of the rule, or those of the engine, each with the value that it met."""
        met = result.value and result.value != result.focus
        value = self.places.value(read(result.value)) if met else ""
        if rule and rule.messages:
            return [
                Wording(
                    language,
                    message + _met(rule.names.get(language, ""), value),
                    rule.remedies.get(language, ""),
                )
                for language, message in sorted(rule.messages.items())
            ]
        literals = [term for term in map(read, result.messages) if isinstance(term, ox.Literal)]
        return [Wording(term.language or "", term.value) for term in literals] or [
            Wording("", _sentence(result, value))
        ]


def _met(name: str, value: str) -> str:
    """Return the value that a rule met, as an addition to its message."""
    return f" ({': '.join(part for part in (name, value) if part)})" if value else ""


def _sentence(result: Result, value: str) -> str:
    """Return what a shape without a message demands, as well as its terms say."""
    met = f", found {value}" if value else ""
    path = compact(result.path.strip("<>")) or "the node"
    return f"{_name(result.component)} does not hold for {path}{met}."


def _name(term: str) -> str:
    iri = term.strip("<>")
    return "" if iri.startswith("_:") else iri.rpartition("#")[2] or iri.rpartition("/")[2]


def _document_order(pair: tuple[Finding, Result]) -> tuple[object, ...]:
    finding, result = pair
    place = finding.place
    return (place.file, place.line, _RANKS[finding.severity], finding.code, finding.thing, result)


def _literals(texts: Mapping[str, str]) -> tuple[ox.Literal, ...]:
    return tuple(
        ox.Literal(text, language=language) if language else ox.Literal(text)
        for language, text in sorted(texts.items())
    )


def _report_triples(
    results: Iterable[Result], messages: Mapping[str, tuple[ox.Literal, ...]]
) -> Iterable[ox.Triple]:
    """Yield the report with its results counted, so that the order is that of the findings."""
    report = ox.BlankNode("report")
    kind = ox.NamedNode(RDF.type)
    found = tuple(results)
    truth = ox.Literal("false" if found else "true", datatype=ox.NamedNode(XSD.boolean))
    yield ox.Triple(report, kind, ox.NamedNode(SH.ValidationReport))
    yield ox.Triple(report, ox.NamedNode(SH.conforms), truth)
    for number in range(1, len(found) + 1):
        yield ox.Triple(report, ox.NamedNode(SH.result), ox.BlankNode(f"result{number}"))
    for number, result in enumerate(found, start=1):
        yield from _result_triples(f"result{number}", result, messages)


def _result_triples(
    name: str, result: Result, messages: Mapping[str, tuple[ox.Literal, ...]]
) -> Iterable[ox.Triple]:
    node = ox.BlankNode(name)
    yield ox.Triple(node, ox.NamedNode(RDF.type), ox.NamedNode(SH.ValidationResult))
    for predicate, text in (
        (SH.focusNode, result.focus),
        (SH.resultPath, result.path),
        (SH.resultSeverity, result.severity),
        (SH.sourceConstraintComponent, result.component),
        (SH.sourceShape, result.shape),
        (SH.value, result.value),
    ):
        if text:
            yield ox.Triple(node, ox.NamedNode(predicate), read(text))
    for message in messages.get(result.shape) or map(read, result.messages):
        yield ox.Triple(node, ox.NamedNode(SH.resultMessage), message)
    for number, _ in enumerate(result.details, start=1):
        yield ox.Triple(node, ox.NamedNode(SH.detail), ox.BlankNode(f"{name}d{number}"))
    for number, detail in enumerate(result.details, start=1):
        yield from _result_triples(f"{name}d{number}", detail, messages)
