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
    """A place in a file; lines and columns count from 1, 0 where unknown."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return `file:line:column` as far as it is known.

        >>> str(Place("plan.txt", 12, 3)), str(Place("plan.txt"))
        ('plan.txt:12:3', 'plan.txt')
        """
        parts = [self.file, *(str(part) for part in (self.line, self.column) if part)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a step noticed: the rule, in words, where, and the words it is about."""

    severity: Severity
    code: str
    message: str
    place: Place = Place()
    quotation: str = ""

    def __str__(self) -> str:
        """Return the finding as one line."""
        quoted = f" «{self.quotation}»" if self.quotation else ""
        return f"{self.place}: {self.severity}: {self.message}{quoted} [{self.code}]"
