from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from drugpolicy_kg import releases
from drugpolicy_kg.errors import ReleaseError
from test_store import TWO_GRAPHS, written

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path, TWO_GRAPHS)


def changed(folder: Path, change: dict[str, Any], graph: dict[str, Any] | None = None) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest.update(change)
    if graph is not None:
        manifest["graphs"][0].update(graph)
    path.write_text(json.dumps(manifest))


def test_whole_folder_is_verified_with_its_counts(folder: Path) -> None:
    manifest = releases.verify(folder)
    assert manifest.triples == 3
    assert [graph.triples for graph in manifest.graphs] == [2, 1]
    assert len(manifest.identity) == 64


def test_same_graphs_have_the_same_identity(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    written(other, TWO_GRAPHS)
    assert releases.read_manifest(folder).identity == releases.read_manifest(other).identity


def test_missing_changed_and_added_files_are_named(folder: Path) -> None:
    (folder / "stray.ttl").write_text("")
    with pytest.raises(ReleaseError, match=r"stray\.ttl: stands in no line"):
        releases.verify(folder)
    (folder / "1.ttl").write_bytes((folder / "1.ttl").read_bytes() + b" ")
    with pytest.raises(ReleaseError, match=r"1\.ttl: is not the file of the manifest"):
        releases.verify(folder)
    (folder / "0.ttl").unlink()
    with pytest.raises(ReleaseError, match=r"0\.ttl: cannot be read"):
        releases.verify(folder)


def test_folder_without_manifest_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"manifest\.json: cannot be read .* drugpolicy build"):
        releases.read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("change", "graph", "message"),
    [
        ({"format": "other"}, None, "key 'format': expected .* found 'other'"),
        ({"graphs": []}, None, "'graphs'"),
        ({"version": 1}, None, "'version'"),
        ({}, {"triples": "3"}, r"graphs\[0\]: key 'triples': expected a number, found '3'"),
        ({}, {"triples": True}, "key 'triples'"),
        ({}, {"file": "../x.ttl"}, "leaves the folder"),
        ({}, {"file": "/etc/passwd"}, "leaves the folder"),
        ({}, {"media_type": "text/plain"}, "key 'media_type'"),
        ({}, {"iri": 3}, "key 'iri': expected text"),
        ({}, {"size": 3}, r"graphs\[0\]: expected the keys"),
        ({}, {"iri": "https://e.example/graph/b"}, "stands in two entries"),
    ],
)
def test_wrong_key_is_named(
    folder: Path, change: dict[str, Any], graph: dict[str, Any] | None, message: str
) -> None:
    changed(folder, change, graph)
    with pytest.raises(ReleaseError, match=message):
        releases.verify(folder)


def test_manifest_that_is_cut_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ReleaseError, match="is not JSON"):
        releases.verify(folder)
