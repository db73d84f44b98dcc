"""The routes at which documents stand: things, terms, graphs, files, former releases, pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.service.http.negotiation import HTML
from drugpolicy_kg.service.openapi.parts import (
    ASKED,
    LANGUAGE,
    header,
    one_of,
    operation,
    parameter,
    refusals,
    segment,
)
from drugpolicy_kg.service.routes.dereferencing import DOCUMENTS, OFFERED, THINGS
from drugpolicy_kg.service.routes.dumps import PREFIX as DUMPS
from drugpolicy_kg.service.routes.graph_store import DIRECT, INDIRECT
from drugpolicy_kg.service.routes.places import SUFFIX_OF
from drugpolicy_kg.service.routes.site import ABOUT, START
from drugpolicy_kg.service.routes.timegates import LINK_FORMAT, MEMENTO, TIMEGATE, TIMEMAP
from drugpolicy_kg.store.formats import Shape, of_shape
from drugpolicy_kg.vocabulary import GRAPH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Json = dict[str, Any]

_TYPES: Final = [kind.media_type for kind in OFFERED]
_GRAPH_FORMATS: Final = of_shape(Shape.TRIPLES)
_GRAPH_TYPES: Final = [kind.media_type for kind in _GRAPH_FORMATS]
_FORMAT: Final = one_of("format", "the format", [name for kind in OFFERED for name in kind.names])
_GRAPH_FORMAT: Final = one_of(
    "format", "the format", [name for kind in _GRAPH_FORMATS for name in kind.names]
)
_AT: Final = header("Accept-Datetime", "as of when (RFC 7089)", "Sat, 28 Nov 2026 12:00:00 GMT")
_RANGE: Final = header("Range", "which bytes of it (RFC 9110, 14.2)", "bytes=0-99")
_READ: Final = ("404", "406", *ASKED)
_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_LISTING: Final = {
    "type": "object",
    "required": ["version", "release", "files"],
    "properties": {
        "version": _TEXT,
        "release": _TEXT,
        "files": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "address", "media_type", "bytes", "sha256"],
                "properties": {
                    "name": _TEXT,
                    "address": _TEXT,
                    "media_type": _TEXT,
                    "bytes": _COUNT,
                    "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                },
            },
        },
    },
}
_PATH: Final = segment("path", "the path of a document of ours, with its slashes", "void")
_PLAN_GRAPH: Final = re.compile(f"{re.escape(GRAPH)}plan/([^/]+)/([^/]+)")


def reading(graphs: Iterable[str]) -> Json:
    """Return the descriptions of these routes by their paths; examples are of the first plan."""
    plan, version = _first_plan(graphs)
    return {
        START: _get(operation("The start page", [LANGUAGE], [HTML], *ASKED)),
        ABOUT: _get(operation("What this service is", [LANGUAGE], [HTML], "400")),
        **_things(plan),
        **_documents(),
        **_graphs(plan, version),
        **_files(),
        **_former(),
    }


def _first_plan(graphs: Iterable[str]) -> tuple[str, str]:
    """Return a plan that is served and a version of its text, or words where none is.

    >>> _first_plan([f"{GRAPH}void", f"{GRAPH}plan/com-2031-902/final/evidence"])
    ('com-2031-902', 'final')
    """
    found = filter(None, map(_PLAN_GRAPH.match, sorted(graphs)))
    return next(((one[1], one[2]) for one in found), ("plan", "version"))


def _get(told: Json) -> Json:
    return {"get": told}


def _things(plan: str) -> Json:
    kind, name = segment("kind", "what it is", "actor"), segment("name", "its name", "europol")
    number = segment("number", "its number or name", "1")
    part = segment("part", "what it is", "action")
    whole = f"plan/{plan}/action/1.ttl"
    path = segment("path", "the rest of its IRI, with its slashes", whole)
    about = "A thing: the way to the document about it; with a suffix, that document"
    return {
        f"{THINGS}{{kind}}/{{name}}": _thing(about, kind, name),
        f"{THINGS}plan/{{plan}}/{{part}}/{{number}}": _thing(
            f"{about}, of a part of a plan", segment("plan", "a plan", plan), part, number
        ),
        f"{THINGS}{{path}}": _thing(f"{about}, by its whole path", path),
    }


def _thing(summary: str, *where: Json) -> Json:
    given = [*where, _FORMAT, LANGUAGE, _AT]
    return _get(operation(summary, given, _TYPES, "302", "303", *_READ))


def _documents() -> Json:
    suffix = segment("suffix", "the format", "ttl")
    suffix["schema"] = {"type": "string", "enum": list(SUFFIX_OF.values())}
    found = {}
    for path in DOCUMENTS:
        given = [_FORMAT, LANGUAGE, _AT]
        summary = f"The document {path}, in the format that is accepted"
        found[path] = _get(operation(summary, given, _TYPES, "302", *_READ))
        summary = f"The document {path} in one format"
        told = operation(summary, [suffix, LANGUAGE, _AT], _TYPES, "302", *_but("406"))
        found[f"{path}.{{suffix}}"] = _get(told)
    version = segment("version", "a version, which may have the suffix of a format", "0.1.0")
    told = operation("A version of the ontology", [version, *given], _TYPES, "302", *_READ)
    return {**found, f"{DOCUMENTS[0]}/{{version}}": _get(told)}


def _but(*left_out: str) -> Iterable[str]:
    return (status for status in _READ if status not in left_out)


def _graphs(plan: str, version: str) -> Json:
    types = [*_GRAPH_TYPES, HTML]
    name = segment("name", "the end of the graph's IRI; may have a suffix", "ontology")
    part = segment("part", "evidence", "evidence")
    named = [
        parameter(
            "graph",
            "IRI of a graph",
            {"type": "string", "format": "iri"},
            example=f"{GRAPH}ontology",
        ),
        parameter("default", "all graphs, not one; needs no value", allowEmptyValue=True),
    ]
    summary = "A graph of the release, as triples or as a page"
    given = [one_of("format", "the format", [*_names(_GRAPH_FORMAT), "html"]), LANGUAGE]
    at_plan = f"{DIRECT}plan/{{plan}}/{{version}}"
    text = [segment("plan", "a plan", plan), segment("version", "a version of its text", version)]
    return {
        INDIRECT: _get(
            operation("Read a whole graph", [*named, given[0], LANGUAGE], types, *_READ)
        ),
        f"{DIRECT}{{name}}": _get(operation(summary, [name, *given], types, *_READ)),
        at_plan: _get(operation(f"{summary}, of a plan", [*text, *given], types, *_READ)),
        f"{at_plan}/{{part}}": _get(
            operation(f"{summary}, of its evidence", [*text, part, *given], types, *_READ)
        ),
    }


def _names(told: Mapping[str, Any]) -> list[str]:
    return list(told["schema"]["enum"])


def _files() -> Json:
    file = segment("file", "its name in the list at /dumps", "manifest.json")
    folder = segment("folder", "tables, or what else the list names", "tables")
    answers: Json = {HTML: {}, "application/json": _LISTING}
    listed = operation("List the files of the release", [LANGUAGE], answers, "400", "404", "503")
    return {
        DUMPS: _get(listed),
        f"{DUMPS}/{{file}}": _get(_file([file])),
        f"{DUMPS}/{{folder}}/{{file}}": _get(_file([folder, file])),
    }


def _file(where: list[Json]) -> Json:
    summary = "Read a file of the release, whole or in ranges"
    told = operation(summary, [*where, _RANGE], ["*/*"], "304", "404", "416", "503")
    # A part of JSON is none, so that nothing is said of its form.
    told["responses"]["206"] = {
        "description": "The ranges that were asked for",
        "headers": {"Content-Range": {"schema": _TEXT}},
    }
    return told


def _former() -> Json:
    version = segment("version", "a release that is held", "1.0.0")
    given = [version, _PATH, _FORMAT, LANGUAGE]
    gate = operation("The way to a document as of a time", [_PATH, _AT], [])
    gate["responses"] = refusals("302", "400", "404")
    listing = operation("The releases in which a document is held", [_PATH], [LINK_FORMAT], "404")
    told = operation("A document as a former release has it", given, _TYPES, *_READ)
    return {
        f"{TIMEGATE}/{{path}}": _get(gate),
        f"{TIMEMAP}/{{path}}": _get(listing),
        f"{MEMENTO}/{{version}}/{{path}}": _get(told),
    }
