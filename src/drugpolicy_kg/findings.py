"""What a step has to say about the content that it met, each with its place.

Surprising content is a finding and the work goes on; broken input is an error and stops it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
