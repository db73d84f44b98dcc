"""The labels that structure a plan, and the counts that its text claims."""

from __future__ import annotations

import pytest

from drugpolicy_kg.extraction.labels import Labels, any_of
from drugpolicy_kg.extraction.stated import Claims
from tests.conftest import knowledge
from tests.texts import text_of

EN = Labels(knowledge().languages["en"])
DA = Labels(knowledge().languages["da"])


def _rest(text: str, labels: Labels, kind: str) -> tuple[str, str] | None:
    found = getattr(labels, kind)(text)
    return None if found is None else (found.key, text[found.end :])


@pytest.mark.parametrize(
    ("text", "kind", "key", "rest"),
    [
        ("Action 1. Further enhance", "action", "1", "Further enhance"),
        ("Action 2: Reinforce", "action", "2", "Reinforce"),
        ("Action 31. (i) Promote", "action", "31", "(i) Promote"),
        ("Action 4: Mapping", "action", "4", "Mapping"),
        ("Strategic priority 8. Develop", "priority", "8", "Develop"),
        ("Performance indicator 9: Trends", "indicator", "9", "Trends"),
        ("Annex 2", "annex", "2", ""),
        ("Main actors: Commission", "role", "Main actors", "Commission"),
        ("Main EU actors: Commission", "role", "Main EU actors", "Commission"),
        ("A) ENHANCED SECURITY", "area", "A", "ENHANCED SECURITY"),
        ("3.1. The European Ports Alliance", "section", "3.1", "The European Ports Alliance"),
        ("3.3.Prevention", "section", "3.3", "Prevention"),
        ("1. INTRODUCTION", "section", "1", "INTRODUCTION"),
        ("IV. Addressing", "roman", "4", "Addressing"),
        ("I. Adapting", "roman", "1", "Adapting"),
    ],
)
def test_english_labels_are_recognised_with_what_follows(
    text: str, kind: str, key: str, rest: str
) -> None:
    assert _rest(text, EN, kind) == (key, rest)


@pytest.mark.parametrize(
    ("text", "kind", "key", "rest"),
    [
        ("Foranstaltning nr. 1. Yderligere", "action", "1", "Yderligere"),
        ("Foranstaltning nr. 2: Styrke", "action", "2", "Styrke"),
        ("Foranstaltning 49. Fremme", "action", "49", "Fremme"),
        ("Strategisk prioritet 1. Forstyrre", "priority", "1", "Forstyrre"),
        ("Strategisk prioritet nr. 2. Øge", "priority", "2", "Øge"),
        ("Resultatindikator 1. Narkotika", "indicator", "1", "Narkotika"),
        ("Præstationsindikator 9: Tendenser", "indicator", "9", "Tendenser"),
        (" Bilag 2", "annex", "2", ""),
        ("A)\tØGET SIKKERHED", "area", "A", "ØGET SIKKERHED"),
    ],
)
def test_danish_labels_are_recognised_with_what_follows(
    text: str, kind: str, key: str, rest: str
) -> None:
    assert _rest(text, DA, kind) == (key, rest)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Actions", "action"),
        ("Action 12 is a good one", "action"),
        ("See Action 12. It is", "action"),
        ("action 12. in lower case", "action"),
        ("Foranstaltning nr. 1. Yderligere", "action"),
        ("ANNEXES 1 to 2", "annex"),
        ("Annex 2 lists the indicators", "annex"),
        ("The main actors: all", "role"),
        ("a) in lower case", "area"),
        ("A)", "area"),
        ("2021-2025", "section"),
        ("In the end", "roman"),
        ("i. lower case", "roman"),
    ],
)
def test_words_that_only_look_like_a_label_are_none(text: str, kind: str) -> None:
    assert _rest(text, EN, kind) is None


@pytest.mark.parametrize("text", ["3.1 Ports", "3.1.", "3.1"])
def test_a_section_of_two_numbers_is_never_the_section_of_the_first(text: str) -> None:
    found = EN.section(text)
    assert found is None or found.key == "3.1"


def test_a_label_gives_its_key_as_a_number() -> None:
    found = EN.action("Action 47. Enhance")
    assert found is not None
    assert found.number == 47


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Governance, implementation and monitoring of the EU Agenda on Drugs", EN),
        ("Forvaltning, gennemførelse og overvågning af EU's narkotikadagsorden", DA),
    ],
)
def test_the_heading_of_the_governance_actions_is_recognised(text: str, labels: Labels) -> None:
    assert labels.governance(text)


@pytest.mark.parametrize("text", ["Good governance", "Governance is a matter for Member States."])
def test_a_sentence_about_governance_is_no_heading(text: str) -> None:
    assert not EN.governance(text)


def test_the_heading_of_the_indicators_stands_alone() -> None:
    assert EN.indicators("Performance Indicators")
    assert DA.indicators("Resultatindikatorer")
    assert not EN.indicators("Performance indicators are listed in Annex 2")


def test_the_annex_that_lists_the_actions_again_is_recognised() -> None:
    assert EN.action_list("Annex: List of actions:")
    assert not EN.action_list("Annex 2")


def test_the_longest_of_several_words_is_looked_for_first() -> None:
    assert any_of(["to", "to the", "a.b"]) == r"to\s+the|a\.b|to"


# ── what a text claims ───────────────────────────────────────────────────────────────────────


def _claims(text: str, code: str = "en") -> list[tuple[str, int, str]]:
    claims = Claims(knowledge().languages[code])
    return [(what, count, str(words)) for what, count, words in claims.find(text_of(text))]


def test_the_roadmap_claims_17_actions_in_four_priority_areas() -> None:
    assert _claims("The roadmap sets out 17 actions in four priority areas: to strengthen") == [
        ("actions", 17, "17 actions"),
        ("priorities", 4, "four priority areas"),
    ]


@pytest.mark.parametrize(
    ("text", "what", "count"),
    [
        ("This action plan focuses on six priority areas for action", "priorities", 6),
        ("It has eight strategic priorities", "priorities", 8),
        ("twelve performance indicators", "indicators", 12),
        ("Twenty concrete actions follow", "actions", 20),
    ],
)
def test_a_count_in_words_or_figures_is_a_claim(text: str, what: str, count: int) -> None:
    assert [row[:2] for row in _claims(text)] == [(what, count)]


@pytest.mark.parametrize(
    "text",
    [
        "Priority areas",
        "2021 actions are planned by the end",
        "1.2 actions",
        "many actions",
        "one action",
        "three of the actions",
        "in section 3. Actions follow",
    ],
)
def test_words_that_count_nothing_of_the_plan_are_no_claim(text: str) -> None:
    assert _claims(text) == []


def test_a_danish_text_claims_in_danish_words() -> None:
    assert _claims("Planen har 53 foranstaltninger og otte strategiske prioriteter", "da") == [
        ("actions", 53, "53 foranstaltninger"),
        ("priorities", 8, "otte strategiske prioriteter"),
    ]
