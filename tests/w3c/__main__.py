"""Counts what passes of the suites that need no running service: python -m tests.w3c."""

from __future__ import annotations

import sys

from .evaluation import Outcome, run_evaluation, run_syntax
from .manifests import HOW, SUITES


def _report(title: str, outcomes: list[Outcome]) -> None:
    passed = sum(not outcome.miss for outcome in outcomes)
    sys.stdout.write(f"{title}: {passed} of {len(outcomes)}\n")
    for outcome in outcomes:
        if outcome.miss:
            sys.stdout.write(f"  {outcome.name}: {outcome.miss[:160]}\n")


def main() -> int:
    """Print the counts, and each miss with what was found instead."""
    if not SUITES.is_dir():
        sys.stderr.write(f"{HOW}\n")
        return 2
    outcomes = run_evaluation()
    _report("query evaluation", [o for o in outcomes if o.kind == "QueryEvaluationTest"])
    _report("CSV results", [o for o in outcomes if o.kind == "CSVResultFormatTest"])
    _report("syntax", run_syntax())
    return 0


if __name__ == "__main__":
    sys.exit(main())
