"""What several test modules read: the knowledge that people wrote, and the plans built from it."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg import pipeline

if TYPE_CHECKING:
    from drugpolicy_kg.authorities import Authorities

ROOT = Path(__file__).parents[1]
TESTS = Path(__file__).parent
REAL_PLANS = ("com-2020-606", "com-2023-641", "com-2025-744")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by what they are, not by what they hold: some hold the time of day.

    Two workers that collect one second apart would not agree on the names of the tests.
    """
    return "bytes" if isinstance(val, bytes) and not val.isascii() else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell which services were well at the second asking only, and why."""
    reports = [r for found in terminalreporter.stats.values() for r in found]
    askings = [
        f"{report.nodeid}: {reason}"
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, reason in report.user_properties
        if name == "second asking"
    ]
    if askings:
        terminalreporter.section(f"asked a second time whether a service is well: {len(askings)}")
        terminalreporter.write_line("\n".join(askings))


@cache
def knowledge() -> pipeline.Knowledge:
    """Return the languages, authority tables and grammar of the checkout."""
    return pipeline.Knowledge(ROOT / "data")


@cache
def read_plan(folder: Path) -> pipeline.PlanResult:
    """Return the plan of a folder, read once for all tests."""
    return pipeline.read_plan(folder, knowledge())


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file; an empty file is no expectation."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows, f"{path} has no rows"
    return rows


@pytest.fixture(scope="session")
def real_plans() -> dict[str, pipeline.PlanResult]:
    """The three real plans under their identifiers."""
    return {name: read_plan(ROOT / "data" / "plans" / name) for name in REAL_PLANS}


@pytest.fixture(scope="session")
def authorities() -> Authorities:
    """The authority tables of the checkout."""
    return knowledge().authorities
