"""What the README shows is what the commands say."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

from drugpolicy_kg import resources
from drugpolicy_kg.store import Question
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import by_name
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_saved_query_of_the_readme_gives_the_rows_that_it_shows() -> None:
    found = re.search(r"\$ \.venv/bin/(drugpolicy query .*)\n((?:.+\n)+?)\n", README)
    assert found is not None
    command = Path(sys.executable).with_name("drugpolicy")
    answer = subprocess.run(
        [command, *found[1].split()[1:]], capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines() == found[2].splitlines()


def test_the_sparql_of_the_readme_gives_the_rows_that_it_shows() -> None:
    found = re.search(r"query='\n(.*?)'\n(.*?)```", README, re.DOTALL)
    assert found is not None
    target = io.BytesIO()
    EmbeddedStore.load(resources.graphs()).answer(Question(found[1], by_name("csv")), target)
    assert target.getvalue().decode().splitlines() == found[2].splitlines()


def test_every_file_that_the_documents_point_to_exists() -> None:
    links = 0
    for page in ("README.md", "CONTRIBUTING.md", "DECISIONS.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / target).exists(), f"{page}: {target}"
            links += 1
    assert links > 5
