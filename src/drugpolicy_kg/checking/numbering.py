"""Whether everything that has a number is counted up without a gap and without a repetition.

Interinstitutional style guide, part two (divisions of acts are numbered consecutively):
a number that is missing points at something lost, a number that stands twice at two things
under one name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drugpolicy_kg.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drugpolicy_kg.checking.sheets import Sheet
    from drugpolicy_kg.findings import Notice
    from drugpolicy_kg.plan import Readings

_GAP, _TWICE, _ORDER, _ITEM = "DP-NUM-001", "DP-NUM-002", "DP-NUM-003", "DP-NUM-004"
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")
#: How far back a number can have its forerunner; keeps the work linear.
_REACH = 40
#: The label of an item: (i), ii), behind a blank or a sign.
_LABEL = re.compile(r"(?:(?<=[\s:;,.(>*])|^)(\(?)([ivx]{1,5})\)")


def check(sheet: Sheet) -> Iterator[Notice]:
    """Yield where actions, priorities, indicators, footnotes, sections or items do not count up."""
    plan = sheet.plan
    rows: dict[str, list[tuple[int, Readings]]] = {
        "action": [(own.number, own.label) for own in plan.actions],
        "indicator": [(own.number, own.label) for own in plan.indicators],
        "footnote": [(int(own.label), own.text) for own in plan.footnotes if own.label.isdecimal()],
        "priority": [(own.number, own.label) for own in plan.priorities if own.label],
    }
    for what, numbered in rows.items():
        yield from _counted(sheet, what, numbered)
    yield from _areas(sheet)
    yield from _sections(sheet)
    for action in plan.actions:
        yield from _items(sheet, f"action {action.number}", action.text)


def _counted(sheet: Sheet, what: str, rows: Sequence[tuple[int, Readings]]) -> Iterator[Notice]:
    numbers = [number for number, _ in rows]
    for fault in faults(numbers):
        number, words = rows[fault.index]
        yield sheet.notice(
            fault.code,
            words,
            f"{what} {number}",
            found=number,
            missing=_listed(fault.missing),
            expected=fault.expected,
        )


@dataclass(frozen=True)
class Fault:
    """A number that does not follow the others: which one, and what was expected there."""

    code: str
    index: int
    expected: int
    missing: tuple[int, ...] = ()


def faults(numbers: Sequence[int]) -> list[Fault]:
    """Return which numbers stand out of their row, stand twice, or have a gap before them.

    The longest row that counts up is taken to be right. A number outside of it that stands
    where one is missing is the fault, and no gap is reported beside it.

    >>> [(fault.code, fault.index) for fault in faults([1, 2, 72, 4])]
    [('DP-NUM-003', 2)]
    >>> [(fault.code, fault.index) for fault in faults([1, 2, 2, 4, 7])]
    [('DP-NUM-002', 2), ('DP-NUM-001', 4)]
    """
    row = _rising(numbers)
    known, result = set(numbers), []
    before, last = -1, 0
    for index in [*row, len(numbers)]:
        strays = range(before + 1, index)
        end = numbers[index] if index < len(numbers) else last + 1
        missing = [number for number in range(last + 1, end) if number not in known]
        for place, stray in enumerate(strays):
            expected = missing[place] if place < len(missing) else last + 1
            code = _TWICE if numbers.count(numbers[stray]) > 1 else _ORDER
            result.append(Fault(code, stray, expected))
        if index < len(numbers) and len(missing) > len(strays):
            left = tuple(missing[len(strays) :])
            result.append(Fault(_GAP, index, left[0], left))
        before, last = index, end if index < len(numbers) else last
    return _first_of_two(numbers, result)


def _first_of_two(numbers: Sequence[int], found: list[Fault]) -> list[Fault]:
    """Return faults in which, of two equal numbers behind a gap, the first is the wrong one."""
    result: list[Fault] = []
    for fault in found:
        gap = result[-1] if result else None
        if (
            gap is not None
            and (gap.code, fault.code, len(gap.missing)) == (_GAP, _TWICE, 1)
            and fault.index == gap.index + 1
            and numbers[fault.index] == numbers[gap.index]
        ):
            result[-1] = Fault(_TWICE, gap.index, gap.missing[0])
        else:
            result.append(fault)
    return result


def _rising(numbers: Sequence[int]) -> list[int]:
    """Return the indices of the longest row that counts up, its steps as small as can be."""
    best: list[tuple[int, int, int]] = []
    for index, number in enumerate(numbers):
        length, step, come = 1, -(number - 1), -1
        for earlier in range(max(0, index - _REACH), index):
            if numbers[earlier] < number:
                row = (best[earlier][0] + 1, best[earlier][1] - (number - numbers[earlier] - 1))
                if row > (length, step):
                    length, step, come = *row, earlier
        best.append((length, step, come))
    if not best:
        return []
    at = max(range(len(best)), key=lambda own: (best[own][0], best[own][1], -own))
    result: list[int] = []
    while at >= 0:
        result.append(at)
        at = best[at][2]
    return result[::-1]


def _listed(numbers: Sequence[int]) -> str:
    """Return numbers as a person writes them, a long run as first and last.

    >>> _listed([4]), _listed([4, 5, 6, 9]), _listed([])
    ('4', '4–6, 9', '')
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _areas(sheet: Sheet) -> Iterator[Notice]:
    rows = [(ord(area.code) - ord("A") + 1, area.label) for area in sheet.plan.areas]
    for notice in _counted(sheet, "area", rows):
        told = {name: _lettered(value) for name, value in notice.values}
        yield sheet.at(notice.code, notice.span, notice.quotation, "", **told)


def _lettered(numbers: str) -> str:
    return re.sub(r"\d+", lambda found: chr(ord("A") + int(found[0]) - 1), numbers)


def _sections(sheet: Sheet) -> Iterator[Notice]:
    """Yield where a section does not follow the one before it, level by level."""
    last: list[int] = []
    seen: set[str] = set()
    for section in sheet.plan.sections:
        if not section.key[0].isdigit():
            continue
        parts = [int(part) for part in section.key.split(".")]
        depth = len(parts)
        above = last[: depth - 1]
        expected = [*above, (last[depth - 1] if len(last) >= depth else 0) + 1]
        thing = f"section {section.key}"
        if section.key in seen:
            yield sheet.notice(_TWICE, section.label, thing, found=section.key)
        elif parts != expected:
            dotted = ".".join(str(part) for part in expected)
            code = _GAP if parts > expected else _ORDER
            yield sheet.notice(
                code, section.label, thing, missing=dotted, expected=dotted, found=section.key
            )
        seen.add(section.key)
        last = parts


def _items(sheet: Sheet, thing: str, text: Readings) -> Iterator[Notice]:
    """Yield the label of an item that does not follow the one before it; (i) begins anew."""
    labels = [found for found in sheet.search(text, _LABEL) if found[2] in _ROMAN]
    expected = 1
    for found in labels:
        number = _ROMAN.index(found[2])
        if number not in {1, expected}:
            yield sheet.at(
                _ITEM, _span(found), found[0], thing, found=found[2], expected=_ROMAN[expected]
            )
        expected = min(number + 1, len(_ROMAN) - 1)
    if len(labels) == 1 and labels[0][2] == _ROMAN[1]:
        found = labels[0]
        yield sheet.at(_ITEM, _span(found), found[0], thing, found=found[2], expected=_ROMAN[2])


def _span(found: re.Match[str]) -> Span:
    return Span(found.start(1), found.end())
