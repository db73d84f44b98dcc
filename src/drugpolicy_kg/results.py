"""Rows of an answer, and the formats in which people take them along."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGER = {_XSD + "integer", _XSD + "int", _XSD + "long"}
_WIDEST = 60
_DECIMAL = {_XSD + "decimal", _XSD + "double", _XSD + "float"}

Cell = str | int | float | bool | None


class RowFormat(StrEnum):
    """What `drugpolicy query` can write."""

    TABLE = "table"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"
    XLSX = "xlsx"


@dataclass(frozen=True)
class Rows:
    """The rows of an answer under their columns; an absent value is None."""

    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]

    def __len__(self) -> int:
        return len(self.cells)

    def dictionaries(self) -> list[dict[str, Cell]]:
        """Return every row with the names of its columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.cells]


def from_sparql_json(document: bytes, columns: Sequence[str] | None = None) -> Rows:
    """Return the rows of SPARQL 1.1 Query Results JSON, in the order of `columns`.

    https://www.w3.org/TR/sparql11-results-json/
    """
    data = json.loads(document)
    if "boolean" in data:
        return Rows(("answer",), ((bool(data["boolean"]),),))
    names = tuple(columns or data["head"]["vars"])
    rows = tuple(
        tuple(_cell(binding.get(name)) for name in names) for binding in data["results"]["bindings"]
    )
    return Rows(names, rows)


def _cell(term: Mapping[str, Any] | None) -> Cell:
    if term is None:
        return None
    value, datatype = str(term["value"]), term.get("datatype", "")
    if datatype == _XSD + "boolean":
        return value == "true"
    if datatype in _INTEGER:
        return int(value)
    if datatype in _DECIMAL:
        exact, number = Decimal(value), float(value)
        if Decimal(repr(number)) != exact:
            return value  # more digits than a binary number keeps
        return int(exact) if exact == exact.to_integral_value() else number
    return value


def text(cell: Cell) -> str:
    """Return a cell as text: booleans as true and false, an absent value as nothing.

    >>> [text(cell) for cell in (None, True, 3, "x")]
    ['', 'true', '3', 'x']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)


def to_csv(rows: Rows) -> str:
    """Return the rows as CSV (RFC 4180, CRLF line ends)."""
    return _separated(rows, ",", "\r\n")


def to_tsv(rows: Rows) -> str:
    """Return the rows as text parted by tabs, quoted where a cell needs it."""
    return _separated(rows, "\t", "\n")


def _separated(rows: Rows, delimiter: str, end: str) -> str:
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter, lineterminator=end)
    writer.writerow(rows.columns)
    writer.writerows([text(cell) for cell in row] for row in rows.cells)
    return target.getvalue()


def to_json(rows: Rows) -> str:
    """Return the rows as one JSON array of objects."""
    return json.dumps(rows.dictionaries(), ensure_ascii=False, indent=2) + "\n"


def to_jsonl(rows: Rows) -> str:
    """Return the rows as JSON objects, one a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows.dictionaries())


def to_xlsx(rows: Rows, title: str, about: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return the rows as a workbook: one sheet of data, one that explains the columns.

    Codes and identifiers stay text, and no cell is ever a formula or a link.
    """
    meanings = Rows(("column", "meaning"), tuple(about))
    return to_workbook([Sheet("data", rows), Sheet("columns", meanings, filtered=False)], title)


@dataclass(frozen=True)
class Sheet:
    """Rows under the name of a sheet of a workbook, which has at most 31 characters."""

    name: str
    rows: Rows
    filtered: bool = True


def to_workbook(sheets: Sequence[Sheet], title: str = "drugpolicy-kg") -> bytes:
    """Return a workbook with a sheet for each, its head frozen and its rows ready to filter."""
    import datetime

    import xlsxwriter

    target = io.BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    book = xlsxwriter.Workbook(target, options)
    # A workbook carries a date of creation; ours is always the same, so that bytes are too.
    book.set_properties({"title": title, "created": datetime.datetime(2020, 1, 1)})  # noqa: DTZ001
    head = book.add_format({"bold": True, "bottom": 1, "valign": "top"})
    body = book.add_format({"text_wrap": True, "valign": "top"})
    for sheet in sheets:
        _fill(book.add_worksheet(sheet.name), sheet, head, body)
    book.close()
    return target.getvalue()


def _fill(page: Any, sheet: Sheet, head: Any, body: Any) -> None:
    rows = sheet.rows
    page.freeze_panes(1, 0)
    for column, name in enumerate(rows.columns):
        width = max((len(text(row[column])) for row in rows.cells), default=0)
        page.set_column(column, column, min(max(width, len(name)) + 2, _WIDEST))
        page.write_string(0, column, name, head)
    for number, row in enumerate(rows.cells, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, bool) or cell is None or isinstance(cell, str):
                page.write_string(number, column, text(cell), body)
            else:
                page.write_number(number, column, cell, body)
    if rows.cells and sheet.filtered:
        page.autofilter(0, 0, len(rows.cells), len(rows.columns) - 1)
