from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from drugpolicy_kg import rdf_input, readers, releases
from drugpolicy_kg.errors import DrugPolicyError
from drugpolicy_kg.service.journal import Journal, Record
from drugpolicy_kg.store.publication import publish
from tests.service.running import (
    GRAPH,
    Service,
    alive,
    is_well,
    plan_graphs,
    within,
    write_graphs,
)
from tests.service.test_safety import RUNAWAY

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLES = "SELECT ?t { ?s <https://w3id.org/drugpolicy-kg/ontology#title> ?t } LIMIT 7"


@pytest.fixture(scope="module")
def own(release: Path) -> Iterator[Service]:
    running = Service.start(release, workers=2)
    yield running
    running.stop()


def test_answer_has_a_tag_and_the_next_asking_gets_304(own: Service) -> None:
    first = own.get("/sparql", params={"query": TITLES})
    tag = first.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    for condition in (tag, f"W/{tag}", f'"other", {tag}'):
        again = own.get("/sparql", params={"query": TITLES}, headers={"If-None-Match": condition})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
        assert "content-length" not in again.headers
    for condition in ("*", '"other"'):
        again = own.get("/sparql", params={"query": TITLES}, headers={"If-None-Match": condition})
        assert again.status_code == 200
        assert again.content == first.content


def test_tag_differs_by_format_dataset_and_query(own: Service) -> None:
    asked: list[dict[str, str]] = [
        {"query": TITLES},
        {"query": TITLES, "format": "csv"},
        {"query": TITLES, "default-graph-uri": f"{GRAPH}plan"},
        {"query": TITLES + " "},
    ]
    tags = [own.get("/sparql", params=params).headers["etag"] for params in asked]
    assert len(set(tags)) == len(asked)


def test_tag_is_the_same_wherever_the_same_release_is_served(release: Path, own: Service) -> None:
    other = Service.start(release)
    try:
        tags = {s.get("/sparql", params={"query": TITLES}).headers["etag"] for s in (own, other)}
        assert len(tags) == 1
    finally:
        other.stop()


def test_304_and_kept_answers_need_no_worker(release: Path) -> None:
    service = Service.start(release, workers=1, limits={"time_seconds": 60.0})

    def run_away() -> None:
        with suppress(httpx.TransportError):
            service.ask(RUNAWAY)

    def from_memory() -> list[int]:
        return [line["status"] for line in service.lines() if line.get("cached")]

    thread = threading.Thread(target=run_away)
    try:
        first = service.get("/sparql", params={"query": TITLES})
        thread.start()
        assert service.is_busy()
        # Who asked the only worker would wait for a minute.
        tag = {"If-None-Match": first.headers["etag"]}
        assert service.get("/sparql", params={"query": TITLES}, headers=tag).status_code == 304
        assert service.get("/sparql", params={"query": TITLES}).content == first.content
        assert within(10, lambda: from_memory() == [304, 200])
    finally:
        service.stop(signal.SIGKILL)
        thread.join()


def test_answer_that_changes_each_time_is_not_kept(own: Service) -> None:
    for call in ("UUID()", "STRUUID()", "RAND()", "NOW()", "rand ( )"):
        query = f"SELECT ({call} AS ?x) {{}}"
        first, second = (own.get("/sparql", params={"query": query}) for _ in range(2))
        assert "etag" not in first.headers
        assert first.headers["cache-control"] == "no-store"
        assert first.text != second.text or "NOW" in call


def test_kept_answers_stay_within_their_room(release: Path) -> None:
    service = Service.start(release, cache_bytes=200_000)
    try:
        for n in range(300):
            query = f"SELECT ?t {{ ?s ?p ?t }} OFFSET {n} LIMIT 10"
            assert service.ask(query).status_code == 200
        assert 0 < service.metric("cache_bytes") <= 200_000
    finally:
        service.stop()


def test_each_request_is_one_line_that_names_nobody(own: Service) -> None:
    secret = "a-name-nobody-should-read"  # noqa: S105 - no password
    own.ask(f'SELECT ?s {{ ?s ?p "{secret}" }}', format="csv")
    own.get("/nothing/" + secret)
    own.ask("SELECT ?s { ?s ?p ?o } LIMIT 5", format="tsv")
    own.ask(RUNAWAY + " # for the log")
    assert within(10, lambda: any(line.get("killed") for line in own.lines()))
    lines = own.lines()
    keys = {"time", "id", "client", "method", "route", "status", "ms", "bytes", "rows", "query"}
    assert all(keys | {"cached", "killed", "release"} == set(line) for line in lines)
    text = json.dumps(lines)
    assert secret not in text
    assert "127.0.0.1" not in text
    assert len({line["id"] for line in lines}) == len(lines)
    killed = [line for line in lines if line["killed"]]
    assert (killed[-1]["killed"], killed[-1]["status"]) == ("time_seconds", 504)
    assert killed[-1]["ms"] >= 900
    five = [line for line in lines if line["rows"] == 5]
    assert five
    assert five[-1]["route"] == "/sparql"
    assert five[-1]["bytes"] > 50


def test_journal_that_nobody_reads_keeps_no_request_waiting() -> None:
    stuck = threading.Event()

    def write(_: str) -> None:
        stuck.wait()

    def record() -> None:
        for _ in range(20_000):
            journal.record(Record("GET", "/", "a"))

    journal = Journal(write)
    journal.start()
    recording = threading.Thread(target=record, daemon=True)
    try:
        recording.start()
        recording.join(60)
        assert not recording.is_alive()
        assert journal.dropped > 0
        journal.close(0.01)
    finally:
        stuck.set()


def test_metrics_are_read_by_the_rules_of_the_text_format(own: Service) -> None:
    own.ask("ASK {} # counted")
    own.ask(RUNAWAY + " # counted")
    response = own.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    seen: dict[str, float] = {}
    typed = set()
    for line in response.text.splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif not line.startswith("#"):
            match = re.fullmatch(r'([a-z_]+)(\{(?:[a-z]+="[^"]*",?)*\})? (\S+)', line)
            assert match is not None, line
            seen[match[1] + (match[2] or "")] = float(match[3])
            family = re.sub(r"_(bucket|sum|count)$", "", match[1])
            assert family in typed or match[1] in typed
    assert seen['drugpolicy_requests_total{route="/sparql",status="200"}'] >= 1
    assert seen['drugpolicy_requests_total{route="/sparql",status="504"}'] >= 1
    assert seen['drugpolicy_kills_total{reason="time"}'] >= 1
    assert seen["drugpolicy_restarts_total"] >= 1
    assert seen["drugpolicy_queue_length"] == seen["drugpolicy_validations_waiting"] == 0
    assert seen['drugpolicy_request_seconds_count{route="/sparql"}'] >= 2
    assert seen["drugpolicy_ready"] == 1
    assert seen["drugpolicy_triples"] == 9000
    buckets = [v for k, v in seen.items() if k.startswith("drugpolicy_request_seconds_bucket{rout")]
    assert buckets
    assert any(key.startswith('drugpolicy_release_info{version="0.0.1",release="') for key in seen)


def test_ready_names_the_release_and_limits_are_complete(own: Service, release: Path) -> None:
    ready = own.get("/ready").json()
    assert ready["release"] == releases.read_manifest(release).identity
    limits = own.get("/limits").json()
    assert {"client_seconds", "client_queries", "sending_bytes", "workers"} <= set(limits)
    description = own.get("/sparql", params={"format": "nt"}).text
    for name in set(limits) - {"workers"}:
        assert f"{own.url}/limits#{name}" in description


def test_service_takes_what_the_readers_take(own: Service) -> None:
    published = own.get("/limits").json()
    with pytest.raises(DrugPolicyError, match=f"at most {published['upload_bytes']:,} bytes"):
        readers.read_bytes("a.txt", b"x" * (published["upload_bytes"] + 1))
    with pytest.raises(DrugPolicyError, match=f"at most {published['upload_bytes']:,} bytes"):
        rdf_input.quads(b"#" * (published["upload_bytes"] + 1), rdf_input.Format.TURTLE, "a.ttl")
    lines = b"".join(b"<a:a><a:b><a:%d>.\n" % n for n in range(published["upload_triples"] + 1))
    with pytest.raises(DrugPolicyError, match=f"at most {published['upload_triples']:,} triples"):
        rdf_input.quads(lines, rdf_input.Format.N_TRIPLES, "a.nt")


def test_wrong_known_answer_is_not_served(release: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    query = TITLES.replace("LIMIT", "ORDER BY ?t LIMIT")
    front = "#+ summary: Titles?\n#+ columns:\n#+   t: title\n"
    (queries / "titles.rq").write_text(front + query + "\n")
    root = tmp_path / "root"
    publish("1", release, root, queries=queries)
    service = Service.start(root)
    assert service.get("/queries/titles.json").status_code == 200
    service.stop()
    path = root / "1" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["answers"][0]["sha256"] = "0" * 64
    path.write_text(json.dumps(manifest))
    with pytest.raises(AssertionError, match="the query titles is not answered as it was"):
        Service.start(root)


def versions(tmp_path: Path, number: int) -> Path:
    """Return a root with a release of as many actions as its version says."""
    root = tmp_path / "root"
    source = write_graphs(tmp_path / f"source{number}", plan_graphs(number))
    publish(str(number), source, root)
    return root


def counted(service: Service) -> int:
    return int(service.get("/ready").json()["triples"])


def test_new_release_is_served_without_a_failed_request(tmp_path: Path) -> None:
    root = versions(tmp_path, 1000)
    service = Service.start(
        None, releases=str(root), workers=3, follow_seconds=0.2, limits={"time_seconds": 10.0}
    )
    try:
        assert counted(service) == 3000
        stop = threading.Event()
        answers: list[tuple[int, str]] = []

        def ask(name: int) -> None:
            n = 0
            with httpx.Client(timeout=30) as client:
                while not stop.is_set():
                    n += 1
                    query = f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }} # {name} {n}"
                    data = {"query": query, "format": "csv"}
                    response = client.post(f"{service.url}/sparql", data=data)
                    answers.append((response.status_code, response.text))

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        most = 0
        for number in (1001, 1002, 1003):
            versions(tmp_path, number)
            end = time.monotonic() + 60
            while counted(service) != 3 * number and time.monotonic() < end:
                # Those that are seen twice were there at one time, however long looking takes.
                most = max(most, len({*service.descendants()} & {*service.descendants()}))
            assert counted(service) == 3 * number
        stop.set()
        for thread in threads:
            thread.join()
        assert {status for status, _ in answers} == {200}, service.errors()
        rows = [int(text.split()[1]) for _, text in answers]
        assert set(rows) == {3000, 3003, 3006, 3009}
        assert len(rows) > 100
        # Two loaders, but never more workers than the memory budget has room for; one that has
        # just ended may be seen beside the one that takes its place.
        assert most <= 2 + 3 + 1
        # The loaders and workers of older releases are gone; of three workers, one has left its
        # memory to former releases, which may be asked for from now on.
        assert within(60, lambda: len(service.descendants()) == 1 + 2), service.descendants()
        assert service.metric("reloads_total") == 3
    finally:
        service.stop()


def test_query_that_runs_while_releases_change_is_answered_by_its_release(tmp_path: Path) -> None:
    root = versions(tmp_path, 100)
    service = Service.start(
        None,
        releases=str(root),
        workers=2,
        follow_seconds=0.1,
        limits={"time_seconds": 60.0},
        client_header="X-Client",
    )
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(service.ask(query, format="csv")))
    try:
        assert within(10, lambda: len(service.loader_and_workers()[1]) == 2)
        # A worker that stands still takes as long as this test wants it to.
        workers = service.loader_and_workers()[1]
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        thread.start()
        assert service.is_busy()
        versions(tmp_path, 101)
        assert within(20, lambda: counted(service) == 303)
        # The same client may run no second query of two workers.
        other = service.ask(query, format="csv", headers={"X-Client": "192.0.2.2"})
        assert other.text.split() == ["n", "303"]
        assert not answers
        for pid in filter(alive, workers):
            os.kill(pid, signal.SIGCONT)
        thread.join()
        assert answers[0].status_code == 200, answers[0].text
        assert answers[0].text.split() == ["n", "300"]
    finally:
        service.stop(signal.SIGKILL)
        thread.join()


def test_release_that_is_not_whole_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    root = versions(tmp_path, 100)
    service = Service.start(None, releases=str(root), follow_seconds=0.1)
    try:
        versions(tmp_path, 101)
        assert within(20, lambda: counted(service) == 303)
        releases.point_current(root, "100")
        assert within(20, lambda: counted(service) == 300)
        # A copy that lost a byte on its way.
        shutil.copytree(root / "101", root / "102")
        file = root / "102" / "graphs" / "plan.nt"
        whole = file.read_bytes()
        file.write_bytes(whole.replace(b"Step 7 ", b"Step 8 "))
        manifest = root / "102" / "manifest.json"
        manifest.write_text(manifest.read_text().replace('"101"', '"102"'))
        releases.point_current(root, "102")
        assert within(20, lambda: service.metric("reload_failures_total") == 1)
        # It is looked at again and again, and said once.
        assert not within(0.5, lambda: service.metric("reload_failures_total") != 1)
        assert counted(service) == 300
        assert is_well(service)
        assert within(
            10, lambda: any("plan.nt" in str(line.get("reason")) for line in service.lines())
        )
        # A manifest that is no text is no reason to stop following.
        shutil.copytree(root / "101", root / "103")
        (root / "103" / "manifest.json").write_bytes(b"\xff\xfe")
        link = root / "link"
        link.symlink_to("103")
        link.replace(root / "current")
        assert within(20, lambda: service.metric("reload_failures_total") == 2)
        releases.point_current(root, "102")
        file.write_bytes(whole)
        service.process.send_signal(signal.SIGHUP)
        assert within(20, lambda: counted(service) == 303)
    finally:
        service.stop()


def test_stop_while_a_release_is_exchanged_leaves_no_process(tmp_path: Path) -> None:
    root = versions(tmp_path, 3000)
    service = Service.start(None, releases=str(root), follow_seconds=0.05)
    below = set(service.descendants())
    versions(tmp_path, 3001)
    # A process of the next release is there.
    assert within(20, lambda: {*service.descendants()} - below)
    below |= {*service.descendants()}
    assert service.stop() == 0
    assert within(10, lambda: not any(alive(pid) for pid in below))


def test_what_is_served_is_said_exactly_once(release: Path) -> None:
    with pytest.raises(AssertionError, match="Exactly one of a release"):
        Service.start(None)
    with pytest.raises(AssertionError, match="Exactly one of a release"):
        Service.start(release, releases=str(release))


def slow_reader(service: Service, path: str) -> socket.socket:
    """Return a connection that asked for a path and reads nothing of it."""
    host, port = service.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return connection


LONG = "/sparql?query=SELECT%20%2A%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20%23"


def test_slow_clients_hold_no_more_answers_than_there_is_room_for(release: Path) -> None:
    service = Service.start(
        release,
        workers=3,
        limits={"sending_bytes": 4_000_000, "sending_seconds": 3.0, "time_seconds": 10.0},
    )
    slow = [slow_reader(service, f"{LONG}{n}") for n in range(8)]
    try:
        assert within(20, lambda: service.metric("sending_bytes") > 2_000_000)
        refused = service.get(f"{LONG}more")
        assert refused.status_code == 503
        assert refused.json()["limit"]["name"] == "sending_bytes"
        assert int(refused.headers["retry-after"]) >= 1
        assert service.metric("sending_bytes") <= 4_000_000
        assert is_well(service)
        # Who takes nothing is cut off, and there is room again.
        assert within(20, lambda: service.metric("sending_bytes") == 0)
        assert service.get(f"{LONG}later").status_code == 200
    finally:
        for connection in slow:
            connection.close()
        service.stop()


def test_client_that_sends_its_request_too_slowly_is_cut_off(release: Path) -> None:
    service = Service.start(release, limits={"header_seconds": 0.5})
    host, port = service.url.removeprefix("http://").split(":")
    try:
        whole = b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n"
        # The last one waits as long as any connection that is kept open.
        for first, most in ((b"", 4), (b"GET /li", 4), (whole + b"GET /live HTTP/1.1\r\n", 30)):
            with socket.create_connection((host, int(port)), timeout=most) as connection:
                connection.sendall(first)
                # One that is not cut off keeps the test waiting until it gives up.
                with suppress(ConnectionResetError):
                    while connection.recv(4096):
                        pass
        with httpx.Client() as client:
            for _ in range(3):
                assert client.get(f"{service.url}/live").status_code == 200
                time.sleep(0.6)
    finally:
        service.stop()


def lives(service: Service) -> bool:
    try:
        return service.get("/live").status_code == 200
    except httpx.TransportError:
        return False


def test_connections_are_bounded(release: Path) -> None:
    # None of them is cut off because it says nothing.
    service = Service.start(release, limits={"connections": 20, "header_seconds": 300.0})
    host, port = service.url.removeprefix("http://").split(":")
    opened = [socket.create_connection((host, int(port)), timeout=10) for _ in range(60)]
    try:
        for connection in opened:
            connection.setblocking(False)  # noqa: FBT003 - the name of the standard library
        assert within(20, lambda: sum(map(is_ended, opened)) >= 40)
        for connection in opened:
            connection.close()
        assert within(20, lambda: lives(service))
    finally:
        for connection in opened:
            connection.close()
        service.stop()


def is_ended(connection: socket.socket) -> bool:
    """Return whether the other side has closed a connection."""
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except ConnectionResetError:
        return True
    except BlockingIOError:
        return False


def test_whole_process_tree_stays_within_the_memory_budget(release: Path) -> None:
    hungry = "SELECT (COUNT(DISTINCT *) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} # {}"
    service = Service.start(
        release, workers=8, memory_budget_bytes=2 << 30, limits={"time_seconds": 4.0}
    )
    try:
        assert service.get("/limits").json()["workers"] == 1
        threads = [threading.Thread(target=service.ask, args=(hungry.format(n),)) for n in range(3)]
        for thread in threads:
            thread.start()
        most = 0
        while any(thread.is_alive() for thread in threads):
            pids = [service.process.pid, *service.descendants()]
            most = max(most, sum(map(resident, pids)))
            time.sleep(0.05)
        assert most < 2 << 30
        assert is_well(service)
    finally:
        service.stop()


def resident(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def test_proxy_that_is_no_network_is_said_in_a_sentence() -> None:
    command = [sys.executable, "-m", "drugpolicy_kg", "serve", "--port", "0", "--proxy", "nowhere"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Write networks, for instance 10.0.0.0/8." in done.stderr
