"""What the prose names: acts and documents, places, programmes, themes and bodies."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import replace
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING

from drugpolicy_kg.extraction.commitments import Promises
from drugpolicy_kg.extraction.places import LOCATION, PlaceRoles
from drugpolicy_kg.extraction.walk import COVER
from drugpolicy_kg.names import Found, folded
from drugpolicy_kg.plan import Citation, Mention

if TYPE_CHECKING:
    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.citations import Citation as Reference
    from drugpolicy_kg.citations import Grammar
    from drugpolicy_kg.extraction.building import Builder
    from drugpolicy_kg.extraction.stretches import Stretch
    from drugpolicy_kg.plan import Commitment, Plan

#: The tables whose names are mentions, and the one whose names are citations.
_THINGS = ("places", "programmes", "actors")
#: Themes are spoken of, not named: they are found inside longer names too.
_THEMES = "concepts"
_CITED = "instruments"
_FIRST, _START = itemgetter(0), attrgetter("start")


class Mentions:
    """Finds mentions in the passages of an edition, by grammar and by authority tables."""

    def __init__(self, authorities: Authorities, grammar: Grammar) -> None:
        self._authorities = authorities
        self._grammar = grammar

    def added(self, plan: Plan, builder: Builder) -> Plan:
        """Return the plan with its citations, commitments and mentions."""
        harvest = _Harvest(builder, self._authorities, self._grammar)
        for stretch in builder.stretches:
            harvest.take(stretch)
        return replace(
            plan,
            citations=tuple(harvest.citations),
            commitments=tuple(harvest.commitments),
            mentions=harvest.settled(),
        )


class _Harvest:
    """Gathers the mentions of one edition, passage by passage."""

    def __init__(self, builder: Builder, authorities: Authorities, grammar: Grammar) -> None:
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

    def take(self, stretch: Stretch) -> None:
        """Take everything that one passage names."""
        value = stretch.text.value
        references = self._grammar.find(value)
        every = self._authorities.find(value, self._code)
        names = [name for name in every if not _overlaps(name, references)]
        self._cite(stretch, references, [name for name in every if name.table == _CITED])
        kept = [name for name in names if name.table in _THINGS]
        kept.extend(self._authorities.find(value, self._code, (_THEMES,)))
        kept.extend(self._codes(value))
        kept.sort(key=lambda name: (name.start, name.end))
        for name in kept:
            self._mention(stretch, name, kept)
        for commitment in self._promises.of(stretch, [*names], references):
            order = self._next(stretch.where, "commitment")
            self.commitments.append(replace(commitment, order=order))

    # ── citations ────────────────────────────────────────────────────────────────────────

    def _cite(
        self, stretch: Stretch, references: tuple[Reference, ...], names: list[Found]
    ) -> None:
        rows = [(found.start, self._numbered_citation(stretch, found)) for found in references]
        for name in names:
            if stretch.where == COVER:
                continue  # a cover speaks of the document itself
            if self._is_own(stretch, name) or self._is_explained(stretch, name, references):
                continue
            inside = _overlaps(name, references)
            if inside and not _within(name, references):
                continue
            function = "in-title" if inside else "cites"
            rows.append((name.start, self._named_citation(stretch, name, function)))
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

    def _named_citation(self, stretch: Stretch, name: Found, function: str) -> Citation:
        entry = self._authorities.by_id[_CITED, name.id]
        return Citation(
            where=stretch.where,
            footnote=stretch.footnote,
            order=0,
            kind=entry.kind,
            identifier=entry.identifier,
            instrument=entry.id,
            function=function,
            wording=self._builder.read(stretch.text.cut(name.start, name.end)),
        )

    def _is_own(self, stretch: Stretch, name: Found) -> bool:
        """Return whether a name is, or stands in, the title by which the plan names itself."""
        entry = self._authorities.by_id[_CITED, name.id]
        if entry.identifier and entry.identifier == getattr(self._own, "identifier", ""):
            return True
        title = folded(self._builder.edition.title)
        plain = folded(stretch.text.value)
        start = plain.find(title, max(0, name.end - len(title)))
        return 0 <= start <= name.start

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
        if name.table != "places":
            self._keep(stretch, name, "")
            return
        if self._builder.is_signature(stretch.text.value, name.start):
            return
        for role in self._place_roles(stretch, name, names) or ("",):
            self._keep(stretch, name, role)

    def _keep(self, stretch: Stretch, name: Found, role: str) -> None:
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

    def settled(self) -> tuple[Mention, ...]:
        """Return the mentions; a place of which no role is said anywhere is a location."""
        told = {
            (mention.where, mention.thing)
            for mention in self.mentions.values()
            if mention.table == "places" and mention.role
        }
        return tuple(
            replace(mention, role=mention.role or LOCATION)
            if mention.table == "places"
            else mention
            for mention in self.mentions.values()
            if mention.table != "places"
            or mention.role
            or (mention.where, mention.thing) not in told
        )

    def _place_roles(self, stretch: Stretch, name: Found, names: list[Found]) -> tuple[str, ...]:
        """Return the roles of a place in its sentence, or in that of a footnote's mark."""
        value = stretch.text.value
        bounds = self._builder.sentences.bounds(value)
        low, high = bounds[max(bisect_right(bounds, name.start, key=_FIRST) - 1, 0)]
        if low <= name.start < high:
            # The names stand in their order: those of the sentence are neighbours.
            first, behind = (bisect_left(names, own, key=_START) for own in (low, high))
            own = [(n.start - low, n.end - low) for n in names[first:behind] if n.table == "places"]
            found = self._places.roles(value[low:high], name.start - low, name.end - low, own)
            if found:
                return found
        if not stretch.context:
            return ()
        return self._places.roles(stretch.context, len(stretch.context), len(stretch.context), [])

    def _codes(self, value: str) -> list[Found]:
        """Return the places that a bracketed list of country codes names."""
        known = {
            code: entry.id
            for entry in self._authorities.entries.get("places", ())
            for code in entry.codes
        }
        result: list[Found] = []
        for bracket in re.finditer(r"\(([A-Z]{2}(?:, ?[A-Z]{2})+)\)", value):
            result.extend(
                Found(
                    bracket.start(1) + code.start(),
                    bracket.start(1) + code.end(),
                    "places",
                    known[code[0]],
                )
                for code in re.finditer(r"[A-Z]{2}", bracket[1])
                if code[0] in known
            )
        return result

    def _next(self, where: str, what: str) -> int:
        self._counts[where, what] = self._counts.get((where, what), 0) + 1
        return self._counts[where, what]


def _numbered_instruments(authorities: Authorities) -> dict[str, str]:
    return {
        entry.identifier: entry.id
        for entry in authorities.entries.get(_CITED, ())
        if entry.identifier
    }


def _overlaps(name: Found, references: tuple[Reference, ...]) -> bool:
    return any(name.start < found.end and found.start < name.end for found in references)


def _within(name: Found, references: tuple[Reference, ...]) -> bool:
    """Return whether a name stands inside the title of a numbered act, before its number."""
    return any(found.start < name.start and name.end < found.end for found in references)


def _own_reference(number: str, grammar: Grammar) -> object:
    found = grammar.find(number)
    return found[0].reference if found else None
