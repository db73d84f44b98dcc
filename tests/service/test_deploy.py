"""The files for operators, checked as far as they can be without systemd or a container."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg.service import Limits, ServeOptions

if TYPE_CHECKING:
    from pathlib import Path

DEPLOY = files("drugpolicy_kg.service").joinpath("deploy")
UNIT = DEPLOY.joinpath("drugpolicy.service").read_text(encoding="utf-8")
CONTAINER = DEPLOY.joinpath("Containerfile").read_text(encoding="utf-8")
NGINX = DEPLOY.joinpath("nginx.conf").read_text(encoding="utf-8")


def settings() -> dict[str, str]:
    """Return the settings of the unit; a line that ends with a backslash goes on."""
    joined = UNIT.replace("\\\n", " ")
    pairs = [line.split("=", 1) for line in joined.splitlines() if re.match(r"[A-Z]\w+=", line)]
    return dict(pairs)


def test_every_option_in_these_files_is_one_of_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "drugpolicy_kg", "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    container = re.findall(r'"(--[a-z-]+)"', CONTAINER)
    unit = re.findall(r"--[a-z-]+", settings()["ExecStart"])
    nginx = re.findall(r"--[a-z-]+", NGINX)
    assert min(len(container), len(unit), len(nginx)) > 0
    for option in {*container, *unit, *nginx}:
        assert option in done.stdout


def test_unit_runs_as_nobody_and_writes_nowhere() -> None:
    said = settings()
    assert said["DynamicUser"] == "yes"
    assert said["ProtectSystem"] == "strict"
    assert said["NoNewPrivileges"] == "yes"
    assert said["CapabilityBoundingSet"] == ""
    assert "ReadWritePaths" not in said


def test_unit_gives_requests_in_flight_their_time_and_the_memory_of_the_budget() -> None:
    said = settings()
    longest = max(Limits().time_seconds, Limits().validation_seconds)
    assert float(said["TimeoutStopSec"]) > 2 * longest
    assert said["MemoryMax"] == f"{ServeOptions().memory_budget_bytes >> 30}G"


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed: apt-get install systemd, or run .ci/run")
    unit = tmp_path / "drugpolicy.service"
    # The command is not where an operator will have put it.
    unit.write_text(UNIT.replace("/opt/drugpolicy/bin/drugpolicy", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    about = [line for line in done.stderr.splitlines() if "drugpolicy.service" in line]
    assert (done.returncode, about) == (0, [])
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystem=nonsense"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert "Failed to parse protect system value" in done.stderr


def test_container_is_nobody_and_installs_only_what_is_locked() -> None:
    joined = CONTAINER.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    instructions = [line.split()[0] for line in lines]
    known = {"FROM", "COPY", "RUN", "ENV", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK"}
    assert set(instructions) <= known | {"ENTRYPOINT", "CMD"}
    last = len(instructions) - 1 - instructions[::-1].index("FROM")
    assert lines[instructions.index("USER", last)] == "USER 65534:65534"
    assert "RUN" not in instructions[last:]
    assert "ADD" not in instructions
    installs = re.findall(r"pip install [^&]*", joined)
    assert len(installs) == 2
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
    assert "--read-only" in CONTAINER


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light, or run .ci/run")
    (tmp_path / "site.conf").write_text(NGINX)
    whole = tmp_path / "nginx.conf"
    paths = "".join(
        f"{name}_temp_path {tmp_path}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole.write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}include {tmp_path}/site.conf;\n}}\n"
    )
    done = subprocess.run(
        [program, "-t", "-p", str(tmp_path), "-c", str(whole)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_nginx_sets_the_clients_address_and_repeats_no_query_that_was_too_long() -> None:
    assert "proxy_set_header X-Real-IP $remote_addr;" in NGINX
    [again] = re.findall(r"proxy_next_upstream ([^;]*);", NGINX)
    assert "http_504" not in again
    [read] = re.findall(r"proxy_read_timeout (\d+)s;", NGINX)
    assert int(read) > 2 * Limits().time_seconds
