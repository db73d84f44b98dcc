"""Triples: plans and authority tables become graphs. RDF begins here."""

from drugpolicy_kg.mapping.plans import PlanGraphs
from drugpolicy_kg.mapping.tables import entry_graph

__all__ = ["PlanGraphs", "entry_graph"]
