"""The pages about ontology and shapes: every term, in two languages, with what binds it."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser

import pytest

from drugpolicy_kg.service.views import pages, term_pages
from drugpolicy_kg.service.views.ontology_model import knowledge
from drugpolicy_kg.vocabulary import BASE, DP, DP_NAMESPACE, ONTOLOGY

SHAPES = f"{BASE}shapes"


@cache
def page(thing: str, language: str) -> str:
    """Return a page as text."""
    told = {
        "thing": thing,
        "languages": [language],
        "path": f"/{thing.removeprefix(BASE)}",
        "lang": "",
    }
    return term_pages.page(told).decode()


class Anchors(HTMLParser):
    """Gathers what can be linked to within a page, and what is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("thing", [ONTOLOGY, SHAPES])
def test_links_within_a_page_lead_somewhere_and_anchors_are_unique(
    thing: str, language: str
) -> None:
    anchors = Anchors(page(thing, language))
    inner = {link[1:] for link in anchors.links if link.startswith("#")}
    assert len(inner) > 30
    assert inner <= set(anchors.ids)
    assert len(anchors.ids) == len(set(anchors.ids))


def test_every_term_has_an_entry_with_label_definition_and_example() -> None:
    known = knowledge()
    assert len(known.classes) >= 32
    assert len(known.properties) >= 79
    for language in ("en", "da"):
        ids = set(Anchors(page(ONTOLOGY, language)).ids)
        for iri in (*known.classes, *known.properties):
            assert iri.removeprefix(DP_NAMESPACE) in ids
    for iri in (*known.classes, *known.properties):
        term = term_pages.entry(iri, "da")
        assert term["label"].language == "da", iri
        assert term["definition"].language == "da", iri
        assert term["examples"], iri


def test_entry_of_a_property_says_what_the_axioms_say() -> None:
    terms = knowledge().terms
    assert terms.domain(DP.inPriority) == [DP.Action]
    assert terms.range(DP.inPriority) == [DP.Priority]
    assert DP.Timetable in terms.domain(DP.inPlan)
    assert terms.inverses(DP.follows) == [f"{DP_NAMESPACE}followedBy"]
    assert terms.chains(DP.involves) == [[DP.hasParticipation, DP.participant]]
    assert terms.characteristics(DP.inPriority) == ["FunctionalProperty"]
    assert terms.lineage(DP.StrategicPriority) >= {DP.StrategicPriority, DP.Priority}


def test_entry_of_a_class_names_its_rules_and_the_words_of_the_documents() -> None:
    words = knowledge().words(DP.Action)
    assert "Action" in words["en"]
    assert "Foranstaltning" in words["da"]
    assert "Vigtigste EU-aktører" in knowledge().words(DP.roleWording)["da"]
    english = page(ONTOLOGY, "en")
    assert 'href="/shapes#Action"' in english
    assert "DP-ACT-101" in english
    assert "“Main EU actors”" in english
    assert "»Foranstaltning«" in page(ONTOLOGY, "da")


def test_page_of_the_shapes_has_every_rule_with_its_message_and_remedy() -> None:
    shapes = knowledge().shapes
    rules = shapes.of_type("http://www.w3.org/ns/shacl#PropertyShape")
    assert len(rules) > 100
    english, danish = page(SHAPES, "en"), page(SHAPES, "da")
    ids = set(Anchors(english).ids)
    assert {rule.rpartition("#")[2] for rule in rules} <= ids
    assert "An action has one number, a whole number from 1." in english
    assert "En foranstaltning har ét nummer, et helt tal fra 1." in danish


def test_every_arrow_of_the_diagram_is_a_statement_that_the_axioms_allow() -> None:
    known = knowledge()
    settings = known.settings["diagram"]
    assert len(settings["arrows"]) > 15
    for start, name, end in settings["arrows"]:
        subject, predicate, thing = (pages.expanded(part) for part in (start, name, end))
        assert subject in known.classes
        assert thing in known.classes
        if not predicate.startswith(DP_NAMESPACE):
            continue
        domain, span = known.terms.domain(predicate), known.terms.range(predicate)
        assert known.terms.lineage(subject) & set(domain), (start, name)
        below = {c for c in known.classes if thing in known.terms.lineage(c)}
        assert (known.terms.lineage(thing) | below) & set(span), (name, end)


def test_boxes_of_the_diagram_stand_apart() -> None:
    places = [tuple(place) for place in knowledge().settings["diagram"]["boxes"].values()]
    assert len(places) == len(set(places))
