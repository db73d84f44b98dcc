"""Ontology, axioms, alignments and all graphs of a checkout, read together and examined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.reasoning import closure, explaining, profile, reasoners
from drugpolicy_kg.reasoning.view import View, dl_view

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyoxigraph as ox

    from drugpolicy_kg.findings import Finding

#: A published graph that is no ontology and no data: shapes are read by SHACL, not by OWL.
_SHAPES: Final = "shapes.ttl"
_AXIOMS: Final = ("drugpolicy.ttl", "axioms.ttl", "alignments.ttl")


@dataclass(frozen=True)
class Knowledge:
    """What is reasoned about: terms with axioms and alignments, and the published graphs."""

    axioms: frozenset[ox.Triple]
    data: frozenset[ox.Triple]

    @property
    def view(self) -> View:
        """The DL view of all of it."""
        return dl_view(self.axioms | self.data)

    def profile(self) -> profile.Profile:
        """Return whether all of it keeps to OWL 2 DL, and what lies outside of the profiles."""
        return profile.check(self.axioms | self.data)

    def explain(self, verdict: reasoners.Verdict, seconds: float) -> Iterator[Finding]:
        """Yield why a verdict is not that all is well, in words; each within the seconds."""
        if not verdict.consistent:
            yield explaining.explain(self.axioms, self.data, seconds=seconds)
        for iri in verdict.unsatisfiable:
            yield explaining.explain_class(self.axioms, iri, seconds=seconds)


def load(root: Path) -> Knowledge:
    """Return ontology, axioms, alignments and the graphs in data/graphs of a checkout or wheel.

    The graph of the shapes is left out. Raises `DefinitionError` for a file that is missing or
    cannot be read.
    """
    every = sorted((root / "data" / "graphs").rglob("*.ttl"))
    graphs = [path for path in every if path.name != _SHAPES]
    paths = [root / "ontology" / name for name in _AXIOMS]
    missing = [path for path in paths if not path.is_file()]
    if missing or not graphs:
        place = missing[0] if missing else root / "data" / "graphs"
        raise DefinitionError(
            f"{place}: a Turtle file was expected, found none.",
            remedy="Run 'drugpolicy build', or name the folder with --root.",
        )
    axioms = frozenset(triple for path in paths for triple in closure.read(path))
    data = frozenset(triple for path in graphs for triple in closure.read(path))
    return Knowledge(axioms, data - axioms)
