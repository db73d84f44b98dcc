"""Takes the answer to a counting query from counts that a release brings along.

The engine counts by walking over all statements of a property, which grows with the data. A
query that only counts what one triple pattern finds has the same answer over the counts of that
pattern's objects (`releases.counts`): the subject stands for a count there, and what was
COUNT becomes a SUM of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from drugpolicy_kg.releases.counts import TOTAL
from drugpolicy_kg.store.tokens import Kind, Token, tokenise

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_INTEGER: Final = "http://www.w3.org/2001/XMLSchema#integer"
_WORDS: Final = frozenset(
    {"SELECT", "DISTINCT", "AS", "WHERE", "GROUP", "BY", "HAVING", "ORDER", "ASC", "DESC", "LIMIT"}
    | {"OFFSET", "STR", "LANG"}
)
_MARKS: Final = frozenset({"(", ")", "<", ">", "<=", ">=", "=", "!="})
_KINDS: Final = frozenset({Kind.VARIABLE, Kind.WORD, Kind.MARK, Kind.NUMBER, Kind.STRING})
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\\%]*")
_PATTERN: Final = 3
# One pair of braces with three terms; found faster than all tokens.
_GROUP: Final = re.compile(r"[^{}]*\{\s*[^{}\s]+(?:\s+[^{}\s]+){2}\s*+(?:\.\s*+)?\}[^{}]*")


class _Pattern(NamedTuple):
    """A triple pattern: the names of its variables, "" in the place of a term."""

    subject: str
    predicate: str
    object: str
    property: str
    written: tuple[str, str]


def counted(query: str, properties: Collection[str]) -> str | None:
    """Return a query over the counts with the same answer; nothing if there is none.

    `properties` are the IRIs of those whose objects are counted one by one.

    >>> counted("SELECT ?b (COUNT(?a) AS ?n) { ?a <e:in> ?b } GROUP BY ?b", {"e:in"})
    'SELECT ?b (SUM(<http://www.w3.org/2001/XMLSchema#integer>(STRAFTER(STR(?a), "/"))) AS ?n) \
{ ?a <e:in> ?b } GROUP BY ?b'
    """
    # Only in ASCII do capitals tell a keyword: ſ is no S, though its capital is.
    plain = query.isascii() and "\\" not in query and "COUNT" in query.upper()
    if not plain or not _GROUP.fullmatch(query):
        return None
    tokens = list(tokenise(query))
    texts = [token.text for token in tokens]
    if "{" not in texts or "}" not in texts:
        return None  # it stands in a comment or a text
    begin, start, end = _prologue(tokens), texts.index("{"), texts.index("}")
    pattern = _pattern(tokens[start + 1 : end], tokens[:begin])
    if pattern is None:
        return None
    around = [*tokens[begin:start], *tokens[end + 1 :]]
    spans = _aggregates(around, pattern)
    used = _used(around, spans)
    if not spans or used is None or pattern.subject in used:
        return None
    pieces = [(around[a].start, _end(around[b]), _sum(pattern)) for a, b in spans]
    if pattern.object and pattern.object not in used:
        subject, predicate = pattern.written
        where = f" {subject} <{TOTAL}> {predicate} "
        pieces.append((_end(tokens[start]), tokens[end].start, where))
    elif pattern.property not in properties:
        return None
    return _replaced(query, sorted(pieces))


def _prologue(tokens: Sequence[Token]) -> int:
    """Return where the prologue ends."""
    index = 0
    while index < len(tokens) and tokens[index].text.upper() == "PREFIX":
        index += 3
    return index


def _pattern(tokens: Sequence[Token], prologue: Sequence[Token]) -> _Pattern | None:
    """Return the triple pattern that these tokens are, if they are one."""
    tokens = tokens[:-1] if tokens and tokens[-1].text == "." else tokens
    if len(tokens) != _PATTERN:
        return None
    subject, predicate, object_ = (
        token.text[1:] if token.kind is Kind.VARIABLE else "" for token in tokens
    )
    names = [name for name in (subject, predicate, object_) if name]
    iri = "" if predicate else _iri(tokens[1], prologue)
    known = object_ or _iri(tokens[2], prologue)
    if not subject or not (predicate or iri) or not known or len(set(names)) < len(names):
        return None
    written = (tokens[0].text, tokens[1].text if tokens[1].text != "a" else f"<{_TYPE}>")
    return _Pattern(subject, predicate, object_, iri, written)


def _iri(token: Token, prologue: Sequence[Token]) -> str:
    """Return the IRI of a token; nothing where it depends on a base or is none."""
    if token.kind is Kind.WORD and token.text == "a":
        return _TYPE
    written = ""
    if token.kind is Kind.IRI:
        written = token.text[1:-1]
    elif token.kind is Kind.NAME:
        prefix, _, local = token.text.partition(":")
        for name, iri in zip(prologue[1::3], prologue[2::3], strict=False):
            if name.text == f"{prefix}:":
                written = iri.text[1:-1] + local
    return written if _ABSOLUTE.fullmatch(written) else ""


def _aggregates(tokens: Sequence[Token], pattern: _Pattern) -> list[tuple[int, int]]:
    """Return where each COUNT begins and ends; nothing if one of them counts something else."""
    found = []
    once = _each_once(tokens, pattern)
    for index, token in enumerate(tokens):
        if token.kind is not Kind.WORD or token.text.upper() != "COUNT":
            continue
        texts = [token.text for token in tokens[index + 1 : index + 5]]
        distinct = texts[1:2] != [] and texts[1].upper() == "DISTINCT"
        if distinct:
            del texts[1]
        if [*texts[:1], *texts[2:3]] != ["(", ")"]:
            return []
        name = texts[1][1:] if texts[1][0] in "?$" else ""
        if distinct and not (once and name == pattern.subject):
            return []
        if texts[1] != "*" and (not name or name not in pattern[:3]):
            return []
        found.append((index, index + 3 + distinct))
    return found


def _each_once(tokens: Sequence[Token], pattern: _Pattern) -> bool:
    """Return whether no group has a subject twice: it stands once beside one object."""
    if pattern.predicate or not pattern.object:
        return not pattern.predicate
    texts = [token.text.upper() for token in tokens]
    if "GROUP" not in texts:
        return False
    group = tokens[texts.index("GROUP") + 2 :]
    alone = len(group) == 1 or (len(group) > 1 and group[1].kind is Kind.WORD)
    return alone and group[0].kind is Kind.VARIABLE and group[0].text[1:] == pattern.object


def _used(tokens: Sequence[Token], spans: Sequence[tuple[int, int]]) -> frozenset[str] | None:
    """Return the variables that stand outside of each COUNT; nothing where other words do too."""
    inside = {index for a, b in spans for index in range(a, b + 1)}
    outside = [token for index, token in enumerate(tokens) if index not in inside]
    for kind, known in ((Kind.WORD, _WORDS), (Kind.MARK, _MARKS)):
        if any(t.text.upper() not in known for t in outside if t.kind is kind):
            return None
    if any(token.kind not in _KINDS for token in outside):
        return None
    return frozenset(token.text[1:] for token in outside if token.kind is Kind.VARIABLE)


def _sum(pattern: _Pattern) -> str:
    return f'SUM(<{_INTEGER}>(STRAFTER(STR({pattern.written[0]}), "/")))'


def _end(token: Token) -> int:
    return token.start + len(token.text)


def _replaced(query: str, pieces: Sequence[tuple[int, int, str]]) -> str:
    """Return a query with other words between some offsets."""
    parts, done = [], 0
    for start, end, words in pieces:
        parts += [query[done:start], words]
        done = end
    return "".join([*parts, query[done:]])
