"""Lines of print from the signs of a page: raised marks in their line, blanks where gaps are."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.readers.transcript import Piece, Raised, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from drugpolicy_kg.readers.pdf_pages import Sign

#: Shares of a size: base lines that are one, a gap that is a blank, a raised sign's size and rise.
_LEVEL: Final = 0.15
_GAP: Final = 0.16
_SMALL: Final = 0.82
_RISE: Final = 0.65


@dataclass
class Line:
    """A line of print with its signs in order; `raised` are the marks in it."""

    signs: list[Sign]
    raised: set[int]
    number: int = 0

    @cached_property
    def base(self) -> float:
        """The base line of its words."""
        return max(self._level, key=_size).base

    @cached_property
    def _level(self) -> list[Sign]:
        return [s for s in self.signs if id(s) not in self.raised] or self.signs

    @cached_property
    def size(self) -> float:
        """The commonest size of its words."""
        sizes = Counter(round(s.size, 1) for s in self._level)
        return max(sizes, key=sizes.__getitem__)

    @cached_property
    def left(self) -> float:
        """Where its first word begins."""
        return self.signs[0].left

    @cached_property
    def right(self) -> float:
        """Where its last word ends."""
        return next((s.right for s in reversed(self.signs) if not s.text.isspace()), self.left)

    @cached_property
    def strong(self) -> bool:
        """Whether all its words are bold."""
        return all(s.strong for s in self.signs if not s.text.isspace())

    @cached_property
    def text(self) -> str:
        """Its words, the raised marks among them."""
        return "".join(p.text for p in self.pieces if isinstance(p, (Words, Raised)))

    @cached_property
    def first_width(self) -> float:
        """How wide its first word is."""
        end = self.left
        for sign, following in zip(self.signs, [*self.signs[1:], None], strict=True):
            end = sign.right
            if following is None or following.text.isspace():
                break
            if following.left - sign.right > _GAP * sign.size:
                break
        return end - self.left

    @cached_property
    def opens_note(self) -> str:
        """The raised number that it begins with, if any."""
        first = self.pieces[0] if self.pieces else None
        return first.text if isinstance(first, Raised) and first.text.isdigit() else ""

    @cached_property
    def pieces(self) -> list[Piece]:
        """Its words and raised marks."""
        result: list[Piece] = []
        words: list[str] = []
        style = (False, False)
        last: Sign | None = None

        def flush() -> None:
            if words:
                kind = Raised if style[0] else Words
                result.append(kind("".join(words), style[1]))
                words.clear()

        for sign in self.signs:
            own = (id(sign) in self.raised, sign.strong)
            gap = last is not None and sign.left - last.right > _GAP * max(sign.size, last.size)
            blank = gap and last is not None and not (last.text.isspace() or sign.text.isspace())
            if own != style:
                flush()
                style = own
            if blank and own[0]:
                result.append(Words(" ", sign.strong))
            elif blank:
                words.append(" ")
            words.append(sign.text)
            last = sign
        flush()
        return result


def lines_of(signs: Iterable[Sign]) -> list[Line]:
    """Return the lines of print from top to bottom."""
    rows: list[list[Sign]] = []
    for sign in sorted(signs, key=lambda s: (s.base, s.left)):
        if rows and abs(rows[-1][0].base - sign.base) <= _LEVEL * max(sign.size, 4):
            rows[-1].append(sign)
        else:
            rows.append([sign])
    rows = [row for row in rows if any(not s.text.isspace() for s in row)]
    result: list[Line] = []
    waiting: list[list[Sign]] = []
    for row in rows:
        line = Line(sorted(row, key=lambda s: s.left), set())
        mine = [small for small in waiting if _belongs(small, row)]
        for small in mine:
            line.signs = sorted([*line.signs, *small], key=lambda s: s.left)
            line.raised |= {id(sign) for sign in small}
        result.extend(_alone(small, row) for small in waiting if small not in mine)
        waiting = []
        if _raised_only(row):
            waiting = [row]
            continue
        result.append(line)
    result.extend(Line(small, set()) for small in waiting)
    return [line for line in result if line.text.strip()]


def _alone(small: list[Sign], below: Sequence[Sign]) -> Line:
    """Return a number that stands alone: a mark if what is below it is larger."""
    is_mark = max(map(_size, small)) <= _SMALL * max(map(_size, below))
    return Line(sorted(small, key=lambda s: s.left), {id(s) for s in small} if is_mark else set())


def _raised_only(row: Sequence[Sign]) -> bool:
    """Return whether a row may be marks alone: a few numbers."""
    words = "".join(sign.text for sign in row).strip()
    return bool(re.fullmatch(r"[\d\s*()]{1,40}", words))


def _belongs(small: Sequence[Sign], row: Sequence[Sign]) -> bool:
    size = max(sign.size for sign in row)
    rise = row[0].base - small[0].base
    left, right = min(s.left for s in row), max(s.right for s in row)
    return (
        0 < rise <= _RISE * size
        and max(s.size for s in small) <= _SMALL * size
        and min(s.left for s in small) >= left - 2 * size
        and max(s.right for s in small) <= right + 2 * size
    )


def _size(sign: Sign) -> float:
    return sign.size
