"""Plain text, as it is copied from the Official Journal's PDF and Word files.

A line is a block. Tabs part the cells of a table row; a line that begins with a tab opens a
cell. Footnotes stand on lines of their own behind a superscript number (¹ Text), or within
the line that they belong to (`[footnoteRef:1]` and `[1: Text]`).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from drugpolicy_kg.document import LINE, Block, BlockKind, Document, Mark, Text
from drugpolicy_kg.evidence import Span, merged

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SUPERSCRIPT = "[⁰¹²³⁴⁵⁶⁷⁸⁹]+"
_RULE = re.compile(r"\s*[-–—_](?:\s*[-–—_])+\s*")
#: A number and a unit of length before a superscript: a power, no footnote.
_UNIT = re.compile(r"\d\s?[kcdm]?m$")
_POWERS = "²³"
_NOTE_LINE = re.compile(rf"\s*({_SUPERSCRIPT})\s*")
_INLINE_NOTE = re.compile(r"\[(\d+):\s*((?:[^\[\]]|\[[^\[\]]*\])*?)\s*\]")
#: Markup within a line; a superscript that a letter or digit follows is part of a word.
_MARKUP = re.compile(
    rf"(?P<tag></?p>)|(?P<strong>\*\*)|<(?P<link>https?://[^\s<>]+)>"
    rf"|\[footnoteRef:(?P<ref>\d+)\]|(?P<sup>{_SUPERSCRIPT})(?!\w)"
)


def blocks_of(name: str, source: str) -> Document:
    """Return the document with one block a line; empty lines are none."""
    markup: list[Span] = []
    blocks: list[Block] = []
    for line in LINE.finditer(source):
        blocks.extend(_line(line[0], line.start(), markup))
    return Document(name, source, tuple(blocks), merged(markup))


def _line(line: str, start: int, markup: list[Span]) -> Iterator[Block]:
    stripped = line.strip()
    if not stripped:
        return
    first = start + len(line) - len(line.lstrip())
    span = Span(first, first + len(stripped))
    if _RULE.fullmatch(line):
        yield Block(BlockKind.RULE, span)
        return
    note = _NOTE_LINE.match(line)
    if note:
        markup.append(Span(start + note.start(1), start + note.end(1)))
        text = _clean(line, note.end(), len(line), start, markup).strip()
        yield Block(BlockKind.NOTE, span, (text,), label=note.group(1).translate(_SUPERSCRIPTS))
        return
    notes = list(_INLINE_NOTE.finditer(line))
    texts = tuple(_cells(line, notes, start, markup))
    if notes and not any(texts):
        yield from _notes(line, notes, start, markup)
        return
    kind = BlockKind.PARAGRAPH if len(texts) == 1 else BlockKind.ROW
    yield Block(kind, span, texts, emphasised=_is_strong(stripped))
    yield from _notes(line, notes, start, markup)


def _notes(
    line: str, notes: list[re.Match[str]], start: int, markup: list[Span]
) -> Iterator[Block]:
    """Yield the footnotes that stand within a line."""
    for found in notes:
        markup.append(Span(start + found.start(), start + found.start(2)))
        markup.append(Span(start + found.end(2), start + found.end()))
        yield Block(
            BlockKind.NOTE,
            Span(start + found.start(), start + found.end()),
            (_clean(line, found.start(2), found.end(2), start, markup).strip(),),
            label=found.group(1),
        )


def _cells(line: str, notes: list[re.Match[str]], start: int, markup: list[Span]) -> Iterator[Text]:
    """Yield the cells of a line, the footnotes that stand within it left out."""
    edges = [0, *(edge for note in notes for edge in note.span()), len(line)]
    cell: list[Text] = []
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        bounds = [low - 1, *(low + i for i, c in enumerate(line[low:high]) if c == "\t"), high]
        for number, (before, after) in enumerate(pairwise(bounds)):
            if number:
                yield Text.join(cell, "").tight().strip()
                cell = []
            cell.append(_clean(line, before + 1, after, start, markup))
    yield Text.join(cell, "").tight().strip()


def _clean(line: str, low: int, high: int, start: int, markup: list[Span]) -> Text:
    """Return the words of a part of a line; what is no word goes to `markup`."""
    value: list[str] = []
    offsets: list[int] = []
    marks: list[Mark] = []
    cursor = low

    def keep(end: int) -> None:
        value.append(line[cursor:end])
        offsets.extend(range(start + cursor, start + end))

    for found in _MARKUP.finditer(line, low, high):
        if found["sup"] in tuple(_POWERS) and _UNIT.search(line, low, found.start()):
            continue
        keep(found.start())
        span = Span(start + found.start(), start + found.end())
        label = found["ref"] or (found["sup"] or "").translate(_SUPERSCRIPTS)
        if label:
            marks.append(Mark(len(offsets), label, span))
        if found["link"]:
            value.append(found["link"])
            offsets.extend(range(start + found.start("link"), start + found.end("link")))
            markup.extend((Span(span.start, span.start + 1), Span(span.end - 1, span.end)))
        else:
            markup.append(span)
        cursor = found.end()
    keep(high)
    return Text("".join(value), tuple(offsets), tuple(marks)).tight()


def _is_strong(line: str) -> bool:
    ends = line.startswith("**") and line.endswith("**")
    return ends and line.count("**") == 2 and len(line) > len("****")  # noqa: PLR2004
