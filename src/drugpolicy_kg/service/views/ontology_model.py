"""Ontology, axioms and shapes as pages show them: terms with their texts and what binds them.

They are read from the files that travel with the package. Axioms are no published graph, because
restrictions need blank nodes, so a store cannot be asked for them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from drugpolicy_kg import resources
from drugpolicy_kg.service.views.naming import prefixed
from drugpolicy_kg.vocabulary import OWL_NAMESPACE, PREFIXES, RDF, RDFS_NAMESPACE, SKOS
from drugpolicy_kg.yaml_input import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    Node = ox.NamedNode | ox.BlankNode
    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_SH: Final = PREFIXES["sh"]
_DP: Final = PREFIXES["dp"]
_RDF: Final = PREFIXES["rdf"]
_DOMAIN: Final = f"{RDFS_NAMESPACE}domain"
_RANGE: Final = f"{RDFS_NAMESPACE}range"
_INVERSE: Final = f"{OWL_NAMESPACE}inverseOf"
_SUBCLASS: Final = f"{RDFS_NAMESPACE}subClassOf"
_CHARACTERISTICS: Final = (
    "FunctionalProperty",
    "InverseFunctionalProperty",
    "TransitiveProperty",
    "SymmetricProperty",
    "IrreflexiveProperty",
)


class Model:
    """Statements of several files, with what people ask of an ontology."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._told: dict[Node, list[tuple[str, Term]]] = {}
        self._kinds: dict[str, set[str]] = {}
        self._inverses: dict[str, list[str]] = {}
        for path in paths:
            for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True):
                subject = quad.subject
                if isinstance(subject, ox.NamedNode | ox.BlankNode):
                    self._told.setdefault(subject, []).append((quad.predicate.value, quad.object))

    def statements(self) -> dict[ox.NamedNode, list[tuple[ox.NamedNode, Term]]]:
        """Return everything that is stated of things with a name."""
        return {
            node: [(ox.NamedNode(predicate), value) for predicate, value in pairs]
            for node, pairs in self._told.items()
            if isinstance(node, ox.NamedNode)
        }

    def of_type(self, *kinds: str) -> list[str]:
        """Return the IRIs of everything of one of some types, in the order of the files."""
        return [iri for iri, types in self._types().items() if types & set(kinds)]

    def _types(self) -> dict[str, set[str]]:
        if not self._kinds:
            for node in self._told:
                if isinstance(node, ox.NamedNode):
                    self._kinds[node.value] = set(self.things(node.value, RDF.type))
        return self._kinds

    def labels(self, predicates: tuple[str, ...]) -> Iterator[tuple[str, str, ox.Literal]]:
        """Yield every label with the term that it names."""
        for node, pairs in self._told.items():
            for predicate, value in pairs:
                if (
                    predicate in predicates
                    and isinstance(node, ox.NamedNode)
                    and isinstance(value, ox.Literal)
                ):
                    yield node.value, predicate, value

    def values(self, iri: str, predicate: str) -> list[Term]:
        """Return the values of a property of a term."""
        return [o for p, o in self._told.get(ox.NamedNode(iri), ()) if p == predicate]

    def texts(self, iri: str, predicate: str) -> list[ox.Literal]:
        """Return the literals of a property of a term."""
        return [value for value in self.values(iri, predicate) if isinstance(value, ox.Literal)]

    def things(self, iri: str, predicate: str) -> list[str]:
        """Return the IRIs that a property leads to; a union of classes counts as all of them."""
        return [iri for value in self.values(iri, predicate) for iri in self._named(value)]

    def _named(self, value: Term) -> Iterator[str]:
        if isinstance(value, ox.NamedNode):
            yield value.value
        elif isinstance(value, ox.BlankNode):
            for predicate, inner in self._told.get(value, ()):
                if predicate == f"{OWL_NAMESPACE}unionOf":
                    yield from self._listed(inner)

    def _listed(self, head: Term) -> Iterator[str]:
        while isinstance(head, ox.BlankNode):
            pairs = dict(self._told[head])
            yield from self._named(pairs[f"{_RDF}first"])
            head = pairs[f"{_RDF}rest"]

    def chains(self, iri: str) -> list[list[str]]:
        """Return the chains of properties from which a property follows."""
        return [
            list(self._listed(value))
            for value in self.values(iri, f"{OWL_NAMESPACE}propertyChainAxiom")
        ]

    def inverses(self, iri: str) -> list[str]:
        """Return the properties that are the inverse of one, whichever of the two says so."""
        if not self._inverses:
            for known in self._types():
                for other in self.things(known, _INVERSE):
                    self._inverses.setdefault(known, []).append(other)
                    self._inverses.setdefault(other, []).append(known)
        return list(dict.fromkeys(self._inverses.get(iri, ())))

    def characteristics(self, iri: str) -> list[str]:
        """Return what kind of property one is: functional, transitive and so on."""
        kinds = set(self.things(iri, RDF.type))
        return [name for name in _CHARACTERISTICS if OWL_NAMESPACE + name in kinds]

    def domain(self, iri: str) -> list[str]:
        """Return the classes that a property is said of."""
        return self.things(iri, _DOMAIN)

    def range(self, iri: str) -> list[str]:
        """Return the classes or datatypes that a property leads to."""
        return self.things(iri, _RANGE)

    def above(self, iri: str) -> list[str]:
        """Return the classes that are named as broader than a class."""
        return self.things(iri, _SUBCLASS)

    def lineage(self, iri: str) -> set[str]:
        """Return a class with every class above it."""
        found: set[str] = set()
        waiting = [iri]
        while waiting:
            known = waiting.pop()
            if known not in found:
                found.add(known)
                waiting += self.above(known)
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the shapes: its identifier, what it looks at and how grave a failure is."""

    iri: str
    code: str
    path: str
    severity: str


@dataclass(slots=True)
class Knowledge:
    """Everything that the pages about ontology and shapes show."""

    terms: Model
    shapes: Model
    settings: dict[str, Any]
    languages: dict[str, dict[str, Any]]
    classes: list[str] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)
    schemes: list[str] = field(default_factory=list)
    _constraining: dict[str, list[str]] = field(default_factory=dict)

    def rules(self, shape: str) -> list[Rule]:
        """Return the rules of the shape of a class."""
        return [self.rule(iri) for iri in self.shapes.things(shape, f"{_SH}property")]

    def rule(self, iri: str) -> Rule:
        """Return one rule."""
        code = self.shapes.texts(iri, f"{PREFIXES['dct']}identifier")
        path = self.shapes.things(iri, f"{_SH}path")
        severity = self.shapes.things(iri, f"{_SH}severity")
        return Rule(
            iri,
            code[0].value if code else "",
            path[0] if path else "",
            severity[0] if severity else "",
        )

    def shapes_of(self, iri: str) -> list[str]:
        """Return the shapes that constrain a class, or the rules that look at a property."""
        if not self._constraining:
            for kind, way in (("NodeShape", "targetClass"), ("PropertyShape", "path")):
                for shape in self.shapes.of_type(_SH + kind):
                    for target in self.shapes.things(shape, _SH + way):
                        self._constraining.setdefault(target, []).append(shape)
        return self._constraining.get(iri, [])

    def words(self, iri: str) -> dict[str, list[str]]:
        """Return the words of the documents for a term, by language."""
        places = self.settings["words"].get(prefixed(iri), [])
        found: dict[str, list[str]] = {}
        for code, language in self.languages.items():
            words = [word for place in places for word in _words(language, place)]
            if words:
                found[code] = list(dict.fromkeys(words))
        return found


def _words(language: dict[str, Any], place: str) -> Iterator[str]:
    node: Any = language
    for step in place.split("."):
        node = node.get(step, {}) if isinstance(node, dict) else {}
    yield from _leaves(node)


def _leaves(node: Any) -> Iterator[str]:
    """Yield the words of a part of a language file; patterns are no words."""
    if isinstance(node, str):
        if not set(node) & set("\\(?[|"):
            yield node
    elif isinstance(node, list):
        for item in node:
            yield from _leaves(item)
    elif isinstance(node, dict):
        for item in node.values():
            yield from _leaves(item)


@cache
def knowledge() -> Knowledge:
    """Return ontology, shapes and words; a confined process must have asked for them before."""
    root = resources.root()
    folder = root / "ontology"
    axioms = [path for path in (folder / "axioms.ttl", folder / "alignments.ttl") if path.exists()]
    terms = Model([folder / "drugpolicy.ttl", *axioms, *sorted((folder / "schemes").glob("*.ttl"))])
    text = files("drugpolicy_kg.service.views").joinpath("terms.yaml").read_text(encoding="utf-8")
    languages = {
        path.stem: read_yaml(path.read_text(encoding="utf-8"))
        for path in sorted((root / "data" / "languages").glob("*.yaml"))
    }
    known = Knowledge(
        terms, Model(sorted(resources.shapes().glob("*.ttl"))), read_yaml(text), languages
    )
    ours = [
        iri
        for iri in terms.of_type(
            *(f"{OWL_NAMESPACE}{k}" for k in ("Class", "ObjectProperty", "DatatypeProperty"))
        )
        if iri.startswith(_DP)
    ]
    kinds = {iri: terms.things(iri, RDF.type) for iri in ours}
    known.classes = [iri for iri in ours if f"{OWL_NAMESPACE}Class" in kinds[iri]]
    known.properties = [iri for iri in ours if iri not in set(known.classes)]
    known.schemes = terms.of_type(f"{PREFIXES['skos']}ConceptScheme")
    return known


def concepts(scheme: str) -> list[str]:
    """Return the entries of a closed list, in the order of its file."""
    terms = knowledge().terms
    inside = f"{PREFIXES['skos']}inScheme"
    return [iri for iri in terms.of_type(SKOS.Concept) if scheme in terms.things(iri, inside)]
