"""What the service must survive, by which remedies, and which tests fail without them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parent
POINTS: Final = FOLDER / "points.yaml"


@dataclass(frozen=True)
class Edit:
    """A text that stands once in a file of the checkout, and what stands there without it."""

    file: str
    find: str
    replace: str

    def applied(self, content: str) -> str:
        """Return the content with the edit; the text must be found exactly once."""
        found = content.count(self.find)
        assert found == 1, f"{self.file}: expected once, found {found} times: {self.find!r}"
        assert self.replace != self.find, f"{self.file}: the edit changes nothing: {self.find!r}"
        return content.replace(self.find, self.replace)


@dataclass(frozen=True)
class Entry:
    """A remedy of a point, how it is taken away, and the tests that must fail then.

    A test that ends `hangs` is not expected to end at all within `seconds`.
    """

    name: str
    point: str
    remedy: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    ends: str = "fails"
    seconds: float = 120.0


@dataclass(frozen=True)
class Point:
    """A point of the list, with words of it; a reason stands where no test can show it."""

    point: str
    says: str
    reason: str = field(default="")


def read_points() -> list[Point]:
    """Return the points of the list, in its order."""
    return [Point(**row) for row in yaml.safe_load(POINTS.read_text(encoding="utf-8"))]


def read_entries() -> list[Entry]:
    """Return the entries of all files; each is named by its point and a number."""
    numbers: Counter[str] = Counter()
    entries = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for row in [] if path == POINTS else yaml.safe_load(path.read_text(encoding="utf-8")):
            numbers[row["point"]] += 1
            entries.append(_entry(row, f"{row['point']} ({numbers[row['point']]})"))
    return entries


def _entry(row: dict[str, Any], name: str) -> Entry:
    edits = tuple(Edit(**edit) for edit in _edits(row))
    assert edits, f"{name}: nothing is taken away"
    assert row["tests"], f"{name}: no test is named"
    entry = Entry(name=name, edits=edits, **{**row, "tests": tuple(row["tests"])})
    assert entry.ends in {"fails", "hangs"}, f"{name}: ends: {entry.ends!r}"
    return entry


def _edits(row: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the edits of a row, and take them out of it; one alone may stand in the row itself."""
    if "file" in row:
        yield {name: row.pop(name) for name in ("file", "find", "replace")}
    yield from row.pop("edits", [])
