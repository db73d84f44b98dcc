"""A client that is watched while its question is answered, and whose hanging up ends the work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from drugpolicy_kg.service.http.exchange import Receive

# How long a question may take before its client is watched.
_PATIENCE_SECONDS: Final = 0.1


class Client:
    """Watches a client while its question is answered, and cancels this task if it hangs up.

    Watching costs a task, which a short query need not pay.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._question = asyncio.current_task()
        self._watching: asyncio.Task[None] | None = None
        self._gone = False
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_PATIENCE_SECONDS, self._begin)

    def _begin(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        if self._question is not None:
            self._question.cancel()

    def hung_up(self) -> bool:
        """Return whether it was the client that ended this task, which then goes on."""
        if self._gone and self._question is not None:
            self._question.uncancel()
        return self._gone

    def forget(self) -> None:
        """Watch no longer."""
        self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()
