"""Report: what was found, as text, HTML, JSON, CSV, SARIF, JUnit, Turtle or workflow commands.

>>> sorted(FORMATS)
['csv', 'github', 'html', 'json', 'junit', 'sarif', 'text', 'turtle']
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from drugpolicy_kg import resources
from drugpolicy_kg.definitions import load
from drugpolicy_kg.reports import machines, page, text, turtle
from drugpolicy_kg.reports.report import (
    Input,
    Known,
    Report,
    ReportWords,
    ShapesRun,
    Wordbook,
    unfolded,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The writer of each format; each returns the same bytes for the same report.
FORMATS: Final[Mapping[str, Callable[[Report, str, ReportWords], bytes]]] = {
    "text": text.write,
    "html": page.write,
    "json": machines.write_json,
    "csv": machines.write_csv,
    "sarif": machines.write_sarif,
    "junit": machines.write_junit,
    "turtle": turtle.write,
    "github": machines.write_github,
}


@cache
def wordbook() -> Wordbook:
    """Return the words of reports in all languages (data/reports.yaml)."""
    path = resources.root() / "data" / "reports.yaml"
    return Wordbook(load(path, dict[str, ReportWords]))


def write(report: Report, style: str, language: str = "") -> bytes:
    """Return a report in a format of `FORMATS`, in a language or that of reference.

    Raises `DefinitionError` for a language that no report is written in.
    """
    words = wordbook()
    chosen = language or words.languages[0]
    return FORMATS[style](report, chosen, words.of(chosen))


__all__ = [
    "FORMATS",
    "Input",
    "Known",
    "Report",
    "ReportWords",
    "ShapesRun",
    "Wordbook",
    "unfolded",
    "wordbook",
    "write",
]
