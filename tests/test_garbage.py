"""The steps that make most values look for no cycles, and leave the collector as it was."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg import pipeline, reasoning
from drugpolicy_kg.garbage import uncollected
from drugpolicy_kg.identifiers import graph
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _collections() -> Iterator[list[int]]:
    """Yield the generations that are looked through meanwhile."""
    found: list[int] = []

    def note(phase: str, details: dict[str, int]) -> None:
        if phase == "start":
            found.append(details["generation"])

    gc.callbacks.append(note)
    try:
        yield found
    finally:
        gc.callbacks.remove(note)


def test_the_collector_is_as_before_after_a_block_inside_another_and_after_an_error() -> None:
    assert gc.isenabled()
    with uncollected():
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_a_step_looks_for_no_cycles_before_it_is_over() -> None:
    knowledge = pipeline.Knowledge(ROOT / "data")
    plan, axioms = ROOT / "tests" / "documents" / "harbour", ROOT / "ontology" / "axioms.ttl"
    with _collections() as found:
        facts = pipeline.read_plan(plan, knowledge).pages.facts
        reasoning.infer([facts], axioms, graph("inferred"))
    # Once for each of both, when it is over; otherwise some twenty times.
    assert len(found) <= 2
    with _collections() as found:
        gc.collect()
    assert found == [2]
