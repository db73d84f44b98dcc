"""What a client is told when it gets no answer, whoever is at fault."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from drugpolicy_kg.service import Limits
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.workers.messages import Message
from drugpolicy_kg.service.workers.replies import read_reply
from tests.service.inside import answers
from tests.service.running import Service
from tests.service.test_protocol import problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


LETTERS = ["plain", "two bytes", "four bytes", "quote", "nul"]


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600", '"', "\x00"], ids=LETTERS)
def test_problem_has_at_most_4_kb_whatever_its_letters_take(letter: str) -> None:
    body = Problem(400, f"The query {letter * 5_000}", line=1, column=8).body()
    assert len(body) <= 4_096
    told = json.loads(body)
    assert told["detail"].startswith(f"The query {letter * 90}")
    assert (told["line"], told["column"]) == (1, 8)


@pytest.mark.parametrize("status", [429, 503])
def test_who_may_ask_again_is_told_when_even_if_nobody_thought_of_it(status: int) -> None:
    assert Problem(status, "").headers == {"Retry-After": "1"}
    assert Problem(status, "", retry_after=8.2).headers == {"Retry-After": "9"}
    assert "Retry-After" not in Problem(400, "").headers


@pytest.mark.parametrize(
    ("error", "status", "limit", "advice"),
    [
        ("length", 413, "result_bytes", "LIMIT and OFFSET"),
        ("memory", 503, "memory_bytes", "Ask for less"),
    ],
    ids=["length", "memory"],
)
def test_limit_of_an_answer_is_named_with_what_to_try(
    error: str, status: int, limit: str, advice: str
) -> None:
    with pytest.raises(Problem) as caught:
        read_reply(Message({"error": error}), Limits())
    assert (caught.value.status, caught.value.limit) == (status, limit)
    assert limit in caught.value.detail
    assert advice in caught.value.detail


WORDS = "/srv/releases/secret"


class Broken:
    """Editions with a fault in our own program."""

    served = None
    fault = None

    @property
    def current(self) -> Any:
        raise RuntimeError(WORDS)


@pytest.mark.parametrize("path", ["/queries", "/limits"])
def test_fault_of_ours_is_a_problem_that_tells_nothing_of_it(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    editions: Any = Broken()
    [response] = answers(editions, path)
    told = problem(response, 500)
    assert told["detail"] == "This service has a fault, which its operator is told."
    assert "secret" not in response.text
    [said] = [r for r in caplog.records if r.name.startswith("drugpolicy_kg")]
    assert "RuntimeError" in said.getMessage()
    assert "secret" not in said.getMessage()


FAULTS = f"""
from drugpolicy_kg.service import openapi
from drugpolicy_kg.service.routes import answering
from drugpolicy_kg.service.views import pages
def fail(*_, **__):
    raise RuntimeError({WORDS!r})
async def break_off(send, headers, file, **_):
    await send({{"type": "http.response.start", "status": 200, "headers": headers}})
    await send({{"type": "http.response.body", "body": b"begun", "more_body": True}})
    fail()
openapi.described = pages.queries = fail
answering.send_file = break_off
"""


@pytest.fixture(scope="module")
def faulty(release: Path) -> Iterator[Service]:
    """Yield a service whose own program has faults."""
    running = Service.start(release, before=FAULTS)
    yield running
    running.stop()


@pytest.mark.parametrize("path", ["/queries", "/openapi.json"])
def test_fault_of_ours_is_told_without_its_words_and_keeps_the_connection(
    faulty: Service, path: str
) -> None:
    host, port = faulty.url.removeprefix("http://").split(":")
    with closing(http.client.HTTPConnection(host, int(port), timeout=30)) as connection:
        connection.request("GET", path, headers={"Accept": "text/html"})
        response = connection.getresponse()
        headers = dict(response.getheaders())
        told = httpx.Response(response.status, headers=headers, content=response.read())
        kept = connection.sock
        problem(told, 500)
        connection.request("GET", "/live")
        assert connection.getresponse().status == 200
        assert connection.sock is kept
    assert "RuntimeError" in faulty.errors()
    assert "secret" not in faulty.errors()


def test_fault_within_an_answer_ends_the_connection_without_its_words(faulty: Service) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        faulty.ask("SELECT * { ?s ?p ?o }", format="csv")
    assert "RuntimeError" in faulty.errors()
    assert "secret" not in faulty.errors()


def test_what_is_no_http_is_answered_with_a_problem(service: Service) -> None:
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        received = b""
        while piece := connection.recv(4096):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert status == "HTTP/1.1 400 Bad Request"
    problem(httpx.Response(400, headers=headers, content=body), 400)
