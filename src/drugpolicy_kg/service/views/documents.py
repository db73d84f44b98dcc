"""A description as a document of RDF: Turtle, N-Triples, RDF/XML or JSON-LD, with its licence."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pyoxigraph as ox

from drugpolicy_kg.service.views import context as contexts
from drugpolicy_kg.store.embedded import RDF_FORMATS
from drugpolicy_kg.vocabulary import BASE, DCT, FOAF_NAMESPACE, LICENCE, PREFIXES, RDF, RDFS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drugpolicy_kg.service.views.describing import Description, Pointing

_RIGHTS: Final = (
    "drugpolicy-kg, CC BY 4.0. The texts of the plans are © European Union, reused under "
    "Decision 2011/833/EU (CC BY 4.0)."
)
# Framing takes the square of the number of things: longer documents are a list, not a tree.
_MOST_FRAMED: Final = 1_000


def written(described: Description, document: str, kind: str, context: Mapping[str, Any]) -> bytes:
    """Return a description in a format; `document` is the IRI of what is written."""
    triples = [*described.triples(), *about_document(described, document)]
    return serialized(triples, kind, described.thing.value, context)


def serialized(
    triples: Iterable[ox.Triple], kind: str, thing: str, context: Mapping[str, Any]
) -> bytes:
    """Return triples in a format, each once and in a fixed order of their own."""
    unique = list(dict.fromkeys(triples))
    if kind == "jsonld" and len(unique) <= _MOST_FRAMED:
        plain = io.BytesIO()
        ox.serialize(unique, plain, ox.RdfFormat.N_TRIPLES)
        return contexts.framed(plain.getvalue(), thing, context)
    buffer = io.BytesIO()
    prefixes = _used_prefixes(unique) if kind != "ntriples" else None
    ox.serialize(unique, buffer, RDF_FORMATS[kind], prefixes=prefixes)
    return buffer.getvalue()


def _used_prefixes(triples: Iterable[ox.Triple]) -> dict[str, str]:
    """Return the prefixes that a document needs; unused ones are noise."""
    spaces = set()
    for triple in triples:
        for term in (triple.subject, triple.predicate, triple.object):
            iri = (
                term.datatype.value if isinstance(term, ox.Literal) else getattr(term, "value", "")
            )
            spaces.add(iri[: max(iri.rfind("#"), iri.rfind("/")) + 1])
    return {name: space for name, space in PREFIXES.items() if space in spaces}


def about_document(described: Description, document: str) -> Iterator[ox.Triple]:
    """Yield what is said of the document itself: topic, licence, and what it leaves out."""
    node = ox.NamedNode(document)
    yield ox.Triple(node, ox.NamedNode(RDF.type), ox.NamedNode(FOAF_NAMESPACE + "Document"))
    yield ox.Triple(node, ox.NamedNode(FOAF_NAMESPACE + "primaryTopic"), described.thing)
    yield ox.Triple(node, ox.NamedNode(DCT.license), ox.NamedNode(LICENCE))
    yield ox.Triple(node, ox.NamedNode(DCT.rights), ox.Literal(_RIGHTS))
    for group in described.pointing:
        if group.cut:
            more = ox.NamedNode(BASE.rstrip("/") + query_of(described.thing.value, group))
            yield ox.Triple(node, ox.NamedNode(RDFS.seeAlso), more)
            told = f"{len(group.things)} of {group.count} are listed here."
            yield ox.Triple(more, ox.NamedNode(RDFS.comment), ox.Literal(told))


def query_of(thing: str, group: Pointing) -> str:
    """Return the address of the query that lists everything that points to a thing in one way."""
    kind = f" ; a <{group.kind.value}>" if group.kind is not None else ""
    pattern = f"?thing <{group.predicate.value}> <{thing}>{kind}"
    query = f"SELECT ?thing WHERE {{ {pattern} }} ORDER BY ?thing"
    return "/sparql?" + urlencode({"query": query})
