"""Corrections of citations: attributed, shown by the document's own words, beside the citation."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg import mapping
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.judging import Judged, read_corrections
from drugpolicy_kg.vocabulary import DP, ID
from tests.conftest import REAL_PLANS, ROOT, csv_rows, read_plan
from tests.test_saved_queries import ask

if TYPE_CHECKING:
    from pathlib import Path

    from drugpolicy_kg.document import Document

LINKS = ROOT / "data" / "links"
TABLE = LINKS / "citation-corrections.csv"


@cache
def plans() -> dict[str, tuple[str, dict[str, Document]]]:
    results = [read_plan(ROOT / "data" / "plans" / name) for name in REAL_PLANS]
    return {own.plan.id: (own.plan.version, dict(own.documents)) for own in results}


def written(folder: Path, **change: str) -> Path:
    rows = csv_rows(TABLE)
    row = next(row for row in rows if row["id"] == "staff-working-document-347")
    target = io.StringIO()
    writer = csv.DictWriter(target, list(row))
    writer.writeheader()
    writer.writerow({**row, **change})
    (folder / TABLE.name).write_text(target.getvalue(), encoding="utf-8")
    return folder


def read(folder: Path) -> tuple[Judged, ...]:
    return read_corrections(folder, plans())


def test_every_problem_that_the_facts_name_has_a_correction_or_concerns_no_citation() -> None:
    facts = csv_rows(ROOT / "tests" / "facts" / "instruments.csv")
    named = {row["cited_as"] for row in facts if row["citation_problem"]}
    # What these rows say is about numbers at EUR-Lex and in lists, not about the words of a plan.
    no_citation = {
        "COM(2020) 606 final/2, annexes 1 to 2",
        "COM(2025) 744 final",
        "Directive 2014/42/EU",
        "Council conclusions 11985/15",
        "COM/2021/780 final",
        "COM(2025) 747 final",
        "COM/2025/148 final",
        facts[-4]["cited_as"],  # the CELEX number of the convention is that of a decision
    }
    corrected = {
        "EU Recommendation on permitted blood alcohol content for drivers (no number)": 1,
        "COM/2020/606 final": 3,
        "COM/2023/ [exact reference to be included once available]": 1,
        "Regulation (EU) 2015/847": 1,
        "COM/2023/257 final": 1,
        "Regulation (EU) 2016/794": 1,
        "revised EU Maritime Security Strategy (no number)": 2,
        "Council Resolution on customs cooperation in the area of law enforcement (no number, no "
        "date)": 1,
        "Regulation (EC) No 725/2004": 1,
        "SWD/2022. 347 final": 1,
        "COM/2023/3647 final": 1,
        "Council Regulation (EC) No 111/2005": 2,
        "Council of Europe Convention on Mutual Legal Assistance (ETS No 30)": 1,
        "Council of Europe Convention on Extradition (ETS No 24)": 1,
        "Council of Europe Convention on Laundering, Search, Seizure and Confiscation of the "
        "Proceeds from Crime and on the Financing of Terrorism (CTS No 198)": 1,
        'footnote 3 on "EU Drugs Strategy"': 1,
        "Article 68 of Regulation (EU) 2019/1896": 1,
        "COM(2025) 845 final": 1,
        "Joint Action 97/827/JHA": 1,
        "Council conclusions on the Pact addressing new synthetic drug and new psychoactive "
        "substances threats": 1,
        "12848/20": 1,
        "EU Customs Code": 1,
    }
    assert named == no_citation | set(corrected)
    assert len(csv_rows(TABLE)) == sum(corrected.values()) == 26


@pytest.mark.parametrize(
    ("plan", "where", "footnote", "wording", "cites", "problem", "meant"),
    [
        (
            "com-2025-744",
            "section 1",
            "3",
            "COM(2025) 747 final",
            "com-2025-747",
            "wrong target",
            "eu-drugs-strategy-2025",
        ),
        (
            "com-2023-641",
            "section 2",
            "12",
            "COM/2023/257 final",
            "com-2023-257",
            "wrong target",
            "com-2023-258",
        ),
        (
            "com-2023-641",
            "section 2",
            "8",
            "COM/2023/ [exact reference to be included once available]",
            "",
            "placeholder",
            "sixth-progress-report-on-the-security-union-strategy",
        ),
        (
            "com-2023-641",
            "section 3.3",
            "50",
            "COM/2020/ 606 final",
            "com-2020-606",
            "ambiguous",
            "",
        ),
        (
            "com-2023-641",
            "action 6",
            "39",
            "SWD/2022. 347 final",
            "swd-2022-347",
            "malformed",
            "swd-2022-347",
        ),
    ],
)
def test_a_wrong_citation_keeps_its_words_and_has_its_correction_beside_it(
    plan: str, where: str, footnote: str, wording: str, cites: str, problem: str, meant: str
) -> None:
    rows = [
        row
        for row in ask("corrections", plan=plan)
        if (row["where"], row["footnote"], row["wording"]) == (where, footnote, wording)
    ]
    assert [(row["cites"], row["problem"], row["meant"]) for row in rows] == [
        (cites, problem, meant)
    ]
    (row,) = rows
    assert row["author"]
    assert 0 < float(row["confidence"]) <= 1
    (kept,) = (
        own
        for own in ask("citations", plan=plan)
        if (own["where"], own["footnote"], own["wording"]) == (where, footnote, wording)
    )
    assert kept["instrument"] == cites


def test_each_quotation_stands_in_the_source_at_the_offsets_given() -> None:
    judged = read(LINKS)
    for own in judged:
        found = own.document.source[own.span.start : own.span.end]
        assert found == own.correction.quotation
    assert len(judged) == 26


def test_the_quotation_overlaps_or_surrounds_the_words_of_its_citation() -> None:
    every = {
        (name, own["citation"]): own["wording"]
        for name in REAL_PLANS
        for own in ask("citations", plan=name)
    }
    looked = 0
    for judged in read(LINKS):
        own = judged.correction
        wording = every[own.plan, own.citation]
        words = [word for word in wording.replace("/", " ").split() if len(word) > 2]
        assert any(word in own.quotation for word in words), own.id
        looked += 1
    assert looked == 26


def test_a_correction_is_no_fact_read_by_rule_and_stands_in_a_graph_of_its_own() -> None:
    graph = mapping.judgement_graph(read(LINKS))
    kinds = {
        str(t.object).strip("<>") for t in graph.triples if str(t.predicate).endswith("#type>")
    }
    assert DP.CitationCorrection in kinds
    assert DP.Citation not in kinds
    about = {str(t.object) for t in graph.triples if str(t.predicate) == f"<{DP.corrects}>"}
    assert f"<{ID}plan/com-2023-641/section/2/citation/23>" in about
    assert len(about) == 26


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quotation": "SWD/2022. 348 final"}, "found it nowhere"),
        ({"quotation": "the"}, "found it twice or more"),
        ({"quotation": ""}, "column 'quotation'"),
        ({"plan": "com-1999-1"}, "an edition of a plan was expected"),
        ({"language": "da"}, "an edition of a plan was expected"),
        ({"confidence": "2"}, "column 'confidence'"),
        ({"author": ""}, "column 'author'"),
        ({"date": "yesterday"}, "column 'date'"),
        ({"justification": "because"}, "column 'justification'"),
    ],
)
def test_a_row_without_its_evidence_or_attribution_is_refused(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    with pytest.raises(DefinitionError, match=message):
        read(written(tmp_path, **change))


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path) / TABLE.name
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1]]), encoding="utf-8")
    with pytest.raises(DefinitionError, match="twice"):
        read(tmp_path)


def test_a_folder_without_the_table_has_no_corrections(tmp_path: Path) -> None:
    assert read(tmp_path) == ()


def test_the_description_of_the_table_names_its_columns() -> None:
    described = json.loads((LINKS / f"{TABLE.name}-metadata.json").read_text(encoding="utf-8"))
    names = [column["name"] for column in described["tableSchema"]["columns"]]
    assert names == list(csv_rows(TABLE)[0])
    assert described["url"] == TABLE.name
