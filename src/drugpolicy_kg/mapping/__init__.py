"""Triples: plans, authority tables, links and judgements become graphs. RDF begins here."""

from drugpolicy_kg.mapping.judgements import judgement_graph
from drugpolicy_kg.mapping.links import link_graph, vocabulary_graph
from drugpolicy_kg.mapping.plans import PlanGraphs
from drugpolicy_kg.mapping.tables import entry_graph

__all__ = ["PlanGraphs", "entry_graph", "judgement_graph", "link_graph", "vocabulary_graph"]
