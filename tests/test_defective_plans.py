"""An invented plan with a defect of every kind: each is found at its line; without them, nothing.

`defects.csv` was written beside the defects, not from what the program said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg import inspection
from tests.conftest import TESTS, csv_rows, knowledge

if TYPE_CHECKING:
    from drugpolicy_kg.findings import Finding

FOLDER = TESTS / "documents" / "defective"
LAYOUTS = ["communication", "table"]
#: What the Danish edition, which has no such defects, necessarily has otherwise.
LANGUAGES = {f"DP-LNG-{number:03}" for number in range(1, 10)}
#: A column whose head is unknown dates no action of its table; a title that stands nowhere is none.
FOLLOWING = {("coves.en.txt", 38, "DP-TIM-001"), ("coves.da.txt", 0, "DP-EDN-105")}
#: Rules that these plans cannot break beside the others; each has a test or a mutation of its own.
ELSEWHERE = {
    "DP-NUM-003",
    "DP-PLN-004",
    "DP-TIM-004",
    "DP-CIT-005",
}
#: Families of rules for documents without a plan.yaml, and for what no reader takes words from.
FAMILIES = ("DP-REC-", "DP-RDR-")


def _findings(layout: str, state: str) -> tuple[Finding, ...]:
    return inspection.validate_paths([FOLDER / layout / state]).findings


def _seen(findings: tuple[Finding, ...]) -> set[tuple[str, int, str]]:
    return {(f.place.file.rsplit("/", 1)[-1], f.place.line, f.code) for f in findings}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_plan_without_the_defects_has_no_finding(layout: str) -> None:
    assert _findings(layout, "sound") == ()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_defect_is_found_at_its_line_by_its_rule(layout: str) -> None:
    rows = csv_rows(FOLDER / layout / "defects.csv")
    expected = {(row["file"], int(row["line"]), row["rule"]) for row in rows}
    assert len(expected) == len(rows)
    assert expected - _seen(_findings(layout, "broken")) == set()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_found_at_a_line_without_a_defect(layout: str) -> None:
    rows = csv_rows(FOLDER / layout / "defects.csv")
    lines = {(row["file"], int(row["line"])) for row in rows}
    elsewhere = {own for own in _seen(_findings(layout, "broken")) if own[:2] not in lines}
    assert {own for own in elsewhere - FOLLOWING if own[2] not in LANGUAGES} == set()


def test_the_defects_are_of_all_kinds() -> None:
    planted = {
        row["rule"] for layout in LAYOUTS for row in csv_rows(FOLDER / layout / "defects.csv")
    }
    found = {finding.code for layout in LAYOUTS for finding in _findings(layout, "broken")}
    rules = {rule for rule in knowledge().catalogue.rules if not rule.startswith(FAMILIES)}
    assert rules - planted - ELSEWHERE - {"DP-LNG-009"} <= found


def test_a_defect_is_said_with_its_words_its_thing_and_what_to_do() -> None:
    (found,) = [f for f in _findings("table", "broken") if f.code == "DP-PAR-003"]
    assert found.quotation == "EUDDA"
    assert found.thing == "com-2026-90, action 4"
    assert found.excerpt is not None
    assert found.excerpt.marked == "EUDDA"
    english, danish = (found.wording(language) for language in ("en", "da"))
    assert english.message.startswith("'EUDDA' is in no table of bodies. Known and near: EUDA")
    assert danish.message.startswith("»EUDDA« står ikke i nogen tabel over organer.")
    assert english.remedy != danish.remedy != ""
