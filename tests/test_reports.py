"""A report says the same in every format, in the same bytes, and each format is what it claims."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
import yaml

from drugpolicy_kg import inspection, reports
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.findings import Excerpt, Finding, Place, Severity
from drugpolicy_kg.reports import baselines, page
from drugpolicy_kg.reports.text import write as write_text
from tests.conftest import ROOT, TESTS

if TYPE_CHECKING:
    from drugpolicy_kg.reports import Report

BROKEN = TESTS / "documents" / "defective" / "communication" / "broken"
COMMAND = str(Path(sys.executable).with_name("drugpolicy"))
SH = "http://www.w3.org/ns/shacl#"


@pytest.fixture(scope="module")
def report() -> Report:
    """The report on a plan with defects."""
    return inspection.validate_paths([BROKEN])


def _json(report: Report, style: str) -> Any:
    return json.loads(reports.write(report, style))


def _hostile(report: Report) -> Report:
    """Return a report on a document that tries to steer whoever reads about it."""
    line = "=HYPERLINK(1) <script>alert(1)</script> \x1b[31m ::error::gone\n"
    finding = Finding(
        Severity.VIOLATION,
        "DP-SRC-003",
        f"Seen: {line}",
        Place("a,b:c.md", 1, 1),
        line,
        "com-1, action 1",
        "<b>Mend it</b>",
        excerpt=Excerpt(line.rstrip("\n"), 1, 14),
    )
    return replace(report, findings=(finding,))


# ── every format ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("style", list(reports.FORMATS))
def test_another_process_writes_the_same_bytes(report: Report, style: str) -> None:
    command = [COMMAND, "validate", str(BROKEN), "--format", style]
    run = subprocess.run(command, capture_output=True, check=False, env={"PYTHONHASHSEED": "11"})
    assert run.returncode == 1
    assert run.stdout == reports.write(report, style)


def test_the_machine_formats_hold_every_finding_with_its_line(report: Report) -> None:
    count = len(report.findings)
    assert count > 10
    lines = [finding.place.line for finding in report.findings]
    assert [row["line"] for row in _json(report, "json")["findings"]] == [n or None for n in lines]
    rows = list(csv.DictReader(io.StringIO(reports.write(report, "csv").decode(), newline="")))
    assert [int(row["line"] or 0) for row in rows] == lines
    results = _json(report, "sarif")["runs"][0]["results"]
    assert len(results) == count
    assert reports.write(report, "github").count(b"\n") == count
    cases = ET.fromstring(reports.write(report, "junit")).iter("testcase")  # noqa: S314  our own
    assert len(list(cases)) == count


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def test_the_text_shows_the_line_and_underlines_the_words(report: Report) -> None:
    lines = reports.write(report, "text").decode().splitlines()
    at = next(i for i, line in enumerate(lines) if "DP-CNT-002" in line)
    shown, marks = lines[at + 2 : at + 4]
    assert lines[at].split()[:2] == ["12:78", "violation"]
    assert [shown[i] for i, sign in enumerate(marks) if sign == "~"] == list("5 actions")


def test_a_pipe_gets_no_colours_and_no_signs_that_steer_a_terminal(report: Report) -> None:
    assert b"\x1b" not in reports.write(report, "text")
    assert b"\x1b" not in reports.write(_hostile(report), "text")


def test_the_deepest_cause_comes_first(report: Report) -> None:
    leaf = Finding(Severity.VIOLATION, "DP-AAA-001", "The leaf fails.")
    middle = Finding(Severity.VIOLATION, "DP-AAA-002", "The middle fails.", causes=(leaf,))
    whole = Finding(Severity.VIOLATION, "DP-AAA-003", "The whole fails.", causes=(middle,))
    made = replace(report, findings=(whole,))
    text = write_text(made, "en", reports.wordbook().of("en")).decode()
    places = [text.index(words) for words in ("The leaf", "The middle", "The whole")]
    assert places == sorted(places)
    html = reports.write(made, "html").decode()
    assert html.index("The leaf") < html.index("The whole")
    (row,) = _json(made, "json")["findings"]
    assert [cause["rule"] for cause in row["causes"]] == ["DP-AAA-001", "DP-AAA-002"]


def test_a_report_in_danish_says_nothing_in_english(report: Report) -> None:
    danish = reports.write(report, "text", "da").decode()
    assert "Teksten angiver antallet 5, men dokumentet har 4." in danish
    assert "Overtrædelser" not in danish
    assert " overtrædelser, " in danish
    assert "The text says" not in danish
    assert " com-2026-120, foranstaltning 1  DP-TTL-002" in danish
    page = reports.write(report, "html", "da").decode()
    assert "<span>com-2026-120, fodnote 2</span>" in page
    for text in (danish, page):
        assert "com-2026-120, action" not in text


def test_a_language_that_no_report_is_written_in_is_refused(report: Report) -> None:
    with pytest.raises(DefinitionError, match="one of en, da was expected"):
        reports.write(report, "text", "fr")


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses.extend(value or "" for name, value in attrs if name in {"src", "href"})


def test_the_page_needs_nothing_else_and_runs_nothing(report: Report) -> None:
    for made in (report, _hostile(report)):
        html = reports.write(made, "html").decode()
        seen = _Tags()
        seen.feed(html)
        assert seen.addresses == []
        assert seen.tags.isdisjoint({"script", "iframe", "link", "img", "form", "b"})
        assert "<script" not in html
        assert page.style_source().replace("'", "&#39;") in html


def test_the_page_is_for_light_and_dark(report: Report) -> None:
    html = reports.write(report, "html").decode()
    assert "color-scheme: light dark" in html
    assert "prefers-color-scheme: dark" in html


# ── CSV, JUnit, workflow commands ────────────────────────────────────────────────────────────


def test_no_cell_is_a_formula_and_no_command_slips_in(report: Report) -> None:
    made = _hostile(report)
    (row,) = csv.DictReader(io.StringIO(reports.write(made, "csv").decode(), newline=""))
    assert row["quotation"].startswith("'=HYPERLINK")
    (command,) = reports.write(made, "github").decode().splitlines()
    assert command.startswith("::error file=a%2Cb%3Ac.md,line=1,col=1,title=DP-SRC-003::")
    (suite,) = ET.fromstring(reports.write(made, "junit")).findall("testsuite[@failures='1']")  # noqa: S314
    assert suite.get("name") == "a,b:c.md"


# ── SARIF ────────────────────────────────────────────────────────────────────────────────────


def test_sarif_has_what_the_specification_requires(report: Report) -> None:
    log = _json(report, "sarif")
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "drugpolicy-kg"
    assert run["columnKind"] == "unicodeCodePoints"
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert re.fullmatch(r"[^\s\\]+", location["physicalLocation"]["artifactLocation"]["uri"])
        region = location["physicalLocation"].get("region", {"startLine": 1})
        assert region["startLine"] >= 1
        assert region.get("endColumn", 2) > region.get("startColumn", 1)
    assert run["properties"]["schemaCheck"] == "not checked"


# ── the W3C's report ─────────────────────────────────────────────────────────────────────────


def test_the_turtle_is_a_validation_report_of_the_w3c(report: Report) -> None:
    quads = list(ox.parse(reports.write(report, "turtle"), format=ox.RdfFormat.TURTLE))

    def objects(node: object, name: str) -> list[str]:
        return [
            getattr(q.object, "value", "")
            for q in quads
            if q.subject == node and q.predicate.value == SH + name
        ]

    (root,) = {q.subject for q in quads if q.predicate.value == SH + "conforms"}
    assert objects(root, "conforms") == ["false"]
    results = {q.object for q in quads if q.predicate.value == SH + "result"}
    assert len(results) == len(report.findings)
    for node in results:
        for required in ("focusNode", "resultSeverity", "sourceConstraintComponent"):
            assert len(objects(node, required)) == 1


# ── baselines ────────────────────────────────────────────────────────────────────────────────


def test_what_a_baseline_explains_fails_nothing_and_is_still_shown(
    report: Report, tmp_path: Path
) -> None:
    path = tmp_path / "known.yaml"
    path.write_bytes(baselines.written(report))
    with pytest.raises(DefinitionError, match="reason"):
        baselines.read(path)
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps([{**row, "reason": "Looked at."} for row in rows]), "utf-8")
    explained = baselines.applied(report, baselines.read(path))
    assert (explained.findings, explained.stale) == ((), ())
    assert not explained.fails(Severity.INFO)
    assert len(_json(explained, "json")["known"]) == len(report.findings)
    run = _json(explained, "sarif")["runs"][0]
    assert all(r["suppressions"][0]["justification"] == "Looked at." for r in run["results"])
    assert "Looked at." in reports.write(explained, "html").decode()


def test_a_baseline_entry_that_no_longer_occurs_is_said(report: Report) -> None:
    entry = baselines.Explained(rule="DP-CNT-002", thing="com-1", reason="Once.")
    applied = baselines.applied(report, [entry])
    assert applied.stale == ("DP-CNT-002, com-1",)
    assert "DP-CNT-002, com-1" in reports.write(applied, "text").decode()


# ── the command ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([str(ROOT / "data" / "plans" / "com-2025-744")], 0),
        ([str(ROOT / "data" / "plans" / "com-2025-744"), "--fail-on", "warning"], 1),
        (
            [
                str(ROOT / "data" / "plans" / "com-2025-744"),
                "--fail-on",
                "warning",
                "--baseline",
                str(ROOT / "data" / "plans" / "com-2025-744" / "baseline.yaml"),
            ],
            0,
        ),
        ([str(BROKEN)], 1),
        (["no-such-file.md"], 2),
        ([str(BROKEN), "--layout", "letter"], 2),
        ([str(ROOT / "data" / "plans"), "--format", "csv"], 0),
    ],
    ids=["fine", "warning", "explained", "violation", "missing", "layout", "folder of plans"],
)
def test_the_exit_code_says_what_was_found(arguments: list[str], code: int) -> None:
    run = subprocess.run([COMMAND, "validate", *arguments], capture_output=True, check=False)
    assert run.returncode == code, run.stderr
    assert bool(run.stderr) == (code == 2)
