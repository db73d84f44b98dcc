"""The page about one thing: its names, its sentence, its links, what points to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pyoxigraph as ox

from drugpolicy_kg.service.views import describing, pages
from drugpolicy_kg.service.views.documents import query_of
from drugpolicy_kg.service.views.naming import Name, Namer, shortened
from drugpolicy_kg.service.views.wording import language_of, words
from drugpolicy_kg.vocabulary import BASE, DP, LICENCE, OA, RDF, XSD
from drugpolicy_kg.yaml_input import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.service.views.describing import Description, Pointing, Term
    from drugpolicy_kg.store import Question, Store

_LINKED: Final = ("http://", "https://", "mailto:")
_FORMATS: Final = {
    "ttl": "Turtle",
    "jsonld": "JSON-LD",
    "nt": "N-Triples",
    "rdf": "RDF/XML",
}
# How many of the things that point here are seen before one asks for more.
_SEEN: Final = 12


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is shown: a text, its language, a link, and what a hint says."""

    text: str
    language: str = ""
    link: str = ""
    hint: str = ""
    note: str = ""


@dataclass(slots=True)
class Row:
    """A property with its values."""

    label: Value
    values: list[Value] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Passage:
    """Quoted words with the place where they were read."""

    text: str
    language: str
    place: Value


@dataclass(slots=True)
class Group:
    """Things that point here in one way."""

    label: Value
    things: list[Value]
    rest: list[Value]
    count: int
    more: str


@cache
def layout() -> dict[str, list[str]]:
    """Return what a page shows and in which order; a confined process must have asked before."""
    text = files("drugpolicy_kg.service.views").joinpath("layout.yaml").read_text(encoding="utf-8")
    read: dict[str, list[str]] = read_yaml(text)
    return read


def page(described: Description, told: Mapping[str, Any]) -> bytes:
    """Return the page about a thing in the language that its reader likes best."""
    return pages.render("thing.html", **_Page(described, told).values())


def graph_page(store: Store, asked: Question, told: Mapping[str, Any]) -> bytes:
    """Return the page about a graph, in the language that its reader likes best."""
    language = language_of(told["languages"])
    counted = [
        (kind.value, int(number.value))
        for kind, number in describing.ask_rows(store, asked, asked.text, "type", "n")
        if isinstance(kind, ox.NamedNode) and isinstance(number, ox.Literal)
    ]
    named = describing.names_of(store, asked, [kind for kind, _ in counted])
    namer = Namer(named, words(language), [language, *told["languages"]])
    path = told["path"]
    return pages.render(
        "graph.html",
        **pages.frame(language, told["lang"], f"{path}.html"),
        iri=told["graph"],
        triples=told["triples"],
        classes=[(namer.name(kind), linked(kind, told["lang"]), n) for kind, n in counted],
        formats=[(name, f"{path}.{suffix}") for suffix, name in _FORMATS.items()],
        licence=LICENCE,
    )


def linked(iri: str, explicit: str) -> str:
    """Return where a thing is described: here, if it is ours; nothing where nobody may go."""
    if not iri.startswith(_LINKED):
        return ""
    if not iri.startswith(BASE):
        return iri
    path, sharp, term = pages.local(iri).partition("#")
    query = f"?{urlencode({'lang': explicit})}" if explicit else ""
    return f"{path}{query}{sharp}{term}"


class _Page:
    """What the template is filled with."""

    def __init__(self, described: Description, told: Mapping[str, Any]) -> None:
        self._described = described
        self._told = told
        self._language = language_of(told["languages"])
        self._words = words(self._language)
        self._namer = Namer(described.names, self._words, [self._language, *told["languages"]])

    def values(self) -> dict[str, Any]:
        """Return the values of the template."""
        thing = self._described.thing
        heading, kicker = self._heading()
        path = self._told["path"]
        return {
            **pages.frame(self._language, self._told["lang"], f"{path}.html"),
            "heading": heading,
            "kicker": kicker,
            "kinds": self._kinds(),
            "crumbs": self._crumbs(),
            "texts": self._texts(),
            "passages": self._passages(),
            "rows": self._rows(),
            "groups": [self._group(group) for group in self._ordered_groups()],
            "iri": thing.value,
            "formats": [(name, f"{path}.{suffix}") for suffix, name in _FORMATS.items()],
            "licence": LICENCE,
            "cite": self._told.get("cite", ""),
        }

    def _heading(self) -> tuple[Name, Name | None]:
        """Return the heading, and the made name above it where that is another one."""
        iri = self._described.thing.value
        made = self._namer.name(iri)
        for name in layout()["headings"]:
            literals = self._described.literals(self._described.thing, pages.expanded(name))
            best = self._namer.best(literals)
            if best is not None:
                return best, made if made.text != best.text and not _same(made, best) else None
        return made, None

    def _kinds(self) -> list[Value]:
        kinds = self._described.things(self._described.thing, RDF.type)
        ours = [kind for kind in kinds if kind.value.startswith(BASE)]
        return [self._value(kind) for kind in ours or kinds]

    def _crumbs(self) -> list[Value]:
        found: dict[str, Value] = {}
        for name in reversed(layout()["crumbs"]):
            for thing in self._described.things(self._described.thing, pages.expanded(name)):
                found.setdefault(thing.value, self._value(thing))
        return list(found.values())

    def _texts(self) -> list[tuple[Name, list[str]]]:
        """Return the text of the thing, in the reader's language first, by paragraph."""
        literals = self._described.literals(self._described.thing, DP.text)
        best = self._namer.best(literals)
        if best is None:
            return []
        others = sorted(
            (Name(one.value, one.language or "") for one in literals if one.value != best.text),
            key=lambda name: name.language,
        )
        return [(name, name.text.split("\n")) for name in (best, *others)]

    def _passages(self) -> list[Passage]:
        described = self._described
        main = {node.value for node in described.things(described.thing, DP.textEvidence)}
        found = []
        for node in described.things(described.thing, DP.evidence):
            for selector in described.things(node, OA.hasSelector):
                for exact in described.literals(selector, OA.exact):
                    where = self._where(node)
                    language = _language(node)
                    # The text itself stands above, whole.
                    text = shortened(exact.value) if node.value in main else exact.value
                    found.append(Passage(text, language, where))
        rank = {self._language: 0}
        return sorted(found, key=lambda passage: rank.get(passage.language, 1))

    def _where(self, passage: ox.NamedNode) -> Value:
        described = self._described
        first, last = (
            next((one.value for one in described.literals(passage, iri)), "")
            for iri in (DP.firstLine, DP.lastLine)
        )
        source = next(iter(described.things(passage, OA.hasSource)), None)
        file = self._namer.name(source.value).text if source is not None else ""
        pattern = self._words["thing"]["passage" if first == last else "lines"]
        return Value(
            pattern.format(file=file.rpartition("/")[2], first=first, last=last),
            link=linked(passage.value, self._told["lang"]),
        )

    def _rows(self) -> list[Row]:
        hidden = {pages.expanded(name) for name in layout()["hidden"]}
        first = {pages.expanded(name): place for place, name in enumerate(layout()["first"])}
        rows: dict[str, Row] = {}
        heading = self._heading()[0]
        for predicate, value in self._described.of(self._described.thing):
            repeated = isinstance(value, ox.Literal) and value.value == heading.text
            if predicate.value in hidden or repeated:
                continue
            row = rows.setdefault(predicate.value, Row(self._value(predicate)))
            row.values.append(self._value(value))
        order = sorted(
            rows, key=lambda iri: (first.get(iri, len(first)), rows[iri].label.text, iri)
        )
        for iri in order:
            rows[iri].values.sort(key=lambda value: bool(value.language != self._language))
        return [rows[iri] for iri in order]

    def _ordered_groups(self) -> list[Pointing]:
        first = {pages.expanded(name): place for place, name in enumerate(layout()["pointing"])}

        def key(group: Pointing) -> tuple[int, int]:
            kind = group.kind.value if group.kind is not None else ""
            return first.get(kind, len(first)), group.count

        return sorted(self._described.pointing, key=key)

    def _group(self, group: Pointing) -> Group:
        label = self._value(group.predicate)
        if group.kind is not None:
            kind = self._value(group.kind)
            text = self._words["thing"]["incoming"].format_map(
                {"property": label.text, "class": kind.text}
            )
            label = Value(text, link=label.link)
        things = [self._value(thing, titled=True) for thing in group.things]
        more = query_of(self._described.thing.value, group) if group.cut else ""
        return Group(label, things[:_SEEN], things[_SEEN:], group.count, more)

    def _value(self, term: Term, *, titled: bool = False) -> Value:
        if isinstance(term, ox.Literal):
            if term.datatype.value == XSD.boolean:
                return Value(self._words["affirmed" if term.value == "true" else "denied"])
            return Value(term.value, term.language or "")
        iri = term.value if isinstance(term, ox.NamedNode) else str(term)
        name = self._namer.name(iri)
        note = ""
        if titled:
            title = self._namer.title(iri)
            note = title.text if title is not None and not _same(title, name) else ""
        return Value(name.text, name.language, linked(iri, self._told["lang"]), iri, note)


def _language(passage: ox.NamedNode) -> str:
    """Return the language of the edition that a passage stands in, which its name tells."""
    parts = passage.value.split("/")
    return parts[-2] if len(parts) > 1 else ""


def _same(one: Name, other: Name) -> bool:
    return one.text.casefold().rstrip(" …") in other.text.casefold()
