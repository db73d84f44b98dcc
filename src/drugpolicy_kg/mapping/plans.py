"""Triples: a plan becomes graphs, its facts in one and their evidence in another.

Every fact is a node with `dp:inPlan`, a place in document order and at least one passage of
evidence for each edition that says so; nothing is a blank node.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from drugpolicy_kg import identifiers as ids
from drugpolicy_kg.evidence import Span
from drugpolicy_kg.graphs import Graph
from drugpolicy_kg.mapping.passages import passage
from drugpolicy_kg.vocabulary import DP, ELI, PROV, RDFS, SKOS, TIME, XSD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.definitions import Language, PlanDefinition
    from drugpolicy_kg.document import Document
    from drugpolicy_kg.plan import (
        Action,
        Citation,
        Commitment,
        Edition,
        Indicator,
        Mention,
        Plan,
        Readings,
        Source,
        Timetable,
    )

_CELEX = "http://publications.europa.eu/resource/celex/"
_MENTIONS = {
    "places": DP.PlaceMention,
    "programmes": DP.ProgrammeMention,
    "concepts": DP.ThemeMention,
    "actors": DP.ActorMention,
}


class PlanGraphs:
    """The two graphs of one version of a plan, and how many facts show their evidence."""

    def __init__(
        self,
        plan: Plan,
        definition: PlanDefinition,
        documents: Mapping[str, Document],
        languages: Mapping[str, Language],
    ) -> None:
        base = f"{ids.plan(plan.id)}/"
        self.facts = Graph(ids.plan_graph(plan.id, plan.version), base)
        self.evidence = Graph(ids.evidence_graph(plan.id, plan.version), base)
        self.fact_count = 0
        self.shown_count = 0
        self.passage_count = 0
        self._plan = plan
        self._definition = definition
        self._documents = documents
        self._languages = languages
        self._root = ids.plan(plan.id)
        self._order: dict[str, int] = {}
        self._fill()

    @property
    def kinds(self) -> dict[str, int]:
        """How many facts there are of each class, under its name."""
        return {kind.rpartition("#")[2]: count for kind, count in self._order.items()}

    # ── facts in general ─────────────────────────────────────────────────────────────────

    def _fact(self, iri: str, kind: str, *readings: Readings, text: Readings = ()) -> str:
        """State that a fact is of a class, in this plan, and where it was read."""
        facts = self.facts
        facts.type(iri, kind)
        facts.link(iri, DP.inPlan, self._root)
        self._order[kind] = self._order.get(kind, 0) + 1
        facts.value(iri, DP.order, self._order[kind])
        self.fact_count += 1
        self.shown_count += self._show(iri, readings, text)
        return iri

    def _show(self, iri: str, readings: tuple[Readings, ...], text: Readings) -> bool:
        """Write the passages of a fact, numbered in reading order for each edition.

        Those of `text`, the whole text of an action, are marked as such.
        """
        marked = _ranges(text)
        spans: dict[str, list[tuple[int, int]]] = {}
        for group in readings:
            for reading in group:
                own = spans.setdefault(reading.language, [])
                own.extend((span.start, span.end) for span in reading.spans)
        for language, found in spans.items():
            document = self._documents[language]
            source = self._text(language)
            for number, (start, end) in enumerate(sorted(set(found)), start=1):
                words = f"{iri}/evidence/{language}/{number}"
                passage(self.evidence, words, source, document, number, Span(start, end))
                self.passage_count += 1
                self.evidence.link(iri, DP.evidence, words)
                if (language, start, end) in marked:
                    self.evidence.link(iri, DP.textEvidence, words)
        return any(spans.values())

    def _words(self, iri: str, predicate: str, readings: Readings) -> None:
        for reading in readings:
            self.facts.words(iri, predicate, reading.text, reading.language)

    def _source(self, language: str) -> str:
        return f"{ids.edition(self._plan.id, self._plan.version, language)}/file"

    def _text(self, language: str) -> str:
        """Return the text in which offsets count: the file, or what was extracted from it."""
        if not self._documents[language].is_extracted:
            return self._source(language)
        return f"{ids.edition(self._plan.id, self._plan.version, language)}/text"

    def _place(self, iri: str, where: str) -> None:
        self.facts.link(iri, DP.where, ids.place_in_plan(self._plan.id, where))

    # ── the plan ─────────────────────────────────────────────────────────────────────────

    def _fill(self) -> None:
        self._work()
        for edition in self._plan.editions:
            self._edition(edition)
        self._structure()
        for action in self._plan.actions:
            self._action(action)
        for indicator in self._plan.indicators:
            self._indicator(indicator)
        for footnote in self._plan.footnotes:
            iri = f"{self._root}/footnote/{footnote.label}"
            self._fact(iri, DP.Footnote, footnote.mark, footnote.text)
            self.facts.value(iri, DP.locator, f"footnote {footnote.label}")
            self.facts.value(iri, SKOS.notation, footnote.label)
            self._words(iri, DP.text, footnote.text)
            if footnote.where != f"footnote {footnote.label}":
                self._place(iri, footnote.where)
        for citation in self._plan.citations:
            self._citation(citation)
        for commitment in self._plan.commitments:
            self._commitment(commitment)
        for mention in self._plan.mentions:
            self._mention(mention)

    def _work(self) -> None:
        plan, definition, facts = self._plan, self._definition, self.facts
        root = self._root
        facts.type(root, DP.Plan, ELI.LegalResource)
        for edition in plan.editions:
            self._words(root, DP.title, edition.title)
            self._words(root, RDFS.label, edition.title)
        facts.value(root, DP.identifier, plan.id)
        facts.value(root, DP.documentNumber, definition.number)
        facts.value(root, DP.version, plan.version)
        facts.value(root, ELI.date_document, definition.adopted)
        facts.value(root, DP.status, definition.status)
        facts.link(root, DP.issuer, ids.thing("actors", definition.issuer))
        if definition.follows:
            facts.link(root, DP.follows, ids.plan(definition.follows))
        if plan.period:
            facts.value(root, DP.startYear, plan.period[0])
            facts.value(root, DP.endYear, plan.period[1])
        celex = definition.celex
        if celex and celex.is_confirmed:
            facts.value(root, DP.celex, celex.value)
        stated = {
            "title": tuple(reading for e in plan.editions for reading in e.title),
            "number": tuple(reading for e in plan.editions for reading in e.number),
            "adopted": tuple(reading for e in plan.editions for reading in e.adopted),
            "period": tuple(reading for e in plan.editions for reading in e.period),
        }
        for name, readings in stated.items():
            if readings:
                iri = self._fact(f"{root}/stated/{name}", DP.StatedValue, readings)
                self.facts.value(iri, SKOS.notation, name)
                self._words(iri, DP.wording, readings)
        for number, count in enumerate(plan.stated, start=1):
            iri = self._fact(f"{root}/stated/count/{number}", DP.StatedCount, count.readings)
            facts.value(iri, DP.counted, count.what)
            facts.value(iri, DP.count, count.count)
            self._words(iri, DP.wording, count.readings)
            self._place(iri, count.where)

    def _edition(self, edition: Edition) -> None:
        facts = self.facts
        iri = ids.edition(self._plan.id, self._plan.version, edition.language)
        file = self._source(edition.language)
        facts.type(iri, DP.Edition, ELI.LegalExpression)
        facts.link(iri, ELI.realizes, self._root)
        facts.link(self._root, ELI.is_realized_by, iri)
        facts.link(iri, ELI.language, self._languages[edition.language].authority)
        facts.value(iri, DP.code, edition.language)
        facts.value(iri, DP.order, 1 + self._plan.editions.index(edition))
        facts.link(iri, ELI.is_embodied_by, file)
        self._words(iri, DP.title, edition.title)
        facts.type(file, DP.SourceFile, ELI.Format)
        facts.link(file, ELI.embodies, iri)
        facts.value(file, DP.fileName, edition.file)
        facts.value(file, DP.sha256, edition.sha256)
        document = self._documents[edition.language]
        if document.is_extracted:
            text = self._text(edition.language)
            facts.type(text, DP.SourceFile)
            facts.link(text, ELI.embodies, iri)
            facts.value(text, DP.fileName, f"{edition.file}.txt")
            facts.value(text, DP.sha256, document.text_sha256)
            facts.link(text, PROV.wasDerivedFrom, file)
        celex = self._definition.celex
        if celex and celex.is_confirmed:
            official = celex.value.replace("(", "%28").replace(")", "%29")
            facts.link(file, PROV.wasDerivedFrom, _CELEX + official)

    def _structure(self) -> None:
        plan, facts, root = self._plan, self.facts, self._root
        for area in plan.areas:
            iri = self._fact(f"{root}/area/{area.code}", DP.Area, area.label, area.title)
            facts.value(iri, SKOS.notation, area.code)
            self._words(iri, DP.title, area.title)
        kind = {
            "strategic-priority": DP.StrategicPriority,
            "priority-area": DP.PriorityArea,
        }[self._definition.priority_kind]
        scheme = f"{root}/scheme"
        facts.type(scheme, SKOS.ConceptScheme)
        for edition in plan.editions:
            self._words(scheme, SKOS.prefLabel, edition.title)
        for priority in plan.priorities:
            iri = ids.place_in_plan(plan.id, f"priority {priority.number}")
            self._fact(
                iri,
                kind,
                priority.label,
                priority.title,
                priority.pillar_words,
                priority.annex_title,
            )
            facts.type(iri, DP.Priority, SKOS.Concept)
            facts.link(iri, SKOS.inScheme, scheme)
            self._words(iri, SKOS.prefLabel, priority.title)
            facts.value(iri, DP.number, priority.number)
            facts.value(iri, DP.locator, f"priority {priority.number}")
            self._words(iri, DP.title, priority.title)
            self._words(iri, DP.annexTitle, priority.annex_title)
            if priority.area:
                facts.link(iri, DP.inArea, f"{root}/area/{priority.area}")
            for pillar in priority.pillars:
                facts.value(iri, DP.pillar, pillar)
            if priority.section:
                self._place(iri, f"section {priority.section}")
        self._codes(scheme)
        self._sections()

    def _codes(self, scheme: str) -> None:
        plan, facts, root = self._plan, self.facts, self._root
        for code in plan.codes:
            iri = self._fact(f"{root}/code/{code.notation}", DP.PriorityAreaCode, code.readings)
            facts.type(iri, SKOS.Concept)
            facts.link(iri, SKOS.inScheme, scheme)
            facts.value(iri, SKOS.notation, code.notation)
            for edition in plan.editions:
                label = self._languages[edition.language].labels.code
                facts.words(iri, SKOS.prefLabel, f"{label} {code.notation}", edition.language)
            if code.priority is not None:
                facts.link(iri, DP.codeOf, f"{root}/priority/{code.priority}")
                facts.link(iri, SKOS.broader, f"{root}/priority/{code.priority}")

    def _sections(self) -> None:
        plan, facts, root = self._plan, self.facts, self._root
        if plan.governance:
            iri = self._fact(f"{root}/section/governance", DP.Section, plan.governance)
            facts.value(iri, DP.locator, "governance")
            self._words(iri, DP.title, plan.governance)
        for section in plan.sections:
            if not section.text and not section.title:
                continue
            iri = f"{root}/section/{section.key}"
            self._fact(iri, DP.Section, section.label, section.title, section.text)
            printed = section.key[0].isdigit()
            facts.value(iri, DP.locator, f"section {section.key}" if printed else section.key)
            self._words(iri, DP.title, section.title)
            self._words(iri, DP.text, section.text)

    # ── actions and indicators ───────────────────────────────────────────────────────────

    def _action(self, action: Action) -> None:
        facts = self.facts
        iri = ids.action(self._plan.id, action.number)
        self._fact(
            iri,
            DP.Action,
            action.label,
            action.title,
            action.text,
            action.annex_title,
            action.actors_line,
            text=action.text,
        )
        facts.value(iri, DP.number, action.number)
        facts.value(iri, DP.locator, f"action {action.number}")
        self._words(iri, DP.title, action.title)
        self._words(iri, DP.text, action.text)
        self._words(iri, DP.annexTitle, action.annex_title)
        facts.link(iri, DP.titleSource, ids.concept("title-source", action.title_source))
        if action.governance:
            facts.link(iri, DP.where, f"{self._root}/section/governance")
        if action.priority is not None:
            facts.link(iri, DP.inPriority, f"{self._root}/priority/{action.priority}")
        for notation in action.codes:
            facts.link(iri, DP.hasCode, f"{self._root}/code/{notation}")
        for item in action.items:
            part = self._fact(f"{iri}/item/{item.number}", DP.Item, item.readings)
            facts.link(iri, DP.hasItem, part)
            facts.value(part, DP.number, item.number)
            facts.value(part, SKOS.notation, item.label)
            self._words(part, DP.text, item.readings)
        if action.timetable:
            self._timetable(iri, action.timetable)
        for participation in action.participations:
            part = f"{iri}/participation/{participation.position}"
            self._fact(part, DP.Participation, participation.wording, participation.qualifier)
            facts.link(iri, DP.hasParticipation, part)
            facts.value(part, DP.position, participation.position)
            self._words(part, DP.wording, participation.wording)
            self._words(part, DP.qualifier, participation.qualifier)
            self._words(part, DP.roleWording, participation.role)
            if participation.actor:
                facts.link(part, DP.participant, ids.thing("actors", participation.actor))

    def _timetable(self, action: str, timetable: Timetable) -> None:
        facts = self.facts
        iri = self._fact(f"{action}/timetable", DP.Timetable, timetable.readings)
        facts.link(action, DP.hasTimetable, iri)
        facts.link(iri, DP.timetableBasis, ids.concept("timetable-basis", timetable.basis))
        facts.value(iri, DP.ongoing, timetable.ongoing)
        self._words(iri, DP.wording, timetable.readings)
        if timetable.start is None or timetable.end is None:
            return
        facts.value(iri, DP.startYear, timetable.start)
        facts.value(iri, DP.endYear, timetable.end)
        facts.type(iri, TIME.ProperInterval)
        for name, predicate, day in (
            ("first-day", TIME.hasBeginning, f"{timetable.start}-01-01"),
            ("last-day", TIME.hasEnd, f"{timetable.end}-12-31"),
        ):
            instant = f"{iri}/{name}"
            facts.link(iri, predicate, instant)
            facts.type(instant, TIME.Instant)
            facts.typed(instant, TIME.inXSDDate, day, XSD.date)

    def _indicator(self, indicator: Indicator) -> None:
        facts = self.facts
        iri = f"{self._root}/indicator/{indicator.number}"
        self._fact(iri, DP.Indicator, indicator.label, indicator.text)
        facts.value(iri, DP.number, indicator.number)
        facts.value(iri, DP.locator, f"indicator {indicator.number}")
        self._words(iri, DP.text, indicator.text)
        self._words(iri, DP.periodicity, indicator.periodicity)
        for name, sources in (
            ("body", indicator.bodies),
            ("source", indicator.data_sources),
        ):
            for number, source in enumerate(sources, start=1):
                self._indicator_source(iri, f"{iri}/{name}/{number}", number, source)
        for number, breakdown in enumerate(indicator.breakdowns, start=1):
            part = self._fact(f"{iri}/breakdown/{number}", DP.IndicatorSource, breakdown.readings)
            facts.link(iri, DP.hasSource, part)
            facts.value(part, DP.position, number)
            facts.value(part, DP.breakdown, breakdown.thing)
            self._words(part, DP.wording, breakdown.readings)

    def _indicator_source(self, indicator: str, iri: str, number: int, source: Source) -> None:
        self._fact(iri, DP.IndicatorSource, source.readings)
        self.facts.link(indicator, DP.hasSource, iri)
        self.facts.value(iri, DP.position, number)
        self._words(iri, DP.wording, source.readings)
        self.facts.link(iri, DP.mentions, ids.thing(source.kind, source.thing))

    # ── the prose ────────────────────────────────────────────────────────────────────────

    def _citation(self, citation: Citation) -> None:
        facts = self.facts
        place = ids.place_in_plan(self._plan.id, citation.where)
        iri = self._fact(f"{place}/citation/{citation.order}", DP.Citation, citation.wording)
        self._place(iri, citation.where)
        self._footnote(iri, citation.footnote)
        self._words(iri, DP.wording, citation.wording)
        facts.link(iri, DP.kind, ids.concept("instrument-kind", citation.kind))
        facts.link(iri, DP.function, ids.concept("citation-function", citation.function))
        facts.value(iri, DP.identifier, citation.identifier)
        facts.value(iri, DP.version, citation.version)
        facts.value(iri, DP.pinpoint, citation.pinpoint)
        if citation.instrument:
            facts.link(iri, DP.cites, ids.thing("instruments", citation.instrument))

    def _commitment(self, commitment: Commitment) -> None:
        facts = self.facts
        place = ids.place_in_plan(self._plan.id, commitment.where)
        iri = f"{place}/commitment/{commitment.order}"
        self._fact(iri, DP.Commitment, commitment.sentence)
        self._place(iri, commitment.where)
        self._footnote(iri, commitment.footnote)
        self._words(iri, DP.wording, commitment.sentence)
        facts.link(iri, DP.modality, ids.concept("modality", commitment.modality))
        facts.value(iri, DP.dueStart, commitment.due_start)
        facts.value(iri, DP.dueEnd, commitment.due_end)
        self._words(iri, DP.dueWording, commitment.due_wording)
        if commitment.amount:
            facts.value(iri, DP.amount, Decimal(commitment.amount))
        facts.value(iri, DP.currency, commitment.currency)
        self._words(iri, DP.amountWording, commitment.amount_wording)
        self._words(iri, DP.promisedByWording, commitment.who_wording)
        for who in commitment.who:
            table, thing = who.split("/")
            facts.link(iri, DP.promisedBy, ids.thing(table, thing))
        if commitment.fund:
            facts.link(iri, DP.fund, ids.thing("programmes", commitment.fund))

    def _mention(self, mention: Mention) -> None:
        place = ids.place_in_plan(self._plan.id, mention.where)
        path = ids.TABLE_PATHS[mention.table]
        iri = f"{place}/{path}/{mention.thing}"
        if mention.role:
            iri = f"{iri}/{mention.role}"
        self._fact(iri, _MENTIONS[mention.table], mention.wording)
        self._place(iri, mention.where)
        self._footnote(iri, mention.footnote)
        self._words(iri, DP.wording, mention.wording)
        self.facts.link(iri, DP.mentions, ids.thing(mention.table, mention.thing))
        if mention.role:
            self.facts.link(iri, DP.role, ids.concept("place-role", mention.role))

    def _footnote(self, iri: str, label: str) -> None:
        if label:
            self.facts.link(iri, DP.inFootnote, f"{self._root}/footnote/{label}")


def _ranges(readings: Readings) -> set[tuple[str, int, int]]:
    return {
        (reading.language, span.start, span.end) for reading in readings for span in reading.spans
    }
