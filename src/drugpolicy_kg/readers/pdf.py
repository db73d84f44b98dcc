"""PDF with text, as word processors print it: one column, tables with drawn lines.

Lines of print become paragraphs by the space between them and by the room that was left at
the end of a line; bold and large ones are headings; small ones at the foot of a page are
footnotes. Words that stand at the head or foot of every page are kept and are no block.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.document import BlockKind, Document, Unread
from drugpolicy_kg.readers.pdf_engine import answer
from drugpolicy_kg.readers.pdf_lines import Line, lines_of
from drugpolicy_kg.readers.pdf_pages import Page, pages
from drugpolicy_kg.readers.pdf_tables import Grid, grids
from drugpolicy_kg.readers.transcript import At, End, Piece, Raised, Transcript, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drugpolicy_kg.readers.pdf_pages import Sign

#: Shares of a page that are its head and its foot, and of pages on which the same words stand.
_HEAD: Final = 0.08
_FOOT: Final = 0.9
_OFTEN: Final = 0.5
_FEW: Final = 3
#: A footnote is at most this large, and a heading at least, beside the size of the body.
_NOTE: Final = 0.95
_HEADING: Final = 1.1
#: A space between lines that ends a paragraph, beside the commonest.
_APART: Final = 1.25
#: How far, in sizes, a line may end before the margin and still be full.
_FULL: Final = 4.0
#: The share of lines that may reach beyond the margin.
_OVERHANG: Final = 0.03
#: How far an item stands in, and how exact a line's end is, in points.
_IN: Final = 6.0
_EXACT: Final = 1.5
_ITEM: Final = re.compile(r"(\d{1,2}[.)]|[•▪●○–-])\s+")
_NUMBER: Final = re.compile(r"(?:[A-Z]{2}\s+)?(?:-\s*)?\d{1,4}(?:\s*-)?(?:\s+[A-Z]{2})?")
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+$")
_CUT_WORD: Final = re.compile(r"\w-$")
_FIRST: Final = re.compile(r"\w+")
_BEHIND: Final = re.compile(r"\w- (\w+)")


def blocks_of(name: str, data: bytes) -> Document:
    """Return headings, paragraphs, items, rows and footnotes, each with its page and line.

    Raises `SourceError` for what is no PDF, is encrypted or broken, or beyond the limits.
    """
    return _Reader(name, pages(name, data, answer)).read()


class _Reader:
    """Reads page by page; a paragraph may go on where the next begins."""

    def __init__(self, name: str, found: list[Page]) -> None:
        self._script = Transcript(name)
        self._pages = found
        self._grids = {page.number: grids(page) for page in found}
        self._lines = {page.number: self._outside(page) for page in found}
        every = [line for lines in self._lines.values() for line in lines]
        self._size = _commonest((line.size, len(line.signs)) for line in every)
        body = [line for line in every if abs(line.size - self._size) < 1]
        self._left = min((line.left for line in body), default=0.0)
        ends = sorted((line.right for line in body), reverse=True)
        self._right = ends[int(_OVERHANG * len(ends))] if ends else 0.0
        self._leading = self._usual()
        self._repeated = self._repeating()
        self._after_hyphens = self._behind_hyphens()
        self._open: list[tuple[int, Line]] = []

    def read(self) -> Document:
        """Return the document."""
        for page in self._pages:
            self._page(page)
        self._close()
        return self._script.document

    def _outside(self, page: Page) -> list[Line]:
        """Return the lines outside of tables, numbered among all lines of the page."""
        inside = self._grids[page.number]
        found = lines_of(s for s in page.signs if not any(grid.holds(s) for grid in inside))
        bases = sorted({round(sign.base) for sign in page.signs})
        for line in found:
            line.number = _rank(bases, line.base)
        return found

    def _repeating(self) -> set[str]:
        """Return the words at the head or foot of most pages, with signs for their numbers."""
        seen = Counter(
            words
            for page in self._pages
            for words in {_numberless(line.text) for line in self._margin(page)}
        )
        least = max(_FEW, _OFTEN * len(self._pages))
        return {words for words, count in seen.items() if count >= least}

    def _behind_hyphens(self) -> set[str]:
        """Return the words that stand behind a hyphen and a blank, as in "import- and export"."""
        own = [line.text for lines in self._lines.values() for line in lines]
        cells = [
            line.text
            for page in self._pages
            if self._grids[page.number]
            for line in lines_of(page.signs)
        ]
        return {word for text in (*own, *cells) for word in _BEHIND.findall(text)}

    def _margin(self, page: Page) -> list[Line]:
        return [
            line
            for line in self._lines[page.number]
            if not _HEAD * page.height < line.base < _FOOT * page.height
        ]

    # ── a page ───────────────────────────────────────────────────────────────────────────

    def _page(self, page: Page) -> None:
        at = At(page=page.number)
        if not any(not sign.text.isspace() for sign in page.signs):
            self._script.leave_out(Unread.PAGE, at)
            return
        for _ in range(page.images):
            self._script.leave_out(Unread.IMAGE, at)
        if page.turned:
            self._script.leave_out(Unread.ROTATED, at)
        outer = self._lines[page.number][:1] + self._lines[page.number][-1:]
        margin = {
            id(line)
            for line in self._margin(page)
            if _numberless(line.text) in self._repeated
            or (line in outer and _NUMBER.fullmatch(line.text.strip()))
        }
        for line in self._lines[page.number]:
            if id(line) in margin:
                self._script.aside(line.text.strip())
        body = [line for line in self._lines[page.number] if id(line) not in margin]
        notes = self._foot(body)
        body = body[: len(body) - len(notes)]
        tables = list(self._grids[page.number])
        self._body(page, body, tables)
        self._notes(page, notes)

    def _foot(self, lines: list[Line]) -> list[Line]:
        """Return the lines of the footnotes: small ones at the end, from the first with a mark."""
        first = len(lines)
        for index in range(len(lines) - 1, -1, -1):
            if lines[index].size > _NOTE * self._size:
                break
            if lines[index].opens_note:
                first = index
        return lines[first:]

    def _usual(self) -> float:
        """Return the commonest space below full lines, as a share of their size."""
        shares = Counter(
            round((b.base - a.base) / b.size, 1)
            for lines in self._lines.values()
            for a, b in pairwise(lines)
            if 0 < b.base - a.base < 3 * b.size
            and abs(a.size - b.size) < 1
            and a.right > self._right - _FULL * a.size
        )
        return max(shares, key=shares.__getitem__) if shares else 1.2

    def _body(self, page: Page, lines: list[Line], tables: list[Grid]) -> None:
        last: Line | None = None
        for line in lines:
            while tables and tables[0].top < line.base:
                self._close()
                self._table(page, tables.pop(0))
                last = None
            if last is None:
                if not self._goes_on(line):
                    self._close()
            elif self._begins(last, line):
                self._close()
            self._open.append((page.number, line))
            last = line
        if tables:
            self._close()
        for grid in tables:
            self._table(page, grid)

    def _goes_on(self, line: Line) -> bool:
        """Return whether a page's first line goes on with a paragraph whose last line is full."""
        if not self._open:
            return False
        last = self._open[-1][1]
        return (
            (last.text.rstrip().endswith((".", "!", "?")) or line.text[:1].islower())
            and abs(last.size - line.size) < _EXACT / 2
            and last.strong == line.strong
            and not self._has_room(last, line)
            and abs(last.left - line.left) < _EXACT
            and not _ITEM.match(line.text)
        )

    def _begins(self, last: Line, line: Line) -> bool:
        """Return whether a line begins a paragraph below another."""
        apart = line.base - last.base > _APART * self._leading * line.size
        other = abs(last.size - line.size) > _EXACT / 2
        item = bool(_ITEM.match(line.text)) and line.left > self._left + _IN
        return apart or other or item or self._has_room(last, line)

    def _has_room(self, last: Line, line: Line) -> bool:
        """Return whether a line was left while the first word of the next would have fitted."""
        blank = 0.25 * line.size
        return last.right + blank + line.first_width < self._right - _EXACT

    # ── blocks ───────────────────────────────────────────────────────────────────────────

    def _close(self) -> None:
        """Write the paragraph that is open."""
        lines, self._open = self._open, []
        if not lines:
            return
        first = lines[0][1]
        pieces = list(self._joined(lines))
        kind, level, label = BlockKind.PARAGRAPH, 0, ""
        found = _ITEM.match(first.text)
        if first.size >= _HEADING * self._size:
            kind, level = BlockKind.HEADING, 1
        elif found and first.left > self._left + _IN and not first.strong:
            kind, label = BlockKind.ITEM, found[1]
            pieces = _without(pieces, found.end())
        at = At(page=lines[0][0], line=first.number)
        self._script.block(kind, [pieces], at, level=level, label=label)

    def _joined(self, lines: list[tuple[int, Line]]) -> Iterator[Piece]:
        last: Line | None = None
        for page, line in lines:
            if last is not None:
                yield End(self._glue(last, line), is_break=False)
            yield At(page=page, line=line.number)
            yield from line.pieces
            last = line

    def _glue(self, last: Line, line: Line) -> str:
        """Return what stands between two lines: a blank, or nothing within an address or word."""
        words = last.text.rstrip()
        if words != last.text:
            return " "
        if _CUT_WORD.search(words) and (first := _FIRST.match(line.text)):
            return " " if first[0] in self._after_hyphens else ""
        if _ADDRESS.search(words):
            full = last.right + line.signs[0].right - line.signs[0].left > self._right - _EXACT
            if full or words[-1] in "/-_=&?.%":
                return ""
        return " "

    def _notes(self, page: Page, lines: list[Line]) -> None:
        notes: list[list[tuple[int, Line]]] = []
        for line in lines:
            if line.opens_note or not notes:
                notes.append([])
            notes[-1].append((page.number, line))
        waiting, self._open = self._open, []
        if notes and waiting and not self._may_go_on(waiting):
            self._open = waiting
            self._close()
            waiting = []
        for note in notes:
            at = At(page=page.number, line=note[0][1].number)
            self._script.block(BlockKind.PARAGRAPH, [list(self._joined(note))], at)
        self._open = waiting

    def _may_go_on(self, lines: list[tuple[int, Line]]) -> bool:
        last = lines[-1][1]
        return last.right > self._right - _FULL * last.size

    def _table(self, page: Page, grid: Grid) -> None:
        bases = sorted({round(sign.base) for sign in page.signs})
        cells: dict[tuple[int, int], list[Sign]] = {}
        for sign in page.signs:
            if grid.holds(sign):
                cells.setdefault(grid.place(sign), []).append(sign)
        for row in range(len(grid.rows) - 1):
            found: list[list[Piece]] = []
            number = 0
            for column in range(len(grid.columns) - 1):
                lines = lines_of(cells.get((row, column), []))
                for line in lines:
                    line.number = _rank(bases, line.base)
                    number = number or line.number
                found.append(list(self._joined([(page.number, line) for line in lines])))
            self._script.block(BlockKind.ROW, found, At(page=page.number, line=number))


def _without(pieces: list[Piece], count: int) -> list[Piece]:
    """Return pieces without their first characters, which are the label of an item."""
    result: list[Piece] = []
    for piece in pieces:
        if count and isinstance(piece, (Words, Raised)):
            cut = min(count, len(piece.text))
            count -= cut
            result.append(Words(piece.text[cut:], piece.strong))
        else:
            result.append(piece)
    return result


def _rank(bases: list[int], base: float) -> int:
    return 1 + min(range(len(bases)), key=lambda index: abs(bases[index] - base))


def _numberless(words: str) -> str:
    return re.sub(r"\d+", "#", words.strip())


def _commonest(sizes: Iterable[tuple[float, int]]) -> float:
    counts: Counter[float] = Counter()
    for size, count in sizes:
        counts[size] += count
    return max(counts, key=counts.__getitem__) if counts else 0.0
