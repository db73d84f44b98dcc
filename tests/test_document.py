"""Texts whose characters know their place, blocks, and the passages of a document."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drugpolicy_kg.document import NOWHERE, Block, BlockKind, Document, Mark, Text
from drugpolicy_kg.evidence import Position, Span
from tests.texts import text_of

#: Words with markup, blanks, line feeds and letters outside of ASCII.
SOURCES = st.text(alphabet="ab *\nø²", min_size=1, max_size=40)


def _document(source: str, *markup: Span) -> Document:
    return Document("made.txt", source, (), tuple(markup))


def _marked(words: str, *indices: int) -> Text:
    marks = tuple(Mark(index, str(index), Span(0, 1)) for index in indices)
    return Text(words, tuple(range(len(words))), marks)


def _labels(text: Text) -> list[tuple[str, int]]:
    return [(mark.label, mark.index) for mark in text.marks]


# ── Text ─────────────────────────────────────────────────────────────────────────────────────


def test_a_text_needs_a_place_for_every_character() -> None:
    with pytest.raises(ValueError, match="2 characters with 1 offsets"):
        Text("ab", (0,))


def test_an_empty_text_is_false_and_has_no_length() -> None:
    assert not Text("", ())
    assert len(Text("", ())) == 0
    assert text_of("x")


def test_cut_keeps_the_places_of_its_characters() -> None:
    part = text_of("Main actors: Europol").cut(13)
    assert str(part) == "Europol"
    assert part.offsets == tuple(range(13, 20))


def test_a_mark_belongs_to_the_words_before_it() -> None:
    text = _marked("SOCTA 2021", 5)
    assert _labels(text.cut(0, 5)) == [("5", 5)]
    assert _labels(text.cut(5)) == []


def test_a_mark_at_the_beginning_of_a_text_stays_with_what_follows() -> None:
    assert _labels(_marked("See", 0).cut(0, 2)) == [("0", 0)]


@given(st.text("ab ", max_size=12), st.data())
def test_cutting_a_text_in_two_loses_no_character_and_no_mark(
    words: str, data: st.DataObject
) -> None:
    indices = data.draw(st.lists(st.integers(0, len(words)), max_size=4))
    text = _marked(words, *indices)
    place = data.draw(st.integers(min(1, len(words)), len(words)))
    first, second = text.cut(0, place), text.cut(place)
    assert first.value + second.value == words
    assert first.offsets + second.offsets == text.offsets
    if place:
        assert len(first.marks) + len(second.marks) == len(text.marks)


def test_strip_drops_blanks_and_moves_marks_to_the_ends() -> None:
    text = _marked("  a b \t", 0, 3, 7).strip()
    assert str(text) == "a b"
    assert text.offsets == (2, 3, 4)
    assert _labels(text) == [("0", 0), ("3", 1), ("7", 3)]


def test_strip_of_blanks_alone_is_empty_and_keeps_the_mark() -> None:
    text = _marked("   ", 2).strip()
    assert (str(text), text.offsets, _labels(text)) == ("", (), [("2", 0)])


def test_join_puts_the_separator_nowhere() -> None:
    joined = Text.join([text_of("ab"), _marked("cd", 1)], ", ")
    assert str(joined) == "ab, cd"
    assert joined.offsets == (0, 1, NOWHERE, NOWHERE, 0, 1)
    assert _labels(joined) == [("1", 5)]


def test_join_puts_no_separator_before_the_first_words() -> None:
    assert str(Text.join([Text("", ()), text_of("ab")], " ")) == "ab"


def test_join_of_nothing_is_empty() -> None:
    assert Text.join([], " ") == Text("", ())


# ── Block ────────────────────────────────────────────────────────────────────────────────────


def test_the_text_of_a_row_is_its_cells_that_are_not_empty() -> None:
    cells = (text_of("Action 1"), Text("", ()), text_of("2021"))
    assert str(Block(BlockKind.ROW, Span(0, 1), cells).text) == "Action 1 2021"


def test_a_rule_has_no_text() -> None:
    assert not Block(BlockKind.RULE, Span(0, 3)).text


# ── Document ─────────────────────────────────────────────────────────────────────────────────


def test_lines_and_columns_count_from_one() -> None:
    document = _document("øl\n\nvin")
    assert document.position(0) == Position(1, 1)
    assert document.position(1) == Position(1, 2)
    assert document.position(2) == Position(1, 3)
    assert document.position(3) == Position(2, 1)
    assert document.position(6) == Position(3, 3)


def test_offsets_count_code_points_not_bytes() -> None:
    document = _document("𝄞ø—x\ny")
    assert document.quote(Span(3, 4)) == "x"
    assert document.position(5) == Position(2, 1)


def test_a_passage_runs_on_over_markup_and_blanks() -> None:
    document = _document("by **mid-2024**, at", Span(3, 5), Span(13, 15))
    text = Text("by mid-2024, at", (*range(3), *range(5, 13), *range(15, 19)))
    assert document.spans(text) == (Span(0, 19),)


def test_a_passage_breaks_where_words_stand_between() -> None:
    document = _document("police FOOTNOTE help")
    text = Text("police help", (*range(6), NOWHERE, *range(16, 20)))
    assert [document.quote(span) for span in document.spans(text)] == ["police", "help"]


def test_passages_follow_the_order_of_reading() -> None:
    document = _document("last first")
    text = Text("first last", (*range(5, 10), NOWHERE, *range(4)))
    assert document.spans(text) == (Span(5, 10), Span(0, 4))


def test_words_that_stand_nowhere_have_no_passage() -> None:
    assert _document("x").spans(Text(", ", (NOWHERE, NOWHERE))) == ()
    assert _document("x").spans(Text("", ())) == ()


@given(SOURCES, st.data())
def test_passages_hold_the_kept_characters_and_beside_them_only_blanks_and_markup(
    source: str, data: st.DataObject
) -> None:
    markup = [Span(i, i + 1) for i, character in enumerate(source) if character == "*"]
    document = _document(source, *markup)
    visible = [i for i, character in enumerate(source) if character != "*"]
    kept = data.draw(st.lists(st.sampled_from(visible), unique=True)) if visible else []
    kept.sort()
    text = Text("".join(source[i] for i in kept), tuple(kept))
    spans = document.spans(text)
    inside = [i for span in spans for i in range(span.start, span.end)]
    assert set(kept) <= set(inside)
    assert len(inside) == len(set(inside))
    assert all(document.is_silent(i) for i in inside if i not in kept)
    for span in spans:
        assert span.start in kept
        assert span.end - 1 in kept
    for before, after in pairwise(spans):
        assert any(not document.is_silent(i) for i in range(before.end, after.start))
