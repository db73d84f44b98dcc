"""Makes the examples of shapes and their reports again: python -m tests.shapes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from drugpolicy_kg.graphs import Graph
from drugpolicy_kg.validation import Engine
from tests.shapes.examples import invalid, valid
from tests.shapes.graphs import FOLDER, lines, names, results, shapes

if TYPE_CHECKING:
    import pyoxigraph as ox


def main() -> int:
    """Write every example and every report, and say of what there is none."""
    count = 0
    for name in names():
        folder = FOLDER / name
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()
        (folder / "valid.ttl").write_bytes(_turtle(valid(name)))
        for rule in shapes(name).rules.values():
            triples = invalid(name, rule.code)
            (folder / f"invalid.{rule.code}.ttl").write_bytes(_turtle(triples))
            report = "\n".join(lines(name, results(Engine.BULK, name, frozenset(triples))))
            (folder / f"invalid.{rule.code}.txt").write_text(report + "\n", encoding="utf-8")
            count += 1
    sys.stdout.write(f"{count} rules with examples\n")
    return 0


def _turtle(triples: set[ox.Triple]) -> bytes:
    graph = Graph("urn:x:example")
    graph.triples = triples
    return graph.turtle()


if __name__ == "__main__":
    sys.exit(main())
