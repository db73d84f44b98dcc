"""DOCX (ECMA-376, WordprocessingML), as Word and LibreOffice write it, parsed by lxml.

Headings are told by the outline level of their style, list labels and numbers of headings are
counted as Word counts them, and a footnote follows the block in which its mark stands. Of
tracked changes the text is read as if all were accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.document import BlockKind, Document, Unread
from drugpolicy_kg.readers.archive import Archive
from drugpolicy_kg.readers.docx_styles import Numbering, Styles, is_on
from drugpolicy_kg.readers.transcript import At, End, Piece, Raised, Transcript, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_BODY: Final = "word/document.xml"
_NOTES: Final = ("footnote", "endnote")
#: The most columns that a cell may span.
_MAX_SPAN: Final = 50
#: Elements whose words are no words of the text: deleted, moved away, or an instruction.
_SILENT: Final = {f"{W}{tag}" for tag in ("del", "moveFrom", "instrText", "rPr", "pPr", "delText")}
_SIGNS: Final = {
    f"{W}tab": " ",
    f"{W}noBreakHyphen": "-",
    f"{W}ptab": " ",
}


@dataclass
class _Pieces:
    """The pieces of a block, and the footnotes whose marks stand in it."""

    pieces: list[Piece] = field(default_factory=list)
    notes: list[tuple[str, str, str]] = field(default_factory=list)


def blocks_of(name: str, data: bytes) -> Document:
    """Return headings, paragraphs, items, rows and footnotes of a Word file.

    Raises `SourceError` for what is no Word file, is encrypted or broken, or unpacks to more
    than the limits of `archive`.
    """
    archive = Archive(name, data, "a Word file (DOCX)")
    body = archive.xml(_BODY)
    styles = Styles(archive.xml("word/styles.xml") if "word/styles.xml" in archive else None)
    numbering = Numbering(
        archive.xml("word/numbering.xml") if "word/numbering.xml" in archive else None
    )
    notes = {
        kind: {note.get(f"{W}id", ""): note for note in archive.xml(part).iter(f"{W}{kind}")}
        for kind in _NOTES
        if (part := f"word/{kind}s.xml") in archive
    }
    return _Reader(name, styles, numbering, notes).read(body)


class _Reader:
    """Reads the body in order."""

    def __init__(
        self, name: str, styles: Styles, numbering: Numbering, notes: dict[str, dict[str, Any]]
    ) -> None:
        self._script = Transcript(name)
        self._styles = styles
        self._numbering = numbering
        self._notes = notes
        self._paragraphs = self._tables = 0
        self._numbers: dict[str, dict[str, str]] = {kind: {} for kind in _NOTES}
        self._at = At(part="paragraph 1")

    def read(self, root: Any) -> Document:
        """Return the document with everything that the body holds."""
        for child in _contents(root.find(f"{W}body")):
            if child.tag == f"{W}p":
                self._paragraphs += 1
                self._at = At(part=f"paragraph {self._paragraphs}")
                self._paragraph(child)
            elif child.tag == f"{W}tbl":
                self._tables += 1
                self._table(child)
        return self._script.document

    # ── blocks ───────────────────────────────────────────────────────────────────────────

    def _paragraph(self, paragraph: Any) -> None:
        found = _Pieces()
        level = self._styles.level(paragraph)
        number = self._numbering.label(paragraph, self._styles)
        kind, label = BlockKind.PARAGRAPH, ""
        if level:
            kind = BlockKind.HEADING
        if number and (level or any(sign.isalpha() for sign in number)):
            found.pieces.append(Words(f"{number} ", self._styles.is_bold(paragraph)))
        elif number:
            kind, label = BlockKind.ITEM, number
        self._fill(paragraph, found, in_cell=False)
        self._script.block(kind, [found.pieces], self._at, level=level, label=label)
        self._print_notes(found)

    def _table(self, table: Any) -> None:
        rows = [row for row in _contents(table) if row.tag == f"{W}tr"]
        for number, row in enumerate(rows, start=1):
            self._at = At(part=f"table {self._tables}, row {number}")
            cells: list[_Pieces] = [_Pieces() for _ in range(_span(row, f"{W}trPr/{W}gridBefore"))]
            for cell in (child for child in _contents(row) if child.tag == f"{W}tc"):
                found = _Pieces()
                merge = cell.find(f"{W}tcPr/{W}vMerge")
                if merge is None or merge.get(f"{W}val") == "restart":
                    self._cell(cell, found)
                cells.append(found)
                width = max(_span(cell, f"{W}tcPr/{W}gridSpan"), 1)
                cells.extend(_Pieces() for _ in range(width - 1))
            self._script.block(BlockKind.ROW, [cell.pieces for cell in cells] or [[]], self._at)
            for cell in cells:
                self._print_notes(cell)

    def _cell(self, cell: Any, found: _Pieces) -> None:
        """Gather the paragraphs of a cell, those of a table within it too."""
        for paragraph in cell.iter(f"{W}p"):
            number = self._numbering.label(paragraph, self._styles)
            if found.pieces and not isinstance(found.pieces[-1], End):
                found.pieces.append(End())
            if number:
                found.pieces.append(Words(f"{number} ", self._styles.is_bold(paragraph)))
            self._fill(paragraph, found, in_cell=True)
        while found.pieces and isinstance(found.pieces[-1], End):
            found.pieces.pop()

    def _print_notes(self, found: _Pieces) -> None:
        for kind, own, label in found.notes:
            note = self._notes.get(kind, {}).get(own)
            if note is None:
                continue
            inside = _Pieces()
            for paragraph in note.iter(f"{W}p"):
                if inside.pieces:
                    inside.pieces.append(End())
                self._fill(paragraph, inside, in_cell=False)
            self._script.block(
                BlockKind.NOTE, [inside.pieces], At(part=f"{kind} {label}"), label=label
            )

    # ── runs ─────────────────────────────────────────────────────────────────────────────

    def _fill(self, paragraph: Any, found: _Pieces, *, in_cell: bool) -> None:
        """Gather the words of a paragraph in order."""
        bold = self._styles.is_bold(paragraph)
        for run in _runs(paragraph):
            properties = run.find(f"{W}rPr")
            own = properties.find(f"{W}b") if properties is not None else None
            strong = self._styles.run_is_bold(properties, bold) if own is None else is_on(own)
            raised = _is_raised(properties)
            for part in run:
                self._part(part, found, strong=strong, raised=raised, in_cell=in_cell)

    def _part(
        self, part: Any, found: _Pieces, *, strong: bool, raised: bool, in_cell: bool
    ) -> None:
        tag = part.tag
        if tag == f"{W}t":
            words = part.text or ""
            kind = Raised if raised else Words
            found.pieces.append(kind(words, strong))
        elif tag in _SIGNS:
            found.pieces.append(Words(_SIGNS[tag], strong))
        elif tag in {f"{W}br", f"{W}cr"}:
            found.pieces.append(End(is_break=in_cell and part.get(f"{W}type") is None))
        elif tag in {f"{W}footnoteReference", f"{W}endnoteReference"}:
            kind = tag.removeprefix(W).removesuffix("Reference")
            label = self._label(kind, part.get(f"{W}id", ""))
            found.pieces.append(Raised(label, is_mark=True))
            found.notes.append((kind, part.get(f"{W}id", ""), label))
        elif tag == f"{W}sym":
            self._script.leave_out(Unread.SYMBOL, self._at)
        elif tag in {f"{W}drawing", f"{W}pict", f"{W}object", f"{_MC}AlternateContent"}:
            self._drawing(part)

    def _label(self, kind: str, own: str) -> str:
        """Return the number of a note, as they are counted in the order of their marks."""
        known = self._numbers[kind]
        if own not in known:
            label = str(len(known) + 1)
            known[own] = label if kind == _NOTES[0] else f"e{label}"
        return known[own]

    def _drawing(self, part: Any) -> None:
        boxed = next(part.iter(f"{W}txbxContent"), None) is not None
        embedded = part.tag == f"{W}object"
        what = Unread.EMBEDDED if embedded else Unread.IMAGE
        self._script.leave_out(Unread.TEXT_BOX if boxed else what, self._at)


def _contents(parent: Any) -> Iterator[Any]:
    """Yield the children of a body, table or row, those in content controls too."""
    if parent is None:
        return
    waiting = list(reversed(parent))
    while waiting:
        child = waiting.pop()
        if child.tag in {f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{W}moveTo"}:
            waiting.extend(reversed(child))
        else:
            yield child


def _runs(paragraph: Any) -> Iterator[Any]:
    """Yield the runs of a paragraph in order, without what is deleted or in a drawing."""
    waiting = list(reversed(paragraph))
    while waiting:
        child = waiting.pop()
        if child.tag == f"{W}r":
            yield child
        elif child.tag not in _SILENT and child.tag != f"{W}p":
            waiting.extend(reversed(child))


def _is_raised(properties: Any) -> bool:
    raised = properties.find(f"{W}vertAlign") if properties is not None else None
    return raised is not None and raised.get(f"{W}val") == "superscript"


def _span(element: Any, path: str) -> int:
    found = element.find(path)
    digits = found.get(f"{W}val", "") if found is not None else ""
    return min(int(digits), _MAX_SPAN) if digits.isdecimal() and len(digits) < 5 else 0  # noqa: PLR2004
