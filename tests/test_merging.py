"""The editions of a plan become one plan, in whatever order they are given."""

from __future__ import annotations

import datetime
from dataclasses import replace
from itertools import permutations

import pytest

from drugpolicy_kg.evidence import Span
from drugpolicy_kg.merging import merge
from drugpolicy_kg.plan import (
    Action,
    Area,
    Citation,
    Code,
    Commitment,
    Edition,
    Footnote,
    Indicator,
    Item,
    Mention,
    Participation,
    Plan,
    Priority,
    Reading,
    Readings,
    Source,
    StatedCount,
    Timetable,
)


def _read(words: str, language: str) -> Readings:
    return (Reading(language, words, (Span(0, len(words)),)),) if words else ()


def _languages(readings: Readings) -> list[str]:
    return [reading.language for reading in readings]


def _part(language: str, position: int, actor: str, wording: str) -> Participation:
    return Participation(position, actor, _read("Role", language), _read(wording, language))


def _action(language: str, number: int) -> Action:
    return Action(
        number=number,
        priority=1,
        title=_read(f"title {number} {language}", language),
        title_source="heading",
        text=_read(f"text {number} {language}", language),
        label=_read("Label", language),
        codes=("1.1",),
        items=(Item("i", 1, _read("first", language)), Item("ii", 2, _read("second", language))),
        timetable=Timetable("action", _read("2021-2025", language), 2021, 2025),
        participations=(
            _part(language, 1, "european-commission", f"Commission {language}"),
            _part(language, 2, "europol", "Europol"),
        ),
    )


def _plan(language: str) -> Plan:
    return Plan(
        id="com-2031-1",
        version="final",
        adopted=datetime.date(2031, 1, 2),
        reference="en",
        editions=(Edition(language, f"made.{language}.txt", "a" * 64, _read("A plan", language)),),
        areas=(Area("A", _read("area", language)),),
        priorities=(Priority(1, _read("priority", language), area="A"),),
        codes=(Code("1.1", 1, _read("1.1", language)),),
        actions=(_action(language, 1), _action(language, 2)),
        indicators=(
            Indicator(
                1,
                _read("indicator", language),
                bodies=(Source("actors", "europol", _read("Europol", language)),),
            ),
        ),
        footnotes=(Footnote("1", "action 1", _read("note", language)),),
        stated=(StatedCount("actions", 2, "annex", _read("two actions", language)),),
        citations=(
            Citation("action 1", "", 1, "directive", "D 1", "d-1", "cites", _read("D 1", language)),
            Citation("action 1", "", 2, "directive", "D 1", "d-1", "cites", _read("D1", language)),
        ),
        commitments=(
            Commitment("action 1", "", 1, "will", _read("by 2024", language), due_end="2024"),
        ),
        mentions=(Mention("places", "action 1", "iran", "dialogue", _read("Iran", language)),),
    )


def _changed(plan: Plan, **changes: object) -> Plan:
    """Return the plan with its first action changed."""
    first = replace(plan.actions[0], **changes)  # type: ignore[arg-type]
    return replace(plan, actions=(first, *plan.actions[1:]))


# ── joining ──────────────────────────────────────────────────────────────────────────────────


def test_editions_that_agree_become_one_plan_without_a_finding() -> None:
    merged, findings = merge([_plan("en"), _plan("da")])
    assert findings == []
    assert [edition.language for edition in merged.editions] == ["en", "da"]
    action = merged.actions[0]
    for readings in (
        action.title,
        action.text,
        action.label,
        action.items[1].readings,
        action.participations[0].wording,
        action.participations[0].role,
        merged.areas[0].title,
        merged.priorities[0].title,
        merged.codes[0].readings,
        merged.indicators[0].text,
        merged.indicators[0].bodies[0].readings,
        merged.footnotes[0].text,
        merged.stated[0].readings,
        merged.citations[0].wording,
        merged.citations[1].wording,
        merged.commitments[0].sentence,
        merged.mentions[0].wording,
    ):
        assert _languages(readings) == ["en", "da"]
    assert action.timetable is not None
    assert _languages(action.timetable.readings) == ["en", "da"]


def test_no_edition_adds_a_fact_that_another_has() -> None:
    merged, _ = merge([_plan("en"), _plan("da"), _plan("sv")])
    single = _plan("en")
    for name in ("areas", "priorities", "actions", "indicators", "footnotes", "citations"):
        assert len(getattr(merged, name)) == len(getattr(single, name)), name
    assert [len(action.participations) for action in merged.actions] == [2, 2]


@pytest.mark.parametrize("order", list(permutations(["en", "da", "sv"])))
def test_the_order_of_the_editions_changes_nothing(order: tuple[str, ...]) -> None:
    plans = {language: _plan(language) for language in order}
    plans["da"] = _changed(plans["da"], codes=("1.2",))
    assert merge([plans[language] for language in order]) == merge(
        [plans[language] for language in ("en", "da", "sv")]
    )


def test_one_edition_alone_stays_as_it_is() -> None:
    assert merge([_plan("en")]) == (_plan("en"), [])


def test_the_reference_edition_decides_and_stands_first() -> None:
    merged, _ = merge([_plan("da"), _changed(_plan("en"), codes=("1.1", "1.2"))])
    assert merged.editions[0].language == "en"
    assert merged.actions[0].codes == ("1.1", "1.2")


def test_what_only_another_edition_has_is_kept() -> None:
    danish = replace(_plan("da"), footnotes=(Footnote("9", "action 2", _read("note", "da")),))
    merged, _ = merge([_plan("en"), danish])
    assert [(note.label, _languages(note.text)) for note in merged.footnotes] == [
        ("1", ["en"]),
        ("9", ["da"]),
    ]


def test_an_action_that_only_another_edition_has_stands_at_its_number() -> None:
    english = replace(_plan("en"), actions=(_action("en", 1), _action("en", 3)))
    danish = replace(_plan("da"), actions=tuple(_action("da", number) for number in (1, 2, 3)))
    merged, _ = merge([english, danish])
    assert [action.number for action in merged.actions] == [1, 2, 3]


def test_the_same_act_cited_twice_at_a_place_stays_two_citations() -> None:
    merged, _ = merge([_plan("en"), _plan("da")])
    assert [citation.order for citation in merged.citations] == [1, 2]
    assert [reading.text for reading in merged.citations[1].wording] == ["D1", "D1"]


def test_a_mention_whose_role_another_edition_does_not_say_is_one_mention() -> None:
    danish = replace(
        _plan("da"),
        mentions=(Mention("places", "action 1", "iran", "location", _read("Iran", "da")),),
    )
    merged, _ = merge([_plan("en"), danish])
    assert [(m.role, _languages(m.wording)) for m in merged.mentions] == [
        ("dialogue", ["en", "da"])
    ]


def test_an_unknown_body_is_not_guessed_from_another_edition_that_lists_other_bodies() -> None:
    english = _changed(
        _plan("en"),
        participations=(
            _part("en", 1, "european-commission", "Commission"),
            _part("en", 2, "", "Moon Police"),
            _part("en", 3, "europol", "Europol"),
        ),
    )
    merged, findings = merge([english, _plan("da")])
    second = merged.actions[0].participations[1]
    assert second.actor == ""
    assert [reading.text for reading in second.wording] == ["Moon Police"]
    assert [finding.code for finding in findings] == ["DP-LNG-002"]


# ── disagreements ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("DP-LNG-002", {"participations": ()}),
        ("DP-LNG-003", {"codes": ("1.2",)}),
        ("DP-LNG-004", {"timetable": Timetable("action", (), 2021, 2024)}),
        ("DP-LNG-004", {"timetable": Timetable("action", (), ongoing=True)}),
        ("DP-LNG-004", {"timetable": None}),
        ("DP-LNG-005", {"items": ()}),
        ("DP-LNG-006", {"priority": 2}),
    ],
)
def test_a_disagreement_is_a_notice_that_names_action_and_languages(
    code: str, changes: dict[str, object]
) -> None:
    _, (notice,) = merge([_plan("en"), _changed(_plan("da"), **changes)])
    assert (notice.code, notice.language, notice.thing) == (code, "da", "action 1")
    assert (notice.told["here"], notice.told["there"]) == ("en", "da")
    assert notice.told["ours"] != notice.told["theirs"]


def test_an_action_that_one_edition_lacks_is_a_finding_with_its_number() -> None:
    danish = replace(_plan("da"), actions=(_action("da", 1),))
    _, (finding,) = merge([_plan("en"), danish])
    assert finding.code == "DP-LNG-001"
    assert (finding.told["ours"], finding.told["theirs"]) == ("2", "–")


@pytest.mark.parametrize(
    "danish",
    [
        replace(_plan("da"), priorities=()),
        replace(_plan("da"), indicators=()),
        replace(_plan("da"), footnotes=()),
    ],
    ids=["priorities", "indicators", "footnotes"],
)
def test_any_numbered_thing_that_one_edition_lacks_is_a_finding(danish: Plan) -> None:
    _, findings = merge([_plan("en"), danish])
    assert len(findings) == 1


def test_two_editions_that_differ_from_the_reference_are_two_findings() -> None:
    plans = [_plan("en"), *(_changed(_plan(code), codes=()) for code in ("da", "sv"))]
    _, findings = merge(plans)
    assert [finding.language for finding in findings] == ["da", "sv"]


@pytest.mark.parametrize("plans", [[], [_plan("en"), replace(_plan("da"), version="final-2")]])
def test_only_editions_of_one_version_are_merged(plans: list[Plan]) -> None:
    with pytest.raises(ValueError, match="one version of one plan"):
        merge(plans)
