"""The two engines: pySHACL, the reference, and the package `shacl` for bulk.

Both get triples in memory and nothing else: no path, no address, no owl:imports. pySHACL may
be spread over processes by `sh:targetClass` of the node shapes; each process sees all data.
"""

from __future__ import annotations

import io
import logging
import multiprocessing
import re
from collections import Counter
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
import pyshacl
import rdflib
import shacl
from pyshacl.errors import ConstraintLoadError, ShapeLoadError
from rdflib.namespace import SH as RSH
from rdflib.plugins.sparql.sparql import SPARQLError

from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.garbage import uncollected
from drugpolicy_kg.validation.results import Result, plain, written
from drugpolicy_kg.vocabulary import OWL_NAMESPACE, RDF, RDFS_NAMESPACE, SH, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from multiprocessing.sharedctypes import Synchronized

    from drugpolicy_kg.validation.results import Term

#: What pySHACL and rdflib raise for shapes that they cannot make sense of.
_REFUSALS: Final = (
    ConstraintLoadError,
    ShapeLoadError,
    SPARQLError,
    RuntimeError,
    ValueError,
    re.error,
)
#: A path that is one property, in N-Triples syntax.
_ONE_STEP: Final = re.compile(r"<[^<>]*>")
#: How many plain constraints a query costs as much as, measured roughly (18 ms against 0.23 ms).
_QUERY: Final = 80
#: How many shares there are for a process, so that all are done at about the same time.
_SHARES: Final = 4
#: Targets that are in the first share; those of `sh:targetClass` are dealt out.
_KEPT: Final = {SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf}
#: A shape that is a class too has its own things as targets.
_CLASSES: Final = {OWL_NAMESPACE + "Class", RDFS_NAMESPACE + "Class"}

# A literal that does not fit its datatype is a finding, and no line in a log.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)
logging.getLogger("pyshacl").setLevel(logging.ERROR)


class Engine(StrEnum):
    """Which engine runs: the reference, or the fast one whose verdicts are compared with it."""

    REFERENCE = "pyshacl"
    BULK = "shacl"


def run(
    engine: Engine,
    data: frozenset[ox.Triple],
    shapes: frozenset[ox.Triple],
    *,
    workers: int = 1,
) -> tuple[Result, ...]:
    """Return the results in a fixed order.

    Raises `DefinitionError` if the engine cannot make sense of the shapes.
    """
    if engine is Engine.BULK:
        found = _bulk(data, shapes)
    elif workers > 1:
        found = _spread(_graph(data), data, shapes, workers)
    else:
        found = _reference(_graph(data), shapes)
    return tuple(sorted(found))


# ── the bulk engine ──────────────────────────────────────────────────────────────────────


def _bulk(data: frozenset[ox.Triple], shapes: frozenset[ox.Triple]) -> list[Result]:
    try:
        compiled = shacl.Shapes.from_text(_lines(shapes), "ntriples")
        report = compiled.validate_text(_lines(data), "ntriples")
    except ValueError as error:
        raise DefinitionError(f"The shapes cannot be used: {error}.") from error
    return [
        Result(
            found.focus_node,
            found.path if found.path and _ONE_STEP.fullmatch(found.path) else "",
            found.source_shape or "",
            f"<{found.component_iri}>",
            f"<{found.severity_iri}>",
            found.value or "",
        )
        for found in report.results
    ]


def _lines(triples: Iterable[ox.Triple]) -> str:
    target = io.BytesIO()
    ox.serialize(triples, target, format=ox.RdfFormat.N_TRIPLES)
    return target.getvalue().decode()


# ── the reference ────────────────────────────────────────────────────────────────────────


def _reference(data: rdflib.Graph, shapes: Iterable[ox.Triple]) -> list[Result]:
    rules = _graph(shapes)
    _bind(data, rules)
    try:
        _, report, text = pyshacl.validate(
            data,
            shacl_graph=rules,
            inference="none",
            inplace=True,
            advanced=False,
            js=False,
            do_owl_imports=False,
            meta_shacl=False,
        )
    except _REFUSALS as error:
        raise DefinitionError(f"The shapes cannot be used: {error}") from error
    if not isinstance(report, rdflib.Graph):
        raise DefinitionError(f"The shapes cannot be used: {text}")
    return [_result(report, node) for node in report.objects(None, RSH.result)]


def _bind(data: rdflib.Graph, shapes: rdflib.Graph) -> None:
    """Make known the prefixes that the shapes declare.

    pySHACL finds those of the very node that a query names and asks the data for others; those
    that the node imports (https://www.w3.org/TR/shacl/#sparql-prefixes) would be missing.
    """
    for node in sorted(shapes.objects(None, RSH.declare), key=str):
        prefix, namespace = shapes.value(node, RSH.prefix), shapes.value(node, RSH.namespace)
        if prefix is not None and namespace is not None:
            data.bind(str(prefix), rdflib.Namespace(str(namespace)))


def _result(report: rdflib.Graph, node: rdflib.term.Node) -> Result:
    def one(predicate: rdflib.URIRef) -> str:
        return written(_from_rdflib(report.value(node, predicate)))

    path = one(RSH.resultPath)
    return Result(
        one(RSH.focusNode),
        path if path.startswith("<") else "",
        one(RSH.sourceShape),
        one(RSH.sourceConstraintComponent),
        one(RSH.resultSeverity),
        one(RSH.value),
        tuple(
            sorted(written(_from_rdflib(text)) for text in report.objects(node, RSH.resultMessage))
        ),
        tuple(sorted(_result(report, detail) for detail in report.objects(node, RSH.detail))),
    )


def _spread(
    graph: rdflib.Graph,
    data: frozenset[ox.Triple],
    shapes: frozenset[ox.Triple],
    workers: int,
) -> list[Result]:
    """Return what pySHACL finds when the node shapes with targets are dealt out to processes.

    The processes are forked, so that each has the graph without loading it, and each takes the
    next share when it is done with one. Dealing out by focus node would lose results (a shape
    that several nodes reach is reported once).
    """
    shares = _dealt(data, shapes, workers * _SHARES)
    context = multiprocessing.get_context("fork")
    taken = context.Value("i", 0)
    pipes = []
    for _ in range(workers - 1):
        near, far = context.Pipe(duplex=False)
        process = context.Process(target=_send, args=(far, graph, shares, taken), daemon=True)
        process.start()
        far.close()
        pipes.append((near, process))
    found = _take(graph, shares, taken)
    for near, process in pipes:
        answer = near.recv()
        process.join()
        if isinstance(answer, DefinitionError):
            raise answer
        found.extend(answer)
    return found


def _take(
    graph: rdflib.Graph, shares: list[list[ox.Triple]], taken: Synchronized[int]
) -> list[Result]:
    """Return what is found for those shares that no other process takes before this one."""
    found: list[Result] = []
    while True:
        with taken.get_lock():
            number = taken.value
            taken.value += 1
        if number >= len(shares):
            return found
        found.extend(_reference(graph, shares[number]))


def _send(
    pipe: multiprocessing.connection.Connection,
    graph: rdflib.Graph,
    shares: list[list[ox.Triple]],
    taken: Synchronized[int],
) -> None:
    try:
        pipe.send(_take(graph, shares, taken))
    except DefinitionError as error:
        pipe.send(error)
    pipe.close()


def _dealt(
    data: frozenset[ox.Triple], shapes: frozenset[ox.Triple], number: int
) -> list[list[ox.Triple]]:
    """Return so many shares: all shapes, those with targets dealt out by their likely cost.

    A node shape without its targets is still there for others that refer to it.
    """
    sizes = Counter(plain(triple.object) for triple in data if triple.predicate.value == RDF.type)
    asking = {plain(triple.subject) for triple in shapes if triple.predicate.value == SH.sparql}
    weight: Counter[str] = Counter()
    for triple in shapes:
        if triple.predicate.value == SH.property:
            weight[plain(triple.subject)] += _QUERY if plain(triple.object) in asking else 1
    costs: Counter[str] = Counter()
    for triple in shapes:
        if triple.predicate.value == SH.targetClass:
            shape = plain(triple.subject)
            costs[shape] += sizes[plain(triple.object)] * (1 + weight[shape])
    loads = [0] * number
    owner: dict[str, int] = {}
    # Who has targets that are not dealt out keeps all of them in the first share.
    staying = {plain(triple.subject) for triple in shapes if _keeps(triple)}
    for shape, cost in sorted(costs.items(), key=lambda pair: (-pair[1], pair[0])):
        least = 0 if shape in staying else loads.index(min(loads))
        owner[shape] = least
        loads[least] += cost
    return [
        [triple for triple in shapes if _owner(triple, owner, share) == share]
        for share in range(number)
    ]


def _owner(triple: ox.Triple, owner: Mapping[str, int], share: int) -> int:
    """Return which share has a triple of the shapes: the one that asks, if it is for all.

    All targets by class of a shape stay together, for a node that is of two of the classes is
    looked at once. Other targets are in the first share.
    """
    if triple.predicate.value == SH.targetClass:
        return owner[plain(triple.subject)]
    return 0 if _keeps(triple) else share


def _keeps(triple: ox.Triple) -> bool:
    """Return whether a triple gives a shape targets that are not dealt out."""
    return triple.predicate.value in _KEPT or (
        triple.predicate.value == RDF.type and plain(triple.object) in _CLASSES
    )


# ── terms ────────────────────────────────────────────────────────────────────────────────


@uncollected()
def _graph(triples: Iterable[ox.Triple]) -> rdflib.Graph:
    graph = rdflib.Graph(store="Memory", bind_namespaces="none")
    for triple in triples:
        graph.add(
            (_to_rdflib(triple.subject), _to_rdflib(triple.predicate), _to_rdflib(triple.object))
        )
    return graph


@lru_cache(maxsize=100_000)
def _to_rdflib(term: Term) -> rdflib.term.Identifier:
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return rdflib.BNode(term.value)
    if not isinstance(term, ox.Literal):
        raise DefinitionError(
            f"{term}: a triple that stands in a triple cannot be validated.",
            remedy="Write the statement without RDF 1.2's triple terms.",
        )
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    if term.datatype.value == XSD.string:  # rdflib's parsers keep a plain text without one
        return rdflib.Literal(term.value)
    return rdflib.Literal(term.value, datatype=rdflib.URIRef(term.datatype.value), normalize=False)


def _from_rdflib(term: rdflib.term.Node | None) -> Term | None:
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, rdflib.BNode):
        return ox.BlankNode(str(term))
    if isinstance(term, rdflib.Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype or XSD.string)))
    return None
