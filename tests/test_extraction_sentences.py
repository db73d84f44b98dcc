"""Where sentences begin and end, and the items that are counted within them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drugpolicy_kg.extraction.sentences import Sentences
from tests.conftest import knowledge

EN = Sentences(knowledge().languages["en"])
DA = Sentences(knowledge().languages["da"])


def _sentences(text: str, sentences: Sentences = EN) -> list[str]:
    return [text[low:high] for low, high in sentences.bounds(text)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Ensure such services are sensitive to the needs of women e.g. include childcare support.",
        "It uses transfer systems (e.g. Hawala).",
        "See Art. 5 and No. 1920/2006, pp. 132-149, of that act.",
        "MAOC (N) and Europol, i.e. Member States, cf. Annex 2, take part.",
        "They found 3.5 tonnes at 20.30 h.",
        "Follow-up (COM/2023/257 final)…",
        "The plan is to be implemented in 2024 and 2025",
    ],
)
def test_an_abbreviation_or_a_point_in_a_number_ends_no_sentence(sentence: str) -> None:
    assert _sentences(sentence) == [sentence]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Europol will do so.", "The Commission may not."),
        ("Is it enough?", "No!"),
        ("They met in 2024.", "42 networks were found."),
        ("They said “it is enough.”", "“We” agreed."),
        ("(See Annex 2.)", "(And Annex 3.)"),
        ("It is done in Denmark.", "Østersøen is next."),
        ("Consider it.", "(i) Encourage it; (ii) share it."),
        ("The aim is clear…", "Or not."),
    ],
)
def test_two_sentences_are_parted(first: str, second: str) -> None:
    assert _sentences(f"{first} {second}") == [first, second]


def test_a_word_in_lower_case_opens_no_sentence() -> None:
    text = "The tools of eu. networks are used."
    assert _sentences(text) == [text]


@pytest.mark.parametrize(
    "sentence",
    [
        "Se f.eks. Rådets konklusioner nr. 5, jf. Bilag 2, stk. 1, om bl.a. Europol.",
        "Fremme osv. og ca. 200 mio. EUR mv. hvert år.",
    ],
)
def test_danish_abbreviations_end_no_sentence(sentence: str) -> None:
    assert _sentences(sentence, DA) == [sentence]


def test_a_line_feed_always_ends_a_sentence() -> None:
    assert _sentences("one without an end\nTwo. Three") == ["one without an end", "Two.", "Three"]


def test_the_first_sentence_has_its_full_stop() -> None:
    text = "Consider further (e.g. X). Then more."
    low, high = EN.first(text)
    assert text[low:high] == "Consider further (e.g. X)."


def test_a_text_without_an_end_is_one_sentence() -> None:
    assert EN.first("no end here") == (0, len("no end here"))
    assert EN.first("") == (0, 0)
    assert EN.bounds(" \n ") == ()


@given(st.text("aB. \n(!)", max_size=40))
def test_sentences_stand_in_order_and_hold_every_word(text: str) -> None:
    bounds = EN.bounds(text)
    cursor = 0
    for low, high in bounds:
        assert cursor <= low < high <= len(text)
        assert not text[cursor:low].strip()
        assert text[low:high] == text[low:high].strip()
        cursor = high
    assert not text[cursor:].strip()
