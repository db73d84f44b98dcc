"""What an indicator is measured by, read from the indicators as they are printed."""

from __future__ import annotations

import pytest

from drugpolicy_kg.extraction.indicators import IndicatorReader
from tests.conftest import TESTS as FOLDER
from tests.conftest import csv_rows, knowledge
from tests.texts import text_of

EN = IndicatorReader(knowledge().languages["en"], knowledge().authorities)
DA = IndicatorReader(knowledge().languages["da"], knowledge().authorities)
PRINTED = {row["number"]: row for row in csv_rows(FOLDER / "expected" / "indicators.csv")}


def _sources(words: str, reader: IndicatorReader = EN) -> tuple[list[str], list[str]]:
    found = list(reader.sources(text_of(words)))
    return (
        [thing for table, thing, _ in found if table == "actors"],
        [str(text) for table, _, text in found if table == "sources"],
    )


def _breakdowns(words: str, reader: IndicatorReader = EN) -> list[str]:
    return [kind for kind, _ in reader.breakdowns(text_of(words))]


def test_bodies_in_the_brackets_measure_and_those_before_do_not() -> None:
    bodies, _ = _sources("Trends in drugs seen by Frontex. (Europol, EMCDDA and targeted sources)")
    assert bodies == ["europol", "emcdda"]


def test_a_body_parted_by_a_slash_is_one_of_two() -> None:
    bodies, _ = _sources("Early Warning System (EMCDDA/Europol) and assessment (EMCDDA)")
    assert bodies == ["emcdda", "europol"]


def test_a_body_inside_the_name_of_a_source_measures_too() -> None:
    bodies, sources = _sources("Percentage of population (EMCDDA General Population Survey)")
    assert bodies == ["emcdda"]
    assert [name for name in sources if name.endswith("General Population Survey")] == sources
    assert len(sources) == 1


def test_a_source_before_the_bracket_is_named_with_its_acronym() -> None:
    _, sources = _sources(
        "based on the European School Survey Project on Alcohol and Drugs (ESPAD)"
    )
    assert sources == ["European School Survey Project on Alcohol and Drugs (ESPAD)"]


def test_an_indicator_without_brackets_names_no_source() -> None:
    assert _sources("Trends in asset recovery by Europol") == ([], [])


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("use of drugs (lifetime use) by drug and age group", ["drug", "age group"]),
        ("(by age and gender)", ["age", "gender"]),
        ("a clear distinction between small and large seizures", ["size of seizure"]),
        ("Drug Seizure data per substance: cannabis", ["substance"]),
        ("Trends in asset recovery", []),
    ],
)
def test_breakdowns_stand_in_the_order_of_the_words(words: str, expected: list[str]) -> None:
    assert _breakdowns(words) == expected


@pytest.mark.parametrize("number", list(PRINTED))
def test_both_languages_tell_the_same_breakdowns_and_bodies(number: str) -> None:
    row = PRINTED[number]
    assert _breakdowns(row["text_en"]) == _breakdowns(row["text_da"], DA)
    assert len(_sources(row["text_en"])[0]) == len(
        row["bodies"].split("; ") if row["bodies"] else []
    )


@pytest.mark.parametrize(
    ("words", "how_often"),
    [
        ("(two Eurobarometer studies in the beginning of 2021 and in 2024)", "2021"),
        ("Eurostat annual monitoring report", "annual"),
        ("surveys every four years", "every four years"),
    ],
)
def test_periodicity_is_the_words_that_say_how_often(words: str, how_often: str) -> None:
    found = EN.periodicity(text_of(words))
    assert found is not None
    assert how_often in str(found)


def test_an_indicator_that_says_no_periodicity_has_none() -> None:
    assert EN.periodicity(text_of("Trends in asset recovery (Europol)")) is None
