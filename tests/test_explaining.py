"""A contradiction and an impossible class are explained by axioms and by the sentence of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from drugpolicy_kg import reasoning
from drugpolicy_kg.reasoning import explaining, suspects
from drugpolicy_kg.vocabulary import DP, ID, RDF, RDFS
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

ACTION = f"{ID}plan/com-2025-744/action/5"


def _triple(subject: str, predicate: str, target: str) -> ox.Triple:
    return ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(target))


def _few(action: str, extra: Iterable[ox.Triple]) -> tuple[frozenset[ox.Triple], set[ox.Triple]]:
    """Return all axioms, and what the graphs say of one action, with something more."""
    knowledge = reasoning.load(ROOT)
    kept = {
        triple
        for triple in knowledge.data
        if str(triple.subject).strip("<>").startswith((action, action.rpartition("/action/")[0]))
        and (action in str(triple.subject) or triple.predicate.value == RDF.type)
    }
    files = {t for t in knowledge.data if t.predicate.value == DP.fileName}
    return knowledge.axioms, kept | files | set(extra)


@pytest.mark.long
def test_a_planted_contradiction_is_explained_with_axioms_and_the_sentence() -> None:
    planted = [
        _triple(f"{ID}plan/com-2023-641", RDF.type, DP.Plan),
        _triple(ACTION, DP.inPlan, f"{ID}plan/com-2023-641"),
    ]
    finding = explaining.explain(*_few(ACTION, planted))
    said = {cause.message for cause in finding.causes}
    assert said == {
        "plan/com-2025-744/action/5 'belongs to plan' plan/com-2023-641",
        "plan/com-2025-744/action/5 'belongs to plan' plan/com-2025-744",
        "plan/com-2023-641 is of the class 'plan'",
        "plan/com-2025-744 is of the class 'plan'",
        "a thing 'belongs to plan' at most one",
    }
    source = ROOT / "data" / "plans" / "com-2025-744" / finding.place.file
    lines = source.read_text(encoding="utf-8").splitlines()
    first = finding.quotation.splitlines()[0]
    assert first in lines[finding.place.line - 1]
    assert len(finding.quotation) > 100


@pytest.mark.long
def test_a_class_that_can_have_no_thing_is_explained() -> None:
    axioms = set(reasoning.load(ROOT).axioms)
    axioms.add(_triple(DP.Substance, RDFS.subClassOf, DP.Place))
    finding = explaining.explain_class(axioms, DP.Substance)
    assert finding.message.startswith("Nothing can be of the class 'substance': ")
    assert {cause.message for cause in finding.causes} == {
        "whatever is of the class 'substance' is of the class 'theme'",
        "whatever is of the class 'substance' is of the class 'place'",
        "no thing is of two of the listed classes",
    }


def test_a_search_that_takes_too_long_says_so() -> None:
    finding = explaining.explain(*_few(ACTION, []), seconds=0)
    assert finding.message == "The graphs contradict the axioms; where was not found in time."


@pytest.mark.parametrize(
    "planted",
    [
        (ACTION, DP.within, ACTION),
        (ACTION, RDF.type, DP.Actor),
        (ACTION, DP.participant, f"{ID}actor/europol"),
        (f"{ID}plan/x", DP.hasTimetable, f"{ACTION}/timetable"),
    ],
)
def test_what_clashes_is_suspected(planted: tuple[str, str, str]) -> None:
    axioms, data = _few(ACTION, [])
    assert list(suspects.suspects(axioms, data)) == []
    found = list(suspects.suspects(axioms, data | {_triple(*planted)}))
    assert any(_triple(*planted) in suspicion for suspicion in found)


def test_the_published_graphs_raise_no_suspicion() -> None:
    knowledge = reasoning.load(ROOT)
    assert list(suspects.suspects(knowledge.axioms, knowledge.data)) == []


@pytest.mark.long
@pytest.mark.parametrize("reasoner", reasoning.REASONERS)
def test_ontology_and_all_graphs_are_consistent(reasoner: str) -> None:
    view = reasoning.load(ROOT).view
    assert view.individuals > 17_000
    assert reasoning.ask(view, reasoner) == reasoning.Verdict(reasoner, consistent=True)
