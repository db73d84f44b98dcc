"""What is written to a client at one time goes to the kernel at one time, and nothing is kept."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from drugpolicy_kg.service.http.connections import Joined

if TYPE_CHECKING:
    from tests.service.running import Service


class Transport(asyncio.Transport):
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"


def test_head_and_body_are_one_write_when_the_answer_is_whole() -> None:
    async def write() -> list[bytes]:
        joined = Joined(transport := Transport(), asyncio.get_running_loop())
        joined.write(b"head ")
        joined.write(b"body")
        assert transport.written == []
        joined.flush()
        await asyncio.sleep(0)
        return transport.written

    assert asyncio.run(write()) == [b"head body"]


def test_what_nothing_follows_is_written_at_the_next_turn() -> None:
    async def write() -> list[bytes]:
        joined = Joined(transport := Transport(), asyncio.get_running_loop())
        for part in (b"HTTP/1.1 100 Continue\r\n\r\n", b"more"):
            joined.write(part)
            await asyncio.sleep(0)
        return transport.written

    assert asyncio.run(write()) == [b"HTTP/1.1 100 Continue\r\n\r\n", b"more"]


def test_much_is_written_without_waiting() -> None:
    async def write() -> list[int]:
        joined = Joined(transport := Transport(), asyncio.get_running_loop())
        for _ in range(4):
            joined.write(b"x" * 40_000)
        return [len(part) for part in transport.written]

    assert asyncio.run(write()) == [80_000, 80_000]


def test_closing_writes_what_is_held_and_aborting_does_not() -> None:
    async def end() -> list[tuple[list[bytes], str]]:
        found = []
        for way in ("close", "abort"):
            joined = Joined(transport := Transport(), asyncio.get_running_loop())
            joined.write(b"last")
            getattr(joined, way)()
            await asyncio.sleep(0)
            found.append((transport.written, transport.ended))
        return found

    assert asyncio.run(end()) == [([b"last"], "closed"), ([], "aborted")]


def test_client_that_waits_for_a_sign_before_its_body_gets_it(service: Service) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    query = b"ASK {}"
    head = (
        f"POST /sparql HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/sparql-query\r\n"
        f"Content-Length: {len(query)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(head.encode())
        assert client.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(query)
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b'{"head":{},"boolean":true}')
