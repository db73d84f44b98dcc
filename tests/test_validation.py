"""Validation: real plans conform; failures become findings with place and words."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from drugpolicy_kg import validation
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.findings import Place, Severity
from drugpolicy_kg.graphs import Graph
from drugpolicy_kg.vocabulary import DP, ID, SH, SH_NAMESPACE, SHAPES, XSD
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

GRAPHS = ROOT / "data" / "graphs"
ACTION = f"{ID}plan/com-2025-744/action/3"
DANISH = "da"


@cache
def asserted() -> dict[str, Graph]:
    """The published graphs of plans and tables, without what was inferred and without terms."""
    found = {}
    for row in json.loads((GRAPHS / "manifest.json").read_text(encoding="utf-8"))["graphs"]:
        if "plan/" in row["file"] or row["file"] == "authorities.ttl":
            found[row["file"]] = Graph(row["iri"])
            found[row["file"]].parse(GRAPHS / row["file"])
    return found


def plan(name: str) -> list[Graph]:
    return [graph for file, graph in asserted().items() if name in file]


def changed(
    name: str, *, without: tuple[str, str] | None = None, more: Iterable[ox.Triple] = ()
) -> list[Graph]:
    """The graphs of a plan without the values of one property of one node, and with more."""
    result = Graph("urn:x:changed")
    for graph in plan(name):
        result.triples |= {
            triple
            for triple in graph.triples
            if without is None
            or (str(triple.subject), str(triple.predicate))
            != (f"<{without[0]}>", f"<{without[1]}>")
        }
    result.triples |= set(more)
    return [result]


def number(value: int) -> ox.Triple:
    return ox.Triple(ox.NamedNode(ACTION), ox.NamedNode(DP.number), ox.Literal(value))


def test_the_real_plans_have_no_violation_and_their_warnings_are_known() -> None:
    report = validation.validate(asserted().values())
    assert report.violations == 0
    assert [(str(found.place), found.thing, found.code) for found in report.findings] == [
        # "COM/2023/ [exact reference to be included once available]" is what the plan prints.
        ("source/com-2023-641.en.md:56", "com-2023-641, section 2, citation 17", "DP-CIT-109"),
        # The CELEX number of COM(2025) 744 was not confirmed when its plan.yaml was written.
        ("source/com-2025-744.en.md", "edition com-2025-744/final/en/file", "DP-SRC-104"),
    ]
    assert report.checked > 200


def test_the_linked_profile_names_its_tables_and_their_version() -> None:
    linked = validation.validate(plan("com-2025-744"))
    assert {"actors", "places", "modality", "actor-kind"} <= set(linked.tables)
    assert linked.version == "0.1.0"
    core = validation.validate(plan("com-2025-744"), profile=validation.Profile.CORE)
    assert (core.tables, core.version) == ((), "")
    assert 0 < core.checked < linked.checked


def test_a_body_outside_of_the_tables_fails_in_the_linked_profile_alone() -> None:
    node = f"{ACTION}/participation/1"
    stranger = ox.Triple(
        ox.NamedNode(node), ox.NamedNode(DP.participant), ox.NamedNode(f"{ID}actor/nobody")
    )
    graphs = changed("com-2025-744", without=(node, DP.participant), more=[stranger])
    linked = [found for found in validation.validate(graphs).findings if "PRT" in found.code]
    [only] = linked
    assert only.message.startswith("The participant is an actor of the authority tables.")
    assert only.message.endswith("(participant in the tables: actor nobody)")
    core = validation.validate(graphs, profile=validation.Profile.CORE)
    assert [found for found in core.findings if "PRT" in found.code] == []


def test_a_failure_is_told_with_place_quotation_remedy_and_in_danish() -> None:
    graphs = changed("com-2025-744", without=(ACTION, DP.number), more=[number(0)])
    report = validation.validate(graphs)
    [found] = [one for one in report.findings if one.code == "DP-ACT-101"]
    assert found.severity is Severity.VIOLATION
    assert found.thing == "com-2025-744, action 3"
    # Line 97 of the source has "### Action 3: Use Frontex's capabilities …".
    text = (ROOT / "data/plans/com-2025-744/source/com-2025-744.en.md").read_text(encoding="utf-8")
    assert found.place.file == "source/com-2025-744.en.md"
    assert "Action 3" in text.splitlines()[found.place.line - 1]
    assert found.quotation in text
    assert found.message == "An action has one number, a whole number from 1. (number: 0)"
    assert found.remedy == "Write the number of the label, such as 14 for “Action 14”."
    wording = found.wording(DANISH)
    assert wording.message == "En foranstaltning har ét nummer, et helt tal fra 1. (nummer: 0)"
    assert wording.remedy == "Skriv nummeret fra overskriften, f.eks. 14 for »Foranstaltning 14«."


def test_the_report_of_the_w3c_is_turtle_of_the_same_bytes() -> None:
    graphs = changed("com-2025-744", without=(ACTION, DP.number))
    first, second = validation.validate(graphs), validation.validate(graphs)
    assert first.turtle == second.turtle
    store = ox.Store()
    store.load(first.turtle, format=ox.RdfFormat.TURTLE)
    sh = "PREFIX sh: <http://www.w3.org/ns/shacl#> "
    assert not store.query(sh + "ASK { ?report sh:conforms true }")
    shape = ox.NamedNode(f"{SHAPES}#Action-number")
    results = [quad.subject for quad in store.quads_for_pattern(None, None, shape)]
    messages = store.quads_for_pattern(results[0], ox.NamedNode(SH.resultMessage), None)
    assert {str(quad.object).rpartition("@")[2] for quad in messages} == {"en", DANISH}


def test_a_node_without_evidence_has_the_place_that_the_caller_knows() -> None:
    graph = Graph("urn:x:other")
    graph.type("http://example.org/a", DP.Action)
    report = validation.validate([graph], locate=lambda _: Place("mine.ttl", 7))
    assert {str(found.place) for found in report.findings} == {"mine.ttl:7"}
    assert "DP-ACT-101" in {found.code for found in report.findings}


SHAPE = """
@prefix e: <http://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
e:Outer a sh:NodeShape ; sh:targetClass <https://w3id.org/drugpolicy-kg/ontology#Action> ;
  sh:property e:inner .
e:inner a sh:PropertyShape ; sh:path <https://w3id.org/drugpolicy-kg/ontology#hasTimetable> ;
  sh:node e:Timetable .
e:Timetable a sh:NodeShape ; sh:property e:start .
e:start a sh:PropertyShape ; sh:path <https://w3id.org/drugpolicy-kg/ontology#startYear> ;
  sh:minInclusive 2100 ; sh:message "too early"@en , "for tidligt"@da .
"""


def test_shapes_of_others_run_and_a_nested_failure_shows_its_cause() -> None:
    shapes = validation.admit(SHAPE.encode())
    report = validation.validate(plan("com-2025-744"), shapes=shapes)
    assert report.engine is validation.Engine.REFERENCE
    assert len(report.findings) == 19
    cause = report.findings[0].causes[0]
    assert cause.message == "too early (2026)"
    assert cause.thing.endswith("timetable")
    assert cause.wording(DANISH).message == "for tidligt (2026)"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("e:x <http://www.w3.org/2002/07/owl#imports> <http://example.org/> .", "another graph"),
        ('e:x sh:js e:y . e:y sh:jsFunctionName "f" .', "runs JavaScript"),
        ("e:Outer sh:rule e:rule .", "changes the data"),
        (
            'e:q sh:select "SELECT $this { SERVICE <http://127.0.0.1/> { $this ?p ?o } }" .',
            "SERVICE",
        ),
        (
            'e:q sh:select "SELECT $this { \\\\u0053ERVICE <http://127.0.0.1/> { ?s ?p ?o } }" .',
            "SERV",
        ),
        ('e:q sh:ask "ASK FROM <file:///etc/passwd> { ?s ?p ?o }" .', "FROM"),
        ('e:q sh:select "SELECT $this {{{" .', "cannot be read as one"),
        ('e:q sh:select "SELECT $this { $this none:p ?o }" .', "prefix 'none'"),
        ("e:q sh:path", "Turtle was expected"),
    ],
)
def test_shapes_that_would_fetch_run_code_or_are_none_are_refused(line: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        validation.admit((SHAPE + line).encode(), "yours.ttl")


@pytest.mark.parametrize("address", ["{path}", "file://{path}", "http://127.0.0.1:9/shapes.ttl"])
def test_a_short_text_is_never_a_path_or_an_address(tmp_path: Path, address: str) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(SHAPE, encoding="utf-8")
    assert validation.admit(path.read_bytes()).rules
    with pytest.raises(DefinitionError, match="Turtle was expected"):
        validation.admit(address.format(path=path).encode())


def test_words_of_a_query_in_a_comment_or_a_text_are_no_fetch() -> None:
    query = "SELECT $this { $this ?p 'SERVICE' . # FROM here\n }"
    line = f'e:q <http://www.w3.org/ns/shacl#select> """{query}""" .'
    assert validation.admit((SHAPE + line).encode()).rules


def test_a_text_without_shapes_is_refused() -> None:
    with pytest.raises(DefinitionError, match="NodeShape"):
        validation.admit(b"<urn:a> <urn:b> <urn:c> .")


@pytest.mark.parametrize("engine", list(validation.Engine))
def test_a_value_that_is_no_number_is_a_finding_and_no_crash(engine: validation.Engine) -> None:
    graph = Graph("urn:x:odd")
    graph.type(ACTION, DP.Action)
    graph.typed(ACTION, DP.order, "many", XSD.integer)
    report = validation.validate([graph], engine=engine, profile=validation.Profile.CORE)
    assert "DP-FCT-102" in {found.code for found in report.findings}


@pytest.mark.parametrize("target", ["class", "node"])
def test_a_thing_that_is_two_targets_of_a_shape_is_reported_once_by_two_processes(
    target: str,
) -> None:
    data = Graph(f"{ID}test")
    data.type(ACTION, DP.Action, DP.Item)
    shapes = Graph(SHAPES)
    shape, prop = f"{SHAPES}#Numbered", f"{SHAPES}#Numbered-number"
    shapes.type(shape, SH.NodeShape)
    shapes.link(shape, SH.targetClass, DP.Action)
    if target == "class":
        shapes.link(shape, SH.targetClass, DP.Item)
    else:
        shapes.link(shape, f"{SH_NAMESPACE}targetNode", ACTION)
        # Another shape takes the first share, if nothing keeps it for the one of both targets.
        data.type(f"{ACTION}-other", DP.Item)
        shapes.type(f"{SHAPES}#A", SH.NodeShape)
        shapes.link(f"{SHAPES}#A", SH.targetClass, DP.Action, DP.Item)
    shapes.link(shape, SH.property, prop)
    shapes.link(prop, SH.path, DP.number)
    shapes.value(prop, f"{SH_NAMESPACE}minCount", 1)
    for workers in (1, 2):
        results = validation.engines.run(
            validation.Engine.REFERENCE,
            frozenset(data.triples),
            frozenset(shapes.triples),
            workers=workers,
        )
        assert [result.focus for result in results] == [f"<{ACTION}>"]
