"""The application without a server, loader or workers, for what depends on none of them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx

from drugpolicy_kg.service import Limits, ServeOptions
from drugpolicy_kg.service.application import application
from drugpolicy_kg.service.fairness import Accounts
from drugpolicy_kg.service.journal import Journal

if TYPE_CHECKING:
    from drugpolicy_kg.service.editions import Editions

PATIENCE_SECONDS = 10


def answers(editions: Editions, *paths: str, method: str = "GET") -> list[httpx.Response]:
    """Return what the application answers while those editions are there."""
    accounts = Accounts(Limits(), clock=lambda: 0.0)
    validators: Any = SimpleNamespace(accounts=accounts)
    served: Any = application(editions, accounts, ServeOptions(), Journal(), validators)

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(served, raise_app_exceptions=False)
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            httpx.AsyncClient(transport=transport, base_url="http://service") as client,
        ):
            return [await client.request(method, path) for path in paths]

    return asyncio.run(ask())
