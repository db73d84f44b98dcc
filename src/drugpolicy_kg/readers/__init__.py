"""Read: a file becomes a `Document`, a sequence of blocks with their places.

One reader for each format, chosen by the file's name. A reader delivers what stands there,
in order; it joins nothing, drops nothing and knows no plan.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from drugpolicy_kg.document import Unread
from drugpolicy_kg.errors import SourceError
from drugpolicy_kg.findings import Notice
from drugpolicy_kg.limits import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drugpolicy_kg.document import Document

#: Control characters that no text file holds; NUL is the commonest sign of a binary file.
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")

#: The endings of the formats that have a reader.
FORMATS = (".txt", ".md", ".html", ".docx", ".pdf", ".xlsx", ".csv")


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
    return _reader(path)(name, data)


#: The rule of what cannot be read.
_UNREAD = {
    Unread.IMAGE: "DP-RDR-001",
    Unread.TEXT_BOX: "DP-RDR-002",
    Unread.PAGE: "DP-RDR-003",
    Unread.EMBEDDED: "DP-RDR-004",
    Unread.ROTATED: "DP-RDR-005",
    Unread.SYMBOL: "DP-RDR-006",
}


def unread(document: Document, language: str) -> list[Notice]:
    """Return what stands in a document and could not be read, each with its place."""
    return [Notice(_UNREAD[what], language, place=place) for what, place in document.unread]


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


def _reader(path: PurePath) -> Callable[[str, bytes], Document]:
    suffix = path.suffix.lower()
    if suffix in {".txt", ".md", ".markdown"}:
        return _text_reader(suffix)
    if suffix in {".html", ".htm", ".xhtml"}:
        from drugpolicy_kg.readers import html

        return lambda name, data: html.blocks_of(name, _without_controls(name, data))
    if suffix == ".docx":
        from drugpolicy_kg.readers import docx

        return docx.blocks_of
    if suffix in {".xlsx", ".csv"}:
        from drugpolicy_kg.readers import template

        return template.workbook_of if suffix == ".xlsx" else template.table_of
    if suffix == ".pdf":
        from drugpolicy_kg.readers import pdf

        return pdf.blocks_of
    raise SourceError(
        f"{path}: the endings {', '.join(FORMATS)} are read, found '{suffix}'.",
        remedy="Save the document in one of these formats.",
    )


def _text_reader(suffix: str) -> Callable[[str, bytes], Document]:
    from drugpolicy_kg.readers import markdown, plain

    blocks_of = plain.blocks_of if suffix == ".txt" else markdown.blocks_of
    return lambda name, data: blocks_of(name, _decoded(name, data))


def _decoded(name: str, data: bytes) -> str:
    try:
        return _without_controls(name, data).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{name}, line {line}: UTF-8 was expected, found the byte 0x{data[error.start]:02x} "
            "of another encoding.",
            remedy="Save the file as UTF-8.",
            line=line,
        ) from error


def _without_controls(name: str, data: bytes) -> bytes:
    found = _FORBIDDEN.search(data)
    if found is not None:
        line = data.count(b"\n", 0, found.start()) + 1
        raise SourceError(
            f"{name}, line {line}: a text was expected, found the byte 0x{found[0][0]:02x} "
            "of a binary file.",
            remedy="Give the file its own ending, or export the document as text.",
            line=line,
        )
    return data
