"""From a folder of graphs to a release: with its saved queries, and the answers they give."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from drugpolicy_kg import releases
from drugpolicy_kg.queries import load_queries
from drugpolicy_kg.store.embedded import EmbeddedStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

QUERIES: Final = "queries"


def publish(
    version: str,
    graphs: Path,
    root: Path,
    *,
    queries: Path | None = None,
    more: Mapping[str, bytes] | None = None,
    date: str = "",
) -> releases.Manifest:
    """Return the manifest of the release ROOT/VERSION, which ROOT/current now points to.

    The release carries the saved queries of a folder and the SHA-256 of what each of them
    answers, so that a server can tell before it serves whether it answers the same; `more`
    stands beside them under its paths; `date` is the day of publication, or empty. Raises
    `ReleaseError` if the version is no version or exists, `StoreError` if a query cannot be
    answered.
    """
    # Counted as the release will be: rows that tie come in the order in which it will give them.
    store = EmbeddedStore.load(graphs, count=True)
    files = dict(more or {})
    answers: dict[str, str] = {}
    for name, query in ({} if queries is None else load_queries(queries)).items():
        file = f"{QUERIES}/{name}.rq"
        files[file] = query.text.encode()
        answers[file] = sha256(store.read(query.text, "csv")).hexdigest()
    return releases.write_release(version, graphs, root, files=files, answers=answers, date=date)
