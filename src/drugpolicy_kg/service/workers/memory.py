"""How much memory a process and all below it hold, shared pages counted once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROCESSES: Final = Path("/proc")
_KIB: Final = 1024


def tree(pid: int) -> Iterator[int]:
    """Yield the number of a process and of all below it that are there now."""
    yield pid
    try:
        tasks = list((_PROCESSES / str(pid) / "task").iterdir())
        children = [(task / "children").read_text(encoding="ascii").split() for task in tasks]
    except OSError:
        return  # it has ended meanwhile
    for numbers in children:
        for number in numbers:
            yield from tree(int(number))


def held(pid: int) -> int:
    """Return the bytes that a process and all below it hold: their proportional set sizes.

    >>> import os
    >>> held(os.getpid()) > 1_000_000
    True
    """
    return sum(map(_proportional, tree(pid)))


def _proportional(pid: int) -> int:
    try:
        rollup = (_PROCESSES / str(pid) / "smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    sizes = (line.split()[1] for line in rollup.splitlines() if line.startswith("Pss:"))
    return _KIB * int(next(sizes, "0"))
