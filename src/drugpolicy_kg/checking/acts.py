"""Whether the acts that a plan cites can be, and still hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.citations import ACTS, parse_celex
from drugpolicy_kg.errors import CitationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.checking.sheets import Sheet
    from drugpolicy_kg.citations import Grammar
    from drugpolicy_kg.definitions import Entry
    from drugpolicy_kg.document import Text
    from drugpolicy_kg.findings import Notice

_IMPOSSIBLE, _MALFORMED, _OPEN = "DP-CIT-001", "DP-CIT-002", "DP-CIT-003"
_REPLACED, _REPLACED_SINCE = "DP-CIT-004", "DP-CIT-005"
#: In no year did a series of acts count further; the fullest years of the 1980s came to 4,300.
_HIGHEST = 4_999


def numbers(sheet: Sheet, grammar: Grammar) -> Iterator[Notice]:
    """Yield numbers of acts that are written wrongly, or that no act can have."""
    for block in sheet.document.blocks:
        for text in block.texts:
            yield from _numbers(sheet, grammar, text)


def _numbers(sheet: Sheet, grammar: Grammar, text: Text) -> Iterator[Notice]:
    def notice(code: str, start: int, end: int, **values: object) -> Notice:
        place = next((own for own in text.offsets[start:] if own >= 0), 0)
        words = text.value[start:end]
        return sheet.of_text(code, text, start, end, sheet.where(place), found=words, **values)

    adopted = sheet.plan.adopted
    for suspect in grammar.suspects(text.value):
        code = _IMPOSSIBLE if suspect.is_written else _MALFORMED
        yield notice(code, suspect.start, suspect.end)
    for found in grammar.find(text.value):
        reference = found.reference
        future = adopted is not None and reference.year > adopted.year
        number = reference.number if reference.kind in ACTS else ""
        if future or (number.isdecimal() and int(number) > _HIGHEST):
            yield notice(_IMPOSSIBLE, found.start, found.end)


def standing(sheet: Sheet, authorities: Authorities, grammar: Grammar) -> Iterator[Notice]:
    """Yield citations whose number is still open, and acts that others have replaced.

    An act inside another act's title is named for what that act did to it, and is no worry.
    """
    known, adopted = authorities.by_id, sheet.plan.adopted
    for citation in sheet.plan.citations:
        entry = known.get(("instruments", citation.instrument))
        words = citation.wording[0].text if citation.wording else ""
        if not citation.identifier and not citation.instrument:
            yield sheet.notice(_OPEN, citation.wording, citation.where, found=words)
        if entry is None or entry.replaced_by is None or citation.function != "cites":
            continue
        successor, year = _successor(entry, authorities, grammar)
        since = not year or adopted is None or year >= adopted.year
        yield sheet.notice(
            _REPLACED_SINCE if since else _REPLACED,
            citation.wording,
            citation.where,
            act=citation.identifier or words,
            successor=successor,
            year=year or "–",
        )


def _successor(entry: Entry, authorities: Authorities, grammar: Grammar) -> tuple[str, int]:
    """Return the identifier of what has replaced an act, and its year (0 where unknown)."""
    replacement = entry.replaced_by
    if replacement is None:
        return "", 0
    known = authorities.by_id.get(("instruments", replacement.id))
    identifier = known.identifier if known else replacement.celex
    try:
        reference = (
            parse_celex(replacement.celex) if replacement.celex else grammar.parse(identifier)
        )
    except CitationError:
        return identifier, known.date.year if known and known.date else 0
    return reference.identifier, reference.year
