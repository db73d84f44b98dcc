"""Our own Danish beside its English twin: shapes, terms, rules, reports and pages.

What no program sees (whether both say the same, and say it well) is read by people; here is
what slips in again after they have read: a value left out, quotation marks of another
language, two words for one concept.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from drugpolicy_kg.service.views.wording import wordings
from drugpolicy_kg.yaml_input import read_yaml
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

_VALUE = re.compile(r"\{(\w+)")
#: A quotation mark of English or of a typewriter, not the apostrophe of a genitive.
_FOREIGN_QUOTE = re.compile(r"[“”\"]|(?<!\w)'")


@cache
def twins() -> tuple[tuple[str, str, str], ...]:
    """Every text of ours that is there in both languages: where it stands, English, Danish."""
    return (*_of_turtle(), *_of_yaml())


def _of_turtle() -> Iterator[tuple[str, str, str]]:
    for path in sorted([*ROOT.glob("shapes/*.ttl"), *ROOT.glob("ontology/**/*.ttl")]):
        if path.parent.name == "examples":
            continue  # quotations from the plans
        told: dict[tuple[str, str], dict[str, str]] = {}
        for triple in ox.parse(path=path, format=ox.RdfFormat.TURTLE):
            if isinstance(triple.object, ox.Literal) and triple.object.language:
                key = (str(triple.subject), str(triple.predicate))
                told.setdefault(key, {})[triple.object.language] = triple.object.value
        for (subject, predicate), texts in told.items():
            if texts.keys() >= {"en", "da"}:
                yield f"{path.name} {subject} {predicate}", texts["en"], texts["da"]


def _of_yaml() -> Iterator[tuple[str, str, str]]:
    for name in ("rules", "reports", "catalogue", "template"):
        content = read_yaml((ROOT / "data" / f"{name}.yaml").read_text(encoding="utf-8"))
        yield from _below(f"{name}.yaml", content)
    yield from _paired("words", wordings()["en"], wordings()["da"])


def _below(where: str, value: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, dict):
        if value.keys() >= {"en", "da"}:
            yield from _paired(where, value["en"], value["da"])
        else:
            for key, own in value.items():
                yield from _below(f"{where} {key}", own)
    elif isinstance(value, list):
        for number, own in enumerate(value):
            yield from _below(f"{where} {number}", own)


def _paired(where: str, english: Any, danish: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(english, str):
        yield where, english, danish
    elif isinstance(english, dict):
        for key in english:
            yield from _paired(f"{where} {key}", english[key], danish[key])
    elif isinstance(english, list):
        for number, (one, other) in enumerate(zip(english, danish, strict=True)):
            yield from _paired(f"{where} {number}", one, other)


def _refused() -> set[str]:
    """The last column of the glossary in CONTRIBUTING.md."""
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, section = told.partition("## Write Danish\n")
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("|")]
    cells = [row.strip("|").split("|")[-1] for row in rows[2:]]
    return {word.strip() for cell in cells for word in cell.split(",") if word.strip()}


def test_every_kind_of_text_is_looked_at() -> None:
    files = {where.split()[0] for where, _, _ in twins()}
    wanted = {"action.ttl", "drugpolicy.ttl", "modality.ttl", "rules.yaml", "reports.yaml"}
    assert files >= {*wanted, "catalogue.yaml", "template.yaml", "words"}
    assert len(twins()) > 1_000


def test_danish_has_no_value_that_its_english_twin_lacks() -> None:
    # DP-CNT-002 leaves out an English word that the quotation below it shows.
    more = [where for where, en, da in twins() if {*_VALUE.findall(da)} - {*_VALUE.findall(en)}]
    less = [where for where, en, da in twins() if {*_VALUE.findall(en)} - {*_VALUE.findall(da)}]
    assert (more, len(less)) == ([], 1), less


def test_danish_quotes_with_danish_marks() -> None:
    assert [(where, da) for where, _, da in twins() if _FOREIGN_QUOTE.search(da)] == []


def test_one_concept_has_one_danish_word() -> None:
    refused = _refused()
    assert {"stedomtale", "mapping", "forfalder"} <= refused
    used = [
        (where, word)
        for where, _, da in twins()
        for word in refused
        if re.search(rf"\b{re.escape(word)}\b", da, re.IGNORECASE)
    ]
    assert used == []
