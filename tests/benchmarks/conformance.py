"""How much of the W3C's suites passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.w3c import protocol
from tests.w3c.evaluation import Outcome, run_evaluation, run_syntax
from tests.w3c.manifests import HOW, SUITES, known_misses

from .report import Part
from .servers import start_ours

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path, *, quick: bool) -> Part:
    """Return the counts of all suites; a quick run counts the same."""
    part = Part("conformance", "Conformance with the W3C's test suites")
    if not SUITES.is_dir():
        part.notes.append(HOW)
        return part
    outcomes = run_evaluation()
    evaluation = [o for o in outcomes if o.kind == "QueryEvaluationTest"]
    graphs = protocol.write_graphs(folder / "graphs")
    with start_ours(release=graphs, log=folder / "log") as server:
        exchanges = protocol.run(f"{server.url}/sparql")
    suites: dict[str, list[Outcome]] = {
        "query evaluation": evaluation,
        "results in CSV": [o for o in outcomes if o.kind == "CSVResultFormatTest"],
        "syntax": run_syntax(),
        "protocol": exchanges,
    }
    table = part.table("Counts", "suite", "pass", "of")
    for name, found in suites.items():
        table.add(name, sum(not o.miss for o in found), len(found))
    misses = part.table("Misses", "test", "reason")
    known = known_misses()
    for outcome in (o for found in suites.values() for o in found):
        if outcome.miss:
            misses.add(outcome.name, known.get(outcome.name, "not known"))
    passed = sum(not o.miss for o in evaluation)
    part.target(
        "query evaluation", "≥ 221 of 232", f"{passed} of {len(evaluation)}", met=passed >= 221
    )
    if quick:
        part.notes.append("A quick run counts all of it as well.")
    return part
