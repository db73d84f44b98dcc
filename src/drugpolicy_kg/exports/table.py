"""A table: the answer of a saved query, and how its rows are facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.exports.definitions import Definition
    from drugpolicy_kg.results import Rows


@dataclass(frozen=True)
class Table:
    """The answer of a saved query; `definition` says how its rows are facts, if they are."""

    name: str
    summary: str
    columns: Mapping[str, str]
    rows: Rows
    definition: Definition | None = None

    @property
    def file(self) -> str:
        """Return the name of its CSV file."""
        return f"{self.name}.csv"

    def datatype(self, column: str) -> str:
        """Return what the cells of a column are: boolean, integer, number or string."""
        index = self.rows.columns.index(column)
        found = {type(row[index]) for row in self.rows.cells} - {type(None)}
        if not found or not found <= {bool, int, float}:
            return "string"
        if found == {bool}:
            return "boolean"
        return "integer" if found == {int} else "number"
