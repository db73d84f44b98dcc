"""A pool of one: a confined process that checks documents, one after the other.

It is no part of an edition, because shapes and readers come with the software. It is started
as soon as the service is ready, so that the first document waits for nothing and memory is the
same before and after it; where it does not fit into the budget, it is started by the first
document. While it works, the memory of all processes together is watched: it is the first that
has to give way.
"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.errors import DrugPolicyError, ServiceError
from drugpolicy_kg.service.http.problems import Problem, over_limit
from drugpolicy_kg.service.options import MIB, ServeOptions
from drugpolicy_kg.service.workers import memory
from drugpolicy_kg.service.workers.asking import Asking
from drugpolicy_kg.service.workers.messages import send, write_file
from drugpolicy_kg.service.workers.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from drugpolicy_kg.service.fairness import Account, Accounts
    from drugpolicy_kg.service.workers.messages import Message
    from drugpolicy_kg.service.workers.processes import Worker
    from drugpolicy_kg.service.workers.replies import Reply

_DOCUMENTS_PER_WORKER: Final = 50
_STYLE: Final = re.compile(r"'sha256-[A-Za-z0-9+/]{43}='")
# Ten times what a start takes; one that takes longer hangs, and is ended.
START_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.1
# What may be taken between two looks.
_ROOM_BYTES: Final = 256 * MIB
# What shapes, readers and tables take once they are loaded, and a worker that has copies of them.
_LOADED_BYTES: Final = 192 * MIB


class _Checking(Asking):
    """Puts documents to the process that checks them, and explains its end in their terms."""

    def __init__(self, options: ServeOptions) -> None:
        super().__init__(options.limits)
        self._budget_bytes = options.memory_budget_bytes
        # Whether the work was ended for the sake of all other processes.
        self.gave_way = False

    async def send(self, worker: Worker, header: dict[str, Any], content: bytes) -> None:
        """Send a document to a worker, as a file in memory."""
        file = write_file(content)
        try:
            send(worker.feed, header, b"", (file,))
        finally:
            os.close(file)

    def read(self, message: Message) -> Reply:
        """Return the report of a worker, or raise the problem that it has with the document."""
        header = message.header
        error = header.get("error")
        if error == "memory":
            raise self.too_large()
        if error == "length":
            raise over_limit(
                413,
                "result_bytes",
                self._limits.result_bytes,
                "bytes",
                advice="Give the document in parts, or ask for the report as CSV.",
            )
        if error == "upload":
            status = int(header["status"])
            members = {name: header.get(name) for name in ("line", "column", "limit")}
            raise Problem(status, str(header["message"]), **members)
        reply = super().read(message)
        style, kind = str(header.get("style", "")), str(header.get("format", ""))
        if style and not _STYLE.fullmatch(style):
            raise Problem(503, "The report cannot be sent.", retry_after=1)
        return replace(reply, style=style, format=kind)

    def too_slow(self) -> Problem:
        """Return the problem of a document over which the check took too long."""
        return over_limit(
            504,
            "validation_seconds",
            self._limits.validation_seconds,
            "s",
            advice="Give the document in parts, or use 'drugpolicy validate' on your own machine.",
            retry_after=self._limits.validation_seconds,
        )

    def too_large(self) -> Problem:
        """Return the problem of a check that needs more memory than it may have."""
        gave_way, self.gave_way = self.gave_way, False
        name, value = "validation_bytes", self._limits.validation_bytes
        if gave_way:
            name, value = "memory_budget_bytes", self._budget_bytes
        return over_limit(
            503,
            name,
            value,
            "bytes",
            advice="Give the document in parts, or use 'drugpolicy validate' on your own machine.",
            retry_after=self._limits.validation_seconds,
        )


class Validators(Pool):
    """Checks documents in a process of their own, within the limits of validation."""

    def __init__(self, options: ServeOptions, accounts: Accounts) -> None:
        limits = options.limits
        self.accounts = accounts
        own = replace(
            options,
            workers=1,
            queries_per_worker=_DOCUMENTS_PER_WORKER,
            worker_growth_bytes=limits.validation_bytes * _DOCUMENTS_PER_WORKER,
            limits=replace(
                limits,
                time_seconds=limits.validation_seconds,
                memory_bytes=limits.validation_bytes,
                queue_length=limits.uploads,
            ),
        )
        order = {"limits": limits.published()}
        self._checking = _Checking(own)
        super().__init__(
            own, order, accounts, asking=self._checking, program=options.validation_program
        )
        self._most_bytes = options.memory_budget_bytes - _ROOM_BYTES
        self._starting: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    async def begin_early(self, say: Callable[[str], None]) -> None:
        """Start the process if the budget has room for it, or say why it waits for a document."""
        held = await asyncio.to_thread(memory.held, os.getpid())
        if held + _LOADED_BYTES > self._most_bytes:
            say(
                f"{held // MIB:,} MiB are held, which leaves no room in the budget of "
                f"{self._options.memory_budget_bytes // MIB:,} MiB; the first document starts it."
            )
            return
        try:
            await asyncio.shield(self.begin())
        except DrugPolicyError as error:
            say(error.message)

    def begin(self) -> asyncio.Task[None]:
        """Start the process if it is not there yet; return the task that ends when it is."""
        if self._starting is None:
            self._starting = asyncio.get_running_loop().create_task(self._begin())
            # Whoever waits for it is told; where nobody does, the next document tries again.
            self._starting.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._starting

    async def _begin(self) -> None:
        try:
            async with asyncio.timeout(START_SECONDS):
                await self.load()
                await self.start()
        except (DrugPolicyError, OSError, TimeoutError) as error:
            await self.start_over()
            self._starting = None
            if isinstance(error, DrugPolicyError):
                raise
            reason = getattr(error, "strerror", None) or "it took too long"
            raise ServiceError(
                f"The process that checks documents could not be started: {reason}."
            ) from error

    async def check(self, header: dict[str, Any], content: bytes, account: Account) -> Reply:
        """Return the report of an upload, or raise the problem that its client is told."""
        # Starting and waiting take together what the check itself may take.
        until = asyncio.get_running_loop().time() + self._limits.queue_seconds
        try:
            async with asyncio.timeout_at(until):
                await asyncio.shield(self.begin())
        except (DrugPolicyError, TimeoutError) as error:
            raise Problem(
                503, "Documents cannot be validated here now; try again later.", retry_after=30
            ) from error
        if self._watching is None or self._watching.done():
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        return await self.ask(header, content, account, until=until)

    async def _watch(self) -> None:
        """End the work while all processes together hold more than the budget."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if not self.running and not self.waiting:
                return
            # Reading the figures of a large process takes milliseconds.
            held = await asyncio.to_thread(memory.held, os.getpid())
            if held > self._most_bytes and self.running:
                self._checking.gave_way = True
                for worker in self._processes.workers.values():
                    worker.kill()

    async def close(self) -> None:
        """End the process and wait until it is gone."""
        if self._watching is not None:
            self._watching.cancel()
        if self._starting is not None:
            self._starting.cancel()
        await super().close()
