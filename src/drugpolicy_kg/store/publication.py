"""From a folder of graphs to a release: with its saved queries, and the answers they give."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from drugpolicy_kg import releases
from drugpolicy_kg.queries import load_queries
from drugpolicy_kg.store import Question
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import by_name

if TYPE_CHECKING:
    from pathlib import Path

QUERIES: Final = "queries"


def publish(
    version: str, graphs: Path, root: Path, *, queries: Path | None = None
) -> releases.Manifest:
    """Return the manifest of the release ROOT/VERSION, which ROOT/current now points to.

    The release carries the saved queries of a folder and the SHA-256 of what each of them
    answers, so that a server can tell before it serves whether it answers the same.
    """
    store = EmbeddedStore.load(graphs)
    files: dict[str, bytes] = {}
    answers: dict[str, str] = {}
    for name, query in ({} if queries is None else load_queries(queries)).items():
        file = f"{QUERIES}/{name}.rq"
        files[file] = query.text.encode()
        answers[file] = answer_sha256(store, query.text)
    return releases.write_release(version, graphs, root, files=files, answers=answers)


def answer_sha256(store: EmbeddedStore, query: str) -> str:
    """Return the SHA-256 of the answer to a query as CSV."""
    sink = io.BytesIO()
    store.answer(Question(query, by_name("csv")), sink)
    return sha256(sink.getvalue()).hexdigest()
