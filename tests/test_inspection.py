"""A plan is validated as a folder or as a document; what is wrong is a finding at its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drugpolicy_kg import inspection, reports
from drugpolicy_kg.findings import Severity
from drugpolicy_kg.inspection.shaping import rules as shape_rules
from drugpolicy_kg.reports import baselines
from tests.conftest import REAL_PLANS, ROOT, knowledge

SOURCES = ROOT / "src" / "drugpolicy_kg"
RULE = re.compile(r'"(DP-[A-Z]{3}-\d{3})"')


def test_every_rule_of_the_code_is_in_the_catalogue_and_the_reverse() -> None:
    used: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        if path.parent.name != "validation" and path.name != "findings.py":
            used |= set(RULE.findall(path.read_text(encoding="utf-8")))
    assert len(used) > 40
    examples = {rule for rule in used if rule[-3] == "9"}
    assert used - examples == set(knowledge().catalogue.rules)


def test_no_rule_of_the_catalogue_is_one_of_the_shapes() -> None:
    shapes = {
        rule
        for path in sorted((ROOT / "shapes").glob("*.ttl"))
        for rule in RULE.findall(path.read_text(encoding="utf-8"))
    }
    assert shapes.isdisjoint(knowledge().catalogue.rules)


def test_every_rule_speaks_every_language_of_the_reports_and_gives_a_remedy() -> None:
    languages = set(reports.wordbook().languages)
    assert languages == {"en", "da"}
    for rule in knowledge().catalogue.rules.values():
        for texts in (rule.name, rule.message, rule.remedy):
            assert set(texts) == languages, rule.id
            assert all(texts.values()), rule.id
        assert rule.rationale, rule.id
        assert rule.source, rule.id
        assert rule.wrong != rule.right, rule.id


@pytest.mark.parametrize("name", REAL_PLANS)
def test_a_real_plan_has_no_violation(name: str) -> None:
    report = inspection.validate_paths([ROOT / "data" / "plans" / name])
    assert [f for f in report.findings if f.severity is Severity.VIOLATION] == []
    assert report.conforms


@pytest.mark.parametrize("name", REAL_PLANS)
def test_every_warning_about_a_real_plan_is_explained_and_nothing_else_is(name: str) -> None:
    folder = ROOT / "data" / "plans" / name
    path = folder / "baseline.yaml"
    known = baselines.read(path) if path.is_file() else ()
    report = baselines.applied(inspection.validate_paths([folder]), known)
    assert not report.fails(Severity.WARNING)
    assert report.stale == ()
    assert len(report.known) >= len(known)


def test_bytes_give_the_report_that_a_file_of_that_name_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ROOT / "data" / "plans" / "com-2025-744" / "source" / "com-2025-744.en.md"
    monkeypatch.chdir(tmp_path)
    data = source.read_bytes()
    Path("draft.md").write_bytes(data)
    as_file = inspection.validate_paths([Path("draft.md")])
    as_bytes = inspection.validate_bytes(data, "draft.md", media_type="text/markdown")
    assert as_file.findings
    for style in reports.FORMATS:
        assert reports.write(as_file, style) == reports.write(as_bytes, style), style


def test_a_source_that_is_not_the_registered_one_is_a_violation(tmp_path: Path) -> None:
    folder = tmp_path / "harbour"
    folder.mkdir()
    for path in (ROOT / "tests" / "documents" / "harbour").glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    source = folder / "harbour.en.md"
    source.write_bytes(source.read_bytes() + b"\n")
    report = inspection.validate_paths([folder])
    (found,) = [f for f in report.findings if f.severity is Severity.VIOLATION]
    assert found.code == "DP-SRC-001"
    assert found.place.file == str(folder / "plan.yaml")
    assert "sha256" in found.excerpt.line if found.excerpt else False


def test_what_a_shape_says_too_is_said_once_by_the_more_precise_rule() -> None:
    text = (
        "# EU plan\n\n## 1. Ports\n\nSee COM/2023/ [exact reference to be included] on it.\n\n"
        "---\n\n<sup>7</sup> They met twice.\n\n**Action 1.** Do so.\n"
    )
    found = {own.code for own in inspection.validate_bytes(text.encode(), "plan.md").findings}
    assert {"DP-CIT-003", "DP-FTN-001"} <= found
    assert found.isdisjoint({"DP-CIT-109", "DP-FNT-104"})


def test_rules_that_stand_for_those_of_shapes_name_rules_that_exist() -> None:
    rules = knowledge().catalogue.rules.values()
    told = {own.instead_of for own in rules if own.instead_of}
    assert told == {"DP-CIT-109", "DP-FNT-104"}
    assert told <= set(shape_rules())
