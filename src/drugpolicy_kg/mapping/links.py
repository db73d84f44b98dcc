"""Links to tables of others as two graphs: the rows that are used, and the links themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg import identifiers as ids
from drugpolicy_kg.graphs import Graph
from drugpolicy_kg.vocabulary import DC, DCT, ELI, OWL, RDFS, SKOS, SSSOM

if TYPE_CHECKING:
    from drugpolicy_kg.linking import External, Link, Links, MappingSet


def vocabulary_graph(links: Links) -> Graph:
    """Return the rows of others' tables that are used, with labels, version and source.

    With them labels can be shown and links be checked where no network is.
    """
    graph = Graph(ids.graph("vocabularies"))
    concepts = {table.id: table.concepts for table in links.vocabularies}
    for table in links.vocabularies:
        iri = ids.vocabulary(table.id)
        graph.type(iri, SKOS.ConceptScheme)
        graph.value(iri, SKOS.notation, table.id)
        for language, names in table.names.items():
            graph.words(iri, SKOS.prefLabel, names.label, language)
        graph.value(iri, DCT.publisher, table.publisher)
        graph.link(iri, DCT.license, table.licence)
        graph.value(iri, DCT.rights, table.attribution)
        graph.value(iri, RDFS.comment, table.note)
    for external in links.externals.values():
        _external(graph, external, is_concept=concepts[external.table])
    return graph


def _external(graph: Graph, external: External, *, is_concept: bool) -> None:
    table = ids.vocabulary(external.table)
    if is_concept:
        graph.type(external.iri, SKOS.Concept)
        graph.link(external.iri, SKOS.inScheme, table)
    else:
        graph.type(external.iri, ELI.LegalResource)
        graph.link(external.iri, DCT.isPartOf, table)
    graph.value(external.iri, SKOS.notation, external.code)
    for language, words in external.labels.items():
        graph.words(external.iri, SKOS.prefLabel, words, language)
    if external.deprecated:
        graph.value(external.iri, OWL.deprecated, external.deprecated)
    graph.value(external.iri, OWL.versionInfo, external.version)
    graph.value(external.iri, DC.source, external.source)


def link_graph(links: Links) -> Graph:
    """Return every link, each beside a node that says who made it, why and on what source.

    Where somebody looked and found nothing, the node alone is there and says where they looked.
    """
    graph = Graph(ids.graph("mappings"))
    for own in links.sets:
        iri = ids.mapping_set(own.name)
        _set(graph, iri, own)
        for link in own.links:
            _link(graph, iri, link, links)
    return graph


def _set(graph: Graph, iri: str, own: MappingSet) -> None:
    header = own.header
    graph.type(iri, SSSOM.MappingSet)
    graph.value(iri, DCT.title, header.mapping_set_title)
    graph.value(iri, DCT.description, header.mapping_set_description)
    for creator in header.creator_label:
        graph.value(iri, DCT.creator, creator)
    graph.value(iri, DCT.created, header.mapping_date)
    graph.link(iri, DCT.license, header.license)
    graph.value(iri, OWL.versionInfo, header.mapping_set_version)
    graph.value(iri, SSSOM.mapping_tool, header.mapping_tool)
    graph.value(iri, SSSOM.mapping_tool_version, header.mapping_tool_version)


def _link(graph: Graph, own: str, link: Link, links: Links) -> None:
    external = links.externals.get(link.target)
    if external:
        graph.link(link.subject, link.predicate, link.target)
        node = ids.link(link.subject, external.table, external.code)
        graph.link(node, SSSOM.object_id, link.target)
        graph.link(node, SSSOM.object_source, link.object_source)
        graph.value(node, SSSOM.object_source_version, link.object_source_version)
        graph.value(node, DC.source, external.source)
    else:
        node = ids.link(link.subject, "none", "").rstrip("/")
        graph.link(node, SSSOM.object_id, SSSOM.NoTermFound)
    graph.type(node, SSSOM.Mapping)
    graph.link(node, SSSOM.subject_id, link.subject)
    graph.link(node, SSSOM.predicate_id, link.predicate)
    graph.link(node, SSSOM.mapping_justification, link.justification)
    graph.value(node, SSSOM.author_label, link.author)
    graph.value(node, SSSOM.confidence, link.confidence)
    graph.value(node, RDFS.comment, link.comment)
    graph.link(node, DCT.isPartOf, own)
