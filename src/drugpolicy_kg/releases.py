"""A folder of graphs with its manifest: what is served, and whether it is whole.

>>> media_types()["text/turtle"]
'.ttl'
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFEST: Final = "manifest.json"
FORMAT: Final = "drugpolicy-kg graphs 1"
_REBUILD: Final = "Build it again, or take a whole copy."
_GRAPH_KEYS: Final = frozenset({"iri", "file", "media_type", "sha256", "triples"})


def media_types() -> Mapping[str, str]:
    """Return the media types that a graph file may have, each with its usual suffix.

    >>> sorted(media_types())
    ['application/n-triples', 'text/turtle']
    """
    return {"text/turtle": ".ttl", "application/n-triples": ".nt"}


@dataclass(frozen=True, slots=True)
class GraphFile:
    """One named graph and the file that holds it."""

    iri: str
    file: str
    media_type: str
    sha256: str
    triples: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The graphs of a folder, sorted by IRI, with their checksums and sizes.

    >>> graph = GraphFile("https://e.example/g", "g.ttl", "text/turtle", "0" * 64, 3)
    >>> Manifest(Path("data/graphs"), "0.1.0", "1" * 64, (graph,)).triples
    3
    """

    folder: Path
    version: str
    identity: str
    graphs: tuple[GraphFile, ...]

    @property
    def triples(self) -> int:
        """Return the number of triples of all graphs; graphs are disjoint."""
        return sum(graph.triples for graph in self.graphs)

    def path(self, graph: GraphFile) -> Path:
        """Return where the file of a graph lies."""
        return self.folder / graph.file


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder of graphs, or say which key of it is wrong.

    The identity is the hash of the manifest itself. As the manifest holds the hash of every
    file, two folders with the same identity hold the same graphs.
    """
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ReleaseError(
            f"{path}: cannot be read ({error.strerror}).",
            remedy="Build the graph first: drugpolicy build.",
        ) from error
    try:
        content = json.loads(raw)
    except ValueError as error:
        raise ReleaseError(f"{path}: is not JSON ({error}).", remedy=_REBUILD) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise ReleaseError(
            f"{path}: key 'format': expected '{FORMAT}', found {found!r}.", remedy=_REBUILD
        )
    version, entries = content.get("version"), content.get("graphs")
    if not isinstance(version, str) or not isinstance(entries, list) or not entries:
        raise ReleaseError(
            f"{path}: expected the keys 'version' (text) and 'graphs' (a list with a graph).",
            remedy=_REBUILD,
        )
    graphs = tuple(_graph_file(path, number, entry) for number, entry in enumerate(entries))
    if len({graph.iri for graph in graphs}) != len(graphs):
        raise ReleaseError(f"{path}: a graph IRI stands in two entries.", remedy=_REBUILD)
    return Manifest(folder, version, hashlib.sha256(raw).hexdigest(), graphs)


def _graph_file(path: Path, number: int, entry: Any) -> GraphFile:
    where = f"{path}: graphs[{number}]"
    if not isinstance(entry, dict) or set(entry) != _GRAPH_KEYS:
        found = sorted(entry) if isinstance(entry, dict) else type(entry).__name__
        raise ReleaseError(
            f"{where}: expected the keys {sorted(_GRAPH_KEYS)}, found {found}.", remedy=_REBUILD
        )
    triples = entry["triples"]
    texts = {key: entry[key] for key in sorted(_GRAPH_KEYS - {"triples"})}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise ReleaseError(f"{where}: key '{key}': expected text, found {value!r}.")
    if not isinstance(triples, int) or isinstance(triples, bool) or triples < 0:
        raise ReleaseError(f"{where}: key 'triples': expected a number, found {triples!r}.")
    if texts["media_type"] not in media_types():
        raise ReleaseError(
            f"{where}: key 'media_type': expected one of {sorted(media_types())}, "
            f"found {texts['media_type']!r}."
        )
    # A manifest comes from outside; it must not be able to point out of its own folder.
    if Path(texts["file"]).is_absolute() or ".." in Path(texts["file"]).parts:
        raise ReleaseError(f"{where}: key 'file': {texts['file']!r} leaves the folder.")
    return GraphFile(
        texts["iri"], texts["file"], texts["media_type"], texts["sha256"], int(triples)
    )


def read_graph(manifest: Manifest, graph: GraphFile) -> bytes:
    """Return the bytes of a graph file after comparing them with the manifest's SHA-256."""
    path = manifest.path(graph)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReleaseError(
            f"{path}: cannot be read ({error.strerror}).", remedy=_REBUILD
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != graph.sha256:
        raise ReleaseError(
            f"{path}: is not the file of the manifest: "
            f"expected sha256 {graph.sha256[:12]}…, found {found[:12]}….",
            remedy=_REBUILD,
        )
    return content


def verify(folder: Path) -> Manifest:
    """Return the manifest of a folder whose every file is as listed, or name the one that is not.

    Files that the manifest does not list are refused too: a copy must be the release and
    nothing else.
    """
    manifest = read_manifest(folder)
    for graph in manifest.graphs:
        read_graph(manifest, graph)
    listed = {manifest.path(graph) for graph in manifest.graphs} | {folder / MANIFEST}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in listed:
            raise ReleaseError(f"{path}: stands in no line of {MANIFEST}.", remedy=_REBUILD)
    return manifest
