"""The pages of a PDF: signs with place, size and weight, and the lines that are drawn.

y grows downwards. The engine runs in a process of its own (`pdf_engine`), which is stopped
beyond its limits.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

#: The most pages, signs, drawn lines and pictures that are read; the longest real plan has 30
#: pages and 80,000 signs.
MAX_PAGES: Final = 500
MAX_SIGNS: Final = 2_000_000
MAX_DRAWN: Final = 20_000
MAX_IMAGES: Final = 1_000
#: What the engine may use: bytes of memory, seconds of the processor, seconds in all.
MEMORY: Final = 1 << 30
CPU_SECONDS: Final = 20
SECONDS: Final = 90
BROKEN: Final = "broken"
ENCRYPTED: Final = "encrypted"


@dataclass(frozen=True, slots=True)
class Sign:
    """A character: its left and right edge, its base line, size and weight."""

    text: str
    left: float
    right: float
    base: float
    size: float
    strong: bool


@dataclass(slots=True)
class Page:
    """A page, numbered from 1; `drawn` are lines as (x, y, x, y)."""

    number: int
    width: float
    height: float
    signs: list[Sign] = field(default_factory=list)
    drawn: list[tuple[float, float, float, float]] = field(default_factory=list)
    images: int = 0
    turned: int = 0


def pages(name: str, data: bytes, answer: Callable[[bytes], dict[str, Any]]) -> list[Page]:
    """Return the pages in order; `answer` is asked where no process can be started.

    Raises `SourceError` for what is no PDF, is encrypted or broken, or beyond the limits.
    """
    limits = [str(MEMORY), str(CPU_SECONDS)]
    command = [sys.executable, "-I", "-m", "drugpolicy_kg.readers.pdf_engine", *limits]
    try:
        done = subprocess.run(  # noqa: S603  our own module
            command, input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _endless(name) from error
    except OSError:  # a worker of the service may start no process, and is confined itself
        found = answer(data)
    else:
        if done.returncode != 0 or not done.stdout:
            raise _endless(name)
        found = json.loads(done.stdout)
    if "beyond" in found:
        raise SourceError(
            f"{name}: {found['beyond']} are read, found more.",
            remedy="Give the plan alone, without annexed material.",
        )
    if found.get("error") == ENCRYPTED:
        raise SourceError(
            f"{name}: a PDF without a password was expected, found an encrypted one.",
            remedy="Save it without a password.",
        )
    if "error" in found:
        raise SourceError(
            f"{name}: a PDF was expected, found a broken file or another format.",
            remedy="Save the file again, or give the plan in another format.",
        )
    return [_page(*fields) for fields in found["pages"]]


def _page(number: int, width: float, height: float, signs: Any, drawn: Any, *rest: int) -> Page:
    return Page(
        number, width, height, [Sign(*own) for own in signs], [tuple(own) for own in drawn], *rest
    )


def _endless(name: str) -> SourceError:
    return SourceError(
        f"{name}: a PDF that can be read in {CPU_SECONDS} seconds and {MEMORY >> 20} MiB was "
        "expected, found one that cannot.",
        remedy="Print it to a new PDF, or give the plan in another format.",
    )
