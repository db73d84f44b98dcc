"""The pages on which one asks are in the language of their reader, as those about things are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg import resources
from tests.service.running import Service, plan_graphs, write_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPOKEN = {
    "/sparql": ("Spørg i SPARQL", "Ask in SPARQL"),
    "/sparql?query=ASK+%7B%7D&format=html": ("1 række.", "1 row."),
    "/queries": ("Færdige spørgsmål", "Questions that are ready"),
    "/queries/places.html": ("rækker.", "rows."),
    "/docs": ("Programmer læser den på", "Machines read it at"),
    "/validate": ("Kontrollér en plan", "Validate a plan"),
    "/about": ("Om denne graf", "About this graph"),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Service]:
    running = Service.start(
        resources.graphs(),
        queries=str(resources.public_queries()),
        limits={"time_seconds": 10.0},
    )
    yield running
    running.stop()


@pytest.mark.parametrize("path", SPOKEN)
def test_page_for_asking_speaks_the_language_of_its_reader(site: Service, path: str) -> None:
    danish, english = SPOKEN[path]
    link = "&" if "?" in path else "?"
    for language, said, unsaid in (("da", danish, english), ("en", english, danish)):
        accepted = {"Accept": "text/html", "Accept-Language": f"{language}, fr;q=0.5"}
        other = {**accepted, "Accept-Language": "da" if language == "en" else "en"}
        for page in (
            site.get(path, headers=accepted),
            site.get(f"{path}{link}lang={language}", headers=other),
        ):
            assert page.status_code == 200, page.text
            assert f'<html lang="{language}">' in page.text
            assert said in page.text
            assert unsaid not in page.text
            assert "Accept-Language" in page.headers["vary"]
            [alternate] = re.findall(r'<a href="([^"]+)" hreflang', page.text)
            turned = site.get(alternate.replace("&amp;", "&"), headers=accepted)
            assert unsaid in turned.text


def test_saved_query_keeps_its_english_words_and_says_so(site: Service) -> None:
    page = site.get("/queries/places.html?lang=da&plan=com-2023-641").text
    assert re.search(r'<h1 lang="en">Which countries', page)
    assert 'href="/queries/places.html?plan=com-2023-641&amp;lang=en"' in page
    assert (
        '<tr><td><a href="/queries/places.html?lang=da">'
        in site.get("/queries?lang=da", headers={"Accept": "text/html"}).text
    )


def test_language_of_a_page_is_no_value_for_a_question_without_one(tmp_path: Path) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "one.rq").write_text(
        "#+ summary: What is one?\n#+ columns:\n#+   one: one\n\n"
        "SELECT ?one { VALUES ?one { 1 } }\n"
    )
    release = write_graphs(tmp_path / "release", plan_graphs(2))
    service = Service.start(release, queries=str(queries))
    try:
        page = service.get("/queries/one.html?lang=da")
        assert page.status_code == 200, page.text
        assert "1 række." in page.text
        assert service.get("/queries/one.html?langs=da").status_code == 400
    finally:
        service.stop()


def test_query_too_long_for_an_address_has_its_answer_in_one_language(site: Service) -> None:
    page = site.ask(f"ASK {{}} #{'x' * 5_000}", format="html", lang="da").text
    assert '<html lang="da">' in page
    assert "hreflang" not in page


def test_numbers_have_the_marks_of_the_language(site: Service) -> None:
    for language, length in (("da", "65.536 byte"), ("en", "65,536 bytes")):
        page = site.get(f"/sparql?lang={language}", headers={"Accept": "text/html"}).text
        assert f'<td class="number">{length}</td>' in page
