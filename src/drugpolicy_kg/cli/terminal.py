"""What the commands share: exit codes, kinds of arguments, and progress on a terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Callable

#: Exit codes: all is well; a violation was found; it could not be done.
FINE: Final = 0
VIOLATION: Final = 1
IMPOSSIBLE: Final = 2

FOLDER: Final = click.Path(path_type=Path, file_okay=False)


class progress:  # noqa: N801  used as a context manager, read as a verb
    """Shows the step that is being done, on a terminal only."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> Callable[[str], None]:
        self._status = None
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status(self._what)
            self._status.start()
        return self._say

    def _say(self, step: str) -> None:
        if self._status is not None:
            self._status.update(f"{self._what}: {step}")

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()
