"""Read: a file becomes a `Document`, a sequence of blocks with their places.

One reader for each format, chosen by the file's name. A reader delivers what stands there,
in order; it joins nothing, drops nothing and knows no plan.
"""

from __future__ import annotations

import hashlib
from pathlib import PurePath
from typing import TYPE_CHECKING

from drugpolicy_kg.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drugpolicy_kg.document import Document

#: The largest document that is read; the longest real plan has 82 kB.
MAX_BYTES = 8 * 1024 * 1024

#: Control characters that no text file holds; NUL is the commonest sign of a binary file.
_FORBIDDEN = {code for code in range(32) if chr(code) not in "\t\n\r\f"}


def read(path: Path, *, sha256: str = "") -> Document:
    """Return the blocks of the file at `path`.

    Raises `SourceError` if the file is missing, or as `read_bytes` does.
    """
    return read_bytes(str(path), read_file(path), sha256=sha256)


def read_file(path: Path) -> bytes:
    """Return the bytes of a document; raise `SourceError` if it is missing or too large."""
    if not path.is_file():
        raise SourceError(
            f"{path}: a document was expected, found no such file.",
            remedy="Put the file there or mend its name in plan.yaml.",
        )
    _check_size(path, path.stat().st_size)
    return path.read_bytes()


def read_bytes(name: str, data: bytes, *, sha256: str = "") -> Document:
    """Return the blocks of a document that is called `name`, whose ending tells its format.

    Raises `SourceError` if the document is empty, too large, broken or not UTF-8, if its name
    ends in a format that has no reader, or if it is not the registered one (its SHA-256 differs
    from `sha256`, where that is given).
    """
    path = PurePath(name)
    _check_size(path, len(data))
    if not data.strip():
        raise SourceError(f"{path}: a text was expected, found an empty file.")
    if sha256:
        check_digest(path, data, sha256)
    return _reader(path)(name, _decoded(path, data))


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def check_digest(path: PurePath, data: bytes, expected: str) -> None:
    """Raise `SourceError` if the SHA-256 of `data` is not `expected` (hexadecimal)."""
    found = digest(data)
    if found != expected:
        raise SourceError(
            f"{path}: key 'sha256' expects {expected}, found {found}.",
            remedy="Restore the registered file, or register the new one in plan.yaml.",
        )


def _check_size(path: PurePath, size: int) -> None:
    if size > MAX_BYTES:
        raise SourceError(
            f"{path}: at most {MAX_BYTES:,} bytes are read, found {size:,}.",
            remedy="Give the plan alone, without annexed material.",
        )


def _decoded(path: PurePath, data: bytes) -> str:
    for index, code in enumerate(data):
        if code in _FORBIDDEN:
            line = data.count(b"\n", 0, index) + 1
            raise SourceError(
                f"{path}, line {line}: a text was expected, found the byte 0x{code:02x} "
                "of a binary file.",
                remedy="Export the document as text or Markdown first.",
            )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{path}, line {line}: UTF-8 was expected, found the byte 0x{data[error.start]:02x} "
            "of another encoding.",
            remedy="Save the file as UTF-8.",
        ) from error
    return text


def _reader(path: PurePath) -> Callable[[str, str], Document]:
    suffix = path.suffix.lower()
    if suffix == ".txt":
        from drugpolicy_kg.readers import plain

        return plain.blocks_of
    if suffix in {".md", ".markdown"}:
        from drugpolicy_kg.readers import markdown

        return markdown.blocks_of
    raise SourceError(
        f"{path}: the endings .txt and .md are read, found '{suffix}'.",
        remedy="Save the document as text or Markdown.",
    )
