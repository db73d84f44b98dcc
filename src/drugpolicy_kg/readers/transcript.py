"""The extracted text of a file that is no text itself, written block by block.

A block is a line, its cells parted by tabs; footnote marks stand as superscripts, so that the
text reads as one that was copied from the document. What is written knows its place in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from drugpolicy_kg.document import Block, BlockKind, Document, Landmark, Mark, Text, Unread
from drugpolicy_kg.evidence import Span, merged
from drugpolicy_kg.findings import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
#: A number and a unit of length before a superscript: a power, no footnote.
_UNIT = re.compile(r"\d\s?[kcdm]?m$")
_POWERS = {"2", "3"}
#: Runs of blanks that a reader sees as one; a blank that breaks no line is a sign of its own.
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
#: Characters that no text holds, and the hyphen that is seen only at the end of a line.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\xad\u200b\ufeff]")


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a block, and whether they are bold."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Raised:
    """A superscript: the mark of a footnote, unless its surroundings make it a part of a word."""

    text: str
    strong: bool = False
    is_mark: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The end of a paragraph or line within a block; `glue` is what the reader reads there."""

    glue: str = " "
    is_break: bool = True


@dataclass(frozen=True, slots=True)
class At:
    """From here on the words stand at another place of the file."""

    page: int = 0
    line: int = 0
    part: str = ""


Piece = Words | Raised | End | At


class Transcript:
    """Takes blocks in reading order; `document` is what was read."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._written: list[str] = []
        self._size = 0
        self._blocks: list[Block] = []
        self._markup: list[Span] = []
        self._landmarks: list[Landmark] = []
        self._unread: list[tuple[Unread, Place]] = []

    @property
    def document(self) -> Document:
        """The document with everything that was written so far."""
        return Document(
            self._name,
            "".join(self._written),
            tuple(self._blocks),
            merged(self._markup),
            tuple(self._landmarks),
            tuple(self._unread),
            is_extracted=True,
        )

    def leave_out(self, what: Unread, at: At) -> None:
        """Remember that something at a place could not be read."""
        place = Place(self._name, at.line, 0, at.page, at.part)
        self._unread.append((what, place))

    def aside(self, words: str) -> None:
        """Keep words that stand at the head or foot of every page and are no part of the text."""
        start = self._size
        self._write(words)
        self._markup.append(Span(start, self._size))
        self._write("\n\n")

    def rule(self) -> None:
        """Write a line that parts what stands above it from what stands below."""
        start = self._size
        self._write("---")
        self._blocks.append(Block(BlockKind.RULE, Span(start, self._size)))
        self._write("\n\n")

    def block(
        self,
        kind: BlockKind,
        cells: Sequence[Sequence[Piece]],
        at: At,
        *,
        level: int = 0,
        label: str = "",
    ) -> None:
        """Write a block, unless it has no words; a row of one cell is a paragraph."""
        if kind is BlockKind.ROW and len(cells) == 1:
            kind = BlockKind.PARAGRAPH
        settled = [_settled(cell) for cell in cells]
        if not any(_has_words(piece) for cell in settled for piece in cell):
            return
        if kind is not BlockKind.ROW and not label:
            kind, label = self._as_note(kind, settled[0])
        start = self._size
        self._mark(at)
        if label:
            self._lead(label if kind is BlockKind.ITEM else _raised(label))
        texts: list[Text] = []
        breaks: list[tuple[int, ...]] = []
        for number, cell in enumerate(settled):
            self._write("\t" if number else "")
            text, ends = self._cell(cell)
            texts.append(text)
            breaks.append(ends)
        words = [p for cell in settled for p in cell if isinstance(p, Words) and p.text.strip()]
        self._blocks.append(
            Block(
                kind,
                Span(start, self._size),
                tuple(texts),
                level=level,
                label=label,
                emphasised=bool(words) and all(piece.strong for piece in words),
                breaks=tuple(breaks) if any(breaks) else (),
            )
        )
        self._write("\n\n")

    @staticmethod
    def _as_note(kind: BlockKind, cell: list[Piece]) -> tuple[BlockKind, str]:
        """Take the mark that opens a footnote away from its words, and return it as label."""
        for index, piece in enumerate(cell):
            if isinstance(piece, Raised) and piece.is_mark and len(cell) > index + 1:
                del cell[index]
                return BlockKind.NOTE, piece.text
            if _has_words(piece):
                break
        return kind, ""

    def _lead(self, words: str) -> None:
        self._markup.append(Span(self._size, self._size + len(words)))
        self._write(f"{words} ")

    def _cell(self, pieces: list[Piece]) -> tuple[Text, tuple[int, ...]]:
        value: list[str] = []
        offsets: list[int] = []
        marks: list[Mark] = []
        ends: list[int] = []

        def keep(words: str) -> None:
            offsets.extend(range(self._size, self._size + len(words)))
            value.append(words)
            self._write(words)

        for piece in pieces:
            if isinstance(piece, At):
                self._mark(piece)
            elif isinstance(piece, Words):
                keep(piece.text)
            elif isinstance(piece, End):
                if piece.is_break:
                    ends.append(self._size)
                keep(piece.glue)
            elif piece.is_mark:
                span = Span(self._size, self._size + len(_raised(piece.text)))
                marks.append(Mark(len(offsets), piece.text, span))
                self._markup.append(span)
                self._write(_raised(piece.text))
            else:
                keep(piece.text)
        text = Text("".join(value), tuple(offsets), tuple(marks)).tight().strip()
        places = {offset: index for index, offset in enumerate(text.offsets)}
        return text, tuple(places[end] for end in ends if end in places)

    def _mark(self, at: At) -> None:
        mark = Landmark(self._size, at.page, at.line, at.part)
        last = self._landmarks[-1] if self._landmarks else None
        if last is None or replace(last, start=mark.start) != mark:
            self._landmarks.append(mark)

    def _write(self, words: str) -> None:
        self._written.append(words)
        self._size += len(words)


def _settled(pieces: Sequence[Piece]) -> list[Piece]:
    """Return pieces with blanks made one, and with each superscript a mark or a word."""
    result: list[Piece] = []
    for index, piece in enumerate(pieces):
        if isinstance(piece, Words):
            text = _BLANKS.sub(" ", _UNSEEN.sub("", piece.text))
            result.append(replace(piece, text=text))
        elif isinstance(piece, Raised) and not piece.is_mark:
            label = piece.text.strip().strip("()[]").strip()
            before = "".join(p.text for p in pieces[:index] if isinstance(p, Words))
            rest = takewhile(lambda p: not isinstance(p, End), pieces[index + 1 :])
            after = next((p.text for p in rest if isinstance(p, Words)), "")
            if _is_mark(label, before, after):
                result.append(replace(piece, text=label, is_mark=True))
            else:
                result.append(Words(piece.text, piece.strong))
        else:
            result.append(piece)
    return result


def _is_mark(label: str, before: str, after: str) -> bool:
    """Return whether a superscript is the mark of a footnote.

    >>> _is_mark("3", "the ma", "tch tool"), _is_mark("2", "20 m", " wide"), _is_mark("2", "a", ".")
    (False, False, True)
    """
    inside_word = before[-1:].isalpha() and after[:1].isalpha()
    power = label in _POWERS and bool(_UNIT.search(before))
    return label.isdigit() and not inside_word and not power


def _has_words(piece: Piece) -> bool:
    return (isinstance(piece, Words) and bool(piece.text.strip())) or (
        isinstance(piece, Raised) and not piece.is_mark
    )


def _raised(label: str) -> str:
    return label.translate(_SUPERSCRIPTS)
