from __future__ import annotations

import gzip
import http.client
import os
import signal
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from drugpolicy_kg.service.workers import memory
from tests.service import running
from tests.service.running import Service, alive, parent_of, plan_graphs, within, write_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKER = "tests.service.checker"
TEXT = {"Content-Type": "text/plain"}
SECONDS = 2.0
#: How the kernel names a file that is in memory only.
IN_MEMORY = "/memfd:"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_graphs(tmp_path_factory.mktemp("small"), plan_graphs(10))


@pytest.fixture(scope="module")
def service(release: Path) -> Iterator[Service]:
    started = start(release)
    first(started)
    yield started
    started.stop()


def start(release: Path, **limits: float) -> Service:
    more = {"validation_seconds": SECONDS, "result_bytes": 500_000, "time_seconds": 5.0, **limits}
    return Service.start(release, workers=1, limits=more, validation_program=CHECKER)


def post(service: Service, content: bytes, **options: Any) -> httpx.Response:
    """Send a document as the body; keywords are those of httpx."""
    options.setdefault("headers", TEXT)
    return httpx.post(f"{service.url}/validate", content=content, timeout=60, **options)


def first(service: Service, headers: dict[str, str] = TEXT) -> httpx.Response:
    """Return the answer to a first document, once a busy service has a process for it."""
    for _ in range(10):
        response = post(service, b"hello", headers=headers)
        if response.status_code != 503:
            break
    return response


def is_well(service: Service) -> bool:
    """Return whether queries are answered in time, and a plain document at the second asking."""
    asked = running.is_well(service)
    return asked and any(post(service, b"hello").status_code == 200 for _ in range(2))


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return a problem after looking at what every problem is."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) <= 4096
    assert "Traceback" not in response.text
    told: dict[str, Any] = response.json()
    return told


def test_document_is_taken_as_the_body_with_its_media_type(service: Service) -> None:
    response = post(
        service,
        "# Plån\n".encode(),
        headers={"Content-Type": "text/markdown; charset=UTF-8"},
        params={"name": "plan.md", "lang": "da", "profile": "linked"},
    )
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["access-control-allow-origin"] == "*"
    told = response.json()
    assert told["name"] == "plan.md"
    assert told["media_type"] == "text/markdown"
    assert told["content"] == "# Plån\n"
    assert told["shapes"] is None
    assert told["parameters"] == {
        "format": "json",
        "lang": "da",
        "name": "plan.md",
        "profile": "linked",
    }


def test_document_without_a_name_gets_the_ending_of_its_type(service: Service) -> None:
    response = post(service, b"x", headers={"Content-Type": "application/pdf"})
    assert response.json()["name"] == "document.pdf"


def test_form_brings_document_shapes_and_wishes(service: Service) -> None:
    response = httpx.post(
        f"{service.url}/validate",
        files={
            "data": ("C:\\plans\\my plan.ttl", b"<a:s> <a:p> 1 .", "application/octet-stream"),
            "shapes": ("s.ttl", b"[] a <a:Shape> .", "text/turtle"),
        },
        data={"lang": "da", "format": "csv"},
        headers={"Accept": "text/html"},
        timeout=60,
    )
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    told = response.json()
    assert told["name"] == "my plan.ttl"
    assert told["media_type"] == "text/turtle"
    assert told["shapes"] == "[] a <a:Shape> ."
    assert told["parameters"] == {"format": "csv", "lang": "da"}


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("text/html", "text/html; charset=utf-8"),
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/sarif+json", "application/sarif+json"),
        ("text/html;q=0.2, application/sarif+json;q=0.9", "application/sarif+json"),
    ],
)
def test_report_comes_in_the_format_that_is_accepted(
    service: Service, accept: str, content_type: str
) -> None:
    response = post(service, b"x", headers={**TEXT, "Accept": accept})
    assert response.headers["content-type"] == content_type
    if "html" in content_type:
        assert "style-src 'none'" in response.headers["content-security-policy"]


def test_format_that_no_report_has_is_not_acceptable(service: Service) -> None:
    assert "Available" in problem(post(service, b"x", params={"format": "docx"}), 406)["detail"]
    response = httpx.post(
        f"{service.url}/validate", files={"data": ("a.txt", b"x")}, data={"format": "docx"}
    )
    assert "A report is one of" in problem(response, 406)["detail"]


def test_style_that_a_taken_over_worker_asks_for_is_not_allowed(service: Service) -> None:
    problem(post(service, b"style", headers={**TEXT, "Accept": "text/html"}), 503)


def test_form_page_is_there_for_people(service: Service) -> None:
    response = service.get("/validate")
    assert response.status_code == 200
    assert 'enctype="multipart/form-data"' in response.text
    assert "unsafe" not in response.headers["content-security-policy"]
    head = httpx.head(f"{service.url}/validate")
    assert (head.status_code, head.content) == (200, b"")
    options = httpx.options(f"{service.url}/validate")
    assert options.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    refused = httpx.put(f"{service.url}/validate", content=b"x")
    assert refused.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    problem(refused, 405)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "x-unknown"])
def test_packed_body_is_refused(service: Service, encoding: str) -> None:
    content = gzip.compress(b"x" * 100_000_000)
    told = problem(post(service, content, headers={**TEXT, "Content-Encoding": encoding}), 415)
    assert "send it plain" in told["detail"]


@pytest.mark.parametrize(
    "media_type",
    ["application/zip", "image/png", "text/xml", "application/octet-stream", "", "nonsense", "a/b"],
)
def test_media_type_outside_of_the_list_is_refused(service: Service, media_type: str) -> None:
    told = problem(post(service, b"x", headers={"Content-Type": media_type}), 415)
    assert "text/turtle" in told["detail"]


def test_other_charset_is_refused(service: Service) -> None:
    problem(post(service, b"x", headers={"Content-Type": "text/plain; charset=utf-16"}), 415)


@pytest.mark.parametrize(
    "params",
    [{"name": ["a.txt", "b.txt"]}, {"base": "http://e.example/"}, {"lang": ["en", "en"]}],
)
def test_parameter_that_is_unknown_or_given_twice_is_refused(
    service: Service, params: dict[str, Any]
) -> None:
    assert "The parameter" in problem(post(service, b"x", params=params), 400)["detail"]


FORM = 'multipart/form-data; boundary="b"'
PART = b'--b\r\nContent-Disposition: form-data; name="data"; filename="a.txt"\r\n\r\nx\r\n'


@pytest.mark.parametrize(
    ("content_type", "content", "said"),
    [
        ("multipart/form-data", PART + b"--b--\r\n", "no boundary"),
        ('multipart/form-data; boundary="' + "b" * 71 + '"', b"", "no boundary"),
        (FORM, b"", "no end"),
        (FORM, PART, "no end"),
        (FORM, b"x" * 5_000, "cannot be read"),
        (FORM, PART + PART + b"--b--\r\n", "given twice"),
        (FORM, PART.replace(b'"data"', b'"other"') + b"--b--\r\n", "expected are"),
        (FORM, PART.replace(b'"data"', b'"shapes"') + b"--b--\r\n", "no file called data"),
        (FORM, PART.replace(b"\r\n\r\nx", b"\r\n\r\n") + b"--b--\r\n", "empty"),
        (FORM, PART.replace(b'"data"', b'"lang"') * 40 + b"--b--\r\n", "more than 16 parts"),
        (FORM, b"--b\r\n" + b"X-A: y\r\n" * 40 + b"\r\nx\r\n--b--\r\n", "cannot be read"),
        ("text/plain", b"", "empty"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[:30],
)
def test_form_that_is_none_is_refused_with_a_reason(
    service: Service, content_type: str, content: bytes, said: str
) -> None:
    told = problem(post(service, content, headers={"Content-Type": content_type}), 400)
    assert said in told["detail"]


def test_unknown_ending_in_a_form_is_refused(service: Service) -> None:
    file = ("plan.exe", b"MZ", "application/octet-stream")
    response = httpx.post(f"{service.url}/validate", files={"data": file}, timeout=60)
    assert "octet-stream is not taken" in problem(response, 415)["detail"]


def test_fault_in_a_document_is_told_with_its_line(service: Service) -> None:
    told = problem(post(service, b"fault"), 400)
    assert told["detail"] == "plan.txt: a title was expected. Add it."
    assert (told["line"], told["column"]) == (3, 7)


def test_limit_that_a_document_meets_is_named(service: Service) -> None:
    told = problem(post(service, b"many"), 413)
    assert told["limit"] == {"name": "upload_triples", "value": 5, "unit": "triples"}


def test_body_beyond_the_limit_is_refused_however_it_is_sent(release: Path) -> None:
    service = start(release, upload_bytes=1_000_000)
    try:
        assert first(service).status_code == 200
        assert post(service, b"x" * 1_000_000).json()["length"] == 1_000_000
        stated = post(service, b"x" * 1_000_001)
        assert problem(stated, 413)["limit"]["name"] == "upload_bytes"
        host, port = service.url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        try:
            pieces = iter([b"x" * 300_000] * 5)
            connection.request("POST", "/validate", pieces, TEXT, encode_chunked=True)
            assert connection.getresponse().status == 413
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all of it was sent
        finally:
            connection.close()
        assert is_well(service)
    finally:
        service.stop()


def test_body_that_comes_too_slowly_is_refused(release: Path) -> None:
    service = start(release, validation_seconds=1.0)
    try:
        host, port = service.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(
                b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                b"Content-Length: 100\r\n\r\nx"
            )
            assert b" 408 " in connection.recv(100)
    finally:
        service.stop()


def test_report_beyond_the_limit_is_no_plain_200(service: Service) -> None:
    assert problem(post(service, b"long"), 413)["limit"]["name"] == "result_bytes"


def test_endless_validation_is_ended_at_its_limit_and_the_next_is_reported_on(
    service: Service,
) -> None:
    assert is_well(service)
    began = time.monotonic()
    response = post(service, b"spin")
    took = time.monotonic() - began
    told = problem(response, 504)
    assert told["limit"] == {"name": "validation_seconds", "value": SECONDS, "unit": "s"}
    assert int(response.headers["retry-after"]) >= 1
    # Queueing included; the machine of a test has other things to do.
    assert took < 2 * SECONDS
    assert is_well(service)


def test_worker_that_hears_no_alarm_is_ended_at_the_limit(release: Path) -> None:
    service = start(release, validation_seconds=1.0)
    try:
        assert is_well(service)
        response = httpx.post(f"{service.url}/validate", content=b"deaf", headers=TEXT, timeout=8)
        assert problem(response, 504)["limit"]["name"] == "validation_seconds"
        assert is_well(service)
    finally:
        service.stop(signal.SIGKILL)


def test_worker_for_documents_is_replaced_at_once(release: Path) -> None:
    service = start(release)
    try:
        assert is_well(service)
        [worker] = validators(service)
        assert post(service, b"crash").status_code == 503
        assert within(20, lambda: len(validators(service)) == 1)
        assert validators(service) != [worker]
        assert is_well(service)
    finally:
        service.stop()


def validators(service: Service) -> list[int]:
    """Return the workers below the process that was started for documents."""
    below = service.descendants()
    loaders = [pid for pid in below if parent_of(pid) == service.process.pid]
    [loader] = [pid for pid in loaders if CHECKER in Path(f"/proc/{pid}/cmdline").read_text()]
    return [pid for pid in below if parent_of(pid) == loader]


def test_worker_that_is_not_confined_gets_no_document(release: Path) -> None:
    service = Service.start(release, workers=1, validation_program="tests.service.unconfined")
    try:
        told = problem(post(service, b"read"), 503)
        assert "cannot be validated here" in told["detail"]
    finally:
        service.stop()


@pytest.mark.parametrize(("content", "status"), [(b"crash", 503), (b"deep", 400)])
def test_document_that_breaks_its_worker_breaks_nothing_else(
    service: Service, content: bytes, status: int
) -> None:
    response = post(service, content)
    assert response.status_code == status, response.text
    assert is_well(service)
    assert service.ask(f"ASK {{}} # {time.monotonic()}").status_code == 200


def test_fault_of_our_own_code_is_told_apart_from_a_limit(release: Path) -> None:
    service = start(release)
    try:
        assert first(service).status_code == 200
        response = post(service, b"stumble secret-word")
        told = problem(response, 503)
        assert "limit" not in told
        assert "fault of this service" in told["detail"]
        assert "Try again" in told["detail"]
        assert int(response.headers["retry-after"]) >= 1
        assert "KeyError in checker.py, line " in service.errors()
        assert "secret-word" not in service.errors()
        metrics = service.get("/metrics").text
        assert 'validation_kills_total{reason="exception"} 1' in metrics
        assert 'reason="memory"' not in metrics
        assert within(10, lambda: [x for x in service.lines() if x.get("killed") == "exception"])
        assert is_well(service)
    finally:
        service.stop()


def test_worker_that_leaves_without_an_answer_met_no_limit(service: Service) -> None:
    told = problem(post(service, b"leave"), 503)
    assert "limit" not in told
    assert "fault of this service" in told["detail"]
    assert is_well(service)


def test_memory_of_a_validation_is_bounded(release: Path) -> None:
    service = start(release, validation_bytes=800_000_000, validation_seconds=20.0)
    try:
        response = post(service, b"grow")
        assert problem(response, 503)["limit"]["name"] == "validation_bytes"
        assert int(response.headers["retry-after"]) >= 1
        assert is_well(service)
    finally:
        service.stop()


def test_validation_gives_way_before_all_processes_hold_more_than_the_budget(
    release: Path,
) -> None:
    service = Service.start(
        release,
        workers=1,
        limits={"validation_seconds": 10.0, "time_seconds": 5.0},
        validation_program=CHECKER,
        memory_budget_bytes=700_000_000,
    )
    try:
        assert is_well(service)
        # Within the limit of its own process, beyond what all may hold together.
        response = post(service, b"hold 600000000")
        assert problem(response, 503)["limit"]["name"] == "memory_budget_bytes"
        assert is_well(service)
        assert post(service, b"hold 1\n").status_code == 504
    finally:
        service.stop()


def test_memory_counts_a_process_and_what_is_below_it() -> None:
    before = memory.held(os.getpid())
    pid = os.fork()
    if pid == 0:
        kept = bytearray(b"x" * 50_000_000)
        time.sleep(60 if kept else 0)
        os._exit(0)
    try:
        assert within(20, lambda: memory.held(os.getpid()) > before + 45_000_000)
        assert pid in memory.tree(os.getpid())
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


@pytest.mark.parametrize("command", ["read", "write", "connect"])
def test_validation_reads_no_file_writes_none_and_opens_no_connection(
    service: Service, command: str
) -> None:
    response = post(service, command.encode())
    assert "none is ever opened" in problem(response, 400)["detail"]
    assert not Path("never-written").exists()
    assert "hostname" not in response.text
    assert is_well(service)


def test_nothing_of_an_upload_is_left_on_disk_or_in_the_log(service: Service) -> None:
    secret = b"the-secret-of-this-plan"

    def noted() -> int:
        return sum(line.get("route") == "/validate" for line in service.lines())

    def answered() -> float:
        return service.metric('request_seconds_count{route="/validate"}')

    assert post(service, b"hello").status_code == 200
    assert within(10, lambda: noted() == answered() > 0)
    before = noted()
    assert post(service, secret).json()["content"] == secret.decode()
    assert names_opened(service)
    # Files in memory and deleted ones are there only while a document is checked.
    assert within(10, lambda: not [name for name in names_opened(service) if "deleted" in name])
    assert within(10, lambda: noted() > before)
    assert secret.decode() not in service.log.read_text()
    assert secret.decode() not in service.errors()
    [line, *_] = [line for line in reversed(service.lines()) if line.get("route") == "/validate"]
    assert line["query"] is None


def test_upload_is_in_memory_while_it_is_checked_and_nowhere_afterwards(
    release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    service = start(release)
    try:
        assert first(service).status_code == 200
        checking = threading.Thread(target=post, args=(service, b"spin"))
        names: list[str] = []

        def is_held() -> bool:
            names[:] = [name for pid in service.descendants() for name in opened(pid)]
            return any(name.startswith(IN_MEMORY) for name in names)

        checking.start()
        held = within(10, is_held)
        checking.join()
        # The document that is checked is in memory, and the only file is what tells of errors.
        assert held
        files = [name for name in names if name.startswith("/") and IN_MEMORY not in name]
        assert {name for name in files if not name.startswith("/dev/")} == {
            str(service.log.with_name("errors"))
        }
        assert list(tmp_path.iterdir()) == []
    finally:
        service.stop()


def names_opened(service: Service) -> list[str]:
    """Return what all processes of a service have opened."""
    pids = (service.process.pid, *service.descendants())
    return [name for pid in pids for name in opened(pid)]


def is_checking(service: Service) -> bool:
    """Return whether a document arrives soon where it is checked: a file in memory holds it."""
    workers = validators(service)
    return within(20, lambda: any(n.startswith(IN_MEMORY) for pid in workers for n in opened(pid)))


def opened(pid: int) -> Iterator[str]:
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield str(link.readlink())
        except OSError:
            continue


def test_client_that_hangs_up_ends_the_validation(release: Path) -> None:
    service = start(release, validation_seconds=300.0)
    try:
        assert is_well(service)
        [worker] = validators(service)
        head = "POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
        host, port = service.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(f"{head}Content-Length: 4\r\n\r\nspin".encode())
            assert is_checking(service)
        assert within(20, lambda: not alive(worker))
        assert is_well(service)
    finally:
        service.stop(signal.SIGKILL)


def test_one_client_has_few_documents_here_and_others_are_served(release: Path) -> None:
    service = Service.start(
        release,
        workers=1,
        limits={"validation_seconds": 3.0, "client_uploads": 2, "time_seconds": 5.0},
        validation_program=CHECKER,
        client_header="X-Client",
    )
    answers: list[httpx.Response] = []

    def send() -> None:
        answers.append(post(service, b"spin", headers={**TEXT, "X-Client": "192.0.2.1"}))

    try:
        assert is_well(service)
        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        # Two of the four were refused, one is checked, and one waits.
        assert within(10, lambda: len(answers) == 2 and service.metric("validations_waiting") == 1)
        # Whose turn is next is told by what each of them has taken; who waited for as long as one
        # may is told to come again.
        polite = first(service, {**TEXT, "X-Client": "192.0.2.2"})
        for thread in threads:
            thread.join()
        assert polite.status_code == 200, polite.text
        assert [answer.status_code for answer in answers].count(429) == 2
        for answer in answers:
            if answer.status_code in {429, 503}:
                assert int(answer.headers["retry-after"]) >= 1
    finally:
        service.stop()


def test_queries_are_answered_while_documents_are_checked(service: Service) -> None:
    assert is_well(service)
    checking = threading.Thread(target=post, args=(service, b"spin"))
    checking.start()
    assert is_checking(service)
    assert service.ask(f"ASK {{}} # {time.monotonic()}").status_code == 200
    assert service.get("/live").status_code == 200
    checking.join()


def test_stop_reports_on_what_is_in_flight_and_leaves_no_process(release: Path) -> None:
    service = start(release)
    assert is_well(service)
    below = service.descendants()
    assert len(below) == 4
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(post(service, b"spin")))
    thread.start()
    assert is_checking(service)
    assert service.stop() == 0
    thread.join()
    assert answers[0].status_code == 504, answers[0].text
    assert not any(alive(pid) for pid in below)


def test_process_for_documents_is_started_when_the_first_one_comes(release: Path) -> None:
    service = start(release)
    try:
        assert len(service.descendants()) == 2
        assert first(service).status_code == 200
        assert len(service.descendants()) == 4
    finally:
        service.stop()


def test_process_for_documents_is_started_with_the_service(release: Path) -> None:
    service = Service.start(release, workers=1, validation_program=CHECKER, validation_early=True)
    try:
        assert within(30, lambda: len(service.descendants()) == 4)
        before = set(service.descendants())
        assert post(service, b"hello").status_code == 200
        assert set(service.descendants()) == before
    finally:
        service.stop()


def test_process_for_documents_waits_for_one_where_memory_has_no_room(release: Path) -> None:
    service = Service.start(
        release,
        workers=1,
        validation_program=CHECKER,
        validation_early=True,
        memory_budget_bytes=450_000_000,
    )
    try:
        assert within(30, lambda: events(service))
        assert "no room in the budget of 429 MiB" in events(service)[0]
        assert len(service.descendants()) == 2
        assert post(service, b"hello").status_code == 200
        assert len(service.descendants()) == 4
    finally:
        service.stop()


def test_service_is_ready_although_documents_cannot_be_checked(release: Path) -> None:
    service = Service.start(
        release, workers=1, validation_program="tests.service.none_such", validation_early=True
    )
    try:
        assert service.get("/ready").status_code == 200
        assert within(30, lambda: events(service))
        assert service.get("/ready").status_code == 200
    finally:
        service.stop()


def events(service: Service) -> list[str]:
    """Return why validation was not started, as the log has it."""
    lines = service.lines()
    return [x["reason"] for x in lines if x.get("event") == "validation not started"]


def test_checker_that_cannot_start_is_a_word_and_no_crash(release: Path) -> None:
    service = Service.start(release, workers=1, validation_program="tests.service.none_such")
    try:
        for _ in range(2):
            response = post(service, b"hello")
            assert "try again later" in problem(response, 503)["detail"]
        assert service.ask("ASK {}").status_code == 200
    finally:
        service.stop()


def test_document_waits_no_longer_for_its_process_than_a_check_may_take(release: Path) -> None:
    service = Service.start(
        release,
        workers=1,
        limits={"validation_seconds": 1.0},
        validation_program="tests.service.sleeper",
        before="from drugpolicy_kg.service import validating\nvalidating.START_SECONDS = 6.0\n",
    )
    before = set(service.descendants())
    try:
        began = time.monotonic()
        response = httpx.post(
            f"{service.url}/validate",
            content=b"A plan.",
            headers={"Content-Type": "text/plain"},
            timeout=8,
        )
        assert response.status_code == 503, response.text
        assert "cannot be validated here now" in response.json()["detail"]
        assert int(response.headers["retry-after"]) > 0
        assert time.monotonic() - began < 4
        # What hung is ended, so that the next document may find one that does not.
        assert within(30, lambda: set(service.descendants()) == before)
    finally:
        service.stop()


def test_process_that_cannot_be_started_leaves_none_behind(release: Path) -> None:
    service = Service.start(release, workers=1, validation_program="tests.service.unconfined")
    try:
        before = set(service.descendants())
        for _ in range(2):
            assert post(service, b"hello").status_code == 503
        assert within(10, lambda: set(service.descendants()) == before)
    finally:
        service.stop()
