"""A report for people at a terminal, and as plain text in a pipe."""

from __future__ import annotations

import io
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from drugpolicy_kg.findings import Severity
from drugpolicy_kg.reports.report import SEVERITIES, unfolded

if TYPE_CHECKING:
    from drugpolicy_kg.findings import Excerpt, Finding
    from drugpolicy_kg.reports.report import Report, ReportWords

_STYLES = {Severity.VIOLATION: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_WIDTH = 100
_ELLIPSIS = "…"
#: Signs that a terminal could obey; a document must not steer who reads about it.
_SHOWN = dict.fromkeys((*range(32), *range(127, 160)), "�")
_SHOWN[ord("\t")] = " "


def write(report: Report, language: str, words: ReportWords) -> bytes:
    """Return the report as plain UTF-8 text, 100 columns wide."""
    target = io.StringIO()
    console = Console(
        file=target, width=_WIDTH, color_system=None, force_terminal=False, legacy_windows=False
    )
    show(report, language, words, console)
    return "\n".join(line.rstrip() for line in target.getvalue().splitlines()).encode() + b"\n"


def show(report: Report, language: str, words: ReportWords, console: Console) -> None:
    """Print the report on a console, in colours where that has them."""
    for name, group in groupby(report.findings, key=lambda finding: finding.place.file):
        console.print(Text(name or report.inputs[0].name, style="bold underline"))
        for finding in group:
            _show(finding, language, words, console)
    if not report.findings:
        console.print(Text(words.nothing))
    _summary(report, words, console)


def _show(finding: Finding, language: str, words: ReportWords, console: Console) -> None:
    place = ":".join(str(n) for n in (finding.place.line, finding.place.column) if n)
    if finding.place.page:
        place = ", ".join(part for part in (f"{words.page} {finding.place.page}", place) if part)
    where = ", ".join(part for part in (place, finding.place.part) if part)
    first, *rest = unfolded(finding)
    wording = first.wording(language)
    head = Text(f"  {where}  " if where else "  ")
    head.append(words.severities[finding.severity].one.lower(), style=_STYLES[finding.severity])
    head.append(f"  {words.called(finding.thing)}  ")
    head.append(first.code, style="dim")
    console.print(head, soft_wrap=True)
    _indented(console, Text(_clean(wording.message)))
    for outer in rest:
        _indented(console, Text(f"{words.because}: {_clean(outer.wording(language).message)}"))
    if finding.excerpt is not None:
        _quote(console, finding.excerpt, _STYLES[finding.severity])
    remedy = wording.remedy or finding.wording(language).remedy
    if remedy:
        _indented(console, Text(f"→ {_clean(remedy)}", style="italic"))
    console.print()


def _indented(console: Console, text: Text) -> None:
    console.print(Padding(text, (0, 0, 0, 6)))


def _quote(console: Console, excerpt: Excerpt, style: str) -> None:
    """Print the line of an excerpt, as much as fits, with the words underlined."""
    room = max(min(console.width, _WIDTH) - 10, 20)
    line = excerpt.line.translate(_SHOWN)
    start, end = excerpt.start - 1, max(excerpt.end - 1, excerpt.start)
    left = max(0, min(start - room // 4, len(line) - room))
    shown = line[left : left + room]
    if left:
        shown = _ELLIPSIS + shown[1:]
    if left + room < len(line):
        shown = shown[:-1] + _ELLIPSIS
    low, high = start - left, min(end - left, len(shown)) if shown else 1
    text = Text(shown)
    text.stylize(style, low, high)
    console.print(Padding(text, (0, 0, 0, 8)), no_wrap=True, overflow="crop")
    marks = Text(" " * low + "~" * max(high - low, 1), style=style)
    console.print(Padding(marks, (0, 0, 0, 8)), no_wrap=True, overflow="crop")


def _summary(report: Report, words: ReportWords, console: Console) -> None:
    for own in report.inputs:
        console.print(Text(words.looked.format(x=own.name, what=own.what)), soft_wrap=True)
    counted = ", ".join(words.counted(severity, report.count(severity)) for severity in SEVERITIES)
    console.print(Text(f"{counted}. {words.profile.format(x=report.profile)}."), soft_wrap=True)
    for line in summary(report, words):
        console.print(Text(line), soft_wrap=True)
    good = report.conforms
    style = "bold green" if good else "bold red"
    console.print(Text(words.conforms if good else words.fails, style=style), soft_wrap=True)


def summary(report: Report, words: ReportWords) -> list[str]:
    """Return what a report says of tables, shapes and the baseline, a line each."""
    lines = []
    if report.tables:
        lines.append(words.tables.format(x=", ".join(report.tables)))
    lines.extend(
        words.no_shapes.format(x=run.left_out) if run.left_out else words.shapes.format(n=run.rules)
        for run in report.shapes
    )
    if report.known:
        lines.append(words.known.format(n=len(report.known)))
    lines.extend(f"{words.stale}: {entry}" for entry in report.stale)
    return lines


def _clean(text: str) -> str:
    return text.translate(_SHOWN)
