"""When Python looks for cycles of values that nothing refers to any more."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles while a block, or a function that this decorates, runs.

    For steps that make millions of values and keep nearly all of them: the collector would walk
    over everything that is kept again and again, so that a plan costs more the longer it is.
    What nothing refers to is freed as ever. It holds for the whole process.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
