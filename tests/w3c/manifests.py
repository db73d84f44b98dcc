"""What the W3C's manifests say: tests with their query, their data and the expected result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import rdflib
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS

CHECKOUT: Final = Path(__file__).parents[2]
SUITES: Final = CHECKOUT.parent / "shared" / "w3c" / "sparql" / "sparql11"
KNOWN_MISSES: Final = Path(__file__).parent / "known-misses.txt"
HOW: Final = (
    f"The W3C test suites are not at {Path('..') / 'shared' / 'w3c'} beside the checkout. Put "
    "the folder sparql/sparql11 of w3c/rdf-tests there as shared/w3c/sparql/sparql11 and run: "
    "python -m pytest tests/w3c"
)
EVALUATION: Final = (
    "aggregates",
    "bind",
    "bindings",
    "cast",
    "construct",
    "csv-tsv-res",
    "exists",
    "functions",
    "grouping",
    "json-res",
    "negation",
    "project-expression",
    "property-path",
    "subquery",
)
SYNTAX: Final = ("aggregates", "construct", "grouping", "syntax-query")
MF: Final = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
_QT: Final = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
_UT: Final = rdflib.Namespace("http://www.w3.org/2009/sparql/tests/test-update#")


@dataclass(frozen=True, slots=True)
class Case:
    """A test of a query: where it stands, of which kind it is, and its files."""

    name: str
    kind: str
    query: Path
    data: tuple[Path, ...] = ()
    named: tuple[Path, ...] = ()
    result: Path | None = None


def parse(folder: str) -> tuple[rdflib.Graph, list[rdflib.term.Node]]:
    """Return the manifest of a folder as a graph, with its entries in their order."""
    path = SUITES / folder / "manifest.ttl"
    graph = rdflib.Graph()
    graph.parse(path, format="turtle", publicID=path.as_uri())
    lists = list(graph.objects(None, MF.entries))
    assert lists, f"{path} lists no test"
    return graph, [entry for first in lists for entry in Collection(graph, first)]


def cases(folder: str) -> list[Case]:
    """Return the tests of queries that the manifest of a folder lists."""
    graph, entries = parse(folder)
    return [case for entry in entries if (case := _case(graph, folder, entry)) is not None]


def _case(graph: rdflib.Graph, folder: str, entry: rdflib.term.Node) -> Case | None:
    kind = next(
        str(of).removeprefix(str(MF))
        for of in graph.objects(entry, RDF.type)
        if str(of).startswith(str(MF))
    )
    action = graph.value(entry, MF.action)
    name = f"{folder}/{str(entry).rpartition('#')[2]}"
    if action is None or "Update" in kind:
        return None
    if "Syntax" in kind:
        return Case(name, kind, _path(action))
    query = graph.value(action, _QT.query)
    result = graph.value(entry, MF.result)
    if query is None or result is None:
        return None
    return Case(
        name,
        kind,
        _path(query),
        tuple(_path(data) for data in graph.objects(action, _QT.data)),
        tuple(_path(data) for data in graph.objects(action, _QT.graphData)),
        _path(result),
    )


def _path(node: rdflib.term.Node) -> Path:
    return Path(unquote(urlsplit(str(node)).path))


def graph_data(graph: rdflib.Graph, entry: rdflib.term.Node) -> dict[str, Path]:
    """Return the files that a test wants to find in the service, under the names of graphs."""
    found = {}
    for data in graph.objects(entry, _UT.graphData):
        file, label = graph.value(data, _UT.graph), graph.value(data, RDFS.label)
        assert file is not None
        assert label is not None
        found[str(label)] = _path(file)
    return found


def known_misses() -> dict[str, str]:
    """Return the tests that are known to fail, each with its reason."""
    misses = {}
    for line in KNOWN_MISSES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, reason = line.partition(" ")
            assert reason.strip(), f"{KNOWN_MISSES.name}: {name} has no reason"
            misses[name] = reason.strip()
    return misses
