"""The description of the HTTP interface for machines: what FastAPI knows, and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import Response

from drugpolicy_kg.service.openapi.asking import asking
from drugpolicy_kg.service.openapi.parts import COMPONENTS, refusals
from drugpolicy_kg.service.openapi.reading import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drugpolicy_kg.queries import SavedQuery

_ABOUT: Final = (
    "Whatever answers GET answers HEAD and OPTIONS as well; any other method is refused with 405 "
    "and the header Allow. Every refusal is problem+json (RFC 9457). Where a path ends in {path}, "
    "its slashes are sent as they are. A document in one format has a suffix: .ttl, .jsonld, .nt, "
    ".rdf or .html."
)


def described(
    known: dict[str, Any], queries: Mapping[str, SavedQuery], graphs: Iterable[str]
) -> dict[str, Any]:
    """Return the description of the framework's routes together with all others.

    Examples name what is served: the saved queries, and a plan of the graphs.
    """
    return {
        **known,
        "info": {**known["info"], "description": _ABOUT},
        "paths": {**known["paths"], **reading(graphs), **asking(queries)},
        "components": COMPONENTS,
    }


#: What /ready answers, beside what every route may.
READINESS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Ready",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["status", "triples", "version", "release"],
                    "properties": {
                        "status": {"const": "ready"},
                        "triples": {"type": "integer", "minimum": 0},
                        "version": {"type": "string"},
                        "release": {"type": "string"},
                    },
                }
            }
        },
    },
    503: refusals("503")["503"],
}


def answer_of(media_type: str, kind: type[Response] = Response) -> type[Response]:
    """Return the class of an answer of one media type, which the framework describes.

    >>> answer_of("text/css").media_type
    'text/css'
    """
    return type("Answer", (kind,), {"media_type": media_type})
