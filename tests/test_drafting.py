"""A newcomer's plan: its folder from a document, or a template that is filled and read."""

from __future__ import annotations

import csv
import io
import shutil
from typing import TYPE_CHECKING

import openpyxl
import pytest
import yaml

from drugpolicy_kg import cli, drafting, pipeline
from drugpolicy_kg.definitions import load
from drugpolicy_kg.errors import SourceError
from drugpolicy_kg.readers import read_bytes, template
from tests.conftest import ROOT, TESTS, knowledge, read_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drugpolicy_kg.plan import Readings

COASTAL = TESTS / "documents" / "coastal"
ID = "com-2031-417"
#: The questions whose rows do not hang on the prose of the cover or on footnotes.
QUESTIONS = (
    "priorities",
    "actions",
    "participations",
    "indicators",
    "deadlines",
    "places",
)
Rows = dict[str, list[list[str]]]


def _words(readings: Readings) -> str:
    return next((r.text for r in readings if r.language == "en"), "")


@pytest.fixture(scope="module")
def filled() -> Rows:
    """The rows of the coastal plan as a drafter would fill them in."""
    plan = read_plan(COASTAL).plan
    areas = {area.code: f"{_words(area.label)} {_words(area.title)}" for area in plan.areas}
    return {
        "plan": [["COM(2031) 417 final/2", "Brussels, 9.5.2031", _words(plan.editions[0].title)]],
        "priorities": [
            *([str(p.number), _words(p.title), areas[p.area]] for p in plan.priorities),
            ["", _words(plan.governance), ""],
        ],
        "actions": [
            [
                str(a.number),
                str(a.priority or ""),
                _words(a.text),
                " ".join(a.codes),
                _words(a.timetable.readings) if a.timetable else "",
                " ".join(_words(part.wording) for part in a.participations),
            ]
            for a in plan.actions
        ],
        "indicators": [[str(i.number), _words(i.text)] for i in plan.indicators],
        "footnotes": [],
    }


def _workbook(rows: Rows) -> bytes:
    """Fill the template as a spreadsheet program does."""
    book = openpyxl.load_workbook(io.BytesIO(drafting.template(knowledge(), "en", "xlsx")))
    for sheet, own in rows.items():
        for row in own:
            book[sheet].append([cell or None for cell in row])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _table(rows: Rows) -> bytes:
    text = io.StringIO(drafting.template(knowledge(), "en", "csv").decode(), newline="")
    text.seek(0, io.SEEK_END)
    csv.writer(text).writerows([sheet, *row] for sheet, own in rows.items() for row in own)
    return text.getvalue().encode()


FILLED = {"xlsx": _workbook, "csv": _table}


def _root(target: Path) -> Path:
    data = target / "data"
    shutil.copytree(ROOT / "data", data, ignore=shutil.ignore_patterns("plans", "graphs", "links"))
    for name in ("ontology", "queries"):
        shutil.copytree(ROOT / name, target / name)
    shutil.copytree(COASTAL / "authorities", data / "plans" / ID / "authorities")
    return target


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["drugpolicy", *arguments])
        try:
            cli.main()
            code = 0
        except SystemExit as stopped:
            code = int(stopped.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def _answers(root: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[str, str]]:
    code, _, said = _run(capsys, "build", "--root", str(root))
    assert code == 0, said
    for name in QUESTIONS:
        graphs = str(root / "data" / "graphs")
        code, out, said = _run(capsys, "query", name, "--release", graphs, "--format", "csv")
        assert code == 0, said
        yield name, out


@pytest.mark.parametrize("ending", FILLED)
def test_a_filled_template_answers_as_the_text_of_the_plan_does(
    ending: str, filled: Rows, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, sheet = _root(tmp_path / "text"), _root(tmp_path / "sheet")
    source = tmp_path / f"filled.{ending}"
    source.write_bytes(FILLED[ending](filled))
    document = COASTAL / "coastal.en.txt"
    for root, path in ((text, document), (sheet, source)):
        code, out, said = _run(capsys, "new-plan", ID, str(path), "--root", str(root))
        assert code == 0, said
        assert "3 priorities, 10 actions, 3 indicators" in out
    expected, found = dict(_answers(text, capsys)), dict(_answers(sheet, capsys))
    for name in QUESTIONS:
        assert len(expected[name].splitlines()) > 3, name
        assert found[name] == expected[name], name


def test_evidence_of_a_template_points_to_sheet_and_row(filled: Rows) -> None:
    document = read_bytes("filled.xlsx", _workbook(filled))
    (block,) = [b for b in document.blocks if b.text.value.startswith("Action 3. ")]
    assert str(document.place(block.span.start)) == "filled.xlsx, sheet actions, row 5"
    assert document.is_extracted
    (block,) = [b for b in document.blocks if b.text.value.startswith("Performance indicator 2. ")]
    assert document.place(block.span.end - 1).part == "sheet indicators, row 4"


def test_a_footnote_of_a_template_belongs_to_its_mark(filled: Rows) -> None:
    rows = {sheet: [list(row) for row in own] for sheet, own in filled.items()}
    rows["actions"][0][2] += " See there.¹"
    rows["footnotes"] = [["1", "Regulation (EU) 2029/1187."]]
    result = pipeline.read_document(_workbook(rows), knowledge(), name="a.xlsx")
    (note,) = result.plan.footnotes
    assert (note.label, note.where) == ("1", "action 1")
    assert any(c.footnote == "1" for c in result.plan.citations)


@pytest.mark.parametrize("language", ["en", "da"])
def test_a_workbook_has_heads_remarks_rules_and_lists(language: str) -> None:
    data = drafting.template(knowledge(), language, "xlsx")
    assert data == drafting.template(knowledge(), language, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert tuple(book.sheetnames) == tuple(template.SHEETS)
    for name, columns in template.SHEETS.items():
        sheet = book[name]
        assert sheet.max_row == 2
        assert sheet.freeze_panes == "B3"
        assert str(sheet["A2"].value).startswith("# ")
        for column in range(1, len(columns) + 1):
            assert sheet.cell(1, column).value
            assert sheet.cell(1, column).comment.text.endswith("]")
            assert sheet.column_dimensions[sheet.cell(1, column).column_letter].width > 10
    (rule,) = book["actions"].data_validations.dataValidation
    assert rule.formula1 == "priorities!$A$3:$A$500"
    assert str(rule.sqref).startswith("B3")
    words = knowledge().languages[language]
    assert book["actions"]["A1"].value == words.labels.action[0]
    assert book["actions"]["F1"].value == words.columns.actors[0]


def test_the_columns_are_those_of_the_reader_and_of_the_shapes() -> None:
    own = load(ROOT / "data" / "template.yaml", drafting.Template)
    found = {sheet.id: tuple(column.id for column in sheet.columns) for sheet in own.sheets}
    assert found == template.SHEETS
    for sheet in own.sheets:
        for column in sheet.columns:
            rule = drafting.shape(column.shape)
            assert rule.code.startswith("DP-")
            for remarks in own.remarks.values():
                assert remarks[sheet.id][column.id]
            assert {"en", "da"} <= set(rule.messages)


def test_a_folder_from_a_document_holds_a_plan_yaml_to_be_confirmed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = _root(tmp_path)
    source = TESTS / "documents" / "harbour" / "harbour.en.md"
    code, out, _ = _run(capsys, "new-plan", "com-2031-902", str(source), "--root", str(root))
    assert code == 0
    assert "3 priorities, 7 actions, 0 indicators, 11 footnotes were found" in out
    folder = root / "data" / "plans" / "com-2031-902"
    text = (folder / "plan.yaml").read_text(encoding="utf-8")
    assert "to be confirmed" in text
    written = yaml.safe_load(text)
    expected = yaml.safe_load((source.parent / "plan.yaml").read_text(encoding="utf-8"))
    for key in ("id", "version", "number", "type", "priority_kind", "adopted", "layout"):
        assert written[key] == expected[key]
    assert written["editions"][0]["file"] == "source/harbour.en.md"
    assert written["editions"][0]["sha256"] == expected["editions"][0]["sha256"]
    assert (folder / "source" / "harbour.en.md").read_bytes() == source.read_bytes()
    code, _, said = _run(capsys, "new-plan", "com-2031-902", str(source), "--root", str(root))
    assert code == 2
    assert "a folder without a plan.yaml was expected, found one" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["COM 2031", "--template", "csv"], "small letters, digits and hyphens were expected"),
        (["com-2031-1"], "a SOURCE or '--template' was expected, found none"),
        (["com-2031-1", "x.txt", "--template", "csv"], "found both"),
        (["com-2031-1", "nowhere.docx"], "found no such file"),
        (["com-2031-1", "--template", "csv", "--lang", "fr"], "one of da, en was expected"),
    ],
)
def test_bad_arguments_end_in_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = _root(tmp_path)
    code, out, said = _run(capsys, "new-plan", *arguments, "--root", str(root))
    assert (code, out) == (2, "")
    assert words in said
    assert said.count("\n") == 1
    assert not (root / "data" / "plans" / "com-2031-1").exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", b"plan,number\nplan,1\n", "found no 'priorities'"),
        ("a.csv", b'plan,"number\n', "CSV with commas was expected"),
        ("a.csv", "plan,é\n".encode("latin-1"), "UTF-8 was expected"),
        ("a.xlsx", b"plan,number\n", "a workbook (XLSX) was expected, found a broken archive"),
    ],
)
def test_a_table_that_is_no_template_is_refused(name: str, data: bytes, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_bytes(name, data)
    assert words in str(caught.value)
    assert caught.value.remedy
