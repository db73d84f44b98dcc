r"""How often things are pointed to, counted once for a release and not for each query.

A count is a statement of its own, so that an engine can look it up as it would the statements
counted: `<x-count:7/345> <…#inPlan> <…/plan/2> .` says that 345 things are in the plan, in a
row that has the number 7. That a property has 345 statements in all says a row with
`<x-count:total>` as its predicate.

>>> print(counts([b"<e:a> <e:in> <e:p> .", b"<e:b> <e:in> <e:p> ."]).decode(), end="")
<x-count:0/2> <e:in> <e:p> .
<x-count:1/2> <x-count:total> <e:in> .
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The file of a release that holds them, as N-Triples sorted by their bytes.
COUNTS: Final = "counts.nt"
TOTAL: Final = "x-count:total"
# Where fewer statements share an object, the engine counts them as fast as their counts.
_SHARED: Final = 2


def counts(triples: Iterable[bytes]) -> bytes:
    """Return the counts of triples, each a line of N-Triples and given once, as N-Triples.

    The objects of a property are counted only if on average two statements share one.
    """
    pointed = Counter(triple.partition(b" ")[2] for triple in triples)
    totals: Counter[bytes] = Counter()
    objects: Counter[bytes] = Counter()
    for statement, number in pointed.items():
        predicate = statement.partition(b" ")[0]
        totals[predicate] += number
        objects[predicate] += 1
    shared = {p for p, number in totals.items() if number >= _SHARED * objects[p]}
    found = {s: n for s, n in pointed.items() if s.partition(b" ")[0] in shared}
    found |= {b"<%s> %s ." % (TOTAL.encode(), p): n for p, n in totals.items()}
    rows = enumerate(sorted(found.items()))
    return b"".join(b"<x-count:%d/%d> %s\n" % (row, n, s) for row, (s, n) in rows)
