"""Every remedy of the service is needed: without it, tests fail that pass with it."""

from __future__ import annotations

import sys

import pytest

from tests.conftest import ROOT
from tests.remedies.copies import copied, module_of
from tests.remedies.entries import Edit, Entry, read_entries, read_points
from tests.service.running import alive

ENTRIES = read_entries()
LIST = ROOT.parent / "shared" / "design" / "service-safety.md"
SAY_WHERE = (
    'if __name__ == "__main__":\n',
    'if __name__ == "__main__":\n    sys.stderr.write(f"{__spec__.name} of {__file__}\\n")\n',
)
START_ALL = """
import httpx
from pathlib import Path
from tests.service.running import Service, plan_graphs, write_graphs
release = write_graphs(Path("own/release"), plan_graphs(2))
for program in ("drugpolicy_kg.validation_process", "tests.service.checker"):
    service = Service.start(release, validation_program=program)
    headers = {"Content-Type": "text/plain"}
    httpx.post(service.url + "/validate", content=b"A plan.", headers=headers, timeout=60)
    service.stop()
    print(service.errors())
"""


@pytest.mark.long
@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_tests_fail_without_their_remedy(entry: Entry) -> None:
    with copied() as copy:
        for edit in entry.edits:
            copy.edit(edit)
        modules = tuple(module_of(e.file) for e in entry.edits if e.file.endswith(".py"))
        run = copy.pytest("--tb=short", *entry.tests, seconds=entry.seconds, modules=modules)
    # Shown by -rP: who reads it sees whether the tests fail for their reason.
    sys.stdout.write(run.printed)
    if entry.ends == "hangs":
        assert run.code is None, f"ended with {run.code}:\n{run.printed[-4000:]}"
        return
    assert run.code == 1, f"ended with {run.code}, not as failed tests do:\n{run.printed[-4000:]}"
    there, failed = run.tests("collected"), run.tests("call", "failed")
    assert failed == there, f"passed without the remedy: {there - failed}\n{run.printed[-4000:]}"
    assert all(any(_stands_for(name, test) for test in failed) for name in entry.tests)


@pytest.mark.long
def test_every_process_of_the_service_is_of_the_copy() -> None:
    programs = {
        name: f"{name.replace('.', '/')}.py"
        for name in ("drugpolicy_kg.service.workers.loader", "drugpolicy_kg.validation_process")
    }
    with copied() as copy:
        files = {name: f"src/{file}" for name, file in programs.items()}
        files["tests.service.checker"] = "tests/service/checker.py"
        for file in files.values():
            copy.edit(Edit(file, *SAY_WHERE))
        run = copy.run("-c", START_ALL, seconds=60)
        assert run.code == 0, run.printed
        for name, file in files.items():
            assert f"{name} of {copy.folder / file}\n" in run.printed


@pytest.mark.long
def test_what_does_not_end_is_ended_with_all_below_it() -> None:
    program = (
        "import subprocess, sys, time\n"
        "endless = 'import os, time; os.setpgid(0, 0); print(os.getpid(), flush=True); "
        "time.sleep(600)'\n"
        "subprocess.Popen([sys.executable, '-c', endless])\n"
        "time.sleep(600)\n"
    )
    with copied() as copy:
        run = copy.run("-c", program, seconds=3)
    assert run.code is None
    assert not alive(int(run.printed))


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_text_that_is_taken_away_stands_once_in_its_file(entry: Entry) -> None:
    for edit in entry.edits:
        edit.applied((ROOT / edit.file).read_text(encoding="utf-8"))


def test_tests_that_are_named_exist() -> None:
    names = {test for entry in ENTRIES for test in entry.tests}
    files = sorted({name.partition("::")[0] for name in names})
    with copied() as copy:
        run = copy.pytest("--collect-only", "--quiet", *files, seconds=120)
    assert run.code == 0, run.printed[-4000:]
    there = run.tests("collected")
    missing = {name for name in names if not any(_stands_for(name, test) for test in there)}
    assert not missing


def test_each_point_has_a_remedy_or_a_reason() -> None:
    points = read_points()
    names = [point.point for point in points]
    assert len(set(names)) == len(names) > 0
    remedied = {entry.point for entry in ENTRIES}
    assert remedied <= set(names)
    # A reason says why nothing is taken away; where something is, it would be wrong.
    assert [p.point for p in points if bool(p.reason) == (p.point in remedied)] == []


@pytest.mark.skipif(
    not LIST.exists(),
    reason=f"{LIST} is missing; put it there and run: python -m pytest tests/remedies",
)
def test_points_are_quoted_and_none_is_left_out() -> None:
    quoted = [point.says for point in read_points()]
    lines = LIST.read_text(encoding="utf-8").splitlines()
    numbered = [line for line in lines if line[:1] == "-" or line[:1].isdigit()]
    assert len(numbered) > 20
    assert [says for says in quoted if not any(says in line for line in numbered)] == []
    assert [line for line in numbered if not any(says in line for says in quoted)] == []


def _stands_for(name: str, test: str) -> bool:
    """Return whether a name is that of a test, or of the function with its parameters."""
    return test == name or test.startswith(f"{name}[")
