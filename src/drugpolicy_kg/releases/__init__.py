"""A folder of graphs with its manifest: what is served, whether it is whole, how it is written.

>>> media_types()["text/turtle"]
'.ttl'
"""

from __future__ import annotations

from drugpolicy_kg.releases.manifest import (
    CURRENT,
    MANIFEST,
    GraphFile,
    ListedFile,
    Manifest,
    locate,
    media_types,
    read_listed,
    read_manifest,
)
from drugpolicy_kg.releases.verification import knowledge_sha256, summary, verify
from drugpolicy_kg.releases.writing import point_current, write_release

__all__ = [
    "CURRENT",
    "MANIFEST",
    "GraphFile",
    "ListedFile",
    "Manifest",
    "knowledge_sha256",
    "locate",
    "media_types",
    "point_current",
    "read_listed",
    "read_manifest",
    "summary",
    "verify",
    "write_release",
]
