"""The routes at which something is asked: SPARQL, saved queries, citations, validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.citing.address import PARAMETER, SPARQL
from drugpolicy_kg.queries import MAX_LENGTH
from drugpolicy_kg.service.http.negotiation import HTML
from drugpolicy_kg.service.openapi.parts import (
    ASKED,
    LANGUAGE,
    one_of,
    operation,
    parameter,
)
from drugpolicy_kg.service.routes.citing import OFFERED as CITED
from drugpolicy_kg.service.routes.citing import PREFIX as CITE
from drugpolicy_kg.service.routes.saved import OFFERED, PREFIX
from drugpolicy_kg.service.routes.validation import REPORTS
from drugpolicy_kg.service.routes.validation import ROUTE as VALIDATE
from drugpolicy_kg.service.uploads import FORM, MEDIA_TYPES
from drugpolicy_kg.store.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.queries import Parameter, SavedQuery

    Json = dict[str, Any]

_TYPES: Final[Mapping[str, dict[str, Any]]] = {
    "slug": {"type": "string", "pattern": "^[a-z0-9]+(?:[-.][a-z0-9]+)*$", "maxLength": MAX_LENGTH},
    "language": {"type": "string", "pattern": "^[a-z]{2,3}$"},
    "integer": {"type": "integer", "minimum": -999_999_999, "maximum": 999_999_999},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "pattern": "^[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?$"},
    "text": {"type": "string", "maxLength": MAX_LENGTH},
    "iri": {"type": "string", "format": "iri", "maxLength": MAX_LENGTH},
}
_JSON: Final = "application/json"
_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_QUERY: Final = {"type": "string", "minLength": 1}
_EXAMPLE: Final = "ASK { ?s ?p ?o }"
# SPARQL 1.1 Query Results JSON Format, 3: rows, or yes and no.
_ROWS: Final = {
    "type": "object",
    "required": ["head"],
    "properties": {
        "head": {"type": "object", "properties": {"vars": _TEXTS}},
        "boolean": {"type": "boolean"},
        "results": {
            "type": "object",
            "required": ["bindings"],
            "properties": {"bindings": {"type": "array", "items": {"type": "object"}}},
        },
    },
    "oneOf": [{"required": ["boolean"]}, {"required": ["results"]}],
}
_FOUND: Final = {
    HTML: {},
    **{kind.media_type: {} for kind in FORMATS},
    "application/sparql-results+json": _ROWS,
}
_LISTED: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "summary", "columns", "parameters", *(k.name for k in OFFERED)],
        "properties": {
            "name": _TEXT,
            "summary": _TEXT,
            "columns": {"type": "object", "additionalProperties": _TEXT},
            "parameters": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["type", "about", "default"],
                    "additionalProperties": _TEXT,
                },
            },
        },
    },
}
_CITATION: Final = {
    "type": "object",
    "required": ["title", "text", "bibtex", "address", "release", "state", "verdict"],
    "properties": {
        "title": _TEXT,
        "text": _TEXT,
        "bibtex": _TEXT,
        "address": _TEXT,
        "release": _TEXT,
        "state": {"type": "string", "enum": ["new", "same", "changed"]},
        "verdict": _TEXT,
    },
}
_REPORT: Final = {"type": "object"}
_SENT: Final = ("400", "406", "408", "413", "415", "429", "503", "504")


def asking(queries: Mapping[str, SavedQuery]) -> Json:
    """Return the descriptions of these routes by their paths."""
    return {"/sparql": _sparql(), **_saved(queries), CITE: _cite(queries), VALIDATE: _validation()}


def _sparql() -> Json:
    dataset = [
        parameter("default-graph-uri", "graphs of the default graph, not all of them", _TEXTS),
        parameter("named-graph-uri", "graphs that GRAPH may name", _TEXTS),
    ]
    names = dict.fromkeys(name for kind in FORMATS for name in kind.names)
    form = one_of("format", "the format of the answer", [*names, "html"])
    query = parameter("query", "a SPARQL 1.1 query", example=_EXAMPLE)
    summary = "Ask a SPARQL 1.1 query; without one, the service description, or a form for people"
    asked = operation(summary, [query, form, *dataset, LANGUAGE], _FOUND, "406", *ASKED)
    summary = "Ask a SPARQL 1.1 query, as a form or as such"
    posted = operation(summary, [form, *dataset, LANGUAGE], _FOUND, *_SENT)
    fields = {"query": _QUERY, "default-graph-uri": _TEXTS, "named-graph-uri": _TEXTS}
    schema = {"type": "object", "properties": fields, "required": ["query"]}
    posted["requestBody"] = {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {"schema": schema, "example": {"query": _EXAMPLE}},
            "application/sparql-query": {"schema": _QUERY, "example": _EXAMPLE},
        },
    }
    return {"get": asked, "post": posted}


def _saved(queries: Mapping[str, SavedQuery]) -> Json:
    answers: Json = {HTML: {}, _JSON: _LISTED}
    found: Json = {PREFIX: {"get": operation("List the saved queries", [LANGUAGE], answers, "400")}}
    for name, query in queries.items():
        given = [_parameter(*item) for item in query.parameters.items()]
        rows = {
            "type": "array",
            "items": {"type": "object", "required": list(query.columns)},
        }
        schemas: Json = {kind.media_type: {} for kind in OFFERED} | {_JSON: rows}
        path = f"{PREFIX}/{name}"
        found[path] = {"get": operation(query.summary, given, schemas, "406", *ASKED)}
        for kind in OFFERED:
            answers = {kind.media_type: schemas[kind.media_type]}
            found[f"{path}.{kind.name}"] = {"get": operation(query.summary, given, answers, *ASKED)}
    return found


def _parameter(name: str, told: Parameter) -> Json:
    schema = dict(_TYPES[told.type])
    if told.default:
        schema["default"] = told.default
    # A form sends what nobody filled in as an empty value, which says nothing.
    return parameter(name, told.about, schema, allowEmptyValue=True)


def _cite(queries: Mapping[str, SavedQuery]) -> Json:
    names = {name for query in queries.values() for name in query.parameters}
    digest = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
    about = f"what is cited: queries/NAME, id/…, {SPARQL}, or nothing for the whole graph"
    given = [
        parameter("about", about, example="queries/plans"),
        *(
            parameter(f"{PARAMETER}{name}", f"the parameter {name} of the query that is cited")
            for name in sorted(names)
        ),
        parameter("query", f"the query whose answer is cited, with about={SPARQL}; or its digest"),
        parameter("release", "the release that an address names, which is checked"),
        parameter("dataset", "the digest of that release", digest),
        parameter("result", "the digest of the answer", digest),
        parameter("rows", "the rows of the answer", {"type": "integer", "minimum": 0}),
        parameter("in", "the release in which a citation is checked, if several are held"),
        one_of("format", "the format", [kind.name for kind in CITED]),
        LANGUAGE,
    ]
    answers: Json = {kind.media_type: {} for kind in CITED} | {_JSON: _CITATION}
    statuses = ("404", "406", *(status for status in ASKED if status != "304"))
    return {"get": operation("Cite what is served, or check a citation", given, answers, *statuses)}


def _validation() -> Json:
    form = one_of("format", "the format", [name for kind in REPORTS for name in kind.names])
    given = [
        parameter("name", "the name of the file, as the report calls it"),
        {**form, "description": "the format of the report"},
        parameter("lang", "the language of the report"),
        parameter("profile", "core, or linked with the bundled tables"),
        parameter("layout", "the layout of a document; auto recognises it"),
    ]
    asked = operation("A form that takes a document", [LANGUAGE], [HTML], "400")
    answers: Json = {kind.media_type: {} for kind in REPORTS} | {_JSON: _REPORT}
    posted = operation("Validate a plan, as a document or as RDF", given, answers, *_SENT)
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    properties = {"data": file, "shapes": file}
    schema = {"type": "object", "properties": properties, "required": ["data"]}
    plain = {media_type: {"schema": _QUERY} for media_type in MEDIA_TYPES}
    posted["requestBody"] = {"required": True, "content": {FORM: {"schema": schema}, **plain}}
    return {"get": asked, "post": posted}
