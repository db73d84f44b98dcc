"""What each column of each table means: for a reader, and as a sheet of the workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.exports.definitions import expand
from drugpolicy_kg.results import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drugpolicy_kg.exports.definitions import Definition
    from drugpolicy_kg.exports.table import Table
    from drugpolicy_kg.exports.terms import Terms, Value

_PREFACE: Final = (
    "Files are UTF-8, parted by commas, with one line of names on top (RFC 4180). An empty cell "
    "means that the document says nothing. Several values in a cell are parted by `; `."
)
_HEAD: Final = ("table", "column", "type", "meaning", "term", "definition", "values")
_KINDS: Final = {"string": "text", "integer": "whole number", "boolean": "true or false"}


@dataclass(frozen=True)
class Entry:
    """A column: what it is, which term of the ontology it is the value of, what may stand in it."""

    column: str
    kind: str
    meaning: str
    term: str = ""
    definition: str = ""
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Page:
    """A table with its columns and how it hangs together with others."""

    name: str
    summary: str
    notes: tuple[str, ...]
    entries: tuple[Entry, ...]


def pages(tables: Sequence[Table], terms: Terms) -> list[Page]:
    """Return a page for each table."""
    return [
        Page(
            table.name,
            table.summary,
            (f"{len(table.rows)} rows.", *_notes(table.definition)),
            tuple(_entry(table, name, terms) for name in table.columns),
        )
        for table in tables
    ]


def rows(pages_: Sequence[Page]) -> Rows:
    """Return the codebook as one table, with a row for each column of each table."""
    return Rows(
        _HEAD,
        tuple(
            (
                page.name,
                entry.column,
                entry.kind,
                entry.meaning,
                entry.term,
                entry.definition,
                "; ".join(f"{value.notation}: {value.label}" for value in entry.values),
            )
            for page in pages_
            for entry in page.entries
        ),
    )


def markdown(pages_: Sequence[Page], version: str) -> str:
    """Return the codebook as a text that people read, in Markdown."""
    parts = [
        f"# Codebook of the tables of release {version}",
        _PREFACE,
        "\n".join(f"- [{page.name}](#{page.name}): {page.summary}" for page in pages_),
    ]
    for page in pages_:
        parts += [f"## {page.name}", f"{page.summary} {' '.join(page.notes)}"]
        head = "| column | type | meaning | term |\n|---|---|---|---|\n"
        parts.append(head + "\n".join(_line(entry) for entry in page.entries))
        parts += [_list(entry) for entry in page.entries if entry.values]
    return "\n\n".join(parts) + "\n"


def _notes(definition: Definition | None) -> list[str]:
    if definition is None:
        return []
    found = [f"A row is told by: {', '.join(definition.key)}."]
    found += [
        f"{', '.join(reference.columns)}: a row of {reference.table} ({', '.join(reference.to)})."
        for reference in definition.refers
    ]
    return found


def _entry(table: Table, name: str, terms: Terms) -> Entry:
    fact = table.definition.facts.get(name) if table.definition else None
    kind = (fact.datatype if fact else "") or table.datatype(name)
    shown = _KINDS.get(kind, kind)
    if fact is None:
        return Entry(name, shown, table.columns[name])
    term = expand(fact.term)
    return Entry(
        name,
        shown,
        table.columns[name],
        fact.term,
        terms.definitions.get(term, ""),
        terms.schemes.get(fact.scheme, ()),
    )


def _line(entry: Entry) -> str:
    term = f"`{entry.term}` {entry.definition}".strip() if entry.term else ""
    cells = (f"`{entry.column}`", entry.kind, entry.meaning, term)
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _list(entry: Entry) -> str:
    lines = [f"Values of `{entry.column}`:", ""]
    lines += [f"- `{value.notation}`: {value.definition or value.label}" for value in entry.values]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
