"""Promises in the prose: a clause about the future that carries a date or money."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drugpolicy_kg.extraction.labels import any_of
from drugpolicy_kg.plan import Commitment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.citations import Citation as Reference
    from drugpolicy_kg.document import Text
    from drugpolicy_kg.extraction.building import Builder
    from drugpolicy_kg.extraction.dates import Money, When
    from drugpolicy_kg.extraction.stretches import Stretch
    from drugpolicy_kg.names import Found

#: The modality of an action that speaks in imperatives, and of money that is set aside.
IMPERATIVE, FUNDED = "imperative", "funds"
#: How far before a date the verb of something past may stand.
_NEAR = 30
#: The most words of a subject that no table knows, and of a sentence's length.
_SHORT, _SENTENCE = 6, 250
#: The tables whose things can promise.
_PROMISERS = {"actors", "programmes", "places"}


class Promises:
    """Finds the commitments of one edition."""

    def __init__(self, builder: Builder, authorities: Authorities) -> None:
        words = builder.language.commitments
        self._builder = builder
        self._authorities = authorities
        adopted = builder.definition.adopted
        self._adopted = adopted.isoformat() if adopted else ""
        self._modalities = [
            (modality.kind, re.compile(rf"\b(?:{'|'.join(modality.patterns)})\b"))
            for modality in words.modalities
        ]
        self._past = re.compile(rf"\b(?:{'|'.join(words.past)})\b")
        self._spending = re.compile(rf"\b(?:{'|'.join(words.spending)})\b", re.IGNORECASE)
        self._passive = re.compile(words.passive)
        self._agent = re.compile(words.agent)
        self._clauses = re.compile(rf"(?:{'|'.join(words.clauses)})")
        language = builder.language
        articles = any_of(language.articles) if language.articles else "(?!)"
        conjunctions = any_of(language.conjunctions)
        self._preposition = re.compile(
            rf"\b(?:{any_of(words.prepositions)})\s+(?:(?:{articles})\s+)?$", re.IGNORECASE
        )
        self._possessive = re.compile("['’]s?\\s+(?=[A-Z])")
        self._joins = re.compile(rf"\b(?:{conjunctions})\s+$")
        self._joined = re.compile(
            rf"[\s,]*(?:(?:{conjunctions})\s+)?(?:(?:{articles})\s+)?", re.IGNORECASE
        )
        self._pronouns = {word.casefold() for word in words.pronouns}

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
        first = max(low, when.start - _NEAR)
        first += max(value[first : when.start].rfind(sign) for sign in ",;") + 1
        passives = [found.span() for found in self._passive.finditer(value, low, when.start)]
        return all(
            any(start <= past.start() < end for start, end in passives)
            for past in self._past.finditer(value, first, when.start)
        )

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
            fund=self._fund(names, low, high, money=money is not None),
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
    ) -> tuple[tuple[str, ...], Text | None]:
        """Return who promises: the subjects of the verb, or the agent behind a passive."""
        if verb is None:
            return (), None
        value = text.value
        bodies = [name for name in names if name.table in _PROMISERS and low <= name.start < high]
        if self._passive.match(value, verb.start()):
            agent = self._agent.search(value, verb.end(), high)
            found = [n for n in bodies if agent and 0 <= n.start - agent.end() <= _NEAR]
            return _told(text, found[:1])
        verb = self._first_of_pair(value, low, verb)
        subjects = [
            name
            for name in bodies
            if name.end <= verb.start() and not self._is_governed(value, low, name)
        ]
        group = self._coordinated(value, subjects, verb.start())
        if group:
            return _told(text, group)
        start = self._clause_start(value, low, verb.start())
        words = text.cut(start, verb.start()).strip()
        if words.value.casefold() in self._pronouns or not 0 < len(words.value.split()) <= _SHORT:
            return (), None
        return (), words

    def _first_of_pair(self, value: str, low: int, verb: re.Match[str]) -> re.Match[str]:
        """Return the verb before, where a conjunction joins this one to it (*will … and will*)."""
        if not self._joins.search(value, low, verb.start()):
            return verb
        earlier = [
            found
            for _, pattern in self._modalities
            for found in pattern.finditer(value, low, verb.start())
        ]
        return max(earlier, key=lambda found: found.start(), default=verb)

    def _is_governed(self, value: str, low: int, name: Found) -> bool:
        """Return whether a name hangs on a preposition or owns what follows it."""
        return bool(
            self._preposition.search(value, low, name.start)
            or self._possessive.match(value, name.end)
        )

    def _coordinated(self, value: str, subjects: list[Found], verb: int) -> list[Found]:
        """Return the last subject before a verb with those that a list joins to it."""
        if not subjects or verb - subjects[-1].end > 2 * _NEAR:
            return []
        group = [subjects[-1]]
        for name in reversed(subjects[:-1]):
            if not self._joined.fullmatch(value, name.end, group[0].start):
                break
            group.insert(0, name)
        return group

    def _clause_start(self, value: str, low: int, verb: int) -> int:
        """Return where the clause of a verb begins: behind the last comma or conjunction."""
        start = low
        for found in self._clauses.finditer(value, low, verb):
            if value[found.end() : verb].strip():
                start = found.end()
        return start

    def _fund(self, names: Sequence[Found], low: int, high: int, *, money: bool) -> str:
        """Return the fund that a sentence names, or for money the sentence before it."""
        funds = {
            entry.id
            for entry in self._authorities.entries.get("programmes", ())
            if entry.kind == "funding-programme"
        }
        own = [n for n in names if n.table == "programmes" and n.id in funds and n.start < high]
        here = [name.id for name in own if low <= name.start]
        before = [name.id for name in own if low - _SENTENCE <= name.start < low] if money else []
        return next(iter([*here, *reversed(before)]), "")


def _told(text: Text, names: list[Found]) -> tuple[tuple[str, ...], Text | None]:
    if not names:
        return (), None
    things = tuple(f"{name.table}/{name.id}" for name in names)
    return things, text.cut(names[0].start, names[-1].end)


def _inside(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return any(low < end and start < high for low, high in taken)
