"""The blocks of a document, set again in another format as an office would set them."""

from __future__ import annotations

import html
import io
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import docx
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
