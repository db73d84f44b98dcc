"""Files that are not as they should be: one sentence, exit code 2, and nothing half written."""

from __future__ import annotations

import hashlib
import re
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml

from drugpolicy_kg import cli, pipeline
from drugpolicy_kg.errors import CountError
from drugpolicy_kg.limits import MAX_BYTES
from tests.conftest import ROOT, TESTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLANS = {"com-2031-417": "coastal", "com-2031-902": "harbour"}
KEPT = b"what an earlier build wrote\n"


class Tree:
    """A checkout in which two invented plans can be built, and what its build said."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys
        for name in ("languages", "authorities"):
            shutil.copytree(ROOT / "data" / name, root / "data" / name)
        shutil.copy(ROOT / "data" / "rules.yaml", root / "data")
        shutil.copytree(ROOT / "ontology", root / "ontology")
        for name, folder in PLANS.items():
            shutil.copytree(TESTS / "documents" / folder, self.plan(name))
        self.graphs = root / "data" / "graphs"
        self.graphs.mkdir()
        (self.graphs / "kept.ttl").write_bytes(KEPT)

    def plan(self, name: str = "com-2031-902") -> Path:
        """Return the folder of a plan."""
        return self.root / "data" / "plans" / name

    def replace(self, file: Path, old: str, new: str) -> None:
        """Replace words that a file has."""
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def register(self, file: Path) -> None:
        """Write the digest of a source as it is now into plan.yaml."""
        path = file.parent / "plan.yaml"
        definition = yaml.safe_load(path.read_text(encoding="utf-8"))
        (old,) = (row["sha256"] for row in definition["editions"] if row["file"] == file.name)
        self.replace(path, old, hashlib.sha256(file.read_bytes()).hexdigest())

    def build(self, *arguments: str) -> tuple[int, str, str]:
        """Return exit code, output and errors of a build."""
        return self.run("build", "--root", str(self.root), *arguments)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Return exit code, output and errors of a command; any other exception is a failure."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["drugpolicy", *arguments])
            try:
                cli.main()
            except SystemExit as stopped:
                code = int(stopped.code or 0)
            else:
                code = 0
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def refused(self, *words: str) -> str:
        """Build, check that it was refused as it should be, and return what was said."""
        code, out, said = self.build()
        assert code == 2, said
        assert out == ""
        assert said.startswith("drugpolicy: ")
        assert said.count("\n") == 1, said
        assert "Traceback" not in said
        assert len(said) < 700
        for word in words:
            assert word in said
        assert [path.name for path in self.graphs.rglob("*")] == ["kept.ttl"]
        assert (self.graphs / "kept.ttl").read_bytes() == KEPT
        return said


@pytest.fixture
def tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Tree:
    """Return a checkout of its own."""
    return Tree(tmp_path, capsys)


@pytest.fixture
def source(tree: Tree) -> Path:
    """Return the source of the plan in the layout of a communication."""
    return tree.plan() / "harbour.en.md"


@pytest.fixture
def table(tree: Tree) -> Path:
    """Return the English source of the plan in the table layout."""
    return tree.plan("com-2031-417") / "coastal.en.txt"


def test_the_tree_builds_as_it_is_and_says_what_it_found(tree: Tree) -> None:
    code, out, _ = tree.build()
    assert code == 0
    assert "com-2031-417 final-2: 3 priorities, 10 actions, 3 indicators" in out
    assert "com-2031-902 final: 3 priorities, 7 actions, 0 indicators" in out
    names = {path.name for path in tree.graphs.rglob("*.*")}
    assert "manifest.json" in names
    assert "kept.ttl" not in names
    assert tree.build("--check")[0] == 0


# ── sources ──────────────────────────────────────────────────────────────────────────────────


def _binary(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\x00\x01\n" + bytes(range(256)))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _blank(path: Path) -> None:
    path.write_bytes(b" \n\t\n")


def _latin(path: Path) -> None:
    path.write_bytes("# Én plan\n\nSøfart\n".encode("latin-1"))


def _utf_16(path: Path) -> None:
    path.write_bytes("# A plan\n".encode("utf-16"))


def _huge(path: Path) -> None:
    path.write_bytes(b"Action 1. Reinforce it.\n" * (50 * 1024 * 1024 // 24))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_binary, "line 3: a text was expected, found the byte 0x00 of a binary file"),
        (_empty, "a text was expected, found an empty file"),
        (_blank, "a text was expected, found an empty file"),
        (_latin, "line 1: UTF-8 was expected, found the byte 0xc9 of another encoding"),
        (_utf_16, "was expected, found the byte"),
        (_huge, "at most 8,388,608 bytes are read, found 52,428,7"),
    ],
)
@pytest.mark.parametrize("which", ["source", "table"])
def test_a_file_that_is_no_document_is_refused(
    tree: Tree,
    spoil: Callable[[Path], None],
    words: str,
    which: str,
    request: pytest.FixtureRequest,
) -> None:
    path: Path = request.getfixturevalue(which)
    spoil(path)
    tree.register(path)
    tree.refused(str(path), words)


def test_the_largest_document_is_far_larger_than_the_longest_plan() -> None:
    longest = max(path.stat().st_size for path in (ROOT / "data" / "plans").rglob("*.md"))
    assert 20 * longest < MAX_BYTES < 50 * 1024 * 1024


def test_a_missing_source_is_named(tree: Tree, source: Path) -> None:
    source.unlink()
    tree.refused(str(source), "found no such file", "plan.yaml")


def test_a_folder_in_place_of_a_source_is_named(tree: Tree, source: Path) -> None:
    source.unlink()
    source.mkdir()
    tree.refused(str(source))


def test_a_changed_source_is_refused_with_both_digests(tree: Tree, source: Path) -> None:
    expected = hashlib.sha256(source.read_bytes()).hexdigest()
    source.write_bytes(source.read_bytes() + b"\n")
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    tree.refused("key 'sha256'", f"expects {expected}", f"found {found}")


def test_a_format_without_a_reader_is_named(tree: Tree, source: Path) -> None:
    source.rename(source.with_suffix(".odt"))
    tree.replace(tree.plan() / "plan.yaml", "harbour.en.md", "harbour.en.odt")
    tree.refused("harbour.en.odt", ".docx, .pdf", "found '.odt'")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("which", ["source", "table"])
def test_other_line_ends_are_read_or_refused_in_a_sentence(
    tree: Tree, end: str, which: str, request: pytest.FixtureRequest
) -> None:
    path: Path = request.getfixturevalue(which)
    path.write_bytes(path.read_bytes().replace(b"\n", end.encode()))
    tree.register(path)
    code, _, said = tree.build()
    assert code in {0, 2}, said
    assert (code == 0) == (not said.startswith("drugpolicy: "))


def test_a_byte_order_mark_changes_nothing_that_is_read(tree: Tree, source: Path) -> None:
    source.write_bytes(b"\xef\xbb\xbf" + source.read_bytes().lstrip())
    tree.register(source)
    code, out, said = tree.build()
    assert code == 0, said
    assert "com-2031-902 final: 3 priorities, 7 actions" in out


def test_one_line_of_a_million_words_is_read_in_time(tree: Tree, source: Path) -> None:
    source.write_text("word " * 200_000 + "\n", encoding="utf-8")
    tree.register(source)
    tree.refused("harbour.en.md")


# ── the table ────────────────────────────────────────────────────────────────────────────────


def _said_with_places(tree: Tree, file: Path) -> str:
    """Return what a build said, which is an error or findings with their lines."""
    code, _, said = tree.build()
    assert "Traceback" not in said
    if code == 2:
        assert said.startswith("drugpolicy: ")
    else:
        assert re.search(rf"{re.escape(str(file))}:\d+", said), said
    return said


def test_a_table_without_its_head_is_said_with_its_place(tree: Tree, table: Path) -> None:
    head = "Actions\tCorresponding priority area\tTimetable\tResponsibility\n"
    tree.replace(table, head, "")
    tree.register(table)
    assert "head" in _said_with_places(tree, table)


def test_a_table_with_another_word_in_its_head_is_said_with_its_place(
    tree: Tree, table: Path
) -> None:
    tree.replace(table, "Timetable\tResponsibility", "Timetable\tResponsible parties")
    tree.register(table)
    assert "Responsible parties" in _said_with_places(tree, table)


def test_a_row_without_bodies_is_a_violation_and_nothing_is_written(
    tree: Tree, table: Path
) -> None:
    text = table.read_text(encoding="utf-8")
    row = next(line for line in text.split("\n") if line.startswith("Action 4."))
    tree.replace(table, row, row.rsplit("\t", 1)[0] + "\t")
    tree.register(table)
    definition = tree.plan("com-2031-417") / "plan.yaml"
    bodies = row.rsplit("\t", 1)[1]
    assert "Member States" in bodies
    code, _, said = tree.build()
    assert code in {1, 2}
    assert str(table) in said or str(definition) in said
    assert [path.name for path in tree.graphs.rglob("*")] == ["kept.ttl"]


def test_a_date_on_the_cover_that_differs_stops_the_build(tree: Tree) -> None:
    tree.replace(tree.plan() / "plan.yaml", "adopted: 2031-11-21", "adopted: 2031-11-22")
    code, _, said = tree.build()
    assert code == 1
    assert "2031-11-21" in said
    assert "2031-11-22" in said
    assert [path.name for path in tree.graphs.rglob("*")] == ["kept.ttl"]


# ── plan.yaml ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("priority_kind:", "priority_kin:", ("key 'priority_kin'", "'priority_kind'", "line 7")),
        ("    title:", "    titel:", ("key 'editions.0.titel'", "'title'", "line 15")),
        ("footnotes:", "footnots:", ("key 'expected.footnots'", "'footnotes'", "line 19")),
        ("adopted: 2031-11-21", "adopted: autumn", ("key 'adopted'", "'autumn'", "line 8")),
        ("actions: 7", "actions: [7]", ("key 'expected.actions'", "[7]", "line 19")),
        ("name: communication", "name: letter", ("key 'layout.name'", "'letter'", "line 18")),
        ("reference: en", "reference: [en", ("YAML was expected",)),
        ("language: en", "language: fr", ("editions", "'fr'")),
        ("reference: en", "reference: da", ("reference", "'da'")),
    ],
)
def test_a_mistake_in_plan_yaml_names_file_key_and_what_was_found(
    tree: Tree, old: str, new: str, words: tuple[str, ...]
) -> None:
    path = tree.plan() / "plan.yaml"
    tree.replace(path, old, new)
    tree.refused(str(path), *words)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "title: EU roadmap for safe river harbours",
            "title: EU roadmap for safe sea harbours",
            ("title", "'EU roadmap for safe sea harbours'"),
        ),
        (
            "period_in: These actions are to be implemented",
            "period_in: Those actions are to be implemented",
            ("period_in", "'Those actions are"),
        ),
        ("period: 2032 and 2033", "period: 2032 to 2033", ("period", "'2032 to 2033'")),
    ],
)
def test_a_quotation_that_is_not_in_the_source_is_refused(
    tree: Tree, old: str, new: str, words: tuple[str, ...]
) -> None:
    tree.replace(tree.plan() / "plan.yaml", old, new)
    tree.refused("harbour.en.md", *words)


@pytest.mark.parametrize(
    ("key", "old", "found"),
    [
        ("actions", 7, 7),
        ("priorities", 3, 3),
        ("footnotes", 11, 11),
        ("participations", 26, 26),
    ],
)
def test_a_count_that_differs_is_refused_with_both(
    tree: Tree, key: str, old: int, found: int
) -> None:
    path = tree.plan() / "plan.yaml"
    tree.replace(path, f"{key}: {old}", f"{key}: {old + 1}")
    tree.refused(str(path), f"'expected.{key}' expects {old + 1}, found {found}")


def test_a_count_that_the_text_claims_and_does_not_hold_is_refused(
    tree: Tree, source: Path
) -> None:
    tree.replace(source, "sets out 7 actions", "sets out 8 actions")
    tree.register(source)
    tree.refused("plan.yaml", "8 actions", "section 1", "found 7")


def test_an_issuer_that_no_table_knows_is_refused(tree: Tree) -> None:
    tree.replace(tree.plan() / "plan.yaml", "european-commission", "european-comission")
    tree.refused("issuer", "european-comission")


def test_two_plans_of_one_name_are_refused(tree: Tree) -> None:
    shutil.copytree(tree.plan(), tree.plan("com-2031-902-again"))
    tree.refused("com-2031-902")


# ── tables, languages, folders ───────────────────────────────────────────────────────────────


def test_an_identifier_that_stands_twice_in_a_table_is_refused(tree: Tree) -> None:
    path = tree.root / "data" / "authorities" / "actors.yaml"
    row = "- id: europol\n  kind: agency\n  names: {en: {label: Another Europol}}\n"
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    tree.refused(str(path), "'europol' twice")


def test_an_identifier_of_a_plans_own_table_that_exists_already_is_refused(tree: Tree) -> None:
    path = tree.plan() / "authorities" / "actors.yaml"
    row = "- id: europol\n  kind: agency\n  names: {en: {label: Another Europol}}\n"
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    tree.refused(str(path), "'europol'")


def test_a_misspelt_key_of_a_table_is_named_with_its_line(tree: Tree) -> None:
    path = tree.root / "data" / "authorities" / "actors.yaml"
    tree.replace(path, "  source: com-2023-641 action 15", "  sorce: com-2023-641 action 15")
    line = path.read_text(encoding="utf-8").split("  sorce:")[0].count("\n") + 1
    tree.refused(str(path), f"line {line}", "sorce", "'source'")


def test_a_pattern_that_is_none_is_named(tree: Tree) -> None:
    path = tree.root / "data" / "languages" / "en.yaml"
    tree.replace(path, 'periodicity: ["annual"', 'periodicity: ["(annual"')
    tree.refused(str(path), "(annual")


def test_a_missing_language_file_is_named(tree: Tree) -> None:
    (tree.root / "data" / "languages" / "da.yaml").unlink()
    tree.refused("plan.yaml", "'da'", "languages")


def test_a_language_without_any_file_is_named(tree: Tree) -> None:
    shutil.rmtree(tree.root / "data" / "languages")
    tree.refused("languages", "a language file was expected, found none")


def test_a_folder_without_plans_is_named(tree: Tree) -> None:
    shutil.rmtree(tree.root / "data" / "plans")
    said = tree.refused("plans", "found none")
    for command in re.findall(r"'drugpolicy ([a-z-]+)", said):
        assert command in cli.drugpolicy.commands, f"there is no command {command}"


def test_an_ontology_file_that_is_no_turtle_is_named(tree: Tree) -> None:
    path = tree.root / "ontology" / "schemes" / "broken.ttl"
    path.write_text("@prefix dp: <https://x.eu/> .\ndp:a dp:b\n", encoding="utf-8")
    tree.refused("broken.ttl")


def test_a_root_that_does_not_exist_is_named(tree: Tree) -> None:
    code, _, said = tree.run("build", "--root", str(tree.root / "nowhere"))
    assert code == 2
    assert "nowhere" in said
    assert not (tree.root / "nowhere").exists()


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(tree.graphs))

    monkeypatch.setattr("pathlib.Path.write_bytes", refuse)
    code, _, said = tree.build()
    assert code == 2
    assert "Permission denied" in said


def test_reading_a_plan_from_python_raises_what_the_command_says(tree: Tree) -> None:
    knowledge = pipeline.Knowledge(tree.root / "data")
    tree.replace(tree.plan() / "plan.yaml", "actions: 7", "actions: 9")
    with pytest.raises(CountError) as caught:
        pipeline.read_plan(tree.plan(), knowledge)
    assert caught.value.remedy
