"""The service from its start to its end: load, say what is served, answer, stop cleanly."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import uvicorn

from drugpolicy_kg import releases
from drugpolicy_kg.errors import ServiceError
from drugpolicy_kg.service.editions import Editions
from drugpolicy_kg.service.fairness import Accounts
from drugpolicy_kg.service.http.connections import connections
from drugpolicy_kg.service.journal import Journal
from drugpolicy_kg.service.options import MIB
from drugpolicy_kg.service.validating import Validators

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drugpolicy_kg.service.edition import Edition
    from drugpolicy_kg.service.http.exchange import Application
    from drugpolicy_kg.service.options import Limits, ServeOptions

_BACKLOG: Final = 512
_STOP_MARGIN_SECONDS: Final = 2


def serve(options: ServeOptions, *, say: Callable[[str], None] = print) -> None:
    """Serve a release until SIGTERM or Ctrl+C; requests in flight are answered first."""
    if sys.platform != "linux":
        raise ServiceError(
            f"Serving needs Linux, whose kernel confines the workers; this is {sys.platform}.",
            remedy="Use the container, or ask on this machine with: drugpolicy query.",
        )
    import uvloop  # noqa: PLC0415 - exists on the platforms above only

    if options.endpoint is None:
        releases.read_manifest(releases.locate(options.source))
    listening = _bind(options.host, options.port)
    journal = Journal(options.log)
    journal.start()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(options, journal, listening, say))
    finally:
        listening.close()
        journal.close()


async def _run(
    options: ServeOptions,
    journal: Journal,
    listening: socket.socket,
    say: Callable[[str], None],
) -> None:
    address = _address(listening)
    loop = asyncio.get_running_loop()
    accounts = Accounts(options.limits, clock=loop.time)
    editions = Editions(options, accounts, journal, address=address)
    # What a client has checked is told apart from what it asks: neither keeps it from the other.
    validators = Validators(options, Accounts(options.limits, clock=loop.time))
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    starting = loop.create_task(editions.start())
    # One turn, in which the loader is started: it loads while this process imports the frameworks.
    await asyncio.sleep(0)
    following: asyncio.Task[None] | None = None
    early: asyncio.Task[None] | None = None
    try:
        from drugpolicy_kg.service.application import application  # noqa: PLC0415 - see above

        server = _server(application(editions, accounts, options, journal, validators), options)
        edition = await starting
        # Before the address is printed, so that nobody who reads it is refused.
        listening.listen(_BACKLOG)
        for line in banner(edition, options, address):
            say(line)
        following = loop.create_task(editions.follow())
        again: set[asyncio.Task[bool]] = set()

        def insist() -> None:
            again.add(loop.create_task(editions.reload(insist=True)))

        loop.add_signal_handler(signal.SIGHUP, insist)
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        told = asyncio.ensure_future(stopping.wait())
        if options.validation_early:
            early = loop.create_task(validators.begin_early(partial(_note, journal)))
        await asyncio.wait((serving, told), return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        server.should_exit = True
        await serving
    finally:
        for task in (starting, following, early):
            if task is not None:
                task.cancel()
        await validators.close()
        await editions.close()


def _note(journal: Journal, reason: str) -> None:
    journal.event("validation not started", reason=reason)


def _longest(limits: Limits) -> float:
    """Return the seconds that a request may take: waiting, then running."""
    return 2 * max(limits.time_seconds, limits.validation_seconds)


def _server(answer: Application, options: ServeOptions) -> _Server:
    return _Server(
        uvicorn.Config(
            answer,
            http=connections(options.limits),
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=_BACKLOG,
            timeout_graceful_shutdown=int(_longest(options.limits)) + _STOP_MARGIN_SECONDS,
        )
    )


class _Server(uvicorn.Server):
    """A server that leaves the signals to its caller, who has workers to end as well."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def banner(edition: Edition, options: ServeOptions, address: str) -> list[str]:
    """Return what the operator reads at the start: release, graphs, limits, address."""
    from drugpolicy_kg.service.views.pages import shown  # noqa: PLC0415 - its templates come late

    loaded = edition.loaded
    release = f"Release {edition.version} ({edition.identity[:12]}) from {edition.place}"
    lines = [
        release if edition.identity else f"The endpoint {edition.place}",
        f"{sum(loaded.counts.values()):,} triples in {len(loaded.counts)} graphs:",
        *(f"  {triples:>9,}  {iri}" for iri, triples in sorted(loaded.counts.items())),
        f"{len(edition.queries)} saved queries",
        "Limits:",
        *(f"  {name}: {value}" for name, value in shown(options.limits)),
        f"  workers: {loaded.workers}, {loaded.worker_bytes // MIB:,} MiB each",
    ]
    if options.workers is not None and loaded.workers < options.workers:
        lines.append(
            f"  ({options.workers} workers were asked for; {loaded.workers} fit into "
            f"{options.memory_budget_bytes // MIB:,} MiB.)"
        )
    return [*lines, f"Open {address} in a browser. Ctrl+C stops."]


def _bind(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise _not_open(host, port, error) from error
    family, kind, protocol, _, where = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
    except OSError as error:
        listening.close()
        raise _not_open(host, port, error) from error
    return listening


def _not_open(host: str, port: int, error: OSError) -> ServiceError:
    return ServiceError(
        f"{host} port {port} cannot be opened ({error.strerror}).",
        remedy="Choose another one: --port 8001.",
    )


def _address(listening: socket.socket) -> str:
    host, port, *_ = listening.getsockname()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - shown, not bound
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
