"""Which releases lie beside the one that is served, and those of them that are loaded."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drugpolicy_kg import releases
from drugpolicy_kg.errors import DrugPolicyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from drugpolicy_kg.service.edition import Edition

#: How many former releases are kept loaded; each costs a process with its store, and a worker.
MOST_LOADED: Final = 1


@dataclass(frozen=True, slots=True)
class Held:
    """A release that lies in the folder of releases."""

    issued: datetime
    version: str
    folder: Path


class Former:
    """The releases of a folder, oldest first, and the last ones that were asked."""

    def __init__(self, root: Path | None, prepare: Callable[[releases.Manifest], Edition]) -> None:
        self._root = root
        self._prepare = prepare
        self._seen = -1
        self._held: list[Held] = []
        self._loaded: OrderedDict[str, Edition] = OrderedDict()
        self._loading = asyncio.Lock()

    @property
    def held(self) -> list[Held]:
        """Return the releases that are held, oldest first; none where one folder is served.

        The folder is read again when something was added to it or taken from it.
        """
        if self._root is None:
            return []
        changed = self._root.stat().st_mtime_ns
        if changed != self._seen:
            self._seen, self._held = changed, _releases(self._root)
        return self._held

    async def edition(self, one: Held) -> Edition:
        """Return a former release, loaded now if it is not; another one may have to go."""
        async with self._loading:
            known = self._loaded.get(one.version)
            if known is not None:
                self._loaded.move_to_end(one.version)
                return known
            while len(self._loaded) >= MOST_LOADED:
                _, old = self._loaded.popitem(last=False)
                await old.pool.close()
            edition = self._prepare(releases.read_manifest(one.folder))
            async with AsyncExitStack() as undo:
                undo.push_async_callback(edition.pool.close)
                await edition.pool.load()
                await edition.pool.start()
                undo.pop_all()
            self._loaded[one.version] = edition
            return edition

    async def close(self) -> None:
        """End the workers of all former releases."""
        for edition in self._loaded.values():
            await edition.pool.close()
        self._loaded.clear()


def _releases(root: Path) -> list[Held]:
    found = []
    for folder in sorted(root.iterdir()):
        if folder.is_symlink() or not folder.is_dir():
            continue
        try:
            manifest = releases.read_manifest(folder)
        except DrugPolicyError:
            # What is no release is not served, and not offered either.
            continue
        if manifest.is_release:
            found.append(Held(manifest.issued, manifest.version, folder))
    return sorted(found, key=lambda one: (one.issued, one.version))
