"""The three plans hold what a second reader, who saw neither code nor output, wrote down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import REAL_PLANS, TESTS, csv_rows

if TYPE_CHECKING:
    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.pipeline import PlanResult
    from drugpolicy_kg.plan import Action, Plan, Readings, Source

    Plans = dict[str, PlanResult]

EXPECTED = TESTS / "expected"
BILINGUAL = "com-2020-606"


def _words(readings: Readings, language: str = "en") -> str:
    return next((r.text for r in readings if r.language == language), "")


def _actions(plans: Plans) -> dict[tuple[str, str], Action]:
    return {
        (name, str(action.number)): action
        for name, result in plans.items()
        for action in result.plan.actions
    }


def test_eighteen_priorities_have_titles_areas_and_pillars(real_plans: Plans) -> None:
    found = {
        (name, str(priority.number)): priority
        for name, result in real_plans.items()
        for priority in result.plan.priorities
    }
    rows = csv_rows(EXPECTED / "priorities.csv")
    assert len(rows) == len(found) == 18
    for row in rows:
        priority = found[row["plan"], row["number"]]
        assert _words(priority.title) == row["title_en"]
        assert _words(priority.title, "da") == row["title_da"]
        assert priority.area == row["area"]
        assert "; ".join(map(str, priority.pillars)) == row["pillars"]
        assert real_plans[row["plan"]].definition.priority_kind == row["kind"]


def test_eighty_nine_actions_have_codes_titles_timetables_and_items(real_plans: Plans) -> None:
    found = _actions(real_plans)
    rows = csv_rows(EXPECTED / "actions.csv")
    assert len(rows) == len(found) == 89
    for row in rows:
        action = found[row["plan"], row["number"]]
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
        } == {key: value for key, value in row.items() if key not in {"plan", "number"}}


def test_every_body_of_every_actors_line_is_a_participation(real_plans: Plans) -> None:
    found = [
        (*key, str(part.position), _words(part.wording), _words(part.role), _words(part.qualifier))
        for key, action in _actions(real_plans).items()
        for part in action.participations
    ]
    rows = [
        (r["plan"], r["number"], r["position"], r["wording"], r["role"], r["qualifier"])
        for r in csv_rows(EXPECTED / "participations.csv")
    ]
    assert len(rows) == 308
    assert found == rows


def test_no_body_of_an_actors_line_is_unknown(real_plans: Plans) -> None:
    bodies = [part for action in _actions(real_plans).values() for part in action.participations]
    assert len(bodies) == 308
    assert [part for part in bodies if not part.actor] == []


def test_danish_names_the_same_bodies_in_the_same_order(real_plans: Plans) -> None:
    found = [
        (number, str(part.position), _words(part.wording, "da"))
        for (plan, number), action in _actions(real_plans).items()
        if plan == BILINGUAL
        for part in action.participations
    ]
    rows = [
        (r["number"], r["position"], r["wording"])
        for r in csv_rows(EXPECTED / "participations-da.csv")
    ]
    assert len(rows) == 166
    assert found == rows


def test_english_and_danish_agree_for_all_fifty_three_actions(real_plans: Plans) -> None:
    result = real_plans[BILINGUAL]
    assert len(result.plan.actions) == 53
    assert [f for f in result.findings if f.code.startswith("DP-LNG")] == []


@pytest.mark.parametrize(
    ("file", "language", "count"), [("texts", "en", 89), ("texts-da", "da", 53)]
)
def test_texts_begin_and_end_as_printed(
    real_plans: Plans, file: str, language: str, count: int
) -> None:
    found = _actions(real_plans)
    rows = csv_rows(EXPECTED / f"{file}.csv")
    assert len(rows) == count
    for row in rows:
        text = _words(found[row.get("plan", BILINGUAL), row["number"]].text, language)
        words = text.split()
        first, last = row["first_words"].split(), row["last_words"].split()
        assert words[: len(first)] == first
        assert words[-len(last) :] == last
        if "paragraphs" in row:
            assert len(text.split("\n")) == int(row["paragraphs"])


def test_footnotes_stand_where_their_marks_stand(real_plans: Plans) -> None:
    rows = csv_rows(EXPECTED / "footnotes.csv")
    assert len(rows) == 98
    for row in rows:
        notes = [n for n in real_plans[row["plan"]].plan.footnotes if n.label == row["number"]]
        assert len(notes) == 1
        assert notes[0].where == row["where"]
        first = row["first_words"].split()
        assert _words(notes[0].text, row["lang"]).split()[: len(first)] == first


def test_indicators_name_their_bodies_sources_and_breakdowns(
    real_plans: Plans, authorities: Authorities
) -> None:
    found = {str(i.number): i for i in real_plans[BILINGUAL].plan.indicators}
    rows = csv_rows(EXPECTED / "indicators.csv")
    assert len(rows) == len(found) == 12
    for row in rows:
        indicator = found[row["number"]]
        assert _words(indicator.text) == row["text_en"]
        assert _words(indicator.text, "da") == row["text_da"]
        assert _short(indicator.bodies, authorities) == row["bodies"]
        assert _labels(indicator.data_sources, authorities) == row["data_sources"]
        assert "; ".join(b.thing for b in indicator.breakdowns) == row["breakdowns"]
        assert _words(indicator.periodicity) == row["periodicity"]


def _short(sources: tuple[Source, ...], authorities: Authorities) -> str:
    entries = [authorities.by_id["actors", source.thing] for source in sources]
    return "; ".join(entry.short or entry.names["en"].label for entry in entries)


def _labels(sources: tuple[Source, ...], authorities: Authorities) -> str:
    entries = [authorities.by_id["sources", source.thing] for source in sources]
    return "; ".join(entry.names["en"].label for entry in entries)


def test_plans_state_their_title_date_period_and_counts(real_plans: Plans) -> None:
    for row in csv_rows(EXPECTED / "plans.csv"):
        plan = real_plans[row["plan"]].plan
        assert _words(plan.editions[0].title) == row["title"]
        assert str(plan.adopted) == row["adopted"]
        assert plan.period == (int(row["period_start"]), int(row["period_end"]))
        assert _stated(plan, "priorities") == row["stated_priorities"]
        assert _stated(plan, "actions") == row["stated_actions"]


def _stated(plan: Plan, what: str) -> str:
    counts = {stated.count for stated in plan.stated if stated.what == what}
    assert len(counts) <= 1
    return str(counts.pop()) if counts else ""


@pytest.mark.parametrize("name", REAL_PLANS)
def test_the_quotation_at_the_offsets_equals_the_words(real_plans: Plans, name: str) -> None:
    """Every passage, put together again without markup, holds the words of its reading."""
    result = real_plans[name]
    checked = 0
    for action in result.plan.actions:
        for reading in (*action.text, *action.title):
            document = result.documents[reading.language]
            kept = "".join(
                document.source[i]
                for span in reading.spans
                for i in range(span.start, span.end)
                if not document.is_silent(i)
            )
            assert kept == "".join(reading.text.split())
            checked += 1
    assert checked >= 2 * len(result.plan.actions)


@pytest.mark.parametrize("name", REAL_PLANS)
def test_every_fact_is_shown_and_every_character_accounted_for(
    real_plans: Plans, name: str
) -> None:
    result = real_plans[name]
    assert result.shown == result.facts > 500
    for language, coverage in result.coverage.items():
        assert coverage.total == len(result.documents[language].source)
        assert coverage.used + coverage.prose + coverage.boilerplate == coverage.total
        assert coverage.rests == ()
        assert coverage.used > coverage.total / 2
