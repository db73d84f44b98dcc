"""The tables of a release: CSV, one workbook, and what describes them.

Every saved query is a table. Those of queries/tables.yaml are facts as well: they have keys, and
by their metadata their rows become triples again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.exports import codebook, csvw, datapackage
from drugpolicy_kg.exports.table import Table
from drugpolicy_kg.results import Sheet, to_csv, to_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.exports.definitions import Definitions
    from drugpolicy_kg.exports.terms import Terms
    from drugpolicy_kg.queries import SavedQuery
    from drugpolicy_kg.results import Rows

FOLDER: Final = "tables"
WORKBOOK: Final = "drugpolicy-kg.xlsx"


def files(
    answers: Mapping[str, tuple[SavedQuery, Rows]],
    definitions: Definitions,
    terms: Terms,
    version: str,
) -> dict[str, bytes]:
    """Return the tables of a release under their relative paths, with what describes them."""
    tables = _tables(answers, definitions)
    pages = codebook.pages(tables, terms)
    written = {table.file: to_csv(table.rows).encode() for table in tables}
    sheets = [Sheet(table.name, table.rows) for table in tables]
    return {
        f"{FOLDER}/{name}": content
        for name, content in {
            **written,
            "csv-metadata.json": _json(
                csvw.metadata(tables, definitions.language, datapackage.common(version))
            ),
            "datapackage.json": _json(datapackage.package(tables, written, version)),
            "codebook.md": codebook.markdown(pages, version).encode(),
            WORKBOOK: to_workbook([Sheet("codebook", codebook.rows(pages)), *sheets]),
        }.items()
    }


def _tables(
    answers: Mapping[str, tuple[SavedQuery, Rows]], definitions: Definitions
) -> list[Table]:
    """Return the tables of facts first, in the order of their definitions, then the others."""
    ordered = [*definitions.tables, *(name for name in answers if name not in definitions.tables)]
    return [
        Table(name, query.summary, query.columns, rows, definitions.tables.get(name))
        for name in ordered
        for query, rows in [answers[name]]
    ]


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
