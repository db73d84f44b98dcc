from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.servers import Server, start_ours
from tests.w3c import protocol
from tests.w3c.manifests import HOW, SUITES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def suites() -> Path:
    """The folder of the suites; where it is missing, tests say how to run them."""
    if not SUITES.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(HOW)
        pytest.skip(HOW)
    return SUITES


@pytest.fixture(scope="session")
def service(suites: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the graphs that the protocol's tests ask for."""
    assert suites.is_dir()
    folder = tmp_path_factory.mktemp("protocol")
    with start_ours(release=protocol.write_graphs(folder / "graphs"), log=folder / "log") as server:
        yield server
