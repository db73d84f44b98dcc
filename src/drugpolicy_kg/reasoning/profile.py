"""OWL 2 DL and its profiles: whether the restrictions of the specification are kept.

The rules are ours, over the triples, after the OWL 2 Structural Specification (second edition,
sections 3, 4, 5.8 and 11) and OWL 2 Profiles; no reasoner of the package reports them by name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.findings import Finding, Severity
from drugpolicy_kg.reasoning.view import FOREIGN
from drugpolicy_kg.vocabulary import (
    OWL,
    OWL_NAMESPACE,
    RDF,
    RDF_NAMESPACE,
    RDFS,
    RDFS_NAMESPACE,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drugpolicy_kg.reasoning.view import Node

_BUILT_IN: Final = (OWL_NAMESPACE, RDF_NAMESPACE, RDFS_NAMESPACE)
_PROPERTIES: Final = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
_COUNTS: Final = (
    *(OWL.cardinality, OWL.minCardinality, OWL.maxCardinality),
    *(OWL.qualifiedCardinality, OWL.minQualifiedCardinality, OWL.maxQualifiedCardinality),
)
_FILLERS: Final = (*_COUNTS, OWL.someValuesFrom, OWL.allValuesFrom, OWL.hasValue)
#: What may not be said of a property that is not simple (section 11.2).
_SIMPLE_ONLY: Final = (
    *(OWL.FunctionalProperty, OWL.InverseFunctionalProperty),
    *(OWL.IrreflexiveProperty, OWL.AsymmetricProperty),
)
_AT_LEAST_TWO: Final = (OWL.unionOf, OWL.members, OWL.distinctMembers, OWL.propertyChainAxiom)
#: Constructs that each profile does not have in the place in which our files use them: for RL
#: above a class, for EL and QL anywhere (OWL 2 Profiles, sections 2.2, 3.2 and 4.2).
_OUTSIDE: Final = {
    "RL": {
        *(OWL.someValuesFrom, OWL.cardinality, OWL.minCardinality, OWL.qualifiedCardinality),
        *(OWL.minQualifiedCardinality, OWL.unionOf),
    },
    "EL": {
        *(*_COUNTS, OWL.unionOf, OWL.allValuesFrom, OWL.inverseOf, OWL.SymmetricProperty),
        *(OWL.InverseFunctionalProperty, OWL.IrreflexiveProperty, OWL.AsymmetricProperty),
    },
    "QL": {
        *(*_COUNTS, OWL.unionOf, OWL.allValuesFrom, OWL.hasKey, OWL.propertyChainAxiom),
        *(OWL.TransitiveProperty, OWL.FunctionalProperty, OWL.InverseFunctionalProperty),
    },
}


@dataclass(frozen=True)
class Profile:
    """Breaches of OWL 2 DL, how much was looked at, and what lies outside of each profile."""

    looked: int
    findings: tuple[Finding, ...]
    outside: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass
class _Graph:
    """Triples by subject, predicate and object."""

    every: list[ox.Triple]
    out: defaultdict[tuple[Node, str], list[object]] = field(
        default_factory=lambda: defaultdict(list)
    )
    pairs: defaultdict[str, list[tuple[Node, object]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def __post_init__(self) -> None:
        for triple in self.every:
            if isinstance(triple.subject, ox.NamedNode | ox.BlankNode):
                self.out[triple.subject, triple.predicate.value].append(triple.object)
                self.pairs[triple.predicate.value].append((triple.subject, triple.object))

    def of(self, sort: str) -> set[Node]:
        """Return what is declared to be of a sort."""
        return {node for node, target in self.pairs[RDF.type] if target == ox.NamedNode(sort)}

    def listed(self, head: object) -> list[object]:
        """Return the members of a list; None stands behind one that does not end."""
        found: list[object] = []
        while head != ox.NamedNode(RDF.nil):
            cell = head if isinstance(head, ox.BlankNode | ox.NamedNode) else ox.BlankNode()
            first, rest = self.out[cell, RDF.first], self.out[cell, RDF.rest]
            if len(first) != 1 or len(rest) != 1:
                return [*found, None]
            found.append(first[0])
            head = rest[0]
        return found


def check(triples: Iterable[ox.Triple]) -> Profile:
    """Return what breaks OWL 2 DL in ontology, axioms and data, and what each profile lacks.

    Values of datatypes outside of OWL 2 are no finding here: the DL view leaves them out and
    counts them.
    """
    graph = _Graph(sorted(triples, key=str))
    findings = [
        *_sorts(graph),
        *_values(graph),
        *_shapes_of_axioms(graph),
        *_simple(graph),
        *_regular(graph),
    ]
    return Profile(len(graph.every), tuple(findings), _profiles(graph))


def _found(rule: str, message: str) -> Finding:
    return Finding(Severity.VIOLATION, f"owl-dl-{rule}", message)


def _foreign(node: object) -> bool:
    return isinstance(node, ox.NamedNode) and not node.value.startswith(_BUILT_IN)


def _sorts(graph: _Graph) -> Iterator[Finding]:
    """Section 5.8: every term is declared, and as one sort of property, class or datatype."""
    sorts = {sort: graph.of(sort) for sort in _PROPERTIES}
    for predicate in sorted(graph.pairs):
        term = ox.NamedNode(predicate)
        count = sum(1 for members in sorts.values() if term in members)
        if _foreign(term) and count != 1:
            yield _found("declared", f"{predicate} is declared as {count} sorts of property.")
    classes = graph.of(OWL.Class)
    for target in sorted({str(target) for _, target in graph.pairs[RDF.type] if _foreign(target)}):
        if ox.NamedNode(target.strip("<>")) not in classes:
            yield _found("declared", f"{target} has things, but is not declared as a class.")
    for members in sorts.values():
        for node in sorted(classes & members, key=str):
            yield _found("punned", f"{node} is a class and a property.")


def _values(graph: _Graph) -> Iterator[Finding]:
    """Sections 4 and 5.3: things and values stand where they belong, in datatypes of OWL 2."""
    for sort, literal in ((OWL.ObjectProperty, False), (OWL.DatatypeProperty, True)):
        for node in sorted(graph.of(sort), key=str):
            if not isinstance(node, ox.NamedNode):
                continue
            for subject, target in graph.pairs[node.value]:
                if isinstance(target, ox.Literal) is not literal:
                    yield _found("value", f"{subject} has {target} as {node}.")
    for node, target in graph.pairs[RDFS.range]:
        if isinstance(target, ox.NamedNode) and target.value in FOREIGN:
            yield _found("datatype", f"{node} has the range {target}, which OWL 2 does not have.")
    things = graph.pairs[RDF.type]
    nameless = {
        thing for thing, kind in things if isinstance(thing, ox.BlankNode) and _foreign(kind)
    }
    for thing in sorted(nameless, key=str):
        yield _found("anonymous", f"{thing} is a thing without an IRI.")


def _shapes_of_axioms(graph: _Graph) -> Iterator[Finding]:
    """Yield restrictions and lists that are not whole, or no trees (Mapping to RDF, section 3)."""
    for node in sorted(graph.of(OWL.Restriction), key=str):
        fillers = sum(len(graph.out[node, filler]) for filler in _FILLERS)
        if len(graph.out[node, OWL.onProperty]) != 1 or fillers != 1:
            yield _found("restriction", f"A restriction on {graph.out[node, OWL.onProperty]} is no "
                         "property with one filler.")  # fmt: skip
    for predicate in (*_AT_LEAST_TWO, OWL.hasKey):
        for node, head in graph.pairs[predicate]:
            members = graph.listed(head)
            least = 1 if predicate == OWL.hasKey else 2
            if None in members or len(members) < least:
                yield _found("list", f"{node}: the list of {predicate} is cut or too short.")
    uses = Counter(
        triple.object for triple in graph.every if isinstance(triple.object, ox.BlankNode)
    )
    for node, count in sorted(uses.items(), key=str):
        if count > 1:
            yield _found("tree", f"{node} is used by {count} axioms.")


def _simple(graph: _Graph) -> Iterator[Finding]:
    """Section 11.2: what is chained or transitive, or above such a property, is not counted."""
    complex_ = _complex(graph)
    for sort in _SIMPLE_ONLY:
        for node in sorted(graph.of(sort) & complex_, key=str):
            yield _found("simple", f"{node} is not simple, and cannot be {sort}.")
    for node, target in graph.pairs[OWL.onProperty]:
        counted = any(graph.out[node, count] for count in _COUNTS)
        if counted and target in complex_:
            yield _found("simple", f"{target} is not simple, and cannot be counted.")


def _complex(graph: _Graph) -> set[Node]:
    found = {node for node, _ in graph.pairs[OWL.propertyChainAxiom]}
    found |= graph.of(OWL.TransitiveProperty)
    while True:
        more = {
            above
            for below, above in graph.pairs[RDFS.subPropertyOf]
            if below in found and isinstance(above, ox.NamedNode)
        }
        more |= {
            other
            for one, two in graph.pairs[OWL.inverseOf]
            for known, other in ((one, two), (two, one))
            if known in found and isinstance(other, ox.NamedNode)
        }
        if more <= found:
            return found
        found |= more


def _regular(graph: _Graph) -> Iterator[Finding]:
    """Section 11.2: there is an order in which each chain comes before what follows from it."""
    before: defaultdict[object, set[object]] = defaultdict(set)
    for above, head in graph.pairs[OWL.propertyChainAxiom]:
        steps = graph.listed(head)
        own = steps == [above, above]
        ends = steps[1:] if steps[:1] == [above] else steps
        ends = ends[:-1] if ends[-1:] == [above] and steps[:1] != [above] else ends
        before[above].update([] if own else ends)
    for part, whole in graph.pairs[RDFS.subPropertyOf]:
        before[whole].add(part)
    for start in sorted(before, key=str):
        waiting, seen = list(before[start]), set[object]()
        while waiting:
            step = waiting.pop()
            if step == start:
                yield _found("regular", f"{start} follows from a chain that holds itself.")
                break
            if step not in seen:
                seen.add(step)
                waiting.extend(before[step])


def _profiles(graph: _Graph) -> dict[str, Counter[str]]:
    """Return how often a construct is used that a profile does not have there."""
    found = {}
    below = {node for node, _ in graph.pairs[RDFS.subClassOf]}
    for profile, constructs in _OUTSIDE.items():
        counts: Counter[str] = Counter()
        for construct in sorted(constructs):
            uses = [node for node, _ in graph.pairs[construct]]
            if profile == "RL":
                uses = [node for node in uses if node not in below]
            uses += graph.of(construct)
            if uses:
                counts[construct.removeprefix(OWL_NAMESPACE)] = len(uses)
        found[profile] = counts
    return found
