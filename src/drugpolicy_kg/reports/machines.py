"""Reports for programs: JSON, CSV, SARIF 2.1.0, JUnit and GitHub's workflow commands."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from drugpolicy_kg import __version__
from drugpolicy_kg.findings import Severity
from drugpolicy_kg.reports.report import SEVERITIES, unfolded
from drugpolicy_kg.reports.text import summary

if TYPE_CHECKING:
    from drugpolicy_kg.findings import Finding, Rule
    from drugpolicy_kg.reports.report import Report, ReportWords

_TOOL = "drugpolicy-kg"
_INFORMATION = "https://w3id.org/drugpolicy-kg/shapes"
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
#: SARIF 2.1.0, section 3.27.10.
_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_COLUMNS = (
    "severity",
    "rule",
    "file",
    "line",
    "column",
    "page",
    "part",
    "thing",
    "quotation",
    "message",
    "remedy",
    "reason",
)
#: Signs that a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_json(report: Report, language: str, words: ReportWords) -> bytes:
    """Return the report as JSON, each finding with its message in every language."""
    value = {
        "tool": {"name": _TOOL, "version": __version__},
        "conforms": report.conforms,
        "profile": report.profile,
        "inputs": [
            {"name": own.name, "sha256": own.sha256, "read_as": own.what} for own in report.inputs
        ],
        "tables": list(report.tables),
        "counts": {str(severity): report.count(severity) for severity in SEVERITIES},
        "notes": summary(report, words),
        "findings": [_plain(finding, language) for finding in report.findings],
        "known": [
            {**_plain(known.finding, language), "reason": known.reason} for known in report.known
        ],
        "stale": list(report.stale),
    }
    return _dumped(value)


def _plain(finding: Finding, language: str) -> dict[str, Any]:
    place, wording = finding.place, finding.wording(language)
    value: dict[str, Any] = {
        "severity": str(finding.severity),
        "rule": finding.code,
        "message": wording.message,
        "remedy": wording.remedy,
        "messages": {own.language: own.message for own in finding.wordings},
        "file": place.file,
        "line": place.line or None,
        "column": place.column or None,
        "page": place.page or None,
        "part": place.part or None,
        "quotation": finding.quotation,
        "thing": finding.thing,
    }
    if finding.excerpt is not None:
        value["end_column"] = finding.excerpt.end
    if finding.causes:
        value["causes"] = [_plain(own, language) for own in unfolded(finding)[:-1]]
    return value


def write_csv(report: Report, language: str, words: ReportWords) -> bytes:
    """Return the report as CSV (RFC 4180, UTF-8), one row a finding; no cell is a formula."""
    del words
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for finding in report.findings:
        writer.writerow(_row(finding, language, ""))
    for known in report.known:
        writer.writerow(_row(known.finding, language, known.reason))
    return target.getvalue().encode()


def _row(finding: Finding, language: str, reason: str) -> list[str]:
    plain = _plain(finding, language)
    cells = [str(plain.get(name) or "") for name in _COLUMNS[:-1]]
    return [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in [*cells, reason]]


def write_sarif(report: Report, language: str, words: ReportWords) -> bytes:
    """Return the report as SARIF 2.1.0 (OASIS), known findings as suppressed.

    No package carries the schema under a licence that we know, so the run says that it was not
    checked against it.
    """
    del words
    every = [(finding, "") for finding in report.findings]
    every.extend((known.finding, known.reason) for known in report.known)
    codes = sorted({finding.code for finding, _ in every})
    places = {code: number for number, code in enumerate(codes)}
    run = {
        "tool": {
            "driver": {
                "name": _TOOL,
                "version": __version__,
                "informationUri": _INFORMATION,
                "rules": [_rule(code, report.rules.get(code), language) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "language": language,
        "artifacts": [
            {"location": {"uri": _uri(own.name)}, "hashes": {"sha-256": own.sha256}}
            for own in report.inputs
        ],
        "results": [
            _result(finding, reason, places[finding.code], language) for finding, reason in every
        ],
        "properties": {
            "profile": report.profile,
            "tables": list(report.tables),
            "schemaCheck": "not checked",
        },
    }
    return _dumped({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, rule: Rule | None, language: str) -> dict[str, Any]:
    if rule is None:
        return {"id": code}
    name = rule.name.get(language) or next(iter(rule.name.values()))
    return {
        "id": code,
        "shortDescription": {"text": name},
        "fullDescription": {"text": rule.rationale or name},
        "help": {"text": " ".join(part for part in (rule.rationale, rule.source) if part) or name},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, reason: str, index: int, language: str) -> dict[str, Any]:
    place, wording = finding.place, finding.wording(language)
    text = " ".join(part for part in (wording.message, wording.remedy) if part)
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file or finding.thing)}}
    if place.line:
        region: dict[str, Any] = {"startLine": place.line}
        if place.column:
            region["startColumn"] = place.column
        if finding.excerpt is not None:
            region["endColumn"] = max(finding.excerpt.end, place.column + 1)
            region["snippet"] = {"text": finding.excerpt.marked or finding.quotation}
        physical["region"] = region
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.thing:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.thing}]
    fingerprint = f"{finding.code}\n{finding.thing}\n{finding.quotation}"
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": text or finding.code},
        "locations": [location],
        "partialFingerprints": {"thing/v1": hashlib.sha256(fingerprint.encode()).hexdigest()},
    }
    if reason:
        result["suppressions"] = [{"kind": "external", "justification": reason}]
    return result


def _uri(name: str) -> str:
    """Return a file name as a relative URI reference.

    >>> _uri("data/plans/my plan.md")
    'data/plans/my%20plan.md'
    """
    from urllib.parse import quote  # noqa: PLC0415  only this report needs it

    return quote(name.replace("\\", "/"), safe="/:@!$&'()*+,;=~")


def write_junit(report: Report, language: str, words: ReportWords) -> bytes:
    """Return the report as JUnit XML: a case for each finding, and one for each clean file."""
    root = ET.Element("testsuites", name=words.title)
    names = sorted({own.name for own in report.inputs} | {f.place.file for f in report.findings})
    for name in names:
        found = [finding for finding in report.findings if finding.place.file == name]
        bad = [finding for finding in found if finding.severity is Severity.VIOLATION]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=name or report.profile,
            tests=str(max(len(found), 1)),
            failures=str(len(bad)),
            errors="0",
            skipped=str(len(found) - len(bad)),
        )
        for finding in found:
            _case(suite, finding, language)
        if not found:
            ET.SubElement(suite, "testcase", classname=name, name=words.nothing)
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _case(suite: ET.Element, finding: Finding, language: str) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=finding.code,
        name=_xml(" ".join((str(finding.place), finding.thing))),
        file=finding.place.file,
        line=str(finding.place.line or 1),
    )
    wording = finding.wording(language)
    kind = "failure" if finding.severity is Severity.VIOLATION else "skipped"
    child = ET.SubElement(case, kind, message=_xml(wording.message))
    if kind == "failure":
        child.set("type", str(finding.severity))
        child.text = _xml(f"{finding.quotation}\n{wording.remedy}")


def _xml(text: str) -> str:
    """Return a text without the characters that XML 1.0 does not know (section 2.2)."""
    return "".join(
        c if c in "\t\n" or " " <= c <= "\ud7ff" or c >= "\ue000" else "\ufffd" for c in text
    )


def write_github(report: Report, language: str, words: ReportWords) -> bytes:
    """Return the report as GitHub's workflow commands, which annotate the lines of a file."""
    del words
    lines = []
    for finding in report.findings:
        place, wording = finding.place, finding.wording(language)
        kind = {"note": "notice"}.get(_LEVELS[finding.severity], _LEVELS[finding.severity])
        values = {
            "file": place.file,
            "line": place.line,
            "col": place.column,
            "title": finding.code,
        }
        told = ",".join(f"{name}={_property(value)}" for name, value in values.items() if value)
        message = " ".join(part for part in (wording.message, wording.remedy) if part)
        lines.append(f"::{kind} {told}::{_data(message)}\n")
    return "".join(lines).encode()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: object) -> str:
    return _data(str(value)).replace(":", "%3A").replace(",", "%2C")


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"
