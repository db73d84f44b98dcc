"""Sends the requests of the protocol's manifest to a service and checks what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import httpx
import rdflib
from rdflib.collection import Collection

from tests.benchmarks.servers import write_manifest

from .evaluation import Outcome
from .manifests import MF, graph_data, parse

if TYPE_CHECKING:
    from pathlib import Path

_HT: Final = rdflib.Namespace("http://www.w3.org/2011/http#")
_CNT: Final = rdflib.Namespace("http://www.w3.org/2011/content#")
#: The beginning of the names of the suite's graphs.
NAMES: Final = "http://kasei.us/2009/09/sparql/data/"
_TABULAR: Final = {
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
}
_BOOLEAN: Final = {"application/sparql-results+json", "application/sparql-results+xml"}
_RDF: Final = {
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
    "application/trig",
    "application/n-quads",
}
_FORMATS: Final = {"boolean": _BOOLEAN, "tabular": _TABULAR, "RDF": _RDF}


def write_graphs(folder: Path, *, names: str = NAMES) -> Path:
    """Write the graphs that the tests want to find, under names with another beginning.

    The tests also name data0.rdf without saying what it holds; it holds one triple here.
    """
    graph, entries = parse("protocol")
    folder.mkdir(parents=True)
    (folder / "data0.nt").write_text("<urn:a> <urn:a> <urn:a> .\n", encoding="utf-8")
    graphs = {f"{names}data0.rdf": "data0.nt"}
    for entry in entries:
        for name, path in graph_data(graph, entry).items():
            content = path.read_text(encoding="utf-8").replace(NAMES, names)
            (folder / path.name).write_text(content, encoding="utf-8")
            graphs[name.replace(NAMES, names)] = path.name
    return write_manifest(folder, graphs)


def run(endpoint: str, *, names: str = NAMES) -> list[Outcome]:
    """Return the outcome of each test of the protocol against an endpoint."""
    graph, entries = parse("protocol")
    outcomes = []
    with httpx.Client(timeout=30) as client:
        for entry in entries:
            action = graph.value(entry, MF.action)
            first = graph.value(action, _HT.requests)
            assert first is not None, entry
            misses = [
                _exchange(client, graph, request, endpoint, names)
                for request in Collection(graph, first)
            ]
            name = f"protocol/{str(entry).rpartition('#')[2]}"
            outcomes.append(Outcome(name, "ProtocolTest", "; ".join(filter(None, misses))))
    return outcomes


def _exchange(
    client: httpx.Client,
    graph: rdflib.Graph,
    request: rdflib.term.Node,
    endpoint: str,
    names: str,
) -> str:
    """Send one request and return nothing, or what is wrong with the answer."""

    def text(node: rdflib.term.Node | None, predicate: rdflib.URIRef) -> str:
        return str(graph.value(node, predicate) or "")

    path = text(request, _HT.absolutePath).removeprefix("/sparql").removeprefix("/")
    path = path.replace(quote(NAMES, safe=""), quote(names, safe=""))
    body = graph.value(request, _HT.body)
    content = text(body, _CNT.chars).replace(NAMES, names)
    content = content.replace(quote(NAMES, safe=""), quote(names, safe=""))
    encoding = text(body, _CNT.characterEncoding) or "UTF-8"
    headers = {}
    first = graph.value(request, _HT.headers)
    for header in Collection(graph, first) if first is not None else ():
        headers[text(header, _HT.fieldName)] = text(header, _HT.fieldValue)
    response = client.request(
        text(request, _HT.methodName),
        endpoint + path,
        headers=headers,
        content=content.encode(encoding) if body is not None else None,
    )
    wanted = graph.value(request, _HT.resp)
    statuses = {
        str(status).rpartition("StatusCode")[2][0]
        for status in graph.objects(wanted, MF.expectedStatus)
    }
    if str(response.status_code)[0] not in statuses:
        return f"status {response.status_code}: {response.text[:200]}"
    media_type = response.headers.get("content-type", "").partition(";")[0]
    kind = text(wanted, MF.expectedFormat)
    if kind and media_type not in _FORMATS[kind]:
        return f"content type {media_type}"
    boolean = graph.value(wanted, MF.expectedBoolean)
    if boolean is not None and f'"boolean":{boolean}' not in response.text.replace(" ", ""):
        return f"answered {response.text[:200]}"
    return ""
