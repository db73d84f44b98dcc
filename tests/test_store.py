from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest

from drugpolicy_kg.errors import ReleaseError, StoreError
from drugpolicy_kg.store import Dataset, QuerySyntaxError, Question
from drugpolicy_kg.store.description import describe
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import FORMATS, Shape, by_name, of_shape

REPOSITORY_GRAPHS = Path(__file__).parents[1] / "data" / "graphs"
A, B = "https://e.example/graph/a", "https://e.example/graph/b"
TWO_GRAPHS = {
    A: "<e:s> <e:p> <e:o> .\n<e:s> <e:p> <e:q> .\n",
    B: '<e:s> <e:label> "name"@en .\n',
}


def written(folder: Path, graphs: dict[str, str]) -> Path:
    entries = []
    for number, (iri, content) in enumerate(graphs.items()):
        file = folder / f"{number}.ttl"
        file.write_text(content, encoding="utf-8")
        entries.append(
            {
                "iri": iri,
                "file": file.name,
                "media_type": "text/turtle",
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
                "triples": content.count(" .\n"),
            }
        )
    manifest = {"format": "drugpolicy-kg graphs 1", "version": "1", "graphs": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedStore:
    return EmbeddedStore.load(written(tmp_path, TWO_GRAPHS))


def rows(
    store: EmbeddedStore, query: str, *, own: bool = False, dataset: Dataset | None = None
) -> list[str]:
    sink = io.BytesIO()
    store.answer(Question(query, by_name("csv"), own_dataset=own, dataset=dataset), sink)
    return sink.getvalue().decode().splitlines()[1:]


COUNT = "SELECT (COUNT(*) AS ?n) "


def test_default_graph_is_the_union_of_all_graphs(store: EmbeddedStore) -> None:
    assert store.counts == {A: 2, B: 1}
    assert rows(store, COUNT + "{ ?s ?p ?o }") == ["3"]
    assert rows(store, COUNT + "{ <e:s> <e:p> ?o . <e:s> <e:label> ?l }") == ["2"]


def test_named_graphs_are_kept_apart(store: EmbeddedStore) -> None:
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
    assert rows(store, query) == [f"{A},2", f"{B},1"]
    assert rows(store, COUNT + f"{{ GRAPH <{A}> {{ <e:s> <e:p> ?o . <e:s> <e:label> ?l }} }}") == [
        "0"
    ]
    assert rows(store, "SELECT ?g { GRAPH ?g {} } ORDER BY ?g") == [A, B]


def test_from_of_the_query_replaces_the_union(store: EmbeddedStore) -> None:
    assert rows(store, COUNT + f"FROM <{B}> {{ ?s ?p ?o }}", own=True) == ["1"]
    assert rows(store, COUNT + f"FROM NAMED <{B}> {{ ?s ?p ?o }}", own=True) == ["0"]
    assert rows(store, COUNT + f"FROM <{A}> FROM <{B}> {{ ?s ?p ?o }}", own=True) == ["3"]


def test_dataset_of_the_client_replaces_that_of_the_query(store: EmbeddedStore) -> None:
    query = COUNT + f"FROM <{A}> {{ ?s ?p ?o }}"
    assert rows(store, query, own=True, dataset=Dataset(default=(B,))) == ["1"]
    assert rows(store, COUNT + "{ ?s ?p ?o }", dataset=Dataset(named=(A,))) == ["0"]
    assert rows(store, COUNT + "{ GRAPH ?g { ?s ?p ?o } }", dataset=Dataset(named=(A,))) == ["2"]
    both = Dataset(default=(A, B))
    assert rows(store, COUNT + "{ ?s ?p ?o }", dataset=both) == ["3"]


def test_every_format_of_rows_and_of_triples_is_written(store: EmbeddedStore) -> None:
    queries = {Shape.ROWS: "SELECT * { ?s ?p ?o }", Shape.TRIPLES: "DESCRIBE <e:s>"}
    for kind in FORMATS:
        sink = io.BytesIO()
        store.answer(Question(queries[kind.shape], kind), sink)
        assert b"e:s" in sink.getvalue(), kind


def test_format_of_the_other_shape_is_refused(store: EmbeddedStore) -> None:
    with pytest.raises(StoreError, match="rows, which text/turtle cannot hold"):
        store.answer(Question("ASK {}", by_name("turtle")), io.BytesIO())
    with pytest.raises(StoreError, match="triples, which text/csv cannot hold"):
        store.answer(Question("DESCRIBE <e:s>", by_name("csv")), io.BytesIO())


def test_syntax_error_has_its_place(store: EmbeddedStore) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        rows(store, "SELECT *\n{ ?s ?p }")
    assert caught.value.line == 2


def test_update_is_no_query(store: EmbeddedStore) -> None:
    for update in ("INSERT DATA { <e:a> <e:b> <e:c> }", "DROP ALL", "CLEAR DEFAULT"):
        with pytest.raises(QuerySyntaxError):
            rows(store, update)
    assert rows(store, COUNT + "{ ?s ?p ?o }") == ["3"]


def test_graphs_that_share_a_triple_are_refused_by_name(tmp_path: Path) -> None:
    folder = written(tmp_path, {A: "<e:s> <e:p> <e:o> .\n", B: "<e:s> <e:p> <e:o> .\n"})
    with pytest.raises(ReleaseError, match=rf"<{A}> and <{B}> both hold <e:s> <e:p> <e:o>"):
        EmbeddedStore.load(folder)


def test_changed_file_is_refused_by_name(tmp_path: Path) -> None:
    folder = written(tmp_path, TWO_GRAPHS)
    (folder / "1.ttl").write_text('<e:s> <e:label> "other"@en .\n', encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"1\.ttl: is not the file of the manifest"):
        EmbeddedStore.load(folder)


def test_wrong_number_of_triples_is_refused_by_name(tmp_path: Path) -> None:
    folder = written(tmp_path, {A: "<e:s> <e:p> 1 , 2 .\n"})
    with pytest.raises(ReleaseError, match=r"0\.ttl: expected 1 triples .* found 2"):
        EmbeddedStore.load(folder)


def test_file_that_is_no_turtle_is_refused_by_name(tmp_path: Path) -> None:
    folder = written(tmp_path, {A: "<e:s> <e:p> .\n"})
    with pytest.raises(ReleaseError, match=r"0\.ttl: cannot be read as text/turtle"):
        EmbeddedStore.load(folder)


def test_description_lists_graphs_and_formats_in_every_format() -> None:
    written_out = describe({A: 2}, "http://h/", {"time_seconds": 10.0})
    assert set(written_out) == {kind.name for kind in of_shape(Shape.TRIPLES)}
    for text in written_out.values():
        assert A in text
        assert "SPARQL_Results_JSON" in text
        assert "UnionDefaultGraph" in text
        assert "http://h/limits#time_seconds" in text


def test_unknown_format_name_is_refused() -> None:
    with pytest.raises(StoreError, match="'png' is not known"):
        by_name("png")


def test_graphs_of_the_repository_can_be_served() -> None:
    store = EmbeddedStore.load(REPOSITORY_GRAPHS)
    total = sum(store.counts.values())
    assert total > 0
    assert rows(store, COUNT + "{ ?s ?p ?o }") == [str(total)]
    assert rows(store, COUNT + "{ GRAPH ?g { ?s ?p ?o } }") == [str(total)]
