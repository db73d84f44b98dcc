"""Merge: the plans of all editions become one plan; where they disagree, it is said.

The reference edition decides; another edition adds its words. What only another edition
has is kept too. The order in which editions are given changes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from drugpolicy_kg.findings import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from drugpolicy_kg.plan import (
        Action,
        Citation,
        Commitment,
        Indicator,
        Mention,
        Participation,
        Plan,
        Priority,
        Readings,
        Source,
    )

Fact = TypeVar("Fact")


def merge(plans: Iterable[Plan]) -> tuple[Plan, list[Notice]]:
    """Return the plan that all editions together tell, and where they disagree.

    Raises `ValueError` if no plan is given, or if they are not editions of one version.
    """
    given = list(plans)
    if not given or len({(plan.id, plan.version) for plan in given}) != 1:
        raise ValueError("editions of one version of one plan are merged")
    reference = given[0].reference
    given.sort(key=lambda plan: (plan.editions[0].language != reference, plan.editions[0].language))
    result = given[0]
    notices: list[Notice] = []
    for other in given[1:]:
        notices.extend(_disagreements(result, other))
        result = _merged(result, other)
    return result, notices


def _both(ours: Readings, theirs: Readings) -> Readings:
    """Return our readings, then theirs in languages that we have none in."""
    have = {reading.language for reading in ours}
    return (*ours, *(reading for reading in theirs if reading.language not in have))


def _keyed(
    ours: tuple[Fact, ...],
    theirs: tuple[Fact, ...],
    key: Callable[[Fact], Hashable],
    join: Callable[[Fact, Fact], Fact],
) -> tuple[Fact, ...]:
    """Return our facts joined with theirs of the same key, then those that only they have."""
    known = {key(fact): fact for fact in theirs}
    mine = {key(fact) for fact in ours}
    joined = [join(fact, known[key(fact)]) if key(fact) in known else fact for fact in ours]
    return (*joined, *(fact for fact in theirs if key(fact) not in mine))


def _numbered(
    facts: Iterable[Fact], key: Callable[[Fact], Hashable]
) -> list[tuple[Hashable, Fact]]:
    """Return each fact under its key and how many of that key came before it."""
    seen: Counter[Hashable] = Counter()
    result: list[tuple[Hashable, Fact]] = []
    for fact in facts:
        result.append(((key(fact), seen[key(fact)]), fact))
        seen[key(fact)] += 1
    return result


def _merged(ours: Plan, theirs: Plan) -> Plan:
    return replace(
        ours,
        editions=(*ours.editions, *theirs.editions),
        areas=_keyed(
            ours.areas,
            theirs.areas,
            lambda area: area.code,
            lambda a, b: replace(a, title=_both(a.title, b.title), label=_both(a.label, b.label)),
        ),
        priorities=_keyed(
            ours.priorities,
            theirs.priorities,
            lambda priority: priority.number,
            lambda a, b: replace(
                a,
                title=_both(a.title, b.title),
                pillar_words=_both(a.pillar_words, b.pillar_words),
                annex_title=_both(a.annex_title, b.annex_title),
                label=_both(a.label, b.label),
            ),
        ),
        governance=_both(ours.governance, theirs.governance),
        codes=_keyed(
            ours.codes,
            theirs.codes,
            lambda code: code.notation,
            lambda a, b: replace(a, readings=_both(a.readings, b.readings)),
        ),
        sections=_keyed(
            ours.sections,
            theirs.sections,
            lambda section: section.key,
            lambda a, b: replace(
                a,
                title=_both(a.title, b.title),
                text=_both(a.text, b.text),
                label=_both(a.label, b.label),
            ),
        ),
        actions=_actions(ours.actions, theirs.actions),
        indicators=_keyed(
            ours.indicators, theirs.indicators, lambda indicator: indicator.number, _indicator
        ),
        footnotes=_keyed(
            ours.footnotes,
            theirs.footnotes,
            lambda footnote: footnote.label,
            lambda a, b: replace(a, text=_both(a.text, b.text), mark=_both(a.mark, b.mark)),
        ),
        stated=_keyed(
            ours.stated,
            theirs.stated,
            lambda stated: (stated.what, stated.where, stated.count),
            lambda a, b: replace(a, readings=_both(a.readings, b.readings)),
        ),
        citations=_citations(ours.citations, theirs.citations),
        commitments=_commitments(ours.commitments, theirs.commitments),
        mentions=_mentions(ours.mentions, theirs.mentions),
        period=ours.period or theirs.period,
        column_heads=(*ours.column_heads, *theirs.column_heads),
    )


def _actions(ours: tuple[Action, ...], theirs: tuple[Action, ...]) -> tuple[Action, ...]:
    """Return all actions; where only one edition has some, in the order of their numbers."""
    joined = _keyed(ours, theirs, lambda action: action.number, _action)
    if len(joined) == len(ours):
        return joined
    return tuple(sorted(joined, key=lambda action: action.number))


def _action(ours: Action, theirs: Action) -> Action:
    timetable = ours.timetable or theirs.timetable
    if ours.timetable and theirs.timetable:
        timetable = replace(
            ours.timetable, readings=_both(ours.timetable.readings, theirs.timetable.readings)
        )
    return replace(
        ours,
        title=_both(ours.title, theirs.title),
        text=_both(ours.text, theirs.text),
        label=_both(ours.label, theirs.label),
        items=_keyed(
            ours.items,
            theirs.items,
            lambda item: item.number,
            lambda a, b: replace(a, readings=_both(a.readings, b.readings)),
        ),
        timetable=timetable,
        participations=_participations(ours.participations, theirs.participations),
        annex_title=_both(ours.annex_title, theirs.annex_title),
        actors_line=_both(ours.actors_line, theirs.actors_line),
    )


def _participations(
    ours: tuple[Participation, ...], theirs: tuple[Participation, ...]
) -> tuple[Participation, ...]:
    """Join bodies by position where both editions list as many; else ours stand alone."""
    if not ours:
        return theirs
    if len(ours) != len(theirs):
        return ours
    return tuple(_participation(a, b) for a, b in zip(ours, theirs, strict=True))


def _participation(ours: Participation, theirs: Participation) -> Participation:
    return replace(
        ours,
        role=_both(ours.role, theirs.role),
        wording=_both(ours.wording, theirs.wording),
        qualifier=_both(ours.qualifier, theirs.qualifier),
    )


def _indicator(ours: Indicator, theirs: Indicator) -> Indicator:
    def sources(mine: tuple[Source, ...], other: tuple[Source, ...]) -> tuple[Source, ...]:
        return _keyed(
            mine,
            other,
            lambda source: source.thing,
            lambda a, b: replace(a, readings=_both(a.readings, b.readings)),
        )

    return replace(
        ours,
        text=_both(ours.text, theirs.text),
        label=_both(ours.label, theirs.label),
        bodies=sources(ours.bodies, theirs.bodies),
        data_sources=sources(ours.data_sources, theirs.data_sources),
        breakdowns=sources(ours.breakdowns, theirs.breakdowns),
        periodicity=_both(ours.periodicity, theirs.periodicity),
    )


def _citations(ours: tuple[Citation, ...], theirs: tuple[Citation, ...]) -> tuple[Citation, ...]:
    def key(citation: Citation) -> Hashable:
        named = citation.identifier or citation.instrument
        return (citation.where, citation.footnote, named)

    return _by_occurrence(
        ours, theirs, key, lambda a, b: replace(a, wording=_both(a.wording, b.wording))
    )


def _commitments(
    ours: tuple[Commitment, ...], theirs: tuple[Commitment, ...]
) -> tuple[Commitment, ...]:
    def key(commitment: Commitment) -> Hashable:
        return (
            commitment.where,
            commitment.footnote,
            commitment.due_start,
            commitment.due_end,
            commitment.amount,
        )

    def join(a: Commitment, b: Commitment) -> Commitment:
        return replace(
            a,
            sentence=_both(a.sentence, b.sentence),
            who_wording=_both(a.who_wording, b.who_wording),
            due_wording=_both(a.due_wording, b.due_wording),
            amount_wording=_both(a.amount_wording, b.amount_wording),
        )

    return _by_occurrence(ours, theirs, key, join)


def _by_occurrence(
    ours: tuple[Fact, ...],
    theirs: tuple[Fact, ...],
    key: Callable[[Fact], Hashable],
    join: Callable[[Fact, Fact], Fact],
) -> tuple[Fact, ...]:
    """Join the n-th fact of a key with their n-th of it."""
    pairs = _keyed(
        tuple(_numbered(ours, key)),
        tuple(_numbered(theirs, key)),
        lambda pair: pair[0],
        lambda a, b: (a[0], join(a[1], b[1])),
    )
    return tuple(fact for _, fact in pairs)


def _mentions(ours: tuple[Mention, ...], theirs: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """Join mentions of one thing at one place; of its role the reference edition decides."""
    result = list(ours)
    exact = {(m.table, m.where, m.thing, m.role): i for i, m in enumerate(result)}
    loose: dict[tuple[str, str, str], int] = {}
    for index, mention in enumerate(result):
        loose.setdefault((mention.table, mention.where, mention.thing), index)
    for mention in theirs:
        place = (mention.table, mention.where, mention.thing)
        found = exact.get((*place, mention.role), loose.get(place))
        if found is None:
            result.append(mention)
        else:
            wording = _both(result[found].wording, mention.wording)
            result[found] = replace(result[found], wording=wording)
    return tuple(result)


# ── disagreements ────────────────────────────────────────────────────────────────────────


def _disagreements(ours: Plan, theirs: Plan) -> Iterable[Notice]:
    here, there = ours.editions[0].language, theirs.editions[0].language

    def differ(code: str, thing: str, a: object, b: object, at: Readings) -> Notice:
        words = next(
            (reading for reading in at if reading.language == there and reading.spans), None
        )
        return Notice(
            code,
            there,
            words.spans[0] if words else None,
            words.text if words else "",
            thing,
            (
                ("ours", _shown(a)),
                ("theirs", _shown(b)),
                ("here", here),
                ("there", there),
            ),
        )

    for code, mine, yours in (
        ("DP-LNG-001", _numbers(ours.actions), _numbers(theirs.actions)),
        ("DP-LNG-007", _numbers(ours.priorities), _numbers(theirs.priorities)),
        ("DP-LNG-008", _numbers(ours.indicators), _numbers(theirs.indicators)),
        ("DP-LNG-009", _labels(ours), _labels(theirs)),
    ):
        if mine.keys() != yours.keys():
            more = [key for key in mine if key not in yours]
            less = [key for key in yours if key not in mine]
            at = yours[less[0]] if less else ()
            yield differ(code, "", more, less, at)
    known = {action.number: action for action in theirs.actions}
    twice = {
        number
        for plan in (ours, theirs)
        for number, count in Counter(action.number for action in plan.actions).items()
        if count > 1
    }
    for action in ours.actions:
        other = known.get(action.number)
        if other is None or action.number in twice:
            continue
        for code, a, b, at in _compared(action, other, theirs):
            if a != b:
                yield differ(code, f"action {action.number}", a, b, at or other.label)


def _shown(value: object) -> str:
    """Return a value as a person reads it; nothing is a dash."""
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value if part not in {None, False}) or "–"
    return "–" if value is None else str(value)


def _numbers(facts: Iterable[Action | Priority | Indicator]) -> dict[object, Readings]:
    """Return the numbers in use, each with the words that carry it."""
    return {fact.number: fact.label or getattr(fact, "title", ()) for fact in facts}


def _labels(plan: Plan) -> dict[object, Readings]:
    return {footnote.label: footnote.text for footnote in plan.footnotes}


def _compared(
    ours: Action, theirs: Action, plan: Plan
) -> Iterable[tuple[str, object, object, Readings]]:
    """Yield rule, both values, and the words of the second edition that say its value."""
    timetable = theirs.timetable.readings if theirs.timetable else ()
    yield "DP-LNG-002", _actors(ours), _actors(theirs), theirs.actors_line
    yield "DP-LNG-003", list(ours.codes), list(theirs.codes), _code_cell(ours, theirs, plan)
    yield "DP-LNG-004", _years(ours), _years(theirs), timetable
    yield "DP-LNG-005", len(ours.items), len(theirs.items), ()
    yield "DP-LNG-006", ours.priority, theirs.priority, ()


def _code_cell(ours: Action, theirs: Action, plan: Plan) -> Readings:
    """Return the words of a code that only their edition has, those next below their label."""
    label = next((span for reading in theirs.label for span in reading.spans), None)
    for code in plan.codes:
        if label is None or code.notation in ours.codes or code.notation not in theirs.codes:
            continue
        for reading in code.readings:
            below = [span for span in reading.spans if span.start > label.start]
            if below:
                return (replace(reading, text=code.notation, spans=(below[0],)),)
    return ()


def _actors(action: Action) -> list[str]:
    return [
        part.actor or next((reading.text for reading in part.wording), "")
        for part in action.participations
    ]


def _years(action: Action) -> tuple[object, ...]:
    timetable = action.timetable
    if timetable is None:
        return ()
    return ("…",) if timetable.ongoing else (timetable.start, timetable.end)
