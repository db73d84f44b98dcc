from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drugpolicy_kg import releases
from drugpolicy_kg.errors import ReleaseError
from drugpolicy_kg.store.publication import publish
from tests.test_store import TWO_GRAPHS, A, B, written

if TYPE_CHECKING:
    from collections.abc import Callable


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


def released(folder: Path, root: Path, version: str = "1.0.0") -> Path:
    releases.write_release(version, folder, root, files={"queries/a.rq": b"ASK {}"})
    return root / version


def test_release_is_whole_has_counts_and_a_canonical_hash(folder: Path, tmp_path: Path) -> None:
    target = released(folder, tmp_path / "root")
    manifest = releases.verify(target)
    assert manifest.version == "1.0.0"
    assert (manifest.triples, manifest.is_release) == (3, True)
    quads = [
        b'<e:s> <e:label> "name"@en <https://e.example/graph/b> .\n',
        b"<e:s> <e:p> <e:o> <https://e.example/graph/a> .\n",
        b"<e:s> <e:p> <e:q> <https://e.example/graph/a> .\n",
    ]
    assert manifest.canonical_sha256 == hashlib.sha256(b"".join(quads)).hexdigest()


def test_canonical_hash_is_that_of_the_knowledge_not_of_the_files(tmp_path: Path) -> None:
    hashes = set()
    for number, content in enumerate(("<e:s> <e:p> <e:o> .\n", "<e:s> <e:p>\n  <e:o> .\n")):
        source = tmp_path / str(number)
        source.mkdir()
        written(source, {A: content})
        target = released(source, tmp_path / f"root{number}")
        hashes.add(releases.read_manifest(target).canonical_sha256)
    assert len(hashes) == 1


def test_current_follows_the_last_release_and_stands_for_the_folder(
    folder: Path, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    released(folder, root, "1.0.0")
    released(folder, root, "1.1.0")
    assert (root / "current").readlink() == Path("1.1.0")
    assert releases.verify(root).version == "1.1.0"
    releases.point_current(root, "1.0.0")
    assert releases.locate(root) == root / "1.0.0"
    assert sorted(path.name for path in root.iterdir()) == ["1.0.0", "1.1.0", "current"]


def test_release_never_changes(folder: Path, tmp_path: Path) -> None:
    released(folder, tmp_path / "root")
    with pytest.raises(ReleaseError, match=r"1\.0\.0: exists already, and a release never changes"):
        released(folder, tmp_path / "root")


@pytest.mark.parametrize("version", ["", "current", "../x", "a/b", ".hidden", "x" * 65])
def test_version_that_is_no_folder_name_is_refused(
    folder: Path, tmp_path: Path, version: str
) -> None:
    with pytest.raises(ReleaseError, match="is no version"):
        released(folder, tmp_path / "root", version)
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("file", ["graphs/0.ttl", "graphs/1.ttl", "queries/a.rq", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "remove"])
def test_corrupt_copy_is_refused_with_its_file_named(
    folder: Path, tmp_path: Path, file: str, harm: str
) -> None:
    target = released(folder, tmp_path / "root")
    path = target / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if harm == "remove":
        path.unlink()
    else:
        path.write_bytes(content if harm == "flip" else content[:-2])
    with pytest.raises(ReleaseError, match=Path(file).name.replace(".", r"\.")):
        releases.verify(target)


def test_stray_link_in_a_release_is_refused(folder: Path, tmp_path: Path) -> None:
    target = released(folder, tmp_path / "root")
    (target / "stray").symlink_to("/nowhere")
    with pytest.raises(ReleaseError, match="stray: stands in no line"):
        releases.verify(target)


@pytest.mark.parametrize(
    ("graphs", "message"),
    [
        ({A: "<e:s> <e:p> <e:o> .\n", B: "<e:s> <e:p> <e:o> .\n"}, "both hold <e:s> <e:p> <e:o>"),
        ({A: "<e:s> <e:p> _:b .\n"}, "a blank node has no name"),
        ({A: "<e:s> <e:p> 1 , 2 .\n"}, r"expected 1 triples .* found 2"),
        ({A: "<e:s> <e:p> .\n"}, "cannot be read as text/turtle"),
    ],
    ids=["shared", "blank", "counts", "syntax"],
)
def test_what_cannot_be_released_leaves_nothing_behind(
    tmp_path: Path, graphs: dict[str, str], message: str
) -> None:
    source, root = tmp_path / "source", tmp_path / "root"
    source.mkdir()
    written(source, graphs)
    with pytest.raises(ReleaseError, match=message):
        released(source, root)
    assert list(root.iterdir()) == []


def test_release_is_on_the_disk_before_it_has_its_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    synced: list[tuple[str, bool, bool]] = []
    fsync = os.fsync

    def record(file: int) -> None:
        path = Path(f"/proc/self/fd/{file}").readlink()
        there = (root / "1.0.0").exists(), (root / "current").exists()
        synced.append((path.name, *there))
        fsync(file)

    monkeypatch.setattr(os, "fsync", record)
    released(folder, root)
    before = {name for name, named, _ in synced if not named}
    assert {"0.ttl", "1.ttl", "a.rq", "manifest.json", "graphs", "queries"} <= before
    # Its name is on the disk before `current` says it, and then that is, too.
    assert synced[-2:] == [("root", True, False), ("root", True, True)]


def test_current_is_there_at_any_time_while_it_is_exchanged(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    released(folder, root, "1.0.0")
    seen: list[str] = []

    def watched(call: Callable[..., None]) -> Callable[..., None]:
        def step(*given: Any, **options: Any) -> None:
            seen.append(str((root / "current").readlink()))
            call(*given, **options)
            seen.append(str((root / "current").readlink()))

        return step

    for name in ("symlink", "replace", "rename"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    released(folder, root, "1.1.0")
    assert len(seen) >= 6
    assert (seen[0], seen[-1]) == ("1.0.0", "1.1.0")


def test_disk_that_changes_what_it_is_given_makes_no_release(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def harm(file: int) -> None:
        fsync(file)
        path = Path(f"/proc/self/fd/{file}").readlink()
        if path.name == "1.ttl":
            path.write_bytes(path.read_bytes().replace(b"name", b"nome"))

    monkeypatch.setattr(os, "fsync", harm)
    root = tmp_path / "root"
    with pytest.raises(ReleaseError, match=r"1\.ttl: is not the file of the manifest"):
        released(folder, root)
    assert list(root.iterdir()) == []


def test_same_graphs_and_version_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = released(folder, tmp_path / "a") / "manifest.json"
    second = released(folder, tmp_path / "b") / "manifest.json"
    assert first.read_bytes() == second.read_bytes()


def test_published_queries_have_the_hash_of_their_answer(folder: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "names.rq").write_text(
        "#+ summary: Names?\n#+ columns:\n#+   l: name\nSELECT ?l { ?s <e:label> ?l }\n"
    )
    manifest = publish("2.0.0", folder, tmp_path / "root", queries=queries)
    assert [(answer.file, answer.sha256) for answer in manifest.answers] == [
        ("queries/names.rq", hashlib.sha256(b"l\r\nname\r\n").hexdigest())
    ]
    listed = [other.file for other in releases.verify(tmp_path / "root").files]
    assert listed == ["counts.nt", "queries/names.rq"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            gzip.compress(b"<e:s> <e:p> <e:o> <e:g> .\n", mtime=0),
            "other statements than those of the graphs",
        ),
        (b"plain", "gzip was expected"),
    ],
    ids=["other statements", "no gzip"],
)
def test_dump_that_is_not_what_the_graphs_say_makes_no_release(
    folder: Path, tmp_path: Path, content: bytes, message: str
) -> None:
    files = {"dumps/drugpolicy-kg.nq.gz": content}
    with pytest.raises(ReleaseError, match=message):
        releases.write_release("1.0.0", folder, tmp_path / "root", files=files)
    assert list((tmp_path / "root").iterdir()) == []


@pytest.mark.parametrize("key", ["triples", "canonical_sha256", "files", "answers"])
def test_wrong_key_of_a_release_is_named(folder: Path, tmp_path: Path, key: str) -> None:
    target = released(folder, tmp_path / "root")
    changed(target, {key: 7})
    with pytest.raises(ReleaseError, match=f"key '{key}'"):
        releases.verify(target)
    changed(target, {"triples": 3, "canonical_sha256": "0" * 64, "files": [], "answers": []})
    with pytest.raises(ReleaseError, match="key 'canonical_sha256': expected"):
        releases.verify(target)
