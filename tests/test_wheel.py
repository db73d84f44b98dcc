"""A wheel, installed into an empty folder, can query and serve on its own."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked as an installer does."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    site = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def _run(site: Path, empty: Path, *arguments: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-m", "drugpolicy_kg", *arguments],
        cwd=empty,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_wheel_answers_from_its_own_files(installed: Path, tmp_path: Path) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "from drugpolicy_kg import resources; print(resources.graphs())"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(installed))
    rows = list(csv.reader(io.StringIO(_run(installed, tmp_path, "query", "actions"))))
    assert len(rows) == 1 + 89
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_carries_what_a_reader_of_the_graph_needs(installed: Path) -> None:
    packaged = installed / "drugpolicy_kg" / "packaged"
    names = {path.relative_to(packaged).as_posix() for path in packaged.rglob("*.*")}
    assert "data/graphs/manifest.json" in names
    assert "ontology/drugpolicy.ttl" in names
    assert len([name for name in names if name.startswith("shapes/")]) > 30
    assert len([name for name in names if name.startswith("queries/public/")]) >= 16
    service = {path.name for path in (installed / "drugpolicy_kg" / "service").rglob("*.*")}
    assert {"style.css"} <= service
    assert any(name.endswith(".html") for name in service)
    assert not [name for name in names if "/source/" in name]
