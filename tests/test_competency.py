"""What a researcher asks is answered with the rows that a person read in the documents.

queries/questions.yaml says which saved query answers a question, with which values, and which
file under tests/queries holds the rows. Columns that a file leaves out are not compared.
"""

from __future__ import annotations

import os

import pytest

from drugpolicy_kg import quality
from tests.conftest import ROOT, TESTS, csv_rows
from tests.test_saved_queries import ask

EXPECTED = TESTS / "queries"
QUESTIONS = quality.load_questions(ROOT)
ASKS = [
    pytest.param(question.number, row, id=f"{question.number}-{row.expected or row.query}")
    for question in QUESTIONS
    for row in question.asks
]
#: Questions that wait for other work, as the list of questions marks them.
LATER = {23, 24, 25, 26, 28, 35, 36, 38, 39}


@pytest.mark.parametrize(("number", "row"), ASKS)
def test_a_question_is_answered_as_a_person_read_it(number: int, row: quality.Ask) -> None:
    values = {key.replace("-", "_"): value for key, value in row.parameters.items()}
    rows = [
        answer
        for answer in ask(row.query, **values)
        if all(answer[column] in values_ for column, values_ in row.only.items())
    ]
    if not row.expected:
        assert rows == [], f"question {number} has no expected rows"
        return
    expected = csv_rows(EXPECTED / f"{row.expected}.expected.csv")
    columns = list(expected[0])
    assert [[answer[column] for column in columns] for answer in rows] == [
        [wanted[column] for column in columns] for wanted in expected
    ]


@pytest.mark.parametrize(
    ("plan", "file", "line", "words"),
    [
        ("com-2020-606", "com-2020-606-annexes.en.txt", 122, "permitted blood alcohol content"),
        ("com-2023-641", "com-2023-641.en.md", 42, "EU drugs strategy and action plan for 2021"),
        ("com-2023-641", "com-2023-641.en.md", 54, "<sup>7</sup> COM/2020/ 606 final."),
        ("com-2023-641", "com-2023-641.en.md", 56, "[exact reference to be included once"),
        ("com-2023-641", "com-2023-641.en.md", 64, "<sup>12</sup> COM/2023/257 final."),
        ("com-2023-641", "com-2023-641.en.md", 108, "<sup>24</sup> The revised EUMSS has been"),
        ("com-2023-641", "com-2023-641.en.md", 174, "Council Resolution on customs cooperation"),
        ("com-2023-641", "com-2023-641.en.md", 274, "SWD/2022. 347 final"),
        ("com-2023-641", "com-2023-641.en.md", 296, "COM/2023/3647 final"),
        ("com-2023-641", "com-2023-641.en.md", 410, "(OJ L 22, 26.1.2005, p. 1–)"),
        ("com-2023-641", "com-2023-641.en.md", 516, "(CTS No 198), <https://rm.coe.int/168008371>"),
        ("com-2025-744", "com-2025-744.en.md", 34, "<sup>3</sup> Proposal for a Regulation"),
        ("com-2025-744", "com-2025-744.en.md", 171, "EU Customs Code"),
        ("com-2025-744", "com-2025-744.en.md", 305, "Council conclusions on the Pact addressing"),
        ("com-2025-744", "com-2025-744.en.md", 341, "Human Rights and Democracy 2020-2027"),
    ],
)
def test_a_wrong_reference_stands_where_a_person_read_it(
    plan: str, file: str, line: int, words: str
) -> None:
    source = ROOT / "data" / "plans" / plan / "source" / file
    assert words in source.read_text(encoding="utf-8").split("\n")[line - 1]
    wrong = csv_rows(EXPECTED / "corrections.expected.csv")
    assert any(row["plan"] == plan and words in row["quotation"] for row in wrong)


def test_every_question_is_answered_or_says_what_it_waits_for() -> None:
    assert [question.number for question in QUESTIONS] == list(range(1, 43))
    waiting = {question.number for question in QUESTIONS if not question.asks}
    assert waiting == LATER
    assert all(question.waits for question in QUESTIONS if not question.asks)


def test_no_expected_file_is_left_over() -> None:
    files = {path.name.removesuffix(".expected.csv") for path in EXPECTED.glob("*.expected.csv")}
    asked = {row.expected for question in QUESTIONS for row in question.asks if row.expected}
    assert files == asked
    assert len(files) > 40


def test_the_table_of_what_each_question_exercises_is_as_committed() -> None:
    path = ROOT / "queries" / "COVERAGE.md"
    table = quality.coverage(ROOT)
    if os.environ.get("DRUGPOLICY_UPDATE") == "1":
        path.write_text(table, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == table
