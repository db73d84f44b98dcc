"""HermiT and Pellet read all that they are handed, and find what is planted."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from drugpolicy_kg import graphs
from drugpolicy_kg.errors import ReasoningError
from drugpolicy_kg.identifiers import graph
from drugpolicy_kg.reasoning import closure, reasoners, view
from drugpolicy_kg.vocabulary import DP, ELI, ID, ORG, OWL, XSD_NAMESPACE
from tests.conftest import ROOT

ONTOLOGY = ROOT / "ontology"
GRAPHS = ROOT / "data" / "graphs"


def _axioms() -> set[ox.Triple]:
    return closure.read(ONTOLOGY / "axioms.ttl") | closure.read(ONTOLOGY / "drugpolicy.ttl")


def _with(data: graphs.Graph) -> view.View:
    return view.dl_view(_axioms() | data.triples)


@pytest.mark.parametrize("reasoner", reasoners.REASONERS)
def test_a_planted_contradiction_is_found(reasoner: str) -> None:
    data = graphs.Graph(graph("test"))
    data.type(f"{ID}plan/x/action/1", DP.Action)
    data.link(f"{ID}plan/x/action/1", DP.inPlan, f"{ID}plan/x")
    data.type(f"{ID}plan/x", DP.Plan)
    assert reasoners.ask(_with(data), reasoner).passed
    data.type(f"{ID}plan/x", DP.Actor)
    assert not reasoners.ask(_with(data), reasoner).consistent


def test_a_second_value_is_a_contradiction_since_things_of_a_class_are_different() -> None:
    data = graphs.Graph(graph("test"))
    data.type(f"{ID}place/port", DP.Place)
    for name in ("spain", "portugal"):
        data.type(f"{ID}place/{name}", DP.Place)
        data.link(f"{ID}place/port", DP.within, f"{ID}place/{name}")
    found = _with(data)
    assert found.different == 3
    assert not reasoners.ask(found).consistent


def test_a_class_that_can_have_no_thing_is_named() -> None:
    data = graphs.Graph(graph("test"))
    data.link(DP.Substance, "http://www.w3.org/2000/01/rdf-schema#subClassOf", DP.Place)
    verdict = reasoners.ask(_with(data))
    assert verdict.consistent
    assert verdict.unsatisfiable == (DP.Substance,)
    assert not verdict.passed


def test_dates_and_keys_are_left_out_and_counted() -> None:
    data = graphs.Graph(graph("test"))
    data.typed(f"{ID}plan/x", ELI.date_document, "2025-12-04", XSD_NAMESPACE + "date")
    data.typed(f"{ID}plan/x", ELI.date_document, "2025", XSD_NAMESPACE + "gYear")
    data.value(f"{ID}plan/x", DP.startYear, 2026)
    found = _with(data)
    assert found.left_out["values of xsd:date"] == 3  # two stand in the ontology's header
    assert found.left_out["values of xsd:gYear"] == 1
    assert found.left_out["keys"] == 15
    assert not any(triple.predicate.value == OWL.hasKey for triple in found.triples)
    assert any(triple.predicate.value == DP.startYear for triple in found.triples)


def test_a_file_of_one_line_is_read_whole() -> None:
    triple = ox.Triple(
        ox.NamedNode("urn:x:A"),
        ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
        ox.NamedNode(OWL.Class),
    )
    world, _ = reasoners.load(view.dl_view([triple]))
    assert [each.iri for each in world.classes()] == ["urn:x:A"]


def test_what_is_read_as_empty_does_not_pass() -> None:
    with pytest.raises(ReasoningError, match="read 0 classes where 0 are declared"):
        reasoners.ask(view.dl_view([]))
    lost = view.View(view.dl_view(_axioms()).triples, classes=99, individuals=0, different=0)
    with pytest.raises(ReasoningError, match="classes where 99 are declared"):
        reasoners.load(lost)


def test_two_ways_of_reasoning_agree_on_what_is_relied_upon() -> None:
    properties = frozenset(
        {
            *(DP.involves, DP.followedBy, DP.containedIn, DP.sharesHistoryWith),
            *(ORG.changedBy, ORG.resultedFrom, ELI.is_realized_by),
        }
    )
    data = _axioms()
    for path in (GRAPHS / "authorities.ttl", GRAPHS / "plan" / "com-2025-744.final.ttl"):
        data |= closure.read(path)
    # Who takes part, where places lie and what became of bodies: the rest adds only time.
    kept = {
        triple
        for triple in data
        if not isinstance(triple.object, ox.Literal)
        and "/concept/" not in str(triple.subject) + str(triple.object)
    }
    by_rules = {link for link in closure.close(kept) if link[1] in properties}
    to_itself = {link for link in by_rules if link[0] == link[2]}
    # Pellet prints no statement of a thing about itself; HermiT is asked below.
    assert reasoners.links(view.dl_view(kept), properties) == by_rules - to_itself
    bodies = {f"{ID}actor/emcdda", f"{ID}actor/euda"}
    assert to_itself == {(body, DP.sharesHistoryWith, body) for body in bodies}
    assert {link[1] for link in by_rules} >= {
        *(DP.involves, DP.containedIn, DP.sharesHistoryWith, DP.followedBy),
        *(ORG.changedBy, ORG.resultedFrom),
    }
    assert sum(1 for link in by_rules if link[1] == DP.involves) > 60


def test_a_body_with_a_history_shares_it_with_itself() -> None:
    data = graphs.Graph(graph("test"))
    event, old, new = (f"{ID}actor/{name}" for name in ("old/succession", "old", "new"))
    data.link(event, ORG.originalOrganization, old)
    data.link(event, ORG.resultingOrganization, new)
    assert reasoners.ask(_with(data)).consistent
    denial = f"{ID}denial"
    data.type(denial, "http://www.w3.org/2002/07/owl#NegativePropertyAssertion")
    for term, value in (
        ("sourceIndividual", old),
        ("assertionProperty", DP.sharesHistoryWith),
        ("targetIndividual", old),
    ):
        data.link(denial, f"http://www.w3.org/2002/07/owl#{term}", value)
    assert not reasoners.ask(_with(data)).consistent
