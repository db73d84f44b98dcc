"""Whether the text itself is whole: signs, entities, rows of tables, paragraphs over page breaks.

These checks look at the document as a reader delivers it, before any meaning.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from drugpolicy_kg.document import Block, BlockKind, is_cut
from drugpolicy_kg.evidence import Span
from drugpolicy_kg.findings import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from drugpolicy_kg.checking.sheets import Sheet
    from drugpolicy_kg.plan import Readings

_CONTROL, _ENTITY, _GARBLED, _CUT = "DP-SRC-002", "DP-SRC-003", "DP-SRC-004", "DP-SRC-005"
_ROW = "DP-TAB-002"
_PLAIN = re.compile(r"[^\t\n\r\f\x20-\x7e]")
_ALLOWED = "\t\n\r\f"
#: Signs that steer (Cc, Cf), that nobody defined (Co, Cn) or that stand for a lost one.
_CATEGORIES = {"Cc", "Cf", "Co", "Cn", "Cs"}
#: A soft hyphen at the end of a line and the joiners of scripts and emoji mean something.
_MEANINGFUL = "\u00ad\u200c\u200d"
_LOST = "\ufffd"
_BOM = "\ufeff"
_AMPERSAND = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_HIGH = re.compile(r"[^\x00-\x7f]{2,}")
#: The encoding as which UTF-8 is taken by mistake.
_MISTAKEN = "cp1252"


# ── signs ────────────────────────────────────────────────────────────────────────────────


def signs(source: str, language: str) -> Iterator[Notice]:
    """Yield the control characters and lost signs of a source as it stands in the file."""
    for found in _PLAIN.finditer(source):
        sign = found[0]
        if sign in _MEANINGFUL or (sign == _BOM and not found.start()):
            continue
        if sign == _LOST or unicodedata.category(sign) in _CATEGORIES:
            name = unicodedata.name(sign, "") or f"U+{ord(sign):04X}"
            span = Span(found.start(), found.end())
            yield Notice(
                _CONTROL, language, span, "", "", (("sign", f"U+{ord(sign):04X}"), ("name", name))
            )


def readable(source: str) -> str:
    r"""Return a source with a blank in place of each control character, so that it can be read.

    >>> readable("Europol\x07 and\tEurojust")
    'Europol  and\\tEurojust'
    """
    return re.sub(r"[\x00-\x08\x0b\x0e-\x1f\x7f]", " ", source)


def garbage(sheet: Sheet) -> Iterator[Notice]:
    """Yield entities and words in a mistaken encoding that stand among the words."""
    for block in sheet.document.blocks:
        for text in block.texts:
            for found in _AMPERSAND.finditer(text.value):
                place = sheet.where(text.offsets[found.start()])
                yield sheet.of_text(_ENTITY, text, *found.span(), place, found=found[0])
            for found in _HIGH.finditer(text.value):
                meant = _meant(found[0])
                if meant:
                    place = sheet.where(text.offsets[found.start()])
                    yield sheet.of_text(
                        _GARBLED, text, *found.span(), place, found=found[0], meant=meant
                    )


def _meant(signs_: str) -> str:
    """Return what was meant by UTF-8 that was read as another encoding, or nothing.

    >>> _meant("Ã©"), _meant("éø")
    ('é', '')
    """
    try:
        return signs_.encode(_MISTAKEN).decode("utf-8")
    except UnicodeError:
        return ""


# ── rows ─────────────────────────────────────────────────────────────────────────────────


def rows(sheet: Sheet) -> Iterator[Notice]:
    """Yield rows of the table of actions that have another number of cells than its head."""
    if sheet.definition.layout.name != "table":
        return
    table = _Columns(sheet)
    for block in sheet.document.blocks:
        if block.kind not in {BlockKind.NOTE, BlockKind.RULE}:
            yield from table.take(block)
    yield from table.closed()


class _Columns:
    """Counts the cells of a row: those of a line, or in a tall table the lines of an action."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._first = {word.casefold() for word in sheet.language.columns.text}
        plan = sheet.plan
        self._actions = _starts(own.label for own in plan.actions)
        self._ends = _starts(own.label for own in plan.priorities)
        self._ends |= _starts([*(own.label for own in plan.areas), plan.governance])
        self._expected = self._cells = 0
        self._tall = False
        self._opened: Block | None = None

    def take(self, block: Block) -> Iterator[Notice]:
        """Take the next block; yield what it shows to be broken."""
        words = [text for text in block.texts if text]
        offset = words[0].offsets[0] if words else -1
        if block.kind is not BlockKind.ROW or not words or offset in self._ends:
            if not self._tall or offset in self._ends:
                yield from self.closed()
                self._expected = 0
        elif words[0].value.casefold() in self._first:
            yield from self.closed()
            self._tall = len(words) == 1
            self._expected = 1 if self._tall else len(block.texts)
        elif self._tall:
            yield from self._line(block, opens=offset in self._actions)
        elif self._expected and len(block.texts) != self._expected:
            yield self._broken(block, len(block.texts))

    def _line(self, block: Block, *, opens: bool) -> Iterator[Notice]:
        if opens:
            yield from self.closed()
            self._opened, self._cells = block, 1
        elif self._opened is None:
            self._expected += 1
        else:
            self._cells += 1

    def closed(self) -> Iterator[Notice]:
        """Close the action that stands open; yield it if cells are missing or too many."""
        if self._opened is not None and self._cells != self._expected:
            yield self._broken(self._opened, self._cells)
        self._opened = None

    def _broken(self, block: Block, found: int) -> Notice:
        words = next(text for text in block.texts if text)
        place = self._sheet.where(words.offsets[0])
        told = {"found": found, "expected": self._expected}
        return self._sheet.of_text(_ROW, words, 0, len(words), place, **told)


def _starts(labels: Iterable[Readings]) -> set[int]:
    return {own[0].spans[0].start for own in labels if own and own[0].spans}


# ── paragraphs ───────────────────────────────────────────────────────────────────────────


def breaks(sheet: Sheet) -> Iterator[Notice]:
    """Yield paragraphs that break off, and those that begin in the middle of a sentence."""
    if sheet.definition.layout.name == "table":
        for action in sheet.plan.actions:
            if action.text and is_cut(action.text[0].text):
                yield _last_words(sheet, action.text, f"action {action.number}")
        for indicator in sheet.plan.indicators:
            words = indicator.text[0].text if indicator.text else ""
            if words.count("(") > words.count(")") or (is_cut(words) and words[-1] != ")"):
                yield _last_words(sheet, indicator.text, f"indicator {indicator.number}")
        return
    blocks = [
        block
        for block in sheet.document.blocks
        if block.kind not in {BlockKind.NOTE, BlockKind.RULE} and block.text
    ]
    titles = _titles(sheet)
    for here, there in pairwise([*blocks, None]):
        if here is None or not _is_prose(here, titles) or _is_list(sheet, here):
            continue
        goes_on = there is not None and _is_prose(there, titles) and _goes_on(there)
        if is_cut(here.text.value) and not goes_on:
            words = here.text.value
            start = words.rfind(" ", 0, max(len(words) - 40, 1)) + 1
            place = sheet.where(here.text.offsets[-1])
            yield sheet.of_text(_CUT, here.text, start, len(words), place)
        elif not is_cut(here.text.value) and there is not None and goes_on and _small(there):
            end = there.text.value.find(" ", 40) % (len(there.text) + 1)
            place = sheet.where(there.text.offsets[0])
            yield sheet.of_text(_CUT, there.text, 0, end, place)


def _last_words(sheet: Sheet, text: Readings, thing: str) -> Notice:
    last = text[0].spans[-1]
    start = max(last.start, last.end - 40)
    span = Span(start, last.end)
    return sheet.at(_CUT, span, sheet.document.quote(span), thing)


def _titles(sheet: Sheet) -> set[int]:
    """Return where labels, titles and actors lines begin, which are no sentences."""
    plan = sheet.plan
    readings: list[Readings] = [edition.title for edition in plan.editions]
    readings.extend(section.title for section in plan.sections)
    readings.extend(section.label for section in plan.sections)
    readings.extend(priority.annex_title for priority in plan.priorities)
    for action in plan.actions:
        readings.extend((action.label, action.title, action.annex_title, action.actors_line))
        readings.extend(part.role for part in action.participations)
    return _starts(readings)


def _is_prose(block: Block, titles: set[int]) -> bool:
    if block.kind is not BlockKind.PARAGRAPH or block.emphasised:
        return False
    return block.text.offsets[0] not in titles


def _is_list(sheet: Sheet, block: Block) -> bool:
    """Return whether a paragraph is a line of the cover or of an annex, which are no sentences."""
    return not re.search(r"\d", sheet.where(block.text.offsets[0]))


def _goes_on(block: Block) -> bool:
    """Return whether a paragraph can be the rest of the one before it."""
    return not block.text.value[:1].isspace()


def _small(block: Block) -> bool:
    return block.text.value[:1].islower()
