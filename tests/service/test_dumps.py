from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from drugpolicy_kg import releases
from tests.service.running import Service, plan_graphs, write_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUMP = gzip.compress(b"<a:s> <a:p> <a:o> <a:g> .\n" * 9_000, mtime=0) + b"\0" * 200_000
TABLE = b"plan,number\r\np,1\r\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("releases")
    graphs = write_graphs(folder / "graphs", plan_graphs(20))
    files = {
        "dumps/all.nq.gz": DUMP,
        "tables/actions.csv": TABLE,
        "tables/csv-metadata.json": b"{}",
    }
    releases.write_release("1.0.0", graphs, folder / "root", files=files, date="2026-12-01")
    return folder / "root"


@pytest.fixture(scope="module")
def served(root: Path) -> Iterator[Service]:
    running = Service.start(None, releases=str(root))
    yield running
    running.stop()


def test_files_are_listed_with_type_size_and_the_digest_of_the_manifest(served: Service) -> None:
    told = served.get("/dumps", headers={"Accept": "application/json"}).json()
    assert told["version"] == "1.0.0"
    rows = {row["name"]: row for row in told["files"]}
    assert set(rows) == {
        "all.nq.gz",
        "counts.nt",
        "graphs/parts.nt",
        "graphs/plan.nt",
        "manifest.json",
        "tables/actions.csv",
        "tables/csv-metadata.json",
    }
    assert rows["all.nq.gz"] == {
        "name": "all.nq.gz",
        "address": "/dumps/all.nq.gz",
        "media_type": "application/gzip",
        "bytes": len(DUMP),
        "sha256": hashlib.sha256(DUMP).hexdigest(),
    }
    for row in rows.values():
        content = served.get(row["address"]).content
        assert (len(content), hashlib.sha256(content).hexdigest()) == (row["bytes"], row["sha256"])
    page = served.get("/dumps", headers={"Accept": "text/html"})
    assert '<a href="/dumps/all.nq.gz">' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_download_goes_on_where_it_stopped(served: Service) -> None:
    whole = served.get("/dumps/all.nq.gz")
    assert whole.headers["accept-ranges"] == "bytes"
    tag = whole.headers["etag"]
    assert tag == f'"{hashlib.sha256(DUMP).hexdigest()}"'
    rest = served.get("/dumps/all.nq.gz", headers={"Range": "bytes=100000-", "If-Range": tag})
    assert rest.status_code == 206
    assert rest.headers["content-range"] == f"bytes 100000-{len(DUMP) - 1}/{len(DUMP)}"
    assert rest.content == DUMP[100_000:]
    changed = served.get("/dumps/all.nq.gz", headers={"Range": "bytes=9-", "If-Range": '"other"'})
    assert (changed.status_code, changed.content) == (200, DUMP)
    beyond = served.get("/dumps/all.nq.gz", headers={"Range": f"bytes={len(DUMP)}-"})
    assert beyond.status_code == 416
    assert beyond.headers["content-type"] == "application/problem+json"
    assert beyond.headers["content-range"] == f"bytes */{len(DUMP)}"
    assert beyond.headers["x-content-type-options"] == "nosniff"
    assert f"{len(DUMP)} bytes" in beyond.json()["detail"]
    last = served.get("/dumps/all.nq.gz", headers={"Range": "bytes=-5"})
    assert last.content == DUMP[-5:]


@pytest.mark.parametrize(
    "given", ["", "rows=0-9", "bytes=abc", "bytes=9-2", "bytes=1-2;3", f"bytes={'9' * 5000}-", "-"]
)
def test_what_is_no_range_of_bytes_is_ignored(served: Service, given: str) -> None:
    whole = served.get("/dumps/all.nq.gz", headers={"Range": given})
    assert (whole.status_code, whole.content) == (200, DUMP)


def test_what_a_client_has_is_not_sent_again(served: Service) -> None:
    first = served.get("/dumps/tables/actions.csv")
    assert first.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert 'rel="describedby"; type="application/csvm+json"' in first.headers["link"]
    again = served.get(
        "/dumps/tables/actions.csv", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    head = httpx.head(f"{served.url}/dumps/tables/actions.csv")
    assert (head.headers["content-length"], head.content) == (str(len(TABLE)), b"")
    assert head.headers["access-control-allow-origin"] == "*"
    assert head.headers["last-modified"] == "Tue, 01 Dec 2026 00:00:00 GMT"


@pytest.mark.parametrize(
    "path",
    [
        "/dumps/../manifest.json",
        "/dumps/%2e%2e/1.0.0/manifest.json",
        "/dumps//etc/passwd",
        "/dumps/graphs",
        "/dumps/all.nq.gz/x",
        "/dumps/none",
    ],
)
def test_nothing_else_can_be_read(served: Service, path: str) -> None:
    response = httpx.request("GET", httpx.URL(served.url + "/").copy_with(raw_path=path.encode()))
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_files_are_read_only(served: Service) -> None:
    response = httpx.put(f"{served.url}/dumps/all.nq.gz", content=b"x")
    assert response.status_code == 405


def test_a_folder_that_is_no_release_has_its_graphs_only(tmp_path: Path) -> None:
    folder = write_graphs(tmp_path / "graphs", plan_graphs(5))
    running = Service.start(folder)
    try:
        told = running.get("/dumps", headers={"Accept": "application/json"}).json()
        assert {row["name"] for row in told["files"]} == {"parts.nt", "plan.nt", "manifest.json"}
        (folder / "plan.nt").unlink()
        gone = running.get("/dumps/plan.nt")
        assert gone.status_code == 503
        assert "no longer there" in json.loads(gone.content)["detail"]
    finally:
        running.stop()
