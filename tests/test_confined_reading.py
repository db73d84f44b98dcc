"""A confined worker of the service reads every format: it opens no file and starts no process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from drugpolicy_kg.readers import read
from tests import conversions
from tests.conftest import TESTS

PROGRAM = """
import sys
from drugpolicy_kg.errors import SourceError
from drugpolicy_kg.readers import read_bytes
from drugpolicy_kg.service.workers import confinement
name = sys.argv[1]
try:
    read_bytes(name, b"A sample.")  # loads the reader, as the service does before it confines
except SourceError:
    pass
data = sys.stdin.buffer.read()
confinement.refuse_system_calls()
print(len(read_bytes(name, data).blocks))
"""


@pytest.mark.parametrize("ending", ["html", "docx", "pdf"])
def test_a_format_is_read_without_opening_a_file_or_starting_a_process(ending: str) -> None:
    source = read(TESTS / "documents" / "sealed" / "sealed.en.md")
    data = getattr(conversions, f"to_{ending}")(source)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, f"plan.{ending}"],
        input=data,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert int(done.stdout) > 60
