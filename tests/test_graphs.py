"""Named graphs and the canonical files that hold them."""

from __future__ import annotations

import datetime
import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drugpolicy_kg import graphs
from drugpolicy_kg.errors import DefinitionError, DifferenceError, OutputError
from drugpolicy_kg.graphs import Graph
from drugpolicy_kg.vocabulary import DP, ID, RDF, XSD_NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

IRI = "https://w3id.org/drugpolicy-kg/graph/made"
PLAN = f"{ID}plan/made"
ROWS = st.lists(
    st.tuples(
        st.integers(0, 12).map(lambda number: f"{PLAN}/action/{number}"),
        st.sampled_from([DP.title, DP.number, DP.text, RDF.type]),
        st.sampled_from(["one", "two\nlines", 'a "quotation"', "Ærø", "9", "10"]),
    ),
    max_size=12,
)


def _graph(rows: list[tuple[str, str, str]]) -> Graph:
    graph = Graph(IRI, f"{PLAN}/")
    for subject, predicate, words in rows:
        if predicate == RDF.type:
            graph.type(subject, DP.Action)
        else:
            graph.words(subject, predicate, words, "en")
    return graph


def _files(**content: str) -> dict[str, bytes]:
    return {name.replace("_", "/") + ".ttl": text.encode() for name, text in content.items()}


# ── triples and bytes ────────────────────────────────────────────────────────────────────────


@given(ROWS, st.randoms(use_true_random=False))
def test_the_same_triples_in_any_order_are_the_same_bytes(
    rows: list[tuple[str, str, str]], random: object
) -> None:
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert _graph(mixed + rows[:3]).turtle() == _graph(rows).turtle()


@given(ROWS)
def test_a_file_holds_the_triples_of_its_graph(rows: list[tuple[str, str, str]]) -> None:
    graph = _graph(rows)
    read = ox.parse(graph.turtle(), format=ox.RdfFormat.TURTLE, base_iri=IRI)
    assert {quad.triple for quad in read} == graph.triples


def test_numbers_in_a_path_sort_as_numbers_and_a_thing_stands_before_its_parts() -> None:
    graph = _graph([])
    for end in ("action/10", "action/2/item/1", "action/2", "action"):
        graph.value(f"{PLAN}/{end}", DP.text, end)
    lines = graph.turtle().decode()
    places = [lines.index(f'"{end}"') for end in ("action", "action/2", "action/2/item/1")]
    assert places == sorted(places)
    assert lines.index('"action/2"') < lines.index('"action/10"')


def test_the_type_of_a_thing_stands_first() -> None:
    graph = _graph([])
    graph.value(PLAN, DP.amount, 1)
    graph.type(PLAN, DP.Plan)
    text = graph.turtle().decode()
    assert text.index(" a dp:Plan") < text.index("dp:amount")


def test_a_file_declares_only_the_prefixes_that_it_uses() -> None:
    graph = _graph([])
    graph.value(PLAN, DP.number, 1)
    text = graph.turtle().decode()
    assert "@prefix dp:" in text
    assert "skos:" not in text
    assert "owl:" not in text


@pytest.mark.parametrize(
    ("value", "lexical", "datatype"),
    [
        (7, "7", f"{XSD_NAMESPACE}integer"),
        (True, "true", f"{XSD_NAMESPACE}boolean"),
        (Decimal(2000000), "2000000", f"{XSD_NAMESPACE}decimal"),
        (Decimal("6.40"), "6.4", f"{XSD_NAMESPACE}decimal"),
        (Decimal(0), "0", f"{XSD_NAMESPACE}decimal"),
        (datetime.date(2024, 7, 2), "2024-07-02", f"{XSD_NAMESPACE}date"),
        ("52020DC0606(01)", "52020DC0606(01)", f"{XSD_NAMESPACE}string"),
    ],
)
def test_a_value_is_a_canonical_literal_of_its_datatype(
    value: graphs.Value, lexical: str, datatype: str
) -> None:
    graph = _graph([])
    graph.value(PLAN, DP.amount, value)
    (triple,) = graph.triples
    assert triple.object == ox.Literal(lexical, datatype=ox.NamedNode(datatype))


def test_what_is_absent_states_nothing() -> None:
    graph = _graph([])
    graph.value(PLAN, DP.amount, None)
    graph.value(PLAN, DP.amount, "")
    graph.words(PLAN, DP.title, "", "en")
    graph.link(PLAN, DP.kind, "")
    graph.typed(PLAN, DP.startYear, "", f"{XSD_NAMESPACE}gYear")
    assert graph.triples == set()
    graph.value(PLAN, DP.ongoing, False)  # noqa: FBT003
    graph.value(PLAN, DP.number, 0)
    assert len(graph.triples) == 2


# ── the folder ───────────────────────────────────────────────────────────────────────────────


def test_the_manifest_lists_the_files_by_their_graphs_with_digest_and_count() -> None:
    second, first = Graph(f"{IRI}/b"), Graph(f"{IRI}/a")
    first.value(PLAN, DP.number, 1)
    second.value(PLAN, DP.number, 2)
    second.value(PLAN, DP.number, 3)
    content = graphs.files({"x/second": second, "first": first}, "0.1.0")
    assert set(content) == {"manifest.json", "first.ttl", "x/second.ttl"}
    assert json.loads(content["manifest.json"]) == {
        "format": "drugpolicy-kg graphs 1",
        "version": "0.1.0",
        "graphs": [
            {
                "iri": f"{IRI}/{name[-1]}",
                "file": file,
                "media_type": "text/turtle",
                "sha256": hashlib.sha256(content[file]).hexdigest(),
                "triples": count,
            }
            for name, file, count in (("a", "first.ttl", 1), ("b", "x/second.ttl", 2))
        ],
    }


def test_writing_makes_folders_says_what_changed_and_does_nothing_twice(tmp_path: Path) -> None:
    content = _files(a="1", plan_b="2")
    assert graphs.write(content, tmp_path / "graphs") == ["a.ttl", "plan/b.ttl"]
    assert (tmp_path / "graphs" / "plan" / "b.ttl").read_bytes() == b"2"
    before = (tmp_path / "graphs" / "a.ttl").stat().st_mtime_ns
    assert graphs.write(content, tmp_path / "graphs") == []
    assert (tmp_path / "graphs" / "a.ttl").stat().st_mtime_ns == before


def test_writing_removes_what_is_no_longer_built(tmp_path: Path) -> None:
    graphs.write(_files(a="1", plan_b="2"), tmp_path)
    assert graphs.write(_files(a="1"), tmp_path) == ["plan/b.ttl"]
    assert [path.name for path in tmp_path.rglob("*.ttl")] == ["a.ttl"]


def test_what_a_killed_build_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "a.ttl.new").write_bytes(b"ha")
    graphs.write(_files(a="1"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.ttl"]


def test_a_write_that_fails_leaves_every_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphs.write(_files(a="old a", b="old b"), tmp_path)
    real = type(tmp_path).write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name.startswith("b."):
            real(path, data[:2])
            raise OSError(28, "No space left on device")
        return real(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(type(tmp_path), "write_bytes", full)
        with pytest.raises(OutputError, match="No space"):
            graphs.write(_files(a="new a", b="new b"), tmp_path)
    assert (tmp_path / "b.ttl").read_bytes() == b"old b"
    assert (tmp_path / "a.ttl").read_bytes() == b"old a"


def test_a_check_of_the_same_files_says_nothing_and_writes_nothing(tmp_path: Path) -> None:
    graphs.write(_files(a="1"), tmp_path)
    graphs.check(_files(a="1"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.ttl"]


def test_a_check_names_what_differs_is_missing_and_is_too_much(tmp_path: Path) -> None:
    graphs.write(_files(a="1", b="2", c="3"), tmp_path)
    (tmp_path / "b.ttl").unlink()
    with pytest.raises(DifferenceError) as caught:
        graphs.check(_files(a="changed", b="2"), tmp_path)
    assert "3 files differ" in caught.value.message
    for name in ("a.ttl", "b.ttl", "c.ttl (not built)"):
        assert name in caught.value.message
    assert "drugpolicy build" in caught.value.remedy


def test_a_check_of_a_missing_folder_fails(tmp_path: Path) -> None:
    with pytest.raises(DifferenceError):
        graphs.check(_files(a="1"), tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


# ── graphs together ──────────────────────────────────────────────────────────────────────────


def test_graphs_that_share_no_triple_are_disjoint() -> None:
    one, two = Graph(f"{IRI}/1"), Graph(f"{IRI}/2")
    one.value(PLAN, DP.number, 1)
    two.value(PLAN, DP.number, 2)
    graphs.disjoint([one, two])


def test_a_triple_of_two_graphs_is_refused_with_both_names() -> None:
    one, two = Graph(f"{IRI}/1"), Graph(f"{IRI}/2")
    for graph in (one, two):
        graph.value(PLAN, DP.number, 1)
    with pytest.raises(DifferenceError) as caught:
        graphs.disjoint([one, two])
    assert f"{IRI}/1" in str(caught.value)
    assert f"{IRI}/2" in str(caught.value)


def test_a_link_to_a_thing_of_ours_that_nothing_describes_is_refused() -> None:
    graph = Graph(IRI)
    graph.link(PLAN, DP.issuer, f"{ID}actor/european-comission")
    with pytest.raises(DefinitionError, match="european-comission"):
        graphs.closed([graph])
    other = Graph(f"{IRI}/2")
    other.value(f"{ID}actor/european-comission", DP.code, "x")
    graphs.closed([graph, other])
