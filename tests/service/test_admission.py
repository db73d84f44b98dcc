"""A plain query is admitted without its tokens, and as its tokens would have it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drugpolicy_kg.service import admission
from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.service.options import Limits
from drugpolicy_kg.service.routes.sparql import parameters

LIMITS = Limits(query_depth=8, query_patterns=12, query_tokens=60, query_bytes=400)
WORDS = "SELECT ASK CONSTRUCT DESCRIBE PREFIX BASE WHERE FILTER OPTIONAL UNION GRAPH FROM SERVICE"
SIGNS = "NOW() RAND() a dp: <e:a> ?x ?y \"t\" 'GRAPH' 1 . ; , / [ ] { } ( ) << >> # \n \\u0046 é"
PIECES = [*WORDS.split(), *SIGNS.split(" ")]
texts = st.lists(st.sampled_from(PIECES), max_size=90).map(" ".join)


def by_tokens(query: str) -> admission.Admitted | Problem:
    """Return what the tokens of a query say of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admission, "plain", lambda *_: None)
        try:
            return admission.admit(query, limits=LIMITS, graphs=())
        except Problem as problem:
            return problem


@settings(max_examples=1_500, deadline=None)
@given(texts.map("SELECT * { ?s ?p ?o }".__add__) | texts)
@example("SELECT * " + "{" * 9 + "}" * 9)
@example("ASK { ?s ?p ?o " + ", ?o " * 13 + "}")
@example("ASK { ?s ?p (" + "1 " * 14 + ") }")
@example("ASK { ?s ?p (" + "?x " * 12 + ") }")
@example("ASK { ?s ?p (" + "\u0661 " * 14 + ") }")
@example("ASK { ?s ?p ?o } #" + "é" * 150)
@example("ASK { ?s ?p ?o } # FROM SERVICE")
def test_plain_query_is_admitted_as_its_tokens_would_have_it(query: str) -> None:
    known = admission.plain(query, LIMITS)
    expected = by_tokens(query)
    if known is not None and isinstance(expected, Problem):
        # A sign that begins nothing is for the engine to refuse; no limit is passed over.
        assert "cannot be parsed" in expected.detail
    elif known is not None:
        assert known == expected


@pytest.mark.parametrize("name", ["depth", "patterns", "tokens", "bytes"])
def test_no_limit_is_passed_over(name: str) -> None:
    query = "SELECT * { ?s ?p ?o , ?q }"
    assert admission.plain(query, Limits()) is not None
    assert admission.plain(query, replace(Limits(), **{f"query_{name}": 0})) is None


@pytest.mark.parametrize(
    "query",
    [
        'SELECT * { ?s ?p ?v FILTER(?v = "x"@en) }',
        "SELECT ?b (COUNT(?a) AS ?n) { ?a <e:by> ?b } GROUP BY ?b ORDER BY DESC(?n) ?b",
    ],
)
def test_filters_and_counts_are_plain(query: str) -> None:
    assert admission.plain(query, Limits()) is not None
    assert admission.plain(query + " # é", Limits()) is None
    assert admission.plain(query, replace(Limits(), query_patterns=5)) is None
    assert admission.plain(query, replace(Limits(), query_depth=1)) is None


def decoded(encoded: bytes) -> list[tuple[str, str]]:
    with suppress(Problem):
        return parameters(encoded)
    return []


@given(st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode()))
@example(b"ASK%20%7B%7D+%2B%25")
@example(b"%ff")
@example(b"a%zz%4")
def test_single_parameter_is_decoded_as_one_of_several(value: bytes) -> None:
    if b"&" not in value:
        alone, beside = decoded(b"query=" + value), decoded(b"query=" + value + b"&x=1")
        assert beside == ([*alone, ("x", "1")] if alone else [])
