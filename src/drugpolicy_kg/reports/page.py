"""A report as one HTML file that needs nothing else: no script, no other host, light and dark."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from drugpolicy_kg import __version__
from drugpolicy_kg.reports.report import SEVERITIES, unfolded
from drugpolicy_kg.reports.text import summary

if TYPE_CHECKING:
    from jinja2 import Template

    from drugpolicy_kg.findings import Excerpt
    from drugpolicy_kg.reports.report import Report, ReportWords

#: How much of a long line is shown on both sides of the words.
_AROUND = 120


def write(report: Report, language: str, words: ReportWords) -> bytes:
    """Return the report as a page; every text of a document is escaped."""
    groups = [
        (name or report.inputs[0].name, list(found))
        for name, found in groupby(report.findings, key=lambda finding: finding.place.file)
    ]
    html = _template().render(
        report=report,
        language=language,
        words=words,
        groups=groups,
        severities=SEVERITIES,
        notes=summary(report, words),
        unfolded=unfolded,
        around=_around,
        style=_style(),
        policy=f"default-src 'none'; style-src {style_source()}",
        version=__version__,
    )
    return html.encode()


def style_source() -> str:
    """Return the page's style as a source of a Content-Security-Policy (CSP level 3, hashes)."""
    digest = hashlib.sha256(_style().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _style() -> str:
    return files(__package__).joinpath("report.css").read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    text = files(__package__).joinpath("report.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(text)


def _around(excerpt: Excerpt) -> tuple[str, str, str]:
    """Return the line of an excerpt as what stands before, the words, and what stands behind."""
    start, end = excerpt.start - 1, max(excerpt.end - 1, excerpt.start)
    before, behind = excerpt.line[:start], excerpt.line[end:]
    if len(before) > _AROUND:
        before = "…" + before[-_AROUND:]
    if len(behind) > _AROUND:
        behind = behind[:_AROUND] + "…"
    return before, excerpt.line[start:end], behind
