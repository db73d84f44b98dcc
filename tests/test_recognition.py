"""A plan that comes alone: what its document says of itself, and what is said where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg import pipeline
from drugpolicy_kg.definitions import PlanDefinition, load
from drugpolicy_kg.errors import SourceError
from drugpolicy_kg.findings import Severity
from tests.conftest import REAL_PLANS, ROOT, TESTS, knowledge

if TYPE_CHECKING:
    from pathlib import Path

PLANS = [
    *(ROOT / "data" / "plans" / name for name in REAL_PLANS),
    *(TESTS / "documents" / name for name in ("coastal", "harbour", "sealed")),
]
#: What a cover cannot say: people decide it.
DECIDED = {"celex", "annex_of", "follows", "status", "note", "expected", "editions"}


@pytest.mark.parametrize("folder", PLANS, ids=lambda folder: folder.name)
def test_a_document_alone_says_what_a_person_wrote_into_plan_yaml(folder: Path) -> None:
    written = load(folder / "plan.yaml", PlanDefinition)
    edition = next(e for e in written.editions if e.language == written.reference)
    result = pipeline.read_document(folder / edition.file, knowledge())
    found = result.definition
    assert found.model_dump(exclude=DECIDED) == written.model_dump(exclude=DECIDED)
    (own,) = found.editions
    assert (own.title, own.period, own.sha256) == (edition.title, edition.period, edition.sha256)
    counts = (len(result.plan.priorities), len(result.plan.actions), len(result.plan.footnotes))
    expected = written.expected
    assert counts == (expected.priorities, expected.actions, expected.footnotes)
    assert [f for f in result.findings if f.code.startswith("DP-REC")] == []


def test_an_edition_without_a_cover_is_called_after_its_file() -> None:
    path = ROOT / "data/plans/com-2020-606/source/com-2020-606-annexes.da.txt"
    result = pipeline.read_document(path, knowledge())
    assert (result.definition.id, result.definition.version) == ("com-2020-606", "draft")
    assert result.definition.reference == "da"
    assert len(result.plan.actions) == 53
    said = {finding.code: finding for finding in result.findings}
    assert set(said) == {"DP-REC-002", "DP-REC-003"}
    assert all(finding.severity is Severity.INFO for finding in said.values())
    assert all(finding.remedy for finding in said.values())


def test_bytes_are_read_under_the_name_that_is_given() -> None:
    data = b"# Our plan 2031-2033\n\n## 1. First\n\n**Action 1: Do it**\n\nMain actors: Europol\n"
    result = pipeline.read_document(data, knowledge(), name="Draft (3).md")
    assert result.definition.id == "draft-3"
    assert result.definition.editions[0].file == "Draft (3).md"
    assert [action.number for action in result.plan.actions] == [1]


def test_a_document_that_is_no_plan_is_a_violation_with_a_remedy() -> None:
    result = pipeline.read_document(b"Dear colleague, see you soon.\n", knowledge(), name="a.txt")
    (found,) = [f for f in result.findings if f.severity is Severity.VIOLATION]
    assert found.code == "DP-REC-001"
    assert "en" in found.remedy
    assert result.plan.actions == ()


def test_the_layout_that_is_given_is_taken() -> None:
    path = TESTS / "documents" / "harbour" / "harbour.en.md"
    result = pipeline.read_document(path, knowledge(), layout="table")
    assert result.definition.layout.name == "table"
    assert result.definition.priority_kind == "strategic-priority"


def test_a_layout_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SourceError, match=r"one of auto, table, communication .* found 'letter'"):
        pipeline.read_document(b"A plan.", knowledge(), name="a.txt", layout="letter")
