"""How much of the service one client may take: queries at a time, and time within a minute.

A client is an address (of IPv6, the network that a subscriber gets). What its queries took
fades within a minute, so that nobody needs to be forgiven by hand.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.errors import ServiceError
from drugpolicy_kg.service.http.exchange import header
from drugpolicy_kg.service.http.problems import over_limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from drugpolicy_kg.service.http.exchange import Scope
    from drugpolicy_kg.service.options import Limits, ServeOptions

    _Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MINUTE: Final = 60.0
_HALF_LIFE: Final = 30.0
_SUBSCRIBER_BITS: Final = 64
_MOST_ACCOUNTS: Final = 10_000
# Short queries count too: an answer that the clock does not see has cost something.
LEAST_COST: Final = 0.001


@dataclass(eq=False, slots=True)
class Account:
    """What one client is doing and what it has taken.

    `spent` fades evenly and ends in nothing: it is compared with the budget. `recent` fades by
    halves, and tells who took more of late even where nobody is near the budget.
    """

    name: str
    inside: int = 0
    running: int = 0
    spent: float = 0.0
    recent: float = 0.0
    seen: float = 0.0


class Accounts:
    """The accounts of all clients that were seen lately.

    >>> from drugpolicy_kg.service.options import Limits
    >>> now = [0.0]
    >>> accounts = Accounts(Limits(client_seconds=6.0), clock=lambda: now[0])
    >>> account = accounts.enter("192.0.2.1")
    >>> accounts.charge(account, 3.0)
    >>> now[0] = 10.0
    >>> accounts.enter("192.0.2.1").spent
    2.0
    """

    def __init__(self, limits: Limits, *, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._accounts: OrderedDict[str, Account] = OrderedDict()

    @property
    def known(self) -> int:
        """Return how many clients have an account."""
        return len(self._accounts)

    def enter(self, name: str) -> Account:
        """Return the account of a client that asks something, or tell it to come back later."""
        account = self._accounts.pop(name, None) or Account(name)
        self._accounts[name] = account
        self._fade(account)
        self._forget()
        limits = self._limits
        if account.spent >= limits.client_seconds:
            # Until a second's worth has faded, so that one that waits can ask something.
            rate = limits.client_seconds / _MINUTE
            wait = (account.spent - limits.client_seconds) / rate + min(1.0 / rate, _MINUTE)
            raise over_limit(
                429,
                "client_seconds",
                limits.client_seconds,
                "s per minute",
                advice="Your queries took more time than that; pause, or download the graphs.",
                retry_after=wait,
            )
        if account.inside >= limits.client_queries:
            raise over_limit(
                429,
                "client_queries",
                limits.client_queries,
                "queries at a time",
                advice="Wait for an answer before asking more.",
                retry_after=1,
            )
        account.inside += 1
        return account

    @staticmethod
    def leave(account: Account) -> None:
        """End what `enter` began."""
        account.inside -= 1

    def charge(self, account: Account, seconds: float) -> None:
        """Add the time that a query took to what its client has taken."""
        self._fade(account)
        cost = max(seconds, LEAST_COST)
        account.spent += cost
        account.recent += cost

    def _fade(self, account: Account) -> None:
        now = self._clock()
        passed = now - account.seen
        account.spent = max(0.0, account.spent - passed * self._limits.client_seconds / _MINUTE)
        account.recent *= 0.5 ** (passed / _HALF_LIFE)
        account.seen = now

    def _forget(self) -> None:
        while len(self._accounts) > _MOST_ACCOUNTS:
            name, account = self._accounts.popitem(last=False)
            if account.inside:
                # It is busy; whoever comes next is asked instead.
                self._accounts[name] = account
                return


class Addresses:
    """Finds the address of a client, behind a proxy only where the operator said so.

    >>> from drugpolicy_kg.service.options import ServeOptions
    >>> headers = [(b"x-forwarded-for", b"198.51.100.9, 192.0.2.7")]
    >>> scope = {"client": ("127.0.0.1", 4711), "headers": headers}
    >>> Addresses(ServeOptions()).of(scope)
    '127.0.0.1'
    >>> Addresses(ServeOptions(client_header="X-Forwarded-For")).of(scope)
    '192.0.2.7'
    """

    def __init__(self, options: ServeOptions) -> None:
        self._header = (options.client_header or "").lower().encode("latin-1")
        try:
            self._proxies = tuple(ipaddress.ip_network(network) for network in options.proxies)
        except ValueError as error:
            raise ServiceError(
                f"proxies: {error}.", remedy="Write networks, for instance 10.0.0.0/8."
            ) from error

    def of(self, scope: Scope) -> str:
        """Return the name under which a client has its account."""
        peer = (scope.get("client") or ("unknown", 0))[0]
        if not self._header:
            return _account_name(peer)
        # The last entry is the one that our own proxy wrote; all before it anybody can send.
        told = header(scope, self._header).rpartition(",")[2].strip()
        return _account_name(told if told and _is_within(peer, self._proxies) else peer)


@lru_cache(maxsize=4_096)
def _is_within(address: str, networks: tuple[_Network, ...]) -> bool:
    """Return whether an address is in one of these networks."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


@lru_cache(maxsize=4_096)
def _account_name(address: str) -> str:
    """Return the address, or of IPv6 the network that one subscriber has.

    >>> _account_name("2001:db8::1") == _account_name("2001:db8::2:1")
    True
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _SUBSCRIBER_BITS), strict=False))
    return str(parsed)
