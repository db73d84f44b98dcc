"""A server in a process of its own, as users start it, and a small graph to serve."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

GRAPH = "https://w3id.org/drugpolicy-kg/graph/"
TIME_LIMIT = 1.0
WELL_SECONDS = 1.0
# Why a service was asked a second time whether it is well; told at the end of the run.
SECOND_ASKINGS: list[str] = []

_PROGRAM = """
import json, sys
from pathlib import Path
exec(sys.argv[2])
from drugpolicy_kg.errors import DrugPolicyError
from drugpolicy_kg.service import Limits, ServeOptions, serve
told = json.loads(sys.argv[1])
for name in ("release", "releases", "queries"):
    if told.get(name) is not None:
        told[name] = Path(told[name])
log = told.pop("log")
def write(text):
    with open(log, "a") as file:
        file.write(text)
options = ServeOptions(log=write, **{"port": 0, **told, "limits": Limits(**told["limits"])})
try:
    serve(options, say=lambda line: print(line, flush=True))
except DrugPolicyError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
"""


def write_graphs(folder: Path, graphs: dict[str, str]) -> Path:
    """Write N-Triples as a folder of graphs; the keys are the ends of the graphs' IRIs."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for name, content in sorted(graphs.items()):
        file = folder / f"{name}.nt"
        file.write_text(content, encoding="utf-8")
        entries.append(
            {
                "iri": GRAPH + name,
                "file": file.name,
                "media_type": "application/n-triples",
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
                "triples": len(content.splitlines()),
            }
        )
    manifest = {"format": "drugpolicy-kg graphs 1", "version": "0.0.1", "graphs": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def plan_graphs(actions: int) -> dict[str, str]:
    """Return two graphs of a plan: its actions with titles, and who takes part in them."""
    thing = "https://w3id.org/drugpolicy-kg/id/plan/p/action/"
    term = "https://w3id.org/drugpolicy-kg/ontology#"
    facts, parts = [], []
    for n in range(1, actions + 1):
        facts.append(f'<{thing}{n}> <{term}title> "Step {n} {"a" * 40}"@en .')
        facts.append(f"<{thing}{n}> <{term}next> <{thing}{n % actions + 1}> .")
        parts.append(f"<{thing}{n}> <{term}involves> <{thing}actor/{n % 7}> .")
    return {"plan": "\n".join(facts) + "\n", "parts": "\n".join(parts) + "\n"}


def new_folder() -> Path:
    """Return a folder for what a server writes, which goes when the tests have ended.

    They read it after the server has stopped.
    """
    folder = Path(tempfile.mkdtemp(prefix="service-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass
class Service:
    """A running server: its address, its process and what it printed."""

    url: str
    process: subprocess.Popen[str]
    printed: list[str]
    log: Path

    @classmethod
    def start(
        cls,
        release: Path | None,
        *,
        limits: dict[str, float] | None = None,
        workers: int = 2,
        before: str = "",
        **options: Any,
    ) -> Self:
        """Start a server with options of ServeOptions; limits have their own dictionary.

        `before` is run first in the process that speaks HTTP, and in no other.
        """
        log = new_folder() / "log"
        errors = log.with_name("errors")
        told = {
            "release": None if release is None else str(release),
            "workers": workers,
            # The tests are one client that asks very much.
            "limits": {"time_seconds": TIME_LIMIT, "client_seconds": 1000.0, **(limits or {})},
            "log": str(log),
            # Most tests look at the processes for queries only.
            "validation_early": False,
            **options,
        }
        # A file, not a pipe: nobody reads while the server runs.
        with errors.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, json.dumps(told), before],
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        assert process.stdout is not None
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line.rstrip())
            if line.startswith("Open http"):
                return cls(line.split()[1].rstrip("/"), process, printed, log)
        process.communicate(timeout=10)
        raise AssertionError(f"The server ended with {process.returncode}: {errors.read_text()}")

    def ask(self, query: str, **options: Any) -> httpx.Response:
        """Return the answer to a POSTed form."""
        headers = options.pop("headers", {})
        data = {"query": query, **options}
        return httpx.post(f"{self.url}/sparql", data=data, headers=headers, timeout=30)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=30, **options)

    def wait_for_release(self, version: str) -> None:
        """Wait until a release is served."""
        for _ in range(300):
            if self.get("/ready").json().get("version") == version:
                return
            time.sleep(0.1)
        raise AssertionError(f"{version} is not served after 30 s.")

    def descendants(self) -> list[int]:
        """Return the processes below the server: the loader and its workers."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:
                    continue
                parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
        found, new = [], [self.process.pid]
        while new:
            new = [pid for pid, parent in parents.items() if parent in new]
            found += new
        return found

    def loader_and_workers(self) -> tuple[int, list[int]]:
        [loader] = [pid for pid in self.descendants() if parent_of(pid) == self.process.pid]
        return loader, [pid for pid in self.descendants() if parent_of(pid) == loader]

    def lines(self) -> list[dict[str, Any]]:
        """Return what the server logged so far."""
        text = self.log.read_text() if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    def errors(self) -> str:
        """Return what the server wrote to standard error: nothing, if all is well."""
        return self.log.with_name("errors").read_text()

    def metric(self, name: str) -> float:
        """Return a number of /metrics by its name and labels."""
        [value] = [
            line.rpartition(" ")[2]
            for line in self.get("/metrics").text.splitlines()
            if line.startswith(f"drugpolicy_{name} ")
        ]
        return float(value)

    def is_busy(self, workers: int = 1) -> bool:
        """Return whether so many queries run soon, however slow the machine is."""
        return within(20, lambda: self.metric("busy_workers") == workers)

    def hang_up(self, path: str, begun: Callable[[], bool]) -> None:
        """Ask for a path, and close the connection once something has begun."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert begun(), path

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=30)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code


def parent_of(pid: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def is_well(service: Service) -> bool:
    """Return whether a cheap query is answered within a second, at the first asking or the second.

    The second asking is for a machine that has other things to do; each is counted with its
    reason. A service that lost its workers would answer neither.
    """
    for _ in range(2):
        began = time.monotonic()
        # Another text each time: what was answered before would need no worker.
        response = service.ask(f"ASK {{}} # {began}")
        took = time.monotonic() - began
        if response.status_code == 200 and took < WELL_SECONDS:
            return True
        SECOND_ASKINGS.append(f"status {response.status_code} after {took:.1f} s")
    return False


def within(seconds: float, condition: Any) -> bool:
    """Return whether a condition comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def nobody_came(listener: socket.socket) -> bool:
    """Return whether nothing connected to where nobody should."""
    try:
        listener.accept()
    except TimeoutError:
        return True
    return False
