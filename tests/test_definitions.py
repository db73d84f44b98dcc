"""What people write in YAML is checked when it is read, and mistakes are said with their place."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg.definitions import Entry, Language, PlanDefinition, load
from drugpolicy_kg.errors import DefinitionError
from tests.conftest import REAL_PLANS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

PLAN = """\
id: com-2031-1
version: final
number: COM(2031) 1 final
type: communication
issuer: european-commission
priority_kind: priority-area
adopted: 2031-01-02
status: Invented
reference: en
editions:
  - language: en
    file: made.en.md
    sha256: {digest}
    title: A plan
layout: {{name: communication}}
expected: {{priorities: 1, actions: 2}}
""".format(digest="a" * 64)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a plan.yaml that is as expected."""
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def _refused(path: Path, old: str, new: str) -> DefinitionError:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load(path, PlanDefinition)
    assert str(path) in caught.value.message
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_plan_is_read_with_its_types(path: Path) -> None:
    plan = load(path, PlanDefinition)
    assert plan.adopted == datetime.date(2031, 1, 2)
    assert plan.editions[0].language == "en"
    assert (plan.expected.actions, plan.expected.indicators) == (2, 0)
    assert (plan.layout.timetable, plan.layout.sections) == ("action", False)


@pytest.mark.parametrize("name", REAL_PLANS)
def test_the_real_plans_are_as_expected(name: str) -> None:
    plan = load(ROOT / "data" / "plans" / name / "plan.yaml", PlanDefinition)
    assert plan.id == name
    assert plan.editions[0].language == plan.reference


@pytest.mark.parametrize("code", ["en", "da"])
def test_a_language_file_is_named_by_its_code(code: str) -> None:
    language = load(ROOT / "data" / "languages" / f"{code}.yaml", Language)
    assert language.code == code
    assert len(language.dates.months) == 12


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "near"),
    [
        ("priority_kind:", "priority_kin:", 6, "priority_kin", "priority_kind"),
        ("adopted:", "adoptd:", 7, "adoptd", "adopted"),
        ("    sha256:", "    sha265:", 13, "editions.0.sha265", "sha256"),
        (
            "{priorities: 1, actions: 2}",
            "{priorities: 1, acton: 2}",
            16,
            "expected.acton",
            "actions",
        ),
        (
            "{priorities: 1, actions: 2}",
            "{priorities: 1, action: 2}",
            16,
            "expected.action",
            "actions",
        ),
    ],
)
def test_a_misspelt_key_is_named_with_its_line_and_the_right_one(
    path: Path, old: str, new: str, line: int, key: str, near: str
) -> None:
    error = _refused(path, old, new)
    assert f"line {line}: key '{key}' is not known here" in error.message
    assert error.remedy == f"Write '{near}'."


def test_a_key_that_another_definition_has_is_not_proposed_here(path: Path) -> None:
    error = _refused(path, "number:", "identifer: x\nnumber:")
    assert "key 'identifer' is not known here" in error.message
    assert "identifier" not in error.remedy


def test_a_key_that_nothing_resembles_is_to_be_removed(path: Path) -> None:
    assert _refused(path, "number:", "zzzzzz: x\nnumber:").remedy == "Remove the key."


def test_a_missing_key_is_named(path: Path) -> None:
    error = _refused(path, "issuer: european-commission\n", "")
    assert "key 'issuer' was expected, found none" in error.message
    assert error.remedy


def test_a_missing_key_of_an_edition_is_named_with_the_line_of_the_edition(path: Path) -> None:
    error = _refused(path, "    title: A plan\n", "")
    assert "line 11: key 'editions.0.title' was expected" in error.message


@pytest.mark.parametrize(
    ("old", "new", "key", "found"),
    [
        ("adopted: 2031-01-02", "adopted: in spring", "adopted", "'in spring'"),
        ("actions: 2", "actions: many", "expected.actions", "'many'"),
        ("id: com-2031-1", "id: COM 2031", "id", "'COM 2031'"),
        ("name: communication", "name: leaflet", "layout.name", "'leaflet'"),
        ("language: en", "language: English", "editions.0.language", "'English'"),
    ],
)
def test_a_value_of_the_wrong_kind_is_shown(
    path: Path, old: str, new: str, key: str, found: str
) -> None:
    error = _refused(path, old, new)
    assert f"key '{key}' expects otherwise" in error.message
    assert f"found {found}." in error.message


def test_a_digest_that_is_none_is_shown_shortened(path: Path) -> None:
    error = _refused(path, "a" * 64, "x" * 200)
    assert "key 'editions.0.sha256'" in error.message
    assert len(error.message) - len(str(path)) < 200


def test_a_plan_without_editions_is_refused(path: Path) -> None:
    text = PLAN[: PLAN.index("editions:")] + "editions: []\n" + PLAN[PLAN.index("layout:") :]
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match="line 10: key 'editions'"):
        load(path, PlanDefinition)


def test_text_that_is_no_yaml_is_named_with_its_line(path: Path) -> None:
    error = _refused(path, "type: communication", "type: [communication")
    assert ", line " in error.message
    assert "YAML was expected" in error.message


def test_a_key_that_stands_twice_is_refused(path: Path) -> None:
    error = _refused(path, "version: final\n", "version: final\nversion: final-2\n")
    assert "version" in error.message


@pytest.mark.parametrize("content", ["", "# nothing\n", "just words\n", "- a\n- list\n"])
def test_a_file_that_holds_no_keys_is_refused(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load(path, PlanDefinition)
    assert "key ''" not in caught.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"plan\.yaml: a file was expected, found none"):
        load(tmp_path / "plan.yaml", PlanDefinition)


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").mkdir()
    with pytest.raises(DefinitionError, match=r"plan\.yaml"):
        load(tmp_path / "plan.yaml", PlanDefinition)


def test_another_encoding_is_named(path: Path) -> None:
    path.write_bytes(PLAN.replace("A plan", "Én plan").encode("latin-1"))
    with pytest.raises(DefinitionError, match="UTF-8 was expected, found another encoding"):
        load(path, PlanDefinition)


def test_no_definition_is_changed_later(path: Path) -> None:
    plan = load(path, PlanDefinition)
    with pytest.raises(ValueError, match="frozen"):
        plan.version = "draft"


def test_a_table_row_needs_id_kind_and_names(tmp_path: Path) -> None:
    path = tmp_path / "actors.yaml"
    path.write_text("- id: euda\n  names: {en: {label: EUDA}}\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"line 1: key '0\.kind' was expected"):
        load(path, tuple[Entry, ...])
