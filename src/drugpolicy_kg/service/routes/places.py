"""What a path stands for: an IRI of ours, and the format that its ending asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.vocabulary import BASE

_SUFFIXES: Final = {
    "ttl": "turtle",
    "jsonld": "jsonld",
    "nt": "ntriples",
    "rdf": "rdfxml",
    "html": "html",
}
SUFFIX_OF: Final = {name: suffix for suffix, name in _SUFFIXES.items()}
# What an IRI of ours may consist of; everything else stands for nothing here.
_PATH: Final = re.compile(r"/[A-Za-z0-9._~!$&'*+,;=:@%/-]{1,180}")


@dataclass(frozen=True, slots=True)
class Place:
    """What a request asks for: an IRI, the path that stands for it, and the format, if any.

    >>> Place.of("/id/actor/europol.ttl")
    Place(iri='https://w3id.org/drugpolicy-kg/id/actor/europol', path='/id/actor/europol', kind='turtle')
    """  # noqa: E501 - the output of a doctest

    iri: str
    path: str
    kind: str | None

    @classmethod
    def of(cls, path: str) -> Place:
        """Return the place of a path, or raise the problem 404."""
        if not _PATH.fullmatch(path):
            raise Problem(404, f"Nothing stands at {path[:200]}.")
        name, _, suffix = path.rpartition(".")
        kind = _SUFFIXES.get(suffix) if name else None
        path = name if kind else path
        return cls(BASE + path.removeprefix("/"), path, kind)

    def document(self, kind: str) -> str:
        """Return the path of the document in a format."""
        return f"{self.path}.{SUFFIX_OF[kind]}"
