"""Ontology, axioms, shapes, data and saved queries speak of the same terms."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg import agreement
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_there_is_no_gap() -> None:
    found = agreement.read(ROOT)
    assert len(found.classes) > 30
    assert len(found.properties) > 70
    assert [gap.message for gap in found.gaps] == []


def test_the_matrix_is_as_committed() -> None:
    path = ROOT / "shapes" / "AGREEMENT.md"
    page = agreement.page(agreement.read(ROOT))
    if os.environ.get("DRUGPOLICY_UPDATE") == "1":
        path.write_text(page, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkout")
    for name in ("ontology", "shapes", "queries/public", "data/graphs"):
        shutil.copytree(ROOT / name, root / name)
    return root


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("shapes/area.ttl", "sh:targetClass dp:Area", "sh:targetClass dp:Region", "is no class"),
        ("shapes/area.ttl", "sh:targetClass dp:Area", "sh:targetClass dp:Item", "no node shape"),
        ("shapes/area.ttl", "sh:path dp:title", "sh:path dp:titel", "is no property"),
        ("shapes/stated-count.ttl", "sh:path dp:counted", "sh:path dp:count", "by no shape"),
        ("ontology/axioms.ttl", "dp:pinpoint a", "dp:pinpoints a", "no domain or no range"),
        (
            "ontology/axioms.ttl",
            "dp:role a owl:FunctionalProperty ; rdfs:domain dp:PlaceMention",
            "dp:role a owl:FunctionalProperty ; rdfs:domain dp:ActorMention",
            "outside of its domain",
        ),
        (
            "ontology/axioms.ttl",
            "rdfs:domain dp:StatedCount ; rdfs:range xsd:integer",
            "rdfs:domain dp:StatedCount ; rdfs:range xsd:string",
            "dp:count has the range xsd:string, while a shape asks for xsd:integer.",
        ),
        (
            "ontology/axioms.ttl",
            "dp:hasCode rdfs:",
            "dp:hasCode a owl:FunctionalProperty ; rdfs:",
            "dp:hasCode is functional, while the shape of dp:Action allows several values.",
        ),
    ],
)
def test_a_planted_gap_is_found(copy: Path, file: str, old: str, new: str, said: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    try:
        messages = [gap.message for gap in agreement.read(copy).gaps]
    finally:
        path.write_text(text, encoding="utf-8")
    assert [message for message in messages if said in message], messages
