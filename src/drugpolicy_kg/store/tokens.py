r"""The tokens of a query, found without parsing it.

The lexer only has to agree with engines on where strings, IRIs, names and comments begin and
end. Each alternative of its expression begins with other characters, or takes them without
overlap, so that no text makes it slow. (A prefix with a dot or hyphen is looked at for 100
characters only: `a.a.a.…` would be scanned to its end again from each of its letters.)

>>> [token.text for token in tokenise("ASK { ?s a <http://e.example/SERVICE> } # SERVICE")]
['ASK', '{', '?s', 'a', '<http://e.example/SERVICE>', '}']
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(Enum):
    """What a token is, as far as the checks need to know."""

    STRING = "string"
    IRI = "iri"
    NAME = "name"
    VARIABLE = "variable"
    WORD = "word"
    NUMBER = "number"
    TAG = "tag"
    MARK = "mark"
    BROKEN = "broken"


class Token(NamedTuple):
    """A token with the place where it begins."""

    kind: Kind
    text: str
    start: int


_ESCAPE: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_TOKEN: Final = re.compile(
    rf'''
    (?P<skip>[\ \t\r\n]+|\#[^\r\n]*)
    |(?P<string>
        """(?:[^"\\]|\\[\s\S]|"(?!""))*"""
        |\'\'\'(?:[^'\\]|\\[\s\S]|'(?!\'\'))*\'\'\'
        |"(?:[^"\\\r\n]|\\.)*"
        |'(?:[^'\\\r\n]|\\.)*'
    )
    |(?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|{_ESCAPE})*>)
    |(?P<variable>[?$]\w+)
    |(?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    |(?P<name>_:[\w.\-\u00b7]+
        |(?:[^\W\d_]\w*+(?:[.\-\u00b7][\w.\-\u00b7]{{0,99}}+)?)?:(?:[\w.\-:%\u00b7]|\\[_~.\-!$&'()*+,;=/?\#@%])*)
    |(?P<word>(?:[^\W\d]|{_ESCAPE})(?:\w|{_ESCAPE})*)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<mark>\^\^|&&|\|\||<=|>=|!=|<<|>>|[{{}}()\[\].;,|/^*+\-!=<>?])
    |(?P<broken>[\s\S])
    ''',
    re.VERBOSE,
)
_KINDS: Final = {kind.value: kind for kind in Kind}
_ESCAPED: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


def tokenise(query: str) -> Iterator[Token]:
    """Yield the tokens of a query; what fits nowhere is a BROKEN token of one character."""
    for match in _TOKEN.finditer(query):
        group = match.lastgroup
        if group is not None and group != "skip":
            yield Token(_KINDS[group], match[0], match.start())


def unescape(text: str) -> str:
    r"""Return a text with its code point escapes replaced, as SPARQL 1.1, 19.2, allows engines.

    >>> unescape(r"S\u0045RVICE")
    'SERVICE'
    """

    def character(match: re.Match[str]) -> str:
        number = int(match[1] or match[2], 16)
        return chr(number) if number <= 0x10FFFF else match[0]  # noqa: PLR2004 - Unicode's end

    return _ESCAPED.sub(character, text) if "\\" in text else text


def place(query: str, start: int) -> tuple[int, int]:
    r"""Return the line and the column of an offset, both counted from 1.

    >>> place("ASK {\n  x", 8)
    (2, 3)
    """
    before = query[:start]
    return before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1
