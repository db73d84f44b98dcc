"""The saved queries answer with the rows that a second reader wrote down."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

from drugpolicy_kg import resources
from drugpolicy_kg.queries import SavedQuery, load_queries
from drugpolicy_kg.results import Rows, from_sparql_json, text
from drugpolicy_kg.store import Question
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import by_name
from tests.conftest import TESTS, csv_rows

if TYPE_CHECKING:
    from drugpolicy_kg.authorities import Authorities

EXPECTED = TESTS / "expected"


@cache
def _store() -> EmbeddedStore:
    return EmbeddedStore.load(resources.graphs())


@cache
def _queries() -> dict[str, SavedQuery]:
    return load_queries(resources.public_queries())


def ask(name: str, **values: str) -> list[dict[str, str]]:
    """Return the rows of a saved query as texts."""
    query = _queries()[name]
    rows = _rows(query.sparql({key.replace("_", "-"): value for key, value in values.items()}))
    assert rows.columns == tuple(query.columns)
    return [{key: text(cell) for key, cell in row.items()} for row in rows.dictionaries()]


def _rows(sparql: str) -> Rows:
    target = io.BytesIO()
    _store().answer(Question(sparql, by_name("json")), target)
    return from_sparql_json(target.getvalue())


def _picked(rows: list[dict[str, str]], columns: list[str]) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


def test_actions_gives_eighty_nine_rows_as_read() -> None:
    columns = [
        "plan",
        "number",
        "priority",
        "area_codes",
        "title",
        "timetable",
        "start_year",
        "end_year",
        "ongoing",
        "items",
        "timetable_basis",
        "title_source",
    ]
    expected = csv_rows(EXPECTED / "actions.csv")
    assert len(expected) == 89
    assert _picked(ask("actions"), columns) == _picked(expected, columns)


def test_actions_join_the_labels_of_their_bodies_in_order() -> None:
    labels: dict[tuple[str, str], list[str]] = {}
    for row in ask("participations"):
        labels.setdefault((row["plan"], row["number"]), []).append(row["actor_label"])
    rows = ask("actions")
    assert len(rows) == len(labels) == 89
    for row in rows:
        assert row["actors"] == "; ".join(labels[row["plan"], row["number"]])


def test_participations_gives_every_body_as_read() -> None:
    columns = ["plan", "number", "position", "role", "wording", "qualifier"]
    expected = csv_rows(EXPECTED / "participations.csv")
    assert len(expected) == 308
    assert _picked(ask("participations"), columns) == _picked(expected, columns)


def test_participations_in_danish_have_danish_words_and_labels() -> None:
    rows = ask("participations", plan="com-2020-606", lang="da")
    expected = csv_rows(EXPECTED / "participations-da.csv")
    columns = ["number", "position", "wording"]
    assert _picked(rows, columns) == _picked(expected, columns)
    assert rows[0]["actor_label"] == "Europa-Kommissionen"
    assert {row["role"] for row in rows} == {"Ansvarlig"}


def test_one_row_per_fact_in_every_language() -> None:
    for name in (
        "actions",
        "participations",
        "citations",
        "places",
        "programmes",
        "themes",
        "mentions",
        "commitments",
        "deadlines",
        "indicators",
        "priorities",
        "plans",
    ):
        assert len(ask(name)) == len(ask(name, lang="da")) > 0


def test_priorities_are_as_read() -> None:
    columns = ["plan", "number", "kind", "title_en", "title_da", "area", "pillars"]
    expected = csv_rows(EXPECTED / "priorities.csv")
    assert _picked(ask("priorities"), columns) == _picked(expected, columns)


def test_plans_claim_what_their_text_claims() -> None:
    columns = [
        "plan",
        "title",
        "adopted",
        "period_start",
        "period_end",
        "stated_priorities",
        "stated_actions",
    ]
    rows = ask("plans")
    assert _picked(rows, columns) == _picked(csv_rows(EXPECTED / "plans.csv"), columns)
    assert [(r["priorities"], r["actions"], r["indicators"], r["languages"]) for r in rows] == [
        ("8", "53", "12", "en; da"),
        ("4", "17", "0", "en"),
        ("6", "19", "0", "en"),
    ]
    # The number of the third is derived by rule and asserted nowhere.
    assert [r["celex"] for r in rows] == ["52020DC0606(01)", "52023DC0641", ""]


def test_indicators_are_as_read(authorities: Authorities) -> None:
    expected = csv_rows(EXPECTED / "indicators.csv")
    rows = ask("indicators")
    columns = ["number", "text_en", "text_da", "data_sources", "breakdowns", "periodicity"]
    assert _picked(rows, columns) == _picked(expected, columns)
    full = {
        entry.short or entry.names["en"].label: entry.names["en"].label
        for entry in authorities.entries["actors"]
    }
    for row, wanted in zip(rows, expected, strict=True):
        names = [full[name] for name in wanted["bodies"].split("; ") if name]
        assert row["bodies"] == "; ".join(names)


def test_action_texts_give_the_lines_of_the_text_alone() -> None:
    rows = {(r["plan"], r["number"]): r for r in ask("action-texts")}
    assert len(rows) == 89
    # Read in the sources: a row cut by footnotes, a row of one line, prose over two pages.
    assert (rows["com-2020-606", "18"]["first_line"], rows["com-2020-606", "18"]["last_line"]) == (
        "64",
        "66",
    )
    assert (rows["com-2020-606", "3"]["first_line"], rows["com-2020-606", "3"]["last_line"]) == (
        "37",
        "37",
    )
    assert (rows["com-2023-641", "8"]["first_line"], rows["com-2023-641", "8"]["last_line"]) == (
        "308",
        "312",
    )
    danish = ask("action-texts", lang="da")
    assert len(danish) == 53
    assert {row["plan"] for row in danish} == {"com-2020-606"}
    assert "ma3tch" in rows["com-2023-641", "6"]["text"]


def test_workload_counts_what_the_readers_rows_count(authorities: Authorities) -> None:
    counts: dict[tuple[str, str], set[str]] = {}
    for row in csv_rows(EXPECTED / "participations.csv"):
        actor = authorities.exact(row["wording"], "en", "actors")
        counts.setdefault((row["plan"], actor), set()).add(row["number"])
    rows = ask("actor-workload")
    assert {(r["plan"], r["actor"]): int(r["actions"]) for r in rows} == {
        key: len(numbers) for key, numbers in counts.items()
    }


def test_a_body_and_its_successor_can_count_as_one() -> None:
    apart = {(r["plan"], r["actor"]): r["actions"] for r in ask("actor-workload")}
    merged = {
        (r["plan"], r["actor"]): r["actions"]
        for r in ask("actor-workload", merge_successors="true")
    }
    assert ("com-2020-606", "emcdda") in apart
    assert ("com-2020-606", "emcdda") not in merged
    assert merged["com-2020-606", "euda"] == apart["com-2020-606", "emcdda"]
    assert merged["com-2025-744", "euda"] == apart["com-2025-744", "euda"]


def test_co_participation_counts_pairs_once_and_in_order() -> None:
    by_action: dict[tuple[str, str], set[str]] = {}
    for row in ask("participations"):
        by_action.setdefault((row["plan"], row["number"]), set()).add(row["actor"])
    counts: dict[tuple[str, str, str], int] = {}
    for (plan, _), actors in by_action.items():
        for a in actors:
            for b in actors:
                if a < b:
                    counts[plan, a, b] = counts.get((plan, a, b), 0) + 1
    rows = ask("co-participation")
    assert {(r["plan"], r["actor_a"], r["actor_b"]): int(r["actions"]) for r in rows} == counts
    assert len(rows) == len(counts) > 100


def test_parameters_narrow_the_rows() -> None:
    actions = csv_rows(EXPECTED / "actions.csv")
    bodies = csv_rows(EXPECTED / "participations.csv")
    plan = "com-2020-606"
    in_2022 = [
        row
        for row in actions
        if row["plan"] == plan
        and row["start_year"]
        and int(row["start_year"]) <= 2022 <= int(row["end_year"])
    ]
    frontex = [r for r in bodies if r["plan"] == plan and r["wording"] == "Frontex"]
    assert 0 < len(in_2022) < 53
    assert len(frontex) > 5
    assert len(ask("actions", plan=plan, year="2022")) == len(in_2022)
    assert len(ask("actions", plan=plan, actor="frontex")) == len(frontex)
    assert len(ask("participations", plan=plan, actor="frontex")) == len(frontex)
    assert len(ask("actions", plan=plan, action="10")) == 1
    assert len(ask("actions", plan="com-2023-641")) == 17
    assert len(ask("priorities", plan="com-2025-744")) == 6


def test_dialogues_of_action_ten_are_as_printed() -> None:
    rows = ask("places", plan="com-2020-606", action="10")
    assert [(row["place"], row["role"]) for row in rows] == [
        ("western-balkans", "dialogue"),
        ("eastern-partnership", "dialogue"),
        ("central-asia", "dialogue"),
        ("russia", "dialogue"),
        ("united-states", "dialogue"),
        ("latin-america", "dialogue"),
        ("caribbean", "dialogue"),
        ("china", "dialogue-new"),
        ("iran", "dialogue-new"),
        ("colombia", "dialogue-new"),
    ]


def test_deadlines_of_2026_hold_promises_and_periods_but_no_single_year() -> None:
    rows = ask("deadlines", year="2026")
    assert {row["basis"] for row in rows} == {"commitment", "plan"}
    promised = [(row["plan"], row["where"]) for row in rows if row["basis"] == "commitment"]
    assert promised == [
        ("com-2023-641", "action 8"),
        ("com-2025-744", "action 1"),
        ("com-2025-744", "action 1"),
        ("com-2025-744", "action 1"),
        ("com-2025-744", "action 5"),
        ("com-2025-744", "action 7"),
        ("com-2025-744", "action 12"),
        ("com-2025-744", "action 16"),
    ]
    assert "single-year" not in {row["basis"] for row in ask("deadlines", year="2021")}
    single = ask("deadlines", year="2021", single_years="true")
    # Counted in the document: actions 13 to 18, 22, 23, 37 to 39, 43, 44, 48 and 52.
    numbers = [13, 14, 15, 16, 17, 18, 22, 23, 37, 38, 39, 43, 44, 48, 52]
    assert [row["where"] for row in single if row["basis"] == "single-year"] == [
        f"action {number}" for number in numbers
    ]
