"""Every answer names its release, and /cite makes and checks citations."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from drugpolicy_kg import citing, releases
from drugpolicy_kg.store.publication import publish
from tests.service.running import Service, write_graphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TERM = "https://w3id.org/drugpolicy-kg/ontology#"
THING = "https://w3id.org/drugpolicy-kg/id/actor/a"
BEFORE = (
    f'<{THING}> <{TERM}code> "a" .\n<{THING}> <{TERM}title> "A <b>body</b>"@en .\n'
    f"<{THING}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{TERM}Actor> .\n"
)
AFTER = BEFORE.replace('"a"', '"b"')
QUERY = (
    "#+ summary: Which codes?\n#+ parameters:\n"
    '#+   code: {type: slug, about: "this code"}\n'
    '#+   lang: {type: language, about: "language", default: "en"}\n'
    "#+ columns:\n#+   code: the code\n"
    'SELECT ?code { VALUES (?_code ?_lang) { (UNDEF "en") }\n'
    f" ?thing <{TERM}code> ?code FILTER (!BOUND(?_code) || ?code = ?_code) }} ORDER BY ?code\n"
)
QUERY = QUERY.replace("{ VALUES", "{\n  VALUES")


def write(folder: Path, version: str, content: str) -> None:
    queries = folder / "queries"
    queries.mkdir(exist_ok=True)
    (queries / "codes.rq").write_text(QUERY, encoding="utf-8")
    graphs = write_graphs(folder / version, {"things": content})
    publish(version, graphs, folder / "root", queries=queries)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("citing")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Service]:
    write(folder, "1.0", BEFORE)
    running = Service.start(None, releases=str(folder / "root"))
    yield running
    running.stop()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sparql?query=ASK%20%7B%7D",
        "/sparql?query=CONSTRUCT%20WHERE%20%7B%3Fs%20%3Fp%20%3Fo%7D&format=html",
        "/queries",
        "/queries/codes.csv",
        "/queries/codes.xlsx",
        "/queries/codes.html",
        "/graph/things",
        "/rdf-graph-store?default",
        "/id/actor/a.ttl",
        "/id/actor/a.html",
        "/dumps",
        "/dumps/manifest.json",
        "/cite",
    ],
)
def test_whatever_carries_our_data_states_its_licence_once(served: Service, path: str) -> None:
    answer = served.get(path)
    assert answer.status_code == 200, path
    licences = [link for link in answer.headers["link"].split(", ") if 'rel="license"' in link]
    assert licences == ['<https://creativecommons.org/licenses/by/4.0/>; rel="license"']


@pytest.mark.parametrize("path", ["/sparql?query=ASK", "/queries/none", "/ready", "/limits"])
def test_an_answer_without_our_data_states_no_licence(served: Service, path: str) -> None:
    assert "license" not in served.get(path).headers.get("link", ""), path


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sparql",
        "/sparql?query=ASK%20%7B%7D",
        "/sparql?query=ASK",
        "/queries",
        "/queries/codes.csv",
        "/queries/codes.html",
        "/queries/none",
        "/graph/things",
        "/rdf-graph-store?default",
        "/id/actor/a",
        "/id/actor/a.ttl",
        "/id/actor/none",
        "/dumps",
        "/dumps/manifest.json",
        "/cite",
        "/docs",
        "/ready",
        "/limits",
        "/nothing",
    ],
)
def test_every_answer_names_the_release(served: Service, folder: Path, path: str) -> None:
    digest = hashlib.sha256((folder / "root" / "1.0" / "manifest.json").read_bytes()).hexdigest()
    for _ in range(2):  # the second one may come from memory
        response = served.get(path, follow_redirects=False)
        assert response.headers.get_list("x-release") == [f"1.0 {digest[:12]}"], path
    assert "X-Release" in response.headers["access-control-expose-headers"]
    tag = response.headers.get("etag")
    if tag:
        again = served.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.headers["x-release"]) == (304, f"1.0 {digest[:12]}")


def test_an_answer_is_cited_as_the_command_cites_it(served: Service, folder: Path) -> None:
    response = served.get("/cite?about=queries/codes&p.code=a")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    [url] = citing.addresses(response.text)
    address = citing.parse(url)
    csv = served.ask(QUERY.replace("(UNDEF", '("a"'), headers={"Accept": "text/csv"}).content
    assert csv == b"code\r\na\r\n"
    assert address.result == hashlib.sha256(csv).hexdigest()[:32]
    manifest = releases.read_manifest(folder / "root" / "1.0")
    assert manifest.canonical_sha256.startswith(address.dataset)
    assert (address.parameters, address.rows, address.release) == ((("code", "a"),), 1, "1.0")
    defaults = served.get("/cite?about=queries/codes&p.code=a&p.lang=en")
    assert defaults.text == response.text


def test_a_citation_is_negotiated(served: Service) -> None:
    path = "/cite?about=id/actor/a"
    bibtex = served.get(path, headers={"Accept": "application/x-bibtex"})
    assert bibtex.text.startswith("@misc{drugpolicy-kg-1.0-id-actor-a,")
    csl = served.get(f"{path}&format=csl-json")
    assert csl.headers["content-type"] == "application/vnd.citationstyles.csl+json"
    assert csl.json()[0]["title"] == "A <b>body</b>"
    page = served.get(path, headers={"Accept": "text/html"})
    assert "A &lt;b&gt;body&lt;/b&gt;" in page.text
    assert "<b>body" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for link in re.findall(r'href="(/cite[^"]*)"', page.text):
        assert served.get(link.replace("&amp;", "&")).status_code == 200, link
    assert served.get(path, headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("about=queries/none", 404),
        ("about=id/actor/none", 404),
        ("about=queries/codes&p.nothing=1", 404),
        ("about=queries/codes&code=a", 400),
        ("about=queries/codes&about=queries/codes", 400),
        ("about=id/actor/a%3E%20%7D%20%23", 404),
        ("about=queries/codes&release=1.0", 404),
    ],
)
def test_what_cannot_be_cited_is_a_problem(served: Service, query: str, status: int) -> None:
    response = served.get(f"/cite?{query}")
    assert response.status_code == status, response.text
    assert json.loads(response.text)["detail"]


def test_a_saved_answer_leads_to_its_citation(served: Service) -> None:
    page = served.get("/queries/codes.html?code=a").text
    assert '<a href="/cite?about=queries/codes&amp;p.code=a">' in page
    assert served.get("/cite?about=queries/codes&p.code=a").status_code == 200


def test_a_page_about_a_thing_leads_to_its_citation(served: Service) -> None:
    page = served.get("/id/actor/a.html").text
    assert 'href="/cite?about=id/actor/a"' in page
    assert served.get("/cite?about=id/actor/a").status_code == 200


def test_pages_of_citations_and_files_are_in_the_language_of_their_reader(served: Service) -> None:
    danish = {"Accept": "text/html", "Accept-Language": "da"}
    page = served.get("/cite?about=id/actor/a", headers=danish).text
    assert '<html lang="da">' in page
    assert "Gå til det, der henvises til" in page
    files = served.get("/dumps", headers=danish).text
    assert "Filer i udgivelse 1.0" in files
    assert "Files of release 1.0" in served.get("/dumps?lang=en", headers=danish).text


OWN = f"# why\nSELECT ?code  {{ ?thing <{TERM}code> ?code }}"


def own(query: str) -> str:
    return f"/cite?{urlencode({'about': 'sparql', 'query': query})}"


def test_the_answer_of_a_query_of_ones_own_is_cited_with_the_query(served: Service) -> None:
    [url] = citing.addresses(served.get(own(OWN)).text)
    address = citing.parse(url)
    assert address.text == f"SELECT ?code {{ ?thing <{TERM}code> ?code }}"
    assert address.result == hashlib.sha256(b"code\r\na\r\n").hexdigest()[:32]
    assert (address.about, address.rows, address.release) == ("sparql", 1, "1.0")
    told = served.get(f"{url.partition('/drugpolicy-kg')[2]}&format=json").json()
    assert (told["state"], told["verdict"]) == ("same", "The answer holds in release 1.0: 1 rows.")
    assert served.get(told["source"], headers={"Accept": "text/csv"}).text == "code\r\na\r\n"


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("ASK {}", 1),
        ("SELECT ?s ?p WHERE { ?s ?p ?o } ORDER BY ?p", 3),
        (f"CONSTRUCT {{ ?s <{TERM}x> ?o }} WHERE {{ ?s <{TERM}code> ?o }}", 1),
        (f"DESCRIBE <{THING}>", 3),
        ("SELECT * FROM <https://w3id.org/drugpolicy-kg/graph/things> { ?s ?p ?o }", 3),
        ("SELECT * { VALUES ?x { 'a\\n,b' 'c' } }", 2),
    ],
)
def test_every_form_of_query_is_cited(served: Service, query: str, rows: int) -> None:
    [url] = citing.addresses(served.get(own(query)).text)
    assert citing.parse(url).rows == rows


def test_the_order_of_rows_that_nobody_asked_for_is_no_change(served: Service) -> None:
    answers = [
        citing.parse(citing.addresses(served.get(own(f"SELECT ?p {{ ?s ?p ?o }}{order}")).text)[0])
        for order in ("", " ORDER BY ?p", " ORDER BY DESC(?p)")
    ]
    assert len({address.result for address in answers}) == 1


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("SELECT", 400),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 400),
        ("DROP ALL", 400),
        ("SELECT (RAND() AS ?x) {}", 400),
        ("SELECT (BNODE() AS ?x) {}", 400),
        ("CONSTRUCT { [] ?p ?o } WHERE { ?s ?p ?o }", 400),
        ("SELECT * FROM <http://e.example/> { ?s ?p ?o }", 400),
        ('SELECT * { ?s ?p "' + '\\"' * 4000, 400),
        ("", 400),
    ],
)
def test_a_query_that_cannot_be_cited_is_a_problem(
    served: Service, query: str, status: int
) -> None:
    response = served.get(own(query))
    assert response.status_code == status, response.text
    assert json.loads(response.text)["detail"]
    assert served.get(f"{own(query)}&p.x=1").status_code == 400


def test_an_answer_leads_to_its_citation(served: Service) -> None:
    page = served.ask(OWN, headers={"Accept": "text/html"})
    [link] = re.findall(r'href="(/cite[^"]*)"', page.text)
    assert served.get(link.replace("&amp;", "&")).status_code == 200
    for answer in (
        page,
        served.ask(OWN, headers={"Accept": "text/csv"}),
        served.get("/queries/codes.csv?code=a"),
    ):
        [path] = re.findall(r'<([^>]*)>; rel="cite-as"', answer.headers["link"])
        [url] = citing.addresses(served.get(path).text)
        assert citing.parse(url).rows == 1
    assert "cite-as" not in served.ask(OWN + " " * 3000).headers["link"]


def test_the_verdict_on_a_citation_is_in_the_language_of_its_reader(served: Service) -> None:
    [url] = citing.addresses(served.get(own(OWN)).text)
    path = url.partition("/drugpolicy-kg")[2]
    page = served.get(path, headers={"Accept": "text/html", "Accept-Language": "da"}).text
    assert "Svaret holder i udgivelse 1.0. Antal rækker: 1." in page
    assert "The answer holds" not in page
    page = served.get(path, headers={"Accept": "text/html", "Accept-Language": "en"}).text
    assert "The answer holds in release 1.0: 1 rows." in page


def test_the_address_of_a_citation_says_whether_it_holds(served: Service, folder: Path) -> None:
    made = [
        citing.addresses(served.get(path).text)[0].partition("/drugpolicy-kg")[2]
        for path in ("/cite", "/cite?about=queries/codes", "/cite?about=id/actor/a", own(OWN))
    ]
    for path in made:
        told = served.get(f"{path}&format=json").json()
        assert (told["state"], told["same_release"]) == ("same", True), told
    write(folder, "2.0", AFTER)
    served.wait_for_release("2.0")
    for path in made:
        told = served.get(f"{path}&format=json").json()
        assert (told["state"], told["same_release"]) == ("changed", False), told
        assert (told["release"], told["cited_release"]) == ("2.0", "1.0")
        assert list(told["releases"]) == ["1.0"]
        before = served.get(f"{told['releases']['1.0']}&format=json")
        assert before.headers["x-release"].startswith("1.0 ")
        assert (before.json()["state"], before.json()["same_release"]) == ("same", True)
        assert list(before.json()["releases"]) == ["2.0"]
    assert served.get(f"{made[0]}&in=3.0").status_code == 404
    page = served.get(made[1], headers={"Accept": "text/html"}).text
    assert "The answer is another one today." in page
    assert "Release 1.0 was cited; release 2.0 is served here." in page
    assert served.get("/").headers["x-release"].startswith("2.0 ")


def test_what_another_engine_holds_is_not_cited(served: Service) -> None:
    running = Service.start(None, endpoint=f"{served.url}/sparql")
    try:
        response = running.get("/cite")
        assert response.status_code == 404
        assert "another engine" in json.loads(response.text)["detail"]
        assert "x-release" not in running.get("/").headers
    finally:
        running.stop()
