"""Servers as processes of their own: ours, those it is compared with, and bare ones.

Their output goes to a file, since a pipe that nobody reads would stop them.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_TICK: Final = os.sysconf("SC_CLK_TCK")
_STOP_SECONDS: Final = 30
_POLL_SECONDS: Final = 0.002
_PROGRAM: Final = """
import json, sys
from pathlib import Path
from drugpolicy_kg.errors import DrugPolicyError
from drugpolicy_kg.service import Limits, ServeOptions, serve
told = json.loads(sys.argv[1])
for key in ("release", "releases", "queries"):
    if key in told:
        told[key] = Path(told[key])
print_line = lambda line: print(line, flush=True)
try:
    options = ServeOptions(limits=Limits(**told.pop("limits")), **told)
    serve(options, say=print_line)
except DrugPolicyError as error:
    sys.exit(str(error))
"""
_HELLO_FASTAPI: Final = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def hello():
    return {"hello": "world"}
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
"""
_HELLO_BARE: Final = """
import sys, uvicorn
async def app(scope, receive, send):
    headers = [(b"content-type", b"application/json"), (b"content-length", b"17")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"hello":"world"}'})
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, lifespan="off")
"""


@dataclass
class Server:
    """A running server: its address, its process, where its output goes, how long it took."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    seconds: float

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        log: Path,
        *,
        ready: Callable[[str], str | None],
        seconds: float = 60,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Self:
        """Start a command and wait until `ready` finds its address in what it printed."""
        began = time.monotonic()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=folder,
            )
        while time.monotonic() < began + seconds:
            url = ready(log.read_text(encoding="utf-8", errors="replace"))
            if url is not None:
                return cls(url.rstrip("/"), process, log, time.monotonic() - began)
            if process.poll() is not None:
                break
            time.sleep(_POLL_SECONDS)
        process.kill()
        process.wait()
        raise AssertionError(
            f"{command[0]} did not start within {seconds:g} s: {log.read_text()[-2000:]}"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the server and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def processes(self) -> list[int]:
        """Return the numbers of the process and of all below it."""
        parents: dict[int, int] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (stat := _stat(int(entry.name))):
                parents[int(entry.name)] = int(stat[1])
        found, new = [self.process.pid], [self.process.pid]
        while new:
            new = [pid for pid, parent in parents.items() if parent in new]
            found += new
        return found

    def workers(self) -> list[int]:
        """Return the numbers of the processes that answer queries, of a server of ours."""
        pids = self.processes()
        parents = {pid: int(stat[1]) for pid in pids if (stat := _stat(pid))}
        loaders = {pid for pid, parent in parents.items() if parent == self.process.pid}
        return sorted(pid for pid, parent in parents.items() if parent in loaders)

    def memory(self) -> int:
        """Return the bytes that all processes take, shared pages counted once."""
        total = 0
        for pid in self.processes():
            try:
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            except OSError:
                continue
            total += sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total

    def cpu(self) -> float:
        """Return the seconds of processor time that all processes took, also ended ones."""
        total = 0
        for pid in self.processes():
            if stat := _stat(pid):
                total += sum(int(ticks) for ticks in stat[11:15])
        return total / _TICK


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on, or none where it is gone."""
    try:
        content = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return content.rpartition(")")[2].split()


def start_ours(*, log: Path, limits: Mapping[str, float] | None = None, **options: Any) -> Server:
    """Start the service as its users do, on a free port; `options` are those of ServeOptions."""
    told = {
        "port": 0,
        # What is measured is not to share the processor and the memory with what nobody asked for.
        "validation_early": False,
        "limits": dict(limits or {}),
        **{
            name: str(value) if isinstance(value, Path) else value
            for name, value in options.items()
        },
    }
    command = [sys.executable, "-c", _PROGRAM, json.dumps(told)]
    return Server.start(command, log, ready=_opened)


def _opened(printed: str) -> str | None:
    for line in printed.splitlines():
        if line.startswith("Open http"):
            return line.split()[1]
    return None


def start_hello(kind: str, log: Path) -> Server:
    """Start a server that says hello: `fastapi`, or `bare` uvicorn without a framework."""
    program = {"fastapi": _HELLO_FASTAPI, "bare": _HELLO_BARE}[kind]
    port = free_port()
    return Server.start(
        [sys.executable, "-c", program, str(port)], log, ready=answering(f"http://127.0.0.1:{port}")
    )


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def answering(url: str) -> Callable[[str], str | None]:
    """Return a function that gives the address once somebody listens there."""
    parts = urlsplit(url)

    def ready(_: str) -> str | None:
        try:
            socket.create_connection((str(parts.hostname), parts.port or 80), 0.2).close()
        except OSError:
            return None
        return url

    return ready


def write_manifest(folder: Path, graphs: Mapping[str, str]) -> Path:
    """Write the manifest of N-Triples files of a folder, by the IRIs of their graphs."""
    entries = []
    for iri, file in sorted(graphs.items()):
        content = (folder / file).read_bytes()
        entries.append(
            {
                "iri": iri,
                "file": file,
                "media_type": "application/n-triples",
                "sha256": hashlib.sha256(content).hexdigest(),
                "triples": content.count(b"\n"),
            }
        )
    manifest = {"format": "drugpolicy-kg graphs 1", "version": "0.0.1", "graphs": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder
