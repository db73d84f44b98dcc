"""The JSON-LD context that we publish, made from the ontology: one short name for each term.

JSON-LD 1.1, section 4.1. A document carries the part of the context that it uses, so that it
can be read where no network is; the whole stands at /context.jsonld.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
from pyld import jsonld

from drugpolicy_kg.service.views.describing import ask_rows, questions
from drugpolicy_kg.store import Question
from drugpolicy_kg.store.formats import by_name
from drugpolicy_kg.vocabulary import DP, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drugpolicy_kg.store import Store

_OWL: Final = PREFIXES["owl"]
_LANGUAGE_MAP: Final = {"@container": "@language"}
_LINK: Final = {"@type": "@id"}
# Terms of other vocabularies that people read most, and how their values are written.
_BORROWED: Final[Mapping[str, dict[str, str]]] = {
    "skos:prefLabel": _LANGUAGE_MAP,
    "skos:definition": _LANGUAGE_MAP,
    "skos:notation": {},
    "rdfs:label": _LANGUAGE_MAP,
    "skos:altLabel": _LANGUAGE_MAP,
    "skos:broader": _LINK,
    "skos:inScheme": _LINK,
    "skos:topConceptOf": _LINK,
    "oa:exact": {},
    "oa:start": {},
    "oa:end": {},
    "oa:hasSource": _LINK,
    "oa:hasSelector": _LINK,
    "time:hasBeginning": _LINK,
    "time:hasEnd": _LINK,
    "time:inXSDDate": {"@type": "xsd:date"},
    "eli:date_document": {"@type": "xsd:date"},
    "eli:is_realized_by": _LINK,
    "eli:realizes": _LINK,
    "eli:is_embodied_by": _LINK,
    "eli:embodies": _LINK,
    "eli:language": _LINK,
    "dct:license": _LINK,
    "foaf:primaryTopic": _LINK,
}
# Words of the plans, which always say in which language they are.
_TAGGED: Final = frozenset(
    {DP.annexTitle, DP.amountWording, DP.dueWording, DP.promisedByWording, DP.roleWording}
    | {DP.text, DP.title, DP.wording}
)


@lru_cache(maxsize=1)
def context(store: Store) -> dict[str, Any]:
    """Return the context for the ontology that a store holds; asked once, before confinement."""
    asked = Question("", by_name("json"))
    kinds = {
        (term.value, kind.value)
        for term, kind in ask_rows(store, asked, questions()["terms"].text, "term", "type")
        if isinstance(term, ox.NamedNode) and isinstance(kind, ox.NamedNode)
    }
    return made(kinds)


def prepare(store: Store) -> None:
    """Make one document now: the library reads files at its first, which is too late later."""
    iri = PREFIXES["dp"].rstrip("#")
    framed(f'<{iri}> <{iri}> "0" .\n'.encode(), iri, context(store))


def made(kinds: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the context for terms with their types.

    >>> made([("https://w3id.org/drugpolicy-kg/ontology#inPlan",
    ...        "http://www.w3.org/2002/07/owl#ObjectProperty")])["inPlan"]
    {'@id': 'dp:inPlan', '@type': '@id'}
    """
    terms: dict[str, Any] = {
        "id": "@id",
        "type": "@type",
        **PREFIXES,
    }
    taken: dict[str, Any] = {}
    for name, way in _BORROWED.items():
        taken[name.partition(":")[2]] = {"@id": name, **way} if way else name
    for iri, kind in sorted(kinds):
        name = iri.removeprefix(PREFIXES["dp"])
        if name == iri or not name:
            continue
        # A name of ours wins over a borrowed one, which keeps its prefix then.
        if kind == f"{_OWL}ObjectProperty":
            taken[name] = {"@id": f"dp:{name}", **_LINK}
        elif iri in _TAGGED:
            taken[name] = {"@id": f"dp:{name}", **_LANGUAGE_MAP}
        elif kind in {f"{_OWL}Class", f"{_OWL}DatatypeProperty"}:
            taken[name] = f"dp:{name}"
    return {**terms, **dict(sorted(taken.items(), key=lambda item: item[0].casefold()))}


def document(context: Mapping[str, Any]) -> bytes:
    """Return the context as it is published."""
    return (json.dumps({"@context": context}, ensure_ascii=False, indent=1) + "\n").encode()


def framed(triples: bytes, thing: str, context: Mapping[str, Any]) -> bytes:
    """Return N-Triples as a JSON-LD tree that begins with a thing, compacted and indented.

    What nothing leads to from the thing stands beside it, under `@included`.
    """
    options = {"documentLoader": _refuse, "omitGraph": True}
    expanded = jsonld.from_rdf(
        triples.decode(), {"format": "application/n-quads", "useNativeTypes": True}
    )
    tree = _tree(expanded, thing, context, options)
    return (
        json.dumps({"@context": _used(tree, context), **tree}, ensure_ascii=False, indent=1) + "\n"
    ).encode()


def _tree(
    expanded: list[Any], thing: str, context: Mapping[str, Any], options: dict[str, Any]
) -> dict[str, Any]:
    frame = {"@context": context, "@id": thing, "@embed": "@once"}
    tree: dict[str, Any] = jsonld.frame(expanded, frame, options)
    tree.pop("@context", None)
    shown: set[str] = set()
    _gather(tree, shown)
    beside = [node for node in expanded if node["@id"] not in shown]
    if beside:
        compacted = jsonld.compact(beside, context, {**options, "graph": True})
        tree["@included"] = compacted["@graph"]
    return tree


def _refuse(url: str, _: Mapping[str, Any]) -> dict[str, Any]:
    raise jsonld.JsonLdError(
        f"{url}: no context is loaded from elsewhere.", "jsonld.LoadDocumentError"
    )


def _gather(node: Any, shown: set[str]) -> None:
    """Add the identifiers of the nodes of a tree that say more than their name."""
    if isinstance(node, list):
        for item in node:
            _gather(item, shown)
    elif isinstance(node, dict):
        if len(node) > 1 and "id" in node:
            shown.add(node["id"])
        for item in node.values():
            _gather(item, shown)


def _used(tree: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a context that a tree uses, with the prefixes that it needs."""
    words: set[str] = set()
    _words(tree, words)
    used = {name: value for name, value in context.items() if name in words}
    prefixes: set[str] = {word.partition(":")[0] for word in words}
    for value in used.values():
        for part in value.values() if isinstance(value, dict) else [value]:
            prefixes.add(part.partition(":")[0])
    return {name: value for name, value in context.items() if name in words | prefixes}


def _words(tree: Any, words: set[str]) -> None:
    if isinstance(tree, list):
        for item in tree:
            _words(item, words)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            words.add(name)
            if name in {"type", "@type"}:
                words.update([value] if isinstance(value, str) else value)
            else:
                _words(value, words)
