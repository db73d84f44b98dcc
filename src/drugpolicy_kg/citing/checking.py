"""Whether a citation still holds: the question is asked again, and the answers are compared."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from drugpolicy_kg.citing.address import QUERIES
from drugpolicy_kg.citing.subjects import cite_own, cite_query, cite_thing, questions, statements
from drugpolicy_kg.errors import QueryError
from drugpolicy_kg.vocabulary import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.citing.address import Address
    from drugpolicy_kg.citing.subjects import Ask, Release
    from drugpolicy_kg.queries import SavedQuery


class State(Enum):
    """How a citation stands."""

    SAME = "same"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the answer is the same, and one sentence that says what was compared.

    `key` and `values` say the same for whoever words it in another language.
    """

    state: State
    words: str
    key: str
    values: Mapping[str, str | int | None]


def check(
    address: Address, release: Release, queries: Mapping[str, SavedQuery], ask: Ask, language: str
) -> Verdict:
    """Return whether a release still answers as an address says.

    Whether that release is the cited one is for the caller to decide, who chose it.
    """
    where, told = f"in release {release.version}", {"release": release.version}
    if not address.about:
        if address.dataset == release.dataset:
            return Verdict(State.SAME, f"The graph is the cited one {where}.", "graph_same", told)
        words = f"The graph is another one {where}."
        return Verdict(State.CHANGED, words, "graph_changed", told)
    try:
        now = _again(address, release, queries, ask, language)
    except QueryError as error:
        words = f"No answer {where}: {error}"
        return Verdict(State.CHANGED, words, "absent", {**told, "reason": str(error)})
    unit = "rows" if address.is_query or address.is_own_query else "statements"
    same_query = address.is_own_query or now.query == address.query
    reworded = "" if same_query else " The query itself has changed since."
    values = {**told, "rows": now.rows, "cited": address.rows, "reworded": reworded}
    if now.result == address.result:
        words = f"The answer holds {where}: {now.rows} {unit}.{reworded}"
        return Verdict(State.SAME, words, f"{unit}_same", values)
    cited = "as many" if now.rows == address.rows else str(address.rows)
    words = f"The answer has changed {where}: {now.rows} {unit}, {cited} were cited.{reworded}"
    return Verdict(State.CHANGED, words, f"{unit}_changed", values)


def compared(address: Address, queries: Mapping[str, SavedQuery], ask: Ask) -> Counter[str]:
    """Return the rows, or the statements about a thing, that a release answers with.

    Raises `QueryError` if the saved query is not there.
    """
    if address.is_own_query:
        raise QueryError("The rows of a query that is not saved are not compared one by one.")
    if not address.is_query:
        asked = questions()["thing"].sparql({"thing": BASE + address.about})
        return Counter(statements(ask(asked, "ntriples")))
    query = _named(address, queries)
    answer = ask(query.sparql(dict(address.parameters)), "csv").decode()
    return Counter(map(str, csv.reader(io.StringIO(answer, newline=""))))


def _named(address: Address, queries: Mapping[str, SavedQuery]) -> SavedQuery:
    name = address.about.removeprefix(QUERIES)
    if name not in queries:
        raise QueryError(f"'{name[:80]}' is no saved query there.")
    return queries[name]


def _again(
    address: Address, release: Release, queries: Mapping[str, SavedQuery], ask: Ask, language: str
) -> Address:
    if address.is_own_query:
        return cite_own(address.text, release, ask).address
    if not address.is_query:
        return cite_thing(BASE + address.about, language, release, ask).address
    query = _named(address, queries)
    return cite_query(query, dict(address.parameters), release, ask).address
