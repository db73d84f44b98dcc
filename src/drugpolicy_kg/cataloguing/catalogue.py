"""The graphs as data sets of a catalogue: DCAT-AP 3.

Mandatory and recommended properties: https://semiceu.github.io/DCAT-AP/releases/3.0.1/. Dates are
left out, since a build knows no clock; a release says when it was published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drugpolicy_kg.cataloguing.described import (
    CATALOGUE_DOCUMENT,
    DATASET,
    DUMPS,
    ENDPOINT,
    PUBLISHER,
    VOID_DOCUMENT,
    say,
    title_of,
)
from drugpolicy_kg.cataloguing.terms import DCAT, FOAF
from drugpolicy_kg.vocabulary import DCT, PROV, RDFS

if TYPE_CHECKING:
    from drugpolicy_kg.cataloguing.definitions import File
    from drugpolicy_kg.cataloguing.described import Described, PlanVersion
    from drugpolicy_kg.graphs import Graph

#: The whole as a data set of the catalogue; VoID describes the same as a set of triples.
_WHOLE: Final = f"{CATALOGUE_DOCUMENT}#dataset"
_MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"
_TURTLE: Final = f"{_MEDIA_TYPES}text/turtle"
_PROFILE: Final = "http://data.europa.eu/r5r/"


def write(graph: Graph, described: Described) -> None:
    """Describe the catalogue, the whole and each plan as data sets, their files and the service."""
    words = described.words
    graph.type(CATALOGUE_DOCUMENT, DCAT.Catalog)
    say(graph, CATALOGUE_DOCUMENT, DCT.title, words.title)
    say(graph, CATALOGUE_DOCUMENT, DCT.description, words.description)
    _common(graph, CATALOGUE_DOCUMENT, described)
    graph.link(CATALOGUE_DOCUMENT, DCT.conformsTo, _PROFILE)
    graph.link(CATALOGUE_DOCUMENT, DCAT.dataset, _WHOLE)
    graph.link(CATALOGUE_DOCUMENT, DCAT.service, ENDPOINT)
    graph.type(PUBLISHER, FOAF.Agent)
    say(graph, PUBLISHER, FOAF.name, words.publisher)
    graph.type(_WHOLE, DCAT.Dataset)
    say(graph, _WHOLE, DCT.title, words.title)
    say(graph, _WHOLE, DCT.description, words.description)
    graph.link(_WHOLE, RDFS.seeAlso, DATASET)
    _dataset(graph, _WHOLE, described)
    for file in words.files:
        _file(graph, file, described)
    for plan in described.plans:
        _plan(graph, plan, described)
    _service(graph, described)


def _common(graph: Graph, thing: str, described: Described) -> None:
    graph.link(thing, DCT.publisher, PUBLISHER)
    graph.link(thing, DCT.license, described.words.licence_entry)
    graph.value(thing, DCAT.version, described.version)
    languages = {entry for plan in described.plans for entry in plan.editions.values()}
    graph.link(thing, DCT.language, *languages)


def _dataset(graph: Graph, thing: str, described: Described) -> None:
    graph.link(thing, DCT.publisher, PUBLISHER)
    graph.value(thing, DCAT.version, described.version)
    graph.link(thing, DCAT.theme, *described.words.themes)
    for language, keywords in described.words.keywords.items():
        for keyword in keywords:
            graph.words(thing, DCAT.keyword, keyword, language)


def _file(graph: Graph, file: File, described: Described) -> None:
    iri = DUMPS + file.name
    graph.link(_WHOLE, DCAT.distribution, iri)
    graph.type(iri, DCAT.Distribution)
    say(graph, iri, DCT.title, file.title)
    graph.link(iri, DCAT.accessURL, iri)
    graph.link(iri, DCAT.downloadURL, iri)
    graph.link(iri, DCAT.mediaType, _MEDIA_TYPES + file.media_type)
    graph.link(iri, DCAT.compressFormat, _MEDIA_TYPES + described.words.compression)
    graph.link(iri, DCT.format, file.format)
    _rights(graph, iri, described)


def _plan(graph: Graph, plan: PlanVersion, described: Described) -> None:
    iri = f"{CATALOGUE_DOCUMENT}#{plan.id}"
    graph.type(iri, DCAT.Dataset)
    graph.link(CATALOGUE_DOCUMENT, DCAT.dataset, iri)
    graph.link(iri, DCT.isPartOf, _WHOLE)
    say(graph, iri, DCT.title, plan.titles)
    say(graph, iri, DCT.description, title_of(plan.graphs[0], described))
    _dataset(graph, iri, described)
    graph.link(iri, DCT.language, *plan.editions.values())
    graph.link(iri, DCT.source, plan.source)
    graph.link(iri, PROV.wasDerivedFrom, *plan.editions)
    graph.link(iri, DCT.subject, plan.iri)
    for own in plan.graphs:
        node = f"{iri}-evidence" if own.endswith("/evidence") else f"{iri}-facts"
        graph.link(iri, DCAT.distribution, node)
        graph.type(node, DCAT.Distribution)
        say(graph, node, DCT.title, title_of(own, described))
        graph.link(node, DCAT.accessURL, own)
        graph.link(node, DCAT.accessService, ENDPOINT)
        graph.link(node, DCAT.mediaType, _TURTLE)
        _rights(graph, node, described)


def _rights(graph: Graph, iri: str, described: Described) -> None:
    graph.link(iri, DCT.license, described.words.licence_entry)
    graph.value(iri, DCT.rights, described.words.rights)


def _service(graph: Graph, described: Described) -> None:
    graph.type(ENDPOINT, DCAT.DataService)
    say(graph, ENDPOINT, DCT.title, described.words.service)
    graph.link(ENDPOINT, DCAT.endpointURL, ENDPOINT)
    graph.link(ENDPOINT, DCAT.endpointDescription, VOID_DOCUMENT)
    graph.link(ENDPOINT, DCAT.servesDataset, _WHOLE)
    graph.link(ENDPOINT, DCT.license, described.words.licence_entry)
    graph.link(ENDPOINT, DCT.publisher, PUBLISHER)
