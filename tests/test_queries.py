"""Saved queries: their front matter, their typed parameters, and the columns that are promised."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drugpolicy_kg import resources
from drugpolicy_kg.errors import QueryError
from drugpolicy_kg.queries import MAX_LENGTH, Parameter, SavedQuery, load_queries, load_query
from drugpolicy_kg.results import Rows, from_sparql_json
from drugpolicy_kg.store import Question
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import by_name

if TYPE_CHECKING:
    from pathlib import Path

#: The columns that are promised, in their order; others may stand behind them.
COLUMNS = {
    "plans": "plan title celex adopted period_start period_end languages priorities actions "
    "indicators status stated_priorities stated_actions",
    "priorities": "plan number kind title_en title_da area pillars",
    "actions": "plan number priority area_codes title timetable start_year end_year ongoing items "
    "actors timetable_basis title_source",
    "action-texts": "plan number lang text first_line last_line",
    "participations": "plan number actor actor_label role position wording qualifier",
    "indicators": "plan number text_en text_da bodies data_sources breakdowns periodicity",
    "citations": "plan where footnote wording kind identifier celex instrument function",
    "instruments": "instrument instrument_label kind identifier celex eli plans citations "
    "replaced_by",
    "commitments": "plan action who wording due_start due_end amount currency modality fund "
    "due_wording amount_wording",
    "deadlines": "plan where what due_start due_end basis who",
    "places": "plan where place place_label role wording",
    "programmes": "plan where programme programme_label kind wording",
    "themes": "plan where concept concept_label wording",
    "mentions": "plan where actor actor_label listed wording",
    "external-links": "resource label predicate target vocabulary justification source",
    "unlinked": "resource label kind searched",
    "actor-workload": "plan actor actor_label actions",
    "co-participation": "plan actor_a actor_b actions",
}
#: A value for each parameter that some row of the graph has.
VALUES = {
    "plan": "com-2023-641",
    "lang": "da",
    "actor": "europol",
    "action": "1",
    "year": "2024",
    "place": "colombia",
    "role": "dialogue",
    "merge-successors": "true",
    "single-years": "true",
}
#: What people who mean harm put in place of a value.
ATTACKS = [
    'x" } UNION { ?s ?p ?o } #',
    'x"',
    "x) } ?s ?p ?o . {",
    "UNDEF",
    "<https://example.org/>",
    "?_lang",
    "com-2023-641\n} #",
    'x\\" }',
    "com-2023-641 ",
    "\u202ecom",
]
FRONT = """\
#+ summary: What is there?
#+ parameters:
#+   plan: {type: slug, about: "only this plan"}
#+   lang: {type: language, about: "language", default: "en"}
#+   many-words: {type: text, about: "words"}
#+   most: {type: integer, about: "at most"}
#+   whole: {type: boolean, about: "all", default: "false"}
#+   day: {type: date, about: "a day"}
#+ columns:
#+   x: a thing

"""
BODY = """\
SELECT ?x WHERE {
  VALUES (?_plan ?_lang ?_many_words ?_most ?_whole ?_day) {
    (UNDEF "en" UNDEF UNDEF false UNDEF) }
  BIND (STR(?_many_words) AS ?x)
}
"""


def _query(tmp_path: Path, text: str = FRONT + BODY, name: str = "made") -> SavedQuery:
    path = tmp_path / f"{name}.rq"
    path.write_text(text, encoding="utf-8")
    return load_query(path)


def _refused(tmp_path: Path, old: str, new: str) -> str:
    text = FRONT + BODY
    assert old in text
    with pytest.raises(QueryError) as caught:
        _query(tmp_path, text.replace(old, new, 1))
    assert "made.rq" in str(caught.value)
    return str(caught.value)


@cache
def _public() -> dict[str, SavedQuery]:
    return load_queries(resources.public_queries())


@cache
def _store() -> EmbeddedStore:
    return EmbeddedStore.load(resources.graphs())


def _ask(query: SavedQuery, **values: str) -> Rows:
    target = io.BytesIO()
    sparql = query.sparql({name.replace("_", "-"): value for name, value in values.items()})
    _store().answer(Question(sparql, by_name("json")), target)
    return from_sparql_json(target.getvalue())


# ── front matter ─────────────────────────────────────────────────────────────────────────────


def test_a_saved_query_knows_its_question_parameters_and_columns(tmp_path: Path) -> None:
    query = _query(tmp_path)
    assert (query.name, query.summary) == ("made", "What is there?")
    assert list(query.columns.items()) == [("x", "a thing")]
    assert query.parameters["lang"] == Parameter(type="language", about="language", default="en")
    assert query.sparql() == query.text == FRONT + BODY


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("#+ summary: What is there?\n", "", "summary"),
        ("summary: What is there?", "summary: ''", "summary"),
        ("#+ columns:\n#+   x: a thing\n", "", "columns"),
        ("type: slug", "type: word", "key 'parameters.plan.type'"),
        ("type: slug", "type: word", "The types are slug, language"),
        ("x: a thing", "x: 1", "key 'columns.x'"),
        ('{type: date, about: "a day"}', "5", "key 'parameters.day'"),
        (', about: "a day"', "", "key 'parameters.day' of the '#+' lines: object missing required"),
        ("#+ summary:", "#+ sumary: x\n#+ summary:", "sumary"),
        ("{type: slug,", "{type: slug", "YAML"),
        ("?_plan ?_lang", "?_plam ?_lang", "?_plan"),
        (BODY, "SELECT ?x WHERE { ?x a ?y }\n", "?_plan"),
        ('(UNDEF "en" UNDEF UNDEF false UNDEF)', '(UNDEF "en" UNDEF)', "VALUES"),
        ('(UNDEF "en" UNDEF', '(UNDEF "da" UNDEF', "lang"),
    ],
)
def test_a_mistake_in_a_saved_query_is_named_with_its_key(
    tmp_path: Path, old: str, new: str, word: str
) -> None:
    assert word in _refused(tmp_path, old, new)


@pytest.mark.parametrize("front", ["#+ just words\n", "#+ - a\n#+ - list\n", ""])
def test_front_matter_that_holds_no_keys_is_refused(tmp_path: Path, front: str) -> None:
    with pytest.raises(QueryError, match=r"made\.rq"):
        _query(tmp_path, front + BODY)


def test_a_missing_file_and_another_encoding_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"none\.rq"):
        load_query(tmp_path / "none.rq")
    (tmp_path / "latin.rq").write_bytes("#+ summary: Är det?\n".encode("latin-1"))
    with pytest.raises(QueryError, match="UTF-8"):
        load_query(tmp_path / "latin.rq")


def test_a_folder_of_queries_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b", "a-c", "a"):
        _query(tmp_path, name=name)
    assert sorted(load_queries(tmp_path)) == ["a", "a-c", "b"]
    assert load_queries(tmp_path / "nowhere") == {}


# ── parameters ───────────────────────────────────────────────────────────────────────────────


def _row(sparql: str) -> str:
    return " ".join(sparql.split("{", 2)[2].split("}", maxsplit=1)[0].split())


@pytest.mark.parametrize(
    ("values", "row"),
    [
        ({}, '(UNDEF "en" UNDEF UNDEF false UNDEF)'),
        ({"plan": "com-2023-641"}, '("com-2023-641" "en" UNDEF UNDEF false UNDEF)'),
        ({"plan": ""}, '(UNDEF "en" UNDEF UNDEF false UNDEF)'),
        ({"lang": "da"}, '(UNDEF "da" UNDEF UNDEF false UNDEF)'),
        ({"most": "-7"}, None),
        ({"whole": "true"}, None),
        ({"day": "2024-07"}, '(UNDEF "en" UNDEF UNDEF false "2024-07")'),
    ],
)
def test_a_value_takes_the_place_of_its_default(
    tmp_path: Path, values: dict[str, str], row: str | None
) -> None:
    sparql = _query(tmp_path).sparql(values).removeprefix(FRONT)
    if row is not None:
        assert _row(sparql) == row
    else:
        integer = "http://www.w3.org/2001/XMLSchema#integer"
        boolean = "http://www.w3.org/2001/XMLSchema#boolean"
        assert f'"-7"^^<{integer}>' in sparql or f'"true"^^<{boolean}>' in sparql


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("plan", value) for value in ["COM 2023", "com_2023", "-x", "x-", "x" * 201, *ATTACKS]],
        *[("lang", value) for value in ["EN", "e", "danish", "en-GB", *ATTACKS]],
        *[("most", value) for value in ["1.5", "1e3", "ten", "", "9999999999", *ATTACKS] if value],
        *[("whole", value) for value in ["True", "1", "yes", *ATTACKS]],
        *[("day", value) for value in ["2024-7-2", "2.7.2024", "2024-07-02T00:00", *ATTACKS]],
        ("many-words", "x" * (MAX_LENGTH + 1)),
    ],
)
def test_a_value_of_another_type_is_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(QueryError) as caught:
        _query(tmp_path).sparql({name: value})
    assert f"parameter '{name}' expects a value of type" in caught.value.message
    assert caught.value.remedy
    assert len(caught.value.message) < 200


def test_an_unknown_parameter_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(QueryError) as caught:
        _query(tmp_path).sparql({"plam": "x"})
    assert "'plam'" in caught.value.message
    assert "plan" in caught.value.remedy
    assert "many-words" in caught.value.remedy


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=MAX_LENGTH))
def test_any_text_stays_one_string_and_never_becomes_a_query(value: str) -> None:
    query = SavedQuery(
        "made",
        "s",
        "",
        {"x": "x"},
        {"many-words": Parameter(type="text", about="words")},
        "SELECT ?x WHERE {\n  VALUES (?_many_words) { (UNDEF) }\n  BIND (?_many_words AS ?x)\n}",
    )
    found = ox.Store().query(query.sparql({"many-words": value}))
    assert isinstance(found, ox.QuerySolutions)
    (row,) = list(found)
    assert row["x"] == ox.Literal(value)


# ── the saved queries of the checkout ────────────────────────────────────────────────────────


def test_every_promised_query_is_there() -> None:
    assert set(COLUMNS) <= set(_public())


@pytest.mark.parametrize("name", COLUMNS)
def test_the_columns_are_the_promised_ones_in_their_order(name: str) -> None:
    query = _public()[name]
    promised = COLUMNS[name].split()
    assert list(query.columns)[: len(promised)] == promised
    assert all(query.columns.values())
    assert query.summary.endswith("?")


@pytest.mark.parametrize("name", COLUMNS)
def test_every_query_takes_plan_and_language(name: str) -> None:
    parameters = _public()[name].parameters
    assert parameters["plan"].type == "slug"
    assert (parameters["lang"].type, parameters["lang"].default) == ("language", "en")
    more = {"programme", "concept", "instrument", "vocabulary", "kind"}
    assert set(parameters) <= {*VALUES, *more}


@pytest.mark.parametrize("name", COLUMNS)
def test_every_query_answers_as_it_stands_in_its_columns(name: str) -> None:
    rows = _ask(_public()[name])
    assert list(rows.columns) == list(_public()[name].columns)
    assert len(rows) > 2
    assert rows == _ask(_public()[name])


@pytest.mark.parametrize(
    ("name", "parameter"),
    [(name, parameter) for name in COLUMNS for parameter in VALUES],
)
def test_every_query_answers_with_each_of_its_parameters(name: str, parameter: str) -> None:
    query = _public()[name]
    if parameter not in query.parameters:
        with pytest.raises(QueryError):
            query.sparql({parameter: VALUES[parameter]})
        return
    rows = _ask(query, **{parameter.replace("-", "_"): VALUES[parameter]})
    assert list(rows.columns) == list(_public()[name].columns)
    if parameter == "plan" and name == "indicators":
        assert len(rows) == 0  # the roadmap has none
        return
    assert len(rows) > 0
    if parameter == "plan" and "plan" in rows.columns:
        assert {row["plan"] for row in rows.dictionaries()} == {"com-2023-641"}
    if parameter in {"actor", "place", "role"} and parameter in rows.columns:
        found = {row[parameter] for row in rows.dictionaries()}
        assert found == {VALUES[parameter]} or parameter == "role"


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("participations", "actor"),
        ("mentions", "actor"),
        ("actor-workload", "actor"),
        ("places", "place"),
        ("programmes", "programme"),
        ("themes", "concept"),
        ("citations", "instrument"),
        ("instruments", "instrument"),
    ],
)
def test_an_identifier_chooses_its_rows_and_no_other(name: str, parameter: str) -> None:
    query = _public()[name]
    every = [row[parameter] for row in _ask(query).dictionaries() if row[parameter]]
    chosen = _ask(query, **{parameter: str(every[0])}).dictionaries()
    assert [row[parameter] for row in chosen] == [every[0]] * every.count(every[0])


@pytest.mark.parametrize("name", COLUMNS)
def test_a_plan_that_nobody_knows_has_no_rows(name: str) -> None:
    assert len(_ask(_public()[name], plan="com-1999-1")) == 0


def test_a_successor_counts_for_the_body_that_it_replaced() -> None:
    query = _public()["actor-workload"]
    apart = {(r["plan"], r["actor"]) for r in _ask(query).dictionaries()}
    merged = {(r["plan"], r["actor"]) for r in _ask(query, merge_successors="true").dictionaries()}
    assert ("com-2020-606", "emcdda") in apart
    assert ("com-2020-606", "emcdda") not in merged
    assert ("com-2020-606", "euda") in merged


def test_the_first_of_two_bodies_sorts_before_the_second() -> None:
    rows = _ask(_public()["co-participation"]).dictionaries()
    assert rows
    assert all(str(row["actor_a"]) < str(row["actor_b"]) for row in rows)
