"""Whether everything that has a number is counted up without a gap and without a repetition.

Interinstitutional style guide, part two (divisions of acts are numbered consecutively):
a number that is missing points at something lost, a number that stands twice at two things
under one name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drugpolicy_kg.evidence import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drugpolicy_kg.checking.sheets import Sheet
    from drugpolicy_kg.findings import Notice
    from drugpolicy_kg.plan import Readings

_GAP, _TWICE, _ORDER, _ITEM = "DP-NUM-001", "DP-NUM-002", "DP-NUM-003", "DP-NUM-004"
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")
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
    known = {number for number, _ in rows}
    seen: set[int] = set()
    expected = 1
    for number, words in rows:
        thing = f"{what} {number}"
        missing = [n for n in range(expected, number) if n not in known]
        if number in seen:
            yield sheet.notice(_TWICE, words, thing, found=number)
        elif missing:
            yield sheet.notice(_GAP, words, thing, missing=_listed(missing), found=number)
        elif number < expected:
            yield sheet.notice(_ORDER, words, thing, found=number, expected=expected)
        seen.add(number)
        expected = max(expected, number + 1)


def _listed(numbers: list[int]) -> str:
    """Return numbers as a person writes them, a long run as first and last.

    >>> _listed([4]), _listed([4, 5, 6])
    ('4', '4–6')
    """
    return f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


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
