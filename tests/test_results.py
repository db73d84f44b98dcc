"""Rows in the formats in which people take them along."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drugpolicy_kg import results
from drugpolicy_kg.results import Cell, Rows, from_sparql_json, text

XSD = "http://www.w3.org/2001/XMLSchema#"
ROWS = Rows(
    ("celex", "number", "share", "ongoing", "words"),
    (
        ("52020DC0606(01)", 1, 0.5, True, 'He said "no", twice'),
        ("007", 53, 2.25, False, "two\nlines\tand a tab"),
        (None, None, None, None, "Ærø – ‘x’"),
        ("1.1; 1.2", 0, 1.0, True, "=1+1"),
    ),
)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["a,b", 'a"b', "a\nb", "a\tb", "=1+1", " a "]
)
TABLES = st.lists(st.lists(WORDS, min_size=2, max_size=2), max_size=5).map(
    lambda rows: Rows(("a", "b"), tuple(tuple(row) for row in rows))
)


def _book(rows: Rows = ROWS) -> openpyxl.Workbook:
    content = results.to_xlsx(rows, "made", [("celex", "a number"), ("words", "=words")])
    return openpyxl.load_workbook(io.BytesIO(content))


def _answer(*bindings: dict[str, dict[str, str]]) -> bytes:
    return json.dumps(
        {"head": {"vars": ["x", "y"]}, "results": {"bindings": list(bindings)}}
    ).encode()


# ── from SPARQL ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("term", "cell"),
    [
        ({"type": "literal", "value": "7", "datatype": XSD + "integer"}, 7),
        ({"type": "literal", "value": "true", "datatype": XSD + "boolean"}, True),
        ({"type": "literal", "value": "false", "datatype": XSD + "boolean"}, False),
        ({"type": "literal", "value": "2000000", "datatype": XSD + "decimal"}, 2000000),
        ({"type": "literal", "value": "2.5", "datatype": XSD + "decimal"}, 2.5),
        ({"type": "literal", "value": "2024-07-02", "datatype": XSD + "date"}, "2024-07-02"),
        ({"type": "literal", "value": "007"}, "007"),
        ({"type": "literal", "value": "ord", "xml:lang": "da"}, "ord"),
        ({"type": "uri", "value": "https://x.eu/"}, "https://x.eu/"),
    ],
)
def test_a_term_becomes_a_cell_of_its_type(term: dict[str, str], cell: Cell) -> None:
    rows = from_sparql_json(_answer({"x": term}))
    assert rows.cells == ((cell, None),)
    assert type(rows.cells[0][0]) is type(cell)


def test_a_large_decimal_keeps_every_digit() -> None:
    term = {"type": "literal", "value": "12345678901234567.89", "datatype": XSD + "decimal"}
    assert text(from_sparql_json(_answer({"x": term})).cells[0][0]) == "12345678901234567.89"


def test_columns_stand_in_the_order_that_is_asked_for() -> None:
    binding = {"x": {"value": "1"}, "y": {"value": "2"}}
    assert from_sparql_json(_answer(binding), ("y", "x")).cells == (("2", "1"),)


def test_an_answer_of_yes_or_no_is_one_row() -> None:
    rows = from_sparql_json(b'{"head": {}, "boolean": true}')
    assert (rows.columns, rows.cells) == (("answer",), ((True,),))


# ── text formats ─────────────────────────────────────────────────────────────────────────────


def test_csv_is_rfc_4180_without_a_byte_order_mark() -> None:
    assert results.to_csv(ROWS).encode().split(b"\r\n") == [
        b"celex,number,share,ongoing,words",
        b'52020DC0606(01),1,0.5,true,"He said ""no"", twice"',
        b'007,53,2.25,false,"two\nlines\tand a tab"',
        ",,,,Ærø – ‘x’".encode(),
        b"1.1; 1.2,0,1.0,true,=1+1",
        b"",
    ]


def test_a_csv_without_rows_is_its_head() -> None:
    assert results.to_csv(Rows(("a", "b"), ())) == "a,b\r\n"


def test_a_row_of_one_absent_value_is_no_empty_line() -> None:
    content = results.to_csv(Rows(("a",), ((None,), ("x",))))
    assert list(csv.reader(io.StringIO(content, newline=""))) == [["a"], [""], ["x"]]


@given(TABLES)
def test_csv_and_tsv_read_back(rows: Rows) -> None:
    expected = [list(rows.columns), *[list(row) for row in rows.cells]]
    comma = csv.reader(io.StringIO(results.to_csv(rows), newline=""))
    tab = csv.reader(io.StringIO(results.to_tsv(rows), newline=""), delimiter="\t")
    assert list(comma) == expected
    assert list(tab) == expected


def test_tsv_parts_cells_by_tabs_and_lines_by_line_feeds() -> None:
    assert results.to_tsv(Rows(("a", "b"), (("x", 1),))) == "a\tb\nx\t1\n"


def test_json_keeps_types_and_absent_values() -> None:
    rows = json.loads(results.to_json(ROWS))
    assert rows[0]["number"] == 1
    assert rows[0]["ongoing"] is True
    assert rows[0]["celex"] == "52020DC0606(01)"
    assert rows[2]["celex"] is None
    assert list(rows[0]) == list(ROWS.columns)
    assert "Ærø" in results.to_json(ROWS)


def test_jsonl_is_one_object_a_line() -> None:
    lines = results.to_jsonl(ROWS).split("\n")
    assert lines[-1] == ""
    assert [json.loads(line) for line in lines[:-1]] == json.loads(results.to_json(ROWS))


def test_formats_without_rows_are_still_whole() -> None:
    nothing = Rows(("a",), ())
    assert json.loads(results.to_json(nothing)) == []
    assert results.to_jsonl(nothing) == ""
    assert [row[0].value for row in _book(nothing)["data"].iter_rows()] == ["a"]


# ── workbooks ────────────────────────────────────────────────────────────────────────────────


def test_a_workbook_has_a_sheet_of_data_and_one_that_explains_it() -> None:
    book = _book()
    assert book.sheetnames == ["data", "columns"]
    assert [cell.value for cell in book["data"][1]] == list(ROWS.columns)
    assert [[cell.value for cell in row] for row in book["columns"].iter_rows()] == [
        ["column", "meaning"],
        ["celex", "a number"],
        ["words", "=words"],
    ]


def test_codes_and_identifiers_are_text_and_numbers_are_numbers() -> None:
    sheet = _book()["data"]
    assert [(sheet.cell(3, 1).value, sheet.cell(3, 1).data_type)] == [("007", "s")]
    assert [(sheet.cell(5, 1).value, sheet.cell(5, 1).data_type)] == [("1.1; 1.2", "s")]
    assert [(sheet.cell(3, 2).value, sheet.cell(3, 2).data_type)] == [(53, "n")]
    assert [(sheet.cell(2, 4).value, sheet.cell(2, 4).data_type)] == [("true", "s")]


@pytest.mark.parametrize("words", ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "{=1}"])
def test_no_cell_is_ever_a_formula(words: str) -> None:
    cell = _book(Rows(("a",), ((words,),)))["data"].cell(2, 1)
    assert (cell.value, cell.data_type) == (words, "s")


def test_no_cell_is_ever_a_link() -> None:
    cell = _book(Rows(("a",), (("https://example.org/",),)))["data"].cell(2, 1)
    assert cell.value == "https://example.org/"
    assert cell.hyperlink is None


def test_the_same_rows_are_the_same_bytes() -> None:
    assert results.to_xlsx(ROWS, "made") == results.to_xlsx(ROWS, "made")


def test_a_text_that_is_longer_than_a_cell_is_cut_and_not_dropped() -> None:
    long = "word " * 8000
    value = _book(Rows(("a",), ((long,),)))["data"].cell(2, 1).value
    assert isinstance(value, str)
    assert value.startswith("word word")


# ── cells ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cell", "words"),
    [(None, ""), (True, "true"), (False, "false"), (0, "0"), (2.5, "2.5"), ("x", "x")],
)
def test_a_cell_reads_as_people_write_it(cell: Cell, words: str) -> None:
    assert text(cell) == words
