"""Statements and axioms in the words of the ontology, for people who do not read OWL."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.vocabulary import DP, ID, OWL, RDF, RDFS, SKOS

if TYPE_CHECKING:
    from collections.abc import Iterable

_COUNTS: Final = {
    OWL.cardinality: "exactly one",
    OWL.qualifiedCardinality: "exactly one",
    OWL.minCardinality: "at least one",
}
_SORTS: Final = {
    OWL.FunctionalProperty: "a thing '{}' at most one",
    OWL.InverseFunctionalProperty: "at most one thing '{}' the same",
    OWL.IrreflexiveProperty: "nothing '{}' itself",
    OWL.SymmetricProperty: "what '{}' something goes to and fro",
    OWL.TransitiveProperty: "what '{}' something goes on over every step",
    OWL.AsymmetricProperty: "what '{}' something is never to and fro",
}


class Words:
    """The names that some triples give to terms and things."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._names: dict[object, str] = {}
        self._out: defaultdict[tuple[object, str], list[object]] = defaultdict(list)
        self._counts: defaultdict[tuple[object, str], list[str]] = defaultdict(list)
        named = (RDFS.label, SKOS.prefLabel, DP.locator)
        for triple in sorted(triples, key=str):
            target = triple.object
            if not isinstance(target, ox.Literal):
                self._out[triple.subject, triple.predicate.value].append(target)
            elif triple.predicate.value in _COUNTS:
                self._counts[triple.subject, triple.predicate.value].append(target.value)
            elif triple.predicate.value in named and target.language in {None, "en"}:
                self._names.setdefault(triple.subject, target.value)

    def name(self, node: object) -> str:
        """Return a label, the path of a thing of ours, or the value of a literal."""
        if isinstance(node, ox.Literal):
            return f"“{node.value}”"
        if isinstance(node, ox.BlankNode):
            return self.expression(node)
        iri = node.value if isinstance(node, ox.NamedNode) else str(node)
        if iri.startswith(ID):
            return iri.removeprefix(ID)
        return self._names.get(node, iri.rpartition("#")[2].rpartition("/")[2])

    def statement(self, triple: ox.Triple) -> str:
        """Return a statement as a clause: "plan/x is a plan"."""
        subject, target = self.name(triple.subject), self.name(triple.object)
        if triple.predicate.value == RDF.type:
            return f"{subject} is of the class '{target}'"
        return f"{subject} '{self.name(triple.predicate)}' {target}"

    def axiom(self, group: tuple[ox.Triple, ...]) -> str:
        """Return an axiom as a clause: "what 'involves' something is of the class 'action'"."""
        first = group[0]
        for triple in group:
            if triple.object == ox.NamedNode(OWL.AllDisjointClasses):
                return "no thing is of two of the listed classes"
        subject, target = self.name(first.subject), self.name(first.object)
        predicate = first.predicate.value
        clauses = {
            RDFS.domain: f"what '{subject}' something is of the class '{target}'",
            RDFS.range: f"what something '{subject}' is of the class '{target}'",
            RDFS.subClassOf: f"whatever is of the class '{subject}' is of the class '{target}'",
            RDFS.subPropertyOf: f"what '{subject}' something also '{target}' it",
            OWL.disjointWith: f"no thing is of the classes '{subject}' and '{target}'",
            OWL.inverseOf: f"'{subject}' is '{target}' the other way round",
            OWL.propertyChainAxiom: f"'{subject}' follows from {self._chain(first.object)}",
        }
        sort = first.object.value if isinstance(first.object, ox.NamedNode) else ""
        if predicate == RDF.type and sort in _SORTS:
            return _SORTS[sort].format(subject)
        return clauses.get(predicate, self.statement(first))

    def expression(self, node: object) -> str:
        """Return a class expression in words."""
        for head in self._out[node, OWL.unionOf]:
            return " or ".join(self.name(each) for each in self._listed(head))
        for prop in self._out[node, OWL.onProperty]:
            for filler in self._out[node, OWL.someValuesFrom]:
                return f"what '{self.name(prop)}' some {self.name(filler)}"
            for count, said in _COUNTS.items():
                for number in self._counts[node, count]:
                    much = said if number == "1" else f"{said.split(' one')[0]} {number}"
                    kind = "".join(f" {self.name(own)}" for own in self._out[node, OWL.onClass])
                    return f"what '{self.name(prop)}' {much}{kind}"
        return "something"

    def _chain(self, head: object) -> str:
        return " and then ".join(f"'{self.name(each)}'" for each in self._listed(head))

    def _listed(self, head: object) -> list[object]:
        found = []
        while self._out[head, RDF.first]:
            found.append(self._out[head, RDF.first][0])
            head = self._out[head, RDF.rest][0]
        return found
