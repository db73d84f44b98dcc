"""What was looked at and what was found, as a value that every format of a report is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import Field

from drugpolicy_kg.definitions import Definition
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.findings import Rule

#: The severities from the worst on.
SEVERITIES = (Severity.VIOLATION, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was looked at: its name, its SHA-256, and as what it was read."""

    name: str
    sha256: str
    what: str


@dataclass(frozen=True, slots=True)
class Known:
    """A finding that the baseline explains, with the explanation."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class ShapesRun:
    """What the shapes were asked: how many rules, with which tables, or why not.

    `results` is the W3C validation report of their engine as Turtle.
    """

    rules: int = 0
    tables: tuple[str, ...] = ()
    version: str = ""
    results: bytes = b""
    left_out: str = ""


@dataclass(frozen=True)
class Report:
    """The findings in reading order, those that a baseline explains apart."""

    inputs: tuple[Input, ...]
    profile: str
    findings: tuple[Finding, ...]
    rules: Mapping[str, Rule]
    known: tuple[Known, ...] = ()
    #: Entries of the baseline that explain nothing that was found.
    stale: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    shapes: tuple[ShapesRun, ...] = ()
    #: The rules that no shape checks.
    checks: frozenset[str] = frozenset()
    #: What a focus node is called in RDF, by the thing of a finding.
    nodes: Mapping[str, str] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """Return how many findings of a severity no baseline explains."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def conforms(self) -> bool:
        """Whether no violation was found; of warnings nothing is said."""
        return not self.count(Severity.VIOLATION)

    def fails(self, on: Severity) -> bool:
        """Return whether a finding is at least as bad as `on`.

        >>> Report((), "core", (), {}).fails(Severity.INFO)
        False
        """
        bad = SEVERITIES[: SEVERITIES.index(on) + 1]
        return any(finding.severity in bad for finding in self.findings)


class Forms(Definition):
    """A noun for one and for many."""

    one: str
    many: str


class ReportWords(Definition):
    """The words of a report in one language (data/reports.yaml)."""

    title: str
    severities: dict[Severity, Forms]
    conforms: str
    fails: str
    nothing: str
    known: str
    stale: str
    looked: str
    profile: str
    tables: str
    shapes: str
    no_shapes: str
    remedy: str
    because: str
    line: str
    page: str
    column: str
    rule: str
    why: str
    source: str
    severity: str
    place: str
    thing: str
    quotation: str
    message: str
    reason: str
    contents: str
    #: What the parts of a plan are called, where it is not the word of their address.
    parts: dict[str, str] = Field(default_factory=dict)

    def called(self, thing: str) -> str:
        """Return a thing, `com-2020-606, action 14`, with the language's words for its parts."""
        steps = [step.partition(" ") for step in thing.split(", ")]
        return ", ".join("".join((self.parts.get(step[0], step[0]), *step[1:])) for step in steps)

    def counted(self, severity: Severity, count: int) -> str:
        """Return a severity with its count, `2 warnings` as the language says it."""
        forms = self.severities[severity]
        return f"{count} {(forms.one if count == 1 else forms.many).lower()}"


class Wordbook:
    """The words of reports in every language; the first is the language of reference."""

    def __init__(self, words: Mapping[str, ReportWords]) -> None:
        self._words = words

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that a report can be written in."""
        return tuple(self._words)

    def of(self, language: str) -> ReportWords:
        """Return the words of a language, of the reference for an empty one.

        Raises `DefinitionError` for a language that the reports do not speak.
        """
        try:
            return self._words[language or self.languages[0]]
        except KeyError:
            raise DefinitionError(
                f"A report in one of {', '.join(self.languages)} was expected, asked for "
                f"'{language}'.",
                remedy="Add the language to data/reports.yaml and data/rules.yaml.",
            ) from None


def unfolded(finding: Finding) -> list[Finding]:
    """Return a finding with what caused it, the deepest cause first.

    >>> leaf = Finding(Severity.INFO, "DP-NUM-901", "Leaf.")
    >>> whole = Finding(Severity.INFO, "DP-NUM-902", "Whole.", causes=(leaf,))
    >>> [own.message for own in unfolded(whole)]
    ['Leaf.', 'Whole.']
    """
    return [*(own for cause in finding.causes for own in unfolded(cause)), finding]
