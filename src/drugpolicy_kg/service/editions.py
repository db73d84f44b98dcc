"""What is served now: a release with its workers, replaced by the next without a failed request.

A new release is loaded beside the old one. From then on questions go to the new one; what runs
is answered by the old one, whose workers are given up one by one as they become free.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg import releases
from drugpolicy_kg.errors import DrugPolicyError, ServiceError
from drugpolicy_kg.queries import SavedQuery, load_queries
from drugpolicy_kg.service.edition import Edition, loading
from drugpolicy_kg.service.former import Former
from drugpolicy_kg.service.workers.asking import Asking
from drugpolicy_kg.service.workers.pool import Pool
from drugpolicy_kg.store.endpoint import Place

if TYPE_CHECKING:
    from pathlib import Path

    from drugpolicy_kg.service.fairness import Accounts
    from drugpolicy_kg.service.former import Held
    from drugpolicy_kg.service.journal import Journal
    from drugpolicy_kg.service.options import ServeOptions

_QUERIES: Final = "queries"
_CHECK_SECONDS: Final = 30.0


class Editions:
    """Holds the edition that is served, and exchanges it when there is a newer one."""

    def __init__(
        self, options: ServeOptions, accounts: Accounts, journal: Journal, *, address: str
    ) -> None:
        self._options = options
        self._accounts = accounts
        self._journal = journal
        self._address = f"{(options.public_url or address).rstrip('/')}/"
        self._edition: Edition | None = None
        self._refused = ""
        self._complaint = ""
        self._tasks: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()
        self.former = Former(options.releases, self._prepare_former)
        self.reloads = 0
        self.failed_reloads = 0

    @property
    def current(self) -> Edition:
        """Return what is served now."""
        if self._edition is None:
            raise loading()
        return self._edition

    @property
    def served(self) -> Edition | None:
        """Return what is served now, or nothing while it is being loaded."""
        return self._edition

    @property
    def fault(self) -> str | None:
        """Return why this service is not ready, or nothing."""
        if self._edition is None:
            return "The release is being loaded."
        if not self._edition.pool.ready and not self._tasks:
            return "No worker is alive."
        return self._edition.fault

    async def start(self) -> Edition:
        """Load what is to be served, start its workers and check what they answer."""
        edition = self._prepare()
        async with AsyncExitStack() as undo:
            undo.push_async_callback(edition.pool.close)
            await edition.pool.load()
            await edition.pool.start()
            await edition.check()
            edition.require_known_answers()
            undo.pop_all()
        self._edition = edition
        return edition

    def _prepare(self) -> Edition:
        options, order = self._options, self._order()
        if options.endpoint is not None:
            place = Place.of(options.endpoint)

            async def connect() -> Any:
                return await asyncio.to_thread(place.connect, options.limits.time_seconds)

            asking = Asking(options.limits, connect)
            pool = Pool(options, order, self._accounts, asking=asking)
            edition = Edition(pool, _queries(options.queries), options.limits)
            edition.version = edition.place = options.endpoint
            return edition
        if options.releases is not None and len(self.former.held) > 1:
            # A former release that is asked for has a loader and a worker too.
            room = options.memory_budget_bytes - options.limits.memory_bytes
            options = replace(options, memory_budget_bytes=room)
        return self._release(order, self._manifest(), options)

    def _order(self) -> dict[str, Any]:
        options = self._options
        return {
            "release": None,
            "endpoint": options.endpoint,
            "seconds": options.limits.time_seconds,
            "address": self._address,
            "limits": options.limits.published(),
        }

    async def held(self, one: Held) -> Edition:
        """Return a release that is held: the current one, or a former one, loaded for this."""
        if one.version == self.current.version:
            return self.current
        return await self.former.edition(one)

    def _prepare_former(self, manifest: releases.Manifest) -> Edition:
        # One worker is enough for what is asked now and then.
        options = replace(self._options, workers=1)
        return self._release(self._order(), manifest, options)

    def _manifest(self) -> releases.Manifest:
        return releases.read_manifest(releases.locate(self._options.source))

    def _release(
        self, order: dict[str, Any], manifest: releases.Manifest, options: ServeOptions
    ) -> Edition:
        folder = manifest.folder
        for listed in manifest.files:
            releases.read_listed(manifest, listed)
        own = folder / _QUERIES
        # The folder itself, not `current`: a switch while it is read would mix two releases.
        pool = Pool(options, {**order, "release": str(folder)}, self._accounts)
        has_own = any(listed.file.startswith(f"{_QUERIES}/") for listed in manifest.files)
        edition = Edition(pool, _queries(own if has_own else options.queries), options.limits)
        edition.version, edition.identity = manifest.version, manifest.identity
        edition.place = str(folder)
        edition.manifest = manifest
        edition.issued = manifest.issued
        edition.answers = {
            name: answer.sha256
            for answer in manifest.answers
            if (name := answer.file.removeprefix(f"{_QUERIES}/").removesuffix(".rq"))
            in edition.queries
        }
        return edition

    async def reload(self, *, insist: bool = False) -> bool:
        """Serve the current release if it is another one; return whether it is served now.

        A release that is not whole is refused, and the old one stays; it is tried again when
        it has changed, or when the operator insists.
        """
        again = {self._refused} if insist else set()
        if self._options.endpoint is not None:
            return False
        async with self._reloading:
            try:
                identity = self._manifest().identity
                if identity in {self.current.identity, self._refused} - again:
                    return False
                self._refused = identity
                await self._exchange(self._prepare())
            except (DrugPolicyError, OSError, ValueError) as error:
                # A folder may vanish, or hold anything, while it is read: it is no release then.
                self._complain(str(error))
                return False
        return True

    def _complain(self, reason: str) -> None:
        """Say once why a release is not served; it is looked at again every second."""
        if reason != self._complaint:
            self.failed_reloads += 1
            self._journal.event("reload refused", reason=reason)
        self._complaint = reason

    async def _exchange(self, edition: Edition) -> None:
        try:
            await edition.pool.load()
        except DrugPolicyError:
            await edition.pool.close()
            raise
        old, self._edition = self.current, edition
        edition.fault = None
        self.reloads += 1
        self._journal.event("reloaded", version=edition.version, release=edition.identity[:12])
        task = asyncio.get_running_loop().create_task(self._hand_over(old, edition))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _hand_over(old: Edition, new: Edition) -> None:
        try:
            await old.pool.retire(new.pool.grow)
        finally:
            await old.pool.close()
        new.pool.fill()
        await new.check()

    async def follow(self) -> None:
        """Look for a newer release again and again, and check the known answers now and then."""
        pause = self._options.follow_seconds
        checked = 0.0
        while True:
            await asyncio.sleep(pause)
            checked += pause
            if self._options.releases is not None:
                await self.reload()
            if checked >= _CHECK_SECONDS:
                checked = 0.0
                await self.current.check()
                if self.current.fault:
                    self._journal.event("not ready", reason=self.current.fault)

    async def close(self) -> None:
        """End all workers, those of an older release as well."""
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError, ServiceError):
                await task
        await self.former.close()
        if self._edition is not None:
            await self._edition.pool.close()


def _queries(folder: Path | None) -> dict[str, SavedQuery]:
    return {} if folder is None else load_queries(folder)
