"""The formats in which an answer can be written, by name and by media type.

>>> by_name("ttl").media_type
'text/turtle'
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from drugpolicy_kg.errors import StoreError


class Shape(Enum):
    """What a query answers with: rows (or yes/no), or triples."""

    ROWS = "rows"
    TRIPLES = "triples"


@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """A format with its short names, its media type and what else clients call it.

    Each is one constant, equal to itself only: every request looks formats up in a cache.
    """

    names: tuple[str, ...]
    media_type: str
    shape: Shape
    aliases: tuple[str, ...] = ()
    charset: bool = False

    @property
    def name(self) -> str:
        """Return the first short name, under which an engine knows the format."""
        return self.names[0]

    @property
    def content_type(self) -> str:
        """Return the value of the Content-Type header.

        >>> by_name("csv").content_type
        'text/csv; charset=utf-8'
        """
        return f"{self.media_type}; charset=utf-8" if self.charset else self.media_type


# The first of each shape is what a client gets that states no preference.
FORMATS: Final = (
    Format(("json",), "application/sparql-results+json", Shape.ROWS, ("application/json",)),
    Format(("xml",), "application/sparql-results+xml", Shape.ROWS, ("application/xml", "text/xml")),
    Format(("csv",), "text/csv", Shape.ROWS, charset=True),
    Format(("tsv",), "text/tab-separated-values", Shape.ROWS, charset=True),
    Format(
        ("turtle", "ttl"), "text/turtle", Shape.TRIPLES, ("application/x-turtle",), charset=True
    ),
    Format(("ntriples", "nt"), "application/n-triples", Shape.TRIPLES, ("text/plain",)),
    Format(("jsonld", "json-ld"), "application/ld+json", Shape.TRIPLES, ("application/json",)),
    Format(("trig",), "application/trig", Shape.TRIPLES),
    Format(("nquads", "nq"), "application/n-quads", Shape.TRIPLES, ("text/x-nquads",)),
    Format(
        ("rdfxml", "rdf", "xml"),
        "application/rdf+xml",
        Shape.TRIPLES,
        ("application/xml", "text/xml"),
    ),
)


def of_shape(shape: Shape) -> tuple[Format, ...]:
    """Return the formats that can hold an answer of that shape, the default first.

    >>> [f.name for f in of_shape(Shape.ROWS)]
    ['json', 'xml', 'csv', 'tsv']
    """
    return tuple(f for f in FORMATS if f.shape is shape)


def by_name(name: str) -> Format:
    """Return the format with that short name.

    >>> by_name("nt").media_type
    'application/n-triples'
    """
    for candidate in FORMATS:
        if name in candidate.names:
            return candidate
    raise StoreError(f"Format {name!r} is not known.")
