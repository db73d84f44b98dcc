"""The pages about the ontology and the shapes, for people who build on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from drugpolicy_kg.service.views import pages
from drugpolicy_kg.service.views.describing import Named
from drugpolicy_kg.service.views.diagram import draw
from drugpolicy_kg.service.views.naming import Name, Namer, prefixed
from drugpolicy_kg.service.views.ontology_model import concepts, knowledge
from drugpolicy_kg.service.views.wording import language_of, words
from drugpolicy_kg.vocabulary import BASE, DCT_NAMESPACE, LICENCE, ONTOLOGY, PREFIXES, RDFS, SKOS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drugpolicy_kg.service.views.ontology_model import Model

_SH: Final = PREFIXES["sh"]
_DPS: Final = PREFIXES["dps"]
_SKOS: Final = PREFIXES["skos"]
SHAPES: Final = _DPS.rstrip("#")
_FORMATS: Final = {"ttl": "Turtle", "jsonld": "JSON-LD", "nt": "N-Triples", "rdf": "RDF/XML"}
#: What is said of the document itself, in this order.
_METADATA: Final = (
    "owl:versionInfo", "owl:versionIRI", "vann:preferredNamespacePrefix", "dct:license",
    "dct:creator", "dct:publisher", "dct:created", "dct:issued", "dct:modified",
    "dct:bibliographicCitation", "skos:changeNote",
)  # fmt: skip
_VANN: Final = "http://purl.org/vocab/vann/"


def page(told: Mapping[str, Any]) -> bytes:
    """Return the page about the ontology, or about the shapes, in the reader's language."""
    made = _Terms(told)
    if told["thing"] == SHAPES:
        return pages.render("shapes.html", **made.shapes())
    return pages.render("ontology.html", **made.ontology())


def entry(iri: str, language: str) -> dict[str, Any]:
    """Return what the page says of one term in a language, before what only its kind has."""
    return _Terms({"thing": ONTOLOGY, "languages": [language], "path": "", "lang": ""}).term(iri)


class _Terms:
    """What the two templates are filled with."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = told
        self._language = language_of(told["languages"])
        self._words = words(self._language)
        self._known = knowledge()
        self._order = [self._language, *told["languages"]]
        self._namer = Namer(_names(self._known.terms), self._words, self._order)
        self._rules = Namer(_names(self._known.shapes), self._words, self._order)

    def _frame(self, thing: str, model: Model) -> dict[str, Any]:
        path = self._told["path"]
        return {
            **pages.frame(self._language, self._told["lang"], f"{path}.html"),
            "iri": thing,
            "title": self._text(model, thing, f"{DCT_NAMESPACE}title"),
            "lead": self._text(model, thing, f"{DCT_NAMESPACE}abstract"),
            "description": self._text(model, thing, f"{DCT_NAMESPACE}description"),
            "metadata": self._metadata(model, thing),
            "formats": [(name, f"{path}.{suffix}") for suffix, name in _FORMATS.items()],
            "licence": LICENCE,
        }

    def ontology(self) -> dict[str, Any]:
        """Return the values of the page about the ontology."""
        known = self._known
        return {
            **self._frame(ONTOLOGY, known.terms),
            "diagram": draw(known.settings["diagram"], self._drawn),
            "classes": [self._class(iri) for iri in known.classes],
            "properties": [self._property(iri) for iri in known.properties],
            "schemes": [self._scheme(iri) for iri in known.schemes],
        }

    def shapes(self) -> dict[str, Any]:
        """Return the values of the page about the shapes."""
        known = self._known
        found = known.shapes.of_type(f"{_SH}NodeShape")
        return {
            **self._frame(SHAPES, known.shapes),
            "shapes": [self._shape(iri) for iri in found],
        }

    def _text(self, model: Model, iri: str, predicate: str) -> Name | None:
        return self._namer.best(model.texts(iri, predicate))

    def _drawn(self, name: str) -> tuple[str, str]:
        iri = pages.expanded(name)
        return self._namer.name(iri).text, self._link(iri) if iri.startswith(BASE) else ""

    def _metadata(self, model: Model, iri: str) -> list[tuple[str, list[tuple[str, str]]]]:
        found = []
        for name in _METADATA:
            predicate = (
                pages.expanded(name)
                if not name.startswith("vann:")
                else (_VANN + name.partition(":")[2])
            )
            values = [(value.value, "") for value in model.texts(iri, predicate)]
            values += [(thing, thing) for thing in model.things(iri, predicate)]
            if values:
                found.append((self._namer.name(predicate).text, values))
        return found

    def term(self, iri: str) -> dict[str, Any]:
        """Return what is said of a class or a property alike."""
        terms = self._known.terms
        labels = terms.texts(iri, RDFS.label)
        best = self._namer.best(labels)
        return {
            "id": iri.rpartition("#")[2],
            "name": prefixed(iri),
            "iri": iri,
            "label": best or Name(prefixed(iri)),
            "others": [
                Name(one.value, one.language or "")
                for one in labels
                if best is not None and one.value != best.text
            ],
            "definition": self._text(terms, iri, f"{_SKOS}definition"),
            "note": self._text(terms, iri, f"{_SKOS}scopeNote"),
            "examples": [
                Name(one.value, one.language or "") for one in terms.texts(iri, f"{_SKOS}example")
            ],
            "shapes": [self._shape_link(shape) for shape in self._known.shapes_of(iri)],
            "words": list(self._known.words(iri).items()),
        }

    def _class(self, iri: str) -> dict[str, Any]:
        known = self._known
        lineage = known.terms.lineage(iri)
        return {
            **self.term(iri),
            "above": self._linked(known.terms.above(iri)),
            "below": self._linked(c for c in known.classes if iri in known.terms.above(c)),
            "said": self._linked(
                p for p in known.properties if lineage & set(known.terms.domain(p))
            ),
            "leading": self._linked(
                p for p in known.properties if lineage & set(known.terms.range(p))
            ),
        }

    def _property(self, iri: str) -> dict[str, Any]:
        terms = self._known.terms
        above = terms.things(iri, f"{PREFIXES['rdfs']}subPropertyOf")
        kinds = self._words["ontology"]["characteristics"]
        return {
            **self.term(iri),
            "domain": self._linked(terms.domain(iri)),
            "range": self._linked(terms.range(iri)),
            "inverse": self._linked(terms.inverses(iri)),
            "above": self._linked(above),
            "characteristics": [kinds[name] for name in terms.characteristics(iri)],
            "chains": [self._linked(chain) for chain in terms.chains(iri)],
        }

    def _scheme(self, iri: str) -> dict[str, Any]:
        terms = self._known.terms
        return {
            "label": self._namer.name(iri),
            "link": self._link(iri),
            "definition": self._text(terms, iri, f"{_SKOS}definition"),
            "concepts": [
                {
                    "label": self._namer.name(concept),
                    "link": self._link(concept),
                    "notation": next((n.value for n in terms.texts(concept, SKOS.notation)), ""),
                    "definition": self._text(terms, concept, f"{_SKOS}definition"),
                }
                for concept in concepts(iri)
            ],
        }

    def _shape(self, iri: str) -> dict[str, Any]:
        known = self._known
        return {
            "id": iri.rpartition("#")[2],
            "label": self._rules.name(iri),
            "targets": self._linked(known.shapes.things(iri, f"{_SH}targetClass")),
            "rules": [
                {
                    "id": rule.iri.rpartition("#")[2],
                    "code": rule.code,
                    "path": self._linked([rule.path] if rule.path else []),
                    "severity": self._namer.name(rule.severity).text if rule.severity else "",
                    "message": self._text(known.shapes, rule.iri, f"{_SH}message"),
                    "remedy": self._text(known.shapes, rule.iri, f"{_DPS}remedy"),
                }
                for rule in known.rules(iri)
            ],
        }

    def _shape_link(self, iri: str) -> tuple[str, str]:
        code = self._known.rule(iri).code
        return code or prefixed(iri), self._link(iri)

    def _linked(self, iris: Iterable[str]) -> list[tuple[str, str, str]]:
        """Return label, link and short name of some terms."""
        return [(self._namer.name(iri).text, self._link(iri), prefixed(iri)) for iri in iris]

    def _link(self, iri: str) -> str:
        space, sharp, local = iri.partition("#")
        if space == self._told["thing"]:
            return f"#{local}"
        if not iri.startswith(BASE):
            return iri
        explicit = self._told["lang"]
        query = f"?{urlencode({'lang': explicit})}" if explicit else ""
        return f"{pages.local(space)}{query}{sharp}{local}"


def _names(model: Model) -> dict[str, list[Named]]:
    """Return the labels of a model in the shape that a namer takes."""
    found: dict[str, list[Named]] = {}
    for iri, predicate, value in model.labels((RDFS.label, SKOS.prefLabel)):
        found.setdefault(iri, []).append(Named(own=True, property=predicate, value=value))
    return found
