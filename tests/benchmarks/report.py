"""Tables of figures, and the file that they are written to.

Each part of a run is kept as JSON beside RESULTS.md, so that one part can be measured again
without the others; RESULTS.md is always written from all of them.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER: Final = Path(__file__).parent
RESULTS: Final = FOLDER / "RESULTS.md"
PARTS: Final = FOLDER / "parts"
#: The parts in the order in which RESULTS.md has them.
ORDER: Final = (
    "engines",
    "overheads",
    "drill",
    "starting",
    "conformance",
    "building",
    "mutations",
    "pages",
    "inferring",
    "validating",
    "soak",
)
_INTRODUCTION: Final = (
    "Written by `python -m tests.benchmarks`; nothing here is filled in by hand. Ratios within "
    "one run count, absolute figures less: client, server and engines share the cores of one "
    "machine, which other work may have used at the same time (see the load)."
)
_PACKAGES: Final = (
    "drugpolicy-kg",
    "pyoxigraph",
    "uvicorn",
    "fastapi",
    "rdflib",
    "reasonable",
    "pyshacl",
    "shacl",
)


@dataclass
class Table:
    """A table with a title, a head, rows and a sentence that says how to read it."""

    title: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    note: str = ""

    def add(self, *cells: object) -> None:
        """Add a row; numbers are written with the digits that they deserve."""
        self.rows.append(
            tuple(number(cell) if isinstance(cell, float) else str(cell) for cell in cells)
        )


@dataclass
class Part:
    """What one part of a run found: its tables, and targets that are met or missed."""

    name: str
    title: str
    tables: list[Table] = field(default_factory=list)
    targets: list[tuple[str, str, str, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def table(self, title: str, *head: str, note: str = "") -> Table:
        """Return a new table of this part."""
        made = Table(title, head, note=note)
        self.tables.append(made)
        return made

    def target(self, what: str, wanted: str, found: str, *, met: bool) -> None:
        """Say whether a target is met."""
        self.targets.append((what, wanted, found, met))


def number(value: float) -> str:
    """Return a number with three significant digits.

    >>> number(1234.5), number(0.04567), number(12.34)
    ('1,234', '0.0457', '12.3')
    """
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def times(value: float) -> str:
    """Return a ratio.

    >>> times(12.34)
    '12.3 ×'
    """
    return f"{number(value)} ×"


def conditions(*, quick: bool) -> dict[str, Any]:
    """Return where and of what something was measured."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return {
        "measured": datetime.now(UTC).isoformat(timespec="minutes"),
        "commit": commit,
        "machine": f"{os.cpu_count()} cores, {_memory()} GiB, {platform.machine()}",
        "system": f"Linux {platform.release()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
        "load_before": round(os.getloadavg()[0], 2),
        "quick": quick,
    }


def _keep_other_sizes(part: Part, before: dict[str, Any], sizes: Sequence[int]) -> None:
    """Put what was found at other sizes before what was found at these."""
    ours = re.compile("|".join(rf"(?<![\d,]){size:,} triples" for size in sizes))
    others = [Table(**table) for table in before["tables"] if not ours.search(table["title"])]
    part.tables[:0] = others
    part.targets[:0] = [tuple(t) for t in before["targets"] if not ours.search(t[0])]
    if others:
        about = before["about"]
        part.notes.append(
            f"At {', '.join(f'{size:,}' for size in sizes)} triples measured as said above; at "
            f"other sizes {about['measured']} at {about['commit']}."
        )


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30


def keep(
    part: Part, about: dict[str, Any], folder: Path = PARTS, *, sizes: Sequence[int] = ()
) -> None:
    """Keep a part, in place of what an earlier run found, or of what it found at these sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    before = folder / f"{part.name}.json"
    if sizes and before.is_file():
        _keep_other_sizes(part, json.loads(before.read_text(encoding="utf-8")), sizes)
    content = {**asdict(part), "about": about}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (folder / f"{part.name}.json").write_text(text, encoding="utf-8")


def write(names: tuple[str, ...], folder: Path = PARTS, results: Path = RESULTS) -> None:
    """Write RESULTS.md from all parts that were kept, in that order."""
    kept = [
        json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in names
        if (folder / f"{name}.json").is_file()
    ]
    lines = [
        "# Benchmarks",
        "",
        _INTRODUCTION,
        "",
        "## Targets",
        "",
        *_markdown(
            ("target", "wanted", "found", ""),
            [
                (what, wanted, found, "met" if met else "**missed**")
                for part in kept
                for what, wanted, found, met in part["targets"]
            ],
        ),
    ]
    for part in kept:
        lines += _section(part)
    results.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _section(part: dict[str, Any]) -> list[str]:
    about = part["about"]
    quick = ", quick mode" if about["quick"] else ""
    measured = (
        f"Measured {about['measured']} at {about['commit']}{quick}, on {about['machine']} "
        f"({about['system']}; load before: {about['load_before']}). {about['versions']}."
    )
    lines = [
        "",
        f"## {part['title']}",
        "",
        measured,
    ]
    lines += [line for note in part["notes"] for line in ("", note)]
    for table in part["tables"]:
        lines += ["", f"### {table['title']}", "", *_markdown(table["head"], table["rows"])]
        if table["note"]:
            lines += ["", table["note"]]
    return lines


def _markdown(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
