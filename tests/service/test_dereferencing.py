"""Every IRI of ours leads to a document about it, in the format and language asked for."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Final

import httpx
import pyoxigraph as ox
import pytest

from drugpolicy_kg import releases
from drugpolicy_kg.service.routes.places import Place
from drugpolicy_kg.service.views import context, describing, documents, naming, wording
from drugpolicy_kg.store import Question
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import by_name
from drugpolicy_kg.vocabulary import RDF
from tests.conftest import ROOT
from tests.service.running import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE: Final = "https://w3id.org/drugpolicy-kg"
GRAPHS: Final = ROOT / "data" / "graphs"
FORMATS: Final = {
    "ttl": ("text/turtle", ox.RdfFormat.TURTLE),
    "nt": ("application/n-triples", ox.RdfFormat.N_TRIPLES),
    "rdf": ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    "jsonld": ("application/ld+json", ox.RdfFormat.JSON_LD),
}
STRUCTURE: Final = frozenset(
    [
        "id",
        "plan",
        "action",
        "item",
        "participation",
        "timetable",
        "footnote",
        "priority",
        "section",
        "indicator",
        "code",
        "area",
        "evidence",
        "quote",
        "position",
        "stated",
        "actor",
        "place",
        "programme",
        "instrument",
        "concept",
        "scheme",
        "edition",
        "file",
        "data-source",
        "ontology",
        "citation",
        "commitment",
        "source",
    ]
)
ACTION: Final = "/id/plan/com-2025-744/action/19"
EUROPOL: Final = "/id/actor/europol"


@cache
def our_iris() -> frozenset[str]:
    """Return every IRI of ours in subject and object position of the published graphs."""
    manifest = releases.read_manifest(GRAPHS)
    found = set()
    for graph in manifest.graphs:
        for quad in ox.parse(path=manifest.path(graph), format=ox.RdfFormat.TURTLE):
            for term in (quad.subject, quad.object):
                if isinstance(term, ox.NamedNode) and term.value.startswith(BASE):
                    found.add(term.value)
    assert len(found) > 17_000
    return frozenset(found)


def kinds_of_iris() -> list[str]:
    """Return one IRI of each kind: the last word of the path that is no name tells it."""
    shapes: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for iri in our_iris():
        path = iri.removeprefix(BASE).partition("#")[0]
        if path.startswith("/graph/"):
            continue  # The document is the graph itself; it is described at /void.
        steps = [step for step in path.split("/") if step in STRUCTURE]
        shapes[tuple(steps[-1:])].append(path)
    return sorted(min(paths) for paths in shapes.values())


@pytest.fixture(scope="module")
def site() -> Iterator[Service]:
    running = Service.start(GRAPHS, limits={"time_seconds": 10.0})
    yield running
    running.stop()


def triples(answer: httpx.Response, suffix: str) -> set[ox.Triple]:
    """Return the triples of an answer in the format of a suffix."""
    media_type, kind = FORMATS[suffix]
    assert answer.headers["content-type"].partition(";")[0] == media_type
    return {quad.triple for quad in ox.parse(answer.content, format=kind)}


def test_every_iri_of_ours_is_one_that_the_routes_take() -> None:
    for iri in our_iris():
        document = iri.partition("#")[0]
        place = Place.of(document.removeprefix(BASE))
        assert (place.iri, place.kind) == (document, None)


@pytest.mark.parametrize("path", kinds_of_iris())
def test_each_kind_of_iri_leads_to_its_description_in_every_format(
    site: Service, path: str
) -> None:
    for suffix, (media_type, _) in FORMATS.items():
        answer = site.get(path, headers={"Accept": media_type}, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        found = triples(answer, suffix)
        assert any(str(ox.NamedNode(BASE + path)) in map(str, triple) for triple in found)
        direct = site.get(f"{path}.{suffix}")
        assert direct.content == answer.content
    page = site.get(path, headers={"Accept": "text/html"}, follow_redirects=True)
    assert page.status_code == 200
    assert BASE + path in page.text


@pytest.mark.long
def test_every_iri_of_ours_has_a_description_that_mentions_it() -> None:
    store = EmbeddedStore.load(GRAPHS)
    asked = Question("", by_name("json"))
    known = context.context(store)
    for iri in sorted({iri.partition("#")[0] for iri in our_iris()}):
        described = describing.describe(store, asked, iri)
        text = documents.written(described, f"{iri}.nt", "ntriples", known).decode()
        body = [line for line in text.splitlines() if "foaf" not in line]
        assert any(f"<{iri}>" in line for line in body), iri


def test_ontology_document_defines_every_term_that_the_graphs_use(site: Service) -> None:
    defined = {str(t.subject)[1:-1] for t in triples(site.get("/ontology.ttl"), "ttl")}
    terms = {iri for iri in our_iris() if iri.startswith(f"{BASE}/ontology#")}
    assert len(terms) > 100
    assert terms <= defined


def test_thing_sends_its_clients_to_the_document_that_they_prefer(site: Service) -> None:
    for accept, suffix in (
        ("text/turtle", "ttl"),
        ("application/ld+json;q=0.9, text/turtle;q=0.4", "jsonld"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("text/*;q=0.2, application/rdf+xml;q=0.3", "rdf"),
        ("application/json", "jsonld"),
        ("*/*", "ttl"),
    ):
        answer = site.get(EUROPOL, headers={"Accept": accept})
        assert answer.status_code == 303, accept
        assert answer.headers["location"] == f"{EUROPOL}.{suffix}"
        assert "accept" in answer.headers["vary"].lower()
    assert site.get(EUROPOL, headers={"Accept": "image/png"}).status_code == 406
    refused = site.get(f"{EUROPOL}.ttl", params={"format": "csv"})
    assert refused.status_code == 200
    assert site.get("/ontology", headers={"Accept": "image/png"}).status_code == 406


def test_document_says_where_exactly_it_stands_and_its_other_formats(site: Service) -> None:
    answer = site.get("/ontology", headers={"Accept": "application/rdf+xml"})
    assert answer.status_code == 200
    assert answer.headers["content-location"] == "/ontology.rdf"
    links = httpx.Response(200, headers={"Link": answer.headers["link"]}).links
    assert links["canonical"]["url"] == f"{BASE}/ontology"
    assert links["license"]["url"] == "https://creativecommons.org/licenses/by/4.0/"
    assert '</ontology.html>; rel="alternate"; type="text/html"' in answer.headers["link"]
    thing = site.get(EUROPOL)
    assert f'<{EUROPOL}.ttl>; rel="describedby"' in thing.headers["link"]


def test_head_options_and_conditions_are_answered_as_for_any_document(site: Service) -> None:
    get = site.get(f"{ACTION}.ttl")
    head = httpx.head(f"{site.url}{ACTION}.ttl")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "last-modified", "content-type", "content-length", "link"):
        assert head.headers[name] == get.headers[name]
    again = site.get(f"{ACTION}.ttl", headers={"If-None-Match": get.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    asked = httpx.options(f"{site.url}{ACTION}")
    assert asked.headers["allow"] == "GET, HEAD, OPTIONS"
    assert asked.headers["access-control-allow-origin"] == "*"
    assert get.headers["access-control-allow-origin"] == "*"
    assert httpx.post(f"{site.url}{ACTION}").status_code == 405
    assert httpx.head(f"{site.url}{EUROPOL}").status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/id/actor/nobody",
        "/id/actor/nobody.ttl",
        "/id/actor/europol%3E%20%7D%20%23",
        "/id/" + "a" * 300,
        "/ontology/nothing",
        "/id/actor/europol.ttl.ttl",
    ],
)
def test_what_is_not_in_the_graph_is_not_found(site: Service, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_description_of_an_action_holds_its_sentence_its_parts_and_names(site: Service) -> None:
    text = site.get(f"{ACTION}.ttl").text
    assert "Enhance international cooperation through joint investigations" in text
    assert '"Europol"' in text
    assert "/action/19/participation/2>" in text
    assert "dp:firstLine 4" in text
    assert "creativecommons.org/licenses/by/4.0" in text


def test_what_is_cut_is_counted_and_leads_to_the_query_for_all(site: Service) -> None:
    found = triples(site.get("/id/plan/com-2020-606.nt"), "nt")
    told = [t for t in found if "100 of 346 are listed" in str(t.object)]
    assert len(told) == 1
    query = str(told[0].subject)[1:-1].removeprefix(BASE)
    assert len(site.get(f"{query}&format=csv").text.splitlines()) == 347


def test_json_ld_is_a_tree_with_short_names_and_needs_no_network(site: Service) -> None:
    tree = json.loads(site.get(f"{ACTION}.jsonld").text)
    assert tree["id"] == BASE + ACTION
    assert tree["type"] == "Action"
    assert tree["number"] == 19
    assert set(tree["title"]) == {"en"}
    assert [part["participant"]["id"].rpartition("/")[2] for part in tree["hasParticipation"]] == [
        "european-commission",
        "europol",
        "eurojust",
        "member-states",
    ]
    published = json.loads(site.get("/context.jsonld").text)["@context"]
    assert tree["@context"].items() <= published.items()
    assert {"Action", "inPlan", "participant", "prefLabel"} <= set(published)


def test_page_speaks_the_language_that_was_chosen_or_is_preferred(site: Service) -> None:
    action = "/id/plan/com-2020-606/action/1.html"
    english = site.get(action, headers={"Accept-Language": "fr, en;q=0.5"})
    danish = site.get(action, headers={"Accept-Language": "da, en;q=0.5"})
    chosen = site.get(f"{action}?lang=da", headers={"Accept-Language": "en"})
    assert '<html lang="en">' in english.text
    assert "What the graph says" in english.text
    for page in (danish, chosen):
        assert '<html lang="da">' in page.text
        assert "Hvad grafen siger" in page.text
    assert 'href="/id/plan/com-2020-606?lang=da"' in chosen.text
    assert 'href="/id/plan/com-2020-606"' in danish.text
    assert "accept-language" in english.headers["vary"].lower()


def test_page_escapes_loads_nothing_foreign_and_links_to_the_data(site: Service) -> None:
    page = site.get(f"{ACTION}.html")
    assert "script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for suffix in FORMATS:
        assert f'href="{ACTION}.{suffix}"' in page.text
    assert "Decision 2011/833/EU" in page.text


def test_languages_of_the_pages_have_the_same_words() -> None:
    def keys(node: object) -> object:
        return {key: keys(value) for key, value in node.items()} if isinstance(node, dict) else 0

    first, *others = wording.wordings().values()
    assert others
    for other in others:
        assert keys(other) == keys(first)
        assert [entry["class"] for entry in other["names"]] == [
            entry["class"] for entry in first["names"]
        ]


def test_endpoint_of_another_engine_is_described_as_our_own_store(site: Service) -> None:
    front = Service.start(
        None, endpoint=f"{site.url}/sparql", workers=2, limits={"time_seconds": 10.0}
    )
    try:
        for path in (ACTION, EUROPOL, "/ontology"):
            ours = triples(front.get(f"{path}.nt"), "nt")
            assert ours == triples(site.get(f"{path}.nt"), "nt")
        assert front.get(EUROPOL).status_code == 303
        assert "Europol" in front.get(f"{EUROPOL}.html").text
        assert "etag" not in front.get(f"{EUROPOL}.ttl").headers
    finally:
        front.stop()


def test_start_page_names_the_plans_and_says_how_to_ask_take_and_cite(site: Service) -> None:
    english = site.get("/")
    danish = site.get("/", headers={"Accept-Language": "da"})
    assert "EU Action Plan on Drugs 2021-2025" in english.text
    assert "53 actions" in english.text
    assert "narkotikahandlingsplan (2021-2025)" in danish.text
    assert "53 foranstaltninger" in danish.text
    for page in (english, danish):
        for link in ("/id/plan/com-2025-744", "/sparql", "/dumps", "/about", "/graph/ontology"):
            assert f'href="{link}"' in page.text, link
    about = site.get("/about?lang=da")
    assert "Om denne graf" in about.text
    assert "2011/833/EU" in about.text
    assert 'href="/?lang=da"' in about.text


def test_graph_has_a_page_beside_its_formats(site: Service) -> None:
    page = site.get("/graph/authorities", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert f"{BASE}/graph/authorities" in page.text
    assert "actor" in page.text
    assert site.get("/graph/authorities.html").text == page.text
    turtle = site.get("/graph/authorities", headers={"Accept": "text/turtle"})
    assert turtle.headers["content-type"].startswith("text/turtle")
    assert '</graph/authorities.html>; rel="alternate"' in turtle.headers["link"]


def test_shapes_are_a_document_in_every_format_and_a_page(site: Service) -> None:
    rule = f"{BASE}/shapes#Action-number"
    for suffix in FORMATS:
        answer = site.get(f"/shapes.{suffix}")
        assert any(str(triple.subject) == f"<{rule}>" for triple in triples(answer, suffix))
    page = site.get("/shapes", headers={"Accept": "text/html", "Accept-Language": "da"})
    assert 'id="Action-number"' in page.text
    assert page.headers["content-location"] == "/shapes.html"


def test_page_of_a_thing_leads_to_its_citation(site: Service) -> None:
    page = site.get(f"{ACTION}.html")
    assert f'href="/cite?about={ACTION[1:]}"' in page.text
    cited = site.get(f"/cite?about={ACTION[1:]}", headers={"Accept": "text/plain"})
    assert cited.status_code == 200
    assert BASE + ACTION in cited.text
    assert f'<{BASE}{ACTION}>; rel="cite-as"' in page.headers["link"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/void", "http://rdfs.org/ns/void#Dataset"),
        ("/catalogue", "http://www.w3.org/ns/dcat#Catalog"),
    ],
)
def test_descriptions_of_the_whole_stand_at_routes_of_their_own(
    site: Service, path: str, kind: str
) -> None:
    manifest = releases.read_manifest(GRAPHS)
    (graph,) = (row for row in manifest.graphs if row.iri == f"{BASE}/graph{path}")
    for suffix, (media_type, _) in FORMATS.items():
        answer = site.get(path, headers={"Accept": media_type})
        assert answer.headers["content-location"] == f"{path}.{suffix}"
        found = triples(answer, suffix)
        assert any(str(triple.object) == f"<{kind}>" for triple in found)
        assert len(found) >= graph.triples
    page = site.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert site.get(path, headers={"Accept": "image/png"}).status_code == 406


def test_a_graph_leads_to_its_description_which_mentions_it(site: Service) -> None:
    described = {str(triple.subject) for triple in triples(site.get("/void.ttl"), "ttl")}
    manifest = releases.read_manifest(GRAPHS)
    for row in manifest.graphs:
        assert f"<{row.iri}>" in described
    answer = site.get("/graph/authorities.ttl")
    assert '</void>; rel="describedby"' in answer.headers["link"]


def test_terms_of_other_vocabularies_have_words_in_every_language() -> None:
    manifest = releases.read_manifest(GRAPHS)
    used = set()
    for graph in manifest.graphs:
        for quad in ox.parse(path=manifest.path(graph), format=ox.RdfFormat.TURTLE):
            used.add(quad.predicate.value)
            if quad.predicate.value == RDF.type and isinstance(quad.object, ox.NamedNode):
                used.add(quad.object.value)
    foreign = {iri for iri in used if not iri.startswith(BASE)}
    assert len(foreign) > 50
    for language, told in wording.wordings().items():
        wordless = sorted(iri for iri in foreign if naming.prefixed(iri) not in told["terms"])
        assert wordless == [], f"words/{language}.yaml, key 'terms'"


@pytest.mark.parametrize("path", ["/void", "/catalogue", "/ontology", "/shapes"])
def test_every_description_states_its_licence_once(site: Service, path: str) -> None:
    answer = site.get(f"{path}.ttl")
    assert answer.status_code == 200
    assert answer.headers["link"].count('rel="license"') == 1
