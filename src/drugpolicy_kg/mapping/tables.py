"""The authority tables as a graph: names, kinds, history and confirmed identifiers."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from drugpolicy_kg import identifiers as ids
from drugpolicy_kg.graphs import Graph
from drugpolicy_kg.vocabulary import DCT, DP, ELI, ORG, SKOS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.definitions import Entry


def entry_graph(
    tables: Mapping[str, tuple[Entry, ...]],
    met: Mapping[str, tuple[str, str]],
    numbers: Mapping[str, Mapping[str, str]] | None = None,
) -> Graph:
    """Return the authority tables as a graph, with the acts that only plans name.

    `met` gives identifier and kind of each cited instrument that no table has; `numbers` gives
    the confirmed CELEX numbers and ELIs, each a property with its value for every act.
    """
    graph = Graph(ids.graph("authorities"))
    for table, rows in tables.items():
        for entry in rows:
            _entry(graph, table, entry)
            if table == "instruments":
                iri = ids.thing(table, entry.id)
                for predicate, values in (numbers or {}).items():
                    graph.value(iri, predicate, values.get(iri))
    for instrument, (identifier, kind) in met.items():
        iri = ids.thing("instruments", instrument)
        graph.type(iri, DP.Instrument)
        graph.value(iri, DP.code, instrument)
        graph.value(iri, DP.identifier, identifier)
        graph.link(iri, DP.kind, ids.concept("instrument-kind", kind))
    return graph


_CLASSES = {
    "actors": DP.Actor,
    "places": DP.Place,
    "programmes": DP.Programme,
    "instruments": DP.Instrument,
    "sources": DP.DataSource,
}
_SCHEMES = {
    "actors": "actor-kind",
    "places": "place-kind",
    "programmes": "programme-kind",
    "instruments": "instrument-kind",
    "sources": "data-source-kind",
}


def _entry(graph: Graph, table: str, entry: Entry) -> None:
    iri = ids.thing(table, entry.id)
    if table == "concepts":
        graph.type(iri, SKOS.Concept, DP.Substance if entry.kind == "substance" else DP.Theme)
        graph.link(iri, SKOS.inScheme, ids.concept("themes", "").rstrip("/"))
    else:
        graph.type(iri, _CLASSES[table])
        graph.link(iri, DP.kind, ids.concept(_SCHEMES[table], entry.kind))
    graph.value(iri, DP.code, entry.id)
    for language, names in sorted(entry.names.items()):
        graph.words(iri, SKOS.prefLabel, names.label, language)
        for variant in names.variants:
            if variant != names.label:
                graph.words(iri, SKOS.altLabel, variant, language)
    graph.value(iri, DP.shortName, entry.short)
    graph.value(iri, DP.existsSince, entry.since)
    graph.value(iri, DP.existsUntil, entry.until)
    if entry.successor:
        _succession(graph, table, entry, iri)
    if entry.within:
        graph.link(iri, DP.within, ids.thing(table, entry.within))
    if entry.broader:
        graph.link(iri, SKOS.broader, ids.thing(table, entry.broader))
    if table == "places":
        graph.value(iri, DP.euMember, entry.eu_member)
    _instrument(graph, iri, entry)


def _succession(graph: Graph, table: str, entry: Entry, iri: str) -> None:
    """State that a body became another one, as the Organization ontology has it."""
    successor = ids.thing(table, entry.successor or "")
    event = f"{iri}/succession"
    graph.link(iri, DP.replacedBy, successor)
    graph.type(event, ORG.ChangeEvent)
    graph.link(event, ORG.originalOrganization, iri)
    graph.link(event, ORG.resultingOrganization, successor)
    if entry.until:
        graph.value(event, DCT.date, entry.until + datetime.timedelta(days=1))


def _instrument(graph: Graph, iri: str, entry: Entry) -> None:
    graph.value(iri, DP.identifier, entry.identifier)
    if entry.title:
        graph.value(iri, DP.title, entry.title)
    graph.value(iri, ELI.date_document, entry.date)
    if entry.replaced_by and entry.replaced_by.id:
        graph.link(iri, DP.replacedBy, ids.thing("instruments", entry.replaced_by.id))
    elif entry.replaced_by:
        graph.value(iri, DP.replacedByIdentifier, entry.replaced_by.celex)
