"""Evaluates the queries of the suites with the embedded store and compares what they answer."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.errors import StoreError
from drugpolicy_kg.store import Dataset, QuerySyntaxError, Question
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import by_name

from .manifests import EVALUATION, SYNTAX, Case, cases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_EXACT: Final = {_XSD + name for name in ("integer", "decimal")}
_ROUNDED: Final = {_XSD + name for name in ("double", "float")}
_READ: Final = {
    ".srx": ox.QueryResultsFormat.XML,
    ".srj": ox.QueryResultsFormat.JSON,
    ".tsv": ox.QueryResultsFormat.TSV,
}
_RDF: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".nt": ox.RdfFormat.N_TRIPLES,
}
_ROW: Final = "urn:row#"
_RS: Final = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_RESULT_SET: Final = b"ResultSet"
_FROM: Final = re.compile(r"^\s*FROM\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a test passed; `miss` is empty or says what was found instead."""

    name: str
    kind: str
    miss: str


def run_evaluation() -> list[Outcome]:
    """Return the outcome of every query evaluation and CSV test."""
    return [
        Outcome(case.name, case.kind, evaluate(case))
        for folder in EVALUATION
        for case in cases(folder)
        if case.kind in {"QueryEvaluationTest", "CSVResultFormatTest"}
    ]


def run_syntax() -> list[Outcome]:
    """Return the outcome of every test of the syntax of queries."""
    return [
        Outcome(case.name, case.kind, check_syntax(case))
        for folder in SYNTAX
        for case in cases(folder)
        if "Syntax" in case.kind
    ]


def check_syntax(case: Case) -> str:
    """Return nothing, or what is wrong with what the store says of the syntax of a query."""
    store, _ = _store(case)
    text = case.query.read_text(encoding="utf-8")
    try:
        _answer(store, Question(text, by_name("json")))
    except QuerySyntaxError as fault:
        return f"refused: {fault.message}" if case.kind.startswith("Positive") else ""
    except StoreError:
        # It was parsed, and then found to call a function that no engine has.
        pass
    return "accepted" if case.kind.startswith("Negative") else ""


def evaluate(case: Case) -> str:
    """Return nothing where a query answers as the suite expects, else what it answered."""
    assert case.result is not None
    store, dataset = _store(case)
    text = case.query.read_text(encoding="utf-8")
    own = _FROM.search(text) is not None
    chosen = dataset if case.named and not own else None
    # The suite's relative IRIs mean its own files.
    text = f"BASE <{case.query.as_uri()}>\n{text}"
    suffix = case.result.suffix
    triples = suffix in _RDF and _RESULT_SET not in case.result.read_bytes()
    name = "ntriples" if triples else suffix[1:] if suffix in {".csv", ".tsv"} else "json"
    try:
        answer = _answer(store, Question(text, by_name(name), own_dataset=own, dataset=chosen))
    except StoreError as error:
        return f"{type(error).__name__}: {error.message}"
    if triples:
        return _compare_triples(answer, case.result)
    if suffix == ".csv":
        expected = case.result.read_text(encoding="utf-8")
        same = _csv_rows(expected) == _csv_rows(answer.decode())
        return "" if same else f"answered {answer.decode()!r}"
    given = ox.QueryResultsFormat.TSV if name == "tsv" else ox.QueryResultsFormat.JSON
    found = ox.parse_query_results(answer, format=given)
    if isinstance(found, ox.QueryBoolean):
        wanted = ox.parse_query_results(case.result.read_bytes(), format=_READ[suffix])
        return "" if str(found) == str(wanted) else f"answered {found}"
    ordered = suffix in _READ and "ORDER BY" in _last_part(text)
    return _compare_rows(list(_bindings(found)), _expected_rows(case.result), ordered=ordered)


def _store(case: Case) -> tuple[EmbeddedStore, Dataset]:
    """Return a store with the files of a test, each as a graph under its own address."""
    engine = ox.Store()
    for path in {*case.data, *case.named}:
        name = ox.NamedNode(path.as_uri())
        engine.load(
            path.read_bytes(), format=_RDF[path.suffix], base_iri=path.as_uri(), to_graph=name
        )
    counts = {
        path.as_uri(): sum(
            1 for _ in engine.quads_for_pattern(None, None, None, ox.NamedNode(path.as_uri()))
        )
        for path in (*case.data, *case.named)
    }
    dataset = Dataset(
        tuple(path.as_uri() for path in case.data), tuple(path.as_uri() for path in case.named)
    )
    return EmbeddedStore(engine, counts), dataset


def _answer(store: EmbeddedStore, question: Question) -> bytes:
    sink = io.BytesIO()
    try:
        store.answer(question, sink)
    except QuerySyntaxError:
        raise
    except StoreError:
        if question.format.name != "json":
            raise
        # The query answers with triples; only its syntax is of interest then.
        sink = io.BytesIO()
        store.answer(Question(question.text, by_name("ntriples")), sink)
    return sink.getvalue()


def _expected_rows(result: Path) -> list[dict[str, Term]]:
    """Return the rows that are expected; some stand as RDF in the vocabulary of the suite."""
    content = result.read_bytes()
    if result.suffix in _READ:
        rows = ox.parse_query_results(content, format=_READ[result.suffix])
        assert isinstance(rows, ox.QuerySolutions), result
        return list(_bindings(rows))
    graph = ox.Store()
    graph.load(content, format=_RDF[result.suffix], base_iri=result.as_uri())
    found: dict[str, dict[str, Term]] = {}
    cells = graph.query(
        f"PREFIX rs: <{_RS}> SELECT ?row ?name ?value {{ ?set rs:solution ?row . "
        "OPTIONAL { ?row rs:binding ?b . ?b rs:variable ?name ; rs:value ?value } }"
    )
    assert isinstance(cells, ox.QuerySolutions)
    for cell in cells:
        row, name, value = found.setdefault(str(cell["row"]), {}), cell["name"], cell["value"]
        if isinstance(name, ox.Literal) and value is not None:
            row[name.value] = _by_value(value)
    return list(found.values())


def _last_part(text: str) -> str:
    return text.rpartition("}")[2].upper()


def _csv_rows(text: str) -> Counter[tuple[tuple[str, str], ...]]:
    """Return the rows with their columns by name; labels of blank nodes are the engine's own."""
    return Counter(
        tuple(
            sorted(
                (name, "_:" if cell.startswith("_:") else _plain(cell))
                for name, cell in row.items()
            )
        )
        for row in csv.DictReader(io.StringIO(text, newline=""))
    )


def _plain(cell: str) -> str:
    """Return a number in one spelling, as `_by_value` does where there are datatypes."""
    try:
        return f"{float(cell):.12e}"
    except ValueError:
        return cell


def _compare_triples(answer: bytes, result: Path) -> str:
    found = ox.Dataset(ox.parse(answer, format=ox.RdfFormat.N_TRIPLES))
    wanted = ox.Dataset(
        ox.parse(result.read_bytes(), format=_RDF[result.suffix], base_iri=result.as_uri())
    )
    return "" if _canonical(found) == _canonical(wanted) else f"answered {answer.decode()!r}"


def _compare_rows(
    ours: list[dict[str, Term]], theirs: list[dict[str, Term]], *, ordered: bool
) -> str:
    if ordered and not any(
        isinstance(term, ox.BlankNode) for row in theirs for term in row.values()
    ):
        return "" if ours == theirs else f"answered in this order: {ours}"
    return (
        "" if _canonical(_as_graph(ours)) == _canonical(_as_graph(theirs)) else f"answered {ours}"
    )


def _bindings(rows: ox.QuerySolutions) -> Iterator[dict[str, Term]]:
    names = [variable.value for variable in rows.variables]
    for row in rows:
        yield {name: _by_value(term) for name in names if (term := row[name]) is not None}


def _by_value(term: Term) -> Term:
    """Return a number in one spelling, since an engine may keep values instead of spellings."""
    if not isinstance(term, ox.Literal):
        return term
    datatype = term.datatype.value
    try:
        if datatype in _EXACT:
            value = Decimal(term.value).normalize()
            return ox.Literal(f"{value + 0:f}", datatype=term.datatype)
        if datatype in _ROUNDED:
            digits = 6 if datatype.endswith("float") else 12
            return ox.Literal(f"{float(term.value):.{digits}e}", datatype=term.datatype)
    except (InvalidOperation, ValueError):
        return term
    if datatype == _XSD + "boolean":
        return ox.Literal(term.value in {"true", "1"})
    return term


def _as_graph(rows: Iterable[dict[str, Term]]) -> ox.Dataset:
    """Return rows as a graph, so that blank nodes may be compared whatever their labels are."""
    quads = []
    for number, row in enumerate(rows):
        node = ox.BlankNode(f"row{number}")
        quads.append(
            ox.Quad(node, ox.NamedNode(_ROW + "size"), ox.Literal(len(row)), ox.DefaultGraph())
        )
        for name, term in row.items():
            quads.append(ox.Quad(node, ox.NamedNode(_ROW + name), term, ox.DefaultGraph()))
    return ox.Dataset(quads)


def _canonical(dataset: ox.Dataset) -> Counter[str]:
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return Counter(str(quad) for quad in dataset)
