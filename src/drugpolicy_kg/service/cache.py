"""Answers kept in memory: they can change with a release only, and their key names it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

# An answer that would push many others out is not kept.
_LARGEST_SHARE: Final = 64
# What Python needs beside the letters: for an entry, and for a header (a pair of texts).
_ENTRY_BYTES: Final = 512
_HEADER_BYTES: Final = 128


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole answer with its headers."""

    headers: list[tuple[bytes, bytes]]
    body: bytes
    rows: int | None


class Results:
    """The answers that were asked for last, as many as there is room for.

    >>> results = Results(128_000)
    >>> results.keep("a", Kept([], b"x", 1))
    >>> results.find("a").body, results.find("b")
    (b'x', None)
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self.size = 0

    def find(self, key: str) -> Kept | None:
        """Return the answer of a key, if it is still there."""
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def keep(self, key: str, kept: Kept) -> None:
        """Keep an answer and give up those that were not asked for longest."""
        size = _size(key, kept)
        if size > self._most // _LARGEST_SHARE:
            return
        if key in self._kept:
            return
        self._kept[key] = kept
        self.size += size
        while self.size > self._most:
            self.size -= _size(*self._kept.popitem(last=False))


def _size(key: str, kept: Kept) -> int:
    """Return how many bytes of memory an answer takes; its headers may be longer than its body."""
    headers = sum(len(name) + len(value) + _HEADER_BYTES for name, value in kept.headers)
    return len(key) + len(kept.body) + headers + _ENTRY_BYTES
