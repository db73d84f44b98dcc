"""The W3C's SHACL suites: what a test expects, what an engine says alone, and what ours say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox
import pyshacl
import rdflib
from pyshacl.errors import ConstraintLoadError, ShapeLoadError
from rdflib.namespace import RDF, SH

from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.validation import Engine, engines
from drugpolicy_kg.validation.results import read
from tests.w3c.manifests import CHECKOUT, MF

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from drugpolicy_kg.validation import Result
    from drugpolicy_kg.validation.results import Term

    Verdicts = Counter[tuple[str, ...]] | str

FOLDER: Final = CHECKOUT.parent / "shared" / "w3c" / "shacl" / "tests"
#: What stands for a refusal of the shapes, which a test may expect.
FAILURE: Final = "failure"
_SHT: Final = rdflib.Namespace("http://www.w3.org/ns/shacl-test#")
_PARTS: Final = (
    SH.focusNode,
    SH.resultPath,
    SH.sourceShape,
    SH.sourceConstraintComponent,
    SH.resultSeverity,
    SH.value,
)
_REFUSALS: Final = (ConstraintLoadError, ShapeLoadError, RuntimeError)


@dataclass(frozen=True)
class Case:
    """A test: its name, the two files, and what it expects."""

    name: str
    data: Path
    shapes: Path
    expected: Verdicts


def cases(suite: str) -> list[Case]:
    """The tests of a suite, `core` or `sparql`, in order of their names."""
    found: list[Case] = []
    for path in sorted((FOLDER / suite).rglob("*.ttl")):
        graph = _parsed(path)
        for node in graph.subjects(RDF.type, _SHT.Validate):
            action = graph.value(node, MF.action)
            result = graph.value(node, MF.result)
            failed = result == _SHT.Failure
            found.append(
                Case(
                    path.relative_to(FOLDER).with_suffix("").as_posix(),
                    _file(graph.value(action, _SHT.dataGraph), path),
                    _file(graph.value(action, _SHT.shapesGraph), path),
                    FAILURE if failed else _verdicts(graph, graph.objects(result, SH.result)),
                )
            )
    return found


def alone(case: Case) -> Verdicts:
    """What pySHACL says of the files as rdflib reads them."""
    try:
        _, report, _ = pyshacl.validate(_parsed(case.data), shacl_graph=_parsed(case.shapes))
    except _REFUSALS:
        return FAILURE
    if not isinstance(report, rdflib.Graph):
        return FAILURE
    return _verdicts(report, report.objects(None, SH.result))


def ours(case: Case, engine: Engine = Engine.REFERENCE, workers: int = 1) -> Verdicts:
    """What an engine says through our module."""
    try:
        results = engines.run(engine, _triples(case.data), _triples(case.shapes), workers=workers)
    except DefinitionError:
        return FAILURE
    return Counter(_plain(result) for result in results)


def _plain(result: Result) -> tuple[str, ...]:
    """A verdict as rdflib writes it: it normalises literals, in what a test expects as well."""
    terms = [_normal(read(part)) if part else None for part in result.verdict]
    return tuple(_written(term) for term in terms)


def _normal(term: Term) -> rdflib.term.Node:
    if isinstance(term, ox.Literal):
        language = term.language
        kind = None if language else rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, lang=language, datatype=kind)
    return rdflib.URIRef(term.value) if isinstance(term, ox.NamedNode) else rdflib.BNode()


def _verdicts(graph: rdflib.Graph, nodes: Iterable[rdflib.term.Node]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(_written(graph.value(node, part)) for part in _PARTS) for node in nodes)


def _written(term: rdflib.term.Node | None) -> str:
    """A term in N-Triples syntax; blank nodes have no name that two readings share."""
    if term is None or isinstance(term, rdflib.BNode):
        return ""
    if isinstance(term, rdflib.Literal):
        if term.language:
            return str(ox.Literal(str(term), language=term.language))
        kind = term.datatype or rdflib.XSD.string
        return str(ox.Literal(str(term), datatype=ox.NamedNode(str(kind))))
    return str(ox.NamedNode(str(term)))


def _parsed(path: Path) -> rdflib.Graph:
    graph = rdflib.Graph()
    graph.parse(path, format="turtle", publicID=path.as_uri())
    return graph


def _triples(path: Path) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in ox.parse(path=path, base_iri=path.as_uri()))


def _file(node: rdflib.term.Node | None, path: Path) -> Path:
    return path.with_name(unquote(urlsplit(str(node)).path).rpartition("/")[2])
