"""Plans that the program has never seen work by a new folder, without a line of code.

They were written, with the rows expected of them, by somebody who knows the documents but
not the code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg.authorities import read_tables
from tests.conftest import TESTS, csv_rows, knowledge, read_plan

if TYPE_CHECKING:
    from drugpolicy_kg.pipeline import PlanResult
    from drugpolicy_kg.plan import Action, Readings

DOCUMENTS = TESTS / "documents"
PLANS = sorted(path.parent.name for path in DOCUMENTS.glob("*/plan.yaml"))
EDITIONS = [("coastal", "da")]


def _words(readings: Readings, language: str = "en") -> str:
    return next((r.text for r in readings if r.language == language), "")


def _plan(name: str) -> PlanResult:
    return read_plan(DOCUMENTS / name)


def _actions(name: str) -> dict[str, Action]:
    return {str(action.number): action for action in _plan(name).plan.actions}


def _expected(name: str, what: str) -> list[dict[str, str]]:
    return csv_rows(DOCUMENTS / name / f"expected-{what}.csv")


def test_there_are_invented_plans_in_both_layouts() -> None:
    layouts = {_plan(name).definition.layout.name for name in PLANS}
    assert layouts == {"table", "communication"}


@pytest.mark.parametrize("name", PLANS)
def test_priorities_are_those_that_its_author_wrote(name: str) -> None:
    found = {str(p.number): p for p in _plan(name).plan.priorities}
    expected = _expected(name, "priorities")
    assert len(found) == len(expected)
    for row in expected:
        priority = found[row["number"]]
        assert _words(priority.title) == row["title"]
        assert priority.area == row["area"]
        assert "; ".join(str(pillar) for pillar in priority.pillars) == row["pillars"]


@pytest.mark.parametrize("name", PLANS)
def test_actions_are_those_that_its_author_wrote(name: str) -> None:
    found = _actions(name)
    expected = _expected(name, "actions")
    assert len(found) == len(expected)
    for row in expected:
        action = found[row["number"]]
        timetable = action.timetable
        assert timetable is not None
        assert {
            "priority": str(action.priority or ""),
            "area_codes": "; ".join(action.codes),
            "title": _words(action.title),
            "timetable": _words(timetable.readings),
            "start_year": str(timetable.start or ""),
            "end_year": str(timetable.end or ""),
            "ongoing": str(timetable.ongoing).lower(),
            "items": str(len(action.items)),
            "timetable_basis": timetable.basis,
            "title_source": action.title_source,
        } == {key: value for key, value in row.items() if key != "number"}, row["number"]


@pytest.mark.parametrize("name", PLANS)
def test_participations_are_those_that_its_author_wrote(name: str) -> None:
    found = {
        (number, str(part.position)): (
            _words(part.wording),
            _words(part.role),
            _words(part.qualifier),
        )
        for number, action in _actions(name).items()
        for part in action.participations
    }
    expected = {
        (row["number"], row["position"]): (row["wording"], row["role"], row["qualifier"])
        for row in _expected(name, "participations")
    }
    assert found == expected


@pytest.mark.parametrize("name", PLANS)
def test_every_body_is_known_by_the_plans_own_tables(name: str) -> None:
    bodies = [part for action in _actions(name).values() for part in action.participations]
    assert len(bodies) > 10
    assert [part for part in bodies if not part.actor] == []
    own = {
        entry.id
        for rows in read_tables(DOCUMENTS / name / "authorities").values()
        for entry in rows
    }
    assert own & {part.actor for part in bodies}


@pytest.mark.parametrize("name", PLANS)
def test_texts_are_those_that_its_author_wrote(name: str) -> None:
    found = _actions(name)
    expected = _expected(name, "texts")
    assert len(expected) == len(found)
    for row in expected:
        assert _words(found[row["number"]].text) == row["text"].replace("\r\n", "\n")


@pytest.mark.parametrize(("name", "language"), EDITIONS)
def test_other_editions_read_as_their_author_wrote(name: str, language: str) -> None:
    found = _actions(name)
    for row in csv_rows(DOCUMENTS / name / f"expected-texts.{language}.csv"):
        assert _words(found[row["number"]].text, language) == row["text"]
    for row in csv_rows(DOCUMENTS / name / f"expected-actions.{language}.csv"):
        assert _words(found[row["number"]].title, language) == row["title"]
    for row in csv_rows(DOCUMENTS / name / f"expected-participations.{language}.csv"):
        part = found[row["number"]].participations[int(row["position"]) - 1]
        assert _words(part.wording, language) == row["wording"]


@pytest.mark.parametrize("name", PLANS)
def test_footnotes_stand_where_their_marks_stand(name: str) -> None:
    found = {
        (reading.language, note.label): (note.where, reading.text)
        for note in _plan(name).plan.footnotes
        for reading in note.text
    }
    expected = {
        (row["lang"], row["number"]): (row["where"], row["text"])
        for row in _expected(name, "footnotes")
    }
    assert found == expected


@pytest.mark.parametrize("name", PLANS)
def test_numbered_citations_are_those_that_its_author_wrote(name: str) -> None:
    def act(identifier: str) -> str:
        return re.sub(r" final(/\d+)?$", "", identifier)

    found = sorted(
        (c.where, c.footnote, c.identifier, c.function)
        for c in _plan(name).plan.citations
        if c.identifier and _words(c.wording)
    )
    expected = sorted(
        (row["where"], row["footnote"], act(row["identifier"]), row["function"])
        for row in _expected(name, "citations")
        if row["identifier"]
    )
    assert [row for row in expected if row not in found] == []
    assert [row for row in found if row not in expected] == []


@pytest.mark.parametrize("name", PLANS)
def test_commitments_are_those_that_its_author_wrote(name: str) -> None:
    found = {
        (c.where, c.due_start, c.due_end, c.amount, c.currency)
        for c in _plan(name).plan.commitments
        if _words(c.sentence) and "implemented" not in _words(c.sentence)
    }
    expected = {
        (row["where"], row["due_start"], row["due_end"], row["amount"], row["currency"])
        for row in _expected(name, "commitments")
    }
    assert found == expected


def test_indicators_read_in_both_languages() -> None:
    found = {str(i.number): i for i in _plan("coastal").plan.indicators}
    for row in _expected("coastal", "indicators"):
        assert _words(found[row["number"]].text) == row["text_en"]
        assert _words(found[row["number"]].text, "da") == row["text_da"]


def test_annex_titles_are_kept_beside_those_of_the_body() -> None:
    found = _actions("harbour")
    rows = _expected("harbour", "annex-titles")
    different = [row for row in rows if row["title"] != _words(found[row["number"]].title)]
    assert len(different) >= 5
    for row in rows:
        assert _words(found[row["number"]].annex_title) == row["title"]


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_that_names_itself_by_its_title_cites_nothing(name: str) -> None:
    result = _plan(name)
    title = _words(result.plan.editions[0].title)
    named = [_words(c.wording) for c in result.plan.citations if not c.identifier]
    assert [words for words in named if words in title] == []


@pytest.mark.parametrize("name", PLANS)
def test_nothing_of_an_invented_plan_is_lost(name: str) -> None:
    result = _plan(name)
    assert result.facts == result.shown > 100
    for coverage in result.coverage.values():
        assert coverage.not_modelled == 0


def test_an_unknown_body_is_kept_as_found_and_reported() -> None:
    from drugpolicy_kg.extraction.actors import ActorLines  # noqa: PLC0415
    from tests.texts import text_of  # noqa: PLC0415

    lines = ActorLines(knowledge().languages["en"], knowledge().authorities)
    bodies = lines.of_cell([text_of("European Commission Moon Police Europol")], separate=False)
    assert [(body.actor, str(body.wording)) for body in bodies] == [
        ("european-commission", "European Commission"),
        ("", "Moon Police"),
        ("europol", "Europol"),
    ]
