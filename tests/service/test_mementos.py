"""What a former release said: time gates, time maps and mementos over two releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from drugpolicy_kg import releases
from tests.service.running import Service, write_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

OURS: Final = "https://w3id.org/drugpolicy-kg/id/actor/"
LABEL: Final = "http://www.w3.org/2004/02/skos/core#prefLabel"
OLD, NEW = "Thu, 01 Jan 2026 00:00:00 GMT", "Mon, 01 Jun 2026 00:00:00 GMT"
BETWEEN: Final = "Sun, 01 Mar 2026 12:00:00 GMT"
AGENCY: Final = "/id/actor/agency"


def written(folder: Path, label: str, *, more: str = "") -> Path:
    """Write a folder of graphs that hold one body with a label."""
    line = f'<{OURS}agency> <{LABEL}> "{label}"@en .\n{more}'
    return write_graphs(folder, {"authorities": line})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("mementos")
    root = folder / "releases"
    root.mkdir()
    first = written(folder / "first", "Old agency")
    second = written(
        folder / "second", "New agency", more=f'<{OURS}office> <{LABEL}> "Office"@en .\n'
    )
    releases.write_release("1.0.0", first, root, date="2026-01-01")
    releases.write_release("1.1.0", second, root, date="2026-06-01")
    running = Service.start(None, releases=str(root), limits={"time_seconds": 10.0})
    yield running
    running.stop()


def asked_at(site: Service, path: str, when: str) -> httpx.Response:
    return site.get(path, headers={"Accept-Datetime": when, "Accept": "text/turtle"})


@pytest.mark.parametrize(
    ("when", "version"),
    [
        (BETWEEN, "1.0.0"),
        (OLD, "1.0.0"),
        (NEW, "1.1.0"),
        ("Fri, 01 Jan 2027 00:00:00 GMT", "1.1.0"),
        ("Wed, 01 Jan 2020 00:00:00 GMT", "1.0.0"),
    ],
)
@pytest.mark.parametrize("gate", ["", "/timegate"])
def test_time_leads_to_the_last_release_before_it_or_to_the_first(
    site: Service, gate: str, when: str, version: str
) -> None:
    answer = asked_at(site, gate + AGENCY, when)
    assert answer.status_code == 302
    assert answer.headers["location"] == f"/memento/{version}{AGENCY}"
    assert "accept-datetime" in answer.headers["vary"].lower()
    assert f'<{AGENCY}>; rel="original"' in answer.headers["link"]
    assert f'<{AGENCY}>; rel="timemap"' not in answer.headers["link"]
    assert f'</timemap/link{AGENCY}>; rel="timemap"' in answer.headers["link"]


def test_memento_says_what_its_release_said_and_when_that_was(site: Service) -> None:
    old = site.get(f"/memento/1.0.0{AGENCY}", headers={"Accept": "text/turtle"})
    assert old.status_code == 200
    assert '"Old agency"@en' in old.text
    assert old.headers["memento-datetime"] == OLD
    assert old.headers["last-modified"] == OLD
    assert old.headers["content-location"] == f"/memento/1.0.0{AGENCY}.ttl"
    assert f'</timegate{AGENCY}>; rel="timegate"' in old.headers["link"]
    new = site.get(f"/memento/1.1.0{AGENCY}.ttl")
    assert '"New agency"@en' in new.text
    assert new.headers["memento-datetime"] == NEW
    page = site.get(f"/memento/1.0.0{AGENCY}.html")
    assert "Old agency" in page.text
    assert site.get("/memento/1.0.0/id/actor/office").status_code == 404
    assert site.get("/memento/1.1.0/id/actor/office").status_code == 200
    assert site.get(f"/memento/9.9.9{AGENCY}").status_code == 404


def test_document_of_today_leads_to_its_time_gate_and_is_no_memento(site: Service) -> None:
    now = site.get(f"{AGENCY}.ttl")
    assert '"New agency"@en' in now.text
    assert "memento-datetime" not in now.headers
    assert f'</timegate{AGENCY}>; rel="timegate"' in now.headers["link"]
    assert "Accept-Datetime" in now.headers["vary"]
    assert now.headers["last-modified"] == NEW


def test_time_map_lists_every_release_with_its_time(site: Service) -> None:
    answer = site.get(f"/timemap/link{AGENCY}")
    assert answer.headers["content-type"] == "application/link-format"
    links = answer.text.strip().split(",\n")
    assert f'<{AGENCY}>; rel="original"' in links
    assert f'</memento/1.0.0{AGENCY}>; rel="first memento"; datetime="{OLD}"' in links
    assert f'</memento/1.1.0{AGENCY}>; rel="last memento"; datetime="{NEW}"' in links
    assert len(links) == 5


def test_time_that_is_none_is_refused_and_no_time_gives_the_newest(site: Service) -> None:
    refused = asked_at(site, AGENCY, "yesterday")
    assert refused.status_code == 400
    assert "yesterday" in refused.json()["detail"]
    assert site.get(f"/timegate{AGENCY}").headers["location"] == f"/memento/1.1.0{AGENCY}"


def test_service_of_one_release_has_no_former_ones(service: Service) -> None:
    assert service.get(f"/timemap/link{AGENCY}").status_code == 404
    assert service.get("/memento/0.1.0/id/x").status_code == 404
