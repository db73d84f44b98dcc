"""One answer that a query has, kept while the query is written: what each variable stands for.

Patterns written about what is really in the graphs are about something, so that most queries
answer with something, and a difference between two engines can show.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

#: Paths, and the steps by which one of their ends is reached; none may be taken.
PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    "dp:next/dp:next": ("next", "next"),
    "dp:next/dp:involves": ("next", "involves"),
    "^dp:next": ("^next",),
    "dp:next|dp:involves": ("involves",),
    "dp:next?": (),
    "!(dp:next|dp:title)": ("number",),
    "dp:involves/dp:label": ("involves", "label"),
    "dp:next/dp:next?": ("next",),
    "^dp:involves": ("^involves",),
}


class Fact(NamedTuple):
    """A triple of a subject: the property's name, the object as SPARQL writes it, its graph."""

    property: str
    object: str
    graph: str


class Witness:
    """Knows what is in the graphs, and remembers what variables stand for."""

    def __init__(self, graphs: Mapping[str, str], random: Random) -> None:
        self._random = random
        self._facts: dict[str, list[Fact]] = defaultdict(list)
        for graph, content in graphs.items():
            for quad in ox.parse(content.encode(), format=ox.RdfFormat.N_TRIPLES):
                name = quad.predicate.value.partition("#")[2]
                self._facts[str(quad.subject)].append(Fact(name, str(quad.object), graph))
                if isinstance(quad.object, ox.NamedNode):
                    back = Fact(f"^{name}", str(quad.subject), graph)
                    self._facts[str(quad.object)].append(back)
        self._things = sorted(self._facts)
        self._bound: dict[str, str] = {}
        #: The graphs that hold what was said outside of GRAPH.
        self.graphs: set[str] = set()

    def begin(self, variable: str) -> None:
        """Forget everything; the variable stands for something that has facts."""
        self._bound = {variable: self._random.choice(self._things)}
        self.graphs = set()

    def term(self, variable: str) -> str | None:
        """Return what a variable stands for, if that is known."""
        return self._bound.get(variable)

    def thing(self, variables: list[str]) -> str | None:
        """Return one of the variables that stands for something that has facts."""
        known = [variable for variable in variables if self._bound.get(variable) in self._facts]
        return self._random.choice(known) if known else None

    def fact(self, variable: str, graph: str | None = None) -> Fact | None:
        """Return a fact about what a variable stands for, of one graph if that is given."""
        facts = [
            fact
            for fact in self._facts.get(self._bound.get(variable, ""), ())
            if fact.property[0] != "^" and graph in {None, fact.graph}
        ]
        return self._random.choice(facts) if facts else None

    def lacks(self, variable: str, properties: tuple[str, ...]) -> str | None:
        """Return a property that what a variable stands for has not."""
        held = {fact.property for fact in self._facts.get(self._bound.get(variable, ""), ())}
        missing = [name for name in properties if name not in held]
        return self._random.choice(missing) if missing else None

    def bind(self, variable: str, term: str) -> None:
        """Let a new variable stand for a term."""
        self._bound.setdefault(variable, term)

    def follow(self, variable: str) -> tuple[str, str] | None:
        """Return a path that leads somewhere from a variable, and where."""
        start = self._bound.get(variable)
        found = []
        for path, steps in PATHS.items():
            at = start
            for step in steps:
                ends = [fact for fact in self._facts.get(at or "", ()) if fact.property == step]
                at = ends[0].object if ends else None
                self.graphs |= {fact.graph for fact in ends[:1]}
            if at is not None:
                found.append((path, at))
        return self._random.choice(found) if found else None
