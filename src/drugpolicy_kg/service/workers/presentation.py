"""Answers for people: a page with a table, a file for a spreadsheet, plain JSON.

A worker makes them, after it has asked its store, so that a large table keeps nobody waiting
but the client that asked for it.
"""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from drugpolicy_kg import results
from drugpolicy_kg.citing.subjects import digested
from drugpolicy_kg.errors import QueryError, StoreError
from drugpolicy_kg.service.views import context as contexts
from drugpolicy_kg.service.views import (
    describing,
    documents,
    ontology_model,
    pages,
    term_pages,
    thing_pages,
)
from drugpolicy_kg.service.views.describing import Description
from drugpolicy_kg.service.workers.answers import Answer
from drugpolicy_kg.store.formats import Shape
from drugpolicy_kg.store.tables import Cell, Table, labels, tabulate
from drugpolicy_kg.vocabulary import BASE, XSD, XSD_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.store import Question, Store

# A spreadsheet takes a cell that begins with one of these as a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_LINKED: Final = ("http://", "https://", "mailto:")


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of a page: its text, where it links to, and what a hint says of it."""

    text: str
    link: str = ""
    hint: str = ""
    number: bool = False
    language: str = ""


def prepare(store: Store) -> None:
    """Read what pages need, while files may still be read and connections opened."""
    pages.prepare()
    describing.questions()
    thing_pages.layout()
    ontology_model.knowledge()
    contexts.prepare(store)
    results.to_xlsx(results.Rows(("x",), (("",),)), "x")


def present(
    store: Store, question: Question, told: Mapping[str, Any], sink: Answer
) -> dict[str, Any]:
    """Write an answer as it is shown, and return its number of rows and where it was cut."""
    if told["as"] in _DOCUMENTS:
        return _DOCUMENTS[told["as"]](store, question, told, sink)
    table = tabulate(store, question, most_bytes=sink.limit)
    rows = len(table.rows)
    if told["as"] == "csv":
        sink.write(spreadsheet_csv(table))
        return {"rows": rows}
    if told["as"] == "json":
        sink.write(plain_json(table))
        return {"rows": rows}
    shown = Table(table.columns, table.rows[: told["most"]])
    named = labels(
        store,
        replace(question, connections=question.connections[1:]),
        set(shown.iris()),
        told["languages"],
    )
    cells = [[_shown(cell, named) for cell in row] for row in shown.rows]
    cut = rows if rows > len(cells) else None
    sink.write(pages.result(told, question.text, shown.columns, cells, total=rows))
    return {"rows": rows, "partial": cut}


def write_workbook(
    store: Store, question: Question, told: Mapping[str, Any], sink: Answer
) -> dict[str, Any]:
    """Write a workbook, the same as the command gives: no text in it is ever a formula."""
    written = io.BytesIO()
    store.answer(question, written)
    columns = told["columns"]
    rows = results.from_sparql_json(written.getvalue(), tuple(columns))
    sink.write(results.to_xlsx(rows, told["name"], columns.items()))
    return {"rows": len(rows)}


def describe_thing(
    store: Store, question: Question, told: Mapping[str, Any], sink: Answer
) -> dict[str, Any]:
    """Write the document about a thing in the format asked for, or raise AbsentError."""
    thing = told["thing"]
    if told["graph"]:
        described = _document(store, question, thing, told["graph"])
    else:
        described = describing.describe(store, question, thing)
    if told["format"] == "html":
        sink.write(thing_pages.page(described, told))
    else:
        sink.write(
            documents.written(described, told["document"], told["format"], contexts.context(store))
        )
    return {"rows": sum(map(len, described.statements.values()))}


def _document(store: Store, question: Question, thing: str, graph: str) -> Description:
    """Return a document with its terms; a store without shapes is described by those we bring."""
    try:
        return describing.describe_document(store, question, thing, graph)
    except describing.AbsentError:
        if thing != term_pages.SHAPES:
            raise
    node = ox.NamedNode(thing)
    return Description(node, ontology_model.knowledge().shapes.statements(), [], {})


def start_page(
    store: Store, question: Question, told: Mapping[str, Any], sink: Answer
) -> dict[str, Any]:
    """Write the start page, with the plans that there are in the words of its reader."""
    wished = {code: rank for rank, code in reversed(list(enumerate(told["languages"])))}
    found: dict[str, dict[str, str]] = {}
    for row in tabulate(store, question, most_bytes=sink.limit).rows:
        plan, number, date, title, actions = row
        if plan is None or title is None:
            continue
        rank = wished.get(title.language, len(wished))
        known = found.get(plan.value)
        if known is None or rank < int(known["rank"]):
            found[plan.value] = {
                "rank": str(rank),
                "link": pages.local(plan.value),
                "title": title.value,
                "language": title.language,
                "number": number.value if number else "",
                "date": date.value if date else "",
                "actions": actions.value if actions else "",
            }
    sink.write(pages.start(told, found.values()))
    return {"rows": len(found)}


def graph_page(
    store: Store, question: Question, told: Mapping[str, Any], sink: Answer
) -> dict[str, Any]:
    """Write the page about a graph: its size, its formats, and the classes of its things."""
    sink.write(thing_pages.graph_page(store, question, told))
    return {}


def terms_page(
    _store: Store, _question: Question, told: Mapping[str, Any], sink: Answer
) -> dict[str, Any]:
    """Write the page about the ontology or the shapes, which were read at the start."""
    sink.write(term_pages.page(told))
    return {}


def digest_answer(
    store: Store, question: Question, _: Mapping[str, Any], sink: Answer
) -> dict[str, Any]:
    """Write the digest of an answer that is cited, and raise StoreError if none can be."""

    def ask() -> bytes:
        answer = Answer(sink.limit)
        try:
            store.answer(question, answer)
            return answer.whole(answer.content())
        finally:
            answer.close()

    try:
        sink.write(digested(ask, triples=question.format.shape is Shape.TRIPLES))
    except QueryError as error:
        raise StoreError(str(error)) from error
    return {"rows": 1}


_DOCUMENTS: Final = {
    "digest": digest_answer,
    "description": describe_thing,
    "start": start_page,
    "graph": graph_page,
    "xlsx": write_workbook,
    "terms": terms_page,
}


def _shown(cell: Cell | None, named: Mapping[str, str]) -> Shown:
    if cell is None:
        return Shown("")
    if cell.kind == "uri":
        label = named.get(cell.value, cell.value)
        if not cell.value.lower().startswith(_LINKED):
            return Shown(label, hint=cell.value)
        # Our own things are described by this service, whatever its name.
        ours = cell.value.startswith(BASE)
        link = "/" + cell.value.removeprefix(BASE) if ours else cell.value
        return Shown(label, link, cell.value)
    hint = cell.language or cell.datatype.removeprefix(XSD_NAMESPACE)
    return Shown(cell.value, hint=hint, number=_number(cell) is not None, language=cell.language)


def spreadsheet_csv(table: Table) -> bytes:
    r"""Return a table as CSV that no spreadsheet takes for formulas: RFC 4180, UTF-8.

    >>> spreadsheet_csv(Table(("a",), [(Cell("literal", "=1+1"),), (None,)]))
    b"a\r\n'=1+1\r\n\r\n"
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.rows:
        if len(row) == 1 and row[0] is None:
            # The writer of the standard library would quote a lone empty cell.
            written.write("\r\n")
            continue
        writer.writerow([_safe(cell) for cell in row])
    return written.getvalue().encode()


def _safe(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if cell.value.startswith(_FORMULA) and _number(cell) is None:
        return "'" + cell.value
    return cell.value


def plain_json(table: Table) -> bytes:
    r"""Return a table as a list of objects; numbers and booleans are such in JSON too.

    >>> integer = "http://www.w3.org/2001/XMLSchema#integer"
    >>> plain_json(Table(("a", "b"), [(Cell("literal", "7", "", integer), None)]))
    b'[{"a": 7, "b": null}]\n'
    """
    rows = [dict(zip(table.columns, map(_value, row), strict=True)) for row in table.rows]
    return (json.dumps(rows, ensure_ascii=False) + "\n").encode()


def _value(cell: Cell | None) -> str | int | float | bool | None:
    if cell is None:
        return None
    if cell.datatype == XSD.boolean and cell.value in {"true", "false"}:
        return cell.value == "true"
    number = _number(cell)
    return cell.value if number is None else number


def _number(cell: Cell) -> int | float | None:
    """Return the number that a cell holds, if it is of a type of numbers and finite."""
    kind = cell.datatype.removeprefix(XSD_NAMESPACE)
    try:
        if kind == "integer":
            return int(cell.value)
        if kind in {"decimal", "double", "float"}:
            number = float(cell.value)
            return number if math.isfinite(number) else None
    except ValueError:
        return None
    return None
