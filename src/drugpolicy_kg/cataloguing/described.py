"""What the descriptions are about, and the words that all of them need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.vocabulary import BASE, DCT, GRAPH, OWL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.cataloguing.definitions import Catalogue, Words
    from drugpolicy_kg.graphs import Graph

VOID_DOCUMENT: Final = f"{BASE}void"
CATALOGUE_DOCUMENT: Final = f"{BASE}catalogue"
DATASET: Final = f"{VOID_DOCUMENT}#dataset"
PUBLISHER: Final = f"{CATALOGUE_DOCUMENT}#publisher"
ENDPOINT: Final = f"{BASE}sparql"
DUMPS: Final = f"{BASE}dumps/"
_EVIDENCE: Final = "/evidence"


@dataclass(frozen=True)
class PlanVersion:
    """A plan as its own data set: titles by language, its graphs, and what they came from.

    `editions` are the source files by the entry of their language; `source` is the official
    resource, where its number is confirmed.
    """

    id: str
    titles: Mapping[str, str]
    iri: str
    graphs: tuple[str, str]
    editions: Mapping[str, str]
    source: str


@dataclass(frozen=True)
class Described:
    """The graphs that hold knowledge with the digests of their files, and where they come from.

    `inputs` are the files that people wrote, by their path, with their digests; `targets` are the
    tables of others that links lead to.
    """

    words: Catalogue
    version: str
    graphs: Mapping[str, Graph]
    digests: Mapping[str, str]
    inputs: Mapping[str, str]
    plans: tuple[PlanVersion, ...]
    targets: Mapping[str, Mapping[str, int]]


def title_of(iri: str, described: Described) -> Words:
    """Return what a graph is called, in every language."""
    words = described.words
    for plan in described.plans:
        if iri in plan.graphs:
            kind = words.evidence if iri.endswith(_EVIDENCE) else words.facts
            return {code: f"{text} ({plan.id})" for code, text in kind.items()}
    return words.graphs.get(iri.removeprefix(GRAPH), {})


def say(graph: Graph, thing: str, predicate: str, words: Words | Mapping[str, str]) -> None:
    """State words in every language that they are written in."""
    for language, text in words.items():
        graph.words(thing, predicate, text, language)


def attribute(graph: Graph, thing: str, described: Described) -> None:
    """State version, licence and rights of a thing."""
    graph.value(thing, OWL.versionInfo, described.version)
    graph.link(thing, DCT.license, described.words.licence)
    graph.value(thing, DCT.rights, described.words.rights)
