"""One line of JSON for each request, written by a thread that nobody waits for.

Addresses and queries appear as hashes whose key lives as long as the process: what belongs
together can be told, and who it was cannot.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

_HASH_BYTES: Final = 8
_ENCODER: Final = msgspec.json.Encoder()
_RELEASE_DIGITS: Final = 12
_MOST_LINES: Final = 10_000
_PAUSE_SECONDS: Final = 0.2


@dataclass(slots=True)
class Record:
    """What is known of a request while it is answered."""

    method: str
    route: str
    client: str
    number: int = 0
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    status: int = 0
    length: int = 0
    query: str | None = None
    rows: int | None = None
    cached: bool = False
    killed: str | None = None
    release: str | None = None
    version: str = ""

    def name_release(self, version: str, identity: str) -> None:
        """Note which release answers; one that another engine holds has no identity."""
        self.version, self.release = version, identity[:_RELEASE_DIGITS]

    def answers_for(self, identity: str) -> bool:
        """Return whether it was the release of that identity that answered."""
        return bool(identity) and self.release == identity[:_RELEASE_DIGITS]

    @property
    def released(self) -> str:
        """Return the release as a header names it: its version, and the begin of its digest.

        >>> record = Record("GET", "/sparql", "client")
        >>> record.name_release("1.2.0", "0123456789abcdef")
        >>> record.released
        '1.2.0 0123456789ab'
        """
        return f"{self.version} {self.release}" if self.release else ""

    def finish(self) -> float:
        """Return how long the request has taken, now that it is answered."""
        self.seconds = time.monotonic() - self.began
        return self.seconds


class Journal:
    """Takes records and writes them in the background; without room it drops lines, counted."""

    def __init__(self, write: Callable[[str], None] | None = None) -> None:
        self._write = write or _to_standard_error
        self._lines: deque[Record | dict[str, object]] = deque(maxlen=_MOST_LINES)
        self._key = secrets.token_bytes(16)
        self._number = 0
        self._filled = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self.dropped = 0

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def record(self, record: Record) -> None:
        """Take the record of a request that was answered."""
        self._number += 1
        record.number = self._number
        self._put(record)

    def event(self, event: str, **told: object) -> None:
        """Take what happened outside of any request."""
        self._put({"time": _now(), "event": event, **told})

    def _put(self, line: Record | dict[str, object]) -> None:
        if len(self._lines) == _MOST_LINES:
            self.dropped += 1
        self._lines.append(line)
        if not self._filled.is_set():
            self._filled.set()

    def close(self, seconds: float = 1.0) -> None:
        """Write what is left, unless nobody takes it."""
        self._closing = True
        self._filled.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _work(self) -> None:
        while True:
            self._filled.wait()
            self._filled.clear()
            lines = []
            while self._lines:
                lines.append(_ENCODER.encode(self._told(self._lines.popleft())))
            if lines:
                with suppress(OSError, ValueError):
                    self._write(b"\n".join(lines).decode() + "\n")
            if self._closing and not self._lines:
                return
            # Lines gather meanwhile, so that a busy service wakes this thread seldom.
            time.sleep(0 if self._closing else _PAUSE_SECONDS)

    def _told(self, line: Record | dict[str, object]) -> dict[str, object]:
        if isinstance(line, dict):
            return line
        told: dict[str, object] = {
            "time": _now(),
            "id": f"{os.getpid()}-{line.number}",
            "client": self._hashed(line.client),
            "method": line.method,
            "route": line.route,
            "status": line.status,
            "ms": round(line.seconds * 1000, 2),
            "bytes": line.length,
            "rows": line.rows,
            "query": None if line.query is None else self._hashed(line.query),
            "cached": line.cached,
            "killed": line.killed,
            "release": line.release,
        }
        return told

    def _hashed(self, text: str) -> str:
        encoded = text.encode("utf-8", "surrogatepass")
        return blake2b(encoded, key=self._key, digest_size=_HASH_BYTES).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _to_standard_error(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
