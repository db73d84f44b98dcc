"""The items (i), (ii) … of an action."""

from __future__ import annotations

import pytest

from drugpolicy_kg.extraction.items import items
from drugpolicy_kg.extraction.labels import roman_value
from drugpolicy_kg.extraction.sentences import Sentences
from tests.conftest import knowledge
from tests.texts import text_of


def _items(words: str, code: str = "en") -> list[tuple[str, str]]:
    language = knowledge().languages[code]
    found = items(text_of(words), Sentences(language), language.conjunctions)
    return [(label, str(text)) for label, text in found]


def test_the_items_of_action_5_are_the_four_that_are_printed() -> None:
    text = (
        "Increase the cooperation between tax/customs authorities and law enforcement in order to "
        "(i) enhance investigations, (ii) detect trade based money-laundering activities, (iii) "
        "disrupt criminal activities and (iv) stop profits from drug markets going back into "
        "furthering criminal activities. Member States are encouraged to build their expertise."
    )
    assert _items(text) == [
        ("i", "enhance investigations"),
        ("ii", "detect trade based money-laundering activities"),
        ("iii", "disrupt criminal activities"),
        (
            "iv",
            "stop profits from drug markets going back into furthering criminal activities.",
        ),
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Further: (i) one; (ii) two; and (iii) three.", ["one", "two", "three."]),
        ("(i) One. (ii) Two. (iii) Three. Four.", ["One.", "Two.", "Three."]),
        ("(i) one; and, (ii) two", ["one", "two"]),
        ("by:(i) one (ii) two", ["one", "two"]),
        ("(i) a brand, (ii) a land.", ["a brand", "a land."]),
    ],
)
def test_items_end_before_the_sign_and_word_that_lead_to_the_next(
    words: str, expected: list[str]
) -> None:
    assert [text for _, text in _items(words)] == expected


@pytest.mark.parametrize(
    "words",
    [
        "no items",
        "one label (i) alone",
        "(ii) without a first (iii) one",
        "MAOC(i) and x(ii)",
        "Regulation (v) and (x)",
        "(I) in capitals (II) too",
    ],
)
def test_labels_that_do_not_count_up_from_one_are_no_items(words: str) -> None:
    assert _items(words) == []


def test_a_reference_back_to_an_item_opens_none() -> None:
    assert [label for label, _ in _items("(i) one, (ii) two as in (i) above, (iii) three")] == [
        "i",
        "ii",
        "iii",
    ]


def test_danish_items_have_no_opening_bracket() -> None:
    assert _items("for at i) forbedre den, ii) vanskeliggøre det og iii) stoppe den.", "da") == [
        ("i", "forbedre den"),
        ("ii", "vanskeliggøre det"),
        ("iii", "stoppe den."),
    ]


def test_items_keep_their_places() -> None:
    language = knowledge().languages["en"]
    words = "To (i) x; (ii) y."
    found = items(text_of(words), Sentences(language), language.conjunctions)
    assert [text.offsets for _, text in found] == [(7,), (15, 16)]


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("i", 1), ("iii", 3), ("iv", 4), ("v", 5), ("ix", 9), ("x", 10), ("xiv", 14), ("xix", 19)],
)
def test_roman_numerals_are_their_value(numeral: str, value: int) -> None:
    assert roman_value(numeral) == value
