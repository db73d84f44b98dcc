"""Named graphs as sets of triples, and the canonical files that hold them.

A file is Turtle, one named graph each, its triples sorted, so that the same knowledge is
always the same bytes and a change of knowledge is a readable difference.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pyoxigraph as ox

from drugpolicy_kg.errors import DefinitionError, DifferenceError, OutputError
from drugpolicy_kg.vocabulary import BASE, DCT, ID, PREFIXES, RDF, XSD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    Value = str | int | bool | Decimal | datetime.date

MANIFEST = "manifest.json"
FORMAT = "drugpolicy-kg graphs 1"


class Graph:
    """The triples of one named graph, as they are gathered; `base` shortens its file."""

    def __init__(self, iri: str, base: str = "") -> None:
        self.iri = iri
        self.base = base or BASE
        self.triples: set[ox.Triple] = set()

    def link(self, subject: str, predicate: str, *objects: str) -> None:
        """Add statements about things; an empty IRI states nothing."""
        for target in objects:
            if target:
                self.triples.add(_triple(subject, predicate, ox.NamedNode(target)))

    def type(self, subject: str, *classes: str) -> None:
        """Say of which classes a thing is."""
        self.link(subject, RDF.type, *classes)

    def value(self, subject: str, predicate: str, value: Value | None) -> None:
        """Add a value of its natural datatype; an empty string or None states nothing."""
        if value is None or value == "":
            return
        self.triples.add(_triple(subject, predicate, _literal(value)))

    def typed(self, subject: str, predicate: str, value: str, datatype: str) -> None:
        """Add a literal of a datatype that Python has no type for."""
        if value:
            literal = ox.Literal(value, datatype=ox.NamedNode(datatype))
            self.triples.add(_triple(subject, predicate, literal))

    def words(self, subject: str, predicate: str, text: str, language: str) -> None:
        """Add words in a language."""
        if text:
            literal = ox.Literal(text, language=language)
            self.triples.add(_triple(subject, predicate, literal))

    def parse(self, path: Path) -> None:
        """Add the triples of a Turtle file."""
        try:
            with path.open("rb") as file:
                for quad in ox.parse(file, format=ox.RdfFormat.TURTLE, base_iri=self.iri):
                    if isinstance(quad.subject, ox.BlankNode):
                        raise DefinitionError(
                            f"{path}: a published graph has no blank node, found one that is "
                            f"the subject of {quad.predicate}.",
                            remedy="Give the node an IRI, or keep it out of what is published.",
                        )
                    self.triples.add(quad.triple)
        except SyntaxError as error:
            raise DefinitionError(
                f"{path}, line {error.lineno}: Turtle was expected, found something else "
                f"({error.msg})."
            ) from error

    def turtle(self) -> bytes:
        """Return the graph as canonical Turtle: sorted, the type of a thing first."""
        target = io.BytesIO()
        ox.serialize(
            _ordered(self.triples),
            target,
            format=ox.RdfFormat.TURTLE,
            prefixes=_prefixes(self),
            base_iri=self.base,
        )
        return target.getvalue()


@dataclass(frozen=True)
class GraphFile:
    """A named graph as a file of the folder: IRI, relative path, bytes, number of triples."""

    iri: str
    file: str
    content: bytes
    triples: int

    @property
    def sha256(self) -> str:
        """The digest of the file, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def rows(graphs: Mapping[str, Graph]) -> list[GraphFile]:
    """Return each graph as a file; `graphs` are named by their path without ending."""
    return [
        GraphFile(graph.iri, f"{name}.ttl", graph.turtle(), len(graph.triples))
        for name, graph in graphs.items()
    ]


def files(graphs: Mapping[str, Graph], version: str) -> dict[str, bytes]:
    """Return every file of the folder under its relative path, the manifest included.

    `graphs` are named by their path without ending.
    """
    return with_manifest(rows(graphs), version)


def with_manifest(rows: Iterable[GraphFile], version: str) -> dict[str, bytes]:
    """Return files under their relative paths, and the manifest that lists them by their graphs."""
    rows = sorted(rows, key=lambda row: row.iri)
    manifest = {
        "format": FORMAT,
        "version": version,
        "graphs": [
            {
                "iri": row.iri,
                "file": row.file,
                "media_type": "text/turtle",
                "sha256": row.sha256,
                "triples": row.triples,
            }
            for row in rows
        ],
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return {**{row.file: row.content for row in rows}, MANIFEST: text.encode()}


def write(content: Mapping[str, bytes], folder: Path) -> list[str]:
    """Write the files, remove those that are no longer there, and return what changed.

    All files are written beside their places first and then moved, so that none is ever half.
    Raises `OutputError` if the folder cannot be written.
    """
    changed = [name for name in sorted(content) if _differs(folder / name, content[name])]
    surplus: list[Path] = []
    fresh: list[tuple[Path, Path]] = []
    try:
        for name in changed:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(path.name + ".new")
            fresh.append((beside, path))
            beside.write_bytes(content[name])
        for beside, path in fresh:
            beside.replace(path)
        surplus = [
            path for path in _present(folder) if path.relative_to(folder).as_posix() not in content
        ]
        for path in surplus:
            path.unlink()
    except OSError as error:
        for beside, _ in fresh:
            beside.unlink(missing_ok=True)
        raise OutputError(
            f"{folder}: the graphs cannot be written: {error.strerror}.",
            remedy="Mend the folder; the files that were there are as they were.",
        ) from error
    return sorted([*changed, *(path.relative_to(folder).as_posix() for path in surplus)])


def check(content: Mapping[str, bytes], folder: Path) -> None:
    """Raise `DifferenceError` if the folder does not hold exactly these files."""
    present = {path.relative_to(folder).as_posix() for path in _present(folder)}
    different = [name for name in sorted(content) if _differs(folder / name, content[name])]
    surplus = sorted(present - set(content))
    if different or surplus:
        names = ", ".join([*different, *(f"{name} (not built)" for name in surplus)][:5])
        raise DifferenceError(
            f"{folder}: {len(different) + len(surplus)} files differ from what is built: {names}.",
            remedy="Run 'drugpolicy build', read the difference and commit it.",
        )


def disjoint(graphs: Iterable[Graph]) -> None:
    """Raise `DifferenceError` if two published graphs hold the same triple."""
    owner: dict[ox.Triple, str] = {}
    for graph in graphs:
        for triple in graph.triples:
            other = owner.setdefault(triple, graph.iri)
            if other != graph.iri:
                raise DifferenceError(
                    f"{graph.iri}: published graphs are disjoint, found {triple} in {other} too."
                )


def closed(graphs: Iterable[Graph]) -> None:
    """Raise `DefinitionError` if a graph points to a thing of ours that none describes.

    What a term's meaning was taken from (`dct:source`) may be a plan that is not built here:
    the terms are the same for a folder with other plans.
    """
    every = list(graphs)
    described = {triple.subject for graph in every for triple in graph.triples}
    for graph in every:
        for triple in graph.triples:
            target = triple.object
            if (
                isinstance(target, ox.NamedNode)
                and target.value.startswith(ID)
                and target not in described
                and triple.predicate.value != DCT.source
            ):
                thing, key = triple.subject, triple.predicate
                raise DefinitionError(
                    f"{graph.iri}: {thing} points by {key} to {target}, which nothing describes.",
                    remedy="Mend the identifier, or add the thing to its table or closed list.",
                )


def _present(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def _differs(path: Path, content: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != content


def _triple(subject: str, predicate: str, target: ox.NamedNode | ox.Literal) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), target)


def _literal(value: Value) -> ox.Literal:
    if isinstance(value, datetime.date):
        return ox.Literal(value.isoformat(), datatype=ox.NamedNode(XSD.date))
    if isinstance(value, Decimal):
        return ox.Literal(f"{value.normalize():f}", datatype=ox.NamedNode(XSD.decimal))
    return ox.Literal(value)


def _ordered(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield triples in the order of a file: thing by thing, of each the type first."""
    things: dict[str, list[ox.Triple]] = {}
    for triple in triples:
        things.setdefault(str(triple.subject), []).append(triple)
    for thing in sorted(things, key=lambda term: (_natural(term.strip("<>")), term)):
        yield from sorted(things[thing], key=_order)


def _order(triple: ox.Triple) -> tuple[object, ...]:
    predicate = triple.predicate.value
    return predicate != RDF.type, predicate, str(triple.object)


def _natural(text: str) -> tuple[object, ...]:
    """Return a key by which 2 sorts before 10, and a thing before its parts."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in text.split("/"))


def _prefixes(graph: Graph) -> dict[str, str]:
    """Return the prefixes that a graph uses, so that a file declares no other."""
    used = {
        term.value
        for triple in graph.triples
        for term in (triple.subject, triple.predicate, triple.object)
        if isinstance(term, ox.NamedNode)
    }
    used.update(
        triple.object.datatype.value
        for triple in graph.triples
        if isinstance(triple.object, ox.Literal)
    )
    # One text is searched for each prefix, and not each of many thousand IRIs.
    lines = "\n".join(("", *used))
    return {name: namespace for name, namespace in PREFIXES.items() if f"\n{namespace}" in lines}
