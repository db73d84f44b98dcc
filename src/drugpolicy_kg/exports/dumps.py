"""The whole graph in single files: N-Quads, TriG and JSON-LD, compressed.

The Turtle of each graph stands in a release anyway. HDT is not written: no library that is
kept up writes it (rdflib-hdt reads only), and an HDT file holds one graph.
"""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg import releases
from drugpolicy_kg.vocabulary import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER: Final = "dumps"
STEM: Final = "drugpolicy-kg"
_READ: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
}


def quads(manifest: releases.Manifest) -> list[ox.Quad]:
    """Return the triples of all graphs with their graph, in the order of the files.

    Raises `ReleaseError` if a file is not the one of the manifest.
    """
    found = []
    for graph in manifest.graphs:
        name = ox.NamedNode(graph.iri)
        content = releases.read_listed(manifest, graph)
        found += [
            ox.Quad(quad.subject, quad.predicate, quad.object, name)
            for quad in ox.parse(content, format=_READ[graph.media_type])
        ]
    return found


def dumps(statements: Sequence[ox.Quad]) -> dict[str, bytes]:
    """Return the dumps of a release under their relative paths.

    The lines of the N-Quads are sorted by their bytes: what is in the compressed file has the
    SHA-256 that the manifest gives as `canonical_sha256`.
    """
    lines = _serialized(statements, ox.RdfFormat.N_QUADS).splitlines(keepends=True)
    written = {
        "nq": b"".join(sorted(lines)),
        "trig": _serialized(statements, ox.RdfFormat.TRIG),
        "jsonld": _serialized(statements, ox.RdfFormat.JSON_LD) + b"\n",
    }
    return {
        f"{FOLDER}/{STEM}.{ending}.gz": compressed(content) for ending, content in written.items()
    }


def compressed(content: bytes) -> bytes:
    """Return content as gzip that names no file, no time and no operating system (RFC 1952).

    >>> compressed(b"x") == compressed(b"x"), gzip.decompress(compressed(b"x"))
    (True, b'x')
    """
    target = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=target, mtime=0) as file:
        file.write(content)
    return target.getvalue()


def _serialized(statements: Sequence[ox.Quad], kind: ox.RdfFormat) -> bytes:
    target = io.BytesIO()
    ox.serialize(statements, target, kind, prefixes=PREFIXES)
    return target.getvalue()
