"""Where a contradiction is likely: statements that clash by the plain axioms, found without Java.

A suspicion proves nothing: a reasoner is asked about it. It only saves looking everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.vocabulary import OWL, RDF, RDFS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Index = defaultdict[tuple[object, str], list[object]]

_TYPE: Final = ox.NamedNode(RDF.type)


def suspects(
    axioms: Iterable[ox.Triple], data: Iterable[ox.Triple]
) -> Iterator[tuple[ox.Triple, ...]]:
    """Yield small sets of statements that look as if they could not all be true.

    Two values of a functional property, two owners by an inverse functional one, a thing that
    is related to itself by an irreflexive one, and classes that are disjoint, whether stated
    or following from a domain or range.
    """
    schema: Index = defaultdict(list)
    for triple in sorted(axioms, key=str):
        schema[triple.subject, triple.predicate.value].append(triple.object)
        if isinstance(triple.object, ox.NamedNode):
            schema[triple.object, "^" + triple.predicate.value].append(triple.subject)
    facts = sorted(data, key=str)
    kinds: defaultdict[object, list[ox.Triple]] = defaultdict(list)
    by_property: defaultdict[object, list[ox.Triple]] = defaultdict(list)
    for triple in facts:
        (
            kinds[triple.subject] if triple.predicate == _TYPE else by_property[triple.predicate]
        ).append(triple)
    yield from _pairs(schema, kinds, by_property)
    yield from _classes(schema, kinds, by_property)


def _pairs(
    schema: Index,
    kinds: defaultdict[object, list[ox.Triple]],
    by_property: defaultdict[object, list[ox.Triple]],
) -> Iterator[tuple[ox.Triple, ...]]:
    for sort, end in ((OWL.FunctionalProperty, 0), (OWL.InverseFunctionalProperty, 2)):
        for prop in schema[ox.NamedNode(sort), "^" + RDF.type]:
            owners: defaultdict[object, list[ox.Triple]] = defaultdict(list)
            for triple in by_property[prop]:
                owners[(triple.subject, None, triple.object)[end]].append(triple)
            for triples in owners.values():
                for one, two in combinations(triples, 2):
                    others = (one.object, two.object) if end == 0 else (one.subject, two.subject)
                    yield (one, two, *(kind for other in others for kind in kinds[other]))
    for prop in schema[ox.NamedNode(OWL.IrreflexiveProperty), "^" + RDF.type]:
        yield from ((t,) for t in by_property[prop] if t.subject == t.object)


def _classes(
    schema: Index,
    kinds: defaultdict[object, list[ox.Triple]],
    by_property: defaultdict[object, list[ox.Triple]],
) -> Iterator[tuple[ox.Triple, ...]]:
    apart = _disjoint(schema)
    above = {node: _above(node, schema) for pair in apart for node in pair}

    def clash(one: object, two: object) -> bool:
        return any(
            frozenset((x, y)) in apart
            for x in above.get(one) or _above(one, schema)
            for y in above.get(two) or _above(two, schema)
        )

    for triples in kinds.values():
        yield from (p for p in combinations(triples, 2) if clash(p[0].object, p[1].object))
    for prop, triples in by_property.items():
        for end, place in ((RDFS.domain, 0), (RDFS.range, 2)):
            for expression in schema[prop, end]:
                allowed = _members(expression, schema)
                yield from (
                    (triple, kind)
                    for triple in triples
                    for kind in kinds[(triple.subject, None, triple.object)[place]]
                    if all(clash(kind.object, each) for each in allowed)
                )


def _disjoint(schema: Index) -> set[frozenset[object]]:
    found = {
        frozenset((node, other))
        for (node, predicate), others in list(schema.items())
        if predicate == OWL.disjointWith
        for other in others
    }
    for (_, predicate), heads in list(schema.items()):
        if predicate == OWL.members:
            for head in heads:
                found.update(map(frozenset, combinations(_listed(head, schema), 2)))
    return found


def _above(node: object, schema: Index) -> set[object]:
    found, waiting = {node}, [node]
    while waiting:
        more = set(schema[waiting.pop(), RDFS.subClassOf]) - found
        found |= more
        waiting.extend(more)
    return found


def _members(expression: object, schema: Index) -> list[object]:
    for head in schema[expression, OWL.unionOf]:
        return _listed(head, schema)
    return [expression]


def _listed(head: object, schema: Index) -> list[object]:
    found = []
    while schema[head, RDF.first]:
        found.append(schema[head, RDF.first][0])
        head = schema[head, RDF.rest][0]
    return found
