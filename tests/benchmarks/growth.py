"""The figures on the page that says which way to grow: python -m tests.benchmarks.growth.

The page is written by a person; what stands between `<!-- bench: NAME -->` and `<!-- /bench -->`
is written here, from the parts that were measured. What was not measured is said to be so.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.service.options import GIB, MIB, ServeOptions, worker_count

from .report import PARTS, number

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE: Final = Path(__file__).parents[2] / "src" / "drugpolicy_kg" / "service" / "README.md"
_BLOCK: Final = re.compile(r"(<!-- bench: ([a-z-]+) -->)(.*?)(<!-- /bench -->)", re.DOTALL)
_OURS: Final = "drugpolicy-kg"
_OTHER: Final = "Virtuoso"
_QUERIES: Final = (
    "look-up",
    "ASK",
    "3-hop join",
    "3-hop join by label",
    "GROUP BY",
    "GROUP BY over a join",
    "text scan",
)
_MANY: Final = "16"
_NONE: Final = "–"
#: From there on the other engine is worth its memory and its installation.
_MUCH_SLOWER: Final = 0.5
_CORES: Final = 8


@dataclass
class Figures:
    """What was measured: by size, and for rates by query and engine, at sixteen clients."""

    rates: dict[tuple[int, str, str], float] = field(default_factory=dict)
    memory: dict[tuple[int, str], float] = field(default_factory=dict)
    starts: dict[int, float] = field(default_factory=dict)
    kept: dict[str, float] = field(default_factory=dict)

    @property
    def sizes(self) -> list[int]:
        """Return the numbers of triples at which anything was measured."""
        return sorted({*self.starts, *(size for size, _ in self.memory)})

    def ratio(self, size: int, query: str) -> float | None:
        """Return our rate as a share of the other engine's."""
        ours, other = (self.rates.get((size, query, name)) for name in (_OURS, _OTHER))
        return ours / other if ours and other else None


def _parsed(text: str) -> float:
    """Return a number as the tables have it.

    >>> _parsed("2,619"), _parsed("0.0394")
    (2619.0, 0.0394)
    """
    return float(text.replace(",", ""))


def read(folder: Path = PARTS) -> Figures:
    """Return the figures of those parts that are kept in a folder."""
    figures = Figures()
    for table in _tables(folder, "engines"):
        rows = [dict(zip(table["head"], row, strict=True)) for row in table["rows"]]
        size = int(_parsed(next(iter(re.findall(r"[\d,]+", table["title"])))))
        for row in rows:
            if "query" not in row:
                figures.memory[size, row["engine"]] = _parsed(row["MiB"])
            elif row["clients"] == _MANY:
                figures.rates[size, row["query"], row["engine"]] = _parsed(row["per second"])
    for table in _tables(folder, "starting"):
        for triples, seconds, _, memory in table["rows"]:
            size = int(_parsed(triples))
            figures.starts[size] = _parsed(seconds)
            figures.memory.setdefault((size, _OURS), _parsed(memory))
    for table in _tables(folder, "overheads")[:1]:
        figures.kept = {row[0]: _parsed(row[1]) for row in table["rows"]}
    return figures


def _tables(folder: Path, name: str) -> list[dict[str, Any]]:
    file = folder / f"{name}.json"
    if not file.is_file():
        return []
    tables: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["tables"]
    return tables


def fill(page: str, figures: Figures) -> str:
    """Return a page with what was measured in its blocks; a block without a writer is an error."""

    def written(block: re.Match[str]) -> str:
        content = _WRITERS[block[2]](figures)
        if "\n" in content:
            content = f"\n{content}\n"
        return f"{block[1]}{content}{block[4]}"

    return _BLOCK.sub(written, page)


def write(folder: Path = PARTS, page: Path = PAGE) -> None:
    """Write the figures of a folder of parts into a page."""
    text = page.read_text(encoding="utf-8")
    page.write_text(fill(text, read(folder)), encoding="utf-8")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ratio(value: float) -> str:
    """Return a ratio with the two digits that rates of three digits allow."""
    return f"{value:.2g} ×"


def _shown(value: float | None) -> str:
    return _NONE if value is None else number(value)


def _by_size(figures: Figures) -> str:
    """Return what one machine does at each size."""
    head = ["triples", "start s", "memory MiB", "workers in 4 GiB"]
    head += [f"{query}, a second" for query in _QUERIES if query != "ASK"]
    rows = []
    for size in figures.sizes:
        memory = figures.memory.get((size, _OURS))
        rows.append(
            [
                f"{size:,}",
                _shown(figures.starts.get(size)),
                _shown(memory),
                _NONE if memory is None else str(_workers(memory)),
                *(
                    _shown(figures.rates.get((size, query, _OURS)))
                    for query in _QUERIES
                    if query != "ASK"
                ),
            ]
        )
    return _table(head, rows)


def _workers(memory: float) -> int:
    """Return how many workers the usual budget has room for, on a machine with cores to spare."""
    options = ServeOptions(workers=_CORES)
    return worker_count(options, worker_bytes=GIB, resident=int(memory * MIB))


def _most(figures: Figures) -> str:
    """Return how many triples the usual budget has room for, by the largest size measured."""
    sizes = [size for size, name in figures.memory if name == _OURS]
    if not sizes:
        return "how much a triple takes was not measured yet"
    size = max(sizes)
    each = figures.memory[size, _OURS] * MIB / size
    most = size
    while _workers(1.01 * most * each / MIB) > 1:
        most = int(1.01 * most)
    rounded = round(most, 2 - len(str(most)))
    return (
        f"{each:,.0f} bytes a triple at {size:,}, so that two workers fit beside some "
        f"{rounded:,} triples"
    )


def _beside(figures: Figures) -> str:
    """Return our rates as shares of the other engine's, and the memory of both."""
    sizes = sorted({size for size, _, name in figures.rates if name == _OTHER})
    if not sizes:
        return "Not measured yet."
    head = ["", *(f"{size:,} triples" for size in sizes)]
    rows = [
        [query, *(_NONE if (r := figures.ratio(s, query)) is None else _ratio(r) for s in sizes)]
        for query in _QUERIES
    ]
    for name in (_OURS, _OTHER):
        memory = [_shown(figures.memory.get((size, name))) for size in sizes]
        rows.append([f"memory of {name}, MiB", *memory])
    return _table(head, rows)


def _slower(figures: Figures) -> str:
    """Return which queries the other engine answers more than twice as often, at what size."""
    sizes = [size for size, _, name in figures.rates if name == _OTHER]
    if not sizes:
        return "was not measured yet"
    size = max(sizes)
    found = [
        f"{query} ({_ratio(ratio)})"
        for query in _QUERIES
        if (ratio := figures.ratio(size, query)) is not None and ratio < _MUCH_SLOWER
    ]
    return f"at {size:,} triples: {', '.join(found) or 'none'}"


def _kept(figures: Figures) -> str:
    """Return how often an answer that is kept is given, beside one that is not."""
    shown = [f"{name} {number(rate)}" for name, rate in figures.kept.items() if "hello" not in name]
    return f"a second: {', '.join(shown)}" if shown else "not measured yet"


_WRITERS: Final[dict[str, Callable[[Figures], str]]] = {
    "by-size": _by_size,
    "most": _most,
    "beside-virtuoso": _beside,
    "slower-than-virtuoso": _slower,
    "kept": _kept,
}


if __name__ == "__main__":
    write()
    sys.stdout.write(f"{PAGE} has the figures of {PARTS}.\n")
