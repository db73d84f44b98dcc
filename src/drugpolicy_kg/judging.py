"""Judge: what people say about the documents, each with the words that show it.

The tables of data/links hold judgements, apart from what is read by rule. A row whose quotation
does not stand in the source exactly once is refused, so that no judgement outlives its evidence.
"""

from __future__ import annotations

import csv
import datetime  # noqa: TC003  pydantic needs the types at run time
from dataclasses import dataclass
from decimal import Decimal  # noqa: TC003
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from drugpolicy_kg.definitions import Definition, LanguageCode, Slug
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from drugpolicy_kg.document import Document

#: The table of citations that are wrong in a document.
CORRECTIONS: Final = "citation-corrections.csv"


class CitationCorrection(Definition):
    """What a person says is wrong with a citation, apart from the quotation and attributed."""

    id: Slug
    plan: Slug
    language: LanguageCode
    #: The path of the citation within the plan, as the query `citations` gives it.
    citation: str
    #: The words that show it, verbatim from the source, once there.
    quotation: str = Field(min_length=1)
    problem: Slug
    statement: str = Field(min_length=1)
    #: The instrument that is meant, where that is known.
    meant: Slug | Literal[""]
    justification: Annotated[str, StringConstraints(pattern=r"^semapv:[A-Za-z]+$")]
    confidence: Annotated[Decimal, Field(ge=0, le=1)]
    author: str = Field(min_length=1)
    date: datetime.date
    source: str = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Judged:
    """A correction of a citation, with the version of the plan and the range of its quotation."""

    correction: CitationCorrection
    version: str
    document: Document
    span: Span


def read_corrections(
    folder: Path, plans: Mapping[str, tuple[str, Mapping[str, Document]]]
) -> tuple[Judged, ...]:
    """Return the corrections of citations that `folder` holds; without a table there is none.

    `plans` gives version and documents of each plan. Raises `DefinitionError`, with file and
    line, for a row with a wrong value, of an unknown plan or language, or whose quotation does
    not stand exactly once in the source.
    """
    path = folder / CORRECTIONS
    if not path.is_file():
        return ()
    result: list[Judged] = []
    seen: set[str] = set()
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            correction = _correction(where, row)
            if correction.id in seen:
                raise DefinitionError(
                    f"{where}: column 'id' expects each name once, found '{correction.id}' twice."
                )
            seen.add(correction.id)
            version, documents = plans.get(correction.plan, ("", {}))
            document = documents.get(correction.language)
            if document is None:
                raise DefinitionError(
                    f"{where}: an edition of a plan was expected, found '{correction.plan}' in "
                    f"'{correction.language}'."
                )
            result.append(Judged(correction, version, document, _found(where, row, document)))
    return tuple(result)


def _correction(where: str, row: dict[str, str]) -> CitationCorrection:
    try:
        return TypeAdapter(CitationCorrection).validate_python(row)
    except ValidationError as error:
        first = error.errors()[0]
        column = ".".join(str(part) for part in first["loc"])
        raise DefinitionError(
            f"{where}: column '{column}' expects otherwise ({first['msg'].lower()}), found "
            f"'{first['input']}'."
        ) from error


def _found(where: str, row: dict[str, str], document: Document) -> Span:
    quotation = row["quotation"]
    count = document.source.count(quotation)
    if count != 1:
        found = "it twice or more" if count else "it nowhere"
        raise DefinitionError(
            f"{where}: column 'quotation' expects words that stand once in {document.name}, found "
            f"{found}: '{quotation}'.",
            remedy="Copy the words from the source, signs included; take more of them if needed.",
        )
    start = document.source.index(quotation)
    return Span(start, start + len(quotation))
