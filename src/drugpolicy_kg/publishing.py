"""Publish: the packaged graphs and questions become a release folder with known answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg import exports, releases, resources
from drugpolicy_kg.exports import deposit, inventory
from drugpolicy_kg.exports.definitions import read_definitions, require
from drugpolicy_kg.queries import load_queries
from drugpolicy_kg.results import from_sparql_json
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.publication import publish

if TYPE_CHECKING:
    from pathlib import Path

    from drugpolicy_kg.queries import SavedQuery
    from drugpolicy_kg.results import Rows


def release(
    version: str, root: Path, *, date: str = "", audit: Path | None = None
) -> releases.Manifest:
    """Return the manifest of ROOT/VERSION, written whole, to which ROOT/current now points.

    The release holds the graphs, dumps and tables of them, what archives are told, a
    bill of the software, the score of the quality rules, the saved queries and the digest of
    what each query answers, so that a copy can be asked whether it still says the same. Raises
    `ReleaseError` if the version is no version or exists, `StoreError` if a query cannot be
    answered.
    """
    graphs = resources.graphs()
    queries = resources.public_queries()
    more = taken_along(version, graphs, EmbeddedStore.load(graphs), load_queries(queries), date)
    more["SCORE.md"] = resources.score().read_bytes()
    more[inventory.FILE] = inventory.bill(version, resources.lock(), audit)
    return publish(version, graphs, root, queries=queries, more=more, date=date)


def taken_along(
    version: str, graphs: Path, store: EmbeddedStore, queries: dict[str, SavedQuery], date: str
) -> dict[str, bytes]:
    """Return dumps, tables and metadata of a folder of graphs under their paths in a release."""
    definitions = read_definitions(resources.table_definitions())
    require(definitions, {name: query.columns for name, query in queries.items()})
    statements = exports.quads(releases.read_manifest(graphs))
    terms = exports.Terms.of(statements, definitions.language)
    answers = {name: (query, _rows(store, query)) for name, query in queries.items()}
    told = deposit.described(
        deposit.read_deposit(resources.deposit()), version, date, deposit.sources(statements)
    )
    return told | exports.dumps(statements) | exports.files(answers, definitions, terms, version)


def _rows(store: EmbeddedStore, query: SavedQuery) -> Rows:
    return from_sparql_json(store.read(query.text, "json"), tuple(query.columns))
