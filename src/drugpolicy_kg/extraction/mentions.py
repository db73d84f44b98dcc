"""What the prose names: acts and documents, places, programmes, themes and bodies."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from drugpolicy_kg.extraction.commitments import Promises
from drugpolicy_kg.extraction.places import PlaceRoles
from drugpolicy_kg.plan import Citation, Mention

if TYPE_CHECKING:
    from drugpolicy_kg.authorities import Authorities, Found
    from drugpolicy_kg.citations import Citation as Reference
    from drugpolicy_kg.citations import Grammar
    from drugpolicy_kg.extraction.building import Builder, Stretch
    from drugpolicy_kg.plan import Commitment, Plan

#: The tables whose names are mentions, and the one whose names are citations.
_MENTIONED = ("places", "programmes", "concepts", "actors")
_CITED = "instruments"


class Mentions:
    """Finds mentions in the passages of an edition, by grammar and by authority tables."""

    def __init__(self, authorities: Authorities, grammar: Grammar) -> None:
        self._authorities = authorities
        self._grammar = grammar

    def added(self, plan: Plan, builder: Builder) -> Plan:
        """Return the plan with its citations, commitments and mentions."""
        harvest = _Harvest(plan, builder, self._authorities, self._grammar)
        for stretch in builder.stretches:
            harvest.take(stretch)
        return replace(
            plan,
            citations=tuple(harvest.citations),
            commitments=tuple(harvest.commitments),
            mentions=tuple(harvest.mentions.values()),
        )


class _Harvest:
    """Gathers the mentions of one edition, passage by passage."""

    def __init__(
        self, plan: Plan, builder: Builder, authorities: Authorities, grammar: Grammar
    ) -> None:
        self.citations: list[Citation] = []
        self.commitments: list[Commitment] = []
        self.mentions: dict[tuple[str, str, str, str], Mention] = {}
        self._builder = builder
        self._code = builder.language.code
        self._authorities = authorities
        self._grammar = grammar
        self._own = _own_reference(builder.definition.number, grammar)
        self._places = PlaceRoles(builder.language)
        self._promises = Promises(builder, authorities)
        self._counts: dict[tuple[str, str], int] = {}
        self._numbered = _numbered_instruments(authorities)
        self._and_list = re.compile(r"[()\w,;/ -]*")
        del plan

    def take(self, stretch: Stretch) -> None:
        """Take everything that one passage names."""
        value = stretch.text.value
        references = self._grammar.find(value)
        names = self._authorities.find(value, self._code)
        names = [name for name in names if not _overlaps(name, references)]
        self._cite(stretch, references, names)
        kept = [name for name in names if name.table in _MENTIONED]
        for name in kept:
            self._mention(stretch, name, kept)
        for entry_id, start, end in self._codes(value):
            self._mention(stretch, _code_found(entry_id, start, end), kept)
        for commitment in self._promises.of(stretch, [*names], references):
            order = self._next(stretch.where, "commitment")
            self.commitments.append(replace(commitment, order=order))

    # ── citations ────────────────────────────────────────────────────────────────────────

    def _cite(
        self, stretch: Stretch, references: tuple[Reference, ...], names: list[Found]
    ) -> None:
        rows: list[tuple[int, Citation]] = []
        for reference in references:
            rows.append((reference.start, self._numbered_citation(stretch, reference)))
        for name in names:
            if name.table == _CITED and not self._is_explained(stretch, name, references):
                rows.append((name.start, self._named_citation(stretch, name)))
        for _, citation in sorted(rows, key=lambda row: row[0]):
            order = self._next(stretch.where, "citation")
            self.citations.append(replace(citation, order=order))

    def _numbered_citation(self, stretch: Stretch, found: Reference) -> Citation:
        reference = found.reference
        identifier = reference.identifier
        function = str(found.function)
        if self._own is not None and reference == self._own:
            function = "self"
        return Citation(
            where=stretch.where,
            footnote=stretch.footnote,
            order=0,
            kind=str(reference.kind),
            identifier=identifier,
            instrument=self._numbered.get(identifier, reference.slug) if identifier else "",
            function=function,
            wording=self._builder.read(stretch.text.cut(found.start, found.end)),
            version=found.version or "",
            pinpoint=found.pinpoint or "",
        )

    def _named_citation(self, stretch: Stretch, name: Found) -> Citation:
        entry = self._authorities.by_id[_CITED, name.id]
        return Citation(
            where=stretch.where,
            footnote=stretch.footnote,
            order=0,
            kind=entry.kind,
            identifier=entry.identifier,
            instrument=entry.id,
            function="cites",
            wording=self._builder.read(stretch.text.cut(name.start, name.end)),
        )

    def _is_explained(
        self, stretch: Stretch, name: Found, references: tuple[Reference, ...]
    ) -> bool:
        """Return whether a name and a number behind it are one mention of one act."""
        entry = self._authorities.by_id[_CITED, name.id]
        for reference in references:
            gap = stretch.text.value[name.end : reference.start]
            if reference.start >= name.end and len(gap) <= len(" ( No "):
                same = reference.reference.identifier == entry.identifier
                if same or "(" in gap:
                    return True
        return False

    # ── things ───────────────────────────────────────────────────────────────────────────

    def _mention(self, stretch: Stretch, name: Found, names: list[Found]) -> None:
        role = ""
        if name.table == "places":
            role = self._place_role(stretch, name, names)
        key = (name.table, stretch.where, name.id, role)
        if key not in self.mentions:
            self.mentions[key] = Mention(
                name.table,
                stretch.where,
                name.id,
                role,
                self._builder.read(stretch.text.cut(name.start, name.end)),
                footnote=stretch.footnote,
            )

    def _place_role(self, stretch: Stretch, name: Found, names: list[Found]) -> str:
        value = stretch.text.value
        for low, high in self._builder.sentences.bounds(value):
            if low <= name.start < high:
                others = [
                    (other.start - low, other.end - low)
                    for other in names
                    if other.table == "places" and low <= other.start < high
                ]
                return self._places.role(
                    value[low:high], name.start - low, name.end - low, others
                )
        return self._places.role(value, name.start, name.end, [])

    def _codes(self, value: str) -> list[tuple[str, int, int]]:
        """Return the places that a bracketed list of country codes names."""
        known = {
            code: entry.id
            for entry in self._authorities.entries.get("places", ())
            for code in entry.codes
        }
        result = []
        for bracket in re.finditer(r"\(([A-Z]{2}(?:, ?[A-Z]{2})+)\)", value):
            result.extend(
                (known[code[0]], bracket.start(1) + code.start(), bracket.start(1) + code.end())
                for code in re.finditer(r"[A-Z]{2}", bracket[1])
                if code[0] in known
            )
        return result

    def _next(self, where: str, what: str) -> int:
        self._counts[where, what] = self._counts.get((where, what), 0) + 1
        return self._counts[where, what]


def _code_found(entry_id: str, start: int, end: int) -> Found:
    from drugpolicy_kg.authorities import Found as FoundName

    return FoundName(start, end, "places", entry_id)


def _numbered_instruments(authorities: Authorities) -> dict[str, str]:
    return {
        entry.identifier: entry.id
        for entry in authorities.entries.get(_CITED, ())
        if entry.identifier
    }


def _overlaps(name: Found, references: tuple[Reference, ...]) -> bool:
    return any(name.start < found.end and found.start < name.end for found in references)


def _own_reference(number: str, grammar: Grammar) -> object:
    found = grammar.find(number)
    return found[0].reference if found else None
