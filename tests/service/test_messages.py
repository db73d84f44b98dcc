"""What the processes say to each other arrives whole, however long it is, and no more than that."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drugpolicy_kg.service.workers.messages import (
    LONG_BYTES,
    PACKET_BYTES,
    close_all,
    pair,
    receive,
    send,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = 4


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = pair()
    for end in (ours, theirs):
        # What would wait for room in the other's queue fails instead.
        end.setblocking(False)  # noqa: FBT003 - the name of the standard library
    with ours, theirs:
        yield ours, theirs


def opened() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("letter", ["x", "é", "\x01"], ids=["plain", "two bytes", "six bytes"])
@pytest.mark.parametrize("length", [1, PACKET_BYTES // 6, PACKET_BYTES, 4 * PACKET_BYTES])
@pytest.mark.parametrize("count", [0, FILES])
def test_message_of_any_length_arrives_with_its_files(
    ends: tuple[socket.socket, socket.socket], letter: str, length: int, count: int
) -> None:
    before = opened()
    header: dict[str, Any] = {"said": letter * length}
    files = tuple(write_file(b"%d" % number) for number in range(count))
    send(ends[0], header, b"body", files)
    message = receive(ends[1])
    assert message is not None
    assert (message.header, message.body) == (header, b"body")
    assert [os.pread(file, 9, 0) for file in message.files] == [b"%d" % n for n in range(count)]
    close_all([*files, *message.files])
    assert opened() == before


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_message_that_just_fits_a_packet_arrives(
    ends: tuple[socket.socket, socket.socket], more: int
) -> None:
    body = b"x" * (PACKET_BYTES - len(b"1234{}") + more)
    send(ends[0], {}, body)
    message = receive(ends[1])
    assert message is not None
    assert message.body == body
    assert message.files == []


def test_message_longer_than_any_is_none(ends: tuple[socket.socket, socket.socket]) -> None:
    before = opened()
    send(ends[0], {}, b"x" * (LONG_BYTES - len(b"1234{}")))
    assert receive(ends[1]) is not None
    send(ends[0], {}, b"x" * LONG_BYTES)
    assert receive(ends[1]) is None
    assert opened() == before


def test_what_claims_to_be_in_a_file_and_is_not_is_no_message(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    before = opened()
    ends[0].send(bytes(4))
    assert receive(ends[1]) is None
    # Neither has a place to read from; a pipe would keep its reader waiting.
    pipe = os.pipe()
    for file in (pipe[0], ends[0].fileno()):
        socket.send_fds(ends[0], [bytes(4)], [file])
        assert receive(ends[1]) is None
    close_all(list(pipe))
    assert opened() == before
