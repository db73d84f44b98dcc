"""The route /dumps: the files of the release that is served, as they are.

Only what the manifest lists can be read, under its own digest as entity tag; ranges are answered
by the framework (RFC 9110, section 14), so that a download can go on where it stopped.
"""

from __future__ import annotations

import asyncio
import os
import re
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import FileResponse

from drugpolicy_kg.releases import MANIFEST
from drugpolicy_kg.service.http.exchange import COMMON_HEADERS, header, matches, send_bytes
from drugpolicy_kg.service.http.negotiation import HTML, languages, preferred
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.routes.answering import RECORD, modified, page_headers
from drugpolicy_kg.service.routes.sparql import parameters
from drugpolicy_kg.service.views import pages
from drugpolicy_kg.service.views.wording import language_of

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from drugpolicy_kg.releases import GraphFile, ListedFile
    from drugpolicy_kg.service.edition import Edition
    from drugpolicy_kg.service.editions import Editions
    from drugpolicy_kg.service.http.exchange import Receive, Scope, Send

PREFIX: Final = "/dumps"
_JSON: Final = "application/json"
_OWN: Final = "dumps/"
_CODEBOOK: Final = "tables/codebook.md"
_METADATA: Final = "tables/csv-metadata.json"
_RANGE: Final = r"(?:\d{1,18}-\d{0,18}|-\d{1,18})"
_RANGES: Final = re.compile(rf"bytes=\s*{_RANGE}(?:\s*,\s*{_RANGE})*", re.ASCII | re.IGNORECASE)
_BOTH_ENDS: Final = re.compile(r"(\d+)-(\d+)", re.ASCII)
#: Media types by the end of a name; the first that fits is taken.
_TYPES: Final = {
    ".gz": "application/gzip",
    "csv-metadata.json": "application/csvm+json",
    ".json": _JSON,
    ".csv": "text/csv; charset=utf-8; header=present",
    ".ttl": "text/turtle; charset=utf-8",
    ".nt": "application/n-triples",
    ".rq": "application/sparql-query; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".cff": "application/yaml; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Dumps:
    """Answers with files of a release, and with the list of them."""

    def __init__(self, editions: Editions) -> None:
        self._editions = editions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or raise the problem with it."""
        edition = self._editions.current
        scope[RECORD].name_release(edition.version, edition.identity)
        asked = scope["path"].removeprefix(PREFIX).strip("/")
        files = listed(edition)
        if not asked:
            await _send_list(scope, send, edition, files)
            return
        if asked not in files:
            raise Problem(404, f"No file {asked[:200]!r} is in this release; see {PREFIX}.")
        path, digest = files[asked]
        headers = [(b"etag", f'"{digest}"'.encode()), *modified(edition)]
        await _send_file(scope, receive, send, asked, path, headers)


def listed(edition: Edition) -> dict[str, tuple[Path, str]]:
    """Return by its name below /dumps where each file of a release lies, and its SHA-256.

    Raises the problem 404 where another engine holds the graphs.
    """
    manifest = edition.manifest
    if manifest is None:
        raise Problem(404, "The graphs are held by another engine; there are no files of them.")
    entries: list[GraphFile | ListedFile] = [*manifest.files, *manifest.graphs]
    found = {
        entry.file.removeprefix(_OWN): (manifest.path(entry), entry.sha256) for entry in entries
    }
    return {
        **dict(sorted(found.items())),
        MANIFEST: (manifest.folder / MANIFEST, manifest.identity),
    }


def media_type(name: str) -> str:
    """Return the media type of a file by its name.

    >>> media_type("drugpolicy-kg.nq.gz"), media_type("x")
    ('application/gzip', 'application/octet-stream')
    """
    found = (kind for ending, kind in _TYPES.items() if name.endswith(ending))
    return next(found, "application/octet-stream")


async def _send_list(
    scope: Scope, send: Send, edition: Edition, files: dict[str, tuple[Path, str]]
) -> None:
    sizes = await asyncio.to_thread(_sizes, files)
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "address": f"{PREFIX}/{name}",
            "media_type": media_type(name).partition(";")[0],
            "bytes": sizes[name],
            "sha256": digest,
        }
        for name, (_, digest) in files.items()
    ]
    head = scope["method"] == "HEAD"
    if preferred(header(scope, b"accept"), (HTML, _JSON)) == HTML:
        codes = [value for name, value in parameters(scope["query_string"]) if name == "lang"]
        codes += languages(header(scope, b"accept-language"))
        codebook = f"{PREFIX}/{_CODEBOOK}" if _CODEBOOK in files else ""
        told = pages.frame(language_of(codes), path=PREFIX)
        page = pages.render(
            "dumps.html", files=rows, version=edition.version, codebook=codebook, **told
        )
        varied = [*page_headers(), (b"vary", b"Accept-Language")]
        await send_bytes(send, 200, varied, page, head=head)
        return
    headers = [(b"content-type", _JSON.encode()), (b"vary", b"Accept")]
    listing = {"version": edition.version, "release": edition.identity, "files": rows}
    await send_bytes(send, 200, headers, pages.json_bytes(listing), head=head)


def _sizes(files: dict[str, tuple[Path, str]]) -> dict[str, int]:
    try:
        return {name: path.stat().st_size for name, (path, _) in files.items()}
    except OSError as error:
        raise _gone() from error


async def _send_file(
    scope: Scope,
    receive: Receive,
    send: Send,
    name: str,
    path: Path,
    headers: list[tuple[bytes, bytes]],
) -> None:
    headers.append((b"cache-control", b"no-cache"))
    if name.endswith(".csv") and name.startswith("tables/"):
        # Model for Tabular Data, 5.2: where the description of a table is.
        link = f'<{PREFIX}/{_METADATA}>; rel="describedby"; type="{media_type(_METADATA)}"'
        headers.append((b"link", link.encode()))
    if matches(header(scope, b"if-none-match"), headers[0][1].decode()):
        await send_bytes(send, 304, headers, b"", head=True, length=False)
        return
    try:
        status = await asyncio.to_thread(os.stat, path)
    except OSError as error:
        raise _gone() from error
    # What is given here the framework does not replace by its own: its tag comes from a time.
    told = {name.decode(): value.decode() for name, value in [*headers, *COMMON_HEADERS]}
    kind = media_type(PurePosixPath(name).name)

    async def refuse(message: MutableMapping[str, Any]) -> None:
        if message.get("status") == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise Problem(
                416,
                f"The file has {status.st_size} bytes and none of those that are asked for.",
                headers={"Content-Range": f"bytes */{status.st_size}"},
            )
        await send(message)

    await FileResponse(path, headers=told, stat_result=status, media_type=kind)(
        _with_valid_range(scope), receive, refuse
    )


def _with_valid_range(scope: Scope) -> Scope:
    """Return a request without its ranges if they are not such: those are ignored.

    RFC 9110, 14.2: a unit that is not known must be, what is malformed may be.
    """
    if _is_range(header(scope, b"range")):
        return scope
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"range"]}


def _is_range(value: str) -> bool:
    """Return whether a value of Range states ranges of bytes (RFC 9110, 14.1.2).

    >>> [_is_range(value) for value in ("bytes=0-9, -5", "bytes=9-0", "", "rows=0-9")]
    [True, False, False, False]
    """
    if _RANGES.fullmatch(value) is None:
        return False
    return all(int(first) <= int(last) for first, last in _BOTH_ENDS.findall(value))


def _gone() -> Problem:
    return Problem(503, "The files of this release are no longer there.", retry_after=1)
