"""The pre-commit hooks and the GitHub Action are well-formed, and the commands they name run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, TESTS

BIN = Path(sys.executable).parent
DEFECTIVE = TESTS / "documents" / "defective"
ENVIRONMENT = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def _yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def _hooks() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in _yaml(".pre-commit-hooks.yaml")}


def test_each_hook_has_what_pre_commit_requires() -> None:
    hooks = _hooks()
    assert set(hooks) == {"drugpolicy-validate", "drugpolicy-validate-document"}
    for hook in hooks.values():
        assert {"id", "name", "entry", "language", "files"} <= set(hook)
        assert hook["language"] == "python"
        re.compile(hook["files"])


@pytest.mark.parametrize(("state", "code"), [("sound", 0), ("broken", 1)])
def test_the_hook_runs_on_the_files_that_its_pattern_names(state: str, code: int) -> None:
    hook = _hooks()["drugpolicy-validate"]
    folder = DEFECTIVE / "table" / state
    files = [str(path) for path in sorted(folder.iterdir()) if re.search(hook["files"], str(path))]
    assert files == [str(folder / "plan.yaml")]
    run = subprocess.run(
        [*shlex.split(hook["entry"]), *files], env=ENVIRONMENT, capture_output=True, check=False
    )
    assert run.returncode == code, run.stderr


def test_the_document_hook_passes_over_pages_about_the_repository() -> None:
    hook = _hooks()["drugpolicy-validate-document"]
    assert re.search(hook["files"], "drafts/plan.docx")
    assert re.search(hook["exclude"], "docs/README.md")
    assert not re.search(hook["exclude"], "drafts/plan.md")


def test_every_input_of_the_action_is_described_and_reaches_the_command() -> None:
    action = _yaml("action.yml")
    step = action["runs"]["steps"][-1]
    assert action["runs"]["using"] == "composite"
    for name, given in action["inputs"].items():
        assert given["description"], name
        assert f"${{{{ inputs.{name} }}}}" in step["env"].values(), name
    assert "${{" not in step["run"], "a value in the script could be read as a command"
    for own in action["runs"]["steps"]:
        assert "uses" in own or own["shell"] == "bash"


@pytest.mark.parametrize(("state", "code"), [("sound", 0), ("broken", 1)])
def test_the_action_annotates_the_lines_that_are_wrong(
    state: str, code: int, tmp_path: Path
) -> None:
    action = _yaml("action.yml")
    step = action["runs"]["steps"][-1]
    inputs = {name: given["default"] for name, given in action["inputs"].items()}
    inputs |= {"paths": str(DEFECTIVE / "communication" / state), "sarif": str(tmp_path / "s.json")}
    values = {
        key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], text)
        for key, text in step["env"].items()
    }
    run = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={**ENVIRONMENT, **values},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code, run.stderr
    assert (tmp_path / "s.json").is_file()
    annotated = [line for line in run.stdout.splitlines() if line.startswith("::")]
    assert bool(annotated) == (state == "broken")
    if annotated:
        file = DEFECTIVE / "communication" / "broken" / "barges.en.md"
        assert any(f"file={file},line=12,col=78," in line for line in annotated)
