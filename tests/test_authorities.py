"""Names in texts become things of the authority tables, the longest name first."""

from __future__ import annotations

import difflib
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drugpolicy_kg.authorities import (
    SHIELDS,
    TABLES,
    Authorities,
    read_authorities,
    read_tables,
)
from drugpolicy_kg.definitions import Entry, Names
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.names import folded
from tests.conftest import ROOT, knowledge

if TYPE_CHECKING:
    from pathlib import Path


def _entry(identifier: str, label: str, *variants: str, short: str = "", da: str = "") -> Entry:
    names = {"en": Names(label=label, variants=variants)}
    if da:
        names["da"] = Names(label=da)
    return Entry(id=identifier, kind="agency", names=names, short=short)


MADE = Authorities(
    {
        "actors": (
            _entry("commission", "Commission", da="Kommissionen"),
            _entry("cnd", "Commission on Narcotic Drugs", short="CND"),
            _entry("council", "Council"),
            _entry("states", "Member States", "member states"),
            _entry("police", "national police", da="politiet"),
        ),
        "places": (_entry("narcotic-island", "Narcotic"),),
        "concepts": (_entry("drugs", "drugs"), _entry("drug", "Drug")),
        "programmes": (_entry("emcn", "EMCN"),),
        "sources": (_entry("emcn-survey", "EMCN"),),
    },
    {"en": ("Council conclusions",)},
    {"en": ("'s", "'"), "da": ("s",)},
)


def _found(text: str, language: str = "en", tables: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(text[f.start : f.end], f.id) for f in MADE.find(text, language, tables)]


def test_the_leftmost_and_longest_name_wins() -> None:
    assert _found("the Commission on Narcotic Drugs met") == [
        ("Commission on Narcotic Drugs", "cnd")
    ]
    assert _found("the Commission met") == [("Commission", "commission")]


def test_a_name_of_another_table_inside_a_longer_one_is_not_found() -> None:
    assert ("Narcotic", "narcotic-island") not in _found("Commission on Narcotic Drugs")
    assert _found("on Narcotic soil") == [("Narcotic", "narcotic-island")]


def test_with_a_table_given_no_name_of_another_stands_in_the_way() -> None:
    text = "the Commission on Narcotic Drugs met"
    assert _found(text, tables=("places",)) == [("Narcotic", "narcotic-island")]


def test_one_name_of_two_tables_is_both() -> None:
    found = MADE.find("by EMCN", "en")
    assert [(f.table, f.id) for f in found] == [("programmes", "emcn"), ("sources", "emcn-survey")]


def test_a_shield_hides_the_names_inside_it() -> None:
    assert _found("see the Council conclusions of 2015") == []
    assert _found("the Council concluded") == [("Council", "council")]


def test_a_shield_is_itself_never_found() -> None:
    assert all(f.table != SHIELDS for f in MADE.find("Council conclusions, Council", "en"))


def test_a_shield_stands_in_no_other_tables_way() -> None:
    assert _found("Council conclusions", tables=("actors",)) == [("Council", "council")]


@pytest.mark.parametrize(
    ("text", "identifiers"),
    [
        ("National Police and NATIONAL POLICE", ["police", "police"]),
        ("the council and the COUNCIL", []),
        ("Member states and MEMBER STATES", ["states", "states"]),
    ],
)
def test_a_name_in_lower_case_is_found_in_any_case_another_only_as_written(
    text: str, identifiers: list[str]
) -> None:
    assert [identifier for _, identifier in _found(text)] == identifiers


@pytest.mark.parametrize("text", ["Commissioner", "Commissions", "subCommission", "CNDs", "xCND"])
def test_names_are_whole_words(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize("text", ["(CND)", "CND's", "CND/Council", "CND-led", "CND."])
def test_signs_beside_a_name_do_not_hide_it(text: str) -> None:
    assert ("CND", "cnd") in _found(text)


def test_a_name_is_found_over_a_line_break_and_other_blanks() -> None:
    assert [i for _, i in _found("Commission on\nNarcotic\u00a0Drugs")] == ["cnd"]


def test_quotes_dashes_and_blanks_that_print_alike_are_alike() -> None:
    assert folded("‘a’ „b“ – — ‑ \u00a0") == "'a' \"b\" - - -  "


@given(st.text(max_size=30))
def test_folding_keeps_every_character_at_its_place(text: str) -> None:
    assert len(folded(text)) == len(text)


@given(
    st.lists(
        st.sampled_from(
            ["Commission", "on", "Narcotic", "Drugs", "İ", "Council", ", ", "national police"]
        )
    )
)
def test_found_names_stand_in_order_and_only_twins_overlap(words: list[str]) -> None:
    found = MADE.find(" ".join(words), "en")
    for before, after in itertools.pairwise(found):
        twins = (before.start, before.end) == (after.start, after.end)
        assert twins or before.end <= after.start


def test_a_letter_that_grows_in_lower_case_moves_no_name() -> None:
    assert _found("İ İ Council") == [("Council", "council")]


# ── whole texts ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "language", "identifier"),
    [
        ("Council", "en", "council"),
        (" Council ", "en", "council"),
        ("Council's", "en", "council"),
        ("Member States'", "en", "states"),
        ("National Police", "en", "police"),
        ("Kommissionens", "da", "commission"),
        ("Kommissionen", "da", "commission"),
        ("CND", "en", "cnd"),
        ("council", "en", ""),
        ("the Council", "en", ""),
        ("Moon Police", "en", ""),
        ("Kommissionen", "en", ""),
        ("", "en", ""),
    ],
)
def test_a_whole_text_names_one_thing_or_nothing(text: str, language: str, identifier: str) -> None:
    assert MADE.exact(text, language, "actors") == identifier


def test_a_whole_text_is_looked_for_in_one_table_only() -> None:
    assert MADE.exact("Narcotic", "en", "actors") == ""
    assert MADE.exact("Narcotic", "en", "places") == "narcotic-island"


def test_a_language_without_names_finds_nothing() -> None:
    assert MADE.find("the Commission", "fr") == []
    assert MADE.exact("Commission", "fr", "actors") == ""


def test_the_nearest_names_are_those_most_like_the_text() -> None:
    assert MADE.nearest("Comission", "en", "actors")[0] == "Commission"
    assert MADE.nearest("zzz", "en", "actors") == []
    assert MADE.nearest("Council", "en", "places") == []
    assert difflib.get_close_matches("Counsil", MADE.nearest("Counsil", "en", "actors"))


def test_a_plans_own_entries_and_shields_are_added_and_the_tables_stay(tmp_path: Path) -> None:
    row = "- id: moon\n  kind: agency\n  names: {en: {label: Moon Police}}\n"
    (tmp_path / "actors.yaml").write_text(row, encoding="utf-8")
    (tmp_path / "shields.yaml").write_text("en: [Council of the Moon]\n", encoding="utf-8")
    more = MADE.with_folder(tmp_path)
    assert more.exact("Moon Police", "en", "actors") == "moon"
    assert more.exact("Council", "en", "actors") == "council"
    assert more.find("Council conclusions of the Council of the Moon", "en") == []
    assert MADE.exact("Moon Police", "en", "actors") == ""
    assert MADE.find("Council of the Moon", "en") != []


def test_a_plan_without_tables_of_its_own_adds_nothing(tmp_path: Path) -> None:
    assert MADE.with_folder(tmp_path / "nowhere") is MADE


# ── the tables of the checkout ───────────────────────────────────────────────────────────────


def test_the_commission_on_narcotic_drugs_is_never_the_commission() -> None:
    text = (
        "The Commission on Narcotic Drugs and the Commission met; UN Commission on Narcotic Drugs"
    )
    found = knowledge().authorities.find(text, "en")
    commissions = [f for f in found if f.id == "european-commission"]
    assert [(f.start, text[f.start : f.end]) for f in commissions] == [
        (text.index("Commission met"), "Commission")
    ]
    assert (
        knowledge().authorities.exact("Commission on Narcotic Drugs", "en", "actors")
        != "european-commission"
    )


def test_the_monitoring_centre_and_the_agency_are_two_and_the_first_became_the_second() -> None:
    actors = knowledge().authorities
    centre = actors.exact("EMCDDA", "en", "actors")
    agency = actors.exact("EUDA", "en", "actors")
    assert (centre, agency) == ("emcdda", "euda")
    assert actors.by_id["actors", centre].successor == agency
    assert str(actors.by_id["actors", agency].since) == "2024-07-02"


@pytest.mark.parametrize(
    ("english", "danish"),
    [
        ("European Commission", "Europa-Kommissionen"),
        ("Member States", "Medlemsstater"),
        ("EEAS", "EU-UDENRIGSTJENESTEN"),
        ("Civil Society Forum on Drugs", "Civilsamfundsforum om narkotika"),
        ("MAOC-N", "MAOC-N"),
    ],
)
def test_a_body_has_its_names_in_both_languages(english: str, danish: str) -> None:
    actors = knowledge().authorities
    found = actors.exact(english, "en", "actors")
    assert found
    assert actors.exact(danish, "da", "actors") == found


def test_every_table_has_entries_and_what_they_refer_to_exists() -> None:
    tables = read_tables(ROOT / "data" / "authorities")
    assert set(tables) == set(TABLES)
    checked = 0
    for table, rows in tables.items():
        known = {row.id for row in rows}
        for row in rows:
            for other in (row.successor, row.predecessor, row.within, row.broader):
                if other:
                    checked += 1
                    assert other in known, f"{table}: {row.id} refers to {other}"
    assert checked > 20


# ── files ────────────────────────────────────────────────────────────────────────────────────


def _write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_an_identifier_that_stands_twice_in_a_table_is_refused(tmp_path: Path) -> None:
    row = "- id: euda\n  kind: agency\n  names: {en: {label: EUDA}}\n"
    folder = _write(tmp_path, "actors", row + row)
    with pytest.raises(DefinitionError, match=r"actors\.yaml: .*found 'euda' twice"):
        read_tables(folder)


def test_one_identifier_may_stand_in_two_tables(tmp_path: Path) -> None:
    row = "- id: euda\n  kind: agency\n  names: {en: {label: EUDA}}\n"
    _write(tmp_path, "actors", row)
    assert set(read_tables(_write(tmp_path, "sources", row))) == {"actors", "sources"}


def test_a_folder_without_tables_holds_none(tmp_path: Path) -> None:
    assert read_tables(tmp_path / "nowhere") == {}
    assert read_authorities(tmp_path, {}).find("Europol", "en") == []
