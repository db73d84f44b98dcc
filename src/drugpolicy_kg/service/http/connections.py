"""Connections that end when nothing moves on them, and of which there are not too many."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from drugpolicy_kg.service.http.exchange import COMMON_HEADERS
from drugpolicy_kg.service.http.problems import CONTENT_TYPE, Problem

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from drugpolicy_kg.service.options import Limits

_KERNEL_BYTES: Final = 128 * 1024
_HELD_BYTES: Final = 64 * 1024


class Joined(asyncio.Transport):
    """A transport that hands what is written at one time to the kernel at one time.

    An answer is written as a head and a body; two packets cost the service and its client
    twice. What is held is written when it is enough, when the answer is whole, or when the
    event loop turns to something else.
    """

    __slots__ = ("_held", "_loop", "_scheduled", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0
        self._scheduled = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Hold some bytes, or write them with what is held."""
        self._held.append(bytes(data))
        self._size += len(data)
        if self._size > _HELD_BYTES:
            self.flush()
        elif not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush_later)

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            held = self._held
            self._held, self._size = [], 0
            self._transport.write(held[0] if len(held) == 1 else b"".join(held))

    def _flush_later(self) -> None:
        self._scheduled = False
        self.flush()

    def close(self) -> None:
        """Write what is held, then close."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once; what is held is lost."""
        self._held, self._size = [], 0
        self._transport.abort()

    def is_closing(self) -> bool:
        """Return whether the transport is closing or closed."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the transport knows of itself."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Read no more."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._transport.resume_reading()


class Connection(HttpToolsProtocol):
    """A connection with a limit on how slowly a client may ask, and how slowly it may listen."""

    limits: ClassVar[Limits]
    _asking: asyncio.TimerHandle | None = None
    _listening: asyncio.TimerHandle | None = None
    _joined: Joined
    _begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the base has it
        """Begin; one more than there may be ends at once, before it can ask."""
        super().connection_made(transport)
        # What the kernel holds for a client that reads slowly counts as well.
        opened = transport.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)
        if len(self.connections) > self.limits.connections:
            transport.abort()
            return
        self._joined = Joined(transport, self.loop)
        self.transport = self._joined
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        """Take bytes; those of the next request have to be whole in time as well."""
        cycle: RequestResponseCycle | None = self.cycle
        waiting = cycle is None or cycle.response_complete
        self._begun = False
        super().data_received(data)
        # Most requests come whole, and need no clock.
        if waiting and not self._begun and self._asking is None:
            self._expect_headers()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem, as any other fault, and end."""
        body = Problem(400, msg).body()
        headers = [
            (b"content-type", CONTENT_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *COMMON_HEADERS,
        ]
        head = b"".join(b"%s: %s\r\n" % pair for pair in headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n" + head + b"\r\n" + body)
        self.transport.close()

    def on_headers_complete(self) -> None:
        """Stop the clock: the route decides how long a body may take."""
        self._begun = True
        self._stop_asking()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Send an answer that is whole."""
        self._joined.flush()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Start the clock of a client that does not take what is sent."""
        super().pause_writing()
        self._listening = self.loop.call_later(self.limits.sending_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop that clock: the client has taken enough."""
        self._stop_listening()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End with all clocks."""
        self._stop_asking()
        self._stop_listening()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._asking = self.loop.call_later(self.limits.header_seconds, self.transport.abort)

    def _stop_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _stop_listening(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None


def connections(limited: Limits) -> type[Connection]:
    """Return the kind of connection that has these limits."""

    class LimitedConnection(Connection):
        limits = limited

    return LimitedConnection
