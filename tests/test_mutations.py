"""A defect that is planted in a real document is found at its line, and nothing else is said.

One place of each kind; the benchmark plants several of each (tests/benchmarks/mutations.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mutations.planting import KINDS
from tests.mutations.running import editions, outcome, plan_defects

if TYPE_CHECKING:
    from pathlib import Path

    from tests.mutations.planting import Edition, Kind, Place

#: Kinds whose parsing is dear are planted by the benchmark alone; these are one of each family.
_PLANTED = plan_defects(1, 7)


def test_every_kind_of_defect_can_be_planted() -> None:
    assert {kind.name for kind, _, _ in _PLANTED} == {kind.name for kind in KINDS}
    assert len(editions()) == 4


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "edition", "place"), _PLANTED, ids=[kind.name for kind, _, _ in _PLANTED]
)
def test_a_planted_defect_is_found_at_its_line_and_nothing_else_is_said(
    kind: Kind, edition: Edition, place: Place, tmp_path: Path
) -> None:
    seen = outcome(kind, edition, place, tmp_path / "plan")
    assert seen.found, (seen.edition, seen.line, seen.before, seen.after)
    assert seen.alarms == ()


@pytest.mark.parametrize(
    ("kind", "edition", "place"), _PLANTED[::8], ids=[kind.name for kind, _, _ in _PLANTED[::8]]
)
def test_one_in_eight_of_them_is_found_in_every_run(
    kind: Kind, edition: Edition, place: Place, tmp_path: Path
) -> None:
    seen = outcome(kind, edition, place, tmp_path / "plan")
    assert seen.found, (seen.edition, seen.line, seen.before, seen.after)
    assert seen.alarms == ()
