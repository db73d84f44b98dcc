"""An answer as a table of cells, for whoever shows it to people or to a spreadsheet."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from drugpolicy_kg.store import AnswerCutError
from drugpolicy_kg.store.formats import Shape, by_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from drugpolicy_kg.store import Question, Store

_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")
_LABELS: Final = (
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://www.w3.org/2000/01/rdf-schema#label",
    "http://purl.org/dc/terms/title",
)
_MOST_LABELS: Final = 2_000
_MOST_LABEL_BYTES: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cell:
    """An RDF term as it is shown: what kind it is, its value, and what a literal has beside it."""

    kind: str
    value: str
    language: str = ""
    datatype: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The columns and rows of an answer; an ASK has one column and one row."""

    columns: tuple[str, ...]
    rows: list[tuple[Cell | None, ...]]

    def iris(self) -> Iterator[str]:
        """Yield the IRI of each cell that holds one."""
        for row in self.rows:
            for cell in row:
                if cell is not None and cell.kind == "uri":
                    yield cell.value


def tabulate(store: Store, question: Question, *, most_bytes: int) -> Table:
    """Return the whole answer to a question as a table, unless it has more bytes than that."""
    sink = _Bounded(most_bytes)
    if question.format.shape is Shape.TRIPLES:
        store.answer(replace(question, format=by_name("ntriples")), sink)
        parsed = ox.parse(sink.getvalue(), format=ox.RdfFormat.N_TRIPLES)
        rows = [(_cell(q.subject), _cell(q.predicate), _cell(q.object)) for q in parsed]
        return Table(("subject", "predicate", "object"), list(dict.fromkeys(rows)))
    store.answer(replace(question, format=by_name("json")), sink)
    content = json.loads(sink.getvalue())
    if "boolean" in content:
        return Table(("answer",), [(Cell("literal", str(content["boolean"]).lower()),)])
    columns = tuple(content["head"]["vars"])
    found = content["results"]["bindings"]
    return Table(columns, [tuple(_from_json(row.get(c)) for c in columns) for row in found])


class _Bounded(io.BytesIO):
    """Takes so many bytes and no more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, content: Any, /) -> int:
        if self.tell() + len(content) > self._most:
            raise AnswerCutError(f"The answer has more than {self._most} bytes.")
        return super().write(content)


def labels(
    store: Store, question: Question, iris: Collection[str], languages: Sequence[str]
) -> dict[str, str]:
    """Return a label for each thing that has one, in the first language that it has one in."""
    plain = [iri for iri in dict.fromkeys(iris) if _IRI.fullmatch(iri)][:_MOST_LABELS]
    if not plain:
        return {}
    query = (
        f"SELECT ?thing ?label {{ VALUES ?thing {{ {' '.join(f'<{iri}>' for iri in plain)} }} "
        f"VALUES ?property {{ {' '.join(f'<{iri}>' for iri in _LABELS)} }} "
        "?thing ?property ?label }"
    )
    asked = replace(question, text=query, format=by_name("json"), own_dataset=False, dataset=None)
    best: dict[str, tuple[int, str]] = {}
    ranks = {language: rank for rank, language in enumerate(languages)}
    for thing, label in tabulate(store, asked, most_bytes=_MOST_LABEL_BYTES).rows:
        if thing is not None and label is not None:
            ranked = (ranks.get(label.language.partition("-")[0], len(ranks)), label.value)
            best[thing.value] = min(ranked, best.get(thing.value, ranked))
    return {iri: label for iri, (_, label) in best.items()}


def _from_json(term: dict[str, Any] | None) -> Cell | None:
    if term is None:
        return None
    if term["type"] == "triple":
        return Cell("triple", json.dumps(term["value"]))
    return Cell(
        "literal" if term["type"] == "typed-literal" else term["type"],
        term["value"],
        term.get("xml:lang", ""),
        term.get("datatype", ""),
    )


def _cell(term: object) -> Cell:
    if isinstance(term, ox.NamedNode):
        return Cell("uri", term.value)
    if isinstance(term, ox.BlankNode):
        return Cell("bnode", term.value)
    if isinstance(term, ox.Literal):
        return Cell("literal", term.value, term.language or "", term.datatype.value)
    return Cell("triple", str(term))
