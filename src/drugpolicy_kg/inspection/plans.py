"""Plans in folders and documents that come alone: read, extracted, checked, counted and shaped."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from drugpolicy_kg import checking, counting, extraction, mapping
from drugpolicy_kg import identifiers as ids
from drugpolicy_kg.authorities import read_tables
from drugpolicy_kg.definitions import EditionDefinition, PlanDefinition, load
from drugpolicy_kg.document import Document
from drugpolicy_kg.errors import DrugPolicyError, SourceError
from drugpolicy_kg.evidence import Span
from drugpolicy_kg.extraction.recognition import LAYOUTS, recognise
from drugpolicy_kg.findings import Notice, Severity
from drugpolicy_kg.inspection.look import Look
from drugpolicy_kg.inspection.shaping import is_known, shaped
from drugpolicy_kg.merging import merge
from drugpolicy_kg.pipeline import worded
from drugpolicy_kg.readers import digest, read_bytes, read_file, unread
from drugpolicy_kg.reports import Input, ShapesRun
from drugpolicy_kg.vocabulary import DP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.definitions import Entry
    from drugpolicy_kg.findings import Finding
    from drugpolicy_kg.graphs import Graph
    from drugpolicy_kg.inspection.look import Options
    from drugpolicy_kg.plan import Plan

#: The file that makes a folder a plan.
PLAN: Final = "plan.yaml"
#: The layouts that a caller may name; `auto` recognises one.
LAYOUT_NAMES: Final = ("auto", *LAYOUTS)
_DIGEST, _WORDS, _NO_GRAPH = "DP-SRC-001", "DP-PLN-003", "DP-PLN-004"
_TWICE = "DP-NUM-002"
_SHOWN_DIGITS = 12
_DIGITS = re.compile(r"\d+")
_RANK = {Severity.VIOLATION: 0, Severity.WARNING: 1, Severity.INFO: 2}


def look_at_folder(folder: Path, options: Options) -> Look:
    """Return what is wrong with a plan folder; raise an error for what cannot be read at all."""
    path = folder / PLAN
    definition = load(path, PlanDefinition)
    known, look = options.known, Look()
    own = read_tables(folder / "authorities")
    inspection = _Inspection(
        definition, options, known.authorities.with_folder(folder / "authorities"), own
    )
    inspection.before = is_known(definition.follows or "") or (
        bool(definition.follows) and (folder.parent / str(definition.follows) / PLAN).is_file()
    )
    inspection.documents[""] = Document(str(path), path.read_text(encoding="utf-8"), ())
    for edition in definition.editions:
        known.language(edition.language, path)
        source = folder / edition.file
        data = read_file(source)
        found = digest(data)
        if found != edition.sha256:
            inspection.in_plan(
                _DIGEST,
                edition.sha256,
                expected=edition.sha256[:_SHOWN_DIGITS],
                found=found[:_SHOWN_DIGITS],
            )
        document = inspection.document(str(source), data, edition.language)
        inspection.edition(document, edition)
        look.inputs.append(Input(str(source), found, _read_as(source.name, definition)))
    inspection.whole(counted=True)
    look.findings.extend(inspection.findings())
    look.shapes.extend(inspection.shapes)
    return look


def _read_as(name: str, definition: PlanDefinition) -> str:
    return f"{PurePath(name).suffix.lstrip('.').lower()}, {definition.layout.name}"


# ── a lone document ──────────────────────────────────────────────────────────────────────


def look_at_document(data: bytes, name: str, options: Options) -> Look:
    """Return what is wrong with a document alone; raise `SourceError` if it cannot be read."""
    known, layout = options.known, options.layout
    if layout not in LAYOUT_NAMES:
        raise SourceError(
            f"layout: one of {', '.join(LAYOUT_NAMES)} was expected, found '{layout}'."
        )
    document, signs = _read(name, data)
    definition, said = recognise(
        document,
        known.languages,
        known.grammar,
        known.recognition,
        layout=next((own for own in LAYOUTS if own == layout), None),
        sha256=digest(data),
    )
    inspection = _Inspection(definition, options, known.authorities)
    (edition,) = definition.editions
    inspection.documents[edition.language] = document
    inspection.notices.extend(said)
    inspection.notices.extend(checking.signs(signs, edition.language))
    inspection.edition(document, edition)
    inspection.whole(counted=False)
    look = Look([Input(name, digest(data), _read_as(name, definition))])
    look.findings.extend(inspection.findings())
    look.shapes.extend(inspection.shapes)
    return look


def _read(name: str, data: bytes) -> tuple[Document, str]:
    """Return a document, and its text with the control characters that no reader lets pass."""
    try:
        raw = data.decode("utf-8")
    except UnicodeDecodeError:
        raw = ""
    clean = checking.readable(raw)
    if not raw or "\x00" in raw or clean == raw:
        document = read_bytes(name, data)
        return document, document.source
    document = read_bytes(name, clean.encode("utf-8"))
    return document, raw if document.source == clean else document.source


# ── one plan ─────────────────────────────────────────────────────────────────────────────


@dataclass
class _Inspection:
    """One plan whose editions are being looked at; it gathers notices and stops at none."""

    definition: PlanDefinition
    options: Options
    authorities: Authorities
    tables: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    #: Whether the plan that this one follows is known.
    before: bool = False
    documents: dict[str, Document] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    _plans: list[Plan] = field(default_factory=list)
    shapes: list[ShapesRun] = field(default_factory=list)
    _shaped: list[Finding] = field(default_factory=list)

    def document(self, name: str, data: bytes, language: str) -> Document:
        """Read the document of an edition, and say which signs do not belong there."""
        document, signs = _read(name, data)
        self.documents[language] = document
        self.notices.extend(checking.signs(signs, language))
        return document

    def edition(self, document: Document, edition: EditionDefinition) -> None:
        """Extract and check one edition."""
        language = self.options.known.languages[edition.language]
        seeker = extraction.Mentions(self.authorities, self.options.known.grammar)
        plan, said = extraction.extract(
            document,
            self.definition,
            self._standing(document, edition),
            language,
            self.authorities,
            seeker,
        )
        self._plans.append(plan)
        self.notices.extend(unread(document, edition.language))
        self.notices.extend(said)
        sheet = checking.Sheet(document, plan, self.definition, language)
        self.notices.extend(checking.check(sheet, self.authorities, self.options.known.grammar))

    def _standing(self, document: Document, edition: EditionDefinition) -> EditionDefinition:
        """Return an edition without the words of plan.yaml that its document does not have."""
        texts = [block.text.value for block in document.blocks]
        changes: dict[str, str] = {}
        for key in ("title", "period_in", "period"):
            words = getattr(edition, key)
            if words and not any(words in text for text in texts):
                self.in_plan(_WORDS, words, key=key, said=words)
                changes[key] = ""
        if changes.keys() & {"period", "period_in"}:
            changes.update(period="", period_in="")
        return edition.model_copy(update=changes)

    def whole(self, *, counted: bool) -> None:
        """Compare the editions, count, and ask the shapes about the graph of the plan."""
        plan, said = merge(self._plans)
        self.notices.extend(said)
        for notice in counting.differences(plan, self.definition, counted=counted):
            if notice.language:
                self.notices.append(notice)
            else:
                self.in_plan(notice.code, notice.quotation, **notice.told)
        documents = {code: own for code, own in self.documents.items() if code}
        try:
            pages = mapping.PlanGraphs(
                plan, self.definition, documents, self.options.known.languages
            )
            graphs = [pages.facts, pages.evidence]
        except DrugPolicyError as error:
            self.in_plan(_NO_GRAPH, "", error=error)
            return
        # Shapes that cannot be used are no fault of the plan: that error is no finding.
        self._shape(plan, graphs)

    def _shape(self, plan: Plan, graphs: list[Graph]) -> None:
        """Ask the shapes about the graphs of the plan, with the names that only it brings."""
        listed = {own.id for own in self.authorities.entries.get("instruments", ())}
        met = {
            own.instrument: (own.identifier, own.kind)
            for own in plan.citations
            if own.instrument and own.instrument not in listed
        }
        brought = mapping.entry_graph(self.tables, met)
        earlier = self.definition.follows if self.before else None
        if earlier:
            brought.type(ids.plan(earlier), DP.Plan)
        rules = self.options.known.catalogue.rules
        findings, run = shaped(
            [*graphs, brought],
            self.documents.values(),
            self.options.profile,
            self.options.shapes,
            said=frozenset((rules[own.code].instead_of, own.place) for own in self._worded()),
            without=frozenset(
                # What is only named is described elsewhere, or by nobody yet; two things under
                # one number break every shape, which says no more than that the number is wrong.
                {*([earlier] if earlier else []), *(f"instrument {own}" for own in met)}
                | {
                    f"{plan.id}, {own.thing}"
                    for own in self.notices
                    if own.code == _TWICE and own.thing
                }
            ),
        )
        self._shaped.extend(findings)
        self.shapes.append(run)

    def in_plan(self, code: str, words: str, **values: object) -> None:
        """Say something about words of plan.yaml, at their line where it has them."""
        source = self.documents[""].source if "" in self.documents else ""
        start = source.find(words) if words else -1
        span = Span(start, start + len(words)) if start >= 0 else None
        told = tuple((name, str(value)) for name, value in values.items())
        self.notices.append(Notice(code, "", span, words, "", told))

    def _worded(self) -> list[Finding]:
        return worded(
            dict.fromkeys(self.notices),
            self.documents,
            self.options.known.catalogue,
            self.definition.id,
        )

    def findings(self) -> list[Finding]:
        """Return the findings, document after document, each in reading order."""
        order = {own.name: number for number, own in enumerate(self.documents.values())}
        found = self._worded()
        return sorted(
            [*found, *self._shaped],
            key=lambda own: (
                order.get(own.place.file, len(order)),
                own.place.page,
                own.place.line,
                own.place.column,
                [int(number) for number in _DIGITS.findall(own.place.part)],
                _RANK[own.severity],
                own.code,
                own.thing,
                own.message,
            ),
        )
