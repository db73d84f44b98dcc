"""What an operator may choose, and the limits that every client meets."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MIB: Final = 1024 * 1024
GIB: Final = 1024 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one query; all of them are published at /limits.

    >>> Limits().time_seconds
    10.0
    """

    time_seconds: float = 10.0
    query_bytes: int = 64 * 1024
    query_tokens: int = 8_000
    query_depth: int = 64
    query_patterns: int = 128
    result_bytes: int = 32 * MIB
    memory_bytes: int = GIB
    queue_length: int = 64

    @property
    def queue_seconds(self) -> float:
        """Return how long a query may wait for a worker; waiting and running stay under 2 T."""
        return 0.9 * self.time_seconds


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What is served, where and with which limits."""

    release: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int | None = None
    limits: Limits = field(default_factory=Limits)
    memory_budget_bytes: int = 4 * GIB
    # A worker is replaced after that many queries: scans leave copies of the store's pages.
    queries_per_worker: int = 500


def worker_count(asked: int | None, *, budget: int, worker_bytes: int) -> int:
    """Return how many workers fit into the memory budget, at most as many as were asked for.

    The loader holds the store as well, so that one share is its own.

    >>> worker_count(8, budget=4 * GIB, worker_bytes=GIB)
    3
    """
    fitting = max(1, budget // worker_bytes - 1)
    wished = asked if asked is not None else (os.cpu_count() or 1) + 1
    return max(1, min(wished, fitting))
