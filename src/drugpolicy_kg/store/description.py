"""The description of a SPARQL service in RDF, in every format that it may be asked for."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.store.embedded import RDF_FORMATS
from drugpolicy_kg.store.formats import FORMATS, Shape, of_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_VOID: Final = "http://rdfs.org/ns/void#"
_SCHEMA: Final = "https://schema.org/"
_SEE_ALSO: Final = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#seeAlso")
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_XSD_INTEGER: Final = ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")
# The IRIs that the W3C gave to the formats; N-Quads and the like are named there too.
_FORMAT_IRIS: Final = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "turtle": "Turtle",
    "ntriples": "N-Triples",
    "jsonld": "JSON-LD",
    "trig": "TriG",
    "nquads": "N-Quads",
    "rdfxml": "RDF_XML",
}


def describe(
    counts: Mapping[str, int], address: str, limits: Mapping[str, float]
) -> dict[str, str]:
    """Return the description as text, by the name of its format.

    >>> "Service" in describe({}, "http://127.0.0.1/", {"time_seconds": 10.0})["ntriples"]
    True
    """
    triples = [*_triples(counts, f"{address}sparql"), *_limits(address, limits)]
    return {kind.name: _written(triples, kind.name) for kind in of_shape(Shape.TRIPLES)}


def _written(triples: list[ox.Triple], name: str) -> str:
    buffer = io.BytesIO()
    prefixes = {"sd": _SD, "void": _VOID, "schema": _SCHEMA} if name in {"turtle", "trig"} else None
    ox.serialize(triples, buffer, RDF_FORMATS[name], prefixes=prefixes)
    return buffer.getvalue().decode()


def _triples(counts: Mapping[str, int], endpoint: str) -> Iterator[ox.Triple]:
    service = ox.NamedNode(f"{endpoint}#service")
    dataset = ox.NamedNode(f"{endpoint}#dataset")
    default = ox.NamedNode(f"{endpoint}#default-graph")
    kind = ox.NamedNode(_RDF + "type")

    def sd(name: str) -> ox.NamedNode:
        return ox.NamedNode(_SD + name)

    def size(of: ox.NamedNode, triples: int) -> ox.Triple:
        literal = ox.Literal(str(triples), datatype=_XSD_INTEGER)
        return ox.Triple(of, ox.NamedNode(_VOID + "triples"), literal)

    yield ox.Triple(service, kind, sd("Service"))
    yield ox.Triple(service, sd("endpoint"), ox.NamedNode(endpoint))
    yield ox.Triple(service, sd("supportedLanguage"), sd("SPARQL11Query"))
    yield ox.Triple(service, sd("feature"), sd("UnionDefaultGraph"))
    for written in FORMATS:
        format_iri = ox.NamedNode(_FORMATS + _FORMAT_IRIS[written.name])
        yield ox.Triple(service, sd("resultFormat"), format_iri)
    yield ox.Triple(service, sd("defaultDataset"), dataset)
    yield ox.Triple(dataset, kind, sd("Dataset"))
    yield ox.Triple(dataset, sd("defaultGraph"), default)
    yield ox.Triple(default, kind, sd("Graph"))
    yield size(default, sum(counts.values()))
    for number, (iri, triples) in enumerate(sorted(counts.items()), start=1):
        named = ox.NamedNode(f"{endpoint}#named-graph-{number}")
        graph = ox.NamedNode(f"{endpoint}#graph-{number}")
        yield ox.Triple(dataset, sd("namedGraph"), named)
        yield ox.Triple(named, kind, sd("NamedGraph"))
        yield ox.Triple(named, sd("name"), ox.NamedNode(iri))
        yield ox.Triple(named, sd("graph"), graph)
        yield ox.Triple(graph, kind, sd("Graph"))
        yield size(graph, triples)


def _limits(address: str, limits: Mapping[str, float]) -> Iterator[ox.Triple]:
    """Yield each limit as a property of the service, with its value."""
    service = ox.NamedNode(f"{address}sparql#service")
    yield ox.Triple(service, _SEE_ALSO, ox.NamedNode(f"{address}limits"))
    for name, value in sorted(limits.items()):
        limit = ox.NamedNode(f"{address}limits#{name}")
        yield ox.Triple(service, ox.NamedNode(_SCHEMA + "additionalProperty"), limit)
        yield ox.Triple(limit, ox.NamedNode(_RDF + "type"), ox.NamedNode(_SCHEMA + "PropertyValue"))
        yield ox.Triple(limit, ox.NamedNode(_SCHEMA + "name"), ox.Literal(name))
        yield ox.Triple(limit, ox.NamedNode(_SCHEMA + "value"), ox.Literal(value))
