"""How long the service takes from its start until it serves."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from .policy_graph import write
from .report import Part, number
from .servers import start_ours

if TYPE_CHECKING:
    from pathlib import Path

_WANTED: Final = {50_000: 1.5, 1_000_000: 6.0}


def run(folder: Path, *, quick: bool) -> Part:
    """Return the start times by size: from the command to the line that says where to go."""
    part = Part("starting", "From the start to serving")
    table = part.table("Start", "triples", "median s", "lowest–highest", "memory MiB")
    for size in (10_000, 50_000) if quick else (10_000, 50_000, 1_000_000):
        release = write(folder, size)
        found, memory = [], 0
        for n in range(1 if quick else 3):
            with start_ours(release=release, log=folder / f"{size}-{n}.log") as server:
                found.append(server.seconds)
                memory = server.memory() // 2**20
        median = statistics.median(found)
        table.add(f"{size:,}", median, f"{number(min(found))}–{number(max(found))}", memory)
        if size in _WANTED:
            wanted = _WANTED[size]
            part.target(
                f"start with {size:,} triples",
                f"≤ {wanted:g} s",
                f"{number(median)} s",
                met=median <= wanted,
            )
    return part
