"""What a thing is called on a page: its label, or a name made from what is stated of it."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyoxigraph as ox

from drugpolicy_kg.vocabulary import BASE, DCT_NAMESPACE, DP, DP_NAMESPACE, OA, RDF, RDFS, SKOS
from drugpolicy_kg.vocabulary import PREFIXES as _PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from drugpolicy_kg.service.views.describing import Named

_LONGEST: Final = 120
_LABELS: Final = (SKOS.prefLabel, RDFS.label, f"{DCT_NAMESPACE}title")
# What the names of what something belongs to, or speaks of, are called in a pattern.
_OWNERS: Final = {
    DP.documentNumber: "plan",
    DP.locator: "where",
    DP.fileName: "file",
    OA.exact: "exact",
    SKOS.prefLabel: "participant",
}


class Name(NamedTuple):
    """A text with its language, which is empty where it is ours or of no language."""

    text: str
    language: str = ""


def prefixed(iri: str) -> str:
    """Return an IRI with its prefix, if it has one.

    >>> prefixed("http://www.w3.org/2004/02/skos/core#prefLabel")
    'skos:prefLabel'
    """
    for prefix, space in _PREFIXES.items():
        if iri.startswith(space):
            return f"{prefix}:{iri.removeprefix(space)}"
    return iri


class Namer:
    """Names things in the language of a page, or in another one if there is no other name."""

    def __init__(
        self,
        names: Mapping[str, list[Named]],
        words: Mapping[str, Any],
        languages: Sequence[str],
    ) -> None:
        self._names = names
        self._words = words
        self._ranks = {language: rank for rank, language in enumerate(dict.fromkeys(languages))}
        self._patterns = {entry["class"]: entry["pattern"] for entry in words["names"]}

    def best(self, literals: Iterable[ox.Literal]) -> Name | None:
        """Return the literal in the language that is wished for most."""
        ranked = sorted(
            (self._rank(literal.language or ""), literal.value, literal.language or "")
            for literal in literals
        )
        return Name(ranked[0][1], ranked[0][2]) if ranked else None

    def _rank(self, language: str) -> int:
        return self._ranks.get(language.partition("-")[0], len(self._ranks))

    def label(self, iri: str) -> Name | None:
        """Return the label that the graph or our words have for a thing."""
        for property_iri in _LABELS:
            found = self.best(self._literals(iri, property_iri))
            if found is not None:
                return found
        known = self._words["terms"].get(prefixed(iri))
        return Name(known) if known else None

    def name(self, iri: str) -> Name:
        """Return a name of a thing, which always has one: in the end, its IRI."""
        pattern = self._pattern(iri)
        made = pattern and self._made(pattern, iri)
        if made:
            return made
        label = self.label(iri)
        if label is not None:
            return Name(shortened(label.text), label.language)
        for property_iri in (DP.title, DP.wording, DP.text):
            found = self.best(self._literals(iri, property_iri))
            if found is not None:
                return Name(shortened(found.text), found.language)
        if iri.startswith(DP_NAMESPACE):
            return Name(prefixed(iri))
        return Name(iri.removeprefix(BASE) if iri.startswith(BASE) else iri)

    def title(self, iri: str) -> Name | None:
        """Return what is said beside the name of a thing: its title, or how its text begins."""
        for property_iri in (DP.title, SKOS.prefLabel, DP.text, DP.wording):
            found = self.best(self._literals(iri, property_iri))
            if found is not None:
                return Name(shortened(found.text), found.language)
        return None

    def classes(self, iri: str) -> list[str]:
        """Return the classes of a thing, ours first."""
        found = [
            named.value.value
            for named in self._names.get(iri, ())
            if named.property == RDF.type and named.own
        ]
        return sorted(found, key=lambda kind: (not kind.startswith(DP_NAMESPACE), kind))

    def _pattern(self, iri: str) -> str | None:
        for kind in self.classes(iri):
            pattern: str | None = self._patterns.get(prefixed(kind).partition(":")[2])
            if pattern is not None:
                return pattern
        return None

    def _made(self, pattern: str, iri: str) -> Name | None:
        """Return a pattern filled with what is stated of a thing, if all of it is."""
        values: dict[str, str] = {}
        for _, key, _, _ in string.Formatter().parse(pattern):
            if key is None:
                continue
            found = self.best(self._keyed(iri, key))
            if found is None:
                return None
            text = self.locator(found.text) if key in {"where", "locator"} else found.text
            values[key] = shortened(text)
        return Name(pattern.format_map(values))

    def locator(self, text: str) -> str:
        """Return the code of a place in a plan in words: `section 3.1`, `cover`."""
        kind, _, number = text.partition(" ")
        known = self._words["locators"].get(kind, kind)
        return f"{known} {number}".strip()

    def _keyed(self, iri: str, key: str) -> list[ox.Literal]:
        return [
            named.value
            for named in self._names.get(iri, ())
            if isinstance(named.value, ox.Literal) and _key(named) == key
        ]

    def _literals(self, iri: str, property_iri: str) -> list[ox.Literal]:
        return [
            named.value
            for named in self._names.get(iri, ())
            if named.property == property_iri and named.own and isinstance(named.value, ox.Literal)
        ]


def _key(named: Named) -> str:
    """Return what a pattern calls the value of a statement."""
    if not named.own:
        return _OWNERS.get(named.property, "")
    return prefixed(named.property).partition(":")[2]


def shortened(text: str) -> str:
    """Return the beginning of a text, cut between words.

    >>> shortened("word " * 40)[-8:]
    'd word …'
    """
    plain = " ".join(text.split())
    if len(plain) <= _LONGEST:
        return plain
    return plain[:_LONGEST].rsplit(" ", 1)[0] + " …"
