"""What an operator may choose, and the limits that every client meets."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.errors import ServiceError
from drugpolicy_kg.limits import MAX_BYTES, MAX_TRIPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MIB: Final = 1024 * 1024
GIB: Final = 1024 * MIB
THIS_MACHINE: Final = ("127.0.0.1/32", "::1/128")
# What the process that speaks HTTP takes for itself.
_PROCESS_BYTES: Final = 128 * MIB


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that every client meets; all of them are published at /limits.

    >>> Limits().queue_seconds, Limits(time_seconds=1.0).lane_seconds
    (9.0, 0.25)
    """

    time_seconds: float = 10.0
    query_bytes: int = 64 * 1024
    query_tokens: int = 8_000
    query_depth: int = 64
    query_patterns: int = 128
    result_bytes: int = 32 * MIB
    memory_bytes: int = GIB
    queue_length: int = 64
    # A page for people is cut there, and says so.
    html_rows: int = 1_000
    # How long a query may run in the lane that is kept for short ones.
    short_seconds: float = 0.5
    # What one address may have waiting, and the time its queries may take within a minute.
    client_queries: int = 32
    client_seconds: float = 60.0
    # Answers on their way to clients, all together, and how long a client may take nothing.
    sending_bytes: int = 256 * MIB
    sending_seconds: float = 20.0
    connections: int = 1_000
    header_seconds: float = 10.0
    # Uploads to /validate: how large, how many at a time, of one address, and what checking them
    # may take.
    upload_bytes: int = MAX_BYTES
    upload_triples: int = MAX_TRIPLES
    shapes_triples: int = 20_000
    uploads: int = 12
    client_uploads: int = 2
    validation_seconds: float = 30.0
    validation_bytes: int = 2 * GIB

    def published(self) -> dict[str, float]:
        """Return every limit under its name."""
        return asdict(self)

    @property
    def queue_seconds(self) -> float:
        """Return how long a query may wait for a worker; waiting and running stay under 2 T."""
        return 0.9 * self.time_seconds

    @property
    def lane_seconds(self) -> float:
        """Return how long a query may run in the short lane: a part of T, however short T is."""
        return min(self.short_seconds, 0.25 * self.time_seconds)


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What is served, where and with which limits.

    One of three is given: `release`, a folder; `releases`, a folder of releases whose
    `current` is followed; `endpoint`, the address of a SPARQL 1.1 endpoint.
    """

    release: Path | None = None
    releases: Path | None = None
    endpoint: str | None = None
    # Saved queries; a release that carries its own is served with those.
    queries: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int | None = None
    limits: Limits = field(default_factory=Limits)
    memory_budget_bytes: int = 4 * GIB
    # A worker is replaced when it has touched so much new memory beyond the store's, which it may
    # read and copy once; look-ups touch next to none. Or after that many queries, whatever it says.
    worker_growth_bytes: int = 64 * MIB
    queries_per_worker: int = 10_000
    cache_bytes: int = 64 * MIB
    # How clients see this service; without it, the address that was opened.
    public_url: str | None = None
    # The header in which a proxy gives the client's address, and who is a proxy.
    client_header: str | None = None
    proxies: tuple[str, ...] = THIS_MACHINE
    follow_seconds: float = 1.0
    # The program that loads what validation needs and forks its workers. Named, not imported: the
    # process that speaks HTTP knows no reader.
    validation_program: str = "drugpolicy_kg.validation_process"
    # Whether it is started as soon as the service is ready, and not by the first document.
    validation_early: bool = True
    log: Callable[[str], None] | None = None

    @property
    def source(self) -> Path:
        """Return the folder that is served, or the one whose current release is."""
        folder = self.release or self.releases
        if folder is None or [self.release, self.releases, self.endpoint].count(None) != 2:  # noqa: PLR2004 - of three
            raise ServiceError(
                "Exactly one of a release, a folder of releases or an endpoint is served.",
                remedy="Give one of --release, --releases and --endpoint.",
            )
        return folder


def worker_count(options: ServeOptions, *, worker_bytes: int, resident: int) -> int:
    """Return how many workers fit into the memory budget, at most as many as were asked for.

    The rest of the budget is for answers on their way, the cache, this process, and two
    loaders with their stores: while a new release is loaded, the old one is still served.

    >>> worker_count(ServeOptions(workers=8), worker_bytes=GIB, resident=100 * MIB)
    3
    """
    taken = options.limits.sending_bytes + options.cache_bytes + _PROCESS_BYTES + 2 * resident
    fitting = max(1, (options.memory_budget_bytes - taken) // worker_bytes)
    wished = options.workers if options.workers is not None else (os.cpu_count() or 1) + 1
    return max(1, min(wished, fitting))
