"""What the terms of the ontology and the concepts of its closed lists mean, in one language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.vocabulary import RDFS, SKOS, SKOS_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DEFINITION: Final = SKOS_NAMESPACE + "definition"


@dataclass(frozen=True)
class Value:
    """A concept of a closed list: how a cell names it, its label and its definition."""

    notation: str
    label: str
    definition: str


@dataclass(frozen=True)
class Terms:
    """Definitions by the IRI of a term, and the concepts of each closed list by its IRI."""

    definitions: Mapping[str, str]
    schemes: Mapping[str, tuple[Value, ...]]

    @classmethod
    def of(cls, statements: Iterable[ox.Quad], language: str) -> Terms:
        """Return what the graphs say in a language."""
        labels: dict[str, str] = {}
        definitions: dict[str, str] = {}
        notations: dict[str, str] = {}
        members: dict[str, list[str]] = {}
        worded = {RDFS.label: labels, SKOS.prefLabel: labels, _DEFINITION: definitions}
        for quad in statements:
            predicate, target = quad.predicate.value, quad.object
            if not isinstance(quad.subject, ox.NamedNode):
                continue
            if isinstance(target, ox.Literal):
                if predicate in worded and target.language == language:
                    worded[predicate][quad.subject.value] = target.value
                elif predicate == SKOS.notation:
                    notations[quad.subject.value] = target.value
            elif predicate == SKOS.inScheme and isinstance(target, ox.NamedNode):
                members.setdefault(target.value, []).append(quad.subject.value)
        schemes = {
            scheme: tuple(
                Value(notations.get(iri, ""), labels.get(iri, ""), definitions.get(iri, ""))
                for iri in sorted(found)
            )
            for scheme, found in members.items()
        }
        return cls(definitions, schemes)
