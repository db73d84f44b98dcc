from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drugpolicy_kg import resources
from tests.benchmarks.servers import Server, start_ours

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE: Final = (
    "",
    "0",
    "-1",
    "null",
    "true",
    "' OR 1=1",
    '" } DROP ALL #',
    "../../etc/passwd",
    "%00",
    "%ff",
    "en",
    "com-2023-641",
    "<script>",
    "1e999",
    "𝟙",
    "a" * 3_000,
)
MEDIA_TYPES: Final = ("*/*", "text/html", "text/csv", "application/json", "a/b", ";;q=x", "")
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
values = st.sampled_from(HOSTILE) | st.text(max_size=40)
NAMES: Final = ("query", "format", "plan", "lang", "default-graph-uri", "graph", "limit", "x")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("requests") / "log"
    with start_ours(
        release=resources.graphs(),
        queries=resources.public_queries(),
        log=log,
        limits={"client_seconds": 100_000.0},
    ) as server:
        yield server


@pytest.fixture(scope="module")
def paths(service: Server) -> list[tuple[str, list[str]]]:
    """The paths of the interface as OpenAPI lists them, with the names of their parameters."""
    document: dict[str, Any] = httpx.get(f"{service.url}/openapi.json").json()
    found = []
    for path, operations in document["paths"].items():
        names = {
            parameter["name"]
            for operation in operations.values()
            if isinstance(operation, dict)
            for parameter in operation.get("parameters", ())
        }
        found.append((path, sorted(names)))
    assert len(found) > 5
    return found


def is_in_order(response: httpx.Response) -> None:
    """A request is answered or refused with a word; it never breaks anything."""
    told = f"{response.request.method} {response.request.url}: {response.text[:300]}"
    assert response.status_code < 500 or "retry-after" in response.headers, told
    assert "Traceback" not in response.text, told
    assert response.headers["x-content-type-options"] == "nosniff", told
    if response.status_code >= 400 and response.request.method != "HEAD":
        assert len(response.content) <= 4096, told


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_request_to_the_interface_breaks_it(
    service: Server, paths: list[tuple[str, list[str]]], data: st.DataObject
) -> None:
    path, names = data.draw(st.sampled_from([*paths, ("/sparql", []), ("/{any}", [])]))
    filled = re.sub(
        r"\{\w+(?::\w+)?\}",
        lambda _: httpx.QueryParams({"v": data.draw(values)}).__str__()[2:],
        path,
    )
    parameters: list[tuple[str, str | int | float | bool | None]] = data.draw(
        st.lists(st.tuples(st.sampled_from([*names, *NAMES]), values), max_size=4)
    )
    method = data.draw(st.sampled_from(METHODS))
    headers = {"Accept": data.draw(st.sampled_from(MEDIA_TYPES))}
    content = data.draw(st.none() | st.binary(max_size=60)) if method in METHODS[2:6] else None
    if content is not None:
        kinds = (
            "application/x-www-form-urlencoded",
            "application/json",
            "x",
            "multipart/form-data",
        )
        headers["Content-Type"] = data.draw(st.sampled_from(kinds))
    response = httpx.request(
        method,
        f"{service.url}{filled}",
        params=parameters,
        headers=headers,
        content=content,
        timeout=30,
    )
    is_in_order(response)


def test_service_is_well_after_all_of_it(service: Server) -> None:
    assert httpx.post(f"{service.url}/sparql", data={"query": "ASK {}"}).json()["boolean"] is True
    assert httpx.get(f"{service.url}/ready").status_code == 200
