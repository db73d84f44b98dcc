"""What people take away: dumps of the whole graph, and tables for those who do not use RDF.

Everything here is made from a release's own graphs and answers, without a clock and in a fixed
order, so that the same knowledge has the same bytes.
"""

from __future__ import annotations

from drugpolicy_kg.exports.dumps import dumps, quads
from drugpolicy_kg.exports.table import Table
from drugpolicy_kg.exports.tables import files
from drugpolicy_kg.exports.terms import Terms

__all__ = ["Table", "Terms", "dumps", "files", "quads"]
