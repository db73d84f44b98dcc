"""HTML, as EUR-Lex and word processors write it, parsed by lxml (libxml2).

Only what a reader sees is read: no script, no style, nothing from another address. A
paragraph that opens with the mark of a footnote is one; a mark is a superscript number or a
link within the page whose words are a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lxml import etree

from drugpolicy_kg.document import BlockKind, Document, Unread
from drugpolicy_kg.errors import SourceError
from drugpolicy_kg.readers.transcript import At, End, Piece, Raised, Transcript, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How deep elements may stand in each other; a page of EUR-Lex has about twenty.
MAX_DEPTH = 256
#: The most columns that a cell may span, and that a row may have.
_MAX_SPAN = 50
_MAX_COLUMNS = 100
_SKIPPED = {"script", "style", "head", "template", "noscript", "title", "meta", "link", "button"}
_UNREAD = {
    "img": Unread.IMAGE,
    "svg": Unread.IMAGE,
    "canvas": Unread.IMAGE,
    "picture": Unread.IMAGE,
    "iframe": Unread.EMBEDDED,
    "object": Unread.EMBEDDED,
    "embed": Unread.EMBEDDED,
    "video": Unread.EMBEDDED,
    "math": Unread.EMBEDDED,
}
_HEADING = re.compile(r"h([1-6])")
_BLOCKS = {
    *("html", "body", "p", "div", "section", "article", "main", "header", "footer", "aside", "nav"),
    *("blockquote", "pre", "ul", "ol", "dl", "dt", "dd", "li", "figure", "figcaption", "address"),
    *(
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "form",
        "fieldset",
        "center",
    ),
}
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)")
_RAISED = re.compile(r"vertical-align\s*:\s*super")
_MARK = re.compile(r"\s*[\[(]?\s*\d{1,3}\s*[\])]?\s*")


@dataclass
class _Table:
    """A table that is open: the cells of its row, and the columns that a cell above holds."""

    cells: list[list[Piece]] = field(default_factory=list)
    held: dict[int, int] = field(default_factory=dict)
    in_row: bool = False


def blocks_of(name: str, data: bytes) -> Document:
    """Return headings, paragraphs, items, rows and footnotes of a page.

    Raises `SourceError` if the bytes are no page, or nested without end.
    """
    return _Reader(name).read(_parsed(name, data))


def _parsed(name: str, data: bytes) -> Any:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        encoding = None  # the page says which, or libxml2 takes it for Latin-1
    else:
        encoding = "utf-8"
    parser = etree.HTMLParser(
        encoding=encoding, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.LxmlError as error:
        raise _broken(name, str(error)) from error
    if root is None:
        raise _broken(name, "no element")
    for entry in parser.error_log:
        if "depth" in entry.message.lower():
            raise _deep(name, entry.line)
    return root


def _broken(name: str, found: str) -> SourceError:
    return SourceError(
        f"{name}: a page in HTML was expected, found an error: {found[:120]}.",
        remedy="Save the page again, or give the plan in another format.",
    )


def _deep(name: str, line: int) -> SourceError:
    return SourceError(
        f"{name}, line {line}: elements at most {MAX_DEPTH} deep were expected, found more.",
        remedy="Save the page again, or give the plan in another format.",
        line=line,
    )


class _Reader:
    """Walks through a page once, without recursion."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._script = Transcript(name)
        self._pieces: list[Piece] = []
        self._at = At(line=1)
        self._line = 1
        self._strong = 0
        self._kind = BlockKind.PARAGRAPH
        self._level = 0
        self._label = ""
        self._tables: list[_Table] = []
        self._lists: list[int] = []

    def read(self, root: Any) -> Document:
        depth = 0
        skipped = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            depth += 1 if event == "start" else -1
            if depth > MAX_DEPTH:
                raise _deep(self._name, element.sourceline or 0)
            if skipped is not None:
                if event == "end" and element is skipped:
                    skipped = None
                    self._words(element.tail)
                continue
            if event == "start":
                self._line = element.sourceline or self._line
                if self._takes_whole(element):
                    skipped = element
                else:
                    self._open(element)
                    self._words(element.text)
            else:
                self._close(element)
                self._words(element.tail)
        self._flush()
        return self._script.document

    def _takes_whole(self, element: Any) -> bool:
        """Return whether an element is read at once, or not at all."""
        tag = element.tag
        if tag in _UNREAD:
            self._script.leave_out(_UNREAD[tag], At(line=self._line))
            return True
        if tag in _SKIPPED or element.get("hidden") is not None:
            return True
        raised = tag == "sup" or _RAISED.search(element.get("style", ""))
        linked = tag == "a" and element.get("href", "").startswith("#")
        if not (raised or linked):
            return False
        words = "".join(_texts(element))
        if not _MARK.fullmatch(words) or (linked and not raised and not _looks_raised(element)):
            return False
        self._begin()
        self._pieces.append(Raised(words, bool(self._strong)))
        return True

    # ── elements ─────────────────────────────────────────────────────────────────────────

    def _open(self, element: Any) -> None:
        tag = element.tag
        self._strong += _is_bold(element)
        if tag in _BLOCKS or _HEADING.fullmatch(tag):
            self._part(tag)
        if found := _HEADING.fullmatch(tag):
            self._kind, self._level = BlockKind.HEADING, int(found[1])
        elif tag == "table":
            self._tables.append(_Table())
        elif tag == "tr" and len(self._tables) == 1:
            self._tables[-1].cells, self._tables[-1].in_row = [], True
            self._at = At(line=self._line)
        elif tag in {"td", "th"} and len(self._tables) == 1:
            self._cell(element)
        elif tag in {"ul", "ol"}:
            self._lists.append(_number(element.get("start"), 1) if tag == "ol" else 0)
        elif tag == "li" and not self._in_row:
            self._item(element)
        elif tag == "hr" and not self._in_row:
            self._flush()
            self._script.rule()
        elif tag == "br":
            self._pieces.append(End(is_break=self._in_row))

    def _close(self, element: Any) -> None:
        tag = element.tag
        self._strong -= _is_bold(element)
        if tag == "table" and self._tables:
            if len(self._tables) == 1:
                self._row()
            self._tables.pop()
        elif tag == "tr" and len(self._tables) == 1:
            self._row()
        elif tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag in _BLOCKS or _HEADING.fullmatch(tag):
            self._part(tag)
            self._kind, self._level, self._label = BlockKind.PARAGRAPH, 0, ""

    @property
    def _in_row(self) -> bool:
        return bool(self._tables) and self._tables[0].in_row

    def _part(self, tag: str) -> None:
        """End the block before; in a cell, the paragraph before."""
        if not self._in_row:
            self._flush()
        elif tag not in {"td", "th", "tr"} and any(isinstance(p, Words) for p in self._pieces):
            self._pieces.append(End())

    def _cell(self, element: Any) -> None:
        table = self._tables[0]
        self._leave_cell()
        self._fill(table)
        column = len(table.cells)
        width = min(_number(element.get("colspan"), 1), _MAX_SPAN)
        height = min(_number(element.get("rowspan"), 1), 10 * _MAX_SPAN)
        self._pieces = []
        table.cells.append(self._pieces)
        table.cells.extend([] for _ in range(width - 1))
        for held in range(column, min(column + width, _MAX_COLUMNS)):
            table.held[held] = height

    def _fill(self, table: _Table) -> None:
        """Leave the columns empty that a cell of a row above holds."""
        while table.held.get(len(table.cells), 0) > 0 and len(table.cells) < _MAX_COLUMNS:
            table.cells.append([])

    def _leave_cell(self) -> None:
        while self._pieces and isinstance(self._pieces[-1], End):
            self._pieces.pop()

    def _row(self) -> None:
        table = self._tables[0]
        if not table.in_row:
            return
        self._leave_cell()
        self._fill(table)
        table.held = {column: left - 1 for column, left in table.held.items() if left > 1}
        table.in_row = False
        self._script.block(BlockKind.ROW, table.cells or [[]], self._at)
        table.cells, self._pieces = [], []

    def _item(self, element: Any) -> None:
        self._kind, self._label = BlockKind.ITEM, "-"
        if self._lists and self._lists[-1]:
            number = _number(element.get("value"), self._lists[-1])
            self._label = f"{number}."
            self._lists[-1] = number + 1

    # ── words ────────────────────────────────────────────────────────────────────────────

    def _words(self, text: str | None) -> None:
        for number, line in enumerate((text or "").split("\n")):
            if number:
                self._line += 1
                self._pieces.append(Words(" ", bool(self._strong)))
            if not line:
                continue
            if line.strip():
                self._begin()
                self._pieces.append(At(line=self._line))
            self._pieces.append(Words(line, bool(self._strong)))

    def _begin(self) -> None:
        """Remember where a block begins; a row begins with its element."""
        begun = any(isinstance(p, (Words, Raised)) and p.text.strip() for p in self._pieces)
        if not begun and not self._in_row:
            self._at = At(line=self._line)

    def _flush(self) -> None:
        self._script.block(
            self._kind, [self._pieces], self._at, level=self._level, label=self._label
        )
        if any(isinstance(p, Words) and p.text.strip() for p in self._pieces):
            self._label = ""
            if self._kind is BlockKind.ITEM:
                self._kind = BlockKind.PARAGRAPH
        self._pieces = []


def _texts(element: Any) -> Iterator[str]:
    for _, (part, _) in zip(range(_MAX_SPAN), _parts(element), strict=False):
        yield part


def _parts(element: Any) -> Iterator[tuple[str, Any]]:
    for text in element.itertext():
        yield text, element


def _looks_raised(element: Any) -> bool:
    """Return whether a link's words are bracketed, or raised by an element or a class within."""
    if re.match(r"\s*[\[(]", "".join(_texts(element))):
        return True
    own = [element, element.getparent(), *element.iterdescendants()]
    return any(
        one is not None
        and (
            one.tag == "sup"
            or _RAISED.search(one.get("style", ""))
            or re.search(r"super|footnote", one.get("class", ""), re.IGNORECASE)
        )
        for one in own
    )


def _is_bold(element: Any) -> bool:
    return element.tag in {"b", "strong"} or bool(_BOLD.search(element.get("style", "")))


def _number(text: str | None, default: int) -> int:
    digits = (text or "").strip()
    return int(digits) if digits.isdecimal() and 0 < len(digits) < 6 else default  # noqa: PLR2004
