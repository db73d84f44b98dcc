"""Citations: what they say, whether programs read them, and whether a check tells the truth."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import LatexDecodingMiddleware
from hypothesis import given
from hypothesis import strategies as st

from drugpolicy_kg import citing, releases, resources
from drugpolicy_kg.citing import Address, Reference, Release, State
from drugpolicy_kg.citing.address import DIGITS, normalised
from drugpolicy_kg.errors import AddressError, QueryError, ReleaseError
from drugpolicy_kg.queries import load_queries
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.publication import publish
from drugpolicy_kg.store.tokens import tokenise
from tests.service.running import write_graphs

if TYPE_CHECKING:
    from collections.abc import Callable

PROMISE = "https://w3id.org/drugpolicy-kg/id/plan/com-2023-641/action/1/commitment/1"
RELEASE = Release("1.2.0", "d" * DIGITS, "2026-12-01")
QUERIES = load_queries(resources.public_queries())


@pytest.fixture(scope="module")
def ask() -> Callable[[str, str], bytes]:
    return EmbeddedStore.load(resources.graphs()).read


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "drugpolicy_kg", "cite", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


# ── what a citation says ─────────────────────────────────────────────────────────────────


def test_a_promise_is_cited_with_its_words_document_and_line(ask: citing.Ask) -> None:
    reference = citing.cite_thing(PROMISE, "en", RELEASE, ask)
    # data/plans/com-2023-641/source/com-2023-641.en.md, line 182, read there.
    assert reference.title == "action 1, commitment 1"
    assert reference.quotation == (
        "As a continuation of this action and as of mid-2024, the Commission will set up a "
        "**new expert team** under the Customs Programme."
    )
    assert reference.place == "COM(2023) 641 final, com-2023-641.en.md, line 182"
    text = reference.text()
    assert text.startswith("The drugpolicy-kg developers (2026). action 1, commitment 1. “As a ")
    assert f"Release 1.2.0. CC BY 4.0. {PROMISE}. https://w3id.org/drugpolicy-kg/cite?" in text


def test_an_action_is_cited_by_its_title_in_the_language_that_is_wished(ask: citing.Ask) -> None:
    iri = "https://w3id.org/drugpolicy-kg/id/plan/com-2020-606/action/23"
    danish, english = (citing.cite_thing(iri, code, RELEASE, ask) for code in ("da", "en"))
    assert danish.title.startswith("Løse de vigtigste udfordringer")
    assert danish.place.startswith("COM(2020) 606 final/2, com-2020-606-annexes.da.txt, lines ")
    assert "com-2020-606-annexes.en.txt" in english.place
    # The language is that of the words; the thing and its digest are the same.
    assert danish.address == english.address


def test_a_thing_of_others_or_unknown_is_refused(ask: citing.Ask) -> None:
    with pytest.raises(QueryError, match="no thing of this graph"):
        citing.cite_thing("https://example.org/x", "en", RELEASE, ask)
    with pytest.raises(QueryError, match="nothing is stated of it in release"):
        citing.cite_thing(PROMISE + "99", "en", RELEASE, ask)
    with pytest.raises(QueryError, match="type iri"):
        citing.cite_thing(PROMISE + "> ?p ?o } #", "en", RELEASE, ask)


def test_an_answer_is_cited_with_the_digest_that_sha256sum_gives(ask: citing.Ask) -> None:
    query = QUERIES["plans"]
    address = citing.cite_query(query, {}, RELEASE, ask).address
    content = ask(query.text, "csv")
    assert address.result == hashlib.sha256(content).hexdigest()[:DIGITS]
    assert address.rows == 3
    assert address.url == (
        "https://w3id.org/drugpolicy-kg/cite?about=queries/plans&release=1.2.0"
        f"&dataset={'d' * 32}&query={address.query}&result={address.result}&rows=3"
    )


def test_the_same_question_has_one_citation_however_it_is_asked(ask: citing.Ask) -> None:
    query = QUERIES["actions"]
    plain = citing.cite_query(query, {"plan": "com-2023-641"}, RELEASE, ask)
    defaults = citing.cite_query(
        query, {"year": "", "lang": "en", "plan": "com-2023-641"}, RELEASE, ask
    )
    assert plain == defaults
    other = citing.cite_query(query, {"plan": "com-2025-744"}, RELEASE, ask)
    assert other.address.query != plain.address.query
    assert (plain.address.rows, other.address.rows) == (17, 19)


def test_a_saved_query_with_other_values_has_another_name_in_a_list_of_references(
    ask: citing.Ask,
) -> None:
    query = QUERIES["actions"]
    given: list[dict[str, str]] = [
        {},
        {"plan": "com-2023-641"},
        {"plan": "com-2025-744"},
        {"plan": "com-2025-744", "lang": "da"},
    ]
    made = [citing.cite_query(query, values, RELEASE, ask) for values in given]
    assert len({reference.key for reference in made}) == len(made)
    assert made[0].key == "drugpolicy-kg-1.2.0-queries-actions"
    assert all(f"@misc{{{one.key},\n" in one.bibtex() for one in made)
    assert [one.csl()["id"] for one in made] == [one.key for one in made]
    turned = citing.cite_query(query, {"lang": "da", "plan": "com-2025-744"}, RELEASE, ask)
    assert turned.key == made[-1].key


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("SELECT *\n{ ?s  ?p\t?o }", "SELECT * { ?s ?p ?o }"),
        ("# why\nASK {} # so\n", "ASK {}"),
        ('ASK { ?s ?p "a  #b" }', 'ASK { ?s ?p "a  #b" }'),
        (
            "ASK { ?s <http://e.example/#x>  '''a\n#b''' }",
            "ASK { ?s <http://e.example/#x> '''a\n#b''' }",
        ),
        ('ASK { ?s ?p """a "b"  c""" }', 'ASK { ?s ?p """a "b"  c""" }'),
        (r'ASK { ?s ?p "a\"  #b" }', r'ASK { ?s ?p "a\"  #b" }'),
        ("ASK # why\r{ ?s ?p ?o }", "ASK { ?s ?p ?o }"),
        (
            r"ASK { ?s <http://e.example/\u0061#x> ?o }",
            r"ASK { ?s <http://e.example/\u0061#x> ?o }",
        ),
        (r"ASK { ?s e:a\#b ?o }", r"ASK { ?s e:a\#b ?o }"),
    ],
)
def test_a_query_is_normalised_outside_of_texts_and_iris_only(written: str, expected: str) -> None:
    assert normalised(written) == expected
    assert normalised(expected) == expected


def test_no_token_of_a_saved_query_is_lost_by_normalising_it() -> None:
    for query in QUERIES.values():
        kept = [token.text for token in tokenise(normalised(query.text))]
        assert kept == [token.text for token in tokenise(query.text)], query.name


# ── programs read it ─────────────────────────────────────────────────────────────────────

WORDS = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=60)


def bibtex_fields(text: str) -> dict[str, str]:
    with warnings.catch_warnings():
        # pylatexenc, which decodes, still uses a form of a function that Python will drop.
        warnings.simplefilter("ignore")
        library = parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    assert not library.failed_blocks, text
    [entry] = library.entries
    return {field.key: field.value for field in entry.fields}


@given(WORDS, WORDS)
def test_bibtex_is_read_back_with_every_sign(title: str, quotation: str) -> None:
    address = Address("id/x", (), "1.0", "a" * 32, "b" * 32, "c" * 32, 1)
    reference = Reference(title, address, "2026-12-01", quotation=quotation)
    text = reference.bibtex()
    library = parse_string(text)
    assert not library.failed_blocks
    [entry] = library.entries
    fields = {field.key: field.value for field in entry.fields}
    assert fields["url"] == address.url
    assert fields["year"] == "2026"
    inner = fields["title"]
    assert inner.count("{") == inner.count("}")


def test_bibtex_of_real_things_says_what_the_citation_says(ask: citing.Ask) -> None:
    query = QUERIES["actions"]
    reference = citing.cite_query(query, {"plan": "com-2023-641"}, RELEASE, ask)
    fields = bibtex_fields(reference.bibtex())
    assert fields["title"].strip("{}") == (
        "Which actions has each plan, by when, and who is responsible? (plan: com-2023-641)"
    )
    assert fields["author"].strip("{}") == "The drugpolicy-kg developers"
    assert citing.addresses(reference.bibtex()) == [reference.address.url]
    odd = Reference("50 % of A & B_C # $1 ~ \\x", reference.address)
    assert bibtex_fields(odd.bibtex())["title"].strip() == "50 % of A & B_C # $1 ~ \\x"


def test_csl_json_is_rendered_by_a_citation_processor(ask: citing.Ask) -> None:
    from citeproc import (  # noqa: PLC0415 - reads its data when it is imported
        Citation,
        CitationItem,
        CitationStylesBibliography,
        CitationStylesStyle,
        formatter,
    )
    from citeproc.source.json import CiteProcJSON  # noqa: PLC0415

    reference = citing.cite_thing(PROMISE, "en", RELEASE, ask)
    items = json.loads(reference.csl_json())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source = CiteProcJSON(items)
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = CitationStylesBibliography(style, source, formatter.plain)
    bibliography.register(Citation([CitationItem(items[0]["id"].lower())]))
    [rendered] = [str(item) for item in bibliography.bibliography()]
    assert "The drugpolicy-kg developers" in rendered
    assert "2026" in rendered
    assert "commitment 1" in rendered.lower()


def test_csl_json_uses_types_and_variables_of_the_schema_only(ask: citing.Ask) -> None:
    import citeproc  # noqa: PLC0415

    schema = Path(citeproc.__file__).parent / "data" / "schema" / "schemas" / "styles"
    types = re.findall(r'"([a-z_-]+)"', (schema / "csl-types.rnc").read_text(encoding="utf-8"))
    known = re.findall(
        r'"([A-Za-z-]+)"', (schema / "csl-variables.rnc").read_text(encoding="utf-8")
    )
    assert len(types) > 30
    assert len(known) > 80
    for reference in (
        citing.cite_dataset(RELEASE),
        citing.cite_thing(PROMISE, "en", RELEASE, ask),
        citing.cite_query(QUERIES["plans"], {}, RELEASE, ask),
    ):
        item = reference.csl()
        assert item["type"] in types
        assert set(item) - {"id", "type"} <= set(known)


# ── addresses ────────────────────────────────────────────────────────────────────────────


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), WORDS, max_size=3),
    st.integers(0, 999_999_999),
)
def test_an_address_says_what_it_was_made_from(values: dict[str, str], rows: int) -> None:
    address = Address(
        "queries/plans", tuple(sorted(values.items())), "1.0", "a" * 32, "b" * 32, "c" * 32, rows
    )
    assert citing.parse(address.url) == address
    assert citing.addresses(f"see <{address.url}>.") == [address.url]


GOOD = Address("id/x", (), "1.0", "a" * 32, "b" * 32, "c" * 32, 1).url


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (GOOD.replace("/cite?", "/site?"), "no address of a citation"),
        (GOOD.replace("a" * 32, "a" * 31), "'dataset': 32 hexadecimal digits were expected"),
        (GOOD.replace("c" * 32, "x" * 32), "'result': 32 hexadecimal"),
        (GOOD.replace("release=1.0", "release="), "'release' a version"),
        (GOOD.replace("rows=1", "rows=one"), "'rows' is a number"),
        (GOOD + "&extra=1", "and nothing else"),
        (GOOD + "&rows=2", "at most once"),
    ],
)
def test_a_wrong_address_is_named(url: str, message: str) -> None:
    assert citing.parse(GOOD).about == "id/x"
    with pytest.raises(AddressError, match=message):
        citing.parse(url)


# ── whether it holds ─────────────────────────────────────────────────────────────────────

TERM = "https://w3id.org/drugpolicy-kg/ontology#"
THING = "https://w3id.org/drugpolicy-kg/id/actor/a"
BEFORE = f'<{THING}> <{TERM}code> "a" .\n<{THING}> <{TERM}title> "A body"@en .\n'
AFTER = f'<{THING}> <{TERM}code> "b" .\n<{THING}> <{TERM}code> "c" .\n'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases of a small graph, in which one code has become two others."""
    folder = tmp_path_factory.mktemp("citing")
    queries = folder / "queries"
    queries.mkdir()
    (queries / "codes.rq").write_text(
        "#+ summary: Which codes?\n#+ columns:\n#+   code: the code\n"
        f"SELECT ?code {{ ?thing <{TERM}code> ?code }} ORDER BY ?code\n"
    )
    for version, content in (("1.0", BEFORE), ("2.0", AFTER)):
        graphs = write_graphs(folder / version, {"things": content})
        publish(version, graphs, folder / "root", queries=queries)
    return folder / "root"


def cited(root: Path, what: str) -> str:
    done = command(what, "--release", str(root / "1.0"))
    assert done.returncode == 0, done.stderr
    [url] = citing.addresses(done.stdout)
    return url


@pytest.mark.parametrize(("what", "unit"), [("codes", "1 rows"), (THING, "2 statements")])
def test_a_citation_holds_in_its_own_release(root: Path, what: str, unit: str) -> None:
    done = command("--check", cited(root, what), "--release", str(root / "1.0"))
    assert done.returncode == 0, done.stderr
    assert f"same: The answer holds in release 1.0: {unit}." in done.stdout


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("codes", ("2 rows, 1 were cited", "1 of them are gone, 2 are new")),
        (THING, ("2 statements, as many were cited", "2 of them are gone, 2 are new")),
    ],
)
def test_a_changed_answer_is_told_with_its_rows(
    root: Path, what: str, words: tuple[str, str]
) -> None:
    done = command("--check", cited(root, what), "--release", str(root))
    assert done.returncode == 1, done.stderr
    assert "changed: The answer has changed in release 2.0" in done.stdout
    for part in words:
        assert part in done.stdout


def test_a_release_that_is_not_here_is_no_answer(root: Path, tmp_path: Path) -> None:
    done = command("--check", cited(root, "codes"))
    assert done.returncode == 2
    assert "The release is not here" in done.stdout
    missing = command("--check", cited(root, "codes"), "--release", str(tmp_path / "none"))
    assert missing.returncode == 2
    assert "cannot be read" in missing.stderr


def test_citations_of_a_file_are_checked_one_by_one_and_the_worst_counts(
    root: Path, tmp_path: Path
) -> None:
    path = tmp_path / "references.txt"
    path.write_text(f"A. {cited(root, 'codes')}.\n\nB. <{cited(root, THING)}>\n", encoding="utf-8")
    assert command("--check", str(path), "--release", str(root / "1.0")).returncode == 0
    done = command("--check", str(path), "--release", str(root / "2.0"))
    assert done.returncode == 1
    assert done.stdout.count("changed:") == 2
    (tmp_path / "empty.txt").write_text("nothing", encoding="utf-8")
    empty = command("--check", str(tmp_path / "empty.txt"))
    assert empty.returncode == 2
    assert "no address of a citation was found" in empty.stderr


def test_a_question_or_thing_that_is_gone_is_a_change(ask: citing.Ask) -> None:
    def verdict(address: Address) -> citing.Verdict:
        return citing.check(address, RELEASE, QUERIES, ask, "en")

    gone = Address("queries/gone", (), "1.0", "a" * 32, "b" * 32, "c" * 32, 1)
    assert verdict(gone).state is State.CHANGED
    assert "'gone' is no saved query there" in verdict(gone).words
    thing = Address("id/actor/gone", (), "1.0", "a" * 32, "b" * 32, "c" * 32, 1)
    assert "nothing is stated of it" in verdict(thing).words
    plans = citing.cite_query(QUERIES["plans"], {}, RELEASE, ask).address
    reworded = Address(**{**_fields(plans), "query": "0" * 32})
    assert verdict(reworded).state is State.SAME
    assert "The query itself has changed since." in verdict(reworded).words


def _fields(address: Address) -> dict[str, Any]:
    return {name: getattr(address, name) for name in Address.__slots__}


def test_the_packaged_graph_checks_its_own_citations_from_a_pipe_of_bibtex(tmp_path: Path) -> None:
    written = command("actions", "--param", "plan=com-2023-641", "--format", "bibtex")
    path = tmp_path / "references.bib"
    path.write_text(written.stdout + command("--format", "bibtex").stdout, encoding="utf-8")
    done = command("--check", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "same: The answer holds in release 0.1.0: 17 rows." in done.stdout
    assert "same: The graph is the cited one in release 0.1.0." in done.stdout


def test_the_day_of_a_release_is_what_its_publisher_says(root: Path, tmp_path: Path) -> None:
    graphs = root / "1.0" / "graphs"
    source = write_graphs(tmp_path / "g", {"things": (graphs / "things.nt").read_text()})
    manifest = releases.write_release("1.0", source, tmp_path / "root", date="2026-12-01")
    assert manifest.date == "2026-12-01"
    done = command("--release", str(tmp_path / "root"))
    assert done.stdout.startswith("The drugpolicy-kg developers (2026). ")
    with pytest.raises(ReleaseError, match="'1 December' is no day"):
        releases.write_release("1.1", source, tmp_path / "root", date="1 December")


def test_a_query_of_ones_own_is_cited_and_asked_again(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.rq"
    file.write_text(f"# mine\nSELECT ?code {{ ?thing <{TERM}code> ?code }}\n", encoding="utf-8")
    done = command(str(file), "--release", str(root / "1.0"), "--format", "bibtex")
    assert done.returncode == 0, done.stderr
    [url] = citing.addresses(done.stdout)
    assert citing.parse(url).text == f"SELECT ?code {{ ?thing <{TERM}code> ?code }}"
    (tmp_path / "mine.bib").write_text(done.stdout, encoding="utf-8")
    held = command("--check", str(tmp_path / "mine.bib"), "--release", str(root / "1.0"))
    assert held.returncode == 0, held.stderr
    assert "same: The answer holds in release 1.0: 1 rows." in held.stdout
    changed = command("--check", url, "--release", str(root / "2.0"))
    assert changed.returncode == 1
    assert "in release 2.0: 2 rows, 1 were cited." in changed.stdout


def test_a_query_that_asks_elsewhere_is_not_asked_again(root: Path) -> None:
    query = "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"
    hostile = Address("sparql", (), "1.0", "a" * 32, "", "b" * 32, 1, query).url
    done = command("--check", hostile, "--release", str(root / "1.0"))
    assert done.returncode == 1
    assert "changed: No answer in release 1.0: query: SERVICE is refused" in done.stdout
    with pytest.raises(AddressError, match="'query': a query was expected"):
        citing.parse(hostile.replace("&query=", "&p.x=1&query="))
