"""A document that somebody sent, taken apart where it is checked: in a confined worker.

Nothing here runs in the process that speaks HTTP, and nothing is written to a disk: a body is
bytes in memory from its arrival to its report.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from drugpolicy_kg.errors import DrugPolicyError, SourceError, TooLargeError
from drugpolicy_kg.service.workers.answers import TooLongError

if TYPE_CHECKING:
    from collections.abc import Callable

    from drugpolicy_kg.service.workers.answers import Answer
    from drugpolicy_kg.service.workers.messages import Message

    Check = Callable[["Upload"], "Checked"]

FORM: Final = "multipart/form-data"
# What is taken, and the ending that a file of it has where it comes without a name.
MEDIA_TYPES: Final = {
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/html": ".html",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "text/csv": ".csv",
    "text/turtle": ".ttl",
    "application/trig": ".trig",
    "application/n-triples": ".nt",
    "application/n-quads": ".nq",
    "application/ld+json": ".jsonld",
    "application/rdf+xml": ".rdf",
}
_ENDINGS: Final = {ending: media_type for media_type, ending in MEDIA_TYPES.items()}
# What a browser says of a file whose ending it does not know.
_UNKNOWN: Final = {"", "application/octet-stream"}
_FILES: Final = {"data", "shapes"}
#: What may be said beside the document, in the address or in the form.
PARAMETERS: Final = ("name", "format", "lang", "profile", "layout")
_MOST_PARTS: Final = 16
_LONGEST_NAME: Final = 200
_LONGEST_VALUE: Final = 200


@dataclass(frozen=True, slots=True)
class Part:
    """A file of an upload: its name, its media type and its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """What is to be checked, with which shapes, and how the report is wished."""

    data: Part
    shapes: Part | None = None
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """A report, how many findings it has, and the style that it may have as a page."""

    report: bytes
    findings: int
    style: str = ""


class UploadError(DrugPolicyError):
    """An upload is not as expected; `status` is what HTTP calls it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def reply(check: Check, message: Message, answer: Answer) -> dict[str, Any]:
    """Write the report of an upload, and return what is said of it."""
    try:
        upload = read(message)
        checked = check(upload)
        answer.write(checked.report)
    except DrugPolicyError as error:
        return _told(error)
    except MemoryError:
        return {"error": "memory"}
    except RecursionError:
        return _told(UploadError(400, "The document is nested too deeply to be read."))
    except TooLongError:
        return {"error": "length"}
    except OSError as error:
        # Something in the document had a library open a file or a connection: the kernel refused.
        sys.stderr.write(f"worker {os.getpid()}: refused by the kernel ({error.strerror})\n")
        return _told(
            UploadError(400, "The document asks for a file or a connection; none is ever opened.")
        )
    return {
        "length": answer.length,
        "rows": checked.findings,
        "format": upload.parameters["format"],
        "style": checked.style,
    }


def _told(error: DrugPolicyError) -> dict[str, Any]:
    """Return what is said of an upload that cannot be checked."""
    told: dict[str, Any] = {"error": "upload", "status": 400, "message": str(error)}
    if isinstance(error, UploadError):
        told["status"] = error.status
    if isinstance(error, TooLargeError):
        limit = {"name": f"upload_{error.unit}", "value": error.most, "unit": error.unit}
        told |= {"status": 413, "limit": limit}
    if isinstance(error, SourceError):
        told |= {"line": error.line or None, "column": error.column or None}
    return told


def read(message: Message) -> Upload:
    """Return the upload in a message, or raise `UploadError`."""
    header = message.header
    content = os.pread(message.files[0], os.fstat(message.files[0]).st_size, 0)
    told = {"format": header["format"], **header["parameters"]}
    if header["media_type"] != FORM:
        return Upload(_part(told.get("name", ""), header["media_type"], content), None, told)
    files, fields = _taken_apart(content, header["boundary"].encode("latin-1"))
    for name, value in fields.items():
        if header["parameters"].get(name, value) != value:
            raise UploadError(400, f"{name} is given twice, and not alike.")
    if fields.get("format", told["format"]) not in header["formats"]:
        raise UploadError(406, f"A report is one of {', '.join(header['formats'])}.")
    if "data" not in files:
        raise UploadError(400, "The form has no file called data.")
    data = files["data"]
    if named := fields.get("name") or told.get("name"):
        data = _part(named, data.media_type, data.content)
    return Upload(data, files.get("shapes"), {**told, **fields})


def _part(name: str, media_type: str, content: bytes) -> Part:
    """Return a file under a name without folders, and of a media type that is known."""
    plain = PurePosixPath(name.replace("\\", "/")).name[-_LONGEST_NAME:]
    plain = "".join(letter for letter in plain if letter.isprintable())
    if media_type in _UNKNOWN:
        media_type = _ENDINGS.get(PurePosixPath(plain.lower()).suffix, media_type)
    if media_type not in MEDIA_TYPES:
        raise UploadError(415, f"{media_type[:80] or 'No media type'} is not taken; {taken()}")
    if not content:
        raise UploadError(400, "The document is empty.")
    return Part(plain or f"document{MEDIA_TYPES[media_type]}", media_type, content)


def taken() -> str:
    """Return which media types are taken, as a sentence."""
    return f"send one of {', '.join(MEDIA_TYPES)}, or a form (multipart/form-data)."


def _taken_apart(content: bytes, boundary: bytes) -> tuple[dict[str, Part], dict[str, str]]:
    """Return the files and the other fields of a form by their names (RFC 7578)."""
    collected = _Collector()
    try:
        parser = MultipartParser(boundary, collected.callbacks())
        parser.write(content)
        parser.finalize()
    except FormParserError as error:
        raise UploadError(400, f"The form cannot be read: {error}.") from error
    if not collected.ended:
        raise UploadError(400, "The form has no end: its last boundary is missing.")
    files: dict[str, Part] = {}
    fields: dict[str, str] = {}
    for headers, body in collected.parts:
        _, options = parse_options_header(headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if name in files or name in fields:
            raise UploadError(400, f"{name} is given twice.")
        if name in _FILES:
            kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
            filename = options.get(b"filename", b"").decode("utf-8", "replace")
            if body or filename:
                files[name] = _part(filename, kind.decode("latin-1"), body)
        elif name in PARAMETERS:
            value = body.decode("utf-8", "replace")
            if len(value) > _LONGEST_VALUE:
                raise UploadError(400, f"{name} is longer than {_LONGEST_VALUE} characters.")
            if value:
                fields[name] = value
        else:
            expected = ", ".join((*sorted(_FILES), *PARAMETERS))
            raise UploadError(400, f"The form has {name[:80]!r}; expected are {expected}.")
    return files, fields


class _Collector:
    """Gathers the parts of a form while its parser goes through the bytes."""

    def __init__(self) -> None:
        self.parts: list[tuple[dict[bytes, bytes], bytes]] = []
        self.ended = False
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._value = b""
        self._body: list[bytes] = []

    def callbacks(self) -> Any:
        """Return what the parser calls; its own type is a TypedDict of these."""
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self._body.append(data[start:end]),
            "on_part_end": self._end,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        if len(self.parts) == _MOST_PARTS:
            raise UploadError(400, f"The form has more than {_MOST_PARTS} parts.")
        self._headers, self._body = {}, []

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name = self._value = b""

    def _end(self) -> None:
        self.parts.append((self._headers, b"".join(self._body)))

    def _finish(self) -> None:
        self.ended = True
