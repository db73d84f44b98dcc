"""Shapes: every rule has its words, and examples that pass and break it in both engines."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from drugpolicy_kg.findings import Severity
from drugpolicy_kg.validation import Engine, Profile, from_folder
from drugpolicy_kg.validation.results import plain
from drugpolicy_kg.vocabulary import DPS_NAMESPACE, ONTOLOGY
from tests.conftest import ROOT
from tests.shapes.examples import invalid, valid
from tests.shapes.graphs import (
    ABOUT,
    FOLDER,
    SHAPES,
    constraints,
    lines,
    names,
    read,
    results,
    shapes,
)

if TYPE_CHECKING:
    from pathlib import Path

RULES = from_folder(SHAPES).rules
EVERY = pytest.mark.parametrize("name", names())
LANGUAGES = {"en", "da"}


def report(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_every_rule_has_its_words_in_both_languages_a_reason_and_a_code_of_its_own() -> None:
    assert len(RULES) > 200
    codes = Counter(rule.code for rule in RULES.values())
    assert [code for code, count in codes.items() if count > 1] == []
    for rule in RULES.values():
        assert re.fullmatch(r"DP-[A-Z]{3}-1\d\d", rule.code), rule
        assert rule.iri.startswith(DPS_NAMESPACE), rule
        assert set(rule.names) == set(rule.messages) == set(rule.remedies) == LANGUAGES, rule
        assert all(text[-1] in ".»" for text in rule.messages.values()), rule
        assert all(rule.rationale), rule
        assert rule.sources, rule
        assert rule.classes, rule
        assert rule.path, rule


def test_no_other_check_has_the_code_of_a_rule_on_shapes() -> None:
    taken = {rule.code for rule in RULES.values()}
    used = {
        code
        for path in (ROOT / "src").rglob("*.py")
        for code in re.findall(r"\bDP-[A-Z]{3}-\d{3}\b", path.read_text(encoding="utf-8"))
        if "validation" not in path.parts and path.name != "findings.py"
    }
    assert used
    assert used & taken == set()


def test_doubt_is_a_warning_and_what_is_wrong_a_violation() -> None:
    warnings = {
        rule.iri.removeprefix(DPS_NAMESPACE)
        for rule in RULES.values()
        if rule.severity is Severity.WARNING
    }
    assert warnings == {
        "Action-hasCode-priority",
        "Citation-cited",
        "Footnote-mark",
        "Indicator-sourced",
        "Participation-participant-named",
        "SourceFile-official",
        "Timetable-within-plan",
    }


def test_the_core_profile_asks_for_no_entry_of_a_table() -> None:
    core = from_folder(SHAPES, Profile.CORE)
    assert 200 < len(core.rules) < len(RULES)
    left_out = {rule.iri for rule in RULES.values()} - set(core.rules)
    assert all("known" in iri or iri.endswith("#Action-involves") for iri in left_out)
    assert left_out
    assert not any(str(triple.object).strip("<>") in left_out for triple in core.triples)


def test_shapes_have_no_blank_node_so_that_they_can_be_published() -> None:
    triples = [triple for path in sorted(SHAPES.glob("*.ttl")) for triple in read(path)]
    assert len(triples) > 2000
    nodes = [term for triple in triples for term in (triple.subject, triple.object)]
    assert not [node for node in nodes if isinstance(node, ox.BlankNode)]


def test_there_is_one_file_for_each_class_and_one_for_evidence() -> None:
    classes = {
        plain(triple.subject).removeprefix(f"{ONTOLOGY}#")
        for triple in read(ROOT / "ontology" / "drugpolicy.ttl")
        if triple.object == ox.NamedNode("http://www.w3.org/2002/07/owl#Class")
    }
    files = {re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower() for name in classes - {"Passage"}}
    assert files | {"evidence", ABOUT} == {path.stem for path in SHAPES.glob("*.ttl")}


@EVERY
def test_the_valid_example_breaks_no_rule_and_shows_every_class(name: str) -> None:
    triples = read(FOLDER / name / "valid.ttl")
    assert lines(name, results(Engine.BULK, name, triples)) == []
    shown = {triple.object for triple in triples if triple.predicate.value.endswith("#type")}
    for rule in shapes(name).rules.values():
        assert shown & {ox.NamedNode(iri) for iri in rule.classes}, rule.code


@EVERY
def test_each_invalid_example_has_its_approved_report(name: str) -> None:
    for rule in shapes(name).rules.values():
        path = FOLDER / name / f"invalid.{rule.code}.ttl"
        found = lines(name, results(Engine.BULK, name, read(path)))
        assert found == report(path.with_suffix(".txt")), path


@EVERY
def test_every_constraint_of_every_rule_has_an_example_that_breaks_it(name: str) -> None:
    for code, parts in constraints(name).items():
        assert parts, code
        rows = [row.split("\t") for row in report(FOLDER / name / f"invalid.{code}.txt")]
        for component in parts:
            case = f"{code}-{component}"
            assert [row for row in rows if row[:2] == [code, component] and case in row[3]], case


@EVERY
def test_no_example_is_left_of_a_rule_that_is_gone(name: str) -> None:
    codes = {rule.code for rule in shapes(name).rules.values()}
    present = {path.name for path in (FOLDER / name).iterdir()}
    assert present == {"valid.ttl"} | {
        f"invalid.{code}.{ending}" for code in codes for ending in ("ttl", "txt")
    }
    assert len(valid(name)) > 0


@EVERY
def test_both_engines_give_the_same_verdicts_on_all_examples(name: str) -> None:
    """All examples of a file at once: their nodes have names of their own."""
    triples = read(FOLDER / name / "valid.ttl").union(
        *(read(FOLDER / name / f"invalid.{code}.ttl") for code in constraints(name))
    )
    reference = results(Engine.REFERENCE, name, triples)
    bulk = results(Engine.BULK, name, triples)
    assert reference
    assert Counter(found.verdict for found in bulk) == Counter(found.verdict for found in reference)


@pytest.mark.parametrize("name", ["action", "participation"])
def test_examples_are_those_that_the_published_graphs_give(name: str) -> None:
    """The two files that change most; `python -m tests.shapes` makes all."""
    assert read(FOLDER / name / "valid.ttl") == valid(name)
    for code in constraints(name):
        assert read(FOLDER / name / f"invalid.{code}.ttl") == invalid(name, code)
