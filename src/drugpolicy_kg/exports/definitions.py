"""How a table is a set of facts, as queries/tables.yaml says it.

>>> expand("dp:title")
'https://w3id.org/drugpolicy-kg/ontology#title'
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from drugpolicy_kg.definitions import load
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.vocabulary import PREFIXES, SCHEME

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

_SCHEME: Final = re.compile(r"scheme/([a-z-]+)/\{\w+\}")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fact(_Strict):
    """Which property of which thing a cell gives the value of."""

    term: str = Field(alias="property")
    about: str = ""
    value: str = ""
    lang: str = ""
    datatype: Literal["", "date", "boolean"] = ""

    @property
    def scheme(self) -> str:
        """Return the IRI of the closed list that the values come from, if it is one.

        >>> Fact(property="dp:kind", value="scheme/actor-kind/{kind}").scheme[-10:]
        'actor-kind'
        """
        found = _SCHEME.fullmatch(self.value)
        return f"{SCHEME}{found[1]}" if found else ""


class Link(_Strict):
    """A statement of a row that no column holds."""

    about: str
    term: str = Field(alias="property")
    value: str


class Reference(_Strict):
    """Columns whose cells are the key of a row in another table."""

    columns: list[str]
    table: str
    to: list[str]


class Definition(_Strict):
    """A table whose rows are facts."""

    key: list[str] = Field(min_length=1)
    about: str
    type: str
    facts: dict[str, Fact]
    links: list[Link] = Field(default_factory=list)
    refers: list[Reference] = Field(default_factory=list)


class Definitions(_Strict):
    """All tables in their order, and the language of labels in their codebook."""

    language: str
    tables: dict[str, Definition]


def read_definitions(path: Path) -> Definitions:
    """Return what a file says about tables; raises `DefinitionError` naming file and key."""
    return load(path, Definitions)


def require(definitions: Definitions, columns: Mapping[str, Collection[str]]) -> None:
    """Raise `DefinitionError` unless all that is defined is there.

    `columns` are those of each saved query under its name.
    """
    for name, definition in definitions.tables.items():
        named = {*definition.key, *definition.facts}
        named |= {column for reference in definition.refers for column in reference.columns}
        absent = sorted(named - set(columns.get(name, ())))
        if absent:
            raise DefinitionError(
                f"queries/tables.yaml: table '{name}': the saved query of that name has no column "
                f"{', '.join(absent)}.",
                remedy="Mend the name of the table or of the column.",
            )
        for reference in definition.refers:
            if reference.table not in definitions.tables:
                raise DefinitionError(
                    f"queries/tables.yaml: table '{name}' refers to '{reference.table}', which is "
                    "not defined."
                )
        for term in (definition.type, *(f.term for f in definition.facts.values())):
            expand(term)


def expand(name: str) -> str:
    """Return the IRI of a prefixed name.

    Raises `DefinitionError` if its prefix is not one of the vocabulary.
    """
    prefix, _, local = name.partition(":")
    if prefix not in PREFIXES:
        raise DefinitionError(
            f"queries/tables.yaml: '{name}': prefix '{prefix}' is not known.",
            remedy=f"Known are: {', '.join(PREFIXES)}.",
        )
    return PREFIXES[prefix] + local
