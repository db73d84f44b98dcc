"""Reason: what follows from the graphs by the axioms, and whether they contradict each other."""

from drugpolicy_kg.reasoning.closure import infer
from drugpolicy_kg.reasoning.examining import Knowledge, load
from drugpolicy_kg.reasoning.profile import Profile
from drugpolicy_kg.reasoning.reasoners import REASONERS, Verdict, ask

__all__ = ["REASONERS", "Knowledge", "Profile", "Verdict", "ask", "infer", "load"]
