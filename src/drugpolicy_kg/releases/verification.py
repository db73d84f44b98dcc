"""Whether a folder holds what its manifest says: every byte, every triple, and nothing else."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zlib
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.errors import ReleaseError
from drugpolicy_kg.releases.counts import COUNTS, counts
from drugpolicy_kg.releases.manifest import (
    MANIFEST,
    GraphFile,
    ListedFile,
    Manifest,
    locate,
    read_listed,
    read_manifest,
)

if TYPE_CHECKING:
    from pathlib import Path

#: The dump that holds all statements, one a line, sorted.
DUMP: Final = "dumps/drugpolicy-kg.nq.gz"
_BLANK: Final = re.compile(rb"_:|<[^>]*> <[^>]*> _:")


def verify(folder: Path) -> Manifest:
    """Return the manifest of a folder that is whole, or name the file that is not as listed.

    Files that the manifest does not list are refused too: a copy must be the release and
    nothing else. A folder with several releases stands for its current one.
    """
    folder = locate(folder)
    manifest = read_manifest(folder)
    for other in manifest.files:
        read_listed(manifest, other)
    found, counted = summary(manifest)
    if manifest.is_release and found != manifest.canonical_sha256:
        raise ReleaseError(
            f"{folder / MANIFEST}: key 'canonical_sha256': expected {found}, "
            f"found {manifest.canonical_sha256}."
        )
    for other in manifest.files:
        if other.file == DUMP:
            _require_dump(manifest, other)
        elif other.file == COUNTS and read_listed(manifest, other) != counted:
            raise ReleaseError(
                f"{manifest.path(other)}: holds other counts than those of the graphs.",
                remedy="Take a whole copy.",
            )
    listed = {manifest.path(graph) for graph in manifest.graphs}
    listed |= {manifest.path(other) for other in manifest.files}
    for path in sorted(folder.rglob("*")):
        if not path.is_dir() and path not in listed | {folder / MANIFEST}:
            raise ReleaseError(
                f"{path}: stands in no line of {MANIFEST}.", remedy="Take a whole copy."
            )
    return manifest


def _require_dump(manifest: Manifest, dump: ListedFile) -> None:
    """Raise `ReleaseError` if the dump does not hold what the graphs hold."""
    path = manifest.path(dump)
    try:
        found = hashlib.sha256(gzip.decompress(read_listed(manifest, dump))).hexdigest()
    except (OSError, EOFError, zlib.error) as error:
        raise ReleaseError(f"{path}: gzip was expected, found something else.") from error
    if found != manifest.canonical_sha256:
        raise ReleaseError(
            f"{path}: other statements than those of the graphs: sha256 "
            f"{manifest.canonical_sha256} was expected of its N-Quads, found {found}."
        )


def knowledge_sha256(manifest: Manifest) -> str:
    """Return the hash of all triples: that of a release, counted again for any other folder."""
    return manifest.canonical_sha256 or canonical_sha256(manifest)


def canonical_sha256(manifest: Manifest) -> str:
    """Return the SHA-256 of all triples as N-Quads, sorted by their bytes.

    Whoever has the same knowledge has the same hash, whatever files it stands in; any tool
    that writes N-Quads can repeat it.
    """
    return summary(manifest)[0]


def summary(manifest: Manifest) -> tuple[str, bytes]:
    """Return the hash of all triples, and the counts of what they point to.

    Numbers of triples are compared on the way, and graphs that share a triple are refused: the
    union of all graphs would count it twice.
    """
    quads: list[bytes] = []
    holders: dict[bytes, str] = {}
    for graph in manifest.graphs:
        triples = _triples(manifest, graph)
        for triple in triples:
            other = holders.setdefault(triple, graph.iri)
            if other != graph.iri:
                raise ReleaseError(
                    f"{manifest.folder / MANIFEST}: graphs must be disjoint, but <{other}> and "
                    f"<{graph.iri}> both hold {triple.decode()}"
                )
        tail = f" <{graph.iri}> .\n".encode()
        quads += [triple.removesuffix(b" .") + tail for triple in triples]
    quads.sort()
    digest = hashlib.sha256()
    for quad in quads:
        digest.update(quad)
    return digest.hexdigest(), counts(holders)


def _triples(manifest: Manifest, graph: GraphFile) -> list[bytes]:
    """Return the triples of a graph as lines of N-Triples, each once."""
    import pyoxigraph as ox  # noqa: PLC0415 - whoever reads a manifest only needs no engine

    path = manifest.path(graph)
    formats = {"text/turtle": ox.RdfFormat.TURTLE, "application/n-triples": ox.RdfFormat.N_TRIPLES}
    parsed = ox.parse(read_listed(manifest, graph), format=formats[graph.media_type])
    lines = io.BytesIO()
    try:
        ox.serialize((quad.triple for quad in parsed), lines, ox.RdfFormat.N_TRIPLES)
    except (SyntaxError, ValueError) as error:
        raise ReleaseError(f"{path}: cannot be read as {graph.media_type}: {error}.") from error
    triples = list(dict.fromkeys(lines.getvalue().splitlines()))
    if len(triples) != graph.triples:
        raise ReleaseError(
            f"{path}: expected {graph.triples} triples as {MANIFEST} says, found {len(triples)}."
        )
    for triple in triples:
        if _BLANK.match(triple):
            raise ReleaseError(f"{path}: a blank node has no name to compare: {triple.decode()}")
    return triples
