"""Whether what the parts of a plan say can be: periods, priorities, sources, bodies, titles."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.checking.sheets import Sheet
    from drugpolicy_kg.findings import Notice
    from drugpolicy_kg.plan import Action, Readings

_REVERSED, _OUTSIDE, _NO_PERIOD = "DP-TIM-002", "DP-TIM-003", "DP-TIM-004"
_NO_PRIORITY, _NO_SOURCE, _ENDED = "DP-STR-001", "DP-MSR-001", "DP-BDY-001"
_OTHER_TITLE, _UNLISTED = "DP-TTL-001", "DP-TTL-002"
_ANNEX = "annex"


def periods(sheet: Sheet) -> Iterator[Notice]:
    """Yield timetables that run backwards or out of the plan's period, or a period that does."""
    period = sheet.plan.period
    edition = sheet.plan.editions[0]
    if period and period[0] > period[1]:
        yield sheet.notice(_REVERSED, edition.period, "", start=period[0], end=period[1])
        return
    for action in sheet.plan.actions:
        timetable = action.timetable
        thing = f"action {action.number}"
        if timetable is None and sheet.definition.layout.timetable == "plan":
            yield sheet.notice(_NO_PERIOD, action.label, thing)
        if timetable is None or timetable.start is None or timetable.end is None:
            continue
        years = {"start": timetable.start, "end": timetable.end}
        if timetable.start > timetable.end:
            yield sheet.notice(_REVERSED, timetable.readings, thing, **years)
        elif period and not period[0] <= timetable.start <= timetable.end <= period[1]:
            yield sheet.notice(
                _OUTSIDE, timetable.readings, thing, **years, first=period[0], last=period[1]
            )


def places(sheet: Sheet) -> Iterator[Notice]:
    """Yield actions outside any priority, and indicators that nothing measures."""
    for action in sheet.plan.actions:
        if action.priority is None and not action.governance:
            yield sheet.notice(_NO_PRIORITY, action.label, f"action {action.number}")
    for indicator in sheet.plan.indicators:
        if not indicator.bodies and not indicator.data_sources:
            thing = f"indicator {indicator.number}"
            yield sheet.notice(_NO_SOURCE, indicator.label or indicator.text, thing)


def bodies(sheet: Sheet, authorities: Authorities) -> Iterator[Notice]:
    """Yield bodies that had ended before the date of the plan; footnotes may speak of the past."""
    adopted = sheet.plan.adopted
    if adopted is None:
        return
    known = authorities.by_id
    named: list[tuple[str, str, Readings]] = [
        (f"action {action.number}", part.actor, part.wording)
        for action in sheet.plan.actions
        for part in action.participations
    ]
    named.extend(
        (mention.where, mention.thing, mention.wording)
        for mention in sheet.plan.mentions
        if mention.table == "actors" and not mention.footnote
    )
    named.extend(
        (f"indicator {indicator.number}", body.thing, body.readings)
        for indicator in sheet.plan.indicators
        for body in indicator.bodies
    )
    seen: set[object] = set()
    for thing, actor, wording in named:
        entry = known.get(("actors", actor))
        key = (thing, actor, wording[0].spans if wording else ())
        if entry is None or entry.until is None or entry.until >= adopted or key in seen:
            continue
        seen.add(key)
        successor = known.get(("actors", entry.successor or ""))
        language = sheet.language.code
        name = successor.names.get(language) if successor else None
        yield sheet.notice(
            _ENDED,
            wording,
            thing,
            body=wording[0].text if wording else actor,
            until=entry.until,
            adopted=adopted,
            successor=name.label if name else "–",
        )


def titles(sheet: Sheet) -> Iterator[Notice]:
    """Yield actions and priorities that the annex words otherwise, or does not list."""
    plan = sheet.plan
    if not any(section.key == _ANNEX for section in plan.sections):
        return
    numbers = Counter(action.number for action in plan.actions)
    for action in plan.actions:
        if numbers[action.number] > 1:
            continue  # which of the two the annex means, nobody knows
        yield from _compared(sheet, f"action {action.number}", action, action.annex_title)
    for priority in plan.priorities:
        if priority.annex_title and _plain(priority.title) != _plain(priority.annex_title):
            yield sheet.notice(
                _OTHER_TITLE,
                priority.annex_title,
                f"priority {priority.number}",
                body=priority.title[0].text,
                annex=priority.annex_title[0].text,
            )


def _compared(sheet: Sheet, thing: str, action: Action, listed: Readings) -> Iterator[Notice]:
    if not listed:
        yield sheet.notice(_UNLISTED, action.label, thing)
    elif _plain(action.title) != _plain(listed):
        yield sheet.notice(
            _OTHER_TITLE, listed, thing, body=action.title[0].text, annex=listed[0].text
        )


def _plain(title: Readings) -> str:
    """Return a title by its words: its case, its blanks and a full stop say nothing."""
    return " ".join(title[0].text.casefold().split()).rstrip(".") if title else ""
