"""How many planted defects validation finds, and how often it cries without one.

`python -m tests.benchmarks --only mutations`; a quick run plants one of each kind.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

from tests.mutations.planting import KINDS
from tests.mutations.running import outcome, plan_defects

from .report import Part

if TYPE_CHECKING:
    from pathlib import Path

#: How many defects of a kind are planted, and the seed of their places.
_EACH: Final = 6
_SEED: Final = 2026
_LEAST: Final = 200
_SHARE: Final = 0.95


def run(folder: Path, *, quick: bool) -> Part:
    """Return the share found, kind by kind, and every false alarm."""
    part = Part("mutations", "Defects planted in the real documents, one at a time")
    planned = plan_defects(1 if quick else _EACH, _SEED)
    planted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    alarms = 0
    misses = part.table("Not found", "defect", "edition", "line", "was", "became")
    cries = part.table("False alarms", "defect", "edition", "line", "finding")
    for kind, edition, place in planned:
        seen = outcome(kind, edition, place, folder / "plan")
        planted[kind.name] += 1
        found[kind.name] += bool(seen.found)
        alarms += len(seen.alarms)
        if not seen.found:
            misses.add(seen.kind, seen.edition, seen.line, repr(seen.before), repr(seen.after))
        for alarm in seen.alarms:
            cries.add(seen.kind, seen.edition, seen.line, f"{alarm.code} {alarm.thing}")
    table = part.table("Kinds", "defect", "planted", "found", "rules that may find it")
    for kind in KINDS:
        rules = ", ".join(sorted(kind.rules))
        table.add(kind.name, planted[kind.name], found[kind.name], rules)
    table.note = (
        "Found means: a finding that the untouched plan does not have, by one of the rules, at "
        "the line of the defect. A false alarm is a new finding that is neither at that line, nor "
        "about that thing, nor declared to follow (a code that the other edition still has "
        "otherwise)."
    )
    total, hits = sum(planted.values()), sum(found.values())
    share = hits / total if total else 0.0
    sys.stdout.write(f"{hits} of {total} found ({share:.1%}), {alarms} false alarms\n")
    if not quick:
        part.target("planted", f"≥ {_LEAST}", str(total), met=total >= _LEAST)
    part.target("share found", "≥ 95 %", f"{share:.1%}", met=share >= _SHARE)
    part.target("false alarms", "0", str(alarms), met=not alarms)
    return part
