"""A document as a reader delivers it: blocks in order, every character with its place.

A reader joins nothing and drops nothing: a table row that a page break has cut arrives as
two rows with the footnotes between them. Joining is the business of extraction.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from drugpolicy_kg.evidence import Position, Span
from drugpolicy_kg.findings import Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: The end of a line, in every form, and a line without it.
LINE_END = re.compile(r"\r\n?|\n")
LINE = re.compile(r"[^\r\n]+")
#: The offset of a character that stands in no source: a blank or line feed of a join.
NOWHERE = -1
#: Characters that end a sentence, and those that may stand behind them.
_TERMINAL = ".!?:;…"
_CLOSING = "\"'”’»)]"


@dataclass(frozen=True, slots=True)
class Mark:
    """A footnote mark: the label, and the index of the character that it stands before."""

    index: int
    label: str
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """Clean text of which every character knows its offset in the source.

    Markup, escapes and footnote marks are gone from `value`; `offsets[i]` is the place of
    `value[i]`, or `NOWHERE` for a character that a join has put in.
    """

    value: str
    offsets: tuple[int, ...]
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        if len(self.value) != len(self.offsets):
            message = f"{len(self.value)} characters with {len(self.offsets)} offsets"
            raise ValueError(message)

    def __str__(self) -> str:
        return self.value

    def __bool__(self) -> bool:
        return bool(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def cut(self, start: int, end: int | None = None) -> Text:
        """Return the characters from `start` up to `end`, with the marks between them."""
        end = len(self.value) if end is None else end
        marks = tuple(
            Mark(mark.index - start, mark.label, mark.span)
            for mark in self.marks
            if start <= mark.index <= end and (mark.index > start or start == 0)
        )
        return Text(self.value[start:end], self.offsets[start:end], marks)

    def strip(self) -> Text:
        """Return the text without blanks at both ends; marks there move to the end."""
        kept = self.value.strip()
        start = len(self.value) - len(self.value.lstrip())
        marks = tuple(
            Mark(min(max(mark.index - start, 0), len(kept)), mark.label, mark.span)
            for mark in self.marks
        )
        return Text(kept, self.offsets[start : start + len(kept)], marks)

    def tight(self) -> Text:
        """Return the text with runs of blanks made one, and those dropped that led to a mark.

        `items ⁴ . Conclude` reads `items. Conclude`.
        """
        drop: set[int] = set()
        places = {mark.index for mark in self.marks}
        for index, character in enumerate(self.value):
            if not character.isspace():
                continue
            after = self.value[index + 1 : index + 2]
            at_mark = index in places or index + 1 in places
            if after.isspace() or (at_mark and after in {"", ".", ",", ";", ":", ")"}):
                drop.add(index)
        return self.without(drop)

    def without(self, drop: Collection[int]) -> Text:
        """Return the text without the characters at these indices."""
        if not drop:
            return self
        kept = [index for index in range(len(self)) if index not in drop]
        marks = tuple(
            Mark(bisect_left(kept, mark.index), mark.label, mark.span) for mark in self.marks
        )
        return Text(
            "".join(self.value[index] for index in kept),
            tuple(self.offsets[index] for index in kept),
            marks,
        )

    @staticmethod
    def join(parts: Iterable[Text], separator: str) -> Text:
        """Return the parts as one text with `separator`, which stands nowhere, between them."""
        value: list[str] = []
        offsets: list[int] = []
        marks: list[Mark] = []
        for part in parts:
            if offsets:
                value.append(separator)
                offsets.extend([NOWHERE] * len(separator))
            marks.extend(Mark(m.index + len(offsets), m.label, m.span) for m in part.marks)
            value.append(part.value)
            offsets.extend(part.offsets)
        return Text("".join(value), tuple(offsets), tuple(marks))


class BlockKind(StrEnum):
    """What a block is, in every format."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    NOTE = "note"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item, table row, footnote or rule of a document.

    `texts` holds one text for prose and one for each cell of a row; `label` is the mark of
    a footnote or list item; `emphasised` says that the whole block is set in bold. `breaks`
    holds for each cell the blanks that stand between its paragraphs, where a format has such.
    """

    kind: BlockKind
    span: Span
    texts: tuple[Text, ...] = ()
    level: int = 0
    label: str = ""
    emphasised: bool = False
    breaks: tuple[tuple[int, ...], ...] = ()

    @property
    def text(self) -> Text:
        """All of the block as one text, its cells joined by a blank."""
        if len(self.texts) == 1:
            return self.texts[0]
        return Text.join((text for text in self.texts if text), " ")


@dataclass(frozen=True, slots=True)
class Landmark:
    """Where the characters from `start` on stand in a file that is not the text itself."""

    start: int
    page: int = 0
    line: int = 0
    part: str = ""


class Unread(StrEnum):
    """What a file holds and no reader takes words from."""

    IMAGE = "image"
    TEXT_BOX = "text box"
    PAGE = "page without text"
    EMBEDDED = "embedded object"
    ROTATED = "rotated text"
    SYMBOL = "symbol of a special font"


@dataclass(frozen=True)
class Document:
    """A source as read: its name, its whole text, and its blocks in order.

    `markup` are the ranges that carry no words (tags, emphasis, escapes, footnote marks). Of a
    text file `source` is the file; of other formats it is the extracted text, `landmarks` lead
    from it into the file, and `unread` is what stands there and could not be read.
    """

    name: str
    source: str
    blocks: tuple[Block, ...]
    markup: tuple[Span, ...] = ()
    landmarks: tuple[Landmark, ...] = ()
    unread: tuple[tuple[Unread, Place], ...] = ()
    is_extracted: bool = False

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """The offset of the first character of each line."""
        return (0, *(found.end() for found in LINE_END.finditer(self.source)))

    @cached_property
    def _lines(self) -> dict[int, str]:
        return {}

    def line(self, number: int) -> str:
        """Return a line without its end, counted from 1; all who ask share one copy."""
        line = self._lines.get(number)
        if line is None:
            found = LINE.match(self.source, self.line_starts[number - 1])
            line = self._lines[number] = found[0] if found else ""
        return line

    @cached_property
    def _silent(self) -> bytearray:
        """One byte a character: 1 where it is a blank or markup."""
        flags = bytearray(character.isspace() for character in self.source)
        for span in self.markup:
            flags[span.start : span.end] = b"\x01" * len(span)
        return flags

    @cached_property
    def text_sha256(self) -> str:
        """The SHA-256 of `source` in UTF-8, in hexadecimal."""
        return hashlib.sha256(self.source.encode()).hexdigest()

    def position(self, offset: int) -> Position:
        """Return line and column of a character."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def place(self, offset: int) -> Place:
        """Return where a character stands in the file, as a person finds it."""
        number = bisect_right(self._landmark_starts, offset) - 1
        if number < 0:
            position = self.position(offset)
            return Place(self.name, position.line, position.column)
        mark = self.landmarks[number]
        return Place(self.name, mark.line, 0, mark.page, mark.part)

    @cached_property
    def _landmark_starts(self) -> tuple[int, ...]:
        return tuple(mark.start for mark in self.landmarks)

    def quote(self, span: Span) -> str:
        """Return the raw characters of a range."""
        return self.source[span.start : span.end]

    def spans(self, text: Text) -> tuple[Span, ...]:
        """Return the contiguous passages that a text was read from, in reading order.

        Two neighbouring characters belong to one passage if nothing but blanks and markup
        stands between them.
        """
        places = [offset for offset in text.offsets if offset != NOWHERE]
        if not places:
            return ()
        found: list[Span] = []
        start = places[0]
        for here, there in pairwise(places):
            if there < here or (there > here + 1 and not self._quiet(here + 1, there)):
                found.append(Span(start, here + 1))
                start = there
        found.append(Span(start, places[-1] + 1))
        return tuple(found)

    def is_silent(self, offset: int) -> bool:
        """Return whether a character is a blank or markup."""
        return bool(self._silent[offset])

    def _quiet(self, start: int, end: int) -> bool:
        return 0 not in self._silent[start:end]


def is_cut(text: str) -> bool:
    """Return whether a paragraph breaks off: no sentence ends where it ends.

    >>> is_cut("to help law"), is_cut("and police."), is_cut("(see below).”")
    (True, False, False)
    """
    words = text.rstrip().rstrip(_CLOSING).rstrip()
    return bool(words) and words[-1] not in _TERMINAL
