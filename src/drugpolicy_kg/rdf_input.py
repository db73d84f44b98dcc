"""RDF that somebody gives: bytes of a stated format become quads, within limits.

Everything is parsed from the bytes alone by pyoxigraph, which loads no JSON-LD context, no
document type and no import; what its parsers do not survive (nested triple terms, entities,
elements without end) is refused before.
"""

from __future__ import annotations

import re
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

import pyoxigraph as ox

from drugpolicy_kg.errors import SourceError, TooLargeError
from drugpolicy_kg.limits import MAX_BYTES, MAX_TRIPLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    import rdflib
    from rdflib.term import Node

#: How deep XML elements and JSON values may stand in each other: the parser's time grows with
#: the square of it, and 20,000 JSON objects overflow its stack.
MAX_DEPTH: Final = 256
#: How often `<<` may stand in a text: nested triple terms of RDF 1.2 overflow the parser's stack.
_MAX_QUOTED: Final = 100
_JSON: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
_BYTE_ORDER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


class Format(Enum):
    """A syntax of RDF: its name, endings of files, media types, and what the parser calls it."""

    TURTLE = ("Turtle", (".ttl",), ("text/turtle", "application/x-turtle"), ox.RdfFormat.TURTLE)
    TRIG = ("TriG", (".trig",), ("application/trig",), ox.RdfFormat.TRIG)
    N_TRIPLES = ("N-Triples", (".nt",), ("application/n-triples",), ox.RdfFormat.N_TRIPLES)
    N_QUADS = ("N-Quads", (".nq",), ("application/n-quads",), ox.RdfFormat.N_QUADS)
    JSON_LD = ("JSON-LD", (".jsonld",), ("application/ld+json",), ox.RdfFormat.JSON_LD)
    RDF_XML = ("RDF/XML", (".rdf", ".owl"), ("application/rdf+xml",), ox.RdfFormat.RDF_XML)

    def __init__(
        self, label: str, endings: tuple[str, ...], media_types: tuple[str, ...], own: ox.RdfFormat
    ) -> None:
        self.label = label
        self.endings = endings
        self.media_types = media_types
        self.own = own


def format_of(name: str = "", media_type: str = "") -> Format | None:
    """Return the syntax that a media type or the ending of a file's name stands for, if any.

    >>> format_of("plan.ttl"), format_of(media_type="application/ld+json; charset=utf-8")
    (<Format.TURTLE: ...>, <Format.JSON_LD: ...>)
    """
    kind = media_type.partition(";")[0].strip().lower()
    ending = PurePath(name).suffix.lower()
    for known in Format:
        if kind in known.media_types or (not kind and ending in known.endings):
            return known
    return None


def quads(
    data: bytes, syntax: Format, name: str, *, max_triples: int = MAX_TRIPLES
) -> tuple[ox.Quad, ...]:
    """Return what RDF in bytes says; `name` is what errors call it.

    Raises `SourceError`, with line and column where they are known, for what is no RDF of that
    syntax, for a remote context, a declared entity or deep nesting, and beyond the limits.
    """
    if len(data) > MAX_BYTES:
        raise TooLargeError(
            f"{name}: at most {MAX_BYTES:,} bytes are read, found {len(data):,}.",
            most=MAX_BYTES,
            unit="bytes",
            remedy="Give one plan at a time.",
        )
    if data.startswith(_BYTE_ORDER_MARKS):
        raise SourceError(
            f"{name}: UTF-8 was expected, found UTF-16.", remedy="Save the file as UTF-8."
        )
    if syntax is Format.RDF_XML:
        _check_xml(data, name)
    elif syntax is Format.JSON_LD:
        _check_json(data, name)
    elif data.count(b"<<") > _MAX_QUOTED:
        raise SourceError(
            f"{name}: RDF 1.1 was expected, found more than {_MAX_QUOTED} times '<<' of RDF 1.2.",
            remedy="Leave out statements about statements.",
        )
    result: list[ox.Quad] = []
    try:
        for quad in ox.parse(data, format=syntax.own):
            if len(result) == max_triples:
                raise TooLargeError(
                    f"{name}: at most {max_triples:,} triples are read, found more.",
                    most=max_triples,
                    unit="triples",
                    remedy="Give one plan at a time.",
                )
            result.append(quad)
    except SyntaxError as error:
        raise _translated(error, syntax, name) from error
    return tuple(result)


def graph(statements: Iterable[ox.Quad]) -> rdflib.Graph:
    """Return the union of all graphs among the quads as a graph of rdflib, for pySHACL."""
    import rdflib as rdf  # noqa: PLC0415  slow to load, and only shapes need it

    def term(own: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Node:
        if isinstance(own, ox.NamedNode):
            return rdf.URIRef(own.value)
        if isinstance(own, ox.BlankNode):
            return rdf.BNode(own.value)
        if isinstance(own, ox.Literal):
            if own.language:
                return rdf.Literal(own.value, lang=own.language)
            if own.datatype.value == str(rdf.XSD.string):
                return rdf.Literal(own.value)
            return rdf.Literal(own.value, datatype=rdf.URIRef(own.datatype.value))
        raise SourceError(
            "RDF 1.1 was expected, found a statement about a statement of RDF 1.2.",
            remedy="Leave it out.",
        )

    result = rdf.Graph()
    for quad in statements:
        result.add((term(quad.subject), term(quad.predicate), term(quad.object)))
    return result


def _translated(error: SyntaxError, syntax: Format, name: str) -> SourceError:
    words = error.msg
    if "LoadDocumentCallback" in words:
        return SourceError(
            f"{name}: a JSON-LD context within the file was expected, found the address of one, "
            "and no address is followed.",
            remedy="Write the context into the file, or give the plan as Turtle.",
        )
    line, column = error.lineno or 0, error.offset or 0
    words = re.sub(r"^Parser error at line \d+.*?: | \(line \d+\)$", "", words)
    place = f", line {line}, column {column}" if line else ""
    return SourceError(
        f"{name}{place}: {syntax.label} was expected, found an error: {words[:200]}.",
        remedy="Mend it there, or name the right format.",
        line=line,
        column=column,
    )


def _check_json(data: bytes, name: str) -> None:
    """Refuse JSON whose values are nested too deep."""
    depth = 0
    for found in _JSON.finditer(data):
        sign = found[0]
        depth += (sign in {b"{", b"["}) - (sign in {b"}", b"]"})
        if depth > MAX_DEPTH:
            line = data.count(b"\n", 0, found.start()) + 1
            column = found.start() - data.rfind(b"\n", 0, found.start())
            raise SourceError(
                f"{name}, line {line}, column {column}: values at most {MAX_DEPTH} deep were "
                "expected, found more.",
                remedy="Give the plan as Turtle.",
                line=line,
                column=column,
            )


def _check_xml(data: bytes, name: str) -> None:
    """Refuse XML that is not well-formed, declares an entity, or is nested too deep."""
    parser = expat.ParserCreate()
    depth = 0

    def refused(found: str, remedy: str) -> SourceError:
        line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        return SourceError(
            f"{name}, line {line}, column {column}: {found}.",
            remedy=remedy,
            line=line,
            column=column,
        )

    def declared(*_: object) -> None:
        raise refused(
            "RDF/XML without entities of its own was expected, found '<!ENTITY'",
            "Write the addresses out, or give the plan as Turtle.",
        )

    def opened(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise refused(
                f"elements at most {MAX_DEPTH} deep were expected, found more",
                "Give the plan as Turtle.",
            )

    def closed(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser.EntityDeclHandler = declared
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    try:
        parser.Parse(data, True)  # noqa: FBT003  expat takes no keyword
    except expat.ExpatError as error:
        raise refused(
            f"RDF/XML was expected, found an error: {expat.ErrorString(error.code)}",
            "Mend it there, or name the right format.",
        ) from error
