"""A copy of the checkout in which something is taken away, and processes that end with it."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.conftest import ROOT
from tests.remedies import outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remedies.entries import Edit

#: What is edited is copied; all else is only read there.
_COPIED: Final = ("src", "tests")
_LEFT_OUT: Final = (".git", ".venv")
#: What any process may map: more than the largest worker, less than the machine has.
_MEMORY_KIB: Final = 3 * 1024 * 1024
_PYTEST: Final = ("-p", "tests.remedies.outcomes", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Run:
    """How a program ended: its exit code, none if it had to be killed, and what it printed."""

    code: int | None
    printed: str
    outcomes: tuple[tuple[str, str, str], ...]

    def tests(self, part: str, outcome: str = "") -> set[str]:
        """Return the tests of which a part ended in a way, or any way."""
        return {
            test
            for test, its_part, ended in self.outcomes
            if its_part == part and outcome in {"", ended}
        }


@dataclass(frozen=True)
class Copy:
    """A copy of the checkout, from which programs are started."""

    folder: Path

    def edit(self, edit: Edit) -> None:
        """Apply an edit to the copy, and refuse one that leaves names undefined."""
        path = self.folder / edit.file
        path.write_text(edit.applied(path.read_text(encoding="utf-8")), encoding="utf-8")
        if path.suffix == ".py":
            ruff = str(Path(sys.executable).with_name("ruff"))
            done = subprocess.run(
                [ruff, "check", "--isolated", "--no-cache", "--select", "F821,F823", str(path)],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{edit.file}: is no program any more: {done.stdout}"

    def pytest(self, *arguments: str, seconds: float, modules: tuple[str, ...] = ()) -> Run:
        """Run tests of the copy; modules must be importable, or no test is run."""
        return self.run("-m", "pytest", *_PYTEST, *arguments, seconds=seconds, modules=modules)

    def run(self, *arguments: str, seconds: float, modules: tuple[str, ...] = ()) -> Run:
        """Run Python on the copy within bounds of time and memory; no process outlives it."""
        own = self.folder / "own"
        own.mkdir(exist_ok=True)
        printed, told = own / "printed", own / "outcomes"
        told.write_text("")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "PYTHON"))}
        environment = {
            **kept,
            "PYTHONPATH": str(self.folder / "src"),
            "TMPDIR": str(own),
            # Plugins that nobody needs here take as long to load as pytest itself.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            outcomes.FILE: str(told),
            outcomes.MODULES: " ".join(modules),
        }
        bounded = ["sh", "-c", 'ulimit -c 0; ulimit -v "$0"; exec "$@"', str(_MEMORY_KIB)]
        with printed.open("w") as file:
            process = subprocess.Popen(
                [*bounded, sys.executable, *arguments],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        in_time = _ended(process.pid, seconds)
        # Its number is its session's as long as nobody has asked how it ended.
        _end_session(process.pid)
        code = process.wait()
        lines = told.read_text(encoding="utf-8").splitlines()
        return Run(
            code if in_time else None,
            printed.read_text(encoding="utf-8", errors="replace"),
            tuple((test, part, ended) for test, part, ended in map(json.loads, lines)),
        )


@contextmanager
def copied() -> Iterator[Copy]:
    """Give a copy of the checkout that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="remedies-") as name:
        folder = Path(name)
        for source in ROOT.iterdir():
            if source.name in _COPIED:
                # Compiled modules come along: they are valid as long as the source is the same.
                shutil.copytree(source, folder / source.name)
            elif source.is_dir() and source.name not in _LEFT_OUT:
                (folder / source.name).symlink_to(source)
            elif source.is_file():
                shutil.copy2(source, folder)
        yield Copy(folder)


def module_of(file: str) -> str:
    """Return the name of the module in a file below src or tests.

    >>> module_of("src/drugpolicy_kg/store/__init__.py")
    'drugpolicy_kg.store'
    """
    return file.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _ended(pid: int, seconds: float) -> bool:
    """Return whether a child ends in time; how it ended can still be asked."""
    file = os.pidfd_open(pid)
    try:
        return bool(select.select([file], [], [], seconds)[0])
    finally:
        os.close(file)


def _end_session(leader: int) -> None:
    """End every process of a session and return when none is left."""
    until = time.monotonic() + 10
    while members := _members(leader):
        assert time.monotonic() < until, f"processes cannot be ended: {members}"
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.02)


def _members(session: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] not in {"Z", "X"}:
                found.append(int(entry.name))
    return found
