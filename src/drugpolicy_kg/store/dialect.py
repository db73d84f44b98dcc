"""What other engines need to be told, and what they say differently, made alike in bytes.

Nothing here parses an answer: a query gets a prologue, and an answer of any length is gone
through once by a pattern, or not at all where there is nothing to change.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from drugpolicy_kg.store import QuerySyntaxError
from drugpolicy_kg.store.embedded import BASE_IRI

_MESSAGE_LENGTH: Final = 300
_MOST_BYTES: Final = 4_096
_PROLOGUE: Final = f"BASE <{BASE_IRI}> "
_GAP: Final = r"(?:\s|\#[^\r\n]*)*+"
# A query has a base of its own if BASE stands after nothing but prefixes.
_OWN_BASE: Final = re.compile(
    rf"(?:{_GAP}PREFIX{_GAP}[^\s:\#<]*:{_GAP}<[^<>]*>)*+{_GAP}BASE\b", re.IGNORECASE
)
# In a text of JSON every quotation mark has a backslash, so that these never match inside of one.
_BOOLEAN: Final = rb'"http:\\?/\\?/www\.w3\.org\\?/2001\\?/XMLSchema#boolean"'
_COLON: Final = rb"\s*:\s*"
_COMMA: Final = rb"\s*,\s*"
_TYPE: Final = rb'(?:"type"' + _COLON + rb'"[a-z-]+"' + _COMMA + rb")?"
_KIND: Final = rb'"datatype"' + _COLON + _BOOLEAN
_VALUE: Final = rb'"value"' + _COLON
_NUMBERED: Final = re.compile(
    rb"(%(kind)s%(comma)s%(type)s%(value)s)\"([01])\""
    rb"|(%(value)s)\"([01])\"(%(comma)s%(type)s%(kind)s)"
    % {b"kind": _KIND, b"value": _VALUE, b"comma": _COMMA, b"type": _TYPE}
)
_TRUTH: Final = {b"0": b'"false"', b"1": b'"true"'}
_PLACE: Final = re.compile(r"\b(line[: ]+)(\d+)(?:([, ]+column[: ]+)(\d+))?", re.IGNORECASE)
_PATH: Final = re.compile(r"(?<![\w<:/])/[\w./-]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as another engine is asked it, and by how much its first line is longer."""

    text: str
    shift: int


def based(query: str) -> Asked:
    """Return a query whose relative IRIs mean the same for every engine: those under our base.

    The line breaks stay where they are. A query with a base of its own is as it was, since not
    every engine takes two.

    >>> based("ASK {}").text
    'BASE <https://w3id.org/drugpolicy-kg/> ASK {}'
    >>> based("PREFIX a: <b#> BASE <urn:x> ASK {}").shift
    0
    """
    if _OWN_BASE.match(query):
        return Asked(query, 0)
    return Asked(_PROLOGUE + query, len(_PROLOGUE))


def canonical(rows: bytes) -> bytes:
    """Return rows in JSON with booleans as RDF writes them, where an engine wrote 1 and 0.

    >>> term = b'{"datatype":"http://www.w3.org/2001/XMLSchema#boolean","value":"%s"}'
    >>> canonical(term % b"1") == term % b"true"
    True
    """
    return _NUMBERED.sub(_named, rows) if b"XMLSchema#boolean" in rows else rows


def _named(found: re.Match[bytes]) -> bytes:
    if found[1] is not None:
        return found[1] + _TRUTH[found[2]]
    return found[3] + _TRUTH[found[4]] + found[5]


def refusal(content: bytes, shift: int) -> QuerySyntaxError:
    """Return why an engine refuses a query: one line without paths, with the place it names.

    A column on the first line is counted as the client counts it, without what was put before.

    >>> refusal(b"Parse error at line 1, column 50: found }", 39).message
    'Parse error at line 1, column 11: found }'
    """
    message, line, column = _stated(content[:_MOST_BYTES].decode("utf-8", "replace").strip())

    def counted(place: re.Match[str]) -> str:
        if place[4] is None or int(place[2]) != 1:
            return place[0]
        return f"{place[1]}{place[2]}{place[3]}{max(1, int(place[4]) - shift)}"

    if line == 1 and column is not None:
        column = max(1, column - shift)
    shown = _PATH.sub("…", _PLACE.sub(counted, message))
    return QuerySyntaxError(shown[:_MESSAGE_LENGTH], line=line, column=column)


def _stated(text: str) -> tuple[str, int | None, int | None]:
    """Return the message, line and column of a problem as JSON, or of the first line of a text."""
    try:
        told = json.loads(text)
        line, column = (told.get(name) for name in ("line", "column"))
        return (
            str(told["detail"]),
            line if isinstance(line, int) else None,
            column if isinstance(column, int) else None,
        )
    except (ValueError, LookupError, AttributeError):
        message = text.splitlines()[0] if text else "no reason given"
        place = _PLACE.search(message)
        if place is None:
            return message, None, None
        return message, int(place[2]), int(place[4]) if place[4] else None
