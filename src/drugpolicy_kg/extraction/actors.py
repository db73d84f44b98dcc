"""The bodies of an actors line or cell, one by one as printed.

A cell of a table names bodies one behind the other without a sign between them, so known
names are cut out and what is left over is a body that no table knows. A line of a
communication parts them by commas and carries qualifications: in brackets, behind words
such as *in particular*, or in a phrase that names further bodies (*assisted by the EEAS*).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drugpolicy_kg.extraction.labels import any_of

if TYPE_CHECKING:
    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.definitions import Language
    from drugpolicy_kg.document import Text
    from drugpolicy_kg.names import Found

_TABLE = "actors"


@dataclass(frozen=True)
class Body:
    """A body as printed: `actor` is empty where no table knows the wording."""

    actor: str
    wording: Text
    qualifier: Text | None = None


@dataclass
class _Scan:
    """An actors line with the names in it, which protect what stands inside them."""

    text: Text
    names: list[Found]
    bodies: list[Body] = field(default_factory=list)

    def protected(self, index: int) -> bool:
        return any(name.start <= index < name.end for name in self.names)


class ActorLines:
    """Reads the actors of one language."""

    def __init__(self, language: Language, authorities: Authorities) -> None:
        self._code = language.code
        self._authorities = authorities
        self._connector = re.compile(rf"\b(?:{any_of(language.connectors)})\b\s*")
        self._qualifier = re.compile(rf"\s*(?:{any_of(language.qualifiers)})\b")
        self._and = re.compile(rf"\s*,?\s+(?:{any_of(language.conjunctions)})\s+")
        articles = any_of(language.articles) if language.articles else "(?!)"
        self._article = re.compile(rf"(?:{articles})\s+", re.IGNORECASE)

    # ── cells ────────────────────────────────────────────────────────────────────────────

    def of_cell(self, parts: list[Text], *, separate: bool) -> list[Body]:
        """Return the bodies of a cell; with `separate`, every part is one body."""
        bodies: list[Body] = []
        for part in parts:
            bodies.extend([self._one(part)] if separate else self._run(part))
        return bodies

    def _one(self, text: Text) -> Body:
        return Body(self._authorities.exact(text.value, self._code, _TABLE), text)

    def _run(self, text: Text) -> list[Body]:
        bodies: list[Body] = []
        cursor = 0
        for name in self._authorities.find(text.value, self._code, (_TABLE,)):
            bodies.extend(self._unknown(text.cut(cursor, name.start)))
            bodies.append(Body(name.id, text.cut(name.start, name.end)))
            cursor = name.end
        bodies.extend(self._unknown(text.cut(cursor)))
        return bodies

    def _unknown(self, text: Text) -> list[Body]:
        stripped = _outer(text, " ,;.")
        return [Body("", stripped)] if stripped else []

    # ── lines ────────────────────────────────────────────────────────────────────────────

    def of_line(self, text: Text) -> list[Body]:
        """Return the bodies of a line behind its role word."""
        line = _outer(text, " .;")
        scan = _Scan(line, self._authorities.find(line.value, self._code, (_TABLE,)))
        for start, end in _segments(scan):
            self._segment(scan, start, end)
        return scan.bodies

    def _segment(self, scan: _Scan, start: int, end: int) -> None:
        """Take what stands between two commas."""
        segment = scan.text.cut(start, end)
        if self._qualifier.match(segment.value) and scan.bodies:
            last = scan.bodies.pop()
            scan.bodies.append(Body(last.actor, last.wording, _outer(segment, " ")))
            return
        connector = next(
            (
                found
                for found in self._connector.finditer(scan.text.value, start, end)
                if not scan.protected(found.start())
            ),
            None,
        )
        lead_end = connector.start() if connector else end
        lead = self._members(scan, start, lead_end)
        if connector and lead:
            phrase = _outer(scan.text.cut(connector.start(), end), " ")
            lead[-1] = Body(lead[-1].actor, lead[-1].wording, phrase)
        scan.bodies.extend(lead)
        if connector:
            word = _outer(scan.text.cut(connector.start(), connector.end()), " ")
            scan.bodies.extend(
                Body(body.actor, body.wording, word)
                for body in self._members(scan, connector.end(), end)
            )

    def _members(self, scan: _Scan, start: int, end: int) -> list[Body]:
        """Return the bodies of a stretch whose members a conjunction joins."""
        bodies: list[Body] = []
        cursor = start
        for found in self._and.finditer(scan.text.value, start, end):
            if scan.protected(found.start() + 1) or _in_brackets(scan, found.start()):
                continue
            bodies.extend(self._body(scan, cursor, found.start()))
            cursor = found.end()
        bodies.extend(self._body(scan, cursor, end))
        return bodies

    def _body(self, scan: _Scan, start: int, end: int) -> list[Body]:
        value = scan.text.value
        opening = self._and.match(" " + value[start:end])
        if opening:
            start += opening.end() - 1
        wording, qualifier = scan.text.cut(start, end), None
        bracket = next(
            (i for i in range(start, end) if value[i] == "(" and not scan.protected(i)), None
        )
        if bracket is not None:
            close = value.find(")", bracket, end)
            close = end if close < 0 else close
            inside = _outer(scan.text.cut(bracket + 1, close), " ")
            wording = scan.text.cut(start, bracket)
            if not self._is_acronym(inside.value):
                qualifier = inside
        wording = _outer(wording, " ,;")
        article = self._article.match(wording.value)
        if article:
            wording = wording.cut(article.end())
        if not wording:
            return []
        actor = self._authorities.exact(wording.value, self._code, _TABLE)
        return [Body(actor, wording, qualifier)]

    def _is_acronym(self, words: str) -> bool:
        known = self._authorities.exact(words, self._code, _TABLE)
        return bool(known) or (len(words.split()) == 1 and words.upper() == words)


def _segments(scan: _Scan) -> list[tuple[int, int]]:
    """Return the stretches between commas that stand in no bracket and no name."""
    edges, depth = [0], 0
    for index, character in enumerate(scan.text.value):
        depth += (character == "(") - (character == ")")
        if character in ",;" and depth <= 0 and not scan.protected(index):
            edges.extend((index, index + 1))
    edges.append(len(scan.text.value))
    return list(zip(edges[::2], edges[1::2], strict=True))


def _in_brackets(scan: _Scan, index: int) -> bool:
    before = scan.text.value[:index]
    return before.count("(") > before.count(")")


def _outer(text: Text, characters: str) -> Text:
    """Return the text without any of the characters at its ends."""
    value = text.value
    start = len(value) - len(value.lstrip(characters))
    end = len(value.rstrip(characters))
    return text.cut(start, max(start, end))
