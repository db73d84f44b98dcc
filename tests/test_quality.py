"""Quality rules find what is planted and nothing in what is published."""

from __future__ import annotations

import re

import pytest

from drugpolicy_kg import quality
from tests.conftest import ROOT, TESTS

PLANTED = TESTS / "queries" / "checks"
CHECKS = quality.load_checks(ROOT / "queries" / "checks")
#: Rules about shapes have something to look at as soon as there are shapes.
HAS_SHAPES = any((ROOT / "shapes").glob("*.ttl"))
ASKED = [check for check in CHECKS if check.over != "shapes" or HAS_SHAPES]


def test_there_are_rules_of_every_origin() -> None:
    origins = {check.name.split("-")[0] for check in CHECKS}
    assert {"robot", "foops", "semic", "own"} <= origins
    assert len(CHECKS) > 70
    assert len(CHECKS) - len(ASKED) <= 3


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_rule_finds_what_is_planted(check: quality.Check) -> None:
    store = quality.from_files([PLANTED / f"{check.name}.bad.ttl"])
    outcome = quality.ask(check, store)
    assert outcome.findings
    assert not outcome.passed


@pytest.mark.parametrize("name", [check.name for check in ASKED])
def test_a_rule_looks_at_something_of_ours_and_finds_nothing(name: str) -> None:
    outcome = next(own for own in _outcomes() if own.name == name)
    assert outcome.looked > 0
    assert [finding.message for finding in outcome.findings] == []


def test_the_committed_score_lists_every_rule_and_is_what_the_rules_say_now() -> None:
    page = quality.score(ROOT, tuple(_outcomes()))
    assert all(check.rule in page for check in CHECKS)
    assert all(reason in page for _, reason in quality.not_asked(ROOT))
    committed = (ROOT / "queries" / "SCORE.md").read_text(encoding="utf-8")
    # Others change what there is to look at; that a rule passes is what is compared.
    assert _said(committed) == _said(page), "drugpolicy check --no-reasoner --score"


def _said(page: str) -> str:
    """Return a page without its counts of things."""
    return re.sub(r"\b\d+ times|\| \d+ \|", "|", page)


_KNOWN: list[quality.Outcome] = []


def _outcomes() -> list[quality.Outcome]:
    if not _KNOWN:
        _KNOWN.extend(quality.outcomes(ROOT))
    return _KNOWN
