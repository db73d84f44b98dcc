"""The tables as a Frictionless data package (https://specs.frictionlessdata.io/data-package/)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.vocabulary import BASE, LICENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drugpolicy_kg.exports.table import Table

TITLE: Final = "EU drug policy plans as tables"
DESCRIPTION: Final = (
    "Plans of the European Union on drugs: actions, responsible bodies, indicators, citations, "
    "dates and places, each traced to its sentence in the graph that these tables come from."
)


def common(version: str) -> dict[str, Any]:
    """Return what is said of all tables together, in terms of Dublin Core."""
    return {
        "dc:title": TITLE,
        "dc:description": DESCRIPTION,
        "dc:license": {"@id": LICENCE},
        "dc:source": {"@id": BASE},
        "dc:identifier": version,
    }


def package(tables: Sequence[Table], written: Mapping[str, bytes], version: str) -> dict[str, Any]:
    """Return the description of the package; `written` holds the bytes of each CSV file."""
    return {
        "profile": "tabular-data-package",
        "name": "drugpolicy-kg",
        "title": TITLE,
        "description": DESCRIPTION,
        "version": version,
        "homepage": BASE,
        "licenses": [
            {"name": "CC-BY-4.0", "path": LICENCE, "title": "Creative Commons Attribution 4.0"}
        ],
        "sources": [{"title": "drugpolicy-kg", "path": BASE}],
        "resources": [_resource(table, written[table.file]) for table in tables],
    }


def _resource(table: Table, content: bytes) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(table, name) for name in table.columns]}
    if table.definition:
        schema["primaryKey"] = table.definition.key
        if table.definition.refers:
            schema["foreignKeys"] = [
                {
                    "fields": reference.columns,
                    "reference": {"resource": reference.table, "fields": reference.to},
                }
                for reference in table.definition.refers
            ]
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.summary,
        "path": table.file,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": schema,
    }


def _field(table: Table, name: str) -> dict[str, Any]:
    fact = table.definition.facts.get(name) if table.definition else None
    told: dict[str, Any] = {
        "name": name,
        "type": (fact.datatype if fact else "") or table.datatype(name),
        "description": table.columns[name],
    }
    if table.definition and name in table.definition.key:
        told["constraints"] = {"required": True}
    return told
