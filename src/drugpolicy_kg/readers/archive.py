"""The parts of an Office file, which is a ZIP archive of XML, within limits.

Sizes are counted while unpacking, never believed; no document type, so no entity, is read;
nothing is fetched and no path of the archive is ever used as one.
"""

from __future__ import annotations

import codecs
import io
import zipfile
import zlib
from typing import Any, Final

from lxml import etree

from drugpolicy_kg.errors import SourceError

# The names in an archive may be in this encoding; a confined worker may load nothing later.
codecs.lookup("cp437")
#: The most bytes that one part may have unpacked, all that are read may have together, and the
#: most parts. The longest real plan has 0.6 MB as Word writes it.
MAX_PART: Final = 24 * 1024 * 1024
MAX_PARTS: Final = 5_000
_OLE: Final = b"\xd0\xcf\x11\xe0"
_ENCRYPTED: Final = 0x1
_CHUNK: Final = 1 << 16


class Archive:
    """An Office file whose parts are read one by one; `kind` is what errors call it."""

    def __init__(self, name: str, data: bytes, kind: str) -> None:
        self._name = name
        self._kind = kind
        self._left = 2 * MAX_PART
        if data.startswith(_OLE):
            raise self._refused(
                "an encrypted file, or one of before 2007",
                "Save it without a password, in the format of today.",
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise self._refused("a broken archive") from error
        if len(self._zip.infolist()) > MAX_PARTS:
            raise self._refused(f"more than {MAX_PARTS:,} parts")

    def __contains__(self, part: str) -> bool:
        return part in self._zip.NameToInfo

    def xml(self, part: str) -> Any:
        """Return the root element of a part.

        Raises `SourceError` if there is none, or none that can be read within the limits.
        """
        data = self._bytes(part)
        if (
            b"<!DOCTYPE" in data
            or b"<!ENTITY" in data
            or data.startswith((b"\xff\xfe", b"\xfe\xff"))
        ):
            raise self._refused(f"a document type or UTF-16 in the part '{part}'")
        parser = etree.XMLParser(
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(data, parser)
        except etree.LxmlError as error:
            raise self._refused(f"an error in the part '{part}': {str(error)[:120]}") from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise self._refused(f"a document type in the part '{part}'")
        return root

    def _bytes(self, part: str) -> bytes:
        try:
            info = self._zip.getinfo(part)
            if info.flag_bits & _ENCRYPTED:
                raise self._refused("an encrypted file", "Save it without a password.")
            result = bytearray()
            with self._zip.open(info) as file:
                while chunk := file.read(_CHUNK):
                    result += chunk
                    if len(result) > min(MAX_PART, self._left):
                        raise self._refused(
                            f"a part '{part}' that unpacks to more than {MAX_PART:,} bytes",
                            "Give the plan alone, without annexed material.",
                        )
        except KeyError as error:
            raise self._refused(f"no part '{part}'") from error
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            ValueError,
            NotImplementedError,
        ) as error:
            raise self._refused(f"a broken part '{part}'") from error
        self._left -= len(result)
        return bytes(result)

    def _refused(self, found: str, remedy: str = "") -> SourceError:
        return SourceError(
            f"{self._name}: {self._kind} was expected, found {found}.",
            remedy=remedy or "Save the file again, or give the plan in another format.",
        )
