"""An answer as a worker writes it down, and how many rows it has."""

from __future__ import annotations

import os

from drugpolicy_kg.service.workers.messages import INLINE_BYTES


class TooLongError(OSError):
    """An answer grew beyond the limit."""


class Answer:
    """The bytes of an answer: a few in memory, many in a file that is in memory only.

    >>> answer = Answer(10)
    >>> answer.write(b"12345")
    5
    >>> answer.content()
    b'12345'
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._parts: list[bytes] = []
        self._pending = 0
        self.length = 0
        self.file: int | None = None

    def write(self, content: bytes, /) -> int:
        """Keep some bytes, or raise TooLongError."""
        self.length += len(content)
        if self.length > self.limit:
            raise TooLongError(self.length)
        self._parts.append(bytes(content))
        self._pending += len(content)
        if self._pending > INLINE_BYTES:
            self._spill()
        return len(content)

    def flush(self) -> None:
        """Do nothing: bytes are handed over as a whole."""

    def _spill(self) -> None:
        if self.file is None:
            self.file = os.memfd_create("answer", os.MFD_CLOEXEC)
        rest = memoryview(b"".join(self._parts))
        while rest:
            rest = rest[os.write(self.file, rest) :]
        self._parts, self._pending = [], 0

    def content(self) -> bytes:
        """Return the bytes that are not in the file."""
        if self.file is not None:
            self._spill()
        return b"".join(self._parts)

    def whole(self, inline: bytes) -> bytes:
        """Return all bytes, from the file if they are there."""
        return inline if self.file is None else os.pread(self.file, self.length, 0)

    def close(self) -> None:
        """Give the file up; whoever received its descriptor still has it."""
        if self.file is not None:
            os.close(self.file)


def count_rows(name: str, content: bytes) -> int | None:
    r"""Return how many rows or triples an answer has, where its format tells without parsing.

    >>> count_rows("csv", b'a,b\r\n"x\n",2\r\n')
    1
    """
    if name == "csv":
        outside = content.split(b'"')[::2]
        return sum(part.count(b"\n") for part in outside) - 1
    if name == "xml":
        return content.count(b"<result>")
    if name in {"tsv", "ntriples", "nquads"}:
        return content.count(b"\n") - (name == "tsv")
    if name == "json" and b'"bindings":[' in content:
        rows = content.partition(b'"bindings":[')[2]
        # Between two rows only; inside of a text the quotation mark has a backslash.
        between = rows.count(b'"}},{') - rows.count(b'\\"}},{') + rows.count(b"{},{")
        return 0 if rows.startswith(b"]") else between + 1
    return None
