"""Saved queries: a question, its parameters and columns, and the SPARQL that answers it.

A file NAME.rq opens with `#+` lines that hold YAML (summary, parameters, columns). The
query keeps its parameters in VALUES rows, with their defaults, so that the file runs as
it stands on any SPARQL engine; a value that somebody gives is checked against its type and
becomes an RDF term, which takes its place there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import msgspec
import yaml

from drugpolicy_kg.errors import QueryError
from drugpolicy_kg.yaml_input import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_FRONT = re.compile(r"#\+ ?(.*)")
_ROW = re.compile(
    r"^(?P<head>\s*VALUES\s*\((?P<names>(?:\s*\?_\w+)+)\s*\)\s*\{\s*\()(?P<values>[^()]*)\)\s*\}",
    re.MULTILINE,
)
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^\S+)?|[^\s"]+')
_SLUG = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
_IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\()]*")
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_AT = re.compile(r"(?P<fault>.*?)(?: - at `\$\.?(?P<key>.*)`)?")
#: The longest value of a parameter.
MAX_LENGTH = 200
_Converted = TypeVar("_Converted")


_TYPES = ("slug", "language", "integer", "boolean", "date", "text", "iri")


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a question may be asked with: its type, its default, and what it is about."""

    type: Literal["slug", "language", "integer", "boolean", "date", "text", "iri"]
    about: str
    default: str = ""


class _Front(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    summary: Annotated[str, msgspec.Meta(min_length=1)]
    columns: Annotated[dict[str, Any], msgspec.Meta(min_length=1)]
    about: str = ""
    parameters: dict[str, Any] = {}
    answers: str = ""


@dataclass(frozen=True)
class SavedQuery:
    """A question people ask, ready to be run; `columns` are name and meaning, in order."""

    name: str
    summary: str
    about: str
    columns: Mapping[str, str]
    parameters: Mapping[str, Parameter]
    text: str

    def sparql_for_each(self, values: Iterable[str]) -> str:
        """Return the query of a single parameter with a row for each of the values.

        Raises `QueryError` for a value that is not of the parameter's type.
        """
        [(name, parameter)] = self.parameters.items()
        rows = " ".join(f"({_term(self.name, name, parameter, value)})" for value in values)
        return _ROW.sub(lambda row: f"{row['head'].removesuffix('(')}{rows} }}", self.text)

    def sparql(self, values: Mapping[str, str] | None = None) -> str:
        """Return the query with the values of its parameters in place of the defaults.

        Raises `QueryError` for a parameter that the query does not take, and for a value
        that is not of the parameter's type.
        """
        terms: dict[str, str] = {}
        for name, value in (values or {}).items():
            parameter = self.parameters.get(name)
            if parameter is None:
                known = ", ".join(self.parameters) or "none"
                raise QueryError(
                    f"query '{self.name}': parameter '{name}' is not taken.",
                    remedy=f"Its parameters are: {known}.",
                )
            if value != "":
                terms[f"?_{name.replace('-', '_')}"] = _term(self.name, name, parameter, value)
        if not terms:
            return self.text
        return _ROW.sub(lambda row: _filled(row, terms), self.text)


def load_query(path: Path) -> SavedQuery:
    """Return the saved query of a file; raises `QueryError` naming file and key."""
    text = read_text(path)
    front = [found[1] for line in text.splitlines() if (found := _FRONT.match(line))]
    try:
        written = read_yaml("\n".join(front)) or {}
    except yaml.YAMLError as error:
        raise QueryError(f"{path}: the lines that begin with '#+' hold no YAML.") from error
    data = _converted(path, written, _Front)
    columns = {
        name: _converted(path, told, str, f"columns.{name}.") for name, told in data.columns.items()
    }
    parameters = {
        name: _converted(path, told, Parameter, f"parameters.{name}.")
        for name, told in data.parameters.items()
    }
    query = SavedQuery(path.stem, data.summary, data.about, columns, parameters, text)
    _check_row(path, query)
    return query


def _converted(path: Path, written: Any, kind: type[_Converted], where: str = "") -> _Converted:
    """Return what was written as a kind of value, or name the key that does not fit."""
    try:
        return msgspec.convert(written, kind)
    except msgspec.ValidationError as error:
        told = _AT.fullmatch(str(error))
        fault, key = (told["fault"], told["key"]) if told else (str(error), None)
        whole = f"{where}{key or ''}".rstrip(".")
        named = f"key '{whole}' of " if whole else ""
        raise QueryError(
            f"{path}: {named}the '#+' lines: {fault[:1].lower() + fault[1:]}.",
            remedy=f"The types are {', '.join(_TYPES)}." if key == "type" else "",
        ) from error


def read_text(path: Path) -> str:
    """Return the text of a query file; raises `QueryError` if there is none in UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise QueryError(f"{path}: UTF-8 was expected, found another encoding.") from error
    except OSError as error:
        raise QueryError(f"{path}: a query was expected, found no file to read.") from error


def load_queries(folder: Path) -> dict[str, SavedQuery]:
    """Return the saved queries of a folder under their names, in order of their names."""
    return {path.stem: load_query(path) for path in sorted(folder.glob("*.rq"))}


def _check_row(path: Path, query: SavedQuery) -> None:
    defaults: dict[str, str] = {}
    for row in _ROW.finditer(query.text):
        names, values = row["names"].split(), _VALUE.findall(row["values"])
        if len(names) != len(values):
            raise QueryError(
                f"{path}: a VALUES row of {len(names)} parameters expects as many values, found "
                f"{len(values)}."
            )
        for name, value in zip(names, values, strict=True):
            if defaults.setdefault(name, value) != value:
                raise QueryError(
                    f"{path}: the VALUES rows give parameter '{name[2:]}' the defaults "
                    f"{defaults[name]} and {value}.",
                    remedy="Write the same default in each.",
                )
    expected = {f"?_{name.replace('-', '_')}" for name in query.parameters}
    if set(defaults) != expected:
        raise QueryError(
            f"{path}: VALUES rows with {' '.join(sorted(expected)) or 'no parameter'} were "
            f"expected, found {' '.join(sorted(defaults)) or 'none'}."
        )
    for name, parameter in query.parameters.items():
        written = defaults.get(f"?_{name.replace('-', '_')}", "UNDEF").strip('"')
        if written != (parameter.default or "UNDEF"):
            raise QueryError(
                f"{path}: parameter '{name}' has the default '{parameter.default}' in the '#+' "
                f"lines and '{written}' in the VALUES row.",
                remedy="Write the same default in both.",
            )


def _filled(row: re.Match[str], terms: Mapping[str, str]) -> str:
    names = row["names"].split()
    values = _VALUE.findall(row["values"])
    filled = [terms.get(name, value) for name, value in zip(names, values, strict=True)]
    return f"{row['head']}{' '.join(filled)}) }}"


def _term(query: str, name: str, parameter: Parameter, value: str) -> str:
    """Return a value as an RDF term in the syntax of N-Triples, which is SPARQL's too."""
    import pyoxigraph as ox

    kind = parameter.type
    fits = {
        "slug": bool(_SLUG.fullmatch(value)),
        "language": bool(re.fullmatch(r"[a-z]{2,3}", value)),
        "integer": bool(re.fullmatch(r"-?\d{1,9}", value)),
        "boolean": value in {"true", "false"},
        "date": bool(_DATE.fullmatch(value)),
        "text": len(value) <= MAX_LENGTH,
        "iri": bool(_IRI.fullmatch(value)),
    }[kind]
    if not fits or len(value) > MAX_LENGTH:
        raise QueryError(
            f"query '{query}': parameter '{name}' expects a value of type {kind}, "
            f"found '{value[:60]}'.",
            remedy=parameter.about,
        )
    if kind == "integer":
        return str(ox.Literal(int(value)))
    if kind == "boolean":
        return str(ox.Literal(value == "true"))
    if kind == "iri":
        return str(ox.NamedNode(value))
    return str(ox.Literal(value))
