"""A client that costs little: raw HTTP over open connections, from several processes.

Each process holds some of the clients; each of them sends the next request when it has the
answer to the one before. A client is known to the service by an address of its own, which the
process in front would give: the service is told to trust that header.
"""

from __future__ import annotations

import multiprocessing
import resource
import select
import socket
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIENT_HEADER: Final = "X-Forwarded-For"
_PROCESSES: Final = 2
_END_OF_HEAD: Final = b"\r\n\r\n"
_PATIENCE_SECONDS: Final = 120.0
_CHUNK: Final = 256 * 1024
_ENOUGH_TO_SHARE: Final = 4


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked: where, by how many clients, for how long, and by which requests.

    `query` may hold `{n}`, which is another number from 1 to `top` each time, and `{unique}`,
    which never comes twice, so that no cache answers; `headers` go with each request.
    """

    url: str
    query: str
    clients: int = 1
    seconds: float = 2.0
    top: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    accept: str = "application/sparql-results+json"


@dataclass(frozen=True, slots=True)
class Measured:
    """What came back: how long each answer took (in seconds), and the statuses."""

    times: tuple[float, ...]
    statuses: dict[int, int]
    seconds: float
    client_cpu: float

    @property
    def rate(self) -> float:
        """Return answers in a second."""
        return len(self.times) / self.seconds

    @property
    def median(self) -> float:
        """Return the time in milliseconds within which half of the answers came."""
        return 1000 * statistics.median(self.times)

    def quantile(self, share: float) -> float:
        """Return the time in milliseconds within which a share of the answers came."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    @property
    def failed(self) -> int:
        """Return the number of answers that are neither 200 nor 304."""
        return sum(n for status, n in self.statuses.items() if status not in {200, 304})


def measure(load: Load) -> Measured:
    """Return what the clients of a load met; their processes share them."""
    number = min(_PROCESSES, load.clients) if load.clients >= _ENOUGH_TO_SHARE else 1
    shares = [load.clients // number + (k < load.clients % number) for k in range(number)]
    context = multiprocessing.get_context("spawn")
    with context.Pool(number) as pool:
        firsts = [sum(shares[:k]) for k in range(number)]
        parts = pool.starmap(
            _run, [(load, first, share) for first, share in zip(firsts, shares, strict=True)]
        )
    statuses: Counter[int] = Counter()
    for part in parts:
        statuses.update(part.statuses)
    times = tuple(t for part in parts for t in part.times)
    if not times:
        raise AssertionError(f"{load.url} answered nothing: {load.query[:80]}")
    return Measured(
        times,
        dict(statuses),
        max(part.seconds for part in parts),
        sum(part.client_cpu for part in parts),
    )


def _run(load: Load, first: int, clients: int) -> Measured:
    """Run some of the clients in this process until the time is over."""
    connections = [_Client(load, first + number) for number in range(clients)]
    poll = select.epoll()
    by_file: dict[int, _Client] = {}
    times: list[float] = []
    statuses: Counter[int] = Counter()
    spent = _processor_seconds()
    began = time.perf_counter()
    until = began + load.seconds
    for client in connections:
        by_file[client.send(poll)] = client
    while by_file:
        for file, _ in poll.poll(_PATIENCE_SECONDS):
            client = by_file[file]
            status = client.receive()
            if status is None:
                continue
            now = time.perf_counter()
            times.append(now - client.sent)
            statuses[status] += 1
            if now < until:
                fresh = client.send(poll)
                if fresh != file:
                    del by_file[file]
                    by_file[fresh] = client
            else:
                del by_file[file]
                client.close(poll)
        if time.perf_counter() > until + _PATIENCE_SECONDS:
            break
    seconds = time.perf_counter() - began
    return Measured(tuple(times), dict(statuses), seconds, _processor_seconds() - spent)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class _Client:
    """One connection, and what was asked over it last."""

    def __init__(self, load: Load, number: int) -> None:
        parts = urlsplit(load.url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._requests = _requests(load, number)
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._closing = False
        self.sent = 0.0

    def send(self, poll: select.epoll) -> int:
        """Send the next request, over a new connection where the last one was closed."""
        request = next(self._requests)
        self.sent = time.perf_counter()
        if self._socket is None or self._closing:
            self.close(poll)
            self._socket = socket.create_connection(self._address, _PATIENCE_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            poll.register(self._socket, select.EPOLLIN)
        self._buffer = b""
        self._closing = False
        self._socket.sendall(request)
        return self._socket.fileno()

    def receive(self) -> int | None:
        """Take what has come and return the status once the answer is whole."""
        assert self._socket is not None
        piece = self._socket.recv(_CHUNK)
        self._buffer += piece
        head, end, body = self._buffer.partition(_END_OF_HEAD)
        if not end:
            if not piece:
                self._closing = True
                return 0
            return None
        status = int(head[9:12])
        lower = head.lower()
        self._closing = b"connection: close" in lower or not piece
        if b"transfer-encoding: chunked" in lower:
            whole = body.endswith(b"0" + _END_OF_HEAD)
        else:
            _, named, rest = lower.partition(b"content-length:")
            length = int(rest.split(b"\r\n", 1)[0]) if named else 0
            whole = len(body) >= length if named else status in {204, 304} or not piece
        return status if whole or not piece else None

    def close(self, poll: select.epoll) -> None:
        """Give the connection up."""
        if self._socket is not None:
            poll.unregister(self._socket)
            self._socket.close()
            self._socket = None


def _requests(load: Load, number: int) -> Iterator[bytes]:
    """Yield the requests of one client, each with numbers of its own."""
    parts = urlsplit(load.url)
    headers = {
        "Host": parts.netloc,
        "Accept": load.accept,
        CLIENT_HEADER: f"192.0.2.{number % 250 + 1}",
        **load.headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    if not load.query:
        request = f"GET {parts.path or '/'} HTTP/1.1\r\n{head}\r\n".encode()
        while True:
            yield request
    encode = _encoder(load)
    counter = number * 1_000_003
    while True:
        counter += 1
        yield f"GET {parts.path}?{encode(counter)} HTTP/1.1\r\n{head}\r\n".encode()


def _encoder(load: Load) -> Callable[[int], str]:
    """Return how a query with other numbers becomes parameters; most of it is encoded once."""
    encoded = urlencode({"query": load.query}).replace("%7Bn%7D", "{n}")
    encoded = encoded.replace("%7Bunique%7D", "{unique}")

    def encode(counter: int) -> str:
        return encoded.replace("{n}", str(counter * 7919 % load.top + 1)).replace(
            "{unique}", str(counter)
        )

    return encode
