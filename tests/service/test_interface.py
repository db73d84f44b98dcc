"""The description of the interface and the service say the same of each other."""

from __future__ import annotations

import re
from html import unescape
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from drugpolicy_kg import resources
from drugpolicy_kg.service import ServeOptions, redirects
from drugpolicy_kg.service import application as module
from tests.service.running import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    Operations = dict[str, dict[str, Any]]

#: What a service with one release does not hold.
FORMER: Final = ("/timegate/", "/timemap/", "/memento/")
#: What is a document in a release that is written, not in a folder of graphs.
WRITTEN: Final = ("/dumps/{folder}/{file}",)
PAGES: Final = 40


@pytest.fixture(scope="module")
def site() -> Iterator[httpx.Client]:
    running = Service.start(
        resources.graphs(),
        queries=str(resources.public_queries()),
        limits={"time_seconds": 10.0, "client_seconds": 100_000.0},
    )
    with httpx.Client(base_url=running.url, timeout=60) as client:
        yield client
    running.stop()


@pytest.fixture(scope="module")
def paths(site: httpx.Client) -> dict[str, Operations]:
    found: dict[str, Operations] = site.get("/openapi.json").json()["paths"]
    return found


def is_of(path: str, template: str) -> bool:
    """A path stands for itself; what {path} stands for may have slashes."""
    pattern = re.escape(template).replace(r"\{path\}", ".+")
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", pattern), path) is not None


def filled(path: str, operation: dict[str, Any]) -> str:
    """Return the address of an operation with the examples of its parameters."""
    asked = {}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            value = parameter["example"]
            path = path.replace(f"{{{parameter['name']}}}", value)
        elif parameter["in"] == "query" and "example" in parameter:
            asked[parameter["name"]] = parameter["example"]
    return f"{path}?{httpx.QueryParams(asked)}" if asked else path


def answering(paths: dict[str, Operations]) -> list[tuple[str, dict[str, Any]]]:
    """Return the addresses at which a service with one release has something, and what is said."""
    found = [
        (filled(path, operations["get"]), operations["get"])
        for path, operations in paths.items()
        if "get" in operations and not path.startswith(FORMER) and path not in WRITTEN
        # One saved query is described like the next.
        if not path.startswith("/queries/") or "/queries/plans" in path
    ]
    assert len(found) > 35
    return found


def refuses(site: httpx.Client, address: str, **options: Any) -> int:
    return site.get(address, **options).status_code


# ── every route is described, and what is described is a route ───────────────────────────


def test_every_route_of_the_application_is_described(paths: dict[str, Operations]) -> None:
    nothing: Any = None
    bare: Any = SimpleNamespace(accounts=None)
    entrance = vars(module.application(nothing, nothing, ServeOptions(), nothing, bare))
    routes = {*entrance["_asking"], *(route.path for route in entrance["_rest"].routes)}
    assert len(routes) > 15
    for route in routes:
        assert any(path.startswith(route) for path in paths), route


def test_every_name_that_leads_here_is_described(paths: dict[str, Operations]) -> None:
    endings = {"[./].+": ".ttl", ".+": "x/y", "(\\.[a-z]+)?": ".ttl", "\\.": "."}
    for pattern in redirects.PATHS:
        path = f"/{pattern}"
        for sign, example in endings.items():
            path = path.replace(sign, example)
        path = path.replace("timemap/", "timemap/link/").replace("graph/x/y", "graph/plan/x/y")
        path = path.replace("queries/x/y", "queries/plans")
        assert any(is_of(path, template) for template in paths), path


def test_whatever_is_linked_from_page_to_page_is_described(
    site: httpx.Client, paths: dict[str, Operations]
) -> None:
    waiting, met = ["/", "/docs", "/sparql?query=ASK%20%7B%7D", "/id/actor/europol.html"], set()
    asked: set[str] = set()
    here = str(site.base_url).rstrip("/")
    while waiting and len(asked) < PAGES:
        address = waiting.pop(0)
        if address in asked:
            continue
        asked.add(address)
        response = site.get(address, headers={"Accept": "text/html"}, follow_redirects=True)
        if response.status_code != 200:
            continue
        met.add(urlsplit(address).path)
        links = re.findall(r"<([^>]*)>", ",".join(response.headers.get_list("link")))
        if response.headers["content-type"].startswith("text/html"):
            links += map(unescape, re.findall(r'(?:href|action)="([^"#]+)"', response.text))
        for link in links:
            target = urljoin(f"{here}{address}", link)
            if target.startswith(f"{here}/"):
                waiting.append(target.removeprefix(here))
    assert len(met) > PAGES / 2
    for path in met:
        assert any(is_of(path, template) for template in paths), path


def test_whatever_is_described_is_answered(
    site: httpx.Client, paths: dict[str, Operations]
) -> None:
    for address, _ in answering(paths):
        response = site.get(address, follow_redirects=True)
        assert response.status_code == 200, f"{address}: {response.text[:200]}"


def test_what_is_nearly_a_route_is_none(site: httpx.Client) -> None:
    for address in ("/live/", "/about/", "/docs/", "/ontologyfoo", "/sparql/", "/static/x.css"):
        assert site.get(address).status_code == 404, address


# ── what is said of a route is so ────────────────────────────────────────────────────────


def test_every_media_type_that_is_described_is_served(
    site: httpx.Client, paths: dict[str, Operations]
) -> None:
    triples = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 1"
    checked = 0
    for address, operation in answering(paths):
        for media_type in operation["responses"]["200"]["content"]:
            if re.search(r"\.[a-z]{2,5}$", address) or media_type == "*/*":
                continue
            accept = {"Accept": media_type}
            response = site.get(address, headers=accept, follow_redirects=True)
            if response.status_code == 406 and address.startswith("/sparql"):
                asked = {"query": triples}
                response = site.get("/sparql", params=asked, headers=accept)
            told = f"{address} as {media_type}: {response.text[:200]}"
            assert response.status_code == 200, told
            assert response.headers["content-type"].partition(";")[0] == media_type, told
            checked += 1
    assert checked > 50


def test_what_is_described_as_known_already_is_not_sent_again(
    site: httpx.Client, paths: dict[str, Operations]
) -> None:
    for address, operation in answering(paths):
        first = site.get(address, follow_redirects=True)
        tag = first.headers.get("etag")
        assert ("304" in operation["responses"]) == (tag is not None), address
        if tag is not None:
            again = site.get(first.url, headers={"If-None-Match": tag})
            assert again.status_code == 304, address


def test_a_parameter_that_is_no_text_is_refused_where_that_is_described(
    site: httpx.Client, paths: dict[str, Operations]
) -> None:
    page = {"Accept": "text/html"}
    for address, operation in answering(paths):
        broken = f"{address}{'&' if '?' in address else '?'}lang=%ff"
        described = "400" in operation["responses"]
        assert (refuses(site, broken, headers=page) == 400) == described, address


def test_what_cannot_be_served_is_refused_where_that_is_described(
    site: httpx.Client, paths: dict[str, Operations]
) -> None:
    nothing = {"Accept": "x/y"}
    for address, operation in answering(paths):
        # The suffix of a document says its format, whatever is accepted.
        if not re.fullmatch(r"/id/.*\.ttl", address):
            described = "406" in operation["responses"]
            assert (refuses(site, address, headers=nothing) == 406) == described, address


def test_what_is_not_there_is_refused_where_that_is_described(
    site: httpx.Client, paths: dict[str, Operations]
) -> None:
    checked = 0
    for path, operations in paths.items():
        if "{" in path:
            told = operations["get"]
            assert "404" in told["responses"], path
            named = re.sub(r"\{\w+\}", "nothing-like-it", path)
            assert refuses(site, named) in {404, 302}, path
            checked += 1
    assert checked > 12
