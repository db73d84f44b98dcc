"""Link: things of ours get identifiers that others keep, from tables written by people.

data/vocabularies holds the rows of EU tables that are used, data/mappings the links to them as
SSSOM (https://mapping-commons.github.io/sssom/spec-formats-tsv/). A link to an identifier that
no row of data/vocabularies has is refused: what nobody saw is not asserted.
"""

from __future__ import annotations

import csv
import datetime  # noqa: TC003  pydantic needs the types at run time
import io
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import yaml
from pydantic import TypeAdapter, ValidationError

from drugpolicy_kg import identifiers as ids
from drugpolicy_kg.definitions import Definition, LanguageCode, Names, Slug, load
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.vocabulary import DCT, DP, ELI, ID, SKOS, SKOS_NAMESPACE, SSSOM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_ENTRY_COLUMNS: Final = ("iri", "table", "code", "deprecated", "version", "source")
_LABEL: Final = "label_"
_COLUMNS: Final = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_label",
    "object_source",
    "object_source_version",
    "confidence",
    "comment",
)
#: Of which things a property may be said, by the beginning of their path.
_SUBJECTS: Final = {
    DP.authorityEntry: ("actor/", "place/", "programme/", "data-source/"),
    DP.celexResource: ("instrument/", "plan/"),
    DP.eliResource: ("instrument/",),
    ELI.type_document: ("instrument/", "plan/"),
    DCT.subject: ("plan/",),
}
_MATCHES: Final = tuple(
    f"{SKOS_NAMESPACE}{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related")
)
#: Properties by which two things of one sort never lead to the same entry.
_OWN: Final = (DP.authorityEntry, DP.celexResource, DP.eliResource, SKOS.exactMatch)


class Vocabulary(Definition):
    """A table of identifiers that others keep, of which data/vocabularies has some rows."""

    id: Slug
    names: dict[LanguageCode, Names]
    publisher: str
    licence: str = ""
    attribution: str
    #: Whether its entries are concepts; else they are acts, which a number or address names.
    concepts: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class External:
    """A row of somebody else's table: identifier, labels by language, and where it was seen."""

    iri: str
    table: str
    code: str
    labels: Mapping[str, str]
    deprecated: bool
    version: str
    source: str


@dataclass(frozen=True, slots=True)
class Link:
    """One line of a mapping set: what of ours leads by which property to what of others.

    `target` is empty where somebody looked and found nothing; `comment` then says where.
    """

    subject: str
    predicate: str
    target: str
    justification: str
    author: str
    object_source: str
    object_source_version: str
    confidence: Decimal
    comment: str

    @property
    def path(self) -> str:
        """The subject without the part that all things of ours share."""
        return self.subject.removeprefix(ID)


class Header(Definition):
    """The metadata that stand as a YAML comment above a mapping set."""

    curie_map: dict[str, str]
    mapping_set_id: str
    mapping_set_version: str
    mapping_set_title: str
    mapping_set_description: str
    creator_label: tuple[str, ...]
    license: str
    subject_source: str
    subject_source_version: str
    mapping_tool: str
    mapping_tool_version: str
    mapping_date: datetime.date

    def iri(self, curie: str) -> str:
        """Return the IRI that a CURIE stands for; raises `KeyError` for an unknown prefix."""
        prefix, _, name = curie.partition(":")
        return self.curie_map[prefix] + name


@dataclass(frozen=True, slots=True)
class MappingSet:
    """A file of data/mappings: what it says of itself, and its links."""

    name: str
    header: Header
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Links:
    """Everything that leads from us to others."""

    vocabularies: tuple[Vocabulary, ...] = ()
    externals: Mapping[str, External] = field(default_factory=dict)
    sets: tuple[MappingSet, ...] = ()

    def targets(self, predicate: str) -> dict[str, External]:
        """Return the entry to which a property leads, under each subject's IRI."""
        return {
            link.subject: self.externals[link.target]
            for own in self.sets
            for link in own.links
            if link.predicate == predicate and link.target
        }

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many links lead to each table, by their property."""
        found: dict[str, dict[str, int]] = {}
        for own in self.sets:
            for link in own.links:
                if link.target:
                    table = found.setdefault(self.externals[link.target].table, {})
                    table[link.predicate] = table.get(link.predicate, 0) + 1
        return found

    def numbers(self) -> dict[str, dict[str, str]]:
        """Return the confirmed CELEX numbers and ELIs, by property and subject."""
        return {
            DP.celex: {own: row.code for own, row in self.targets(DP.celexResource).items()},
            DP.eli: {own: row.iri for own, row in self.targets(DP.eliResource).items()},
        }


def read_links(data: Path) -> Links:
    """Return what the folders `vocabularies` and `mappings` of `data` hold; both may be absent.

    Raises `DefinitionError`, with file and line, for a row that is not as expected.
    """
    folder = data / "vocabularies"
    if not folder.is_dir():
        return Links()
    vocabularies = load(folder / "tables.yaml", tuple[Vocabulary, ...])
    externals = _externals(folder / "entries.csv", {table.id for table in vocabularies})
    paths = sorted((data / "mappings").glob("*.sssom.tsv"))
    sets = tuple(read_set(path, externals) for path in paths)
    _check_own(sets)
    return Links(vocabularies, externals, sets)


def _externals(path: Path, tables: set[str]) -> dict[str, External]:
    result: dict[str, External] = {}
    for number, row in _rows(path, path.read_text(encoding="utf-8"), _ENTRY_COLUMNS, ","):
        where = f"{path}, line {number}"
        if row["table"] not in tables:
            raise DefinitionError(
                f"{where}: column 'table' expects one of tables.yaml, found '{row['table']}'."
            )
        if row["iri"] in result:
            raise DefinitionError(f"{where}: each IRI is expected once, found {row['iri']} twice.")
        labels = {
            column.removeprefix(_LABEL): words
            for column, words in row.items()
            if column.startswith(_LABEL) and words
        }
        result[row["iri"]] = External(
            row["iri"],
            row["table"],
            row["code"],
            labels,
            row["deprecated"] == "true",
            row["version"],
            row["source"],
        )
    return result


def read_set(path: Path, externals: Mapping[str, External]) -> MappingSet:
    """Return the mapping set of an SSSOM file.

    Raises `DefinitionError` for a header or row that SSSOM or the rules of the project do not
    allow: an entry that nobody saw, another label or version of it than data/vocabularies has,
    a SKOS match of something that is no concept, `owl:sameAs`.
    """
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    comments = [line for line in lines if line.startswith("#")]
    try:
        header = TypeAdapter(Header).validate_python(
            yaml.safe_load("".join(line[1:] for line in comments)) or {}
        )
    except (yaml.YAMLError, ValidationError) as error:
        raise DefinitionError(
            f"{path}: the metadata of an SSSOM file were expected in its '#' lines, found "
            f"otherwise: {error}."
        ) from error
    name = path.name.removesuffix(".sssom.tsv")
    if header.mapping_set_id != ids.mapping_set(name):
        raise DefinitionError(
            f"{path}: 'mapping_set_id' expects {ids.mapping_set(name)}, found "
            f"{header.mapping_set_id}."
        )
    body = "".join(line for line in lines if not line.startswith("#"))
    links = [
        _link(f"{path}, line {number + len(comments)}", row, header, externals)
        for number, row in _rows(path, body, _COLUMNS, "\t")
    ]
    return MappingSet(name, header, tuple(links))


def _link(
    where: str, row: Mapping[str, str], header: Header, externals: Mapping[str, External]
) -> Link:
    try:
        subject, predicate, target, justification, source = (
            header.iri(row[column])
            for column in (
                "subject_id",
                "predicate_id",
                "object_id",
                "mapping_justification",
                "object_source",
            )
        )
        confidence = Decimal(row["confidence"])
    except KeyError as error:
        raise DefinitionError(
            f"{where}: a prefix of 'curie_map' was expected, found {error}."
        ) from error
    except InvalidOperation as error:
        raise DefinitionError(
            f"{where}: column 'confidence' expects a number from 0 to 1, found "
            f"'{row['confidence']}'."
        ) from error
    if not 0 <= confidence <= 1:
        raise DefinitionError(
            f"{where}: column 'confidence' expects a number from 0 to 1, found {confidence}."
        )
    _check_subject(where, subject.removeprefix(ID), predicate)
    if target == SSSOM.NoTermFound:
        target = ""
        if not row["comment"]:
            raise DefinitionError(f"{where}: column 'comment' expects what was searched.")
    else:
        _check_object(where, row, target, source, externals)
    return Link(
        subject,
        predicate,
        target,
        justification,
        row["author_label"],
        source,
        row["object_source_version"],
        confidence,
        row["comment"],
    )


def _check_subject(where: str, path: str, predicate: str) -> None:
    if predicate in _MATCHES:
        allowed: tuple[str, ...] = ("concept/", "scheme/")
    else:
        allowed = _SUBJECTS.get(predicate, ())
    if not path.startswith(allowed):
        raise DefinitionError(
            f"{where}: {predicate} is not said of {path}: SKOS matches join concepts, "
            "dp:authorityEntry bodies and places, dp:celexResource and dp:eliResource acts.",
            remedy="Choose the property that fits the thing; owl:sameAs is never used.",
        )


def _check_object(
    where: str, row: Mapping[str, str], target: str, source: str, externals: Mapping[str, External]
) -> None:
    external = externals.get(target)
    if external is None:
        raise DefinitionError(
            f"{where}: column 'object_id' expects an entry of data/vocabularies/entries.csv, found "
            f"{target}.",
            remedy="Add the row of the table in which you saw it, with its source.",
        )
    wanted = {
        "object_label": next(iter(external.labels.values()), ""),
        "object_source_version": external.version,
    }
    for column, value in wanted.items():
        if row[column] != value:
            raise DefinitionError(
                f"{where}: column '{column}' expects '{value}', as data/vocabularies has it, "
                f"found '{row[column]}'."
            )
    if source != ids.vocabulary(external.table):
        raise DefinitionError(
            f"{where}: column 'object_source' expects {ids.vocabulary(external.table)}, found "
            f"{source}."
        )


def _check_own(sets: Iterable[MappingSet]) -> None:
    """Refuse one entry for two things: EMCDDA and EUDA are two bodies with an entry each."""
    owner: dict[tuple[str, str, str], str] = {}
    for own in sets:
        for link in own.links:
            if link.predicate not in _OWN or not link.target:
                continue
            key = (link.predicate, link.target, link.path.partition("/")[0])
            other = owner.setdefault(key, link.subject)
            if other != link.subject:
                raise DefinitionError(
                    f"{own.name}.sssom.tsv: {link.target} is the entry of {other} and of "
                    f"{link.subject}; two things never match the same entry.",
                    remedy="Remove one row, or use skos:closeMatch or skos:broadMatch.",
                )


def _rows(
    path: Path, text: str, columns: Iterable[str], delimiter: str
) -> Iterable[tuple[int, dict[str, str]]]:
    """Yield the rows of a table with their line numbers, after a look at its columns."""
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, restval="", strict=True)
    found = reader.fieldnames or []
    missing = [column for column in columns if column not in found]
    if missing:
        raise DefinitionError(f"{path}: the column '{missing[0]}' was expected, found none.")
    for row in reader:
        if None in row:
            raise DefinitionError(
                f"{path}: {len(found)} cells were expected in each row, found more in the one "
                f"that begins {next(iter(row.values()))}."
            )
        yield reader.line_num, row
