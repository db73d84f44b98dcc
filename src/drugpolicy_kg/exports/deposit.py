"""What an archive is told of a release: metadata for Zenodo, and CITATION.cff."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
import yaml
from pydantic import BaseModel, ConfigDict

from drugpolicy_kg.definitions import load
from drugpolicy_kg.vocabulary import DP, PROV, RDF

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

ZENODO: Final = "zenodo.json"
CITATION: Final = "CITATION.cff"


class Deposit(BaseModel):
    """What people wrote of the data as a whole (data/deposit.yaml)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    description: str
    creators: list[str]
    licence: str
    language: str
    keywords: list[str]
    homepage: str
    notes: str


def read_deposit(path: Path) -> Deposit:
    """Return what a file says; raises `DefinitionError` naming file and key."""
    return load(path, Deposit)


def sources(statements: Iterable[ox.Quad]) -> list[str]:
    """Return the addresses of the documents from which the files of the plans were taken."""
    files: set[str] = set()
    derived: list[tuple[str, str]] = []
    for quad in statements:
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
            pair = (quad.subject.value, quad.object.value)
            if quad.predicate.value == RDF.type and pair[1] == DP.SourceFile:
                files.add(pair[0])
            elif quad.predicate.value == PROV.wasDerivedFrom:
                derived.append(pair)
    return sorted({target for file, target in derived if file in files})


def described(
    deposit: Deposit, version: str, date: str, documents: Sequence[str]
) -> dict[str, bytes]:
    """Return the files for archives under their names.

    `date` is the day of publication, or empty; `documents` are what the plans were read from.
    """
    metadata = _zenodo(deposit, version, date, documents)
    zenodo = json.dumps({"metadata": metadata}, ensure_ascii=False, indent=2)
    told = _citation(deposit, version, date)
    citation = yaml.safe_dump(told, allow_unicode=True, sort_keys=False)
    return {ZENODO: f"{zenodo}\n".encode(), CITATION: citation.encode()}


def _zenodo(deposit: Deposit, version: str, date: str, documents: Sequence[str]) -> dict[str, Any]:
    """Return metadata as https://developers.zenodo.org/#representation has it."""
    related = [
        {"identifier": source, "relation": "isDerivedFrom", "scheme": "url"} for source in documents
    ]
    related.append({"identifier": deposit.homepage, "relation": "isDocumentedBy", "scheme": "url"})
    return {
        "upload_type": "dataset",
        "title": deposit.title,
        "description": deposit.description,
        "creators": [{"name": name} for name in deposit.creators],
        "access_right": "open",
        "license": deposit.licence.lower(),
        "keywords": deposit.keywords,
        "language": deposit.language,
        "version": version,
        **({"publication_date": date} if date else {}),
        "related_identifiers": related,
        "notes": deposit.notes,
    }


def _citation(deposit: Deposit, version: str, date: str) -> dict[str, Any]:
    """Return metadata as https://github.com/citation-file-format (1.2.0) has it."""
    return {
        "cff-version": "1.2.0",
        "message": "Cite a single fact or answer with 'drugpolicy cite'; the whole data as here.",
        "type": "dataset",
        "title": deposit.title,
        "abstract": deposit.description,
        "authors": [{"name": name} for name in deposit.creators],
        "version": version,
        **({"date-released": date} if date else {}),
        "license": deposit.licence,
        "url": deposit.homepage,
        "keywords": deposit.keywords,
    }
