"""Virtuoso from Debian's packages, without systemd: on loopback, its data in a folder of ours."""

from __future__ import annotations

import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import httpx
import pyoxigraph as ox

from drugpolicy_kg import releases
from tests.benchmarks.servers import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM: Final = "virtuoso-t"
CONSOLE: Final = "isql-vt"
HOW: Final = (
    "Virtuoso is not installed. On Debian: apt-get install virtuoso-opensource-7; then run: "
    "python -m pytest tests/virtuoso"
)
_CONFIGURATION: Final = Path("/etc/virtuoso-opensource-7/virtuoso.ini")
_PACKAGED: Final = Path("/usr/share/virtuoso-opensource-7/virtuoso.ini")
_START_SECONDS: Final = 120
_LOAD_SECONDS: Final = 900
_THREADS: Final = 32
_ONLINE: Final = "Server online at"
_FORMATS: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
}


def installed() -> bool:
    """Return whether the server and its console are there."""
    return all(shutil.which(name) for name in (PROGRAM, CONSOLE))


def start(folder: Path, *, buffers: int = 40_000) -> Virtuoso:
    """Start an empty Virtuoso whose files all lie in a folder; `buffers` are of 8 KiB each."""
    folder.mkdir(parents=True, exist_ok=True)
    console, web = free_port(), free_port()
    path = folder / "virtuoso.ini"
    path.write_text(_configuration(folder, console, web, buffers), encoding="utf-8")
    url = f"http://127.0.0.1:{web}"
    server = Server.start(
        [shutil.which(PROGRAM) or PROGRAM, "+foreground", "+configfile", str(path)],
        folder / "output",
        ready=lambda printed: url if _ONLINE in printed else None,
        seconds=_START_SECONDS,
        folder=folder,
    )
    return Virtuoso(server, console, folder)


def _configuration(folder: Path, console: int, web: int, buffers: int) -> str:
    """Return Debian's configuration with our folder, our ports and room for many clients."""
    parser = RawConfigParser(strict=False, inline_comment_prefixes=(";",))
    parser.optionxform = str  # type: ignore[assignment,method-assign] # names keep their case
    parser.read(_PACKAGED if _PACKAGED.is_file() else _CONFIGURATION, encoding="utf-8")
    home = "/var/lib/virtuoso-opensource-7/db"
    for section in parser.sections():
        for name, value in parser.items(section):
            parser.set(section, name, value.replace(home, str(folder)).strip())
    changes = {
        "Parameters": {
            "ServerPort": f"127.0.0.1:{console}",
            "DirsAllowed": str(folder),
            "NumberOfBuffers": str(buffers),
            "MaxDirtyBuffers": str(buffers * 3 // 4),
            "MaxClientConnections": str(_THREADS),
            "MaxMemPoolSize": "2000000000",
        },
        "HTTPServer": {
            "ServerPort": f"127.0.0.1:{web}",
            "ServerRoot": str(folder),
            "ServerThreads": str(_THREADS),
            "MaxClientConnections": str(_THREADS),
            "MaxKeepAlives": str(_THREADS),
            "KeepAliveTimeout": "30",
        },
        # Every row of an answer is compared; its own estimate of a query's time is far too high.
        "SPARQL": {
            "ResultSetMaxRows": "1000000",
            "MaxQueryCostEstimationTime": "0",
            "MaxQueryExecutionTime": "10",
        },
    }
    for section, values in changes.items():
        for name, value in values.items():
            parser.set(section, name, value)
    parser.remove_section("Plugins")
    parser.remove_section("Zero Config")
    lines = []
    for section in parser.sections():
        lines += [f"[{section}]", *(f"{name} = {value}" for name, value in parser.items(section))]
    return "\n".join(lines) + "\n"


class Virtuoso:
    """A running Virtuoso: its endpoint, and how graphs get into it."""

    def __init__(self, server: Server, console: int, folder: Path) -> None:
        self.server = server
        self.endpoint = f"{server.url}/sparql"
        self._console = console
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()

    def run(self, *statements: str) -> str:
        """Run statements on the console and return what it prints, or fail with its message."""
        done = subprocess.run(
            [shutil.which(CONSOLE) or CONSOLE, f"127.0.0.1:{self._console}", "dba", "dba"],
            input="".join(f"{statement};\n" for statement in statements),
            capture_output=True,
            text=True,
            timeout=_LOAD_SECONDS,
            check=True,
        )
        assert "*** Error" not in done.stdout + done.stderr, done.stdout + done.stderr
        return done.stdout

    def load(self, folder: Path) -> Mapping[str, int]:
        """Load the graphs of a folder, each under its name, and return their expected counts.

        They go through N-Triples, because Virtuoso's reader of Turtle does not know all of it.
        """
        manifest = releases.read_manifest(folder)
        for number, graph in enumerate(manifest.graphs):
            triples = ox.parse(
                releases.read_listed(manifest, graph), format=_FORMATS[graph.media_type]
            )
            file = self._folder / f"graph-{number}.nt"
            with file.open("wb") as output:
                ox.serialize(
                    (quad.triple for quad in triples), output, format=ox.RdfFormat.N_TRIPLES
                )
            self.run(f"ld_add('{file}', '{graph.iri}')")
        self.run("rdf_loader_run()", "checkpoint")
        failed = self.run(
            "select ll_file, ll_error from DB.DBA.LOAD_LIST where ll_error is not null"
        )
        assert "0 Rows." in failed, failed
        return {graph.iri: graph.triples for graph in manifest.graphs}

    def ask(
        self, query: str, *, accept: str = "application/sparql-results+json", seconds: float = 120
    ) -> httpx.Response:
        """Return the answer of the endpoint to a query."""
        return httpx.post(
            self.endpoint, data={"query": query}, headers={"Accept": accept}, timeout=seconds
        )
