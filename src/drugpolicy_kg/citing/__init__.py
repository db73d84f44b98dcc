"""Citations: of the whole graph, of a thing or a fact in it, of an answer; and whether they hold.

A citation carries an address that names the release, the question and the answer by digests
(Research Data Alliance, Data Citation of Evolving Data, 2015). Nothing is fetched: whoever
checks an address asks a release that is at hand.
"""

from __future__ import annotations

from drugpolicy_kg.citing.address import Address, addresses, parse
from drugpolicy_kg.citing.checking import State, Verdict, check
from drugpolicy_kg.citing.references import Reference
from drugpolicy_kg.citing.subjects import (
    Ask,
    Release,
    cite_dataset,
    cite_own,
    cite_query,
    cite_thing,
)

__all__ = [
    "Address",
    "Ask",
    "Reference",
    "Release",
    "State",
    "Verdict",
    "addresses",
    "check",
    "cite_dataset",
    "cite_own",
    "cite_query",
    "cite_thing",
    "parse",
]
