"""A folder of graphs with its manifest: what is served, and whether it is whole.

>>> media_types()["text/turtle"]
'.ttl'
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFEST: Final = "manifest.json"
GRAPHS_FORMAT: Final = "drugpolicy-kg graphs 1"
RELEASE_FORMAT: Final = "drugpolicy-kg release 1"
CURRENT: Final = "current"
_REBUILD: Final = "Build it again, or take a whole copy."
_GRAPH_KEYS: Final = frozenset({"iri", "file", "media_type", "sha256", "triples"})
_LISTED_KEYS: Final = frozenset({"file", "sha256"})


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
class ListedFile:
    """A file of a release beside its graphs; or a saved query with the hash of its answer."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The graphs of a folder, sorted by IRI, with their checksums and sizes.

    A release has more than a folder of graphs that was only built: other files, the hash of
    its sorted N-Quads, and the answers that its saved queries gave when it was written. Its
    graphs were found disjoint then, so that nobody needs to look again.

    >>> graph = GraphFile("https://e.example/g", "g.ttl", "text/turtle", "0" * 64, 3)
    >>> Manifest(Path("data/graphs"), "0.1.0", "1" * 64, (graph,)).triples
    3
    """

    folder: Path
    version: str
    identity: str
    graphs: tuple[GraphFile, ...]
    files: tuple[ListedFile, ...] = ()
    canonical_sha256: str = ""
    answers: tuple[ListedFile, ...] = ()
    # The day on which a release was published, as whoever released it says: YYYY-MM-DD.
    date: str = ""

    @property
    def issued(self) -> datetime:
        """Return when it was published: its day, or else the time of its manifest, in UTC."""
        if self.date:
            return datetime.fromisoformat(self.date).replace(tzinfo=UTC)
        return datetime.fromtimestamp(int((self.folder / MANIFEST).stat().st_mtime), tz=UTC)

    @property
    def is_release(self) -> bool:
        """Return whether the folder was written as a release, and checked as one."""
        return bool(self.canonical_sha256)

    @property
    def triples(self) -> int:
        """Return the number of triples of all graphs; graphs are disjoint."""
        return sum(graph.triples for graph in self.graphs)

    def path(self, listed: GraphFile | ListedFile) -> Path:
        """Return where a file lies."""
        return self.folder / listed.file


def locate(folder: Path) -> Path:
    """Return the folder that holds a manifest: this one, or the one that `current` points to.

    >>> locate(Path("nothing"))
    PosixPath('nothing')
    """
    if not (folder / MANIFEST).exists() and (folder / CURRENT / MANIFEST).exists():
        # Resolved once, so that a reader never mixes two releases.
        return (folder / CURRENT).resolve()
    return folder


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
    known = (GRAPHS_FORMAT, RELEASE_FORMAT)
    if not isinstance(content, dict) or content.get("format") not in known:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise ReleaseError(
            f"{path}: key 'format': expected '{GRAPHS_FORMAT}' or '{RELEASE_FORMAT}', "
            f"found {found!r}.",
            remedy=_REBUILD,
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
    manifest = Manifest(folder, version, hashlib.sha256(raw).hexdigest(), graphs)
    return _as_release(path, manifest, content) if content["format"] == RELEASE_FORMAT else manifest


def is_date(text: str) -> bool:
    """Return whether a text is a day of the calendar.

    >>> is_date("2026-11-28"), is_date("2026-13-01")
    (True, False)
    """
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _as_release(path: Path, manifest: Manifest, content: dict[str, Any]) -> Manifest:
    """Return the manifest with what only a release has."""
    triples, canonical = content.get("triples"), content.get("canonical_sha256")
    if triples != manifest.triples:
        raise ReleaseError(
            f"{path}: key 'triples': expected {manifest.triples}, the sum of the graphs, "
            f"found {triples!r}.",
            remedy=_REBUILD,
        )
    if not isinstance(canonical, str) or not canonical:
        raise ReleaseError(f"{path}: key 'canonical_sha256': expected a hash.", remedy=_REBUILD)
    day = content.get("date", "")
    if not isinstance(day, str) or not (day == "" or is_date(day)):
        raise ReleaseError(f"{path}: key 'date': expected a day, YYYY-MM-DD.", remedy=_REBUILD)
    return replace(
        manifest,
        date=day,
        canonical_sha256=canonical,
        files=_listed_files(path, "files", content.get("files")),
        answers=_listed_files(path, "answers", content.get("answers")),
    )


def _listed_files(path: Path, key: str, entries: Any) -> tuple[ListedFile, ...]:
    if not isinstance(entries, list):
        raise ReleaseError(f"{path}: key '{key}': expected a list.", remedy=_REBUILD)
    found = []
    for number, entry in enumerate(entries):
        where = f"{path}: {key}[{number}]"
        texts = _texts(where, entry, _LISTED_KEYS, _LISTED_KEYS)
        _stay_inside(where, texts["file"])
        found.append(ListedFile(texts["file"], texts["sha256"]))
    return tuple(found)


def _graph_file(path: Path, number: int, entry: Any) -> GraphFile:
    where = f"{path}: graphs[{number}]"
    texts = _texts(where, entry, _GRAPH_KEYS, _GRAPH_KEYS - {"triples"})
    triples = entry["triples"]
    if not isinstance(triples, int) or isinstance(triples, bool) or triples < 0:
        raise ReleaseError(f"{where}: key 'triples': expected a number, found {triples!r}.")
    if texts["media_type"] not in media_types():
        raise ReleaseError(
            f"{where}: key 'media_type': expected one of {sorted(media_types())}, "
            f"found {texts['media_type']!r}."
        )
    _stay_inside(where, texts["file"])
    return GraphFile(
        texts["iri"], texts["file"], texts["media_type"], texts["sha256"], int(triples)
    )


def _texts(where: str, entry: Any, keys: frozenset[str], textual: frozenset[str]) -> dict[str, str]:
    if not isinstance(entry, dict) or set(entry) != keys:
        found = sorted(entry) if isinstance(entry, dict) else type(entry).__name__
        raise ReleaseError(
            f"{where}: expected the keys {sorted(keys)}, found {found}.", remedy=_REBUILD
        )
    for key in sorted(textual):
        if not isinstance(entry[key], str):
            raise ReleaseError(f"{where}: key '{key}': expected text, found {entry[key]!r}.")
    return {key: entry[key] for key in textual}


def _stay_inside(where: str, file: str) -> None:
    # A manifest comes from outside; it must not be able to point out of its own folder.
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise ReleaseError(f"{where}: key 'file': {file!r} leaves the folder.")


def read_listed(manifest: Manifest, listed: GraphFile | ListedFile) -> bytes:
    """Return the bytes of a file after comparing them with the manifest's SHA-256."""
    path = manifest.path(listed)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReleaseError(
            f"{path}: cannot be read ({error.strerror}).", remedy=_REBUILD
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != listed.sha256:
        raise ReleaseError(
            f"{path}: is not the file of the manifest: "
            f"expected sha256 {listed.sha256[:12]}…, found {found[:12]}….",
            remedy=_REBUILD,
        )
    return content
