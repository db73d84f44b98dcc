"""Compares what was read of the labelled passages with the labels of two readers."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from drugpolicy_kg.names import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.plan import Mention, Plan, Readings

LABELS = Path(__file__).parent / "labels"
KINDS = ("citations", "commitments", "places", "programmes", "mentions", "themes")
_TABLES = {
    "places": "places",
    "programmes": "programmes",
    "mentions": "actors",
    "themes": "concepts",
}

Row = dict[str, str]


class Fits(Protocol):
    """Whether a label and a row that was read mean the same."""

    def __call__(self, label: Row, row: Row) -> bool: ...


@dataclass
class Score:
    """How many labels were found and how many rows are labelled, with what is left over."""

    found: int = 0
    missed: list[Row] = field(default_factory=list)
    surplus: list[Row] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The share of the rows that a reader labelled too."""
        return self.found / (self.found + len(self.surplus) or 1)

    @property
    def recall(self) -> float:
        """The share of the labels that were found."""
        return self.found / (self.found + len(self.missed) or 1)

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.3f}, recall {self.recall:.3f} "
            f"({self.found} found, {len(self.surplus)} surplus, {len(self.missed)} missed)"
        )


def passages(reader: int | None = None) -> list[tuple[str, str]]:
    """Return plan and place of every labelled passage, or of one reader's."""
    rows = _rows(LABELS / "passages.csv")
    kept = [row for row in rows if reader is None or row["reader"] == str(reader)]
    return list(dict.fromkeys((row["plan"], row["where"]) for row in kept))


def labels(kind: str, reader: int) -> list[Row]:
    """Return the labels of a reader as written."""
    return _rows(LABELS / f"reader-{reader}" / f"{kind}.csv")


def rulings(kind: str, reader: int) -> list[Row]:
    """Return what was ruled about single labels after they were written, with the reason."""
    path = LABELS / "rulings.csv"
    rows = _rows(path) if path.is_file() else []
    return [row for row in rows if row["kind"] == kind and row["reader"] == str(reader)]


def read_rows(kind: str, plans: Iterable[Plan], authorities: Authorities) -> list[Row]:
    """Return what was read, in the columns of the labels."""
    return [row for plan in plans for row in _ROWS[kind](plan, kind, authorities)]


def score(kind: str, reader: int, rows: list[Row], *, ruled: bool) -> Score:
    """Return how the rows of a reader's passages agree with the labels.

    With `ruled`, labels that a ruling drops are not asked for, and rows that it allows are
    not held against the program.
    """
    own = set(passages(reader))
    pending = [row for row in rows if (row["plan"], row["where"]) in own]
    result = Score()
    fits = _FITS[kind]
    decided = rulings(kind, reader) if ruled else []
    for label in sorted(labels(kind, reader), key=lambda label: not label.get("identifier")):
        index = next((i for i, row in enumerate(pending) if _same(label, row, fits)), None)
        if index is not None:
            pending.pop(index)
            result.found += 1
        elif not any(r["verdict"] == "drop" and _ruled(r, label) for r in decided):
            result.missed.append(label)
    for row in pending:
        if not any(r["verdict"] == "allow" and _ruled(r, row) for r in decided):
            result.surplus.append(row)
    return result


def _same(label: Row, row: Row, fits: Fits) -> bool:
    return label["plan"] == row["plan"] and label["where"] == row["where"] and fits(label, row)


def _ruled(ruling: Row, row: Row) -> bool:
    return (
        ruling["plan"] == row["plan"]
        and ruling["where"] == row["where"]
        and plain(ruling["wording"]) == plain(row["wording"])
    )


def plain(text: str) -> str:
    """Return a text in lower case without signs, articles and doubled blanks."""
    words = re.sub(r"[^\w]+", " ", folded(text).lower()).split()
    return " ".join(word for word in words if word not in {"the", "a", "an"})


def _akin(one: str, other: str) -> bool:
    a, b = plain(one), plain(other)
    return bool(a) and bool(b) and (a in b or b in a)


def _citation_fits(label: Row, row: Row) -> bool:
    if label["footnote"] != row["footnote"]:
        return False
    if label["identifier"] and row["identifier"]:
        return plain(label["identifier"]) == plain(row["identifier"])
    return _akin(label["wording"], row["wording"])


def _commitment_fits(label: Row, row: Row) -> bool:
    return (
        _akin(label["wording"], row["wording"])
        and label["due_start"] == row["due_start"]
        and label["due_end"] == row["due_end"]
        and label["amount"] == row["amount"]
    )


def _named(label: str, row: Row) -> bool:
    return plain(label) in row["names"].split("|")


def _place_fits(label: Row, row: Row) -> bool:
    return _named(label["place"], row) and label["role"] == row["role"]


def _programme_fits(label: Row, row: Row) -> bool:
    return _thing_fits(label["programme"], label["wording"], row)


def _mention_fits(label: Row, row: Row) -> bool:
    return _thing_fits(label["actor"], label["wording"], row)


def _thing_fits(name: str, wording: str, row: Row) -> bool:
    bare = re.sub(r"\s*\([^)]*\)", "", name)
    if any(_named(words, row) for words in (name, bare, wording)):
        return True
    shorter = min(plain(wording), plain(row["wording"]), key=len)
    return len(shorter) > len("Europol's") and _akin(wording, row["wording"])


def _theme_fits(label: Row, row: Row) -> bool:
    return plain(label["concept"]) in row["note"].split("|")


_FITS: dict[str, Fits] = {
    "citations": _citation_fits,
    "commitments": _commitment_fits,
    "places": _place_fits,
    "programmes": _programme_fits,
    "mentions": _mention_fits,
    "themes": _theme_fits,
}


def _citations(plan: Plan, kind: str, authorities: Authorities) -> list[Row]:
    del kind, authorities
    return [
        {
            "plan": plan.id,
            "where": c.where,
            "footnote": c.footnote,
            "identifier": c.identifier,
            "wording": words(c.wording, plan),
        }
        for c in plan.citations
    ]


def _commitments(plan: Plan, kind: str, authorities: Authorities) -> list[Row]:
    del kind, authorities
    return [
        {
            "plan": plan.id,
            "where": c.where,
            "wording": words(c.sentence, plan),
            "due_start": c.due_start,
            "due_end": c.due_end,
            "amount": c.amount,
            "modality": c.modality,
            "who": "; ".join(c.who) or words(c.who_wording, plan),
        }
        for c in plan.commitments
    ]


def _mentions(plan: Plan, kind: str, authorities: Authorities) -> list[Row]:
    return [
        _mention_row(plan, mention, authorities)
        for mention in plan.mentions
        if mention.table == _TABLES[kind] and words(mention.wording, plan)
    ]


def _mention_row(plan: Plan, mention: Mention, authorities: Authorities) -> Row:
    entry = authorities.by_id[mention.table, mention.thing]
    names = [name for own in entry.names.values() for name in (own.label, *own.variants)]
    return {
        "plan": plan.id,
        "where": mention.where,
        "thing": mention.thing,
        "role": mention.role,
        "wording": words(mention.wording, plan),
        "names": "|".join(plain(name) for name in (*names, entry.short) if name),
        "note": "|".join(plain(note) for note in entry.note.split(" | ")),
    }


_ROWS: Mapping[str, Callable[[Plan, str, Authorities], list[Row]]] = {
    "citations": _citations,
    "commitments": _commitments,
    "places": _mentions,
    "programmes": _mentions,
    "mentions": _mentions,
    "themes": _mentions,
}


def words(readings: Readings, plan: Plan) -> str:
    """Return the words of the reference edition."""
    return next((r.text for r in readings if r.language == plan.reference), "")


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
