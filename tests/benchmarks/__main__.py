"""Runs the benchmarks: python -m tests.benchmarks [--quick] [--only PART …] [--results FILE]."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import (
    building,
    conformance,
    drill,
    engines,
    growth,
    inferring,
    mutations,
    overheads,
    pages,
    starting,
    validating,
)
from .report import ORDER, PARTS, RESULTS, Part, conditions, keep, write

if TYPE_CHECKING:
    from collections.abc import Callable

_PARTS: Final[dict[str, Callable[..., Part]]] = {
    "engines": engines.run,
    "overheads": overheads.run,
    "drill": drill.run,
    "starting": starting.run,
    "conformance": conformance.run,
    "building": building.run,
    "mutations": mutations.run,
    "pages": pages.run,
    "inferring": inferring.run,
    "validating": validating.run,
}


def main() -> int:
    """Run the parts that were asked for and write the results."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small graphs, short measurements")
    parser.add_argument("--only", nargs="+", choices=list(_PARTS), default=list(_PARTS))
    parser.add_argument("--results", type=Path, default=RESULTS, help="the file that is written")
    parser.add_argument("--sizes", nargs="+", type=int, help="triples, for the engines")
    chosen = parser.parse_args()
    parts = PARTS if chosen.results == RESULTS else chosen.results.with_suffix(".parts")
    for name in chosen.only:
        about = conditions(quick=chosen.quick)
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="drugpolicy-bench-") as folder:
            more = {"sizes": chosen.sizes} if name == "engines" and chosen.sizes else {}
            part = _PARTS[name](Path(folder), quick=chosen.quick, **more)
        keep(part, about, parts, sizes=(chosen.sizes or ()) if name == "engines" else ())
        missed = [what for what, _, _, met in part.targets if not met]
        sys.stdout.write(
            f"{name}: {len(part.targets) - len(missed)} of {len(part.targets)} targets met in "
            f"{time.monotonic() - began:.0f} s\n"
        )
        for what in missed:
            sys.stdout.write(f"  missed: {what}\n")
        sys.stdout.flush()
        write(ORDER, parts, chosen.results)
        if parts == PARTS:
            growth.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
