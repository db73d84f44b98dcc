"""How much of what two readers labelled is found, and how much of what is found they labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import accuracy

if TYPE_CHECKING:
    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.pipeline import PlanResult

#: What has to be reached; mentions and themes are printed and have no bar.
BARS = {"citations": 0.95, "commitments": 0.95, "places": 0.95, "programmes": 0.9}


def test_there_are_labels_of_enough_passages_half_of_them_by_each_reader() -> None:
    both = accuracy.passages()
    actions = [where for _, where in both if where.startswith("action")]
    assert len(actions) >= 24
    assert len(both) - len(actions) >= 6
    assert len({plan for plan, _ in both}) == 3
    assert min(len(accuracy.passages(reader)) for reader in (1, 2)) >= 15


@pytest.mark.parametrize("kind", accuracy.KINDS)
def test_precision_and_recall_on_the_labels(
    kind: str,
    real_plans: dict[str, PlanResult],
    authorities: Authorities,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plans = [result.plan for result in real_plans.values()]
    rows = accuracy.read_rows(kind, plans, authorities)
    for ruled in (False, True):
        total = accuracy.Score()
        for reader in (1, 2):
            own = accuracy.score(kind, reader, rows, ruled=ruled)
            total.found += own.found
            total.missed += own.missed
            total.surplus += own.surplus
        with capsys.disabled():
            print(f"\n{kind:<12} {'with rulings' if ruled else 'as labelled '}: {total}")  # noqa: T201
        bar = BARS.get(kind, 0.0)
        assert total.found > 0
        assert total.precision >= bar, total.surplus
        assert total.recall >= bar, total.missed


def test_every_ruling_is_about_a_row_that_exists_and_gives_its_reason() -> None:
    count = 0
    for kind in accuracy.KINDS:
        for reader in (1, 2):
            for ruling in accuracy.rulings(kind, reader):
                labelled = accuracy.labels(kind, reader)
                assert ruling["reason"]
                assert any(row["where"] == ruling["where"] for row in labelled)
                count += 1
    assert count > 0
