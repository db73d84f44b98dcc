from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx
import pyoxigraph as ox
import pytest

from drugpolicy_kg.service.admission import admit
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.options import Limits
from tests.w3c import protocol
from tests.w3c.evaluation import Outcome, run_evaluation, run_syntax
from tests.w3c.manifests import EVALUATION, SYNTAX, cases, known_misses

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.servers import Server

pytestmark = pytest.mark.w3c

SD: Final = "http://www.w3.org/ns/sparql-service-description#"
RDF_TYPE: Final = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
# A sub-SELECT, VALUES or MINUS inside GRAPH ?g is refused with a remedy, since the engine forgets
# there which graph it is in. It answers some of them rightly; this list may only shrink.
REFUSED_BY_DESIGN: Final = {
    "aggregates/agg-empty-group-count-graph",
    "bindings/graph",
    "negation/graph-minus",
    "subquery/subquery01",
    "subquery/subquery02",
    "subquery/subquery03",
    "subquery/subquery04",
    "subquery/subquery05",
}
# The schema of the service description: the class of what a property says something of, and
# the class of its values (none: an IRI that the service need not describe).
SCHEMA: Final = {
    "endpoint": ("Service", None),
    "feature": ("Service", None),
    "supportedLanguage": ("Service", None),
    "languageExtension": ("Service", None),
    "extensionFunction": ("Service", None),
    "propertyFeature": ("Service", None),
    "inputFormat": ("Service", None),
    "resultFormat": ("Service", None),
    "defaultEntailmentRegime": ("Service", None),
    "availableGraphs": ("Service", "GraphCollection"),
    "defaultDataset": ("Service", "Dataset"),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("Dataset", "NamedGraph"),
    "graph": ("NamedGraph", "Graph"),
    "name": ("NamedGraph", None),
    "entailmentRegime": ("NamedGraph", None),
}


def check(outcomes: list[Outcome], prefix: tuple[str, ...]) -> None:
    """Compare the misses with the list of known ones, in both directions."""
    assert outcomes, "no test was found"
    known = {name for name in known_misses() if name.startswith(prefix)}
    missed = {outcome.name: outcome.miss for outcome in outcomes if outcome.miss}
    fresh = {name: miss for name, miss in missed.items() if name not in known}
    assert not fresh, f"{len(outcomes) - len(missed)} of {len(outcomes)} pass; new misses: {fresh}"
    passing = known & {outcome.name for outcome in outcomes if not outcome.miss}
    assert not passing, f"pass now; take them out of known-misses.txt: {sorted(passing)}"
    unknown = known - {outcome.name for outcome in outcomes}
    assert not unknown, f"stand in known-misses.txt but are no tests: {sorted(unknown)}"


def test_query_evaluation_misses_only_what_is_known(suites: Path) -> None:
    assert suites.is_dir()
    outcomes = run_evaluation()
    check(outcomes, tuple(f"{folder}/" for folder in EVALUATION))
    evaluated = [outcome for outcome in outcomes if outcome.kind == "QueryEvaluationTest"]
    assert len(evaluated) == 232
    assert sum(not outcome.miss for outcome in evaluated) >= 221


def test_every_result_in_csv_tsv_and_json_is_as_the_suite_has_it(suites: Path) -> None:
    assert suites.is_dir()
    folders = ("csv-tsv-res/", "json-res/")
    outcomes = [outcome for outcome in run_evaluation() if outcome.name.startswith(folders)]
    assert len(outcomes) == 10
    check(outcomes, folders)


def test_every_syntax_is_taken_or_refused_as_the_suite_has_it(suites: Path) -> None:
    assert suites.is_dir()
    outcomes = run_syntax()
    assert len(outcomes) >= 103
    assert [outcome for outcome in outcomes if outcome.miss] == []


def test_no_valid_query_of_the_suites_is_refused_before_it_is_parsed(suites: Path) -> None:
    assert suites.is_dir()
    refused = {}
    looked_at = 0
    for folder in sorted({*EVALUATION, *SYNTAX}):
        for case in cases(folder):
            if case.kind.startswith("Negative"):
                continue
            looked_at += 1
            try:
                admit(case.query.read_text(encoding="utf-8"), limits=Limits(), graphs=_EveryGraph())
            except Problem as problem:
                refused[case.name] = problem.detail
    assert looked_at > 290
    assert set(refused) <= REFUSED_BY_DESIGN, refused


class _EveryGraph(frozenset[str]):
    """The names of graphs, where every name is one."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)


def test_protocol_is_answered_as_the_suite_has_it(service: Server) -> None:
    outcomes = protocol.run(f"{service.url}/sparql")
    assert len(outcomes) == 34
    check(outcomes, ("protocol/",))


def test_service_description_is_rdf_by_every_name(service: Server) -> None:
    for media_type, kind in {
        "text/turtle": ox.RdfFormat.TURTLE,
        "application/rdf+xml": ox.RdfFormat.RDF_XML,
        "application/n-triples": ox.RdfFormat.N_TRIPLES,
        "*/*": ox.RdfFormat.TURTLE,
    }.items():
        response = httpx.get(f"{service.url}/sparql", headers={"Accept": media_type})
        assert response.status_code == 200
        assert len(list(ox.parse(response.content, format=kind))) > 10


def description(service: Server) -> list[ox.Triple]:
    headers = {"Accept": "application/n-triples"}
    response = httpx.get(f"{service.url}/sparql", headers=headers)
    return [quad.triple for quad in ox.parse(response.content, format=ox.RdfFormat.N_TRIPLES)]


def test_service_description_names_the_endpoint_it_came_from(service: Server) -> None:
    endpoints = [
        triple.object
        for triple in description(service)
        if triple.predicate.value == f"{SD}endpoint"
    ]
    assert endpoints == [ox.NamedNode(f"{service.url}/sparql")]


def test_service_description_conforms_to_its_schema(service: Server) -> None:
    triples = description(service)
    types = {(t.subject, t.object) for t in triples if t.predicate == RDF_TYPE}
    used = [t for t in triples if t.predicate.value.startswith(SD)]
    assert len(used) > 10
    for triple in used:
        name = triple.predicate.value.removeprefix(SD)
        assert name in SCHEMA, name
        subject, value = SCHEMA[name]
        assert (triple.subject, ox.NamedNode(SD + subject)) in types, triple
        assert not isinstance(triple.object, ox.Literal), triple
        if value is not None:
            assert (triple.object, ox.NamedNode(SD + value)) in types, triple
    assert sum(of == ox.NamedNode(f"{SD}Service") for _, of in types) == 1
