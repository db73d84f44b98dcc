"""Plant one defect at a time in a copy of a real plan, validate it, and look what is new."""

from __future__ import annotations

import hashlib
import random
import shutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from drugpolicy_kg import inspection
from tests.conftest import REAL_PLANS, ROOT, read_plan
from tests.mutations import structure, words
from tests.mutations.planting import KINDS, Edition, Kind, Place

if TYPE_CHECKING:
    from pathlib import Path

    from drugpolicy_kg.findings import Finding

PLANS = ROOT / "data" / "plans"
#: The modules whose planters are registered when they are imported.
PLANTERS = (structure, words)


@dataclass(frozen=True)
class Outcome:
    """What validation made of a defect: new findings at its line by the right rule, and others."""

    kind: str
    edition: str
    line: int
    before: str
    after: str
    found: tuple[Finding, ...]
    alarms: tuple[Finding, ...]


# ── planting and looking ─────────────────────────────────────────────────────────────────


@cache
def editions() -> tuple[Edition, ...]:
    """Return every edition of the real plans."""
    results = [(name, read_plan(PLANS / name)) for name in REAL_PLANS]
    return tuple(
        Edition(name, language, result) for name, result in results for language in result.documents
    )


def plan_defects(per_kind: int, seed: int) -> list[tuple[Kind, Edition, Place]]:
    """Return so many defects of each kind, at places that a seed chooses; fewer where fewer are."""
    chance = random.Random(seed)  # noqa: S311  no secret hangs on it
    chosen: list[tuple[Kind, Edition, Place]] = []
    for own in KINDS:
        places = dict.fromkeys(
            (index, place)
            for index, edition in enumerate(editions())
            for place in own.planter(edition)
        )
        picked = chance.sample(list(places), min(per_kind, len(places)))
        chosen.extend((own, editions()[index], place) for index, place in picked)
    return chosen


@cache
def _untouched(name: str) -> frozenset[tuple[str, str, str]]:
    report = inspection.validate_paths([PLANS / name])
    return frozenset(_key(finding) for finding in report.findings)


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.quotation, finding.message


def outcome(own: Kind, edition: Edition, place: Place, folder: Path) -> Outcome:
    """Plant a defect in a copy of its plan, validate that, and say what was found."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PLANS / edition.name, folder)
    source = edition.source
    changed = source[: place.start] + place.new + source[place.end :]
    definition = edition.result.definition
    file = next(e.file for e in definition.editions if e.language == edition.language)
    old = next(e.sha256 for e in definition.editions if e.language == edition.language)
    data = changed.encode()
    (folder / file).write_bytes(data)
    path = folder / "plan.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(old, hashlib.sha256(data).hexdigest()),
        encoding="utf-8",
    )
    shift = len(place.new) - (place.end - place.start) if place.start < place.at else 0
    line = changed.count("\n", 0, max(place.at + shift, 0)) + 1
    report = inspection.validate_paths([folder])
    known = _untouched(edition.name)
    new = [finding for finding in report.findings if _key(finding) not in known]
    found = tuple(f for f in new if f.code in own.rules and _is_at(f, line, folder / file))
    alarms = tuple(f for f in new if not _is_caused(f, own, place, line, folder / file))
    return Outcome(
        own.name,
        f"{edition.name} {edition.language}",
        line,
        source[place.start : place.end][:60],
        place.new[:60],
        found,
        alarms,
    )


def _is_at(finding: Finding, line: int, file: Path) -> bool:
    return finding.place.line == line and finding.place.file == str(file)


def _is_caused(finding: Finding, own: Kind, place: Place, line: int, file: Path) -> bool:
    """Return whether a finding is about the line or the thing of a defect, or follows from it."""
    _, _, thing = finding.thing.partition(", ")
    return (
        finding.code in own.rules | own.follows | {"DP-CNT-001"}
        or _is_at(finding, line, file)
        or any(f"{thing}, ".startswith(f"{own}, ") for own in (place.thing, place.also) if own)
    )
