"""What a step has to say about the content that it met, each with its place.

Surprising content is a finding and the work goes on; broken input is an error and stops it.
A step gives a `Notice`: the rule, the passage and the values. The `Catalogue` of rules
(data/rules.yaml) makes a `Finding` of it, with words in every language.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  pydantic needs the types at run time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from drugpolicy_kg.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drugpolicy_kg.evidence import Span


class Severity(StrEnum):
    """How bad: a violation makes the graph wrong, a warning is doubtful, an info is a fact."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; pages, lines and columns count from 1, 0 where unknown or without them.

    `part` names the place where a format has no lines that a person sees: "paragraph 12",
    "table 1, row 3".
    """

    file: str = ""
    line: int = 0
    column: int = 0
    page: int = 0
    part: str = ""

    def __str__(self) -> str:
        """Return `file:line:column`, page or part as far as they are known.

        >>> str(Place("plan.txt", 12, 3)), str(Place("plan.txt"))
        ('plan.txt:12:3', 'plan.txt')
        >>> str(Place("plan.pdf", 4, page=2)), str(Place("plan.docx", part="paragraph 12"))
        ('plan.pdf, page 2:4', 'plan.docx, paragraph 12')
        """
        name = ", ".join(
            part for part in (self.file, self.page and f"page {self.page}", self.part) if part
        )
        return ":".join([name, *(str(part) for part in (self.line, self.column) if part)])


@dataclass(frozen=True, slots=True)
class Wording:
    """What a finding says in one language, and what to do about it."""

    language: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The line that a finding is about, and the columns of the words: from 1, end exclusive.

    >>> Excerpt("Action 12. Train customs.", 8, 10).marked
    '12'
    """

    line: str
    start: int
    end: int

    @property
    def marked(self) -> str:
        """The words that the finding is about, as far as they stand on this line."""
        return self.line[self.start - 1 : self.end - 1]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a step noticed, without words: the rule, the edition, the passage and the values.

    `span` is the passage in the edition's source; without one `place` is meant, or the whole
    document.
    """

    code: str
    language: str = ""
    span: Span | None = None
    quotation: str = ""
    thing: str = ""
    values: tuple[tuple[str, str], ...] = ()
    place: Place | None = None

    @property
    def told(self) -> dict[str, str]:
        """The values under the names that the rule's message has for them."""
        return dict(self.values)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a step noticed: the rule, in words, where, and the words it is about.

    `code` is the identifier of the rule (`DP-ACT-012`), `thing` what it is about as a person
    says it ("com-2020-606, action 14"), `remedy` what to do. `message` and `remedy` are in the
    language of reference, `wordings` the same in others. `causes` are the findings that made
    this one, the deepest first.
    """

    severity: Severity
    code: str
    message: str
    place: Place = Place()
    quotation: str = ""
    thing: str = ""
    remedy: str = ""
    wordings: tuple[Wording, ...] = ()
    causes: tuple[Finding, ...] = ()
    excerpt: Excerpt | None = None

    def wording(self, language: str) -> Wording:
        """Return message and remedy in a language, or in that of reference.

        >>> Finding(Severity.INFO, "DP-X-001", "Seen.").wording("fr").message
        'Seen.'
        """
        for wording in self.wordings:
            if wording.language == language:
                return wording
        return Wording("", self.message, self.remedy)

    def __str__(self) -> str:
        """Return the finding as one line."""
        quoted = f" «{self.quotation}»" if self.quotation else ""
        return f"{self.place}: {self.severity}: {self.message}{quoted} [{self.code}]"


class Rule(BaseModel):
    """A rule as data/rules.yaml or the shapes state it; texts by language, reference first.

    `source` says why the rule holds; `profile` is *linked* where it needs the bundled tables.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    severity: Severity
    profile: Literal["core", "linked"] = "core"
    name: Mapping[str, str]
    message: Mapping[str, str]
    remedy: Mapping[str, str]
    rationale: str
    source: str
    #: A passage that breaks the rule, and the same as it should be; shapes have files for both.
    wrong: str = ""
    right: str = ""
    #: The rule of a shape that says the same of the same words, and less precisely.
    instead_of: str = ""


class Catalogue:
    """The rules by their identifiers; it gives words to what steps noticed."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: dict[str, Rule] = {}
        for rule in rules:
            if rule.id in self.rules:
                raise DefinitionError(
                    f"data/rules.yaml: key 'id' expects each rule once, found '{rule.id}' twice.",
                    remedy="Give the second a number of its own.",
                )
            self.rules[rule.id] = rule

    def finding(
        self, notice: Notice, place: Place = Place(), excerpt: Excerpt | None = None
    ) -> Finding:
        """Return a notice as a finding at its place, in the words of its rule.

        >>> rule = Rule(id="DP-NUM-901", severity="info", name={"en": "Seen"},
        ...     message={"en": "{what} was seen."}, remedy={"en": "Look."}, rationale="",
        ...     source="", wrong="", right="")
        >>> Catalogue([rule]).finding(Notice("DP-NUM-901", values=(("what", "A sign"),))).message
        'A sign was seen.'

        Raises `DefinitionError` for a rule that the catalogue lacks, or a value that its
        message asks for and the step does not give.
        """
        try:
            rule = self.rules[notice.code]
            wordings = tuple(
                Wording(
                    language,
                    message.format_map(notice.told),
                    rule.remedy[language].format_map(notice.told),
                )
                for language, message in rule.message.items()
            )
        except KeyError as error:
            raise DefinitionError(
                f"data/rules.yaml: rule '{notice.code}' was expected with its values "
                f"({', '.join(sorted(notice.told)) or 'none'}), found no {error}.",
                remedy="Add the rule, or mend the names in its message.",
            ) from None
        reference = wordings[0]
        return Finding(
            rule.severity,
            rule.id,
            reference.message,
            place,
            notice.quotation,
            notice.thing,
            reference.remedy,
            wordings,
            excerpt=excerpt,
        )
