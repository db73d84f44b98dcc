from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.service.running import Service, plan_graphs, write_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACTIONS = 3_000


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_graphs(tmp_path_factory.mktemp("release"), plan_graphs(ACTIONS))


@pytest.fixture(scope="session")
def service(release: Path) -> Iterator[Service]:
    running = Service.start(release)
    yield running
    running.stop()
