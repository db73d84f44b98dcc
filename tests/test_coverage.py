"""What became of every character of a document."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg import coverage
from drugpolicy_kg.document import Block, BlockKind, Document
from drugpolicy_kg.evidence import Span
from drugpolicy_kg.plan import Edition, Footnote, Plan, Reading, Readings, Section
from tests.conftest import REAL_PLANS

if TYPE_CHECKING:
    from drugpolicy_kg.pipeline import PlanResult

SOURCE = "A plan\n\nSome prose here.\n---\nNobody reads this line.\n¹ A note.\nHead\n"


def _read(words: str, language: str = "en") -> Readings:
    start = SOURCE.index(words)
    return (Reading(language, words, (Span(start, start + len(words)),)),)


def _plan() -> Plan:
    return Plan(
        id="made",
        version="final",
        adopted=datetime.date(2031, 1, 2),
        reference="en",
        editions=(Edition("en", "made.txt", "a" * 64, _read("A plan")),),
        sections=(Section("cover", (), _read("Some prose here.")),),
        footnotes=(Footnote("1", "cover", _read("A note.")),),
        column_heads=_read("Head"),
    )


def _document() -> Document:
    rule, mark = SOURCE.index("---"), SOURCE.index("¹")
    blocks = (Block(BlockKind.RULE, Span(rule, rule + 3)),)
    return Document("made.txt", SOURCE, blocks, (Span(mark, mark + 1),))


def test_a_line_that_nothing_models_is_listed_with_its_place() -> None:
    found = coverage.of(_document(), _plan(), "en")
    assert {rest.line for rest in found.rests} == {5}
    listed = " ".join(rest.words for rest in found.rests)
    for word in ("Nobody", "reads", "this", "line"):
        assert word in listed
    for rest in found.rests:
        assert rest.reason
        assert SOURCE[rest.span.start : rest.span.end].startswith(rest.words)


def test_a_line_that_nothing_models_is_one_stretch() -> None:
    (rest,) = coverage.of(_document(), _plan(), "en").rests
    assert rest.words.rstrip(".") == "Nobody reads this line"


def test_the_four_sorts_add_up_to_the_document() -> None:
    found = coverage.of(_document(), _plan(), "en")
    assert found.total == len(SOURCE)
    assert found.used == len("A plan") + len("A note.")
    assert found.prose == len("Some prose here.")
    assert found.used + found.prose + found.boilerplate + found.not_modelled == found.total
    assert found.not_modelled >= len("Nobodyreadsthisline")


def test_a_fact_within_the_prose_of_a_section_is_used() -> None:
    plan = _plan()
    titled = Plan(
        id="made",
        version="final",
        adopted=plan.adopted,
        reference="en",
        editions=(Edition("en", "made.txt", "a" * 64, _read("prose")),),
        sections=plan.sections,
    )
    found = coverage.of(_document(), titled, "en")
    assert (found.used, found.prose) == (len("prose"), len("Some  here."))


def test_readings_of_another_language_use_nothing_here() -> None:
    found = coverage.of(_document(), _plan(), "da")
    assert (found.used, found.prose) == (0, 0)
    assert {rest.line for rest in found.rests} == {1, 3, 5, 6, 7}


def test_markup_rules_and_column_heads_are_boilerplate() -> None:
    found = coverage.of(_document(), _plan(), "en")
    assert all(rest.words not in {"---", "¹", "Head"} for rest in found.rests)


def test_an_empty_plan_models_nothing() -> None:
    empty = Document("made.txt", "", ())
    found = coverage.of(empty, _plan(), "da")
    assert (found.total, found.used, found.not_modelled, found.rests) == (0, 0, 0, ())


@pytest.mark.parametrize("name", REAL_PLANS)
def test_every_character_of_the_real_plans_is_accounted_for(
    name: str, real_plans: dict[str, PlanResult]
) -> None:
    result = real_plans[name]
    assert result.coverage
    for code, found in result.coverage.items():
        assert found.total == len(result.documents[code].source)
        assert found.not_modelled == 0
        assert found.boilerplate < found.total / 10
