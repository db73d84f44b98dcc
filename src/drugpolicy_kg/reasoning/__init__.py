"""Reason: what follows from the graphs by the axioms, and whether they contradict each other."""

from drugpolicy_kg.reasoning.closure import infer

__all__ = ["infer"]
