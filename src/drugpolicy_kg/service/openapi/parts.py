"""What descriptions of operations are made of: parameters, answers, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.service.http.problems import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Json = dict[str, Any]

#: Why an answer may be another than the one that was asked for, by its status.
_REFUSALS: Final = {
    "400": "The request is not as expected",
    "404": "Nothing stands here",
    "406": "No format that is accepted can be served",
    "408": "The body came too slowly",
    "413": "A limit of length is met",
    "415": "The body is of a type that is not taken",
    "416": "The file has no such range",
    "429": "This client asks too much",
    "503": "The service is busy or not ready",
    "504": "The time limit is met",
}
_ELSEWHERE: Final = {
    "302": "What the release of that time said stands elsewhere",
    "303": "The document about the thing stands elsewhere",
}
_PROBLEM: Final = {
    "type": "object",
    "required": ["status", "title", "detail"],
    "properties": {
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "line": {"type": "integer"},
        "column": {"type": "integer"},
        "limit": {
            "type": "object",
            "required": ["name", "value", "unit"],
            "properties": {
                "name": {"type": "string"},
                "value": {"type": "number"},
                "unit": {"type": "string"},
            },
        },
    },
}
_LOCATION: Final = {"Location": {"required": True, "schema": {"type": "string"}}}
COMPONENTS: Final = {
    "schemas": {"Problem": _PROBLEM},
    "responses": {
        **{
            f"Refused{status}": {
                "description": about,
                "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
            for status, about in _REFUSALS.items()
        },
        **{
            f"Elsewhere{status}": {"description": about, "headers": _LOCATION}
            for status, about in _ELSEWHERE.items()
        },
        "Known": {"description": "The client has this answer already"},
    },
}
#: How a question may end that a worker answers, whatever the route.
ASKED: Final = ("304", "400", "413", "429", "503", "504")


def operation(
    summary: str,
    given: Iterable[Json],
    answers: Mapping[str, Json] | Iterable[str],
    *statuses: str,
) -> Json:
    """Return an operation: its parameters, its answers, and how else it may end.

    The answers are media types, with their schemas where they have any.
    """
    schemas = answers if isinstance(answers, dict) else {key: {} for key in answers}
    content = {media_type: {"schema": schema} for media_type, schema in schemas.items()}
    return {
        "summary": summary,
        "parameters": [*given, *([_KNOWN] if "304" in statuses else [])],
        "responses": {
            "200": {"description": "The answer", "content": content},
            **refusals(*statuses),
        },
    }


def refusals(*statuses: str) -> Json:
    """Return how an operation may end otherwise than with 200.

    >>> refusals("404")
    {'404': {'$ref': '#/components/responses/Refused404'}}
    """
    named = {"304": "Known", **{status: f"Elsewhere{status}" for status in _ELSEWHERE}}
    return {
        status: {"$ref": f"#/components/responses/{named.get(status, f'Refused{status}')}"}
        for status in sorted(statuses)
    }


def parameter(name: str, about: str, schema: Json | None = None, **more: Any) -> Json:
    """Return a parameter of the query string, which may be left out."""
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": about,
        "schema": schema or {"type": "string"},
        **more,
    }


def one_of(name: str, about: str, values: Iterable[str]) -> Json:
    """Return a parameter that takes one of a few words."""
    return parameter(name, about, {"type": "string", "enum": list(values)})


def header(name: str, about: str, example: str) -> Json:
    """Return a header of the request that changes the answer."""
    return {**parameter(name, about), "in": "header", "example": example}


def segment(name: str, about: str, example: str) -> Json:
    """Return a part of the path."""
    return {**parameter(name, about), "in": "path", "required": True, "example": example}


LANGUAGE: Final = parameter(
    "lang", "the language of the page", {"type": "string", "pattern": "^[a-z]{2,3}$"}
)
_KNOWN: Final = header("If-None-Match", "the ETag of the answer that the client has", '"0"')
