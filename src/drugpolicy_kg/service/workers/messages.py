"""What the processes of the service say to each other: a header, a body, open files.

A message is one packet of a Unix socket. The header is JSON, because the other side may be a
worker that a hostile query has taken over, and JSON can do nothing but be refused. What is too
long for a packet travels as a file in memory whose descriptor is handed over.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

INLINE_BYTES: Final = 64 * 1024
PACKET_BYTES: Final = 160 * 1024
# With the default limits, the longest query and all that is said beside it make less than this.
LONG_BYTES: Final = 4 * 1024 * 1024
# How a worker ended that no signal has ended: by an exception, by one for want of memory, or, as
# the loader makes of what it said last, by rows that have no order.
BROKEN: Final = os.EX_SOFTWARE
EXHAUSTED: Final = os.EX_OSERR
UNORDERED: Final = os.EX_DATAERR
# Four connections, or the files of an answer, and what was too long for a packet.
_MOST_FILES: Final = 5
_LENGTH_BYTES: Final = 4
# A header is never empty: this packet says that the last file holds the message.
_IN_FILE: Final = bytes(_LENGTH_BYTES)
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True)
class Message:
    """A header with a body and the descriptors that came with it.

    >>> ours, theirs = pair()
    >>> send(ours, {"say": "hello"}, b"body")
    >>> message = receive(theirs)
    >>> message.header, message.body
    ({'say': 'hello'}, b'body')
    >>> ours.close(); theirs.close()
    """

    header: dict[str, Any]
    body: bytes = b""
    files: list[int] = field(default_factory=list)


def pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected sockets that keep the borders of messages."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * PACKET_BYTES)
    return ours, theirs


def send(
    to: socket.socket, header: dict[str, Any], body: bytes = b"", files: tuple[int, ...] = ()
) -> None:
    """Send one message of any length; descriptors stay open on this side."""
    head = _ENCODER.encode(header)
    parts = [len(head).to_bytes(_LENGTH_BYTES, "big"), head, body]
    if sum(map(len, parts)) > PACKET_BYTES:
        file = write_file(b"".join(parts))
        try:
            socket.send_fds(to, [_IN_FILE], (*files, file))
        finally:
            os.close(file)
    elif files:
        socket.send_fds(to, parts, files)
    else:
        to.sendmsg(parts)


def receive(source: socket.socket) -> Message | None:
    """Return the next message, or nothing where the other side is gone or writes no message."""
    try:
        packet, files, flags, _ = socket.recv_fds(source, PACKET_BYTES, _MOST_FILES)
    except ConnectionError:
        return None
    if not packet:
        return None
    if packet == _IN_FILE and files:
        packet = _read_long(files.pop())
    length = int.from_bytes(packet[:_LENGTH_BYTES], "big")
    end = _LENGTH_BYTES + length
    try:
        header = _DECODER.decode(packet[_LENGTH_BYTES:end])
    except (msgspec.DecodeError, ValueError, RecursionError):
        header = None
    if flags & socket.MSG_TRUNC or not isinstance(header, dict):
        close_all(files)
        return None
    return Message(header, packet[end:], files)


def send_long(to: socket.socket, header: dict[str, Any], content: bytes) -> None:
    """Send a message whose content may be longer than a packet: it travels as a file."""
    file = write_file(content)
    send(to, header, files=(file,))
    os.close(file)


def write_file(content: bytes) -> int:
    """Return the descriptor of a file in memory with that content."""
    file = os.memfd_create("message", os.MFD_CLOEXEC)
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
    return file


def _read_long(file: int) -> bytes:
    """Return what a file in memory holds, and close it; nothing if it is too long or no file."""
    try:
        content = os.pread(file, LONG_BYTES + 1, 0)
    except OSError:
        return b""
    finally:
        os.close(file)
    return content if len(content) <= LONG_BYTES else b""


def read_file(file: int) -> bytes:
    """Return the content of a file in memory, and close it."""
    try:
        return os.pread(file, os.fstat(file).st_size, 0)
    finally:
        os.close(file)


def close_all(files: list[int]) -> None:
    """Close descriptors that nobody will read."""
    for file in files:
        os.close(file)
