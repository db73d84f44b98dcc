"""The W3C's SHACL suites: our module changes no verdict of pySHACL, and misses no more than it."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg.validation import Engine
from tests.w3c.shacl_suite import FOLDER, alone, cases, ours

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.w3c

#: What each engine is known to miss; a list may only get shorter.
MISSES = {
    Engine.REFERENCE: {
        "core/property/uniqueLang-002",  # sh:uniqueLang with "1"^^xsd:boolean has no effect
        "sparql/pre-binding/shapesGraph-001",  # $shapesGraph is not supported
    },
    Engine.BULK: {
        "sparql/pre-binding/unsupported-sparql-004",  # a query that has to be refused runs
    },
}
HOW = (
    "The W3C's SHACL suites are not at ../shared/w3c/shacl/tests beside the checkout. Put the "
    "folder data-shapes-test-suite/tests of w3c/data-shapes there and run: "
    "python -m pytest tests/w3c/test_shacl.py"
)
#: How many tests the suites have.
SUITES = {"core": 98, "sparql": 23}


@pytest.fixture(autouse=True)
def _suite() -> Iterator[None]:
    """The suites hold odd literals and shapes on purpose, of which the engines warn."""
    if not FOLDER.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(HOW)
        pytest.skip(HOW)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("suite", SUITES)
def test_our_module_changes_no_verdict_of_pyshacl(suite: str) -> None:
    found = cases(suite)
    assert len(found) == SUITES[suite]
    assert [case.name for case in found if alone(case) != ours(case)] == []


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("engine", list(Engine))
def test_an_engine_passes_all_but_its_known_misses(engine: Engine, suite: str) -> None:
    missed = {case.name for case in cases(suite) if ours(case, engine) != case.expected}
    assert missed == {name for name in MISSES[engine] if name.startswith(suite)}


def test_two_processes_find_what_one_finds() -> None:
    assert [case.name for case in cases("core") if ours(case, workers=2) != ours(case)] == []
