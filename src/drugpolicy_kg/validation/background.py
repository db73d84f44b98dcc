"""What stands behind the data: the class hierarchy, and in the linked profile the tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg import resources
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.graphs import MANIFEST
from drugpolicy_kg.identifiers import TABLE_PATHS
from drugpolicy_kg.identifiers import graph as graph_iri
from drugpolicy_kg.validation.results import plain
from drugpolicy_kg.vocabulary import GRAPH, ID, RDFS, SCHEME, SKOS

if TYPE_CHECKING:
    from pathlib import Path

_HIERARCHY: Final = ox.NamedNode(RDFS.subClassOf)
_IN_SCHEME: Final = ox.NamedNode(SKOS.inScheme)
_AUTHORITIES: Final = graph_iri("authorities")
_ONTOLOGY: Final = graph_iri("ontology")


class Profile(StrEnum):
    """`core` asks nothing but the data; `linked` looks its names up in the bundled tables."""

    CORE = "core"
    LINKED = "linked"


@dataclass(frozen=True)
class Background:
    """Triples that are added to the data, the tables that they come from, and their version."""

    triples: frozenset[ox.Triple]
    tables: tuple[str, ...] = ()
    version: str = ""


def of_profile(profile: Profile) -> Background:
    """Return what a profile adds to the data: of `core` only which class is below which.

    SHACL reads the hierarchy of classes from the data (https://www.w3.org/TR/shacl/#terminology,
    "SHACL instance"), so that it has to be there for `sh:targetClass` and `sh:class`.
    Raises `DefinitionError` if the packaged graphs are not whole.
    """
    ontology, tables, version = _packaged(resources.graphs())
    hierarchy = frozenset(triple for triple in ontology if triple.predicate == _HIERARCHY)
    if profile is Profile.CORE:
        return Background(hierarchy)
    lists = {triple.subject for triple in ontology if triple.predicate == _IN_SCHEME}
    concepts = frozenset(triple for triple in ontology if triple.subject in lists)
    return Background(hierarchy | tables | concepts, _names(tables, concepts), version)


@cache
def _packaged(folder: Path) -> tuple[frozenset[ox.Triple], frozenset[ox.Triple], str]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = {row["iri"]: folder / row["file"] for row in manifest["graphs"]}
        return _read(files[_ONTOLOGY]), _read(files[_AUTHORITIES]), str(manifest["version"])
    except (OSError, ValueError, KeyError) as error:
        raise DefinitionError(
            f"{folder / MANIFEST}: the graphs {_ONTOLOGY} and {_AUTHORITIES} were expected, "
            f"found none that can be read ({error}).",
            remedy="Run 'drugpolicy build', or install drugpolicy-kg again.",
        ) from error


def _read(path: Path) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in ox.parse(path=path, base_iri=GRAPH))


def _names(tables: frozenset[ox.Triple], concepts: frozenset[ox.Triple]) -> tuple[str, ...]:
    """Return the tables and closed lists that the triples speak of, by name."""
    paths = {path: table for table, path in TABLE_PATHS.items()}
    subjects = {plain(triple.subject).removeprefix(ID).split("/")[0] for triple in tables}
    schemes = {
        plain(triple.object).removeprefix(SCHEME)
        for triple in concepts
        if triple.predicate == _IN_SCHEME and plain(triple.object).startswith(SCHEME)
    }
    return (*sorted({paths[part] for part in subjects if part in paths}), *sorted(schemes))
