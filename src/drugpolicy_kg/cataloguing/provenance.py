"""How the graphs were built: https://www.w3.org/TR/prov-o/, without a clock.

Versions and digests say which build it was: the same files and the same program give the same
graphs, whenever they are built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.cataloguing.described import PUBLISHER, say
from drugpolicy_kg.cataloguing.terms import SCHEMA
from drugpolicy_kg.vocabulary import ID, OWL, PROV, RDFS

if TYPE_CHECKING:
    from drugpolicy_kg.cataloguing.described import Described
    from drugpolicy_kg.graphs import Graph


def write(graph: Graph, described: Described) -> None:
    """Describe the build: what it used, who did it, and which files came out."""
    activity = f"{ID}build/{described.version}"
    program = f"{ID}software/drugpolicy-kg/{described.version}"
    graph.type(activity, PROV.Activity)
    say(graph, activity, RDFS.label, described.words.activity)
    graph.link(activity, PROV.wasAssociatedWith, program, PUBLISHER)
    graph.type(program, PROV.SoftwareAgent)
    say(graph, program, RDFS.label, described.words.software)
    graph.value(program, OWL.versionInfo, described.version)
    graph.type(PUBLISHER, PROV.Agent)
    sources = [file for plan in described.plans for file in plan.editions]
    written = {_input(path): (path, digest) for path, digest in described.inputs.items()}
    graph.link(activity, PROV.used, *sources, *written)
    for file in sources:
        graph.type(file, PROV.Entity)
    for iri, (path, digest) in written.items():
        graph.type(iri, PROV.Entity)
        graph.value(iri, RDFS.label, path)
        graph.value(iri, SCHEMA.sha256, digest)
    for name, own in described.graphs.items():
        graph.type(own.iri, PROV.Entity)
        graph.link(own.iri, PROV.wasGeneratedBy, activity)
        graph.value(own.iri, SCHEMA.sha256, described.digests[name])
    for plan in described.plans:
        for iri in plan.graphs:
            graph.link(iri, PROV.wasDerivedFrom, *plan.editions)


def _input(path: str) -> str:
    """Return the IRI of a file that people wrote; a full stop would read as a format.

    >>> _input("data/authorities/actors.yaml")
    'https://w3id.org/drugpolicy-kg/id/input/data/authorities/actors-yaml'
    """
    return f"{ID}input/{path.replace('.', '-')}"
