from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.service.running import SECOND_ASKINGS, Service, plan_graphs, write_graphs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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


@pytest.fixture(autouse=True)
def _second_askings(record_property: Callable[[str, object], None]) -> Iterator[None]:
    yield
    for reason in SECOND_ASKINGS:
        record_property("second asking", reason)
    SECOND_ASKINGS.clear()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Listen where a query or a document may try to connect; nobody ever should."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server
