"""A table of actions, put together from rows that page breaks and cell breaks have cut.

Two shapes occur. *Wide*: a row is a line, its cells parted by tabs; the rest of a cut row
stands in a later line at the same column. *Tall*: a cell is a line that begins with a tab,
its further lines follow directly.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from drugpolicy_kg.document import Block, BlockKind, Text
from drugpolicy_kg.extraction.parts import RawAction

if TYPE_CHECKING:
    from drugpolicy_kg.definitions import Language
    from drugpolicy_kg.extraction.labels import Labels


class Table:
    """Takes the blocks of one table and hands out the actions that they open."""

    def __init__(self, language: Language, labels: Labels, *, headless: bool = False) -> None:
        self._labels = labels
        self._words = {
            name: tuple(word.casefold() for word in words) for name, words in language.columns
        }
        self._head: list[list[Text]] = []
        self._columns: list[str] = [name for name, _ in language.columns] if headless else []
        self._role: Text | None = None
        self._tall = False
        self._action: RawAction | None = None
        self._cell = 0
        self.headless = headless
        self.in_head = not headless
        self.unknown_columns: list[Text] = []

    @staticmethod
    def opens(block: Block, language: Language) -> bool:
        """Return whether a row is the head of a table of actions."""
        if block.kind is not BlockKind.ROW:
            return False
        first = next((text.value for text in block.texts if text), "")
        return first.casefold() in {word.casefold() for word in language.columns.text}

    def accepts(self, block: Block, *, follows: bool) -> bool:
        """Return whether a block is a part of this table.

        A line without tabs is one only in a tall table, directly below the cell it goes on.
        """
        if block.kind is BlockKind.ROW:
            return True
        return self._tall and follows and block.kind is BlockKind.PARAGRAPH

    def take(self, block: Block) -> RawAction | None:
        """Take a block; return the action if the block opens one."""
        label = self._labels.action(next((t.value for t in block.texts if t), ""))
        if label is None:
            if self.in_head:
                self._take_head(block)
            else:
                self._continue(block)
            return None
        if self.in_head:
            self._end_head()
        index = next(i for i, text in enumerate(block.texts) if text)
        first = block.texts[index]
        self._action = RawAction(label.number, first.cut(0, label.end).strip(), None)
        self._action.role = self._role
        self._action.separate_actors = self._tall
        self._cell = 0
        self._put(0, first.cut(label.end))
        if not self._tall:
            self._put_columns(block, index + 1, 1)
        return self._action

    def _take_head(self, block: Block) -> None:
        cells = [text for text in block.texts if text]
        if not self._head:
            self._tall = len(cells) == 1
        if self._tall:
            self._head.append(cells)
            return
        while len(self._head) < len(block.texts):
            self._head.append([])
        for column, text in enumerate(block.texts):
            if text:
                self._head[column].append(text)

    def _end_head(self) -> None:
        self.in_head = False
        for parts in self._head:
            text = Text.join(parts, " ")
            name = self._column(text.value)
            self._columns.append(name)
            if not name:
                self.unknown_columns.append(text)
            if name == "actors":
                self._role = text

    def _column(self, words: str) -> str:
        for name, known in self._words.items():
            if words.casefold() in known:
                return name
        return ""

    def _continue(self, block: Block) -> None:
        if self._action is None:
            return
        if not self._tall:
            self._put_columns(block, 0, 0)
        elif block.kind is BlockKind.ROW:
            self._cell += 1
            self._put(self._cell, block.text)
        else:
            self._put(self._cell, block.text)

    def _put_columns(self, block: Block, first: int, column: int) -> None:
        """Put the cells of a row from the one at `first` on, which belongs to `column`.

        The paragraphs of a cell of bodies name one body or several each.
        """
        breaks = block.breaks or ((),) * len(block.texts)
        cells = zip(block.texts[first:], breaks[first:], strict=True)
        for number, (text, ends) in enumerate(cells, start=column):
            for start, end in pairwise(
                (0, *(ends if self._is(number, "actors") else ()), len(text))
            ):
                self._put(number, text.cut(start, end).strip())

    def _is(self, column: int, name: str) -> bool:
        return column < len(self._columns) and self._columns[column] == name

    def _put(self, column: int, text: Text) -> None:
        action = self._action
        if action is None or not text or column >= len(self._columns):
            return
        name = self._columns[column]
        if name == "text":
            action.prose.add(text, joins=True)
        elif name == "codes":
            action.codes.append(text)
        elif name == "timetable":
            action.timetable.append(text)
        elif name == "actors":
            action.actors.append(text)
