"""Writing a release: beside its final place, checked there, and put in place by one rename."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import ReleaseError
from drugpolicy_kg.releases.counts import COUNTS
from drugpolicy_kg.releases.manifest import (
    CURRENT,
    MANIFEST,
    RELEASE_FORMAT,
    ListedFile,
    Manifest,
    is_date,
    read_listed,
    read_manifest,
)
from drugpolicy_kg.releases.verification import summary, verify

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")
_GRAPHS: Final = "graphs"
_READABLE: Final = 0o755


def write_release(
    version: str,
    source: Path,
    root: Path,
    *,
    files: Mapping[str, bytes] | None = None,
    answers: Mapping[str, str] | None = None,
    date: str = "",
) -> Manifest:
    """Return the manifest of the release ROOT/VERSION, which ROOT/current now points to.

    `source` is a folder of graphs; `files` stand beside them under their relative path;
    `answers` gives, by the path of a saved query, the SHA-256 of the CSV it answered with. At
    no time does a release exist under its name that is not whole. `date` is the day of
    publication, YYYY-MM-DD; a release never asks the clock.
    """
    if not _VERSION.fullmatch(version) or version == CURRENT:
        raise ReleaseError(
            f"{version!r} is no version.", remedy="Write one of digits, letters and .+_-: 1.2.0"
        )
    if date and not is_date(date):
        raise ReleaseError(f"{date!r} is no day.", remedy="Write it as YYYY-MM-DD.")
    target = root / version
    if os.path.lexists(target):
        raise ReleaseError(
            f"{target}: exists already, and a release never changes.", remedy="Raise the version."
        )
    graphs = read_manifest(source)
    root.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{version}.", dir=root))
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, partial, ignore_errors=True)
        partial.chmod(_READABLE)
        _fill(partial, _content(version, graphs, files or {}, answers or {}, date))
        verify(partial)
        partial.rename(target)
        undo.pop_all()
    _sync_folder(root)
    point_current(root, version)
    return read_manifest(target)


def point_current(root: Path, version: str) -> None:
    """Make a release of a folder the current one, in one step that no reader sees half done."""
    read_manifest(root / version)
    link = root / f".{CURRENT}.{os.getpid()}"
    with suppress(FileNotFoundError):
        link.unlink()
    link.symlink_to(version)
    link.replace(root / CURRENT)
    _sync_folder(root)


def _content(
    version: str,
    graphs: Manifest,
    files: Mapping[str, bytes],
    answers: Mapping[str, str],
    date: str,
) -> dict[str, bytes]:
    """Return every file of the release under its relative path, the manifest last."""
    content = {f"{_GRAPHS}/{g.file}": read_listed(graphs, g) for g in graphs.graphs}
    canonical, counted = summary(graphs)
    files = {**files, COUNTS: counted}
    entries = [{**asdict(graph), "file": f"{_GRAPHS}/{graph.file}"} for graph in graphs.graphs]
    manifest: dict[str, Any] = {
        "format": RELEASE_FORMAT,
        "version": version,
        **({"date": date} if date else {}),
        "triples": graphs.triples,
        "canonical_sha256": canonical,
        "graphs": sorted(entries, key=lambda entry: str(entry["iri"])),
        "files": _listed((file, sha256(raw).hexdigest()) for file, raw in files.items()),
        "answers": _listed(answers.items()),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return {**content, **files, MANIFEST: text.encode()}


def _listed(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [asdict(ListedFile(file, digest)) for file, digest in sorted(pairs)]


def _fill(folder: Path, content: Mapping[str, bytes]) -> None:
    """Write files and folders so that they are on the disk when this returns."""
    for file, raw in content.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as written:
            written.write(raw)
            written.flush()
            os.fsync(written.fileno())
    for inner in [*(path for path in folder.rglob("*") if path.is_dir()), folder]:
        _sync_folder(inner)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
