"""A release with its workers: what may be asked of it, and whether it answers as it should."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.errors import ReleaseError
from drugpolicy_kg.service.admission import Admitted, admit
from drugpolicy_kg.service.fairness import Account
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.workers.queueing import Moved
from drugpolicy_kg.service.workers.replies import whole

if TYPE_CHECKING:
    from datetime import datetime

    from drugpolicy_kg.queries import SavedQuery
    from drugpolicy_kg.releases import Manifest
    from drugpolicy_kg.service.options import Limits
    from drugpolicy_kg.service.workers.pool import Pool
    from drugpolicy_kg.service.workers.processes import Loaded

_MOST_ADMITTED: Final = 1_024
_LONGEST_ADMITTED: Final = 4_096
# Two pairs of braces: the counts of a release would answer it with one, and not its graphs.
COUNT: Final = "SELECT (COUNT(*) AS ?n) WHERE { { ?s ?p ?o } }"


class Edition:
    """A release, or another endpoint, with the workers that answer from it."""

    def __init__(self, pool: Pool, queries: dict[str, SavedQuery], limits: Limits) -> None:
        self.pool = pool
        self.queries = queries
        self.version = ""
        # Nothing without an identity is kept: what another engine holds may change at any time.
        self.identity = ""
        self.place = ""
        # What is served lies in files, unless another engine holds it.
        self.manifest: Manifest | None = None
        # When the release was written, as its manifest says or, failing that, its file.
        self.issued: datetime | None = None
        self.answers: dict[str, str] = {}
        self.fault: str | None = "The known answers have not been checked yet."
        self._limits = limits
        self._admitted: OrderedDict[str, Admitted] = OrderedDict()

    @property
    def loaded(self) -> Loaded:
        """Return what was loaded."""
        loaded = self.pool.loaded
        if loaded is None:
            raise loading()
        return loaded

    @property
    def language(self) -> str:
        """Return the language of labels for a client that states none."""
        found = (query.parameters.get("lang") for query in self.queries.values())
        return next((parameter.default for parameter in found if parameter), "")

    def admit(self, query: str) -> Admitted:
        """Return what is known of a query that may be asked, or raise the problem with it."""
        known = self._admitted.get(query)
        if known is None:
            known = admit(query, limits=self._limits, graphs=self.loaded.counts)
            if len(query) <= _LONGEST_ADMITTED:
                self._admitted[query] = known
                if len(self._admitted) > _MOST_ADMITTED:
                    self._admitted.popitem(last=False)
        return known

    def require_known_answers(self) -> None:
        """Raise an error if what this release answers is not what it is known to answer."""
        if self.fault:
            raise ReleaseError(f"{self.place}: {self.fault}")

    async def check(self) -> None:
        """Ask what the answer is known to, and remember whether it still comes out."""
        total = sum(self.loaded.counts.values())
        counted = sha256(f"n\r\n{total}\r\n".encode()).hexdigest()
        known = [("the number of triples", COUNT, counted)]
        known += [
            (f"the query {name}", self.queries[name].text, answer)
            for name, answer in self.answers.items()
        ]
        account = Account("the service itself")
        for what, query, expected in known:
            header = {"format": "csv", "own_dataset": False, "dataset": None}
            try:
                reply = await self.pool.ask(header, query.encode(), account)
            except Moved:
                return
            except Problem as problem:
                # A busy service is not a broken one: that is for the limits to say.
                if problem.status < 500 or self.fault:  # noqa: PLR2004 - our fault, not a limit
                    self.fault = f"{what} is not answered: {problem.detail}"
                    return
                continue
            if sha256(whole(reply)).hexdigest() != expected:
                self.fault = f"{what} is not answered as it was when the release was written."
                return
        self.fault = None


def loading() -> Problem:
    """Return the problem of a request that comes before anything is served."""
    return Problem(503, "The release is being loaded.", retry_after=1)
