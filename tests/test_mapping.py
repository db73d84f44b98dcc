"""A plan becomes a graph of its facts and one of their evidence; tables become a third."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from drugpolicy_kg import mapping
from drugpolicy_kg.definitions import Entry, Identifier, Names, PlanDefinition, load
from drugpolicy_kg.document import Document
from drugpolicy_kg.evidence import Span
from drugpolicy_kg.plan import (
    Action,
    Citation,
    Commitment,
    Edition,
    Footnote,
    Item,
    Mention,
    Participation,
    Plan,
    Priority,
    Reading,
    Readings,
    Timetable,
)
from drugpolicy_kg.vocabulary import DP, ELI, ID, OA, RDF, SKOS, TIME, XSD_NAMESPACE
from tests.conftest import REAL_PLANS, ROOT, knowledge

if TYPE_CHECKING:
    from drugpolicy_kg.graphs import Graph
    from drugpolicy_kg.pipeline import PlanResult

SOURCE = """\
A plan
Start one
¹ FOOT
and end.
Europol
2021-2025
by mid-2024
Iran
Council Directive
"""
DEFINITION = load(ROOT / "data" / "plans" / "com-2023-641" / "plan.yaml", PlanDefinition)
PLAN = f"{ID}plan/com-2023-641"
ACTION = f"{PLAN}/action/7"
LANGUAGE = {"en": knowledge().languages["en"]}
ENGLISH = "http://publications.europa.eu/resource/authority/language/ENG"


def _read(*words: str) -> Readings:
    spans = tuple(Span(SOURCE.index(w), SOURCE.index(w) + len(w)) for w in words)
    return (Reading("en", " ".join(words), spans),)


def _plan() -> Plan:
    return Plan(
        id="com-2023-641",
        version="final",
        adopted=datetime.date(2023, 10, 18),
        reference="en",
        editions=(Edition("en", "source/made.txt", "a" * 64, _read("A plan")),),
        priorities=(Priority(2, _read("A plan"), section="3.2", pillars=(3, 4)),),
        actions=(
            Action(
                number=7,
                priority=2,
                title=_read("Start one"),
                title_source="heading",
                text=_read("Start one", "and end."),
                label=(),
                items=(Item("i", 1, _read("and end.")),),
                timetable=Timetable("plan", _read("2021-2025"), 2021, 2025),
                participations=(
                    Participation(1, "europol", _read("A plan"), _read("Europol")),
                    Participation(2, "", (), _read("FOOT"), _read("and end.")),
                ),
            ),
        ),
        footnotes=(
            Footnote("1", "action 7", _read("FOOT")),
            Footnote("2", "footnote 2", _read("FOOT")),
        ),
        citations=(
            Citation(
                *("action 7", "1", 1, "directive", "Directive (EU) 2019/1153"),
                *("directive-eu-2019-1153", "cites", _read("Council Directive")),
            ),
        ),
        commitments=(
            Commitment(
                *("section 3.2", "", 1, "will", _read("by mid-2024")),
                who=("actors/europol", "places/iran"),
                due_end="2024",
                amount="2000000.5",
                currency="EUR",
                fund="internal-security-fund",
            ),
        ),
        mentions=(
            Mention("places", "action 7", "iran", "dialogue", _read("Iran")),
            Mention("actors", "action 7", "europol", "", _read("Europol"), footnote="1"),
        ),
        period=(2024, 2025),
    )


def _pages(plan: Plan | None = None) -> mapping.PlanGraphs:
    documents = {"en": Document("made.txt", SOURCE, ())}
    return mapping.PlanGraphs(plan or _plan(), DEFINITION, documents, LANGUAGE)


def _objects(graph: Graph, subject: str, predicate: str) -> list[str]:
    return sorted(
        triple.object.value
        for triple in graph.triples
        if triple.subject == ox.NamedNode(subject)
        and triple.predicate.value == predicate
        and isinstance(triple.object, ox.NamedNode | ox.Literal)
    )


def _of_class(graph: Graph, kind: str) -> set[str]:
    return {
        triple.subject.value
        for triple in graph.triples
        if triple.predicate.value == RDF.type
        and triple.object == ox.NamedNode(kind)
        and isinstance(triple.subject, ox.NamedNode)
    }


# ── facts ────────────────────────────────────────────────────────────────────────────────────


def test_iris_come_from_structure() -> None:
    facts = _pages().facts
    assert facts.iri == "https://w3id.org/drugpolicy-kg/graph/plan/com-2023-641/final"
    assert _of_class(facts, DP.Action) == {ACTION}
    assert _of_class(facts, DP.Participation) == {
        f"{ACTION}/participation/1",
        f"{ACTION}/participation/2",
    }
    assert _of_class(facts, DP.Item) == {f"{ACTION}/item/1"}
    assert _of_class(facts, DP.Citation) == {f"{ACTION}/citation/1"}
    assert _of_class(facts, DP.Commitment) == {f"{PLAN}/section/3.2/commitment/1"}
    assert _of_class(facts, DP.PlaceMention) == {f"{ACTION}/place/iran/dialogue"}
    assert _of_class(facts, DP.PriorityArea) == {f"{PLAN}/priority/2"}
    assert _of_class(facts, DP.StrategicPriority) == set()


def test_a_participation_names_its_participant_only_where_it_is_known() -> None:
    facts = _pages().facts
    known, unknown = f"{ACTION}/participation/1", f"{ACTION}/participation/2"
    assert _objects(facts, known, DP.participant) == [f"{ID}actor/europol"]
    assert _objects(facts, unknown, DP.participant) == []
    assert _objects(facts, unknown, DP.wording) == ["FOOT"]
    assert _objects(facts, unknown, DP.qualifier) == ["and end."]


def test_a_timetable_is_years_and_an_interval_of_its_first_and_last_day() -> None:
    facts, iri = _pages().facts, f"{ACTION}/timetable"
    assert _objects(facts, iri, DP.startYear) == ["2021"]
    assert _objects(facts, iri, DP.endYear) == ["2025"]
    assert _objects(facts, iri, DP.ongoing) == ["false"]
    (begins,) = _objects(facts, iri, TIME.hasBeginning)
    (ends,) = _objects(facts, iri, TIME.hasEnd)
    assert _objects(facts, begins, TIME.inXSDDate) == ["2021-01-01"]
    assert _objects(facts, ends, TIME.inXSDDate) == ["2025-12-31"]


def test_an_ongoing_timetable_has_neither_years_nor_interval() -> None:
    plan = _plan()
    ongoing = Timetable("action", _read("2021-2025"), ongoing=True)
    facts = _pages(replace(plan, actions=(replace(plan.actions[0], timetable=ongoing),))).facts
    iri = f"{ACTION}/timetable"
    assert _objects(facts, iri, DP.ongoing) == ["true"]
    assert _objects(facts, iri, DP.startYear) == []
    assert TIME.ProperInterval not in _objects(facts, iri, RDF.type)


def test_a_commitment_keeps_who_amount_due_and_fund() -> None:
    facts, iri = _pages().facts, f"{PLAN}/section/3.2/commitment/1"
    assert _objects(facts, iri, DP.promisedBy) == [f"{ID}actor/europol", f"{ID}place/iran"]
    assert _objects(facts, iri, DP.amount) == ["2000000.5"]
    assert _objects(facts, iri, DP.dueEnd) == ["2024"]
    assert _objects(facts, iri, DP.dueStart) == []
    assert _objects(facts, iri, DP.fund) == [f"{ID}programme/internal-security-fund"]


def test_a_footnote_stands_where_its_mark_stands() -> None:
    facts = _pages().facts
    assert _objects(facts, f"{PLAN}/footnote/1", DP.where) == [ACTION]
    assert _objects(facts, f"{PLAN}/footnote/2", DP.where) == []
    assert _objects(facts, f"{ACTION}/citation/1", DP.inFootnote) == [f"{PLAN}/footnote/1"]


@pytest.mark.parametrize(
    ("status", "found"),
    [("confirmed-eurlex", ["52023DC0641"]), ("derived", []), ("pattern", [])],
)
def test_the_number_of_the_publishing_document_is_stated_only_where_it_is_confirmed(
    status: str, found: list[str]
) -> None:
    celex = Identifier.model_validate({"value": "52023DC0641", "status": status})
    definition = DEFINITION.model_copy(update={"celex": celex})
    documents = {"en": Document("made.txt", SOURCE, ())}
    facts = mapping.PlanGraphs(_plan(), definition, documents, LANGUAGE).facts
    assert _objects(facts, PLAN, DP.celex) == found


def test_an_edition_is_an_expression_of_the_plan_and_a_file_its_format() -> None:
    facts, iri = _pages().facts, f"{ID}edition/com-2023-641/final/en"
    assert _objects(facts, iri, ELI.realizes) == [PLAN]
    assert _objects(facts, iri, ELI.language) == [ENGLISH]
    assert _objects(facts, f"{iri}/file", DP.sha256) == ["a" * 64]


# ── evidence ─────────────────────────────────────────────────────────────────────────────────


def test_a_fact_that_a_footnote_interrupts_has_a_passage_for_each_part_in_order() -> None:
    pages = _pages()
    iri = f"{ACTION}/evidence/en"
    assert _objects(pages.evidence, ACTION, DP.evidence) == [f"{iri}/1", f"{iri}/2"]
    assert _objects(pages.evidence, ACTION, DP.textEvidence) == [f"{iri}/1", f"{iri}/2"]
    for number, words, line in ((1, "Start one", "2"), (2, "and end.", "4")):
        passage = f"{iri}/{number}"
        assert _objects(pages.evidence, f"{passage}/quote", OA.exact) == [words]
        start = SOURCE.index(words)
        assert _objects(pages.evidence, f"{passage}/position", OA.start) == [str(start)]
        assert _objects(pages.evidence, f"{passage}/position", OA.end) == [str(start + len(words))]
        assert _objects(pages.evidence, passage, DP.firstLine) == [line]
        assert _objects(pages.evidence, passage, DP.lastLine) == [line]
        assert _objects(pages.evidence, passage, DP.passageNumber) == [str(number)]


def test_a_fact_without_a_passage_is_counted_and_not_shown() -> None:
    plan = _plan()
    silent = Footnote("3", "action 7", (Reading("en", "said nowhere", ()),))
    pages = _pages(replace(plan, footnotes=(*plan.footnotes, silent)))
    assert pages.fact_count == _pages().fact_count + 1
    assert pages.shown_count == _pages().shown_count


def test_facts_and_evidence_share_no_triple_and_have_no_blank_node() -> None:
    pages = _pages()
    assert not pages.facts.triples & pages.evidence.triples
    for graph in (pages.facts, pages.evidence):
        for triple in graph.triples:
            assert isinstance(triple.subject, ox.NamedNode)
            assert not isinstance(triple.object, ox.BlankNode)


def test_the_same_plan_is_the_same_bytes() -> None:
    assert _pages().facts.turtle() == _pages().facts.turtle()
    assert _pages().evidence.turtle() == _pages().evidence.turtle()


@pytest.mark.parametrize("name", REAL_PLANS)
def test_every_fact_of_the_real_plans_shows_passages_that_are_quoted_exactly(
    name: str, real_plans: dict[str, PlanResult]
) -> None:
    result = real_plans[name]
    pages = mapping.PlanGraphs(
        result.plan,
        result.definition,
        result.documents,
        dict.fromkeys(result.documents, LANGUAGE["en"]),
    )
    assert pages.fact_count == pages.shown_count > 500
    exact: dict[str, str] = {}
    bounds: dict[str, dict[str, int]] = {}
    for triple in pages.evidence.triples:
        subject, predicate = str(triple.subject).strip("<>"), triple.predicate.value
        if not isinstance(triple.object, ox.Literal):
            continue
        if predicate == OA.exact:
            exact[subject.removesuffix("/quote")] = triple.object.value
        elif predicate in {OA.start, OA.end}:
            own = bounds.setdefault(subject.removesuffix("/position"), {})
            own[predicate] = int(triple.object.value)
    assert set(exact) == set(bounds)
    assert len(exact) == pages.passage_count
    for passage, words in exact.items():
        language = passage.split("/evidence/")[1].split("/")[0]
        span = bounds[passage]
        assert result.documents[language].source[span[OA.start] : span[OA.end]] == words


@pytest.mark.parametrize("name", REAL_PLANS)
def test_literals_of_the_real_plans_have_only_the_listed_datatypes(
    name: str, real_plans: dict[str, PlanResult]
) -> None:
    result = real_plans[name]
    languages = dict.fromkeys(result.documents, LANGUAGE["en"])
    pages = mapping.PlanGraphs(result.plan, result.definition, result.documents, languages)
    found = {
        triple.object.datatype.value.removeprefix(XSD_NAMESPACE)
        for triple in pages.facts.triples | pages.evidence.triples
        if isinstance(triple.object, ox.Literal) and not triple.object.language
    }
    assert {"string", "integer", "boolean", "date"} <= found
    assert found <= {"string", "integer", "boolean", "date", "decimal"}


# ── tables ───────────────────────────────────────────────────────────────────────────────────


def _entry(**values: object) -> Entry:
    names = {"en": Names(label="A thing", variants=("A thing", "Thing"))}
    return Entry.model_validate({"id": "thing", "kind": "agency", "names": names, **values})


def test_an_entry_has_its_label_once_and_its_variants_beside_it() -> None:
    graph = mapping.entry_graph({"actors": (_entry(short="TH"),)}, {})
    iri = f"{ID}actor/thing"
    assert _objects(graph, iri, RDF.type) == [DP.Actor]
    assert _objects(graph, iri, SKOS.prefLabel) == ["A thing"]
    assert _objects(graph, iri, SKOS.altLabel) == ["Thing"]
    assert _objects(graph, iri, DP.shortName) == ["TH"]
    assert _objects(graph, iri, DP.kind) == [f"{ID}scheme/actor-kind/agency"]


@pytest.mark.parametrize(
    ("table", "kind", "classes"),
    [
        ("concepts", "substance", [DP.Substance, SKOS.Concept]),
        ("concepts", "theme", [DP.Theme, SKOS.Concept]),
        ("places", "country", [DP.Place]),
        ("programmes", "network", [DP.Programme]),
        ("instruments", "directive", [DP.Instrument]),
        ("sources", "survey", [DP.DataSource]),
    ],
)
def test_an_entry_is_of_the_class_of_its_table(table: str, kind: str, classes: list[str]) -> None:
    graph = mapping.entry_graph({table: (_entry(kind=kind),)}, {})
    (subject,) = {str(triple.subject).strip("<>") for triple in graph.triples}
    assert _objects(graph, subject, RDF.type) == sorted(classes)


def test_an_act_has_the_numbers_that_the_links_give_and_no_other() -> None:
    iri = f"{ID}instrument/thing"
    numbers = {DP.celex: {iri: "32019L1153"}, DP.eli: {f"{ID}instrument/other": "nothing"}}
    graph = mapping.entry_graph({"instruments": (_entry(kind="directive"),)}, {}, numbers)
    assert _objects(graph, iri, DP.celex) == ["32019L1153"]
    assert _objects(graph, iri, DP.eli) == []


def test_an_act_that_only_plans_name_is_an_instrument_with_its_identifier() -> None:
    graph = mapping.entry_graph(
        {}, {"directive-eu-2019-1153": ("Directive 2019/1153", "directive")}
    )
    iri = f"{ID}instrument/directive-eu-2019-1153"
    assert _objects(graph, iri, RDF.type) == [DP.Instrument]
    assert _objects(graph, iri, DP.identifier) == ["Directive 2019/1153"]


def test_history_leads_from_the_body_to_its_successor() -> None:
    entry = _entry(successor="other", until=datetime.date(2024, 7, 1))
    graph = mapping.entry_graph({"actors": (entry,)}, {})
    assert _objects(graph, f"{ID}actor/thing", DP.replacedBy) == [f"{ID}actor/other"]
    assert _objects(graph, f"{ID}actor/thing", DP.existsUntil) == ["2024-07-01"]
