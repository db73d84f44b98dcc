"""Dates and money as the documents write them, never more precise than the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drugpolicy_kg.extraction.dates import DateReader
from tests.conftest import knowledge

EN = DateReader(knowledge().languages["en"])
DA = DateReader(knowledge().languages["da"])


def _dates(text: str, reader: DateReader = EN) -> list[tuple[str, str]]:
    return [(when.due_start, when.due_end) for when in reader.dates(text)]


def _money(text: str, reader: DateReader = EN) -> list[tuple[str, str]]:
    return [(money.amount, money.currency) for money in reader.money(text)]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        # the end alone
        ("partnerships against money laundering by mid-2024.", "", "2024"),
        ("should be reached by 2030", "", "2030"),
        ("by the end of 2025", "", "2025"),
        ("by early 2026", "", "2026"),
        ("by 31 December 2027", "", "2027-12-31"),
        ("by June 2026", "", "2026-06"),
        ("before 2 July 2024", "", "2024-07-02"),
        ("until 2027", "", "2027"),
        ("no later than 2028", "", "2028"),
        ("(by mid-2026)", "", "2026"),
        # the start alone
        ("flight information from EUROCONTROL as of 2026.", "2026", ""),
        ("as from 2 July 2024", "2024-07-02", ""),
        ("from spring 2026", "2026", ""),
        ("since 2021", "2021", ""),
        # both
        ("will be presented in 2024", "2024", "2024"),
        ("in the first half of 2024", "2024", "2024"),
        ("in early 2024", "2024", "2024"),
        ("on 2 July 2024", "2024-07-02", "2024-07-02"),
        ("are to be implemented in 2024 and 2025", "2024", "2025"),
        ("for 2024-2025", "2024", "2025"),
        ("in 2024 – 2026", "2024", "2026"),
        ("from 2024 to 2027", "2024", "2027"),
        ("between 2024 and 2026", "2024", "2026"),
        ("In October 2025", "2025-10", "2025-10"),
    ],
)
def test_an_english_date_is_as_precise_as_its_words(text: str, start: str, end: str) -> None:
    assert _dates(text) == [(start, end)]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("senest i 2026", "", "2026"),
        ("inden udgangen af 2025", "", "2025"),
        ("senest den 31. december 2025", "", "2025-12-31"),
        ("fra og med 2024", "2024", ""),
        ("i begyndelsen af 2021", "2021", "2021"),
        ("i 2024 og 2025", "2024", "2025"),
        ("fra 2024 til 2027", "2024", "2027"),
        ("i maj 2031", "2031-05", "2031-05"),
    ],
)
def test_a_danish_date_is_as_precise_as_its_words(text: str, start: str, end: str) -> None:
    assert _dates(text, DA) == [(start, end)]


@pytest.mark.parametrize(
    "text",
    [
        "Directive (EU) 2019/1153",
        "Framework Decision 2004/757/JHA",
        "COM(2020) 606",
        "COM/2021/170 final",
        "the 2030agenda",
        "in 2024.5 cases",
        "1 781 arrests",
        "on 32 May 2024",
    ],
)
def test_a_number_that_is_no_date_is_none(text: str) -> None:
    assert _dates(text) == []


def test_a_day_that_no_calendar_has_is_no_date() -> None:
    assert "2026-02-30" not in {end for _, end in _dates("by 30 February 2026")}


@pytest.mark.parametrize(
    ("text", "led"),
    [("by 2026", True), ("in May 2026", True), ("the 2026 report", False), ("May 2026", False)],
)
def test_a_preposition_leads_to_a_date_or_does_not(text: str, led: bool) -> None:  # noqa: FBT001
    assert [when.led for when in EN.dates(text)] == [led]


def test_the_words_of_a_date_include_what_makes_it_vague() -> None:
    text = "It will report by the end of 2025, and later."
    (when,) = EN.dates(text)
    assert text[when.start : when.end] == "by the end of 2025"


def test_only_the_asked_stretch_is_read() -> None:
    text = "in 2024. And in 2026."
    assert [w.due_end for w in EN.dates(text, 8)] == ["2026"]
    assert [w.due_end for w in EN.dates(text, 0, 8)] == ["2024"]


@given(st.integers(2000, 2099), st.integers(1, 12))
def test_every_month_is_its_number(year: int, month: int) -> None:
    for code, lead in (("en", "in"), ("da", "i")):
        words = knowledge().languages[code]
        text = f"{lead} {words.dates.months[month - 1]} {year}"
        iso = f"{year}-{month:02d}"
        assert _dates(text, DateReader(words)) == [(iso, iso)]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Brussels, 24.7.2020", ("24", "7", "2020")),
        ("Brussels, 4.12.2025", ("4", "12", "2025")),
        ("Brussels, 27.10.2022 (SWD/2022. 347 final)", ("27", "10", "2022")),
    ],
)
def test_the_date_on_a_cover_is_day_month_year(text: str, date: tuple[str, ...]) -> None:
    found = EN.cover_date(text)
    assert found is not None
    assert found.groups() == date


def test_a_year_in_prose_is_no_date_on_a_cover() -> None:
    assert EN.cover_date("in Brussels in 2024") is None


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2021-2025", (2021, 2025)),
        ("2024 and 2025", (2024, 2025)),
        ("2022", (2022, 2022)),
        ("Ongoing", None),
    ],
)
def test_the_years_of_a_period_are_its_first_and_last(
    text: str, years: tuple[int, int] | None
) -> None:
    assert EN.years(text) == years


# ── money ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("EUR 2 million for 2024-2025", "2000000", "EUR"),
        ("more than EUR 45 million", "45000000", "EUR"),
        ("EUR 6.4 million", "6400000", "EUR"),
        ("EUR 0.5 million", "500000", "EUR"),
        ("EUR 1 500 000", "1500000", "EUR"),
        ("EUR 1,500,000", "1500000", "EUR"),
        ("€2.5 billion", "2500000000", "EUR"),
        ("€ 300", "300", "EUR"),
        ("200 million euro", "200000000", "EUR"),
        ("12 million EUR", "12000000", "EUR"),
        ("200 million €", "200000000", "EUR"),
        ("200 €, and", "200", "EUR"),
        ("EUR 10.50", "10.5", "EUR"),
        ("USD 3 thousand", "3000", "USD"),
        ("EUR 1 000 000.50", "1000000.5", "EUR"),
        ("1,234.56 EUR", "1234.56", "EUR"),
    ],
)
def test_an_amount_is_a_plain_number(text: str, amount: str, currency: str) -> None:
    assert _money(text) == [(amount, currency)]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2,5 mio. EUR", "2500000"),
        ("5 mio. EUR", "5000000"),
        ("1 mia. EUR", "1000000000"),
        ("mere end 45 millioner euro", "45000000"),
        ("EUR 1 500 000", "1500000"),
        ("1.500.000 EUR", "1500000"),
    ],
)
def test_a_danish_amount_is_a_plain_number(text: str, amount: str) -> None:
    assert _money(text, DA) == [(amount, "EUR")]


@pytest.mark.parametrize("text", ["400 financial investigations", "6 558 arrests", "5 million"])
def test_a_number_without_a_currency_is_no_money(text: str) -> None:
    assert _money(text) == []


def test_the_words_of_an_amount_include_more_than() -> None:
    text = "allocating more than EUR 45 million to scanners"
    (money,) = EN.money(text)
    assert text[money.start : money.end] == "more than EUR 45 million"


@given(st.integers(0, 10**12))
def test_a_whole_amount_reads_back(value: int) -> None:
    assert _money(f"EUR {value}") == [(str(value), "EUR")]
    assert _money(f"EUR {value:,}") == [(str(value), "EUR")]
    assert _money(f"EUR {value:,}".replace(",", " ")) == [(str(value), "EUR")]
