"""From the parts of a walk to the plan of one edition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drugpolicy_kg.document import Text
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.extraction.actors import ActorLines
from drugpolicy_kg.extraction.dates import DateReader
from drugpolicy_kg.extraction.indicators import IndicatorReader
from drugpolicy_kg.extraction.items import items
from drugpolicy_kg.extraction.labels import any_of
from drugpolicy_kg.extraction.reading import Reader
from drugpolicy_kg.extraction.sentences import Sentences
from drugpolicy_kg.extraction.stated import Claims
from drugpolicy_kg.extraction.stretches import stretches
from drugpolicy_kg.plan import (
    Action,
    Area,
    Code,
    Edition,
    Footnote,
    Indicator,
    Item,
    Participation,
    Plan,
    Priority,
    Reading,
    Section,
    Source,
    StatedCount,
    Timetable,
)

if TYPE_CHECKING:
    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.definitions import EditionDefinition, Language, PlanDefinition
    from drugpolicy_kg.document import Document
    from drugpolicy_kg.extraction.parts import Parts, RawAction, RawIndicator, RawPriority
    from drugpolicy_kg.extraction.stretches import Stretch
    from drugpolicy_kg.findings import Notice
    from drugpolicy_kg.plan import Readings

_CODE = re.compile(r"\d+\.\d+")


class Builder:
    """Makes the plan of one edition; `stretches` are its passages in document order."""

    def __init__(
        self,
        document: Document,
        definition: PlanDefinition,
        edition: EditionDefinition,
        language: Language,
        authorities: Authorities,
    ) -> None:
        self.document = document
        self.definition = definition
        self.edition = edition
        self.language = language
        self.read = Reader(document, language.code)
        self.sentences = Sentences(language)
        self.dates = DateReader(language)
        self.stretches: list[Stretch] = []
        self._authorities = authorities
        self._actors = ActorLines(language, authorities)
        self._indicators = IndicatorReader(language, authorities)
        self._claims = Claims(language)
        self._pillar = re.compile(rf"(?:{any_of(language.pillars)})\s+(\d+)")
        self._ongoing = {word.casefold() for word in language.ongoing}

    @property
    def notices(self) -> list[Notice]:
        """What is to be said about the text, in the order in which it was noticed."""
        return self.read.notices

    def plan(self, parts: Parts) -> Plan:
        """Return the plan, without the mentions in its prose."""
        plan_period = self._period()
        footnotes = self._footnotes(parts)
        for rule, words in parts.head_faults:
            self.read.report(rule, words, "", found=words)
        for number, words in parts.strays:
            self.read.report("DP-TTL-003", words, f"action {number}", number=number)
        self.stretches = stretches(parts, footnotes, self.sentences)
        actions = tuple(self._action(raw, plan_period) for raw in parts.actions)
        return Plan(
            id=self.definition.id,
            version=self.definition.version,
            adopted=self.definition.adopted,
            reference=self.definition.reference,
            editions=(self._edition(plan_period),),
            areas=tuple(
                Area(code, self.read(title), self.read(label)) for code, label, title in parts.areas
            ),
            priorities=tuple(self._priority(raw, parts) for raw in parts.priorities),
            governance=self.read(parts.governance),
            codes=self._codes(parts),
            sections=tuple(
                Section(
                    raw.key,
                    self.read(raw.title),
                    self._joined(raw.prose.parts),
                    self.read(raw.label),
                )
                for raw in parts.sections
            ),
            actions=actions,
            indicators=tuple(self._indicator(raw) for raw in parts.indicators),
            footnotes=tuple(footnote for footnote, _ in footnotes),
            stated=self._stated(parts),
            period=self.dates.years(plan_period.value) if plan_period else None,
            column_heads=self.read(*parts.heads),
        )

    # ── the edition as a whole ───────────────────────────────────────────────────────────

    def _edition(self, period: Text | None) -> Edition:
        number = self._quoted(self.definition.number, "number", required=False)
        return Edition(
            self.edition.language,
            self.edition.file,
            self.edition.sha256,
            self.read(self._quoted(self.edition.title, "title")),
            number=self.read(number),
            adopted=self.read(self._cover_date()),
            period=self.read(period),
        )

    def _period(self) -> Text | None:
        words = self.edition.period
        if not words:
            return None
        context = self._quoted(self.edition.period_in or words, "period_in")
        start = context.value.find(words) if context else -1
        if context is None or start < 0:
            raise DefinitionError(
                f"{self.document.name}: key 'editions.period' expects words of the text, "
                f"found '{words}', which do not stand in '{self.edition.period_in}'."
            )
        return context.cut(start, start + len(words))

    def _cover_date(self) -> Text | None:
        for block in self.document.blocks:
            found = self.dates.cover_date(block.text.value)
            if found is None:
                continue
            words = block.text.cut(found.start(), found.end())
            printed = f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}"
            if printed != str(self.definition.adopted):
                self.read.report(
                    "DP-PLN-002", words, "cover", printed=printed, found=self.definition.adopted
                )
            return words
        return None

    def _quoted(self, words: str, key: str, *, required: bool = True) -> Text | None:
        """Return the first place where the words stand in the document."""
        for block in self.document.blocks:
            text = block.text
            start = text.value.find(words)
            if start >= 0:
                return text.cut(start, start + len(words))
        if not required:
            return None
        raise DefinitionError(
            f"{self.document.name}: key 'editions.{key}' expects words of the document, "
            f"found '{words}', which do not stand in it.",
            remedy="Copy the words as they are printed, without markup.",
        )

    # ── structure ────────────────────────────────────────────────────────────────────────

    def _priority(self, raw: RawPriority, parts: Parts) -> Priority:
        pillars: tuple[int, ...] = ()
        item = None
        for number, text in parts.items:
            found = self._pillar.findall(text.value)
            if number == raw.number and found:
                pillars, item = tuple(int(pillar) for pillar in found), text
        return Priority(
            raw.number,
            self.read(raw.title),
            area=raw.area,
            section=raw.section,
            pillars=pillars,
            pillar_words=self.read(item),
            annex_title=self.read(raw.annex_title),
            label=self.read(raw.label),
        )

    def _codes(self, parts: Parts) -> tuple[Code, ...]:
        cells: dict[str, list[Text]] = {}
        owner: dict[str, int | None] = {}
        known = {raw.number for raw in parts.priorities}
        for raw in parts.actions:
            for notation, text in _codes_of(raw):
                cells.setdefault(notation, []).append(text)
                own = int(notation.split(".")[0])
                owner.setdefault(notation, own if own in known else raw.priority)
        order = sorted(cells, key=lambda code: [int(part) for part in code.split(".")])
        return tuple(
            Code(notation, owner[notation], self.read(*cells[notation])) for notation in order
        )

    def _action(self, raw: RawAction, period: Text | None) -> Action:
        text = raw.prose.text
        words = self._joined(raw.prose.parts)
        if raw.title is None:
            start, end = self.sentences.first(text.value)
            title, source = text.cut(start, end), "first-sentence"
        else:
            title, source = raw.title, "heading"
        codes = tuple(dict.fromkeys(notation for notation, _ in _codes_of(raw)))
        self._check_codes(raw, codes)
        return Action(
            raw.number,
            raw.priority,
            self.read(title),
            source,
            words,
            self.read(raw.label),
            codes=codes,
            items=tuple(
                Item(label, number, self.read(item))
                for number, (label, item) in enumerate(
                    items(text, self.sentences, self.language.conjunctions), start=1
                )
            ),
            timetable=self._timetable(raw, period),
            participations=self._participations(raw),
            annex_title=self.read(raw.annex_title),
            actors_line=self.read(*raw.actors),
            governance=raw.governance,
        )

    def _joined(self, paragraphs: list[Text]) -> Readings:
        """Return paragraphs as one reading, joined by line feeds."""
        kept = [text for text in paragraphs if text]
        if not kept:
            return ()
        spans = tuple(span for text in kept for span in self.document.spans(text))
        words = "\n".join(text.value for text in kept)
        return (Reading(self.language.code, words, spans),)

    def _check_codes(self, raw: RawAction, codes: tuple[str, ...]) -> None:
        for text in raw.codes:
            if _CODE.sub("", text.value).strip(" .,;\n"):
                self.read.report("DP-COD-001", text, f"action {raw.number}", found=text)
        for notation in codes:
            if raw.priority is not None and int(notation.split(".")[0]) != raw.priority:
                cell = next(
                    text.cut(place, place + len(notation))
                    for text in raw.codes
                    if (place := text.value.find(notation)) >= 0
                )
                thing = f"action {raw.number}"
                self.read.report(
                    "DP-ACT-004", cell, thing, notation=notation, priority=raw.priority
                )

    def _timetable(self, raw: RawAction, period: Text | None) -> Timetable | None:
        if self.definition.layout.timetable == "plan":
            years = self.dates.years(period.value) if period else None
            if period is None or years is None:
                return None
            return Timetable("plan", self.read(period), *years)
        cell = Text.join(raw.timetable, " ")
        if cell.value.casefold() in self._ongoing:
            return Timetable("action", self.read(cell), ongoing=True)
        found = re.fullmatch(r"(\d{4})(?:\s*[-–—]\s*(\d{4}))?", cell.value)
        if found is None:
            thing = f"action {raw.number}"
            self.read.report("DP-TIM-001", cell or raw.label, thing, found=cell)
            return Timetable("action", self.read(cell)) if cell else None
        return Timetable("action", self.read(cell), int(found[1]), int(found[2] or found[1]))

    def _participations(self, raw: RawAction) -> tuple[Participation, ...]:
        if self.definition.layout.name == "table":
            bodies = self._actors.of_cell(raw.actors, separate=raw.separate_actors)
        else:
            bodies = [body for line in raw.actors for body in self._actors.of_line(line)]
        if not bodies:
            self.read.report("DP-ACT-007", raw.label, f"action {raw.number}")
        for body in bodies:
            if not body.actor:
                near = self._authorities.nearest(body.wording.value, self.language.code, "actors")
                self.read.report(
                    "DP-PAR-003",
                    body.wording,
                    f"action {raw.number}",
                    body=body.wording,
                    near=", ".join(near) or "–",
                )
        return tuple(
            Participation(
                position,
                body.actor,
                self.read(raw.role),
                self.read(body.wording),
                self.read(body.qualifier),
            )
            for position, body in enumerate(bodies, start=1)
        )

    def _indicator(self, raw: RawIndicator) -> Indicator:
        text = raw.prose.text
        bodies: list[Source] = []
        sources: list[Source] = []
        for table, thing, words in self._indicators.sources(text):
            target = bodies if table == "actors" else sources
            target.append(Source(table, thing, self.read(words)))
        return Indicator(
            raw.number,
            self.read(text),
            self.read(raw.label),
            tuple(bodies),
            tuple(sources),
            tuple(
                Source("breakdown", kind, self.read(words))
                for kind, words in self._indicators.breakdowns(text)
            ),
            self.read(self._indicators.periodicity(text)),
        )

    # ── footnotes, claims, passages ──────────────────────────────────────────────────────

    def _footnotes(self, parts: Parts) -> list[tuple[Footnote, Text]]:
        marks: dict[str, str] = {}
        seen: dict[str, Readings] = {}
        for mark, where in parts.marks:
            marks.setdefault(mark.label, where)
            seen.setdefault(mark.label, (Reading(self.language.code, mark.label, (mark.span,)),))
        result: list[tuple[Footnote, Text]] = []
        for note in parts.notes:
            where = marks.get(note.label, "")
            if not where:
                where = f"footnote {note.label}"
                self.read.report("DP-FTN-001", note.text, where, label=note.label)
            mark_words = seen.get(note.label, ())
            footnote = Footnote(note.label, where, self.read(note.text), mark_words)
            result.append((footnote, note.text))
        known = {note.label for note in parts.notes}
        for mark, where in parts.marks:
            if mark.label not in known:
                places = range(mark.span.start, mark.span.end)
                words = Text(self.document.quote(mark.span), tuple(places))
                self.read.report("DP-FTN-002", words, where, label=mark.label)
        return result

    def _stated(self, parts: Parts) -> tuple[StatedCount, ...]:
        result: list[StatedCount] = []
        for raw in parts.sections:
            where = f"section {raw.key}" if raw.key[0].isdigit() else raw.key
            for part in raw.prose.parts:
                result.extend(
                    StatedCount(what, count, where, self.read(words))
                    for what, count, words in self._claims.find(part)
                )
        return tuple(result)

    def is_signature(self, text: str, index: int) -> bool:
        """Return whether a place is that of a document's date, as in *Brussels, 24.7.2020*."""
        found = self.dates.cover_date(text)
        return found is not None and found.start() <= index < found.end()


def _codes_of(raw: RawAction) -> list[tuple[str, Text]]:
    return [
        (match[0], text.cut(match.start(), match.end()))
        for text in raw.codes
        for match in _CODE.finditer(text.value)
    ]
