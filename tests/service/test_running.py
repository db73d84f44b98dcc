from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
from tests.service.running import new_folder
folder = new_folder()
(folder / "log").touch()
print(folder)
"""


def test_folder_of_a_server_goes_when_the_tests_have_ended() -> None:
    told = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    folder = Path(told.stdout.decode().strip())
    assert folder.is_absolute()
    assert not folder.exists()
