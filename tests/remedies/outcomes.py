"""A pytest plugin that writes down which tests there are and how each part of them ended."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

#: The file that is written, and modules that must be importable before any test counts.
FILE: Final = "REMEDIES_OUTCOMES"
MODULES: Final = "REMEDIES_MODULES"


def pytest_sessionstart() -> None:
    for name in os.environ.get(MODULES, "").split():
        importlib.import_module(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        _write(item.nodeid, "collected", "")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _write(report.nodeid, report.when, report.outcome)


def _write(test: str, part: str, outcome: str) -> None:
    with Path(os.environ[FILE]).open("a", encoding="utf-8") as file:
        file.write(json.dumps([test, part, outcome]) + "\n")
