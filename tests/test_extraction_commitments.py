"""Promises in the prose: clauses about the future that carry a date or money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg.definitions import PlanDefinition, load
from drugpolicy_kg.document import Document
from drugpolicy_kg.extraction.building import Builder
from drugpolicy_kg.extraction.commitments import Promises
from drugpolicy_kg.extraction.stretches import Stretch
from tests.conftest import ROOT, knowledge
from tests.texts import text_of

if TYPE_CHECKING:
    from drugpolicy_kg.plan import Commitment, Readings

#: Adopted on 18 October 2023.
PLAN = load(ROOT / "data" / "plans" / "com-2023-641" / "plan.yaml", PlanDefinition)


def _promises(words: str, *, imperative: bool = False, footnote: str = "") -> list[Commitment]:
    language = knowledge().languages["en"]
    document = Document("made.md", words, ())
    builder = Builder(document, PLAN, PLAN.editions[0], language, knowledge().authorities)
    stretch = Stretch("action 6", text_of(words), footnote, imperative=imperative)
    names = knowledge().authorities.find(words, "en")
    references = knowledge().grammar.find(words)
    return Promises(builder, knowledge().authorities).of(stretch, names, references)


def _one(words: str, *, imperative: bool = False) -> Commitment:
    (found,) = _promises(words, imperative=imperative)
    return found


def _words(readings: Readings) -> str:
    return readings[0].text if readings else ""


@pytest.mark.parametrize(
    ("sentence", "who", "modality", "start", "end"),
    [
        ("Europol will develop a blueprint by mid-2024.", "actors/europol", "will", "", "2024"),
        ("Eurojust should report as from 2024.", "actors/eurojust", "should", "2024", ""),
        ("The EUDA may start in 2025.", "actors/euda", "may", "2025", "2025"),
        (
            "The Commission will present a proposal in the first half of 2024.",
            "actors/european-commission",
            "will",
            "2024",
            "2024",
        ),
        ("Frontex must do so until 31 December 2025.", "actors/frontex", "must", "", "2025-12-31"),
    ],
)
def test_a_dated_clause_with_a_modal_verb_is_a_promise_of_its_subject(
    sentence: str, who: str, modality: str, start: str, end: str
) -> None:
    found = _one(sentence)
    assert (found.who, found.modality) == ((who,), modality)
    assert (found.due_start, found.due_end) == (start, end)
    assert _words(found.sentence) == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "The Commission adopted the strategy in 2021.",
        "In 2022, the Centre supported over 400 financial investigations.",
        "Europol will develop a blueprint.",
        "This is hosted by the Commission since 2021.",
        "Police seized EUR 12 million of cash.",
        "The EU drugs strategy for 2021-2025 will be implemented.",
        "Directive (EU) 2019/1153 will be amended.",
        "The European Drug Report 2023 should be read.",
    ],
)
def test_past_acts_statistics_and_undated_promises_are_none(sentence: str) -> None:
    assert _promises(sentence) == []


def test_the_date_of_an_act_that_is_cited_is_no_due_date() -> None:
    sentence = "The Commission will evaluate Council Framework Decision of 25 October 2024/757/JHA."
    assert all(c.due_end != "2024-10-25" for c in _promises(sentence))


def test_money_to_be_spent_is_a_promise_with_amount_and_currency() -> None:
    found = _one("The Commission will allocate more than EUR 45 million to scanners in funding.")
    assert (found.amount, found.currency) == ("45000000", "EUR")
    assert _words(found.amount_wording) == "more than EUR 45 million"
    assert (found.due_start, found.due_end) == ("", "")


def test_a_funded_programme_without_a_verb_is_funds() -> None:
    found = _one("Funded through the Internal Security Fund, EUR 2 million for 2024-2025.")
    assert (found.amount, found.currency, found.modality) == ("2000000", "EUR", "funds")
    assert (found.due_start, found.due_end) == ("2024", "2025")
    assert found.fund == "internal-security-fund"


def test_a_passive_without_agent_is_promised_by_nobody() -> None:
    found = _one("A common checklist will be presented by 2025.")
    assert (found.who, _words(found.who_wording)) == ((), "")
    assert found.due_end == "2025"


def test_a_passive_is_promised_by_its_agent() -> None:
    found = _one("A common checklist will be drawn up by the EUDA before 2026.")
    assert (found.who, found.due_end) == (("actors/euda",), "2026")


@pytest.mark.parametrize("verb", ["adopted", "completed", "launched", "published", "agreed"])
def test_a_passive_about_the_future_is_no_past(verb: str) -> None:
    assert _one(f"A common checklist will be {verb} by 2025.").due_end == "2025"


def test_the_subject_of_the_nearest_clause_promises() -> None:
    found = _one("Europol is ready, and Eurojust will follow by 2025.")
    assert found.who == ("actors/eurojust",)


def test_an_unknown_subject_keeps_its_words() -> None:
    found = _one("The Moon Police will follow by 2025.")
    assert (found.who, _words(found.who_wording)) == ((), "The Moon Police")


def test_an_action_in_imperatives_promises_without_a_verb() -> None:
    found = _one("Launch an evaluation by 2025.", imperative=True)
    assert (found.modality, found.due_end, found.who) == ("imperative", "2025", ())
    assert _promises("Launch an evaluation by 2025.") == []


def test_two_dates_of_a_sentence_are_two_promises() -> None:
    found = _promises("Europol will start in 2024 and will report by 2026.")
    assert [(c.due_start, c.due_end) for c in found] == [("2024", "2024"), ("", "2026")]


def test_promises_stand_in_the_order_of_reading_with_their_place() -> None:
    text = "Europol will report by 2026. It may start in 2024."
    found = _promises(text, footnote="7")
    assert [(c.where, c.footnote, c.due_end) for c in found] == [
        ("action 6", "7", "2026"),
        ("action 6", "7", "2024"),
    ]


def test_the_words_of_a_promise_show_their_passages() -> None:
    text = "First this. Europol will report by 2026."
    found = _one(text)
    ((span,),) = (reading.spans for reading in found.due_wording)
    assert text[span.start : span.end] == "by 2026"
