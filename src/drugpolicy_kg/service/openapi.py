"""The description of the HTTP interface for machines: what FastAPI knows, and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.queries import MAX_LENGTH
from drugpolicy_kg.service.citing import PREFIX as CITE
from drugpolicy_kg.service.dumps import PREFIX as DUMPS
from drugpolicy_kg.service.graph_store import INDIRECT
from drugpolicy_kg.service.saved import OFFERED, PREFIX
from drugpolicy_kg.service.uploads import FORM, MEDIA_TYPES
from drugpolicy_kg.service.validation import REPORTS
from drugpolicy_kg.service.validation import ROUTE as VALIDATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drugpolicy_kg.queries import Parameter, SavedQuery

_TYPES: Final[Mapping[str, dict[str, Any]]] = {
    "slug": {"type": "string", "pattern": "^[a-z0-9]+(?:[-.][a-z0-9]+)*$", "maxLength": MAX_LENGTH},
    "language": {"type": "string", "pattern": "^[a-z]{2,3}$"},
    "integer": {"type": "integer", "minimum": -999_999_999, "maximum": 999_999_999},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "pattern": "^[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?$"},
    "text": {"type": "string", "maxLength": MAX_LENGTH},
    "iri": {"type": "string", "format": "iri", "maxLength": MAX_LENGTH},
}
_FILE: Final = {
    "name": "file",
    "in": "path",
    "required": True,
    "description": "its name in the list at /dumps",
    "schema": {"type": "string"},
}
_PROBLEMS: Final = {
    "400": "The request is not as expected",
    "404": "Nothing stands here",
    "406": "No format that is accepted can be served",
    "413": "A limit of length is met",
    "429": "This client asks too much",
    "503": "The service is busy or not ready",
    "504": "The time limit is met",
}


def described(known: dict[str, Any], queries: Mapping[str, SavedQuery]) -> dict[str, Any]:
    """Return the description of the framework's routes together with all others."""
    paths = {**known["paths"], "/sparql": _sparql(), INDIRECT: _graph_store()}
    paths[VALIDATE] = _validation()
    paths[PREFIX] = {"get": _operation("List the saved queries", [], ["application/json"])}
    paths[DUMPS] = {"get": _operation("List the files of the release", [], ["application/json"])}
    paths[f"{DUMPS}/{{file}}"] = {
        "get": _operation("Read a file of the release, whole or in ranges", [_FILE], ["*/*"])
    }
    about = _text(
        "about", "what is cited: queries/NAME, id/…, sparql, or nothing for the whole graph"
    )
    within = _text("in", "the release in which a citation is checked, if several are held")
    own = _text("query", "the query whose answer is cited, with about=sparql")
    cited = ["text/plain", "application/x-bibtex", "application/vnd.citationstyles.csl+json"]
    paths[CITE] = {
        "get": _operation(
            "Cite what is served", [about, own, within, _text("format", "the format")], cited
        )
    }
    for name, query in queries.items():
        given = [_parameter(*item) for item in query.parameters.items()]
        types = [kind.media_type for kind in OFFERED]
        paths[f"{PREFIX}/{name}"] = {"get": _operation(query.summary, given, types)}
        for kind in OFFERED:
            paths[f"{PREFIX}/{name}.{kind.name}"] = {
                "get": _operation(query.summary, given, [kind.media_type])
            }
    return {**known, "paths": paths}


def _operation(
    summary: str, given: list[dict[str, Any]], media_types: Iterable[str]
) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"type": "object"}}}
    return {
        "summary": summary,
        "parameters": given,
        "responses": {
            "200": {
                "description": "The answer",
                "content": {media_type: {"schema": {}} for media_type in media_types},
            },
            "304": {"description": "The client has this answer already"},
            **{
                status: {"description": about, "content": problem}
                for status, about in _PROBLEMS.items()
            },
        },
    }


def _parameter(name: str, parameter: Parameter) -> dict[str, Any]:
    schema = dict(_TYPES[parameter.type])
    if parameter.default:
        schema["default"] = parameter.default
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": parameter.about,
        "schema": schema,
    }


def _text(name: str, about: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": about,
        "schema": {"type": "string"},
    }


def _sparql() -> dict[str, Any]:
    rows = ["application/sparql-results+json", "application/sparql-results+xml", "text/csv"]
    types = [*rows, "text/tab-separated-values", "text/turtle", "application/ld+json", "text/html"]
    dataset = [
        _text("default-graph-uri", "a graph of the default graph, in place of all of them"),
        _text("named-graph-uri", "a graph that GRAPH may name"),
    ]
    given = [_text("query", "a SPARQL 1.1 query"), _text("format", "the format"), *dataset]
    asked = _operation("Ask a SPARQL 1.1 query; without one, the service description", given, types)
    posted = _operation("Ask a SPARQL 1.1 query, as a form or as such", dataset, types)
    posted["requestBody"] = {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {"query": {"type": "string"}},
                    "required": ["query"],
                }
            },
            "application/sparql-query": {"schema": {"type": "string"}},
        },
    }
    posted["responses"]["408"] = {"description": "The body came too slowly"}
    posted["responses"]["415"] = {"description": "The body is of a type that is not taken"}
    return {"get": asked, "post": posted}


def _validation() -> dict[str, Any]:
    given = [
        _text("name", "the name of the file, as the report calls it"),
        _text("format", f"the format of the report: {', '.join(kind.name for kind in REPORTS)}"),
        _text("lang", "the language of the report"),
        _text("profile", "core, or linked with the bundled tables"),
        _text("layout", "the layout of a document; auto recognises it"),
    ]
    asked = _operation("A form that takes a document", [], ["text/html"])
    posted = _operation(
        "Validate a plan, as a document or as RDF", given, [kind.media_type for kind in REPORTS]
    )
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    properties = {"data": file, "shapes": file}
    form = {"schema": {"type": "object", "properties": properties, "required": ["data"]}}
    plain = {media_type: {"schema": {"type": "string"}} for media_type in MEDIA_TYPES}
    posted["requestBody"] = {"required": True, "content": {FORM: form, **plain}}
    posted["responses"]["408"] = {"description": "The body came too slowly"}
    posted["responses"]["415"] = {"description": "The body is of a type that is not taken"}
    return {"get": asked, "post": posted}


def _graph_store() -> dict[str, Any]:
    given = [_text("graph", "IRI of a graph"), _text("default", "all graphs; needs no value")]
    return {"get": _operation("Read a whole graph", given, ["text/turtle", "application/ld+json"])}
