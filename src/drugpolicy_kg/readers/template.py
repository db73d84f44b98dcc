"""A filled template, as a workbook (XLSX) or as CSV: its rows, written as the plan they tell.

The heads of the columns are the words of the plan's language, so that the text that is made of
them reads as a plan in the table layout and is read like one; each line knows its row.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.document import Document, Landmark
from drugpolicy_kg.errors import SourceError
from drugpolicy_kg.readers import plain
from drugpolicy_kg.readers.archive import Archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# A confined worker may load nothing later.
codecs.lookup("utf-8-sig")
#: The sheets in their order, and the columns of each.
SHEETS: Final = {
    "plan": ("number", "date", "title"),
    "priorities": ("number", "title", "area"),
    "actions": ("number", "priority", "text", "codes", "timetable", "actors"),
    "indicators": ("number", "text"),
    "footnotes": ("number", "text"),
}
#: What a row of explanations begins with.
REMARK: Final = "#"
MAX_ROWS: Final = 20_000
MAX_CHARACTERS: Final = 8 * 1024 * 1024
_WIDEST: Final = 100
_S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_COLUMN: Final = re.compile(r"([A-Z]{1,3})\d+")
_BLANKS: Final = re.compile(r"\s+")
_SUPERSCRIPTS: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_NUMBER: Final = re.compile(r"(\d+)(?:\.0+)?")
_EXAMPLE: Final = "Write one with 'drugpolicy new-plan ID --template xlsx', and fill that."

#: A row: its number in the file, and its cells.
Row = tuple[int, list[str]]


@dataclass
class _Sheet:
    """The head of a sheet and its rows, without remarks and empty ones."""

    head: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def workbook_of(name: str, data: bytes) -> Document:
    """Return the plan that a filled workbook tells.

    Raises `SourceError` for what is no workbook of the template, or beyond the limits.
    """
    archive = Archive(name, data, "a workbook (XLSX)")
    return _document(name, _sheets(name, _of_workbook(archive)))


def table_of(name: str, data: bytes) -> Document:
    """Return the plan that a filled CSV file tells; its first column names the sheet.

    Raises `SourceError` for what is no CSV of the template, or not in UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
        lines = csv.reader(text.splitlines(keepends=True), strict=True)
        rows = list(islice(lines, 2 * MAX_ROWS))
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{name}: UTF-8 was expected, found another encoding.",
            remedy="Save it as 'CSV UTF-8'.",
        ) from error
    except csv.Error as error:
        raise SourceError(
            f"{name}: CSV with commas was expected, found an error: {error}.",
            remedy="Save it as CSV with commas and double quotation marks.",
        ) from error
    found = ((row[0].strip(), (number, row[1:])) for number, row in enumerate(rows, start=1) if row)
    return _document(name, _sheets(name, found))


def _of_workbook(archive: Archive) -> Iterator[tuple[str, Row]]:
    """Yield the rows of all sheets, each with the name of its sheet."""
    shared = "xl/sharedStrings.xml"
    items = archive.xml(shared).iter(f"{_S}si") if shared in archive else ()
    strings = [_words(item) for item in items]
    targets = {
        link.get("Id", ""): link.get("Target", "")
        for link in archive.xml("xl/_rels/workbook.xml.rels")
    }
    for sheet in archive.xml("xl/workbook.xml").iter(f"{_S}sheet"):
        target = targets.get(sheet.get(f"{_R}id", ""), "").removeprefix("/xl/")
        for row in archive.xml(f"xl/{target}").iter(f"{_S}row"):
            cells: list[str] = []
            for cell in row.iter(f"{_S}c"):
                column = _column(cell.get("r", ""), len(cells))
                cells.extend([""] * (column - len(cells)))
                cells.append(_value(cell, strings))
                if len(cells) > _WIDEST:
                    break
            number = row.get("r", "0")
            yield sheet.get("name", ""), (int(number) if number.isdecimal() else 0, cells)


def _words(item: object) -> str:
    return "".join(
        text.text or ""
        for text in item.iter(f"{_S}t")  # type: ignore[attr-defined]
        if text.getparent().tag != f"{_S}rPh"
    )


def _column(reference: str, following: int) -> int:
    """Return the index of a cell's column; at most that of the widest sheet is read."""
    found = _COLUMN.fullmatch(reference)
    if found is None:
        return following
    index = 0
    for letter in found[1]:
        index = index * 26 + ord(letter) - ord("A") + 1
    return min(max(index - 1, following), following + 50)


def _value(cell: object, strings: list[str]) -> str:
    kind = cell.get("t", "n")  # type: ignore[attr-defined]
    if kind == "inlineStr":
        return _words(cell)
    own = cell.find(f"{_S}v")  # type: ignore[attr-defined]
    text = (own.text or "") if own is not None else ""
    if kind == "s":
        return strings[int(text)] if text.isdecimal() and int(text) < len(strings) else ""
    whole = _NUMBER.fullmatch(text)
    return whole[1] if kind == "n" and whole else text


def _sheets(name: str, found: Iterable[tuple[str, Row]]) -> dict[str, _Sheet]:
    sheets = {sheet: _Sheet() for sheet in SHEETS}
    size = 0
    for count, (sheet, (number, given)) in enumerate(found):
        # A few bytes of a workbook may stand for many words: cells share them.
        size += sum(map(len, given))
        if count > MAX_ROWS or size > MAX_CHARACTERS:
            raise SourceError(
                f"{name}: at most {MAX_ROWS:,} rows and {MAX_CHARACTERS:,} characters are read, "
                "found more.",
                remedy=_EXAMPLE,
            )
        own = sheets.get(sheet)
        cells = [_BLANKS.sub(" ", cell).strip() for cell in given]
        if own is None or not any(cells) or cells[0].startswith(REMARK):
            continue
        cells.extend([""] * (len(SHEETS[sheet]) - len(cells)))
        if own.head:
            own.rows.append((number, cells))
        else:
            own.head = cells
    missing = [sheet for sheet, own in sheets.items() if not own.head]
    if missing:
        raise SourceError(
            f"{name}: the sheets {', '.join(SHEETS)} with a row of heads each were expected, found "
            f"no '{missing[0]}'.",
            remedy=_EXAMPLE,
        )
    return sheets


def _document(name: str, sheets: dict[str, _Sheet]) -> Document:
    """Write the rows as a text in the table layout, and read it as one."""
    text: list[str] = []
    landmarks: list[Landmark] = []
    size = 0
    for place, line in _lines(sheets):
        if place:
            landmarks.append(Landmark(size, part=place))
        text.append(f"{line}\n\n")
        size += len(text[-1])
    read = plain.blocks_of(name, "".join(text))
    return replace(read, landmarks=tuple(landmarks), is_extracted=True)


def _lines(sheets: dict[str, _Sheet]) -> Iterator[tuple[str, str]]:
    """Yield the lines of the plan, each with the sheet and row that it comes from."""
    for number, (document, date, title) in _rows(sheets["plan"]):
        place = f"sheet plan, row {number}"
        yield place, date
        yield place, document
        yield place, f"**{title}**" if title else ""
    actions = list(_rows(sheets["actions"]))
    label, _, *heads = sheets["actions"].head
    area = ""
    told: set[str] = set()
    for number, (priority, title, own_area) in _rows(sheets["priorities"]):
        place = f"sheet priorities, row {number}"
        if own_area and own_area != area:
            area = own_area
            yield place, area
        opens = f"{sheets['priorities'].head[0]} {priority}. " if priority else ""
        yield place, f"{opens}{title}"
        told.add(priority)
        mine = [row for row in actions if row[1][1] == priority]
        yield from _actions(label, heads, mine)
    rest = [row for row in actions if row[1][1] not in told]
    yield from _actions(label, heads, rest)
    for number, (indicator, words) in _rows(sheets["indicators"]):
        label = sheets["indicators"].head[0]
        yield f"sheet indicators, row {number}", f"{label} {indicator}. {words}"
    for number, (mark, words) in _rows(sheets["footnotes"]):
        yield f"sheet footnotes, row {number}", f"{mark.translate(_SUPERSCRIPTS)} {words}"


def _actions(label: str, heads: list[str], rows: list[Row]) -> Iterator[tuple[str, str]]:
    if rows:
        yield "sheet actions, row 1", "\t".join(heads)
    for number, (action, _, words, *cells) in rows:
        yield f"sheet actions, row {number}", "\t".join([f"{label} {action}. {words}", *cells])


def _rows(sheet: _Sheet) -> Iterator[Row]:
    width = len(sheet.head)
    for number, cells in sheet.rows:
        yield number, cells[: min(width, max(len(own) for own in SHEETS.values()))]
