"""Publish: the packaged graphs and questions become a release folder with known answers."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from drugpolicy_kg import releases, resources
from drugpolicy_kg.queries import load_queries
from drugpolicy_kg.store import Question
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import by_name

if TYPE_CHECKING:
    from pathlib import Path


def release(version: str, root: Path) -> releases.Manifest:
    """Return the manifest of ROOT/VERSION, written whole, to which ROOT/current now points.

    The release holds the graphs, the saved queries and the digest of what each query answers,
    so that a copy can be asked whether it still says the same. Raises `ReleaseError` if the
    version is no version or exists, `StoreError` if a query cannot be answered.
    """
    graphs = resources.graphs()
    store = EmbeddedStore.load(graphs)
    files: dict[str, bytes] = {}
    answers: dict[str, str] = {}
    for path in sorted(resources.public_queries().glob("*.rq")):
        files[f"queries/{path.name}"] = path.read_bytes()
    for name, query in load_queries(resources.public_queries()).items():
        target = io.BytesIO()
        store.answer(Question(query.text, by_name("csv")), target)
        answers[f"queries/{name}.rq"] = hashlib.sha256(target.getvalue()).hexdigest()
    return releases.write_release(version, graphs, root, files=files, answers=answers)
