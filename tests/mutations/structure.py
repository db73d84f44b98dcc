"""Defects of numbers, counts, timetables, codes and bodies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.mutations.planting import Edition, Place, codes, kind, timetables

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS = {"DP-NUM-001", "DP-NUM-002", "DP-NUM-003"}
#: What follows when an action is taken for another one, or is lost.
_LOST = {"DP-LNG-001", "DP-CNT-002", "DP-TTL-002", "DP-TTL-003", *_NUMBERS}


# ── numbering ────────────────────────────────────────────────────────────────────────────


def _renumbered(edition: Edition, change: int) -> Iterator[Place]:
    for action in edition.actions:
        thing = f"action {action.number}"
        if action.number + change > 0:
            new = str(action.number + change)
            yield from edition.swapped(action.label, r"\d+", new, thing)


@kind("an action's number stands twice", "DP-NUM-002", follows=_LOST)
def _twice(edition: Edition) -> Iterator[Place]:
    yield from _renumbered(edition, -1)


@kind("an action's number jumps", "DP-NUM-001", "DP-NUM-003", follows=_LOST)
def _jump(edition: Edition) -> Iterator[Place]:
    yield from _renumbered(edition, 60)


@kind(
    "an action is missing",
    "DP-NUM-001",
    follows=_LOST | {"DP-ACT-004", "DP-TTL-001", "DP-TAB-002", "DP-TAB-003"},
)
def _missing(edition: Edition) -> Iterator[Place]:
    """The heading or first cell of an action loses its label."""
    for here, following in zip(edition.actions, edition.actions[1:], strict=False):
        (label,) = edition.spans(here.label)[:1]
        (below,) = edition.spans(following.label)[:1]
        thing, before = f"action {here.number}", f"action {here.number - 1}"
        yield Place(label.start, label.end, "", below.start, thing, before)


@kind("an indicator's number is wrong", *_NUMBERS, follows={"DP-LNG-008"})
def _indicator(edition: Edition) -> Iterator[Place]:
    for own in edition.result.plan.indicators:
        yield from edition.swapped(
            own.label, r"\d+", str(own.number + 30), f"indicator {own.number}"
        )


@kind(
    "a priority's number is wrong",
    *_NUMBERS,
    follows={"DP-LNG-006", "DP-LNG-007", "DP-ACT-004", "DP-PAC-103"},
)
def _priority(edition: Edition) -> Iterator[Place]:
    for own in edition.result.plan.priorities:
        if own.label:
            yield from edition.swapped(own.label, r"\d+", str(own.number + 20), "")


@kind("a section's number is wrong", *_NUMBERS)
def _section(edition: Edition) -> Iterator[Place]:
    for own in edition.result.plan.sections:
        if own.key[0].isdigit():
            yield from edition.swapped(own.label, r"\d+(?=\.?$)", "17", f"section {own.key}")


@kind("an item's label is wrong", "DP-NUM-004", follows={"DP-LNG-005"})
def _item(edition: Edition) -> Iterator[Place]:
    for action in edition.actions:
        if len(action.items) > 1:
            yield from edition.swapped(
                action.text, r"(?<=[ ,;(])ii(?=\))", "iv", f"action {action.number}"
            )


# ── counts ───────────────────────────────────────────────────────────────────────────────


@kind("a stated count is wrong", "DP-CNT-002")
def _stated(edition: Edition) -> Iterator[Place]:
    for own in edition.result.plan.stated:
        yield from edition.swapped(own.readings, r"^\w+(?= )", "twelve", own.where)


# ── timetables ───────────────────────────────────────────────────────────────────────────


@kind("a timetable is malformed", "DP-TIM-001", follows={"DP-LNG-004"})
def _malformed(edition: Edition) -> Iterator[Place]:
    yield from timetables(edition, r"(20)2(\d)(?=\D|$)", r"\1 \2")


@kind("a timetable is reversed", "DP-TIM-002", follows={"DP-LNG-004"})
def _reversed(edition: Edition) -> Iterator[Place]:
    yield from timetables(edition, r"(\d{4})-(\d{4})", r"\2-\1")


@kind("a timetable leaves the plan's period", "DP-TIM-003", follows={"DP-LNG-004"})
def _outside(edition: Edition) -> Iterator[Place]:
    yield from timetables(edition, r"(?<!\d)20(2\d)(?!-)(?!\d)", r"21\1")


# ── codes, priorities, bodies ────────────────────────────────────────────────────────────


@kind("a code stands under the wrong priority", "DP-ACT-004", follows={"DP-LNG-003"})
def _wrong_code(edition: Edition) -> Iterator[Place]:
    yield from codes(edition, "{first}.{second}")


@kind("a code is malformed", "DP-COD-001", follows={"DP-LNG-003"})
def _bad_code(edition: Edition) -> Iterator[Place]:
    yield from codes(edition, "{own},{second}")


@kind(
    "actions stand outside any priority",
    "DP-STR-001",
    follows={"DP-LNG-006", "DP-LNG-007", "DP-ACT-111", "DP-PAC-102", "DP-PAC-104", *_NUMBERS},
)
def _homeless(edition: Edition) -> Iterator[Place]:
    """A strategic priority loses its heading, directly below that of its area."""
    seen: set[str] = set()
    for own in edition.result.plan.priorities:
        first = own.area and own.area not in seen
        seen.add(own.area)
        if first and edition.is_table:
            (label,) = edition.spans(own.label)[:1]
            below = next(a for a in edition.actions if a.priority == own.number)
            (at,) = edition.spans(below.label)[:1]
            end = edition.source.index("\n", label.start)
            yield Place(label.start, end, "", at.start, "")


@kind("a body is misspelt", "DP-PAR-003", follows={"DP-LNG-002"})
def _misspelt(edition: Edition) -> Iterator[Place]:
    for action in edition.actions:
        yield from edition.swapped(
            action.actors_line, r"(Euro|Fro|Com|Eurojus|CEPO|EMCD)(?=[a-zL])", r"\1x",
            f"action {action.number}",
        )  # fmt: skip


@kind("no body is named", "DP-ACT-007", follows={"DP-LNG-002", "DP-TAB-002"})
def _nobody(edition: Edition) -> Iterator[Place]:
    for action in edition.actions:
        spans = edition.spans(action.actors_line)
        label = edition.spans(action.label)
        if len(spans) == 1 and label:
            yield Place(spans[0].start, spans[0].end, "", label[0].start, f"action {action.number}")


@kind("a body had ended", "DP-BDY-001")
def _ended(edition: Edition) -> Iterator[Place]:
    if edition.name == "com-2025-744":
        for action in edition.actions:
            yield from edition.swapped(
                action.actors_line, r"\bEuropol\b", "EMCDDA", f"action {action.number}"
            )


@kind("an indicator has no source", "DP-MSR-001", follows={"DP-SRC-005"})
def _sourceless(edition: Edition) -> Iterator[Place]:
    for own in edition.result.plan.indicators:
        (label,) = edition.spans(own.label)[:1]
        for span in edition.spans(own.text):
            found = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)").findall(
                edition.source, span.start, span.end
            )
            if len(found) == 1 and len(edition.spans(own.text)) == 1:
                start = edition.source.index(found[0], span.start)
                yield Place(
                    start, start + len(found[0]), "", label.start, f"indicator {own.number}"
                )
