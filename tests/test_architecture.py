"""The order of the modules is held by contracts, and each contract can fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

BREAKS = {
    "a module without a place": ("utils.py", '"""Odds and ends."""\n', "layers"),
    "an import upwards": (
        "errors.py",
        "\nfrom drugpolicy_kg import pipeline  # noqa: E402, F401\n",
        "layers",
    ),
    "a step that imports a step": (
        "merging.py",
        "\nfrom drugpolicy_kg import mapping  # noqa: E402, F401\n",
        "layers",
    ),
    "imports that go round": (
        "exports/table.py",
        "\nfrom drugpolicy_kg.exports import tables  # noqa: E402, F401\n",
        "no-circles",
    ),
    "a service that builds": (
        "service/__init__.py",
        "\nfrom drugpolicy_kg import readers  # noqa: E402, F401\n",
        "service-cannot-build",
    ),
    "a reasoner in the service": (
        "service/__init__.py",
        "\nimport owlready2  # noqa: E402, F401\n",
        "service-cannot-build",
    ),
    "an engine in the reader": (
        "readers/plain.py",
        "\nimport rdflib  # noqa: E402, F401\n",
        "one-module-per-engine",
    ),
    "the web in the builder": (
        "pipeline.py",
        "\nimport fastapi  # noqa: E402, F401\n",
        "no-web-in-the-builder",
    ),
}


def _lint(folder: Path, contract: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache", "--config", str(folder / "pyproject.toml"), "--contract", contract],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    return tmp_path


@pytest.mark.parametrize("name", BREAKS)
def test_each_contract_fails_when_it_is_broken(copy: Path, name: str) -> None:
    file, addition, contract = BREAKS[name]
    kept = _lint(copy, contract)
    assert kept.returncode == 0, kept.stdout + kept.stderr
    path = copy / "src" / "drugpolicy_kg" / file
    path.write_text((path.read_text() if path.exists() else "") + addition)
    broken = _lint(copy, contract)
    assert broken.returncode == 1, broken.stdout
    assert "BROKEN" in broken.stdout


def test_imports_for_types_do_not_go_round_either(copy: Path) -> None:
    settings = copy / "pyproject.toml"
    text = settings.read_text()
    counted = text.replace(
        "exclude_type_checking_imports = true", "exclude_type_checking_imports = false"
    )
    assert counted != text
    settings.write_text(counted)
    kept = _lint(copy, "no-circles")
    assert kept.returncode == 0, kept.stdout + kept.stderr
    path = copy / "src" / "drugpolicy_kg" / "exports" / "table.py"
    named = "if TYPE_CHECKING:\n    from drugpolicy_kg.exports import tables\n"
    path.write_text(path.read_text().replace("if TYPE_CHECKING:\n", named, 1))
    broken = _lint(copy, "no-circles")
    assert broken.returncode == 1, broken.stdout
    assert "BROKEN" in broken.stdout
