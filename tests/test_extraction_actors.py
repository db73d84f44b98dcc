"""The bodies of an actors line or cell, with their qualifications, as printed."""

from __future__ import annotations

import pytest

from drugpolicy_kg.extraction.actors import ActorLines
from tests.conftest import knowledge
from tests.texts import text_of


def _line(words: str, code: str = "en") -> list[tuple[str, str]]:
    lines = ActorLines(knowledge().languages[code], knowledge().authorities)
    return [
        (str(body.wording), str(body.qualifier or "")) for body in lines.of_line(text_of(words))
    ]


def _ids(words: str, code: str = "en") -> list[str]:
    lines = ActorLines(knowledge().languages[code], knowledge().authorities)
    return [body.actor for body in lines.of_line(text_of(words))]


def _cell(*words: str, separate: bool = False, code: str = "en") -> list[tuple[str, str]]:
    lines = ActorLines(knowledge().languages[code], knowledge().authorities)
    parts = [text_of(part) for part in words]
    return [(body.actor, str(body.wording)) for body in lines.of_cell(parts, separate=separate)]


@pytest.mark.parametrize(
    ("line", "bodies"),
    [
        ("Eurojust, Europol, Member States.", ["Eurojust", "Europol", "Member States"]),
        ("Commission, Parliament and Council", ["Commission", "Parliament", "Council"]),
        ("Commission, EMCDDA and Member States", ["Commission", "EMCDDA", "Member States"]),
        ("Commission, MAOC (N), Europol.", ["Commission", "MAOC (N)", "Europol"]),
        ("EMCDDA, public and private stakeholders", ["EMCDDA", "public and private stakeholders"]),
    ],
)
def test_bodies_stand_between_commas_and_conjunctions(line: str, bodies: list[str]) -> None:
    assert _line(line) == [(body, "") for body in bodies]


def test_a_name_with_brackets_of_its_own_is_one_body() -> None:
    assert _line("Commission, MAOC (N), Europol")[1] == ("MAOC (N)", "")


def test_a_bracket_that_qualifies_is_a_qualifier() -> None:
    assert _line(
        "Commission, European Anti-Fraud Office, Member States (in particular customs authorities)"
    ) == [
        ("Commission", ""),
        ("European Anti-Fraud Office", ""),
        ("Member States", "in particular customs authorities"),
    ]


def test_a_bracketed_acronym_is_no_part_of_the_wording_and_no_qualifier() -> None:
    assert _line(
        "European Crime Prevention Network (EUCPN), the European Union Drugs Agency (EUDA), "
        "Member States"
    ) == [
        ("European Crime Prevention Network", ""),
        ("European Union Drugs Agency", ""),
        ("Member States", ""),
    ]


def test_a_qualification_behind_a_comma_belongs_to_the_body_before() -> None:
    assert _line("Member States, including local authorities, EMCDDA") == [
        ("Member States", "including local authorities"),
        ("EMCDDA", ""),
    ]


def test_a_body_in_a_connecting_phrase_is_a_row_and_the_leading_body_keeps_the_phrase() -> None:
    assert _line("Commission, High Representative assisted by the EEAS, Member States") == [
        ("Commission", ""),
        ("High Representative", "assisted by the EEAS"),
        ("EEAS", "assisted by"),
        ("Member States", ""),
    ]


def test_a_connecting_phrase_with_two_bodies_reaches_to_the_comma() -> None:
    assert _line(
        "Commission supported by the Community for European Research and Innovation for Security "
        "and the EU Innovation Hub for Internal Security, EUDA, Member States"
    ) == [
        (
            "Commission",
            (
                "supported by the Community for European Research and Innovation for Security "
                "and the EU Innovation Hub for Internal Security"
            ),
        ),
        ("Community for European Research and Innovation for Security", "supported by"),
        ("EU Innovation Hub for Internal Security", "supported by"),
        ("EUDA", ""),
        ("Member States", ""),
    ]


def test_in_cooperation_with_ends_at_the_next_comma() -> None:
    assert _line("Commission in cooperation with EEAS, Council") == [
        ("Commission", "in cooperation with EEAS"),
        ("EEAS", "in cooperation with"),
        ("Council", ""),
    ]


def test_the_known_bodies_of_a_line_are_things() -> None:
    assert _ids("Commission, High Representative assisted by the EEAS, Member States") == [
        "european-commission",
        "high-representative",
        "eeas",
        "member-states",
    ]


def test_an_unknown_body_of_a_line_stays_as_found() -> None:
    line = "Commission, Moon Police (MP), Europol"
    assert _ids(line) == ["european-commission", "", "europol"]
    assert _line(line)[1] == ("Moon Police", "")


def test_the_commission_on_narcotic_drugs_in_a_line_is_not_the_commission() -> None:
    assert "european-commission" not in _ids("Commission on Narcotic Drugs, Europol")


def test_the_words_keep_their_places() -> None:
    lines = ActorLines(knowledge().languages["en"], knowledge().authorities)
    words = "the Council, Europol"
    bodies = lines.of_line(text_of(words))
    assert [body.wording.offsets[0] for body in bodies] == [4, 13]


def test_a_danish_phrase_connects_in_danish() -> None:
    assert _line("Europa-Kommissionen bistået af Europol, Medlemsstater og Eurojust", "da") == [
        ("Europa-Kommissionen", "bistået af Europol"),
        ("Europol", "bistået af"),
        ("Medlemsstater", ""),
        ("Eurojust", ""),
    ]


@pytest.mark.parametrize("line", ["", " . ", ","])
def test_an_empty_line_names_nobody(line: str) -> None:
    assert _line(line) == []


# ── cells ────────────────────────────────────────────────────────────────────────────────────


def test_a_cell_names_bodies_one_behind_the_other() -> None:
    assert _cell("European Commission Member States MAOC-N Europol Frontex EMCDDA") == [
        ("european-commission", "European Commission"),
        ("member-states", "Member States"),
        ("maoc-n", "MAOC-N"),
        ("europol", "Europol"),
        ("frontex", "Frontex"),
        ("emcdda", "EMCDDA"),
    ]


def test_the_rest_of_a_cut_cell_goes_on() -> None:
    assert [actor for actor, _ in _cell("European Commission Europol EMCDDA", "Frontex")] == [
        "european-commission",
        "europol",
        "emcdda",
        "frontex",
    ]


def test_an_unknown_body_of_a_cell_is_what_is_left_over() -> None:
    assert _cell("Moon Police Europol Sea Police") == [
        ("", "Moon Police"),
        ("europol", "Europol"),
        ("", "Sea Police"),
    ]


def test_a_cell_with_a_body_a_line_takes_each_line_as_one() -> None:
    assert _cell("Europa-Kommissionen", "Måne Politi", "EMCDDA", separate=True, code="da") == [
        ("european-commission", "Europa-Kommissionen"),
        ("", "Måne Politi"),
        ("emcdda", "EMCDDA"),
    ]
