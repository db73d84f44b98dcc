"""What follows: our closure beside owlrl on the same statements, and HermiT and Pellet on all."""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING, Final

import owlrl
import pyoxigraph as ox
from rdflib import Graph, Literal

from drugpolicy_kg import reasoning
from drugpolicy_kg.reasoning import closure
from drugpolicy_kg.vocabulary import DP, OWL

from .building import AXIOMS, CHECKOUT
from .report import Part, number, times

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_GRAPHS: Final = CHECKOUT / "data" / "graphs"
_RELIED_UPON: Final = (DP.involves, DP.containedIn, DP.sharesHistoryWith, DP.followedBy)
_EQUALITIES: Final = {
    f"<{iri}>" for iri in (OWL.FunctionalProperty, OWL.InverseFunctionalProperty, OWL.hasKey)
}
_TRIPLES: Final = 10_000
_SECONDS: Final = 60
_FASTER: Final = 20


def run(folder: Path, *, quick: bool) -> Part:
    """Return how long conclusions and contradictions take."""
    del folder
    part = Part("inferring", "Reasoning")
    _closures(part, _TRIPLES // 4 if quick else _TRIPLES)
    _reasoners(part, reasoning.REASONERS[:1] if quick else reasoning.REASONERS)
    return part


def _taken(count: int) -> set[ox.Triple]:
    """Return so many statements of the plans and tables with all axioms, whole things each."""
    axioms = closure.read(AXIOMS) | closure.read(CHECKOUT / "ontology" / "drugpolicy.ttl")
    # Axioms from which only equalities follow are left out for both, as the build leaves them out:
    # with them, owlrl was not done with 10,000 statements after 280 seconds.
    triples = {t for t in axioms if not _EQUALITIES & {str(t.predicate), str(t.object)}}
    files = [_GRAPHS / "authorities.ttl", *sorted((_GRAPHS / "plan").glob("*.ttl"))]
    for path in files:
        if ".evidence." not in path.name:
            ordered = sorted(closure.read(path), key=lambda triple: str(triple.subject))
            triples.update(ordered[: max(0, count - len(triples))])
    return triples


def _closures(part: Part, count: int) -> None:
    triples = _taken(count)
    began = time.perf_counter()
    ours = {link for link in closure.close(triples) if link[1] in _RELIED_UPON}
    first = time.perf_counter() - began
    graph = Graph().parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")
    began = time.perf_counter()
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    second = time.perf_counter() - began
    theirs = {
        (str(s), str(p), str(o))
        for s, p, o in graph
        if str(p) in _RELIED_UPON and not isinstance(o, Literal)
    }
    table = part.table(
        f"OWL 2 RL over {len(triples):,} statements",
        *("engine", "seconds", "conclusions that are published"),
        note="Ours draws what is published, from the statements that lead to it: no types, and no "
        "equalities, which are errors here. owlrl draws everything, literals and reflexive "
        "statements included.",
    )
    table.add("ours (reasonable 0.4)", first, len(ours))
    table.add("owlrl", second, len(theirs))
    ratio = second / first
    part.target(
        f"OWL RL closure against owlrl at {count:,}",
        f"≥ {_FASTER} ×, the same conclusions",
        f"{times(ratio)}, {len(ours ^ theirs)} differ",
        met=ratio >= _FASTER and ours == theirs,
    )


def _reasoners(part: Part, names: tuple[str, ...]) -> None:
    knowledge = reasoning.load(CHECKOUT)
    view = knowledge.view
    table = part.table(
        f"Ontology and all graphs, {len(view.triples):,} statements",
        *("reasoner", "verdict", "seconds", "seconds of processor"),
        note="On a busy machine the clock says little; the processor's seconds, with all of Java's "
        "threads, are what a quiet machine needs at most. The target takes the lower.",
    )
    for name in names:
        seconds, processor, verdict = _measured(lambda name=name: reasoning.ask(view, name))  # type: ignore[misc]
        said = "consistent" if verdict.passed else "contradiction"
        table.add(name, said, seconds, processor)
        part.target(
            f"{name} on ontology and all data",
            f"consistent, ≤ {_SECONDS} s",
            f"{said}, {number(seconds)} s ({number(processor)} s of processor)",
            met=verdict.passed and min(seconds, processor) <= _SECONDS,
        )


def _measured(ask: Callable[[], reasoning.Verdict]) -> tuple[float, float, reasoning.Verdict]:
    def used() -> float:
        return sum(
            own.ru_utime + own.ru_stime
            for own in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )

    before, began = used(), time.perf_counter()
    verdict = ask()
    return time.perf_counter() - began, used() - before, verdict
