"""Defects of footnotes, acts, the text itself, titles and languages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.mutations.planting import Edition, Place, codes, kind, timetables

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBERS = {"DP-NUM-001", "DP-NUM-002", "DP-NUM-003"}


# ── footnotes ────────────────────────────────────────────────────────────────────────────


@kind("a footnote has lost its mark", "DP-FTN-001", follows={"DP-SCT-101"})
def _markless(edition: Edition) -> Iterator[Place]:
    for note in edition.result.plan.footnotes:
        text = edition.spans(note.text)
        for span in edition.spans(note.mark):
            yield Place(span.start, span.end, "", text[0].start, "")


@kind("a mark has lost its footnote", "DP-FTN-002", follows={"DP-LNG-009", *_NUMBERS})
def _noteless(edition: Edition) -> Iterator[Place]:
    for note in edition.result.plan.footnotes:
        text, mark = edition.spans(note.text), edition.spans(note.mark)
        if edition.name != "com-2020-606" and len(text) == 1 and mark:
            start = edition.source.rindex("\n", 0, text[0].start) + 1
            end = edition.source.find("\n", text[0].end)
            if edition.source[start : text[0].start].strip().startswith("<sup>"):
                yield Place(start, end, "", mark[0].start, "")


# ── acts ─────────────────────────────────────────────────────────────────────────────────


def _acts(edition: Edition, pattern: str, new: str) -> Iterator[Place]:
    for citation in edition.result.plan.citations:
        if citation.identifier.startswith(("Regulation", "Directive", "Decision", "COM", "Frame")):
            yield from edition.swapped(citation.wording, pattern, new, citation.where)


@kind("an act has an impossible number", "DP-CIT-001")
def _impossible(edition: Edition) -> Iterator[Place]:
    yield from _acts(edition, r"(?<=\d{4}/)\d+$", "0")


@kind("an act is yet to come", "DP-CIT-001")
def _future(edition: Edition) -> Iterator[Place]:
    yield from _acts(edition, r"(?<=\) )20\d\d(?=/\d+$)", "2035")
    yield from _acts(edition, r"(?<=COM/)20\d\d", "2035")


@kind("an act's number is malformed", "DP-CIT-002")
def _crooked(edition: Edition) -> Iterator[Place]:
    for citation in edition.result.plan.citations:
        if citation.identifier.startswith(("Regulation", "Directive", "Framework")):
            yield from edition.swapped(
                citation.wording, r"^(\w+ \(EU\) \d{4})/(\d+)$", r"\1-\2", citation.where
            )
            yield from edition.swapped(
                citation.wording, r"^(\w+ \(EU\) \d{4})/(\d+)$", r"\1\2", citation.where
            )


@kind("an act has been replaced", "DP-CIT-004")
def _replaced(edition: Edition) -> Iterator[Place]:
    if edition.name == "com-2025-744":
        for citation in edition.result.plan.citations:
            if citation.function == "cites":
                yield from edition.swapped(
                    citation.wording,
                    r"^(?:Directive|Regulation) \(EU\) \d{4}/\d+$",
                    "Directive 2014/42/EU",
                    citation.where,
                )


# ── the text itself ──────────────────────────────────────────────────────────────────────


def _words(edition: Edition, pattern: str, new: str) -> Iterator[Place]:
    for action in edition.actions:
        yield from edition.swapped(action.text, pattern, new, f"action {action.number}")


@kind("a control character", "DP-SRC-002")
def _control(edition: Edition) -> Iterator[Place]:
    yield from _words(edition, r"(?<=[a-z]{4})(?=[a-z]{4} )", "\x0b")


@kind("a sign that nobody sees", "DP-SRC-002")
def _unseen(edition: Edition) -> Iterator[Place]:
    yield from _words(edition, r"(?<=[a-z]{4})(?=[a-z]{4} )", "\u200b")


@kind("an entity", "DP-SRC-003")
def _entity(edition: Edition) -> Iterator[Place]:
    code = "&nbsp;" if edition.is_table else "&amp;nbsp;"
    yield from _words(edition, r"(?<=[a-z]{5}) (?=[a-z]{5})", code)


@kind("a wrong encoding", "DP-SRC-004")
def _encoding(edition: Edition) -> Iterator[Place]:
    for place in _words(edition, r"[æøåé’–]", ""):
        sign = edition.source[place.start : place.end]
        try:
            wrong = sign.encode().decode("cp1252")
        except UnicodeDecodeError:
            continue
        yield Place(place.start, place.end, wrong, place.at, place.thing)


@kind("the rest of a text is lost", "DP-SRC-005", follows={"DP-LNG-005", "DP-FTN-001"})
def _cut(edition: Edition) -> Iterator[Place]:
    """The last words of an action, or of the last paragraph before a heading, are gone."""
    for action in edition.actions:
        last = edition.spans(action.text)[-1]
        found = re.compile(r"(?: [^\s.()<>]+){2}\.$").search(edition.source, last.start, last.end)
        if found:
            yield Place(
                found.start(), found.end(), "", found.start() - 1, f"action {action.number}"
            )


@kind("the beginning of a text is lost", "DP-SRC-005", follows={"DP-FTN-001"})
def _headless(edition: Edition) -> Iterator[Place]:
    """Of a paragraph that a page break has cut, the first part is gone up to its last stop."""
    if edition.is_table:
        return
    rest = re.compile(r"(?<=[a-z]\. )(?:[^\s.<>*\[\]()]+ ){3,12}[^\s.<>*\[\]()]+(?=\n\n---)")
    below = re.compile(r"\n\n(?!<sup>|---)(?=[a-z])")
    for found in rest.finditer(edition.source):
        after = below.search(edition.source, found.end())
        if after and after.start() - found.end() < 4000:
            yield Place(found.start(), found.end(), "", after.end(), "")


@kind(
    "a row has lost the sign between two cells",
    "DP-TAB-002",
    follows={
        "DP-TIM-001", "DP-COD-001", "DP-ACT-007", "DP-PAR-003", "DP-LNG-002", "DP-LNG-003",
        "DP-LNG-004", "DP-SRC-005", "DP-ACT-004", "DP-LNG-005", "DP-BDY-001",
    },
)  # fmt: skip
def _row(edition: Edition) -> Iterator[Place]:
    if not edition.is_table:
        return
    for action in edition.actions:
        (label,) = edition.spans(action.label)[:1]
        thing = f"action {action.number}"
        line_end = edition.source.index("\n", label.start)
        if edition.source[label.start - 1] == "\t":  # a cell is a line below
            cell = edition.source.find("\n\t", label.start)
            yield Place(cell + 1, cell + 2, "", label.start, thing)
            continue
        for tab in range(label.start, line_end):
            if edition.source[tab] == "\t":
                yield Place(tab, tab + 1, " ", label.start, thing)


@kind("a head of a column is unknown", "DP-TAB-003", follows={"DP-TIM-001", "DP-LNG-004"})
def _column(edition: Edition) -> Iterator[Place]:
    if edition.is_table and edition.language == "en":
        for found in re.finditer(r"(?<=\t)Timetable(?=\t)", edition.source):
            yield Place(*found.span(), "Time", found.start(), "")


# ── titles, cover, languages ─────────────────────────────────────────────────────────────


@kind("the annex words an action otherwise", "DP-TTL-001")
def _title(edition: Edition) -> Iterator[Place]:
    for action in edition.actions:
        if action.annex_title and action.annex_title[0].text == action.title[0].text:
            yield from edition.swapped(
                action.annex_title, r"(?<= )[a-z]{4,}$", "matters", f"action {action.number}"
            )


@kind("the annex does not list an action", "DP-TTL-002", follows={"DP-NUM-001"})
def _unlisted(edition: Edition) -> Iterator[Place]:
    for action in edition.actions:
        (label,) = edition.spans(action.label)[:1]
        for span in edition.spans(action.annex_title):
            start = edition.source.rindex("\n", 0, span.start) + 1
            yield Place(start, span.end, "", label.start, f"action {action.number}")


@kind("the annex lists an action that is none", "DP-TTL-003", follows={"DP-TTL-002"})
def _stray(edition: Edition) -> Iterator[Place]:
    for action in edition.actions:
        for span in edition.spans(action.annex_title):
            start = edition.source.rindex("\n", 0, span.start) + 1
            found = re.compile(r"\d+").search(edition.source, start, span.start)
            if found:
                thing = f"action {action.number}"
                yield Place(*found.span(), str(action.number + 40), found.start(), thing)


@kind("the cover has another date", "DP-PLN-002")
def _cover(edition: Edition) -> Iterator[Place]:
    for own in edition.result.plan.editions:
        yield from edition.swapped(own.adopted, r"(?<=, )\d+(?=\.)", "9", "")


def _danish(edition: Edition) -> bool:
    return len(edition.result.documents) > 1 and edition.language != edition.result.plan.reference


@kind("an edition lacks a body", "DP-LNG-002")
def _less(edition: Edition) -> Iterator[Place]:
    for action in edition.actions:
        bodies = edition.spans(action.actors_line)
        if _danish(edition) and len(action.participations) > 1 and bodies:
            (last,) = edition.spans(action.participations[-1].wording)[:1]
            start = edition.source.rindex("\n", 0, last.start)
            yield Place(start, last.end, "", bodies[0].start, f"action {action.number}")


@kind("an edition has another timetable", "DP-LNG-004")
def _later(edition: Edition) -> Iterator[Place]:
    if _danish(edition):
        yield from timetables(edition, r"(?<=2021-)2025", "2024")


@kind("an edition has another code", "DP-LNG-003", "DP-ACT-004")
def _other_code(edition: Edition) -> Iterator[Place]:
    if _danish(edition):
        yield from codes(edition, "{own}.9")


@kind("an edition lacks an item", "DP-LNG-005", follows={"DP-NUM-004"})
def _fewer(edition: Edition) -> Iterator[Place]:
    for action in edition.actions:
        if _danish(edition) and len(action.items) > 2:
            label = edition.spans(action.label)[0]
            thing = f"action {action.number}"
            for own in edition.swapped(action.text, r"(?<=\s)iii\) ", "", thing):
                yield replace(own, at=label.start)
