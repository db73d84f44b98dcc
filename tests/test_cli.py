"""The command line: help with examples, exit codes, formats, and one sentence for an error."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import openpyxl
import pytest

from drugpolicy_kg import __version__, agreement, cli, graphs, pipeline
from drugpolicy_kg.findings import Finding, Severity
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = sorted(cli.drugpolicy.commands)
#: What a start of the command must not load: engines, and what only building or serving needs.
ENGINES = {
    *("pyoxigraph", "rdflib", "pyshacl", "owlready2", "fastapi", "uvicorn", "pydantic", "yaml"),
    *("rich", "xlsxwriter", "markdown_it", "ahocorasick_rs", "jinja2"),
}


class Runner:
    """Runs a command and keeps its exit code, output and errors."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[bytes]
    ) -> None:
        self._monkeypatch = monkeypatch
        self._capture = capture
        self.errors = ""
        self.output = b""

    def __call__(self, *arguments: str) -> int:
        self._monkeypatch.setattr("sys.argv", ["drugpolicy", *arguments])
        try:
            cli.main()
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        else:
            code = 0
        out, errors = self._capture.readouterr()
        self.output, self.errors = out, errors.decode()
        return code

    @property
    def rows(self) -> list[dict[str, str]]:
        """The output as rows of CSV."""
        return list(csv.DictReader(io.StringIO(self.output.decode(), newline="")))

    def refused(self, *arguments: str) -> str:
        """Run, check that it was refused in a sentence, and return it."""
        assert self(*arguments) == 2, self.errors
        assert self.output == b""
        assert "Traceback" not in self.errors
        assert len(self.errors.strip().split("\n")) <= 4
        return self.errors


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Runner:
    """Return what runs a command in this process, as its entry point does."""
    return Runner(monkeypatch, capfdbinary)


# ── help ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_shows_an_example_of_itself(run: Runner, command: str) -> None:
    assert run(command, "--help") == 0
    _, _, example = run.output.decode().partition("Example:")
    assert f"drugpolicy {command}" in example


def test_the_help_of_the_command_lists_all_of_them(run: Runner) -> None:
    assert run("--help") == 0
    words = run.output.decode()
    assert "Example:" in words
    for command in ("build", "query", "serve", "verify", "outline"):
        assert f"\n  {command} " in words
    assert run("-h") == 0


def test_the_version_is_that_of_the_package(run: Runner) -> None:
    assert run("--version") == 0
    assert __version__ in run.output.decode()


def test_starting_the_command_loads_no_engine() -> None:
    code = "import sys, drugpolicy_kg.cli; print(*{n.split('.')[0] for n in sys.modules})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(found.stdout.split())
    assert "click" in loaded
    assert loaded & ENGINES == set()


@pytest.mark.parametrize(
    "arguments", [("bild",), ("query", "--nothing"), ("outline",), ("query", "-f", "pdf", "plans")]
)
def test_a_wrong_use_is_refused_in_a_sentence(run: Runner, arguments: tuple[str, ...]) -> None:
    assert "Error: " in run.refused(*arguments)


# ── query ────────────────────────────────────────────────────────────────────────────────────


def test_without_a_name_the_saved_queries_are_listed(run: Runner) -> None:
    assert run("query") == 0
    lines = run.output.decode().strip().split("\n")
    assert len(lines) == len(list((ROOT / "queries" / "public").glob("*.rq")))
    assert all(line.endswith("?") for line in lines)


def test_actions_in_a_pipe_are_89_rows_of_csv(run: Runner) -> None:
    assert run("query", "actions") == 0
    assert not run.output.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in run.output
    assert len(run.rows) == 89


def test_parameters_choose_the_rows(run: Runner) -> None:
    assert run("query", "actions", "--param", "plan=com-2023-641", "-p", "actor=eppo") == 0
    assert {row["plan"] for row in run.rows} == {"com-2023-641"}
    assert [row["number"] for row in run.rows] == ["2"]


def test_every_format_holds_the_same_rows(run: Runner, tmp_path: Path) -> None:
    run("query", "plans", "-f", "csv")
    expected = run.rows
    run("query", "plans", "-f", "tsv")
    tsv = io.StringIO(run.output.decode(), newline="")
    assert list(csv.DictReader(tsv, delimiter="\t")) == expected
    run("query", "plans", "-f", "json")
    rows = json.loads(run.output)
    assert [row["title"] for row in rows] == [row["title"] for row in expected]
    run("query", "plans", "-f", "jsonl")
    assert [json.loads(line) for line in run.output.decode().splitlines()] == rows
    run("query", "plans", "-f", "table")
    assert "3 rows" in run.output.decode()
    book = tmp_path / "plans.xlsx"
    assert run("query", "plans", "-f", "xlsx", "-o", str(book)) == 0
    assert "3 rows" in run.errors
    sheet = openpyxl.load_workbook(book)["data"]
    assert [cell.value for cell in sheet[1]] == list(expected[0])
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == [r["title"] for r in expected]


def test_a_workbook_in_a_pipe_is_a_workbook(run: Runner) -> None:
    assert run("query", "plans", "-f", "xlsx") == 0
    assert run.output.startswith(b"PK")


def test_a_file_with_sparql_is_a_query(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "own.rq"
    path.write_text("SELECT (1 + 1 AS ?two) {}", encoding="utf-8")
    assert run("query", str(path)) == 0
    assert run.rows == [{"two": "2"}]


def test_a_file_with_front_matter_takes_its_parameters(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "own.rq"
    path.write_text(
        "#+ summary: What?\n#+ parameters:\n"
        "#+   word: {type: text, about: a, default: none}\n#+ columns:\n"
        '#+   x: a\nSELECT ?x {\n  VALUES (?_word) { ("none") }\n  BIND (?_word AS ?x)\n}\n',
        encoding="utf-8",
    )
    assert run("query", str(path), "-p", 'word=a "b"') == 0
    assert run.rows == [{"x": 'a "b"'}]


def test_standard_input_is_a_query(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("ASK { ?s ?p ?o }"))
    assert run("query", "-") == 0
    assert run.rows == [{"answer": "true"}]


def test_an_unknown_name_proposes_the_nearest(run: Runner) -> None:
    said = run.refused("query", "acton")
    assert said.startswith("drugpolicy: 'acton' is no saved query and no file.")
    assert "actions" in said
    assert "drugpolicy query" in run.refused("query", "zzz")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("actions", "-p", "plan"), "NAME=VALUE"),
        (("actions", "-p", "plam=x"), "'plam' is not taken"),
        (("actions", "-p", 'plan=x" } UNION {'), "expects a value of type slug"),
        (("actions", "-p", "year=soon"), "type integer"),
        (("actions", "--release", "nowhere-at-all"), "nowhere-at-all"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_in_a_sentence(
    run: Runner, arguments: tuple[str, ...], words: str
) -> None:
    assert words in run.refused("query", *arguments)


def test_a_parameter_given_twice_is_refused(run: Runner) -> None:
    assert "plan" in run.refused("query", "plans", "-p", "plan=com-2020-606", "-p", "plan=x")


def test_a_parameter_of_a_query_that_takes_none_is_refused(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "own.rq"
    path.write_text("SELECT (1 AS ?x) {}", encoding="utf-8")
    assert "plan" in run.refused("query", str(path), "-p", "plan=x")


@pytest.mark.parametrize("sparql", ["SELEC ?x {}", "SELECT ?x { ?x", "DROP ALL", ""])
def test_sparql_that_is_none_is_refused_in_a_sentence(
    run: Runner, tmp_path: Path, sparql: str
) -> None:
    path = tmp_path / "own.rq"
    path.write_text(sparql, encoding="utf-8")
    run.refused("query", str(path))


def test_a_graph_as_an_answer_is_refused_or_written_and_never_a_crash(
    run: Runner, tmp_path: Path
) -> None:
    path = tmp_path / "own.rq"
    path.write_text("CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 1", encoding="utf-8")
    assert run("query", str(path)) in {0, 2}
    assert "Traceback" not in run.errors


def test_a_query_in_another_encoding_is_refused_in_a_sentence(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "latin.rq"
    path.write_bytes("# Ærø\nSELECT (1 AS ?x) {}".encode("latin-1"))
    assert "latin.rq" in run.refused("query", str(path))


def test_an_output_that_cannot_be_written_is_refused_in_a_sentence(
    run: Runner, tmp_path: Path
) -> None:
    assert "nowhere" in run.refused("query", "plans", "-o", str(tmp_path / "nowhere" / "x.csv"))


# ── outline and verify ───────────────────────────────────────────────────────────────────────


def test_an_outline_shows_every_block_with_its_line(run: Runner, tmp_path: Path) -> None:
    path = tmp_path / "made.md"
    path.write_text("## 1. Head\n\nWords<sup>1</sup>.\n\n<sup>1</sup> A note.\n", encoding="utf-8")
    assert run("outline", str(path)) == 0
    lines = [line.split() for line in run.output.decode().split("\n")]
    assert lines[0] == ["1", "heading", "2", "1.", "Head"]
    assert lines[1] == ["3", "paragraph", "Words.", "^1"]
    assert lines[2] == ["5", "note", "[1]", "A", "note."]
    assert lines[3] == ["3", "blocks"]


def test_an_outline_of_no_document_is_refused(run: Runner, tmp_path: Path) -> None:
    assert "nowhere.md" in run.refused("outline", str(tmp_path / "nowhere.md"))


def test_the_committed_graphs_are_whole(run: Runner) -> None:
    assert run("verify", str(ROOT / "data" / "graphs")) == 0
    assert "whole" in run.output.decode()


def test_an_empty_folder_is_not_whole(run: Runner, tmp_path: Path) -> None:
    run.refused("verify", str(tmp_path))


# ── check ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_check_counts_the_rules_and_says_what_lies_outside_of_each_profile(run: Runner) -> None:
    assert run("check", "--no-reasoner") == 0, run.errors
    said = run.output.decode()
    assert "rules: " in said
    for profile in ("RL", "EL", "QL"):
        assert f"outside of OWL 2 {profile}: " in said
    assert run.errors == ""


def test_check_of_a_folder_without_rules_is_refused(run: Runner, tmp_path: Path) -> None:
    assert "rules (*.rq) were expected" in run.refused("check", "--root", str(tmp_path))


def test_build_fails_where_shapes_and_terms_do_not_agree(
    monkeypatch: pytest.MonkeyPatch, run: Runner
) -> None:
    gap = Finding(Severity.VIOLATION, "agreement-class-shape", "dp:Area has no node shape.")
    monkeypatch.setattr(pipeline, "build", lambda *_, **__: pipeline.Build({}, ()))
    monkeypatch.setattr(graphs, "check", lambda *_: None)
    monkeypatch.setattr(agreement, "read", lambda _: SimpleNamespace(gaps=(gap,)))
    assert run("build", "--check") == 1
    assert "dp:Area has no node shape." in run.errors
    monkeypatch.setattr(agreement, "read", lambda _: SimpleNamespace(gaps=()))
    assert run("build", "--check") == 0
