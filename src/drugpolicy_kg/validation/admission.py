"""Shapes from others: what may run, and a clear word for what may not.

A shapes graph is a program. It may say where to fetch data (`SERVICE`, `FROM`, `owl:imports`,
`sh:shapesGraph`), or hold JavaScript and rules. None of that is run here; a shapes graph that
asks for it is refused rather than run in part, since a verdict without it would be another one.
What takes too long is ended with the process that runs it: admission is no limit of time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
from pyparsing import ParseException, ParseResults
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.validation.shapes import Shapes, bundled, read_rules
from drugpolicy_kg.vocabulary import OWL_NAMESPACE, RDF, SH, SH_NAMESPACE, SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHAPES: Final = {SH.NodeShape, SH.PropertyShape}
_QUERIES: Final = {SH.select, SH.ask, SH_NAMESPACE + "construct", SH_NAMESPACE + "update"}
#: Words of SHACL that run code or read other graphs, and what they do.
_REFUSED: Final = {
    OWL_NAMESPACE + "imports": "reads another graph",
    SH_NAMESPACE + "shapesGraph": "reads another graph",
    SH_NAMESPACE + "js": "runs JavaScript",
    SH_NAMESPACE + "jsLibrary": "runs JavaScript",
    SH_NAMESPACE + "jsLibraryURL": "runs JavaScript",
    SH_NAMESPACE + "jsFunctionName": "runs JavaScript",
    SH_NAMESPACE + "rule": "changes the data",
    SH_NAMESPACE + "construct": "changes the data",
    SH_NAMESPACE + "update": "changes the data",
}
_PREFIX: Final = SH_NAMESPACE + "prefix"
_ELSEWHERE: Final = {"ServiceGraphPattern", "DatasetClause"}
_REMEDY: Final = "Remove it; a shapes graph has to stand on its own."


def admit(content: bytes, name: str = "shapes") -> Shapes:
    """Return the shapes of a Turtle text from outside; nothing is fetched, and nothing is run.

    Raises `DefinitionError` if the text is no Turtle, holds no shape, or asks for what is
    refused: other graphs, code or rules.
    """
    try:
        triples = frozenset(
            quad.triple for quad in ox.parse(content, format=ox.RdfFormat.TURTLE, base_iri=SHAPES)
        )
    except SyntaxError as error:
        raise DefinitionError(
            f"{name}, line {error.lineno}: Turtle was expected, found something else ({error.msg})."
        ) from error
    declared = {
        triple.object.value
        for triple in triples
        if triple.predicate.value == _PREFIX and isinstance(triple.object, ox.Literal)
    }
    for triple in triples:
        reason = _REFUSED.get(triple.predicate.value)
        if reason:
            raise DefinitionError(
                f"{name}: <{triple.predicate.value}> {reason}, which is not allowed.",
                remedy=_REMEDY,
            )
        if triple.predicate.value in _QUERIES and isinstance(triple.object, ox.Literal):
            _admit_query(triple.object.value, declared, name)
    if not _has_shape(triples):
        raise DefinitionError(
            f"{name}: a sh:NodeShape or sh:PropertyShape was expected, found none.",
            remedy="Say of each shape which of the two it is.",
        )
    return Shapes(triples, read_rules(triples), bundled().reference)


def _has_shape(triples: Iterable[ox.Triple]) -> bool:
    return any(
        triple.predicate.value == RDF.type
        and isinstance(triple.object, ox.NamedNode)
        and triple.object.value in _SHAPES
        for triple in triples
    )


def _admit_query(text: str, declared: set[str], name: str) -> None:
    """Raise `DefinitionError` for a query that would fetch, or that is none.

    The names of SPARQL's own grammar are asked for, so that comments, strings and escaped
    letters do not deceive.
    """
    try:
        parts = list(_parts(parseQuery(text.replace("$PATH", "<urn:x>"))))
    except RecursionError:
        raise DefinitionError(
            f"{name}: a query is nested too deeply to be read.", remedy="Write it flatter."
        ) from None
    except ParseException as error:
        raise DefinitionError(
            f"{name}: a query was expected, found what cannot be read as one ({error})."
        ) from error
    if any(part.name in _ELSEWHERE for part in parts):
        raise DefinitionError(
            f"{name}: a query asks for data from elsewhere (SERVICE, FROM), which is not allowed.",
            remedy=_REMEDY,
        )
    known = declared | {part.prefix for part in parts if part.name == "PrefixDecl"}
    unknown = sorted({part.prefix for part in parts if part.name == "pname"} - known - {None})
    if unknown:
        raise DefinitionError(
            f"{name}: a query uses the prefix '{unknown[0]}', which is declared nowhere.",
            remedy="Declare it by sh:declare at the node that sh:prefixes names.",
        )


def _parts(tree: object) -> Iterable[CompValue]:
    """Yield what the grammar has names for in a parsed query."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, CompValue):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, ParseResults | list | tuple):
            waiting.extend(part)
