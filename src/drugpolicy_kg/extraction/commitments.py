"""Promises in the prose: a clause about the future that carries a date or money."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drugpolicy_kg.plan import Commitment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drugpolicy_kg.authorities import Authorities, Found
    from drugpolicy_kg.citations import Citation as Reference
    from drugpolicy_kg.document import Text
    from drugpolicy_kg.extraction.building import Builder, Stretch
    from drugpolicy_kg.extraction.dates import Money, When

#: The modality of an action that speaks in imperatives, and of money that is set aside.
IMPERATIVE, FUNDED = "imperative", "funds"
#: How far before a date the verb of something past may stand.
_NEAR = 30


class Promises:
    """Finds the commitments of one edition."""

    def __init__(self, builder: Builder, authorities: Authorities) -> None:
        words = builder.language.commitments
        self._builder = builder
        self._authorities = authorities
        self._adopted = builder.definition.adopted.isoformat()
        self._modalities = [
            (modality.kind, re.compile(rf"\b(?:{'|'.join(modality.patterns)})\b"))
            for modality in words.modalities
        ]
        self._past = re.compile(rf"\b(?:{'|'.join(words.past)})\b")
        self._spending = re.compile(rf"\b(?:{'|'.join(words.spending)})\b", re.IGNORECASE)
        self._passive = re.compile(words.passive)
        self._agent = re.compile(words.agent)
        self._clauses = re.compile(rf"(?:{'|'.join(words.clauses)})")

    def of(
        self, stretch: Stretch, names: Sequence[Found], references: tuple[Reference, ...]
    ) -> list[Commitment]:
        """Return the commitments of a passage, in reading order."""
        value = stretch.text.value
        taken = [(name.start, name.end) for name in names if name.table != "concepts"]
        taken.extend((found.start, found.end) for found in references)
        result: list[Commitment] = []
        for low, high in self._builder.sentences.bounds(value):
            result.extend(self._of_sentence(stretch, low, high, taken, names))
        return result

    def _of_sentence(
        self,
        stretch: Stretch,
        low: int,
        high: int,
        taken: list[tuple[int, int]],
        names: Sequence[Found],
    ) -> list[Commitment]:
        value = stretch.text.value
        whens = [
            when
            for when in self._builder.dates.dates(value, low, high)
            if not _inside(when.start, when.end, taken) and self._is_future(value, low, when)
        ]
        sums = [
            money
            for money in self._builder.dates.money(value, low, high)
            if self._spending.search(value, low, high)
        ]
        if not whens and not sums:
            return []
        result = []
        for index, when in enumerate(whens or [None]):
            money = sums[0] if sums and index == 0 else None
            found = self._commitment(stretch, (low, high), when, money, names)
            if found is not None:
                result.append(found)
        return result

    def _is_future(self, value: str, low: int, when: When) -> bool:
        """Return whether a date is led by a preposition and lies after the plan's own date."""
        begins = when.due_start or when.due_end
        ends = when.due_end or "9999"
        if ends < self._adopted[: len(ends)] or begins[:4] < self._adopted[:4]:
            return False
        if begins < self._adopted[: len(begins)] and when.due_start == when.due_end:
            return False
        if not when.led:
            return False
        before = value[max(low, when.start - _NEAR) : when.start]
        clause = re.split(r"[,;]", before)[-1]
        return not self._past.search(clause)

    def _commitment(
        self,
        stretch: Stretch,
        bounds: tuple[int, int],
        when: When | None,
        money: Money | None,
        names: Sequence[Found],
    ) -> Commitment | None:
        value = stretch.text.value
        low, high = bounds
        anchor = when or money
        if anchor is None:
            return None
        modality, verb = self._modality(value, low, high, anchor.start)
        if not modality and money is not None and self._is_set_aside(value, low, money.start):
            modality = FUNDED
        if not modality and stretch.imperative and when is not None:
            dated = (when.due_start or when.due_end)[:4]
            modality = IMPERATIVE if dated > self._adopted[:4] else ""
        if not modality:
            return None
        who, who_text = self._who(stretch.text, names, low, high, verb)
        read = self._builder.read
        cut = stretch.text.cut
        return Commitment(
            where=stretch.where,
            footnote=stretch.footnote,
            order=0,
            modality=modality,
            sentence=read(cut(low, high)),
            who=who,
            who_wording=read(who_text),
            due_start=when.due_start if when else "",
            due_end=when.due_end if when else "",
            due_wording=read(cut(when.start, when.end)) if when else (),
            amount=money.amount if money else "",
            currency=money.currency if money else "",
            amount_wording=read(cut(money.start, money.end)) if money else (),
            fund=self._fund(names, low, high),
        )

    def _modality(
        self, value: str, low: int, high: int, anchor: int
    ) -> tuple[str, re.Match[str] | None]:
        """Return the modality whose words stand nearest to a date, before it if any do."""
        best: tuple[int, int, str, re.Match[str]] | None = None
        for kind, pattern in self._modalities:
            for found in pattern.finditer(value, low, high):
                behind = found.start() > anchor
                distance = abs(found.start() - anchor)
                if best is None or (behind, distance) < best[:2]:
                    best = (behind, distance, kind, found)
        return (best[2], best[3]) if best else ("", None)

    def _is_set_aside(self, value: str, low: int, anchor: int) -> bool:
        return not self._past.search(value, low, anchor)

    def _who(
        self,
        text: Text,
        names: Sequence[Found],
        low: int,
        high: int,
        verb: re.Match[str] | None,
    ) -> tuple[str, Text | None]:
        """Return who promises: the subject of the verb, or the agent behind a passive."""
        if verb is None:
            return "", None
        value = text.value
        bodies = [name for name in names if name.table in {"actors", "programmes", "places"}]
        if self._passive.match(value, verb.start()):
            agent = self._agent.search(value, verb.end(), high)
            if agent is None:
                return "", None
            for name in bodies:
                if agent.end() <= name.start <= agent.end() + _NEAR:
                    return f"{name.table}/{name.id}", text.cut(name.start, name.end)
            return "", None
        start = self._clause_start(value, low, verb.start())
        subjects = [name for name in bodies if start <= name.start and name.end <= verb.start()]
        if subjects:
            first = subjects[0]
            return f"{first.table}/{first.id}", text.cut(first.start, first.end)
        words = text.cut(start, verb.start()).strip()
        return "", words if 0 < len(words.value.split()) <= 6 else None  # noqa: PLR2004

    def _clause_start(self, value: str, low: int, verb: int) -> int:
        """Return where the clause of a verb begins: behind the last comma or conjunction."""
        start = low
        for found in self._clauses.finditer(value, low, verb):
            if value[found.end() : verb].strip():
                start = found.end()
        return start

    def _fund(self, names: Sequence[Found], low: int, high: int) -> str:
        funds = {
            entry.id
            for entry in self._authorities.entries.get("programmes", ())
            if entry.kind == "funding-programme"
        }
        for name in names:
            if low <= name.start < high and name.table == "programmes" and name.id in funds:
                return name.id
        return ""


def _inside(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return any(low < end and start < high for low, high in taken)
