"""Metadata that makes tables readable by machines, and facts out of their rows.

https://www.w3.org/TR/tabular-metadata/ (CSVW); by https://www.w3.org/TR/csv2rdf/ in minimal mode
the tables become triples of the graph again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg.exports.definitions import expand
from drugpolicy_kg.vocabulary import ID, RDF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drugpolicy_kg.exports.definitions import Definition, Fact
    from drugpolicy_kg.exports.table import Table

_CONTEXT: Final = "http://www.w3.org/ns/csvw"


def metadata(tables: Sequence[Table], language: str, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of a group of tables; `about` is what is said of all of them."""
    return {
        "@context": [_CONTEXT, {"@language": language}],
        **about,
        "tables": [_table(table) for table in tables],
    }


def _table(table: Table) -> dict[str, Any]:
    definition = table.definition
    told: dict[str, Any] = {
        "url": table.file,
        "dc:title": table.name,
        "dc:description": table.summary,
    }
    columns = [_column(table, name, definition) for name in table.columns]
    if definition is None:
        return {**told, "suppressOutput": True, "tableSchema": {"columns": columns}}
    schema = {
        "aboutUrl": _template(definition.about),
        "columns": columns + _virtual(definition),
        **_keys(table),
    }
    return {**told, "tableSchema": schema}


def _column(table: Table, name: str, definition: Definition | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": name,
        # Names of columns are of no language, whatever the language of their cells.
        "titles": {"und": name},
        "dc:description": table.columns[name],
    }
    fact = definition.facts.get(name) if definition else None
    told["datatype"] = (fact.datatype if fact else "") or table.datatype(name)
    if definition and name in definition.key:
        told["required"] = True
    if fact is None:
        return {**told, "suppressOutput": True}
    return {**told, **_fact(fact)}


def _fact(fact: Fact) -> dict[str, Any]:
    told: dict[str, Any] = {"propertyUrl": expand(fact.term)}
    if fact.about:
        told["aboutUrl"] = _template(fact.about)
    if fact.value:
        told["valueUrl"] = _template(fact.value)
    if fact.lang:
        told["lang"] = fact.lang
    return told


def _virtual(definition: Definition) -> list[dict[str, Any]]:
    found = [
        {
            "name": "class",
            "virtual": True,
            "propertyUrl": RDF.type,
            "valueUrl": expand(definition.type),
        }
    ]
    found += [
        {
            "name": f"link_{number}",
            "virtual": True,
            "aboutUrl": _template(link.about),
            "propertyUrl": expand(link.term),
            "valueUrl": _template(link.value),
        }
        for number, link in enumerate(definition.links, start=1)
    ]
    return found


def _template(address: str) -> str:
    """Return an address below ours, unless a cell holds the whole of it."""
    return address if address.startswith("{+") else ID + address


def _keys(table: Table) -> dict[str, Any]:
    if table.definition is None:
        return {}
    told: dict[str, Any] = {"primaryKey": table.definition.key}
    if table.definition.refers:
        told["foreignKeys"] = [
            {
                "columnReference": reference.columns,
                "reference": {
                    "resource": f"{reference.table}.csv",
                    "columnReference": reference.to,
                },
            }
            for reference in table.definition.refers
        ]
    return told
