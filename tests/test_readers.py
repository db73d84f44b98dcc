"""Blocks and words as they stand in the files, in both formats and on every trap of the plans."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from drugpolicy_kg.document import NOWHERE, Block, BlockKind, Document, Text
from drugpolicy_kg.readers import markdown, plain, read
from tests.conftest import ROOT, TESTS

if TYPE_CHECKING:
    from pathlib import Path

PLANS = ROOT / "data" / "plans"
EN_2020 = PLANS / "com-2020-606" / "source" / "com-2020-606-annexes.en.txt"
DA_2020 = PLANS / "com-2020-606" / "source" / "com-2020-606-annexes.da.txt"
EN_2023 = PLANS / "com-2023-641" / "source" / "com-2023-641.en.md"
EN_2025 = PLANS / "com-2025-744" / "source" / "com-2025-744.en.md"
INVENTED = [
    TESTS / "documents" / "coastal" / "coastal.en.txt",
    TESTS / "documents" / "coastal" / "coastal.da.txt",
    TESTS / "documents" / "harbour" / "harbour.en.md",
]
SOURCES = [EN_2020, DA_2020, EN_2023, EN_2025, *INVENTED]
MARKDOWN = [path for path in SOURCES if path.suffix == ".md"]

_document = cache(read)


def _plain(source: str) -> tuple[Block, ...]:
    return plain.blocks_of("made.txt", source).blocks


def _markdown(source: str) -> tuple[Block, ...]:
    return markdown.blocks_of("made.md", source).blocks


def _words(block: Block) -> list[str]:
    return [text.value for text in block.texts]


def _marks(block: Block) -> list[tuple[str, int]]:
    return [(mark.label, mark.index) for text in block.texts for mark in text.marks]


def _blocks_on(document: Document, line: int) -> list[Block]:
    return [b for b in document.blocks if document.position(b.span.start).line == line]


def _block_with(document: Document, words: str) -> Block:
    return next(b for b in document.blocks if any(words in text.value for text in b.texts))


# ── plain text: rows and cells ───────────────────────────────────────────────────────────────


def test_a_line_without_tabs_is_a_paragraph_and_an_empty_line_is_none() -> None:
    blocks = _plain("Annex 1\n\n \nBrussels, 24.7.2020\n")
    assert [block.kind for block in blocks] == [BlockKind.PARAGRAPH] * 2
    assert [_words(block) for block in blocks] == [["Annex 1"], ["Brussels, 24.7.2020"]]


def test_tabs_part_the_cells_of_a_row() -> None:
    (block,) = _plain("Actions\tCorresponding priority area\tTimetable\tResponsibility")
    assert block.kind is BlockKind.ROW
    assert _words(block) == [
        "Actions",
        "Corresponding priority area",
        "Timetable",
        "Responsibility",
    ]


def test_a_tag_around_a_cell_is_markup() -> None:
    document = plain.blocks_of("made.txt", "<p>Action 2: X.</p>\t<p>1.1 1.2</p>")
    assert _words(document.blocks[0]) == ["Action 2: X.", "1.1 1.2"]
    assert [document.quote(span) for span in document.markup] == ["<p>", "</p>", "<p>", "</p>"]


def test_line_ends_of_windows_are_no_words() -> None:
    assert [_words(block) for block in _plain("one\r\ntwo\tcells\r\n")] == [
        ["one"],
        ["two", "cells"],
    ]


def test_the_rest_of_a_row_that_a_page_break_cut_keeps_its_column() -> None:
    (block,) = _blocks_on(_document(EN_2020), 36)
    assert block.kind is BlockKind.ROW
    assert _words(block) == ["", "", "", "Frontex"]


def test_a_table_head_that_footnotes_split_arrives_as_two_rows() -> None:
    document = _document(EN_2020)
    first = next(
        i for i, b in enumerate(document.blocks) if _words(b)[:2] == ["Actions", "Corresponding"]
    )
    kinds = [block.kind for block in document.blocks[first : first + 5]]
    assert kinds == [
        BlockKind.ROW,
        BlockKind.RULE,
        BlockKind.NOTE,
        BlockKind.NOTE,
        BlockKind.ROW,
    ]
    assert _words(document.blocks[first + 4]) == ["", "priority area", "", ""]


@pytest.mark.parametrize("line", ["---", "--\t--\t--\t--", "-----------\t----", "———", " -- "])
def test_a_line_of_dashes_is_a_rule(line: str) -> None:
    assert [block.kind for block in _plain(line)] == [BlockKind.RULE]


@pytest.mark.parametrize("line", ["-", "A - B", "– a dash that opens a sentence"])
def test_a_line_with_words_or_a_single_dash_is_no_rule(line: str) -> None:
    assert [block.kind for block in _plain(line)] == [BlockKind.PARAGRAPH]


def test_a_danish_cell_is_a_line_that_begins_with_a_tab() -> None:
    document = _document(DA_2020)
    assert [_words(block) for line in range(5, 9) for block in _blocks_on(document, line)] == [
        ["", "Foranstaltninger"],
        ["", "Tilhørende prioritetsområde"],
        ["", "Tidsplan"],
        ["", "Ansvarlig"],
    ]
    assert [_words(block) for line in range(14, 19) for block in _blocks_on(document, line)] == [
        ["", "Europa-Kommissionen"],
        ["Medlemsstater"],
        ["Europol"],
        ["EMCDDA"],
    ]


# ── plain text: footnotes ────────────────────────────────────────────────────────────────────


def test_a_superscript_behind_a_word_is_a_mark() -> None:
    (block,) = _plain("into account the SOCTA¹ 2021")
    assert _words(block) == ["into account the SOCTA 2021"]
    assert _marks(block) == [("1", len("into account the SOCTA"))]


def test_a_superscript_inside_a_word_is_part_of_it() -> None:
    (block,) = _plain("the ma³tch tool")
    assert _words(block) == ["the ma³tch tool"]
    assert _marks(block) == []


@pytest.mark.parametrize("words", ["20 m² of floor", "3 km² of fields", "40 m³ of waste"])
def test_the_power_of_a_unit_behind_a_number_is_no_mark(words: str) -> None:
    (block,) = _plain(f"They found {words}.")
    assert _words(block) == [f"They found {words}."]
    assert _marks(block) == []


def test_the_blank_that_stood_only_for_a_mark_goes_with_it() -> None:
    (block,) = _plain("substances in postal items ⁴ . Conclude")
    assert _words(block) == ["substances in postal items. Conclude"]
    assert _marks(block) == [("4", len("substances in postal items"))]


def test_a_mark_between_two_sentences_leaves_one_blank() -> None:
    block = _block_with(_document(EN_2020), "to ensure comprehensive results.")
    assert _words(block)[0] == (
        "to ensure comprehensive results. Reinforce EMCDDA's and Europol's capacities in this area."
    )
    assert [label for label, _ in _marks(block)] == ["3"]


def test_a_mark_at_the_end_of_a_cell_leaves_no_blank() -> None:
    block = _block_with(_document(EN_2020), "Action 52.")
    assert _words(block)[0].endswith("completed in 2019.")
    assert [label for label, _ in _marks(block)] == ["6"]


def test_a_mark_of_two_digits_is_one_number() -> None:
    (block,) = _plain("see there¹²")
    assert _marks(block) == [("12", 9)]


def test_a_line_that_opens_with_a_superscript_is_a_footnote() -> None:
    notes = [b for b in _document(EN_2020).blocks if b.kind is BlockKind.NOTE]
    assert [note.label for note in notes] == ["1", "2", "3", "4", "5", "6"]
    assert _words(notes[0]) == ["Serious and Organised Crime Threat Assessment."]
    assert _words(notes[1]) == ["European Monitoring Centre for Drugs and Drug Addiction"]


def test_a_danish_footnote_stands_behind_the_row_it_was_printed_in() -> None:
    row, first, second = _blocks_on(_document(DA_2020), 10)
    assert row.kind is BlockKind.ROW
    assert [label for label, _ in _marks(row)] == ["1", "2"]
    words = row.texts[1].value
    assert "SOCTA 2021, ii)" in words
    assert "EMCDDA's årlige europæiske" in words
    assert words.endswith("(SIENA).")
    assert (first.kind, first.label) == (BlockKind.NOTE, "1")
    assert _words(first) == [
        (
            "Serious and Organised Crime Threat Assessment (Trusselsvurdering af grov og "
            "organiseret kriminalitet)."
        )
    ]
    assert (second.kind, second.label) == (BlockKind.NOTE, "2")
    assert second.texts[0].value.startswith("Det Europæiske Overvågningscenter")


def test_a_bracket_within_an_inline_footnote_ends_it_not() -> None:
    blocks = _plain("See it. [1: A note [of 2020] on it.]")
    assert [_words(block) for block in blocks] == [["See it."], ["A note [of 2020] on it."]]


def test_words_on_both_sides_of_an_inline_footnote_are_parted_by_one_blank() -> None:
    blocks = _plain("Reinforce it[footnoteRef:1]. [1: A note.] Conclude.")
    assert [_words(block) for block in blocks] == [["Reinforce it. Conclude."], ["A note."]]


def test_a_line_that_is_an_inline_footnote_alone_is_no_empty_paragraph() -> None:
    blocks = _plain("[1: A note.]")
    assert [block.kind for block in blocks] == [BlockKind.NOTE]


def test_a_bracketed_year_is_no_footnote() -> None:
    (block,) = _plain("Europol [2021] and EMCDDA")
    assert _words(block) == ["Europol [2021] and EMCDDA"]


# ── plain text: links and bold ───────────────────────────────────────────────────────────────


def test_an_address_in_angle_brackets_is_its_words() -> None:
    note = next(b for b in _document(EN_2020).blocks if b.label == "6")
    assert note.texts[0].value.endswith(
        "centre: https://ec.europa.eu/info/law/better-regulation/have-your-say/initiatives/"
        "12432-Revision-of-the-mandate-of-the-European-Monitoring-Centre-for-Drugs-and-Drug-"
        "Addiction"
    )


def test_stars_are_markup_and_say_whether_the_whole_line_is_bold() -> None:
    bold, partly, two = _plain("**Annex 1**\n**Annex** 1\n**Annex** 1 **and 2**")
    assert [_words(b) for b in (bold, partly, two)] == [["Annex 1"], ["Annex 1"], ["Annex 1 and 2"]]
    assert [b.emphasised for b in (bold, partly, two)] == [True, False, False]


# ── Markdown ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "level", "words"),
    [
        ("## 1. INTRODUCTION", 2, "1. INTRODUCTION"),
        ("### 3.3.Prevention", 3, "3.3.Prevention"),
        ("### **3.4. International cooperation**", 3, "3.4. International cooperation"),
        ("#### ***Action 4: Mapping***", 4, "Action 4: Mapping"),
        ("##### Annex", 5, "Annex"),
        ("Annex\n===", 1, "Annex"),
    ],
)
def test_headings_of_every_level_and_boldness_are_their_words(
    source: str, level: int, words: str
) -> None:
    (block,) = _markdown(source)
    assert (block.kind, block.level, _words(block)) == (BlockKind.HEADING, level, [words])


def test_a_paragraph_that_is_bold_throughout_is_emphasised() -> None:
    whole, partly = _markdown("***Action 1: X***\n\n**Action 1:** X")
    assert (whole.kind, whole.emphasised) == (BlockKind.PARAGRAPH, True)
    assert not partly.emphasised


def test_real_headings_of_actions_are_headings_or_bold_paragraphs() -> None:
    document = _document(EN_2025)
    annex = _block_with(document, "Annex: List of actions").span.start
    actions = [
        b
        for b in document.blocks
        if re.match(r"Action \d+: ", b.text.value) and b.span.start < annex
    ]
    assert len(actions) == 19
    assert all(block.emphasised for block in actions)
    first = _block_with(document, "Action 1: Make better use of travel intelligence")
    assert (first.kind, first.emphasised) == (BlockKind.PARAGRAPH, True)


def test_a_superscript_between_letters_is_part_of_the_word() -> None:
    document = _document(EN_2023)
    block = _block_with(document, "tool in FIU.net")
    assert "The ma3tch tool in FIU.net, hosted" in block.text.value
    assert "FIU.net's ma3tch functionality." in block.text.value
    assert _marks(block) == []


@pytest.mark.parametrize(
    ("source", "words", "marks"),
    [
        ("intimidation<sup>2</sup>. They", "intimidation. They", [("2", 12)]),
        ("**Strategy<sup>5</sup> and its Plan**", "Strategy and its Plan", [("5", 8)]),
        ("(MAOC (N))<sup>23</sup>", "(MAOC (N))", [("23", 10)]),
        ("on the 10<sup>th</sup> day", "on the 10th day", []),
        ("x<sup>1</sup><sup>2</sup> y", "x y", [("1", 1), ("2", 1)]),
    ],
)
def test_superscript_numbers_behind_words_are_marks(
    source: str, words: str, marks: list[tuple[str, int]]
) -> None:
    (block,) = _markdown(source)
    assert (_words(block), _marks(block)) == ([words], marks)


@pytest.mark.parametrize("unit", ["m", "km"])
def test_the_power_of_a_unit_behind_a_number_is_no_mark_in_markdown(unit: str) -> None:
    (block,) = _markdown(f"over 20 {unit}<sup>2</sup> of fields")
    assert (_words(block), _marks(block)) == ([f"over 20 {unit}2 of fields"], [])


def test_a_paragraph_that_opens_with_a_mark_is_a_footnote() -> None:
    notes = [b for b in _document(EN_2023).blocks if b.kind is BlockKind.NOTE]
    printed = re.findall(r"^<sup>(\d+)</sup>", EN_2023.read_text(encoding="utf-8"), re.MULTILINE)
    assert [note.label for note in notes] == printed
    assert len(notes) == 71


def test_footnotes_on_following_lines_are_one_each() -> None:
    blocks = _markdown("<sup>1</sup> Europol (2024).\n<sup>2</sup> EUDA (2025).")
    assert [(b.kind, b.label, _words(b)) for b in blocks] == [
        (BlockKind.NOTE, "1", ["Europol (2024)."]),
        (BlockKind.NOTE, "2", ["EUDA (2025)."]),
    ]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("1", "https://www.emcdda.europa.eu/publications/eu-drug-markets_en"),
        ("2", "https://www.europol.europa.eu/publications-events/main-reports/socra-report"),
        (
            "4",
            (
                "The Other Side of the Coin: An Analysis of Financial and Economic Crime | Europol "
                "(europa.eu)"
            ),
        ),
        ("23", "Statistics – MAOC (N)."),
        (
            "29",
            (
                "https://www.europol.europa.eu/cms/sites/default/files/documents/"
                "Europol_Joint-report_Criminal%20networks%20in%20EU%20ports_Public_version.pdf"
            ),
        ),
    ],
)
def test_links_and_escapes_in_real_footnotes_are_their_words(label: str, words: str) -> None:
    note = next(b for b in _document(EN_2023).blocks if b.label == label)
    assert _words(note) == [words]


def test_a_page_break_leaves_two_paragraphs_with_the_footnotes_between() -> None:
    document = _document(EN_2023)
    first = next(
        i for i, b in enumerate(document.blocks) if b.text.value.endswith("to strengthen the")
    )
    kinds = [block.kind for block in document.blocks[first : first + 8]]
    assert kinds == [
        BlockKind.PARAGRAPH,
        BlockKind.RULE,
        *[BlockKind.NOTE] * 5,
        BlockKind.PARAGRAPH,
    ]
    assert document.blocks[first + 7].text.value.startswith("resilience of logistic hubs")


def test_the_six_areas_of_the_list_are_items_with_their_numbers() -> None:
    items = [b for b in _document(EN_2025).blocks if b.kind is BlockKind.ITEM]
    assert [item.label for item in items] == ["1.", "2.", "3.", "4.", "5.", "6."]
    assert _words(items[3]) == [
        (
            "Addressing the challenge of synthetic drugs and drug precursors (Pillar 3: "
            "Strengthening security and Pillar 4: Addressing harm)"
        )
    ]


def test_a_line_break_in_a_paragraph_is_a_blank() -> None:
    assert _words(_markdown("EUROPEAN  \nCOMMISSION\nof the EU")[0]) == [
        "EUROPEAN COMMISSION of the EU"
    ]


def test_a_line_break_in_a_code_span_is_a_blank() -> None:
    (block,) = _markdown("the `Import Control\nSystem` works")
    assert _words(block) == ["the Import Control System works"]


def test_a_line_break_written_as_a_tag_parts_two_words() -> None:
    assert _words(_markdown("European Commission<br>Member States")[0]) == [
        "European Commission Member States"
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("R&amp;D at 5 &euro;", "R&D at 5 €"),
        ("caf&eacute;", "café"),
        ("&#8364; 5", "€ 5"),
        ("Q & A", "Q & A"),
        (r"a\_b and \*c\*", "a_b and *c*"),
        (r"eu-drug-markets\\_en", "eu-drug-markets_en"),
        ("[EUDA](https://euda.europa.eu 'the agency') says", "EUDA says"),
        ("*Main actors: Europol*", "Main actors: Europol"),
        ("the `ICS2` system", "the ICS2 system"),
        ("before <!-- a comment --> after", "before after"),
    ],
)
def test_markup_entities_and_escapes_are_the_words_people_see(source: str, words: str) -> None:
    assert _words(_markdown(source)[0]) == [words]


def test_the_words_of_a_picture_are_not_dropped() -> None:
    assert "Map of the routes" in " ".join(
        text.value for block in _markdown("![Map of the routes](map.png)") for text in block.texts
    )


def test_blockquotes_and_lists_are_paragraphs_and_items() -> None:
    blocks = _markdown("> A *quoted* line\n> and more.\n\n- one\n- two\n\nAfter.")
    assert [(b.kind, b.text.value) for b in blocks] == [
        (BlockKind.PARAGRAPH, "A quoted line and more."),
        (BlockKind.ITEM, "one"),
        (BlockKind.ITEM, "two"),
        (BlockKind.PARAGRAPH, "After."),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_that_markdown_knows_is_read(end: str) -> None:
    blocks = _markdown(end.join(["# Head", "", "one **two**", "three", "", "---", "", "four"]))
    assert [(b.kind, b.text.value) for b in blocks] == [
        (BlockKind.HEADING, "Head"),
        (BlockKind.PARAGRAPH, "one two three"),
        (BlockKind.RULE, ""),
        (BlockKind.PARAGRAPH, "four"),
    ]


# ── what holds for every source ──────────────────────────────────────────────────────────────


def _check_places(document: Document, text: Text) -> int:
    """Check that every character stands where the text says, and return how many there are."""
    assert all(a < b for a, b in pairwise(text.offsets) if NOWHERE not in {a, b})
    for character, offset in zip(text.value, text.offsets, strict=True):
        if offset == NOWHERE:
            assert character.isspace()
        elif character.isspace():
            assert document.source[offset].isspace()
        else:
            assert character == document.source[offset]
    for mark in text.marks:
        assert 0 <= mark.index <= len(text)
        assert re.sub(r"\D", "", document.quote(mark.span).translate(_DIGITS)) == mark.label
    return len(text)


_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_character_stands_where_its_text_says(path: Path) -> None:
    document = _document(path)
    checked = sum(_check_places(document, t) for block in document.blocks for t in block.texts)
    assert checked > 5000


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_blocks_stand_in_order_and_no_word_is_outside_of_them(path: Path) -> None:
    document = _document(path)
    starts = [block.span.start for block in document.blocks]
    assert starts == sorted(starts)
    inside = bytearray(len(document.source))
    for block in document.blocks:
        inside[block.span.start : block.span.end] = b"\x01" * len(block.span)
    outside = "".join(c for c, seen in zip(document.source, inside, strict=True) if not seen)
    assert not any(character.isalnum() for character in outside)


PLAIN_PIECES = [
    *("word", "Ærø", " ", "  ", "\t", "\n", "\n\n", "**", "²", "¹ ", "<p>", "</p>"),
    *("[1: n]", "[footnoteRef:1]", "<https://x.eu/a_b>", ".", "--", "(i)"),
]
FRAGMENTS = st.lists(st.sampled_from(PLAIN_PIECES), max_size=14).map("".join)


@given(FRAGMENTS)
def test_any_plain_text_is_read_with_every_character_at_its_place(source: str) -> None:
    document = plain.blocks_of("made.txt", source)
    for block in document.blocks:
        for text in block.texts:
            _check_places(document, text)


MARKDOWN_PIECES = [
    *("word", "Ærø", " ", "\n", "\n\n", "**", "*", "_", "# ", "> ", "- ", "1. ", "\\_"),
    *("<sup>1</sup>", "ma<sup>3</sup>tch", "[l](u)", "<https://x.eu/a_b>", "---", "\\\\_", "."),
]
MARKDOWN_FRAGMENTS = st.lists(st.sampled_from(MARKDOWN_PIECES), max_size=14).map("".join)


@given(MARKDOWN_FRAGMENTS)
def test_any_markdown_is_read_with_every_character_at_its_place(source: str) -> None:
    document = markdown.blocks_of("made.md", source)
    for block in document.blocks:
        for text in block.texts:
            _check_places(document, text)


class _Words(HTMLParser):
    """Gathers the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        if tag in {"p", "br", "h1", "h2", "h3", "h4", "h5", "h6", "li", "hr"}:
            self.words.append(" ")


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.name)
def test_the_words_are_those_that_markdown_it_renders(path: Path) -> None:
    document = _document(path)
    page = MarkdownIt("commonmark").render(document.source)
    page = re.sub(r"(?<=[a-z])<sup>(\d)</sup>(?=[a-z])", r"\1", page)  # part of a word
    page = re.sub(r"<sup>\d+</sup>", "", page)
    rendered = _Words()
    rendered.feed(page)
    expected = unquote("".join(rendered.words).replace("\\_", "_")).split()
    found = unquote(" ".join(block.text.value for block in document.blocks)).split()
    assert len(expected) > 500
    assert found == expected
