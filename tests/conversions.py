"""The blocks of a document, set again in another format as an office would set them."""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, ClassVar
from xml.sax.saxutils import escape

import docx
import fpdf
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part as OpcPart
from docx.oxml import parse_xml

from drugpolicy_kg.document import Block, BlockKind, Document, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: How the cells of the first column begin in the Danish plans.
_FIRST = "Foranstaltning"
#: How the heading begins that follows their last table without an empty line.
_AFTER = "Bilag"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@dataclass
class Part:
    """A block whose cells hold paragraphs, however its file has set them."""

    kind: BlockKind
    cells: list[list[Text]]
    level: int = 0
    label: str = ""
    strong: bool = False
    notes: list[Part] = field(default_factory=list)


def parts(document: Document) -> list[Part]:
    """Return the blocks; a table whose cells are lines becomes one whose rows are lines."""
    result: list[Part] = []
    tall: list[Part] = []
    for block in document.blocks:
        if block.kind is BlockKind.NOTE and tall:
            tall[-1].notes.append(_part(block))
        elif _is_cell(block):
            tall.append(Part(BlockKind.ROW, [[block.text]]))
        elif tall and block.kind is BlockKind.PARAGRAPH and _follows(document, block):
            tall[-1].cells[0].append(block.text)
        else:
            result.extend(_wide(tall))
            tall = []
            result.append(_part(block))
    return [*result, *_wide(tall)]


def _part(block: Block) -> Part:
    if block.kind is BlockKind.ROW and len(block.texts) < min(_Print.widths):
        return Part(BlockKind.PARAGRAPH, [[block.text]])
    cells = [[text] for text in block.texts]
    return Part(block.kind, cells, block.level, block.label, block.emphasised)


def _is_cell(block: Block) -> bool:
    return block.kind is BlockKind.ROW and len(block.texts) == 2 and not block.texts[0].value


def _follows(document: Document, block: Block) -> bool:
    if block.text.value.startswith(_AFTER):
        return False
    before = max(
        (other for other in document.blocks if other.span.start < block.span.start),
        key=lambda other: other.span.start,
    )
    line = document.position(block.span.start).line
    return document.position(before.span.end - 1).line == line - 1


def _wide(cells: list[Part]) -> Iterator[Part]:
    """Yield a row for every cell that begins like the head of the first column."""
    starts = [i for i, cell in enumerate(cells) if cell.cells[0][0].value.startswith(_FIRST)]
    for start, end in pairwise((*starts, len(cells))):
        row = cells[start:end]
        *texts, bodies = [cell.cells[0] for cell in row]
        yield Part(
            BlockKind.ROW,
            [*([Text.join(text, " ")] for text in texts), bodies],
            notes=[note for cell in row for note in cell.notes],
        )


def _runs(text: Text) -> Iterator[tuple[str, bool]]:
    """Yield words and footnote marks in order."""
    cursor = 0
    for mark in text.marks:
        yield text.value[cursor : mark.index], False
        yield mark.label, True
        cursor = mark.index
    yield text.value[cursor:], False


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────


def to_html(document: Document) -> bytes:
    """Return the document as a page."""
    body = "\n".join(_html(parts(document)))
    head = "<!DOCTYPE html>\n<html><head><title>x</title></head>"
    return f"{head}<body>\n{body}\n</body></html>".encode()


def _html(found: Iterable[Part]) -> Iterator[str]:
    in_table = False
    for part in found:
        if in_table and part.kind not in {BlockKind.ROW, BlockKind.RULE, BlockKind.NOTE}:
            yield "</table>"
            in_table = False
        if part.kind is BlockKind.ROW:
            if not in_table:
                yield "<table>"
                in_table = True
            cells = "".join(
                f"<td>{''.join(f'<p>{_inline(text)}</p>' for text in cell)}</td>"
                for cell in part.cells
            )
            yield f"<tr>{cells}</tr>"
        elif in_table:
            yield "</table>"
            in_table = False
        if part.kind is not BlockKind.ROW:
            yield _element(part)
        if part.notes:
            yield "</table>"
            in_table = False
            yield from map(_element, part.notes)
    if in_table:
        yield "</table>"


def _element(part: Part) -> str:
    if part.kind is BlockKind.RULE:
        return "<hr>"
    words = _inline(part.cells[0][0])
    if part.kind is BlockKind.HEADING:
        return f"<h{part.level}>{words}</h{part.level}>"
    if part.kind is BlockKind.ITEM:
        number = part.label.rstrip(".)")
        kind = f'<ol start="{number}">' if number.isdigit() else "<ul>"
        return f"{kind}<li>{words}</li></{kind[1:3]}>"
    if part.kind is BlockKind.NOTE:
        return f"<p><sup>{part.label}</sup> {words}</p>"
    return f"<p><b>{words}</b></p>" if part.strong else f"<p>{words}</p>"


def _inline(text: Text) -> str:
    return "".join(
        f"<sup>{words}</sup>" if is_mark else html.escape(words) for words, is_mark in _runs(text)
    )


# ── DOCX ─────────────────────────────────────────────────────────────────────────────────────


def to_docx(document: Document) -> bytes:
    """Return the document as Word writes it, its footnotes in a part of their own."""
    return _Word(parts(document)).data()


class _Word:
    def __init__(self, found: list[Part]) -> None:
        self._file = docx.Document()
        self._notes = {
            note.label: note
            for part in found
            for note in (part, *part.notes)
            if note.kind is BlockKind.NOTE
        }
        self._used: dict[str, int] = {}
        rows: list[Part] = []
        for part in found:
            if part.kind is BlockKind.ROW:
                rows.append(part)
            elif part.kind not in {BlockKind.NOTE, BlockKind.RULE}:
                self._table(rows)
                rows = []
                self._paragraph(part)
        self._table(rows)

    def _paragraph(self, part: Part) -> None:
        text = part.cells[0][0]
        if part.kind is BlockKind.HEADING:
            paragraph = self._file.add_heading(level=part.level)
        elif part.kind is BlockKind.ITEM:
            numbered = part.label.rstrip(".)").isdigit()
            paragraph = self._file.add_paragraph(style="List Number" if numbered else "List Bullet")
        else:
            paragraph = self._file.add_paragraph()
        self._fill(paragraph, text, strong=part.strong)

    def _table(self, rows: list[Part]) -> None:
        if not rows:
            return
        columns = max(len(row.cells) for row in rows)
        table = self._file.add_table(rows=0, cols=columns)
        for row in rows:
            cells = table.add_row().cells
            for cell, texts in zip(cells, row.cells, strict=False):
                for number, text in enumerate(texts):
                    paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
                    self._fill(paragraph, text, strong=False)

    def _fill(self, paragraph: object, text: Text, *, strong: bool) -> None:
        for words, is_mark in _runs(text):
            run = paragraph.add_run("" if is_mark else words)  # type: ignore[attr-defined]
            run.bold = strong or None
            if is_mark and words in self._notes and words not in self._used:
                own = self._used[words] = len(self._used) + 1
                run._r.append(parse_xml(f'<w:footnoteReference {_W} w:id="{own}"/>'))  # noqa: SLF001
            elif is_mark:
                run.text, run.font.superscript = words, True

    def data(self) -> bytes:
        """Return the file with the part of its footnotes."""
        notes = "".join(
            f'<w:footnote w:id="{own}"><w:p><w:r><w:footnoteRef/></w:r>'
            '<w:r><w:t xml:space="preserve"> '
            f"{escape(self._notes[label].cells[0][0].value)}</w:t></w:r></w:p></w:footnote>"
            for label, own in self._used.items()
        )
        part = OpcPart(
            PackURI("/word/footnotes.xml"),
            CONTENT_TYPE.WML_FOOTNOTES,
            f"<w:footnotes {_W}>{notes}</w:footnotes>".encode(),
            self._file.part.package,
        )
        self._file.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
        written = io.BytesIO()
        self._file.save(written)
        return written.getvalue()


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────


def to_pdf(document: Document) -> bytes:
    """Return the document in print: footnotes at the foot of the page that their source has."""
    return _Print(parts(document)).data()


class _Print:
    """Sets line by line, since what is tested is how lines become blocks again."""

    left, right, top, bottom = 70.0, 525.0, 70.0, 760.0
    size, small, row = 11.0, 8.0, 9.0
    #: The widths of the columns, by their number.
    widths: ClassVar = {3: (235.0, 90.0, 130.0), 4: (170.0, 90.0, 65.0, 130.0)}

    def __init__(self, found: list[Part]) -> None:
        self._pdf = fpdf.FPDF(unit="pt", format="A4")
        self._pdf.core_fonts_encoding = "windows-1252"
        self._pdf.set_auto_page_break(auto=False)
        self._pages = 0
        self._new_page()
        queue = [part for own in found for part in (own, *own.notes)]
        while queue:
            notes = [queue.pop(0)] if queue[0].kind is BlockKind.NOTE else []
            while notes and queue and queue[0].kind in {BlockKind.NOTE, BlockKind.RULE}:
                notes.append(queue.pop(0))
            if notes:
                self._foot([note for note in notes if note.kind is BlockKind.NOTE])
            elif (part := queue.pop(0)).kind is BlockKind.ROW:
                self._row(part)
            elif part.kind is not BlockKind.RULE:
                self._paragraph(part)

    def data(self) -> bytes:
        """Return the file."""
        return bytes(self._pdf.output())

    def _new_page(self) -> None:
        self._pdf.add_page()
        self._pages += 1
        self._y = self.top
        self._font(9, strong=False)
        self._pdf.text(self.left, 805, "EN")
        self._pdf.text(290, 805, str(self._pages))
        self._pdf.text(self.right - 12, 805, "EN")

    def _font(self, size: float, *, strong: bool) -> None:
        self._pdf.set_font("Times", "B" if strong else "", size)

    def _paragraph(self, part: Part) -> None:
        size = self.size + (3 if part.kind is BlockKind.HEADING else 0)
        strong = part.strong or part.kind is BlockKind.HEADING
        left = self.left
        runs = list(_runs(part.cells[0][0]))
        if part.kind is BlockKind.ITEM:
            left += 18
            runs.insert(0, (f"{part.label} ", False))
        for line in self._lines(runs, self.right - left, size, strong=strong):
            if self._y + size > self.bottom:
                self._new_page()
            self._y += 1.2 * size
            self._set(left, self._y, line, size, strong=strong)
        self._y += 0.7 * size

    def _row(self, part: Part) -> None:
        widths = self.widths[len(part.cells)]
        cells = [
            [
                line
                for text in cell
                for line in self._lines(list(_runs(text)), width - 8, self.row, strong=False)
            ]
            for cell, width in zip(part.cells, widths, strict=True)
        ]
        height = 1.2 * self.row * max(len(lines) for lines in cells) + 6
        if self._y + height > self.bottom:
            self._new_page()
        x = self.left
        for lines, width in zip(cells, widths, strict=True):
            self._pdf.rect(x, self._y, width, height)
            for number, line in enumerate(lines, start=1):
                self._set(x + 4, self._y + 1.2 * self.row * number, line, self.row, strong=False)
            x += width
        self._y += height

    def _foot(self, notes: list[Part]) -> None:
        """Set footnotes at the foot of this page, as far as they fit, and begin another."""
        set_ = [
            self._lines(
                [(note.label, True), (" ", False), *_runs(note.cells[0][0])],
                self.right - self.left,
                self.small,
                strong=False,
            )
            for note in notes
        ]
        lines = [line for note in set_ for line in note]
        y = 790 - 1.2 * self.small * len(lines)
        if y < self._y + 10:
            self._new_page()
        self._pdf.line(self.left, y, self.left + 140, y)
        for line in lines:
            y += 1.2 * self.small
            self._set(self.left, y, line, self.small, strong=False)
        self._new_page()

    def _lines(
        self, runs: list[tuple[str, bool]], width: float, size: float, *, strong: bool
    ) -> list[list[tuple[str, bool]]]:
        """Break runs into lines; a word without blanks that is too long breaks anywhere."""
        self._font(size, strong=strong)
        lines: list[list[tuple[str, bool]]] = [[]]
        room = width
        for words, is_mark in runs:
            for word in [words] if is_mark else re.findall(r" |[^ ]+", words):
                own = self._pdf.get_string_width(word) * (0.6 if is_mark else 1)
                if own > room and not is_mark and word != " ":
                    lines.append([])
                    room = width
                rest = word
                while own > width:
                    fits = next(
                        n
                        for n in range(len(rest), 0, -1)
                        if self._pdf.get_string_width(rest[:n]) <= width
                    )
                    lines[-1].append((rest[:fits], False))
                    lines.append([])
                    rest = rest[fits:]
                    own = self._pdf.get_string_width(rest)
                if rest == " " and not lines[-1]:
                    continue
                lines[-1].append((rest, is_mark))
                room -= own
        return [line for line in lines if line]

    def _set(
        self, x: float, y: float, line: list[tuple[str, bool]], size: float, *, strong: bool
    ) -> None:
        for is_mark, group in groupby(line, key=lambda run: run[1]):
            words = "".join(run[0] for run in group)
            own = 0.6 * size if is_mark else size
            self._font(own, strong=strong)
            self._pdf.text(x, y - (0.35 * size if is_mark else 0), words)
            x += self._pdf.get_string_width(words)
