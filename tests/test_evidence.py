"""Ranges of a source and positions in it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drugpolicy_kg.evidence import Position, Span, merged

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 10)).map(lambda row: Span(row[0], sum(row))),
    max_size=8,
)


def _covered(spans: tuple[Span, ...] | list[Span]) -> set[int]:
    return {index for span in spans for index in range(span.start, span.end)}


def test_a_span_is_half_open() -> None:
    assert len(Span(3, 8)) == 5
    assert Span(3, 8).contains(Span(3, 8))
    assert not Span(3, 8).contains(Span(3, 9))
    assert not Span(3, 8).contains(Span(2, 4))


def test_spans_that_only_touch_do_not_overlap() -> None:
    assert not Span(0, 3).overlaps(Span(3, 5))
    assert Span(0, 4).overlaps(Span(3, 5))
    assert Span(3, 5).overlaps(Span(0, 4))


def test_a_position_reads_as_people_say_it() -> None:
    assert str(Position(12, 3)) == "line 12, column 3"
    assert Position(2, 9) < Position(3, 1)


def test_nothing_merges_to_nothing() -> None:
    assert merged([]) == ()


def test_a_span_inside_another_is_swallowed() -> None:
    assert merged([Span(0, 9), Span(2, 4)]) == (Span(0, 9),)


@given(SPANS)
def test_merged_spans_cover_the_same_characters_in_order_with_gaps(spans: list[Span]) -> None:
    result = merged(spans)
    assert _covered(result) == _covered(spans)
    for before, after in pairwise(result):
        assert before.end < after.start
