from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.service.running import GRAPH, Service

SELECT = "SELECT ?s { ?s ?p ?o } LIMIT 1"
CONSTRUCT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 1"


def problem(response: httpx.Response, status: int) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert len(response.content) <= 4096
    content = response.json()
    assert content["status"] == status
    assert "Traceback" not in response.text
    assert "/site-packages/" not in response.text
    return dict(content)


def test_query_is_answered_by_get_by_form_and_directly(service: Service) -> None:
    by_get = service.get("/sparql", params={"query": "ASK {}"})
    by_form = service.ask("ASK {}")
    direct = httpx.post(
        f"{service.url}/sparql",
        content=b"ASK {}",
        headers={"Content-Type": "application/sparql-query; charset=utf-8"},
    )
    for response in (by_get, by_form, direct):
        assert response.status_code == 200, response.text
        assert response.json()["boolean"] is True
        assert response.headers["content-type"] == "application/sparql-results+json"
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        (SELECT, "application/sparql-results+json", "application/sparql-results+json"),
        (SELECT, "application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "text/csv", "text/csv; charset=utf-8"),
        (SELECT, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        (SELECT, "*/*", "application/sparql-results+json"),
        (SELECT, "application/json", "application/sparql-results+json"),
        (SELECT, "text/csv;q=0.1, application/xml;q=0.5", "application/sparql-results+xml"),
        (SELECT, "text/turtle, text/*;q=0.1", "text/csv; charset=utf-8"),
        ("ASK {}", "text/csv", "text/csv; charset=utf-8"),
        (CONSTRUCT, "*/*", "text/turtle; charset=utf-8"),
        (CONSTRUCT, "text/turtle", "text/turtle; charset=utf-8"),
        (CONSTRUCT, "application/n-triples", "application/n-triples"),
        (CONSTRUCT, "application/ld+json", "application/ld+json"),
        (CONSTRUCT, "application/trig", "application/trig"),
        (CONSTRUCT, "application/n-quads", "application/n-quads"),
        (CONSTRUCT, "application/rdf+xml", "application/rdf+xml"),
        ("DESCRIBE <http://e.example/>", "text/turtle;q=0, */*", "application/n-triples"),
    ],
)
def test_format_follows_accept(service: Service, query: str, accept: str, expected: str) -> None:
    response = service.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == expected
    assert "Accept" in response.headers["vary"]


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_parameter_chooses_the_format_of_rows(service: Service, name: str) -> None:
    response = service.ask(SELECT, format=name, headers={"Accept": "text/turtle"})
    assert response.status_code == 200
    assert name in response.headers["content-type"].replace("tab-separated-values", "tsv")


@pytest.mark.parametrize("name", ["turtle", "ttl", "nt", "jsonld", "trig", "nquads", "rdfxml"])
def test_parameter_chooses_the_format_of_triples(service: Service, name: str) -> None:
    assert service.ask(CONSTRUCT, format=name).status_code == 200


def test_format_that_cannot_be_served_gets_406_with_what_is_available(service: Service) -> None:
    response = service.get("/sparql", params={"query": SELECT}, headers={"Accept": "image/png"})
    assert "text/csv" in str(problem(response, 406)["detail"])
    problem(service.ask(SELECT, format="turtle"), 406)
    problem(service.ask(CONSTRUCT, headers={"Accept": "text/csv"}), 406)


def test_syntax_error_names_line_and_column(service: Service) -> None:
    content = problem(service.ask("SELECT * {\n  ?s ?p\n}"), 400)
    assert (content["line"], content["column"]) == (3, 2)  # after the brace, as the engine says


def test_unended_string_names_line_and_column(service: Service) -> None:
    content = problem(service.ask('SELECT * {\n  ?s ?p "x }'), 400)
    assert (content["line"], content["column"]) == (2, 9)


def test_query_that_is_missing_double_or_not_utf8_is_refused(service: Service) -> None:
    url = f"{service.url}/sparql"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    problem(httpx.post(url, content=b"", headers=form), 400)
    problem(httpx.get(f"{url}?query=ASK%7B%7D&query=ASK%7B%7D"), 400)
    problem(httpx.post(f"{url}?query=ASK%7B%7D", data={"query": "ASK {}"}), 400)
    # In a comment, so that nothing but its bytes is wrong.
    assert httpx.get(f"{url}?query=ASK%7B%7D%23%c3%a9").status_code == 200
    problem(httpx.get(f"{url}?query=ASK%7B%7D%23%ff"), 400)
    direct = {"Content-Type": "application/sparql-query"}
    problem(httpx.post(url, content=b"ASK { ?s ?p '\xff' }", headers=direct), 400)
    problem(httpx.post(f"{url}?query=ASK%7B%7D", content=b"ASK {}", headers=direct), 400)


def test_percent_encoding_is_decoded_once(service: Service) -> None:
    response = httpx.get(
        f"{service.url}/sparql?query=SELECT%20(%22%2525%2B%22%20AS%20%3Fx)%20%7B%7D&format=csv"
    )
    assert response.text == "x\r\n%25+\r\n"


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a:b> <a:b> <a:b> }",
        "DELETE WHERE { ?s ?p ?o }",
        "LOAD <http://127.0.0.1/x>",
        "CLEAR ALL",
        "DROP ALL",
        "CREATE GRAPH <a:b>",
        "ADD DEFAULT TO <a:b>",
        "MOVE <a:b> TO DEFAULT",
        "COPY <a:b> TO <a:c>",
        "INSERT { ?s ?p 1 } WHERE { ?s ?p ?o }",
        "# a comment\nBASE <a:> DELETE DATA { <a:b> <a:b> <a:b> }",
        "PREFIX a: <a:> WITH a:b DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    ],
)
def test_update_is_refused_in_every_form(service: Service, update: str) -> None:
    url = f"{service.url}/sparql"
    assert "read-only" in str(problem(service.ask(update), 400)["detail"])
    direct = {"Content-Type": "application/sparql-update"}
    for response, status in (
        (service.get("/sparql", params={"query": update}), 400),
        (service.get("/sparql", params={"update": update}), 400),
        (httpx.post(url, data={"update": update}), 400),
        (httpx.post(url, data={"query": "ASK {}", "update": update}), 400),
        (httpx.post(url, content=update, headers=direct), 415),
    ):
        assert "read-only" in str(problem(response, status)["detail"])


def test_other_methods_and_content_types_are_refused(service: Service) -> None:
    url = f"{service.url}/sparql"
    for method in ("PUT", "DELETE", "PATCH"):
        response = httpx.request(method, url)
        problem(response, 405)
        assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    problem(httpx.post(url, content=b"ASK {}", headers={"Content-Type": "text/plain"}), 415)
    problem(httpx.post(url, content=b"ASK {}"), 415)
    direct = {"Content-Type": "application/sparql-query; charset=latin-1"}
    problem(httpx.post(url, content=b"ASK {}", headers=direct), 415)
    packed = {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"}
    problem(httpx.post(url, content=b"ASK {}", headers=packed), 415)


def test_head_has_the_headers_of_get_and_no_body(service: Service) -> None:
    for path in ("/sparql?query=ASK%7B%7D", "/sparql", "/", "/live", "/nothing"):
        get, head = service.get(path), httpx.head(f"{service.url}{path}")
        assert head.status_code == get.status_code
        assert head.headers["content-type"] == get.headers["content-type"]
        assert head.headers["content-length"] == str(len(get.content))
        assert head.content == b""


def test_options_answers_a_preflight(service: Service) -> None:
    response = httpx.options(f"{service.url}/sparql", headers={"Origin": "https://e.example"})
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers
    assert "POST" in response.headers["access-control-allow-methods"]


def test_default_graph_is_the_union_and_counts_no_triple_twice(service: Service) -> None:
    for query, expected in (
        ("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", 9000),
        ("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", 9000),
        ("SELECT (COUNT(*) AS ?n) { GRAPH <GRAPH/parts> { ?s ?p ?o } }", 3000),
        ("SELECT (COUNT(*) AS ?n) FROM <GRAPH/parts> { ?s ?p ?o }", 3000),
        ("SELECT (COUNT(*) AS ?n) FROM <GRAPH/parts> FROM <GRAPH/plan> { ?s ?p ?o }", 9000),
        ("SELECT (COUNT(*) AS ?n) FROM NAMED <GRAPH/parts> { ?s ?p ?o }", 0),
        ("SELECT (COUNT(*) AS ?n) FROM NAMED <GRAPH/parts> { GRAPH ?g { ?s ?p ?o } }", 3000),
        ("PREFIX g: <GRAPH/> SELECT (COUNT(*) AS ?n) FROM g:parts { ?s ?p ?o }", 3000),
        ("SELECT (COUNT(*) AS ?n) FROM <graph/parts> { ?s ?p ?o }", 3000),
    ):
        asked = query.replace("GRAPH/", GRAPH)
        assert service.ask(asked, format="csv").text == f"n\r\n{expected}\r\n", query


def test_graphs_are_counted_one_by_one(service: Service) -> None:
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"
    expected = f"g,n\r\n{GRAPH}parts,3000\r\n{GRAPH}plan,6000\r\n"
    assert service.ask(query, format="csv").text == expected


def test_sub_select_inside_graph_is_refused_rather_than_answered_wrongly(
    service: Service,
) -> None:
    query = "SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }"
    assert "GROUP BY ?g" in str(problem(service.ask(query), 400)["detail"])
    moved = (
        "SELECT ?g ?n { { SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g } } "
        "ORDER BY ?g"
    )
    assert service.ask(moved, format="csv").text.splitlines()[1] == f"{GRAPH}parts,3000"


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("GRAPH ?g { VALUES ?x { 1 2 } }", "VALUES"),
        ("GRAPH ?g { VALUES (?x ?y) { (1 2) } }", "VALUES"),
        ("GRAPH ?g { { ?s ?p ?o } UNION { VALUES ?s { 1 } } }", "VALUES"),
        ("GRAPH ?g { GRAPH ?h { ?s ?p ?o } }", "GRAPH"),
        ("GRAPH ?g { VALUES ?x { 1 } { SELECT * { ?s ?p ?o } } }", "SELECT"),
        ("graph $g { values ?x { 1 } }", "VALUES"),
        ("GRAPH ?g { FILTER(?x) VALUES ?x { 1 } }", "VALUES"),
    ],
)
def test_graph_whose_variable_the_engine_would_not_bind_is_refused(
    service: Service, pattern: str, word: str
) -> None:
    content = problem(service.ask(f"SELECT * {{ {pattern} }}"), 400)
    assert word in str(content["detail"])
    assert (content["line"], "column" in content) == (1, True)


@pytest.mark.parametrize(
    ("pattern", "rows"),
    [
        ("GRAPH ?g { VALUES ?s { <ACTION1> } ?s ?p ?o }", 3),
        ("GRAPH ?g { ?s ?p ?o VALUES ?s { <ACTION1> } }", 3),
        ("GRAPH ?g { ?s ?p ?o . { VALUES ?s { <ACTION1> } } }", 3),
        ("GRAPH ?g { <ACTION1> ?p ?o FILTER EXISTS { GRAPH ?h { ?x ?p ?y } } }", 3),
        ("GRAPH ?g { <ACTION1> ?p ?o . GRAPH ?h { <ACTION2> ?q ?r } }", 9),
        ("VALUES ?g { <GRAPHplan> } GRAPH ?g { <ACTION1> ?p ?o }", 2),
        ("GRAPH ?g { <ACTION1> ?p ?o } { SELECT * { VALUES ?x { 1 } } }", 3),
        ("GRAPH <GRAPHplan> { VALUES ?x { 1 2 } }", 2),
        ("GRAPH ?g {}", 2),
    ],
)
def test_usual_patterns_with_graph_are_answered(service: Service, pattern: str, rows: int) -> None:
    action = "https://w3id.org/drugpolicy-kg/id/plan/p/action/"
    query = f"SELECT * {{ {pattern} }}".replace("ACTION", action)
    query = query.replace("<GRAPHplan>", f"<{GRAPH}plan>")
    response = service.ask(query, format="tsv")
    assert response.status_code == 200, response.text
    assert len(response.text.splitlines()) - 1 == rows


def test_dataset_by_parameter_replaces_the_dataset_of_the_query(service: Service) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <graph/plan> { ?s ?p ?o }"
    chosen = {"query": query, "format": "csv", "default-graph-uri": f"{GRAPH}parts"}
    assert service.get("/sparql", params=chosen).text == "n\r\n3000\r\n"
    named = {"query": "ASK { ?s ?p ?o }", "named-graph-uri": f"{GRAPH}parts"}
    assert service.get("/sparql", params=named).json()["boolean"] is False
    unknown = {"query": "ASK {}", "default-graph-uri": "file:///etc/passwd"}
    problem(service.get("/sparql", params=unknown), 400)


def test_long_answer_arrives_whole(service: Service) -> None:
    response = service.ask("SELECT * { ?s ?p ?o }")
    assert response.status_code == 200
    assert len(response.content) > 1_000_000
    assert len(response.json()["results"]["bindings"]) == 9000
    assert int(response.headers["content-length"]) == len(response.content)


def test_endpoint_without_query_describes_itself_in_rdf(service: Service) -> None:
    response = service.get("/sparql")
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
    assert f"<{service.url}/sparql>" in response.text
    assert f"{GRAPH}parts" in response.text
    for name in ("nt", "jsonld", "trig", "nquads", "rdfxml"):
        assert service.get("/sparql", params={"format": name}).status_code == 200
    triples = json.loads(service.get("/sparql", params={"format": "jsonld"}).text)
    assert len(triples) > 5


def test_pages_need_no_script_and_no_other_host(service: Service) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    for path in ("/", "/sparql", "/docs"):
        response = service.get(path, headers=browser)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        allowed = {word for part in policy.split(";") for word in part.split()[1:]}
        assert allowed == {"'none'", "'self'"}
        assert "<script" not in response.text
        assert 'lang="en"' in response.text
        assert 'src="http' not in response.text
        assert 'rel="stylesheet" href="/static/style.css?' in response.text
    assert "<textarea" in service.get("/sparql", headers=browser).text
    assert f"{GRAPH}parts" in service.get("/").text
    assert "prefers-color-scheme: dark" in service.get("/static/style.css").text


def test_operations_pages_answer(service: Service) -> None:
    assert service.get("/live").json() == {"status": "live"}
    ready = service.get("/ready").json()
    assert (ready["status"], ready["triples"]) == ("ready", 9000)
    limits = service.get("/limits").json()
    assert limits["time_seconds"] == 1.0
    assert limits["workers"] == 2
    problem(service.get("/nothing"), 404)
    problem(httpx.post(f"{service.url}/live"), 405)


def test_start_says_what_is_served_with_which_limits_and_where(service: Service) -> None:
    printed = "\n".join(service.printed)
    assert "9,000 triples in 2 graphs" in printed
    assert f"3,000  {GRAPH}parts" in printed
    assert "time of a query: 1 s" in printed
    assert f"Open {service.url}/ in a browser" in printed


def test_graphs_of_the_repository_are_served() -> None:
    folder = Path(__file__).parents[2] / "data" / "graphs"
    running = Service.start(folder)
    try:
        total = running.get("/ready").json()["triples"]
        assert total > 0
        query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
        assert running.ask(query, format="csv").text == f"n\r\n{total}\r\n"
        by_graph = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
        assert running.ask(by_graph, format="csv").text == f"n\r\n{total}\r\n"
    finally:
        running.stop()
