"""Markdown, as EUR-Lex pages and PDF converters give it.

Blocks and inline tokens are those of markdown-it-py (CommonMark); it tells the lines of a
block but not the place of a word, so each inline token is found again in the raw lines:
what is passed over on the way is markup. Footnotes are paragraphs that begin with
`<sup>N</sup>`, their marks the same within a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from drugpolicy_kg.document import LINE_END, Block, BlockKind, Document, Mark, Text
from drugpolicy_kg.errors import SourceError
from drugpolicy_kg.evidence import Span, merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token


class _Parser(MarkdownIt):
    """CommonMark whose tokens can be found again: nothing is joined, no address decoded."""

    def __init__(self) -> None:
        super().__init__("commonmark")
        self.disable("text_join")

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802  markdown-it's name
        return link


@dataclass
class _Words:
    """The words of one block as they are gathered, and what was passed over."""

    value: list[str] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    strong: int = 0
    weak: int = 0

    def text(self) -> Text:
        return Text("".join(self.value), tuple(self.offsets), tuple(self.marks))


def blocks_of(name: str, source: str) -> Document:
    """Return the document's headings, paragraphs, list items, footnotes and rules."""
    tokens = _Parser().parse(source)
    lines = [0, *(found.end() for found in LINE_END.finditer(source)), len(source) + 1]
    markup: list[Span] = []
    blocks = tuple(_blocks(name, source, tokens, lines, markup))
    return Document(name, source, blocks, merged(markup))


def _blocks(
    name: str, source: str, tokens: Sequence[Token], lines: list[int], markup: list[Span]
) -> Iterator[Block]:
    kind, level, label = BlockKind.PARAGRAPH, 0, ""
    for token in tokens:
        if token.type == "list_item_open":
            kind, label = BlockKind.ITEM, f"{token.info}{token.markup}"
        elif token.type == "heading_open":
            kind, level = BlockKind.HEADING, int(token.tag[1:])
        elif token.type in {"heading_close", "list_item_close"}:
            kind, level, label = BlockKind.PARAGRAPH, 0, ""
        elif token.type == "inline":
            yield from _inline(name, source, token, lines, markup, kind, level, label)
        elif token.type in {"hr", "html_block", "fence", "code_block"} and token.map:
            yield from _raw(source, token, lines)


def _raw(source: str, token: Token, lines: list[int]) -> Iterator[Block]:
    """Yield a rule, or lines that are no prose as paragraphs, one a line."""
    assert token.map is not None  # noqa: S101  the caller has seen it
    for line in range(*token.map):
        start, end = lines[line], lines[line + 1] - 1
        words = source[start:end].strip()
        if not words:
            continue
        first = start + source[start:end].index(words)
        span = Span(first, first + len(words))
        if token.type == "hr":
            yield Block(BlockKind.RULE, span)
        else:
            yield Block(
                BlockKind.PARAGRAPH, span, (Text(words, tuple(range(span.start, span.end))),)
            )


def _inline(
    name: str,
    source: str,
    token: Token,
    lines: list[int],
    markup: list[Span],
    kind: BlockKind,
    level: int,
    label: str,
) -> Iterator[Block]:
    assert token.map is not None  # noqa: S101  markdown-it gives every inline block its lines
    start, end = lines[token.map[0]], lines[token.map[1]] - 1
    words, used = _aligned(name, source, token.children or [], start, end)
    if not any(not character.isspace() for character in words.value):
        return
    span = Span(start, start + len(source[start:end].rstrip()))
    markup.extend(_unused(source, span, used))
    text = words.text()
    if kind is BlockKind.PARAGRAPH and _opens_with_mark(text):
        yield from _notes(source, span, text)
        return
    strong = words.strong > 0 and words.weak == 0
    yield Block(kind, span, (_tight(text).strip(),), level=level, label=label, emphasised=strong)


def _notes(source: str, span: Span, text: Text) -> Iterator[Block]:
    """Yield the footnotes of a paragraph: each begins with a mark at the start of a line."""
    openings = [
        number
        for number, mark in enumerate(text.marks)
        if not number or source[: mark.span.start].rstrip(" \t").endswith(("\n", "\r"))
    ]
    for number, following in zip(openings, [*openings[1:], None], strict=True):
        mark = text.marks[number]
        end = len(text) if following is None else text.marks[following].index
        body = text.cut(mark.index, end)
        marks = tuple(
            Mark(other.index - mark.index, other.label, other.span)
            for other in text.marks[number + 1 : following]
        )
        last = span.end if following is None else text.marks[following].span.start
        yield Block(
            BlockKind.NOTE,
            Span(mark.span.start, mark.span.start + len(source[mark.span.start : last].rstrip())),
            (_tight(Text(body.value, body.offsets, marks)).strip(),),
            label=mark.label,
        )


def _opens_with_mark(text: Text) -> bool:
    return bool(text.marks) and not text.value[: text.marks[0].index].strip()


def _aligned(
    name: str, source: str, tokens: Sequence[Token], start: int, end: int
) -> tuple[_Words, list[Span]]:
    """Return the words of a block and the ranges of the source that they were found at."""
    words, used, cursor, strong = _Words(), [], start, 0
    for index, token in enumerate(tokens):
        strong += (token.type == "strong_open") - (token.type == "strong_close")
        if token.type in {"softbreak", "hardbreak"}:
            found = LINE_END.search(source, cursor)
            if found is not None:
                _keep(words, " ", [found.start()])
                used.append(Span(*found.span()))
                cursor = found.end()
        elif token.type == "html_inline":
            place = _find(name, source, token.content, cursor, end)
            _tag(words, source, tokens, index, Span(place, end))
            cursor = place + len(token.content)
        elif token.type in _WORDS and token.content:
            raw = token.markup if token.type == "text_special" else token.content
            place = _find(name, source, raw, cursor, end)
            cursor = place + len(raw)
            if _is_mark_digit(tokens, index) or _is_double_escape(tokens, index):
                continue
            places = _places(token, place)
            _keep(words, token.content, places)
            used.append(Span(places[0], places[-1] + 1))
            seen = len(token.content.strip())
            words.strong += seen if strong else 0
            words.weak += 0 if strong else seen
    return words, used


def _tag(words: _Words, source: str, tokens: Sequence[Token], index: int, place: Span) -> None:
    """Take a tag: the mark of a footnote, a line break, or nothing."""
    content = tokens[index].content
    if content == "<sup>" and (label := _mark_label(tokens, index)):
        close = source.index("</sup>", place.start, place.end) + len("</sup>")
        words.marks.append(Mark(len(words.offsets), label, Span(place.start, close)))
    if _BREAK.fullmatch(content):
        _keep(words, " ", [place.start])


def _keep(words: _Words, content: str, places: list[int]) -> None:
    words.value.append(content)
    words.offsets.extend(places)


def _places(token: Token, place: int) -> list[int]:
    """Return the offset of each character of a token that was found at `place`."""
    if token.type != "text_special":
        return list(range(place, place + len(token.content)))
    first = place + (1 if token.info == "escape" else 0)
    return [first] * len(token.content)


def _find(name: str, source: str, content: str, cursor: int, end: int) -> int:
    place = source.find(content, cursor, end)
    if place < 0:  # a code span shows a line break as a blank
        loose = "".join(r"\s" if c.isspace() else re.escape(c) for c in content)
        found = re.compile(loose).search(source, cursor, end)
        place = found.start() if found else -1
    if place < 0:
        line = source.count("\n", 0, cursor) + 1
        raise SourceError(
            f"{name}, line {line}: the words {content[:40]!r} were expected as they stand, "
            "found a markup that is not read.",
            remedy="Write the words without that markup.",
        )
    return place


def _mark_label(tokens: Sequence[Token], index: int) -> str:
    """Return the number of a footnote mark that opens at `index`, or nothing.

    A superscript between letters, as in `ma<sup>3</sup>tch`, is part of a word.
    """
    if index + 2 >= len(tokens) or tokens[index + 2].content != "</sup>":
        return ""
    number = tokens[index + 1].content.strip()
    after = tokens[index + 3].content[:1] if index + 3 < len(tokens) else ""
    before = tokens[index - 1].content[-1:] if index else ""
    inside_word = before.isalpha() and after.isalpha()
    words = tokens[index - 1].content if index else ""
    power = number in {"2", "3"} and bool(_UNIT.search(words))
    return "" if inside_word or power or not number.isdigit() else number


def _is_mark_digit(tokens: Sequence[Token], index: int) -> bool:
    return (
        index > 0 and tokens[index - 1].content == "<sup>" and bool(_mark_label(tokens, index - 1))
    )


def _is_double_escape(tokens: Sequence[Token], index: int) -> bool:
    r"""Return whether a token is the first half of `\\_`, an underscore escaped twice."""
    token = tokens[index]
    after = tokens[index + 1].content[:1] if index + 1 < len(tokens) else ""
    return token.type == "text_special" and token.content == "\\" and after == "_"


def _unused(source: str, span: Span, used: list[Span]) -> list[Span]:
    """Return the ranges of a block that hold no word."""
    spans, cursor = [], span.start
    for part in [*used, Span(span.end, span.end)]:
        if part.start > cursor and source[cursor : part.start].strip():
            spans.append(Span(cursor, part.start))
        cursor = max(cursor, part.end)
    return spans


#: The inline tokens that hold words; of a picture, those that describe it.
_WORDS = {"text", "text_special", "code_inline", "image"}
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
#: A number and a unit of length before a superscript: a power, no footnote.
_UNIT = re.compile(r"\d\s?[kcdm]?m$")
_GAP = re.compile(r"\s+(?=[\s])|\s+$")


def _tight(text: Text) -> Text:
    """Return the text with runs of blanks made one."""
    drop = {index for found in _GAP.finditer(text.value) for index in range(*found.span())}
    return text.without(drop)
