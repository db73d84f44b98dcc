"""The citation grammar: what it finds, what it refuses, and that it holds for any text."""

from __future__ import annotations

import csv
import doctest
import importlib
import pkgutil
import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from drugpolicy_kg import citations
from drugpolicy_kg.citations import (
    Citation,
    Grammar,
    Kind,
    Reference,
    Words,
    act,
    council_document,
    document,
    official_journal,
    parse_celex,
    parse_eli,
    treaty,
)
from drugpolicy_kg.citations.notation import Rules
from drugpolicy_kg.errors import CitationError, DefinitionError

ROOT = Path(__file__).parent.parent
CASES = Path(__file__).parent / "citations"
LANGUAGES = {path.stem: path for path in sorted((ROOT / "data/languages").glob("*.yaml"))}
GRAMMAR = Grammar(Words.read(path) for path in LANGUAGES.values())


def rows(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shown(citation: Citation) -> str:
    identifier = citation.reference.identifier or "(open)"
    return " ".join(
        filter(None, (citation.function, identifier, citation.date, citation.oj)),
    )


# ---- Single references ----


@pytest.mark.parametrize("case", rows("references.csv"), ids=lambda case: case["text"])
def test_a_reference_is_read_from_every_form(case: dict[str, str]) -> None:
    reference = GRAMMAR.parse(case["text"])
    assert {
        "text": case["text"],
        "identifier": reference.identifier,
        "kind": str(reference.kind),
        "celex": reference.celex or "",
        "eli": reference.eli or "",
        "slug": reference.slug,
    } == case


@pytest.mark.parametrize("case", rows("references.csv"), ids=lambda case: case["text"])
def test_a_reference_is_also_found_in_a_sentence(case: dict[str, str]) -> None:
    (citation,) = GRAMMAR.find(f"Compare ({case['text']}), where this is said.")
    assert citation.reference == GRAMMAR.parse(case["text"])
    assert citation.function == "cites"


@pytest.mark.parametrize("case", rows("references.csv"), ids=lambda case: case["text"])
def test_an_identifier_is_a_fixed_point(case: dict[str, str]) -> None:
    reference = GRAMMAR.parse(case["text"])
    if case["identifier"]:
        assert GRAMMAR.parse(reference.identifier) == reference
        assert GRAMMAR.parse(reference.identifier).identifier == case["identifier"]
    else:
        assert reference.number == ""


def test_every_kind_has_a_case() -> None:
    assert {case["kind"] for case in rows("references.csv")} == {str(kind) for kind in Kind}


@pytest.mark.parametrize("case", rows("invalid.csv"), ids=lambda case: case["text"])
def test_a_text_that_is_no_reference_is_refused_with_the_place(case: dict[str, str]) -> None:
    with pytest.raises(CitationError, match=f"at character {case['at']} stands"):
        GRAMMAR.parse(case["text"])


@pytest.mark.parametrize("case", rows("impossible.csv"), ids=lambda case: case["text"])
def test_a_reference_that_cannot_exist_is_refused(case: dict[str, str]) -> None:
    assert case["reason"]
    with pytest.raises(CitationError, match="found were"):
        GRAMMAR.parse(case["text"])


def test_both_languages_give_the_same_reference() -> None:
    assert GRAMMAR.parse("rammeafgørelse 2004/757/RIA") == GRAMMAR.parse(
        "Framework Decision 2004/757/JHA"
    )


def test_an_implementing_regulation_equals_the_regulation_of_that_number() -> None:
    implementing = GRAMMAR.parse("Implementing Regulation (EU) 2015/2447")
    assert implementing == GRAMMAR.parse("Regulation (EU) 2015/2447")
    assert len({implementing, GRAMMAR.parse("Regulation (EU) 2015/2447")}) == 1


def test_only_the_celex_of_acts_is_safe() -> None:
    assert GRAMMAR.parse("Directive 2014/42/EU").celex_is_safe
    assert not GRAMMAR.parse("COM(2020) 606").celex_is_safe
    assert not GRAMMAR.parse("C(2023) 3647").celex_is_safe
    assert not GRAMMAR.parse("ST 8927/20").celex_is_safe


# ---- Running text ----


@pytest.mark.parametrize("case", rows("passages.csv"), ids=lambda case: case["text"][:50])
def test_all_citations_of_a_passage_are_found(case: dict[str, str]) -> None:
    expected = case["expected"].split(" | ") if case["expected"] else []
    assert [shown(citation) for citation in GRAMMAR.find(case["text"])] == expected


def test_the_wording_runs_from_the_type_word_to_the_number() -> None:
    text = (
        "See Council Decisions 2009/371/JHA, 2009/934/JHA and 2009/935/JHA, Regulations (EC) No "
        "273/2004 and (EC) No 111/2005, COM(2020) 606 final/2, annexes 1 to 2; SWD/2022. 347 final"
        " and JOIN 2023/17 final."
    )
    assert [citation.wording for citation in GRAMMAR.find(text)] == [
        "Decisions 2009/371/JHA",
        "2009/934/JHA",
        "2009/935/JHA",
        "Regulations (EC) No 273/2004",
        "(EC) No 111/2005",
        "COM(2020) 606 final/2",
        "SWD/2022. 347 final",
        "JOIN 2023/17 final",
    ]


def test_the_wording_of_council_conclusions_runs_from_the_type_word_to_the_number() -> None:
    text = "the plan: Council Conclusions of 18 November 2020, 12848/20, and others"
    (citation,) = GRAMMAR.find(text)
    assert citation.wording == "Council Conclusions of 18 November 2020, 12848/20"


def test_a_number_that_is_left_open_is_a_citation_without_identifier() -> None:
    (citation,) = GRAMMAR.find("COM/2023/ [exact reference to be included once available].")
    assert citation.wording == "COM/2023/ [exact reference to be included once available]"
    assert citation.reference.kind is Kind.COMMUNICATION_DOCUMENT
    assert (citation.reference.identifier, citation.reference.slug) == ("", "")
    assert citation.reference.celex is None


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("COM(2020) 606 final/2", "final/2"),
        ("COM(2020) 606 final/2, annexes 1 to 2", "final/2 annexes 1 to 2"),
        ("COM/2021/170 final.", "final"),
        ("KOM(2010) 2020 endelig", "final"),
        ("COM(2020) 606", ""),
        ("ST 12848/1/20 REV 1", "REV 1"),
        ("02014L0042-20140519", "20140519"),
        ("52020DC0606(01)", "(01)"),
    ],
)
def test_what_follows_the_number_is_the_version(text: str, version: str) -> None:
    (citation,) = GRAMMAR.find(text)
    assert citation.version == version


@pytest.mark.parametrize(
    ("text", "pinpoint"),
    [
        ("Article 68 of Regulation (EU) 2019/1896", "Article 68"),
        (
            "Articles 3 and 4(1)(a) of Council Framework Decision 2004/757/JHA",
            "Articles 3 and 4(1)(a)",
        ),
        ("point (a) of Article 4(1) of the Directive 2014/42/EU", "point (a) of Article 4(1)"),
        ("Annex II to Regulation (EC) No 273/2004", "Annex II"),
        (
            "artikel 2, stk. 1, litra a), i rammeafgørelse 2004/757/RIA",
            "artikel 2, stk. 1, litra a)",
        ),
        ("Regulation (EU) 2019/1896", ""),
    ],
)
def test_the_provision_is_the_pinpoint(text: str, pinpoint: str) -> None:
    (citation,) = GRAMMAR.find(text)
    assert citation.pinpoint == pinpoint


def test_a_document_announced_as_a_proposal_is_marked() -> None:
    proposal, plain = GRAMMAR.find(
        "Proposal for a Directive on drugs, COM(2022) 245; COM(2020) 606"
    )
    assert (proposal.is_proposal, plain.is_proposal) == (True, False)
    assert proposal.reference.celex_candidates == ("52022DC0245", "52022PC0245")


def test_a_line_break_or_a_no_break_space_does_not_part_a_citation() -> None:
    text = "Council Framework\nDecision 2004/757/JHA and Regulation\u00a0(EU)\u00a02019/1896"
    assert [citation.reference.identifier for citation in GRAMMAR.find(text)] == [
        "Framework Decision 2004/757/JHA",
        "Regulation (EU) 2019/1896",
    ]


def test_two_paragraphs_are_never_one_citation() -> None:
    assert GRAMMAR.find("the Directive\n\n2014/42/EU") == ()


# ---- CELEX and ELI ----

# The rule gives another number than EUR-Lex: README of the vocabularies, "where it breaks".
KNOWN_BREAKS = {
    # The corrected version is a work of its own.
    "COM(2020) 606 final/2, annexes 1 to 2": ("52020DC0606(01)", "52020DC0606"),
    # A proposal for a recommendation, yet EUR-Lex has DC.
    "COM/2021/780 final": ("52021DC0780", "52021PC0780"),
    # A communication, yet EUR-Lex has PC.
    "COM/2025/148 final": ("52025PC0148", "52025DC0148"),
}
UN_CONVENTION = (
    "United Nations Convention against Illicit Traffic in Narcotic Drugs and Psychotropic "
    "Substances"
)
# The table knows the act, but the document gives no number.
WITHOUT_NUMBER = {
    "EU Recommendation on permitted blood alcohol content for drivers (no number)",
    UN_CONVENTION,
    "Digital Services Act",
    "EU Customs Code",
}


def celex_by_rule(row: dict[str, str]) -> str:
    """Apply the rule with what the table knows: whether the document is a proposal."""
    candidates = GRAMMAR.find(row["cited_as"])[0].reference.celex_candidates
    return candidates[-1 if row["resource_type"].startswith("PROP_") else 0]


def test_the_rule_gives_the_celex_that_is_confirmed_except_for_the_known_breaks() -> None:
    confirmed = [
        row
        for row in rows("instruments.csv")
        if row["celex_status"].startswith("confirmed") and row["cited_as"] not in WITHOUT_NUMBER
    ]
    differing = {
        row["cited_as"]: (row["celex"], celex_by_rule(row))
        for row in confirmed
        if celex_by_rule(row) != row["celex"]
    }
    assert differing == KNOWN_BREAKS
    assert len(confirmed) == 38


def test_the_rule_gives_the_celex_that_is_derived() -> None:
    derived = [row for row in rows("instruments.csv") if row["celex_status"] == "derived"]
    assert [celex_by_rule(row) for row in derived] == [row["celex"] for row in derived]
    assert len(derived) == 20


def test_every_eli_of_the_table_is_the_template() -> None:
    given_elis = [
        row
        for row in rows("instruments.csv")
        if row["eli"] and row["cited_as"] not in WITHOUT_NUMBER
    ]
    assert [GRAMMAR.find(row["cited_as"])[0].reference.eli for row in given_elis] == [
        row["eli"] for row in given_elis
    ]
    assert len(given_elis) > 30


def test_every_row_without_a_number_is_without_a_citation() -> None:
    silent = {
        row["cited_as"] for row in rows("instruments.csv") if not GRAMMAR.find(row["cited_as"])
    }
    assert silent >= WITHOUT_NUMBER
    assert not any(
        re.search(r"\d/\d{2,4}\b|\bNo \d", text)
        for text in silent
        - {
            "Assessment of potential of maritime and inland ports ..., doi 10.2832/03796",
            # Bare numbers of the register: only their sentence says what they are.
            "12848/20",
            "9508/24",
            "15818/22",
        }
    )


def test_celex_numbers_of_the_table_are_read_and_written_again() -> None:
    numbers = [row["celex"] for row in rows("instruments.csv") if row["celex"]]
    plain = [number for number in numbers if "(" not in number]
    assert all(number in parse_celex(number).celex_candidates for number in plain)
    assert len(plain) > 60


@pytest.mark.parametrize(
    "text", ["", "32014L42", "32014Q0042", "52014ZZ0042", "62012ZZ0001", "drug"]
)
def test_what_is_no_celex_number_is_refused(text: str) -> None:
    with pytest.raises(CitationError, match="is not a CELEX number"):
        parse_celex(text)


@pytest.mark.parametrize(
    "text", ["", "http://data.europa.eu/eli/treaty/2014/42/oj", "eli/dir/2014"]
)
def test_what_is_no_eli_is_refused(text: str) -> None:
    with pytest.raises(CitationError, match="is not the ELI"):
        parse_eli(text)


# ---- Round trips ----

NUMBERS = st.integers(1, 9999).map(str)
YEARS = st.integers(1952, 2060)
ACT_KINDS = [
    kind
    for kind in Kind
    if kind.value
    in yaml.safe_load(LANGUAGES["en"].read_text(encoding="utf-8"))["citations"]["types"]
]


def acts() -> st.SearchStrategy[Reference]:
    def make(kind: Kind, year: int, number: str, community: str, first: bool) -> Reference | None:  # noqa: FBT001
        pair = (number, str(year)) if first else (str(year), number)
        return act(kind, *pair, community=community, numbered=first)

    communities = st.sampled_from(["", "EU", "EC", "EEC", "JHA", "CFSP", "Euratom", "EU, Euratom"])
    made = st.builds(make, st.sampled_from(ACT_KINDS), YEARS, NUMBERS, communities, st.booleans())
    return made.filter(lambda reference: reference is not None).map(lambda it: it or treaty("1"))


def dates() -> st.SearchStrategy[str]:
    return st.dates().filter(lambda day: 1952 <= day.year <= 2060).map(lambda day: day.isoformat())


REFERENCES = st.one_of(
    acts(),
    st.builds(document, st.sampled_from(["COM", "JOIN", "SWD", "SEC", "C"]), YEARS, NUMBERS),
    st.builds(council_document, st.integers(5001, 19999).map(str), st.integers(1990, 2049)),
    st.builds(treaty, st.integers(1, 300).map(str)),
    st.builds(
        official_journal,
        st.sampled_from(["L", "C", ""]),
        st.integers(1, 999).map(str),
        date=dates(),
        page=st.one_of(st.just(""), NUMBERS),
    ),
    st.builds(
        lambda court, year, number: Reference(
            Kind.CASE_LAW, series=court, year=year, number=number
        ),
        st.sampled_from("CTF"),
        st.integers(1952, 2049),
        NUMBERS,
    ),
)


@given(REFERENCES)
def test_the_identifier_of_any_reference_is_read_as_that_reference(reference: Reference) -> None:
    assert GRAMMAR.parse(reference.identifier) == reference


@given(REFERENCES)
def test_any_slug_is_fit_for_an_iri_and_tells_references_apart(reference: Reference) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", reference.slug)
    again = GRAMMAR.parse(reference.identifier)
    assert (again.slug == reference.slug) == (again == reference)


@given(REFERENCES)
def test_any_celex_number_is_read_and_written_again(reference: Reference) -> None:
    for celex in reference.celex_candidates:
        assert celex in parse_celex(celex).celex_candidates
        if reference.kind not in {Kind.FRAMEWORK_DECISION, Kind.JOINT_ACTION, Kind.DECISION}:
            assert parse_celex(celex).slug == reference.slug or reference.series in {"SEC", "SWD"}


@given(acts())
def test_any_eli_is_read_and_written_again(reference: Reference) -> None:
    if reference.eli:
        assert parse_eli(reference.eli).eli == reference.eli


@given(st.lists(REFERENCES, max_size=5))
def test_any_references_in_a_row_are_all_found(references: list[Reference]) -> None:
    text = "; ".join(f"see {reference.identifier}" for reference in references)
    found = [c.reference for c in GRAMMAR.find(text)]
    doubtful = {"ETS 1", "ETS 2"}
    assert found == [it for it in references if it.identifier not in doubtful]


# ---- Any text, and speed ----

PIECES = sorted(
    {piece for name in ("references.csv", "passages.csv") for row in rows(name)
     for piece in re.findall(r"\w+|\W", row["text"])}
)  # fmt: skip


@settings(max_examples=300)
@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_any_text_is_read_and_its_citations_are_slices_in_order(text: str) -> None:
    past = 0
    for citation in GRAMMAR.find(text):
        assert past <= citation.start < citation.end <= len(text)
        assert citation.wording == text[citation.start : citation.end]
        assert citation.function in {"cites", "in-title"}
        past = citation.end


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        reference = GRAMMAR.parse(text)
    except CitationError:
        return
    assert not reference.identifier or GRAMMAR.parse(reference.identifier) == reference


ADVERSARIES = [
    "(EU) ", "2009/371/JHA, ", "Decisions ", "Decisions 2009/371/JHA, ", "Council conclusions ",
    "Article 1 of ", "Articles 1, 2, 3, ", "COM(2020) ", "COM/2023/[", "OJ L 1, ", "12848/20 ",
    "Directive 2019/1 of (((and ", "Directive 2019/1 of the Council and ", "ECLI:EU:C:2014:",
    "Proposal for a Regulation ", "eli/dir/2014/42/", "C-1/12 and ", "No ", "(", "]*", " ", "\n",
    "1", ". ", "repealing ", "\u017ft ", "\u0130(",
]  # fmt: skip


@pytest.mark.parametrize("unit", ADVERSARIES)
@pytest.mark.parametrize("opener", ["", "Decisions 2009/1/JHA, ", "Regulation (EU) 2016/1 of "])
def test_time_grows_with_the_length_of_the_text_and_no_faster(unit: str, opener: str) -> None:
    def seconds(size: int) -> float:
        text = opener + unit * (size // len(unit))
        best = 9.0
        for _ in range(2):
            start = time.process_time()
            GRAMMAR.find(text)
            best = min(best, time.process_time() - start)
        return best

    # Eight times the text: a quadratic step would take 64 times as long.
    assert seconds(40_000) < 24 * max(seconds(5_000), 0.001)


# ---- The words and the notation ----


def english() -> dict[str, object]:
    content = yaml.safe_load(LANGUAGES["en"].read_text(encoding="utf-8"))
    section = content["citations"]
    assert isinstance(section, dict)
    return section


def test_a_missing_key_names_file_and_key() -> None:
    section = english()
    del section["months"]
    with pytest.raises(DefinitionError, match=r"en\.yaml: key 'citations\.months'"):
        Words.of(section, place="en.yaml")


def test_an_unknown_type_names_what_is_known() -> None:
    section = english() | {"types": {"treaty": {"one": ["treaty"]}}}
    with pytest.raises(DefinitionError, match="Write one of decision"):
        Words.of(section, place="en.yaml")


def test_a_word_cannot_be_empty_or_padded() -> None:
    with pytest.raises(DefinitionError, match=r"citations\.final\.0"):
        Words.of(english() | {"final": [" final"]}, place="en.yaml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"xx\.yaml: the file cannot be read"):
        Words.read(tmp_path / "xx.yaml")
    (tmp_path / "yy.yaml").write_text("actors: []\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="key 'citations' is missing"):
        Words.read(tmp_path / "yy.yaml")


def test_a_word_with_two_meanings_is_refused() -> None:
    other = english() | {"communities": {"EC": ["EU"]}}
    with pytest.raises(DefinitionError, match="'EU' means both 'EU' and 'EC'"):
        Grammar([Words.of(english(), place="a"), Words.of(other, place="b")])


def test_a_grammar_needs_a_language() -> None:
    with pytest.raises(DefinitionError, match="no language is given"):
        Grammar([])


def test_a_new_language_is_words_alone() -> None:
    section = english()
    section["types"] = {"directive": {"one": ["directiva"], "many": ["directivas"]}}
    section["communities"] = {"EU": ["UE"], "EC": ["CE"]}
    section["joiners"] = ["y"]
    grammar = Grammar([Words.of(section, place="es.yaml")])
    assert [
        it.reference.identifier for it in grammar.find("las Directivas 2014/42/UE y 2005/65/CE")
    ] == [
        "Directive 2014/42/EU",
        "Directive 2005/65/EC",
    ]


@pytest.mark.parametrize(
    ("notation", "message"),
    [("a <- b", "not defined"), ("a <- b\nb <- a", "recursive"), ("a <- $", "line 1: '\\$'")],
)
def test_a_mistake_in_the_grammar_is_named(notation: str, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        Rules(notation, {})


def test_the_examples_in_the_documentation_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    tried = 0
    for module in [
        citations.__name__,
        *(f"{citations.__name__}.{info.name}" for info in pkgutil.iter_modules(citations.__path__)),
    ]:
        result = doctest.testmod(importlib.import_module(module))
        assert result.failed == 0
        tried += result.attempted
    assert tried > 20
