"""Connections that end when nothing moves on them, and of which there are not too many."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from drugpolicy_kg.service.options import Limits

_KERNEL_BYTES: Final = 128 * 1024


class Connection(HttpToolsProtocol):
    """A connection with a limit on how slowly a client may ask, and how slowly it may listen."""

    limits: ClassVar[Limits]
    _asking: asyncio.TimerHandle | None = None
    _listening: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the base has it
        """Begin; one more than there may be ends at once, before it can ask."""
        super().connection_made(transport)
        # What the kernel holds for a client that reads slowly counts as well.
        opened = transport.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BYTES)
        if len(self.connections) > self.limits.connections:
            transport.abort()
            return
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        """Take bytes; those of the next request have to be whole in time as well."""
        cycle: RequestResponseCycle | None = self.cycle
        waiting = cycle is None or cycle.response_complete
        if waiting and self._asking is None:
            self._expect_headers()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Stop the clock: the route decides how long a body may take."""
        self._stop_asking()
        super().on_headers_complete()

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
