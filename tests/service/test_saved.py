from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from drugpolicy_kg.service.views import thing_pages
from drugpolicy_kg.service.workers import presentation
from drugpolicy_kg.store.tables import Cell, Table
from tests.service.running import GRAPH, Service, write_graphs
from tests.service.test_protocol import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = """\
#+ summary: Which things have which name?
#+ about: Names as they were written.
#+ parameters:
#+   lang: {type: language, about: "language of the name", default: "en"}
#+   number: {type: integer, about: "only this number"}
#+   name: {type: text, about: "only this name"}
#+ columns:
#+   thing: what has the name
#+   name: the name
#+   number: a number
#+   flag: whether it is
PREFIX dp: <https://w3id.org/drugpolicy-kg/ontology#>
SELECT ?thing ?name ?number ?flag WHERE {
  VALUES (?_lang ?_number ?_name) { ("en" UNDEF UNDEF) }
  ?thing dp:name ?name ; dp:number ?number .
  OPTIONAL { ?thing dp:flag ?flag }
  FILTER (LANG(?name) = ?_lang || LANG(?name) = "")
  FILTER (!BOUND(?_number) || ?number = ?_number)
  FILTER (!BOUND(?_name) || STR(?name) = ?_name)
} ORDER BY ?number
"""
HOSTILE = "<img src=x onerror=alert(1)>"


def things() -> str:
    term = "https://w3id.org/drugpolicy-kg/ontology#"
    label = "http://www.w3.org/2004/02/skos/core#prefLabel"
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    names = ["plain", "=1+1", "+x", "-x", "@x", 'a "quote", a comma', HOSTILE, "æøå"]
    lines = []
    for n, name in enumerate(names, start=-1):
        thing = f"<https://w3id.org/drugpolicy-kg/id/thing/{n + 1}>"
        escaped = name.replace('"', '\\"')
        lines.append(f'{thing} <{term}name> "{escaped}"@en .')
        lines.append(f'{thing} <{term}number> "{n}"^^<{integer}> .')
        lines.append(f'{thing} <{label}> "Thing number {n + 1}"@en .')
        lines.append(f'{thing} <{label}> "Ting nummer {n + 1}"@da .')
    boolean = "http://www.w3.org/2001/XMLSchema#boolean"
    first = "<https://w3id.org/drugpolicy-kg/id/thing/0>"
    lines.append(f'{first} <{term}flag> "true"^^<{boolean}> .')
    lines.append(f"<https://w3id.org/drugpolicy-kg/id/x> <{term}see> <javascript:alert(1)> .")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("saved")
    queries = folder / "queries"
    queries.mkdir()
    (queries / "names.rq").write_text(NAMES, encoding="utf-8")
    release = write_graphs(folder / "release", {"things": things()})
    running = Service.start(release, queries=str(queries), limits={"html_rows": 5})
    yield running
    running.stop()


def test_list_of_queries_is_json_or_a_page(saved: Service) -> None:
    [listed] = saved.get("/queries", headers={"Accept": "application/json"}).json()
    assert (listed["name"], listed["summary"]) == ("names", "Which things have which name?")
    assert listed["parameters"]["number"]["type"] == "integer"
    assert listed["csv"] == "/queries/names.csv"
    page = saved.get("/queries", headers={"Accept": "text/html"}).text
    assert '<a href="/queries/names.html">names</a>' in page
    assert '<a href="/queries/names.html">names</a>' in saved.get("/").text


def test_workbook_holds_the_same_rows_and_no_formula(saved: Service) -> None:
    response = saved.get("/queries/names.xlsx", params={"number": "3"})
    assert response.status_code == 200, response.text
    assert "spreadsheetml" in response.headers["content-type"]
    assert saved.get("/queries/names.xlsx", params={"number": "3"}).content == response.content
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    rows = list(book["data"].iter_rows())
    told = saved.get("/queries/names.json", params={"number": "3"}).json()
    assert [cell.value for cell in rows[0]] == list(told[0])
    assert len(rows) == 1 + len(told)
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n"}
    every = openpyxl.load_workbook(io.BytesIO(saved.get("/queries/names.xlsx").content))["data"]
    texts = [cell for row in every.iter_rows() for cell in row if isinstance(cell.value, str)]
    # What a spreadsheet would run in a CSV file is there as a text.
    assert [cell for cell in texts if str(cell.value).startswith("=")]
    assert all(cell.data_type == "s" for cell in texts)


def test_csv_is_safe_for_spreadsheets_and_whole(saved: Service) -> None:
    response = saved.get("/queries/names.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert not response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.text, newline="")))
    assert rows[0] == ["thing", "name", "number", "flag"]
    assert [row[1] for row in rows[1:]] == [
        "plain",
        "'=1+1",
        "'+x",
        "'-x",
        "'@x",
        'a "quote", a comma',
        HOSTILE,
        "æøå",
    ]
    # A negative number is no formula.
    assert [row[2] for row in rows[1:3]] == ["-1", "0"]
    assert response.text.count("\r\n") == 9


def test_csv_of_sparql_stays_as_the_format_has_it(saved: Service) -> None:
    query = (
        'SELECT ?n { ?s <https://w3id.org/drugpolicy-kg/ontology#name> ?n FILTER(?n = "=1+1"@en) }'
    )
    assert saved.ask(query, format="csv").text == "n\r\n=1+1\r\n"


def test_json_has_numbers_and_booleans_and_null(saved: Service) -> None:
    rows = saved.get("/queries/names.json").json()
    assert rows[0] == {
        "thing": "https://w3id.org/drugpolicy-kg/id/thing/0",
        "name": "plain",
        "number": -1,
        "flag": True,
    }
    assert rows[1]["flag"] is None


def test_page_has_labels_links_and_no_markup_of_the_data(saved: Service) -> None:
    response = saved.get("/queries/names.html?number=5", headers={"Accept-Language": "da"})
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert '<a href="/id/thing/6">Ting nummer 6</a>' in response.text
    assert "<img" not in response.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in response.text
    assert 'title="what has the name"' in response.text
    assert 'href="/queries/names.csv?number=5"' in response.text
    english = saved.get("/queries/names.html?number=5").text
    assert "Thing number 6" in english


def test_link_of_another_scheme_is_text(saved: Service) -> None:
    query = "SELECT ?o { ?s <https://w3id.org/drugpolicy-kg/ontology#see> ?o }"
    page = saved.ask(query, format="html").text
    assert "javascript:alert(1)" in page
    assert 'href="javascript' not in page


@pytest.mark.parametrize(
    ("iri", "link"),
    [
        ("http://e.example/", "http://e.example/"),
        ("https://e.example/", "https://e.example/"),
        ("mailto:a@e.example", "mailto:a@e.example"),
        ("https://w3id.org/drugpolicy-kg/id/plan/p", "/id/plan/p"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("JavaScript:alert(1)", ""),
    ],
    ids=["http", "https", "mailto", "ours", "script", "data", "file", "letters"],
)
def test_page_of_a_thing_links_where_one_may_go(iri: str, link: str) -> None:
    assert thing_pages.linked(iri, "") == link


BEGINS = ["equals", "plus", "minus", "at", "tab", "return", "line"]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n"], ids=BEGINS)
def test_no_cell_of_a_csv_file_begins_like_a_formula(begin: str) -> None:
    table = Table(("a",), [(Cell("literal", f"{begin}SUM(A1)"),)])
    [_, row] = csv.reader(io.StringIO(presentation.spreadsheet_csv(table).decode(), newline=""))
    assert row == [f"'{begin}SUM(A1)"]


def test_page_that_is_cut_says_so_in_header_and_body(saved: Service) -> None:
    response = saved.get("/queries/names.html")
    assert response.headers["x-partial-result"] == "rows of 8 cut"
    assert "The first 5 of 8 rows." in response.text
    whole = saved.get("/queries/names.html?number=1")
    assert "x-partial-result" not in whole.headers
    assert "1 row." in whole.text


def test_accept_chooses_where_no_ending_does(saved: Service) -> None:
    for accept, media_type in (
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/json", "application/json"),
        ("text/html", "text/html; charset=utf-8"),
    ):
        response = saved.get("/queries/names", headers={"Accept": accept})
        assert response.headers["content-type"] == media_type
    problem(saved.get("/queries/names", headers={"Accept": "image/png"}), 406)


def test_values_are_typed_and_never_become_query_text(saved: Service) -> None:
    assert len(saved.get("/queries/names.json?number=3").json()) == 1
    assert len(saved.get("/queries/names.json?number=").json()) == 8
    for value in ("x", "1 } #", '1") } UNION { ?s ?p ?o } #', "1e3"):
        response = saved.get("/queries/names.json", params={"number": value})
        assert "expects a value of type integer" in str(problem(response, 400)["detail"])
    quote = 'a "quote", a comma'
    assert len(saved.get("/queries/names.json", params={"name": quote}).json()) == 1
    for hostile in ('") } #', '\\") } #', "x\n} #", "\u2028", '"@en'):
        assert saved.get("/queries/names.json", params={"name": hostile}).json() == []
    assert "is not taken" in str(problem(saved.get("/queries/names.json?x=1"), 400)["detail"])
    problem(saved.get("/queries/names.json?number=1&number=2"), 400)
    problem(saved.get("/queries/names.json?name=" + "x" * 300), 400)
    problem(saved.get("/queries/nothing"), 404)
    problem(saved.get("/queries/../names"), 404)


def test_interface_description_has_each_query_with_typed_parameters(saved: Service) -> None:
    paths = saved.get("/openapi.json").json()["paths"]
    for path in ("/queries", "/queries/names", "/queries/names.csv", "/sparql", "/metrics"):
        assert path in paths
    given = {p["name"]: p["schema"] for p in paths["/queries/names.json"]["get"]["parameters"]}
    assert given["number"]["type"] == "integer"
    assert given["lang"] == {"type": "string", "pattern": "^[a-z]{2,3}$", "default": "en"}
    page = saved.get("/docs").text
    assert "/queries/names.csv" in page
    assert "<script" not in page


def test_saved_queries_meet_the_limits_of_all_queries(tmp_path: Path) -> None:
    queries = tmp_path / "queries"
    queries.mkdir()
    (queries / "endless.rq").write_text(
        "#+ summary: Endless?\n#+ columns:\n#+   n: number\n"
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }\n"
    )
    release = write_graphs(tmp_path / "release", {"things": things()})
    running = Service.start(release, queries=str(queries))
    try:
        content = problem(running.get("/queries/endless.json"), 504)
        assert isinstance(content["limit"], dict)
        assert content["limit"]["name"] == "time_seconds"
    finally:
        running.stop()


def test_answers_of_sparql_are_tables_for_a_browser(saved: Service) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    asked = saved.get("/sparql", params={"query": "ASK {}"}, headers=browser)
    assert asked.headers["content-type"] == "text/html; charset=utf-8"
    assert ">true</td>" in asked.text
    described = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 3"
    page = saved.get("/sparql", params={"query": described}, headers=browser).text
    assert '<th scope="col">subject</th>' in page
    assert "3 rows." in page
    assert "CONSTRUCT { ?s ?p ?o }" in page  # the form, to ask again
    problem(saved.get("/sparql", params={"query": "SELECT"}, headers=browser), 400)


def test_graph_is_read_indirectly_and_directly(saved: Service) -> None:
    indirect = saved.get("/rdf-graph-store", params={"graph": f"{GRAPH}things"})
    assert indirect.status_code == 200
    assert indirect.headers["content-type"] == "text/turtle; charset=utf-8"
    direct = saved.get("/graph/things", headers={"Accept": "application/n-triples"})
    assert len(direct.text.splitlines()) == len(things().splitlines())
    assert saved.get("/graph/things.nt").text == direct.text
    whole = saved.get("/rdf-graph-store?default", headers={"Accept": "application/n-triples"})
    assert sorted(whole.text.splitlines()) == sorted(direct.text.splitlines())


def test_graph_store_refuses_what_it_has_not_and_what_would_write(saved: Service) -> None:
    import httpx  # noqa: PLC0415

    url = f"{saved.url}/rdf-graph-store"
    problem(saved.get("/rdf-graph-store"), 400)
    problem(saved.get("/rdf-graph-store?default&graph=a:b"), 400)
    problem(saved.get("/rdf-graph-store?graph=a:b&graph=a:c"), 400)
    problem(saved.get("/rdf-graph-store", params={"graph": "file:///etc/passwd"}), 404)
    problem(saved.get("/graph/none"), 404)
    problem(saved.get("/graph/none> } #"), 404)
    problem(saved.get("/graph/things", headers={"Accept": "text/csv"}), 406)
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        response = httpx.request(method, f"{url}?default", content=b"<a:s> <a:p> <a:o> .")
        problem(response, 405)
        assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    head = httpx.head(f"{saved.url}/graph/things")
    get = saved.get("/graph/things")
    assert head.headers["content-length"] == str(len(get.content))
    assert head.content == b""


def test_public_queries_of_the_repository_answer_in_each_format() -> None:
    root = Path(__file__).parents[2]
    folder, queries = root / "data" / "graphs", root / "queries" / "public"
    running = Service.start(folder, queries=str(queries), limits={"time_seconds": 10.0})
    try:
        listed = running.get("/queries", headers={"Accept": "application/json"}).json()
        assert len(listed) == len(list(queries.glob("*.rq"))) > 0
        for query in listed:
            counts = set()
            for ending in ("csv", "json", "html"):
                response = running.get(query[ending])
                assert response.status_code == 200, (query["name"], response.text[:300])
                if ending == "json":
                    counts.add(len(response.json()))
                if ending == "csv":
                    rows = list(csv.reader(io.StringIO(response.text, newline="")))
                    assert rows[0] == list(query["columns"])
                    counts.add(len(rows) - 1)
            assert len(counts) == 1
    finally:
        running.stop()
