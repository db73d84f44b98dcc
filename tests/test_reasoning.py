"""What follows from the graphs: all of it, nothing else, and the same from two reasoners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from drugpolicy_kg import graphs, reasoning
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.identifiers import graph
from drugpolicy_kg.reasoning import closure
from drugpolicy_kg.reasoning.premises import premises
from drugpolicy_kg.validation.results import plain
from drugpolicy_kg.vocabulary import DP, DP_NAMESPACE, ID, ORG, OWL, OWL_NAMESPACE
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

AXIOMS = ROOT / "ontology" / "axioms.ttl"
TERMS = ROOT / "ontology" / "drugpolicy.ttl"
GRAPHS = ROOT / "data" / "graphs"
EQUALITIES = {OWL.FunctionalProperty, OWL.InverseFunctionalProperty}
FACTS = sorted(path for path in GRAPHS.glob("plan/*.ttl") if ".evidence." not in path.name)


def _stated() -> graphs.Graph:
    stated = graphs.Graph(graph("test"))
    stated.parse(TERMS)
    return stated


def _inferred(stated: graphs.Graph) -> set[tuple[str, str, str]]:
    found = reasoning.infer([stated], AXIOMS, graph("inferred"))
    return {
        (triple.subject.value, triple.predicate.value, triple.object.value)
        for triple in found.triples
        if isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.NamedNode)
    }


def _thing(name: str) -> str:
    return f"{ID}{name}"


def test_who_participates_is_involved() -> None:
    stated = _stated()
    stated.link(_thing("a"), DP.hasParticipation, _thing("a/1"), _thing("a/2"))
    stated.link(_thing("a/1"), DP.participant, _thing("europol"))
    assert _inferred(stated) == {(_thing("a"), DP.involves, _thing("europol"))}


def test_a_place_is_contained_in_all_places_around_it() -> None:
    stated = _stated()
    stated.link(_thing("port"), DP.within, _thing("town"))
    stated.link(_thing("town"), DP.within, _thing("land"))
    assert _inferred(stated) == {
        (_thing("port"), DP.containedIn, _thing("town")),
        (_thing("town"), DP.containedIn, _thing("land")),
        (_thing("port"), DP.containedIn, _thing("land")),
    }


def test_bodies_that_became_each_other_share_their_history_over_every_step() -> None:
    stated = _stated()
    for before, after in (("a", "b"), ("b", "c")):
        event = _thing(f"{before}/succession")
        stated.link(event, ORG.originalOrganization, _thing(before))
        stated.link(event, ORG.resultingOrganization, _thing(after))
    bodies = [_thing(name) for name in "abc"]
    shared = {link for link in _inferred(stated) if link[1] == DP.sharesHistoryWith}
    assert shared == {(x, DP.sharesHistoryWith, y) for x in bodies for y in bodies}


def test_what_follows_comes_before() -> None:
    stated = _stated()
    stated.link(_thing("late"), DP.follows, _thing("early"))
    assert _inferred(stated) == {(_thing("early"), DP.followedBy, _thing("late"))}


def test_what_is_stated_is_not_inferred_again() -> None:
    stated = _stated()
    stated.link(_thing("late"), DP.follows, _thing("early"))
    stated.link(_thing("early"), DP.followedBy, _thing("late"))
    assert _inferred(stated) == set()


def test_axioms_that_say_nothing_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "axioms.ttl"
    path.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"axioms\.ttl: axioms were expected, found none"):
        closure.read(path)
    path.write_text("a b c .", encoding="utf-8")
    with pytest.raises(DefinitionError, match="Turtle was expected"):
        closure.read(path)


def test_the_published_conclusions_are_those_that_were_read_in_the_documents() -> None:
    inferred = graphs.Graph(graph("inferred"))
    inferred.parse(GRAPHS / "inferred.ttl")
    links = {
        (str(t.subject).strip("<>"), t.predicate.value, str(t.object).strip("<>"))
        for t in inferred.triples
    }
    first, second, third = (
        _thing(f"plan/{name}") for name in ("com-2020-606", "com-2023-641", "com-2025-744")
    )
    # COM(2025) 744, action 1: "Main actors: Member States, Europol, Commission".
    assert {target for s, p, target in links if s == f"{third}/action/1" and p == DP.involves} == {
        _thing(f"actor/{name}") for name in ("member-states", "europol", "european-commission")
    }
    assert {(s, o) for s, p, o in links if p == DP.followedBy} == {(first, second), (second, third)}
    emcdda, euda = _thing("actor/emcdda"), _thing("actor/euda")
    assert (emcdda, DP.sharesHistoryWith, euda) in links
    assert (euda, DP.sharesHistoryWith, emcdda) in links
    # COM(2023) 641, action 15: "Guayaquil in Ecuador".
    assert {o for s, p, o in links if s == _thing("place/guayaquil") and p == DP.containedIn} == {
        _thing("place/ecuador"),
        _thing("place/south-america"),
    }
    assert sum(1 for _, p, _ in links if p == DP.involves) == 308


def test_types_and_what_leads_to_types_only_are_no_premises() -> None:
    stated = graphs.Graph(graph("test"))
    action, passage = _thing("a"), _thing("a/passage")
    stated.type(action, DP.Action)
    stated.link(action, DP.inPlan, _thing("plan"))
    stated.link(action, DP.evidence, passage)
    stated.link(action, DP.involves, _thing("europol"))
    leading = {
        ox.Triple(*map(ox.NamedNode, link))
        for link in (
            (action, DP.textEvidence, passage),  # dp:evidence is above it
            (action, DP.hasParticipation, _thing("a/1")),  # the first step of a chain
            (_thing("a/1"), DP.participant, _thing("europol")),  # the second step
            (_thing("late"), DP.follows, _thing("early")),  # dp:followedBy is its inverse
            (_thing("a"), DP.containedIn, _thing("b")),  # transitive
        )
    }
    schema = closure.read(AXIOMS) | closure.read(TERMS)
    assert premises(stated.triples | leading | schema) - schema == leading


def test_where_a_class_says_what_its_things_have_a_type_leads_to_a_statement(
    tmp_path: Path,
) -> None:
    axioms = tmp_path / "axioms.ttl"
    axioms.write_text(
        f"""@prefix owl: <http://www.w3.org/2002/07/owl#> .
        <{DP.Action}> <http://www.w3.org/2000/01/rdf-schema#subClassOf>
            [ a owl:Restriction ; owl:onProperty <{DP.inPlan}> ; owl:hasValue <{_thing("plan")}> ] .
        """,
        encoding="utf-8",
    )
    stated = _stated()
    stated.type(_thing("a"), DP.Action)
    found = reasoning.infer([stated], axioms, graph("inferred"))
    link = (_thing("a"), DP.inPlan, _thing("plan"))
    assert found.triples == {ox.Triple(*map(ox.NamedNode, link))}


def test_what_follows_by_a_chain_leads_on() -> None:
    stated = _stated()
    for before, after in (("a", "b"), ("b", "c")):
        event = _thing(f"{before}/succession")
        stated.link(_thing(before), ORG.changedBy, event)
        stated.link(event, ORG.resultingOrganization, _thing(after))
    assert (_thing("c"), DP.sharesHistoryWith, _thing("a")) in _inferred(stated)


@pytest.mark.parametrize("path", FACTS, ids=lambda path: path.stem)
def test_the_premises_lead_to_all_that_everything_leads_to(path: Path) -> None:
    """Run the rules over every statement between things, and compare what is published."""
    stated = _stated()
    stated.parse(path)
    stated.parse(GRAPHS / "authorities.ttl")
    between = {
        triple
        for triple in stated.triples | closure.read(AXIOMS)
        if not isinstance(triple.object, ox.Literal)
        and triple.predicate.value != OWL.hasKey
        and plain(triple.object) not in EQUALITIES
    }
    between |= {ox.Triple(*map(ox.NamedNode, link)) for link in _inferred(stated)}
    everything = {
        ox.Triple(*map(ox.NamedNode, link))
        for link in closure._rules(between)  # noqa: SLF001 - the engine, past our choice
        if link[1].startswith(DP_NAMESPACE) and link[0].startswith(ID) and link[2].startswith(ID)
    }
    assert len(everything) > 1000
    assert everything <= between


def test_step_of_a_chain_without_a_name_is_refused(tmp_path: Path) -> None:
    axioms = tmp_path / "axioms.ttl"
    axioms.write_text(
        f"@prefix : <{DP_NAMESPACE}> . @prefix owl: <{OWL_NAMESPACE}> .\n"
        ":involves a owl:ObjectProperty ; owl:propertyChainAxiom "
        "( :hasParticipation [ owl:inverseOf :participant ] ) .\n",
        encoding="utf-8",
    )
    stated = _stated()
    stated.link(_thing("a"), DP.hasParticipation, _thing("a/1"))
    with pytest.raises(DefinitionError, match="involves>: step 2 of its"):
        reasoning.infer([stated], axioms, graph("inferred"))
