"""A baseline: findings that people have looked at, each with the reason why it stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import yaml
from pydantic import Field

from drugpolicy_kg.definitions import Definition, load
from drugpolicy_kg.reports.report import Known, Report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from drugpolicy_kg.findings import Finding


class Explained(Definition):
    """A known finding: the rule, the thing, the words it is about, and why it stays.

    Lines are no part of it, so that it holds when the text above it changes.
    """

    rule: str
    thing: str
    quotation: str = ""
    reason: str = Field(min_length=1)


def read(path: Path) -> tuple[Explained, ...]:
    """Return the entries of a baseline, YAML or JSON.

    Raises `DefinitionError` for a file that is none, or an entry without a reason.
    """
    return load(path, tuple[Explained, ...])


def applied(report: Report, baseline: Iterable[Explained]) -> Report:
    """Return the report with the findings set apart that a baseline explains."""
    reasons = {(own.rule, own.thing, own.quotation): own.reason for own in baseline}
    used: set[tuple[str, str, str]] = set()
    known = list(report.known)
    left: list[Finding] = []
    for finding in report.findings:
        key = _key(finding)
        if key in reasons:
            used.add(key)
            known.append(Known(finding, reasons[key]))
        else:
            left.append(finding)
    stale = tuple(", ".join(part for part in key if part) for key in reasons if key not in used)
    return replace(report, findings=tuple(left), known=tuple(known), stale=stale)


def written(report: Report) -> bytes:
    """Return a baseline of what a report found, for people to write the reasons into."""
    rows = {}
    for known in report.known:
        rows[_key(known.finding)] = known.reason
    for finding in report.findings:
        rows.setdefault(_key(finding), "")
    entries = [
        {"rule": rule, "thing": thing, "quotation": quotation, "reason": reason}
        for (rule, thing, quotation), reason in rows.items()
    ]
    text = yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=100)
    return text.encode()


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.thing, " ".join(finding.quotation.split())
