"""Draft: the folder of a new plan, and an empty template whose columns the shapes explain."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import xlsxwriter
import yaml

from drugpolicy_kg.definitions import Definition, LanguageCode, Slug, load
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.readers.template import REMARK
from drugpolicy_kg.validation import shapes as own_shapes
from drugpolicy_kg.vocabulary import DPS_NAMESPACE

if TYPE_CHECKING:
    from pathlib import Path

    from drugpolicy_kg.definitions import Language
    from drugpolicy_kg.pipeline import Knowledge, PlanResult
    from drugpolicy_kg.validation.shapes import Rule

#: The formats of a template, which are the endings of its file.
FORMATS: Final = ("csv", "xlsx")
#: How many rows of a workbook have lists to choose from.
_ROWS: Final = 500
_NARROW, _WIDE = 18, 40


class Column(Definition):
    """A column: the shape that explains it, and the words of the language at its head."""

    id: Slug
    shape: str
    head: str = ""
    #: The sheet whose first column holds the values to choose from.
    chosen_from: Slug | None = None


class Sheet(Definition):
    """A sheet of the template."""

    id: Slug
    columns: tuple[Column, ...]


class Template(Definition):
    """The sheets, and how their columns are filled, by language (data/template.yaml)."""

    sheets: tuple[Sheet, ...]
    remarks: dict[LanguageCode, dict[Slug, dict[Slug, str]]]


@dataclass(frozen=True)
class _Explained:
    """A column in one language: its head, how it is filled, and what the shape asks of it."""

    head: str
    remark: str
    rule: str
    chosen_from: str | None


def template(knowledge: Knowledge, language: str, form: Literal["csv", "xlsx"]) -> bytes:
    """Return an empty template in a language; the same bytes for the same data.

    Raises `DefinitionError` if the language has no words, or a shape that is named is missing.
    """
    words = knowledge.languages.get(language)
    if words is None:
        known = ", ".join(sorted(knowledge.languages))
        raise DefinitionError(
            f"language: one of {known} was expected, found '{language}'.",
            remedy=f"Write data/languages/{language}.yaml, or choose another.",
        )
    own = load(knowledge.data / "template.yaml", Template)
    sheets = {
        sheet.id: [_explained(own, sheet, column, words) for column in sheet.columns]
        for sheet in own.sheets
    }
    return _workbook(sheets) if form == "xlsx" else _table(sheets)


def _explained(own: Template, sheet: Sheet, column: Column, words: Language) -> _Explained:
    rule = shape(column.shape)
    remarks = own.remarks.get(words.code) or next(iter(own.remarks.values()))
    head: Any = words
    for part in column.head.split(".") if column.head else ():
        head = getattr(head, part)
    return _Explained(
        head[0] if column.head else _in(rule.names, words.code),
        remarks[sheet.id][column.id],
        f"{_in(rule.messages, words.code)} [{rule.code}]",
        column.chosen_from,
    )


def _in(texts: Any, language: str) -> str:
    return str(texts.get(language) or next(iter(texts.values())))


def shape(name: str) -> Rule:
    """Return the property shape of a column; raise `DefinitionError` if there is none."""
    rule = _rules().get(DPS_NAMESPACE + name)
    if rule is None:
        raise DefinitionError(
            f"data/template.yaml: key 'shape' expects a property shape, found '{name}'.",
            remedy="Write the last part of its IRI in shapes/*.ttl.",
        )
    return rule


@cache
def _rules() -> dict[str, Rule]:
    return dict(own_shapes.bundled().rules)


def _table(sheets: dict[str, list[_Explained]]) -> bytes:
    """Return the template as CSV; the first column names the sheet of a row."""
    text = io.StringIO()
    writer = csv.writer(text)
    for sheet, columns in sheets.items():
        writer.writerow([sheet, *(column.head for column in columns)])
        writer.writerow([sheet, *_remarks(columns)])
    return text.getvalue().encode()


def _remarks(columns: list[_Explained]) -> list[str]:
    first, *rest = [column.remark for column in columns]
    return [f"{REMARK} {first}", *rest]


def _workbook(sheets: dict[str, list[_Explained]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "num_format": "@", "bottom": 1})
    remark = book.add_format({"italic": True, "font_color": "#555555", "text_wrap": True})
    for name, columns in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(2, 1)
        remarks = _remarks(columns)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, _width(column), text)
            sheet.write_string(0, index, column.head, head)
            sheet.write_comment(0, index, column.rule, {"author": ""})
            sheet.write_string(1, index, remarks[index], remark)
            if column.chosen_from:
                source = f"={column.chosen_from}!$A$3:$A${_ROWS}"
                rule = {"validate": "list", "source": source, "error_type": "warning"}
                sheet.data_validation(2, index, _ROWS, index, rule)
    book.close()
    return file.getvalue()


def _width(column: _Explained) -> int:
    return _NARROW if len(column.remark) < _NARROW else _WIDE


def definition(result: PlanResult, plan_id: str) -> str:
    """Return the plan.yaml of a plan that was recognised, its counts as found, to be confirmed."""
    own = result.definition
    plan = result.plan
    edition = own.editions[0]
    written: dict[str, Any] = {
        "id": plan_id,
        "version": own.version,
        "number": own.number,
        "type": own.type,
        "issuer": own.issuer,
        "priority_kind": own.priority_kind,
        "adopted": own.adopted,
        "status": own.status,
        "reference": own.reference,
        "editions": [
            {
                key: value
                for key, value in edition.model_copy(update={"file": f"source/{edition.file}"})
                .model_dump()
                .items()
                if value
            }
        ],
        "layout": own.layout.model_dump(),
    }
    text = yaml.safe_dump(written, allow_unicode=True, sort_keys=False, width=100)
    counts = yaml.safe_dump({"expected": plan.counts()}, sort_keys=False)
    return (
        "# Recognised by 'drugpolicy new-plan': look at every line; CONTRIBUTING.md has the keys.\n"
        f"{text}"
        "# Found by the program, to be confirmed: count them yourself in the document.\n"
        f"{counts}"
    )


def new_folder(root: Path, plan_id: str) -> Path:
    """Return the folder of a new plan; raise `DefinitionError` if it has a plan already."""
    folder = root / "data" / "plans" / plan_id
    if (folder / "plan.yaml").exists():
        raise DefinitionError(
            f"{folder}: a folder without a plan.yaml was expected, found one.",
            remedy="Choose another ID, or change that file.",
        )
    return folder
