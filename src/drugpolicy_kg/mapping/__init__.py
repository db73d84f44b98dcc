"""Triples: plans, authority tables and links become graphs. RDF begins here."""

from drugpolicy_kg.mapping.links import link_graph, vocabulary_graph
from drugpolicy_kg.mapping.plans import PlanGraphs
from drugpolicy_kg.mapping.tables import entry_graph

__all__ = ["PlanGraphs", "entry_graph", "link_graph", "vocabulary_graph"]
