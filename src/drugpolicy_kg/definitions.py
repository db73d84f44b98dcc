"""What people write in YAML: plans, languages and authority tables.

Every file is checked when it is read: an unknown or misspelt key, a missing one, or a value
of the wrong kind is a `DefinitionError` that names the file, the key, what was expected and
what was found.
"""

from __future__ import annotations

import datetime  # noqa: TC003  pydantic needs the types at run time
import difflib
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from drugpolicy_kg.citations import Words as CitationWords  # noqa: TC001
from drugpolicy_kg.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"a regular expression was expected: {error}") from error
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Kind = TypeVar("Kind")


class Definition(BaseModel):
    """Base of all that people write: no key that is not known, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ── plan.yaml ────────────────────────────────────────────────────────────────────────────


class EditionDefinition(Definition):
    """One language version of a plan: the file, and the words that people found in it."""

    language: LanguageCode
    file: str
    sha256: Digest
    title: str
    #: The words that say for which period the plan is; years are read from them.
    period: str = ""
    #: The sentence in which those words stand, where they stand elsewhere too.
    period_in: str = ""


class Layout(Definition):
    """How the document is built: a table of actions, or headings with prose below them."""

    name: Literal["table", "communication"]
    #: Whether the timetable column dates each action, or `period` dates the whole plan.
    timetable: Literal["action", "plan"] = "action"
    #: Numbered sections (2021: none), their numbers standing before the headings.
    sections: bool = False


class Expected(Definition):
    """How many of each a person counted in the document; the build compares."""

    areas: int = 0
    priorities: int
    actions: int
    indicators: int = 0
    footnotes: int = 0
    participations: int = 0
    items: int = 0


class Identifier(Definition):
    """An external identifier with the status of its source."""

    value: str
    status: Literal["confirmed-eurlex", "confirmed-secondary", "confirmed", "pattern", "derived"]
    source: str = ""

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody saw this very identifier; a rule alone asserts nothing."""
        return self.status.startswith("confirmed")


class PlanDefinition(Definition):
    """A plan as its folder describes it (data/plans/ID/plan.yaml)."""

    id: Slug
    version: Slug
    number: str
    type: str
    issuer: Slug
    priority_kind: Literal["strategic-priority", "priority-area"]
    adopted: datetime.date | None
    celex: Identifier | None = None
    annex_of: str = ""
    follows: Slug | None = None
    status: str
    reference: LanguageCode
    editions: tuple[EditionDefinition, ...] = Field(min_length=1)
    layout: Layout
    expected: Expected
    note: str = ""

    @model_validator(mode="after")
    def _reference_is_an_edition(self) -> Self:
        languages = [edition.language for edition in self.editions]
        if self.reference not in languages or len(set(languages)) != len(languages):
            raise ValueError(
                "key 'reference' expects one of the 'editions', each language once, found "
                f"'{self.reference}' and {languages}"
            )
        return self


# ── data/languages/CODE.yaml ─────────────────────────────────────────────────────────────


class Cover(Definition):
    """How a cover leads to a plan's title, and sentences whose group is the plan's period."""

    about: tuple[str, ...] = ()
    periods: tuple[Pattern, ...] = ()


class Labels(Definition):
    """The words that stand before a number, such as `Chapter` in `Chapter 3`."""

    action: tuple[str, ...]
    priority: tuple[str, ...]
    indicator: tuple[str, ...]
    annex: tuple[str, ...]
    number: tuple[str, ...] = ()
    #: What a priority area code is called, without its number.
    code: str


class Headings(Definition):
    """How headings begin that have no number."""

    governance: tuple[str, ...]
    indicators: tuple[str, ...]
    action_list: tuple[str, ...]


class Columns(Definition):
    """The words at the head of a table's columns."""

    text: tuple[str, ...]
    codes: tuple[str, ...]
    timetable: tuple[str, ...]
    actors: tuple[str, ...]


class Dates(Definition):
    """The words of dates and money."""

    months: tuple[str, ...] = Field(min_length=12, max_length=12)
    #: Words that make a date vague; they stay in the wording and give no month.
    parts_of_year: tuple[str, ...]
    until: tuple[str, ...]
    since: tuple[str, ...]
    within: tuple[str, ...]
    #: Words between two years that make them a period.
    to: tuple[str, ...]
    also: tuple[str, ...]
    end_of: tuple[str, ...]
    place_of_signature: tuple[str, ...]
    currencies: dict[str, str]
    multiples: dict[str, int]
    at_least: tuple[str, ...]


class Modality(Definition):
    """One strength of obligation, and the words that express it (regular expressions)."""

    kind: Slug
    patterns: tuple[Pattern, ...]


class Commitments(Definition):
    """The words by which a clause promises."""

    modalities: tuple[Modality, ...]
    #: Words that make money something to be spent.
    spending: tuple[Pattern, ...]
    #: Words that make a date the date of something past or counted.
    past: tuple[Pattern, ...]
    #: What opens a clause of its own: a comma, a conjunction.
    clauses: tuple[Pattern, ...]
    #: A verb in the passive, from its modal verb on.
    passive: Pattern
    #: What leads to the agent of a passive.
    agent: Pattern
    #: Words behind which a name is no subject, and subjects that name nobody.
    prepositions: tuple[str, ...]
    pronouns: tuple[str, ...]


class PlaceRole(Definition):
    """A role of places, and the words near a place that say so (regular expressions)."""

    role: Slug
    before: tuple[Pattern, ...] = ()
    after: tuple[Pattern, ...] = ()
    sentence: tuple[Pattern, ...] = ()
    #: Roles that words near the place told, and that the sentence makes this one.
    replaces: tuple[Slug, ...] = ()


class IndicatorWords(Definition):
    """The words of an indicator's breakdowns and periodicity (regular expressions)."""

    breakdowns: dict[str, tuple[Pattern, ...]]
    periodicity: tuple[Pattern, ...]
    member_states: tuple[str, ...] = ()


class Language(Definition):
    """The words of one language that structure a plan (data/languages/CODE.yaml)."""

    code: LanguageCode
    name: str
    authority: str
    cover: Cover = Cover()
    labels: Labels
    headings: Headings
    columns: Columns
    roles: tuple[str, ...]
    ongoing: tuple[str, ...]
    connectors: tuple[str, ...]
    qualifiers: tuple[str, ...]
    conjunctions: tuple[str, ...]
    articles: tuple[str, ...] = ()
    abbreviations: tuple[str, ...]
    numbers: dict[str, int]
    counted: dict[Literal["actions", "priorities", "indicators"], tuple[str, ...]]
    pillars: tuple[str, ...]
    genitives: tuple[str, ...] = ()
    dates: Dates
    commitments: Commitments
    places: tuple[PlaceRole, ...]
    indicators: IndicatorWords
    citations: CitationWords


# ── data/authorities/*.yaml ──────────────────────────────────────────────────────────────


class Names(Definition):
    """The preferred label of a thing in one language, and every variant met."""

    label: str
    variants: tuple[str, ...] = ()


class Replacement(Definition):
    """What has replaced an act."""

    celex: str = ""
    id: str = ""
    note: str = ""


class Entry(Definition):
    """One thing of an authority table: our identifier, its kind, its names."""

    id: Slug
    kind: Slug
    names: dict[LanguageCode, Names]
    source: str = ""
    short: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None
    successor: Slug | None = None
    predecessor: Slug | None = None
    codes: tuple[str, ...] = ()
    eu_member: bool = False
    within: Slug | None = None
    broader: Slug | None = None
    identifier: str = ""
    title: str = ""
    date: datetime.date | None = None
    replaced_by: Replacement | None = None
    note: str = ""


# ── reading them ─────────────────────────────────────────────────────────────────────────


class _Loader(yaml.CSafeLoader):
    """The safe loader, which also refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key.value}' twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load(path: Path, kind: type[Kind]) -> Kind:
    """Return what a YAML file says, as the definition `kind`.

    Raises `DefinitionError` naming file, key, what was expected and what was found.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DefinitionError(
            f"{path}: UTF-8 was expected, found another encoding.", remedy="Save it as UTF-8."
        ) from error
    except OSError as error:
        raise DefinitionError(
            f"{path}: a file was expected, found none that can be read.",
            remedy="Write it, or mend the folder.",
        ) from error
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506  it is a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise DefinitionError(
            f"{path}{line}: YAML was expected, found {getattr(error, 'problem', 'no YAML')}."
        ) from error
    try:
        return TypeAdapter(kind).validate_python(value, strict=False)
    except ValidationError as error:
        raise _translated(path, text, kind, error) from error


def _translated(path: Path, text: str, kind: Any, error: ValidationError) -> DefinitionError:
    problems = error.errors()
    # A misspelt key is also a missing one: the former tells more.
    first = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    loc = first["loc"]
    key = ".".join(str(part) for part in loc)
    line = _line_of(text, loc)
    where = f"{path}, line {line}" if line else str(path)
    if first["type"] == "value_error":
        message = first["msg"].removeprefix("Value error, ")
        found = f", found {_shown(first['input'])}" if isinstance(first["input"], str) else ""
        return DefinitionError(f"{where}: {message}{found}.")
    if not loc:
        return DefinitionError(
            f"{path}: keys with values were expected, found {_shown(first['input'])}.",
            remedy="See CONTRIBUTING.md for the keys.",
        )
    if first["type"] == "extra_forbidden":
        known = sorted(_keys_at(kind, loc[:-1]))
        near = difflib.get_close_matches(str(loc[-1]), known, n=1)
        remedy = f"Write '{near[0]}'." if near else "Remove the key."
        return DefinitionError(f"{where}: key '{key}' is not known here.", remedy=remedy)
    if first["type"] == "missing":
        return DefinitionError(
            f"{where}: key '{key}' was expected, found none.", remedy="Add the key."
        )
    return DefinitionError(
        f"{where}: key '{key}' expects otherwise ({first['msg'].lower()}), found "
        f"{_shown(first['input'])}."
    )


def _shown(value: object) -> str:
    found = repr(value)
    return found if len(found) <= 60 else found[:57] + "..."  # noqa: PLR2004


def _line_of(text: str, loc: tuple[int | str, ...]) -> int | None:
    """Return the line of the deepest part of a key path that the file has, if any."""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    line = None
    for part in loc:
        following = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    following, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            following = dict(enumerate(node.value)).get(part)
            line = following.start_mark.line + 1 if following else line
        if following is None:
            break
        node = following
    return line


def _keys_at(kind: Any, loc: tuple[int | str, ...]) -> set[str]:
    """Return the keys that the definition at a key path has."""
    for part in loc:
        own = _definition_in(kind)
        if own is not None and str(part) in own.model_fields:
            kind = own.model_fields[str(part)].annotation
    own = _definition_in(kind)
    return set(own.model_fields) if own else set()


def _definition_in(kind: Any) -> type[Definition] | None:
    """Return the definition that a type is or holds, as in `tuple[Entry, ...]`."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind if issubclass(kind, Definition) else None
    for part in get_args(kind):
        found = _definition_in(part)
        if found is not None:
            return found
    return None
