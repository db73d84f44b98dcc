"""Describe: the graphs as linked data (VoID), as a data set (DCAT-AP), and how they were built.

The three descriptions are graphs too. They count the others and not themselves: a count that
holds itself would change with every statement about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg import identifiers as ids
from drugpolicy_kg.cataloguing import catalogue, provenance, void
from drugpolicy_kg.cataloguing.definitions import Catalogue
from drugpolicy_kg.cataloguing.described import Described, PlanVersion
from drugpolicy_kg.graphs import Graph

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Catalogue", "Described", "PlanVersion", "describe"]


def describe(described: Described) -> Mapping[str, Graph]:
    """Return the graphs that describe the others, by name."""
    result = {name: Graph(ids.graph(name)) for name in ("void", "catalogue", "provenance")}
    void.write(result["void"], described, [graph.iri for graph in result.values()])
    catalogue.write(result["catalogue"], described)
    provenance.write(result["provenance"], described)
    return result
