"""Which queries may be handed to a worker, decided from their tokens and never by a parser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from drugpolicy_kg.service.graph_patterns import refuse_unbound_graphs
from drugpolicy_kg.service.http.problems import Problem, over_limit
from drugpolicy_kg.store.formats import Shape
from drugpolicy_kg.store.tokens import Kind, Token, place, tokenise, unescape

if TYPE_CHECKING:
    from collections.abc import Collection

    from drugpolicy_kg.service.options import Limits

_OPEN: Final = frozenset("{([") | {"<<"}
_CLOSE: Final = frozenset("})]") | {">>"}
# Each of them separates or joins parts whose order an engine has to plan.
_SEPARATORS: Final = frozenset(".;,/[")
_TERMS: Final = frozenset({Kind.STRING, Kind.IRI, Kind.NAME, Kind.VARIABLE, Kind.NUMBER})
_FORMS: Final = {
    "SELECT": Shape.ROWS,
    "ASK": Shape.ROWS,
    "CONSTRUCT": Shape.TRIPLES,
    "DESCRIBE": Shape.TRIPLES,
}
_UPDATES: Final = frozenset(
    {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
)
_BASE: Final = "https://w3id.org/drugpolicy-kg/"
# A name may stand before a brace after these words; elsewhere it could hide a keyword.
_NAME_BEFORE_BRACE: Final = frozenset({"GRAPH", "FROM", "NAMED", "DESCRIBE"})
_FEDERATION: Final = "SERVICE"
# Functions whose value is another one each time: such an answer is not kept.
_CHANGING: Final = frozenset({"NOW", "RAND", "UUID", "STRUUID"})
# Where one of these stands, the tokens are looked at.
_TELLING: Final = ("\\", "SERVICE", "GRAPH", "FROM", "NOW", "RAND", "UUID")
# In round brackets, terms side by side count. In ASCII, each of them has one of these.
_IN_TERMS: Final = "\"'<?$:0123456789"
_GAP: Final = r"(?:\s|\#[^\r\n]*+[\r\n])*+"
_BEGIN: Final = re.compile(
    rf"{_GAP}(?:(?:PREFIX{_GAP}[\w.-]*+:|BASE){_GAP}<[^<>\s]*+>{_GAP})*+"
    r"(SELECT|ASK|CONSTRUCT|DESCRIBE)\b"
)
# Bytes that one sign takes in UTF-8.
_LONGEST: Final = 4


@dataclass(slots=True)
class _Group:
    """What is counted between one pair of braces."""

    patterns: int = 0
    brackets: int = 0
    counts: bool = True

    @property
    def total(self) -> int:
        return self.patterns if self.counts else 0


@dataclass(frozen=True, slots=True)
class Admitted:
    """What is known of a query before it is parsed."""

    shape: Shape
    own_dataset: bool
    repeatable: bool


def admit(query: str, *, limits: Limits, graphs: Collection[str]) -> Admitted:
    """Return the shape of the answer to a query that may be evaluated, or raise a Problem.

    >>> from drugpolicy_kg.service.options import Limits
    >>> admit("ASK { ?s ?p ?o }", limits=Limits(), graphs=()).shape.value
    'rows'
    """
    known = plain(query, limits)
    if known is not None:
        return known
    tokens = _bounded(query, limits)
    words = [unescape(t.text).upper() if t.kind is Kind.WORD else "" for t in tokens]
    _refuse_federation(query, tokens, words)
    if "\\" in query:
        # Some engines replace escapes before they look for tokens; both readings must be clean.
        unescaped = unescape(query)
        again = list(tokenise(unescaped))
        _refuse_federation(
            unescaped, again, [t.text.upper() if t.kind is Kind.WORD else "" for t in again]
        )
    shape = _shape(query, tokens, words)
    refuse_unbound_graphs(query, tokens, words)
    own_dataset = _own_dataset(query, tokens, words, graphs)
    return Admitted(shape, own_dataset, repeatable=_CHANGING.isdisjoint(words))


def plain(query: str, limits: Limits) -> Admitted | None:
    """Return what is known of a query so plain that its tokens need not be looked at.

    Every count of signs in the text is at least what counting tokens would give, and no word that
    matters stands anywhere in it, not even in a text or comment. What is no SPARQL the engine says.
    """
    if _LONGEST * len(query) > limits.query_bytes or len(query) > limits.query_tokens:
        return None
    upper = query.upper()
    if any(map(upper.__contains__, _TELLING)):
        return None
    deep, patterns = sum(map(query.count, "{[<(")), sum(map(query.count, _SEPARATORS))
    if "(" in query:
        if not query.isascii():
            return None
        patterns += sum(map(query.count, _IN_TERMS))
    if deep > limits.query_depth or patterns > limits.query_patterns:
        return None
    if query.count('"') % 2 or query.count("'") % 2:
        return None  # a text without an end has its place told
    begin = _BEGIN.match(upper)
    return begin and Admitted(_FORMS[begin[1]], own_dataset=False, repeatable=True)


def _bounded(query: str, limits: Limits) -> list[Token]:
    """Return the tokens of a query that is not too long, deep or wide for any engine."""
    if len(query.encode()) > limits.query_bytes:
        raise over_limit(
            413, "query_bytes", limits.query_bytes, "bytes", advice="Send a shorter query."
        )
    tokens: list[Token] = []
    depth = 0
    for token in tokenise(query):
        if token.kind is Kind.BROKEN:
            line, column = place(query, token.start)
            raise Problem(
                400,
                f"The query cannot be parsed: {token.text!r} begins nothing that SPARQL knows, or "
                "what it begins has no end.",
                line=line,
                column=column,
            )
        tokens.append(token)
        if len(tokens) > limits.query_tokens:
            raise over_limit(
                413, "query_tokens", limits.query_tokens, "tokens", advice="Split the query."
            )
        if token.kind is not Kind.MARK:
            continue
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
        if depth > limits.query_depth:
            raise over_limit(
                413, "query_depth", limits.query_depth, "brackets", advice="Nest it less deeply."
            )
    if len(tokens) > limits.query_patterns and _patterns(tokens) > limits.query_patterns:
        raise over_limit(
            413,
            "query_patterns",
            limits.query_patterns,
            "patterns in one group",
            advice="Split the query.",
        )
    return tokens


def _patterns(tokens: list[Token]) -> int:
    """Return the largest number of triple patterns and path steps in one pair of braces.

    Members of a list count, arguments of a function and rows of VALUES do not.
    """
    groups = [_Group()]
    largest = 0
    values = False
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        group, text = groups[-1], token.text
        if token.kind is not Kind.MARK:
            values = values or (token.kind is Kind.WORD and text.upper() == "VALUES")
            if group.brackets > 0 and following is not None and token.kind in _TERMS:
                group.patterns += following.kind in _TERMS
        elif text == "{":
            groups.append(_Group(counts=not values))
            values = False
        elif text == "}" and len(groups) > 1:
            largest = max(largest, groups.pop().total)
        elif text == "(":
            group.brackets += 1
        elif text == ")":
            group.brackets -= 1
        elif text in _SEPARATORS:
            # A comma between round brackets separates arguments.
            group.patterns += text != "," or group.brackets == 0
    return max(largest, *(group.total for group in groups))


def _refuse_federation(query: str, tokens: list[Token], words: list[str]) -> None:
    """Refuse SERVICE, also where an engine needs no blank around the keyword."""
    for index, (token, word) in enumerate(zip(tokens, words, strict=True)):
        hidden = False
        if token.kind is Kind.NAME and index + 1 < len(tokens) and tokens[index + 1].text == "{":
            before = words[index - 1] if index else ""
            prefix = token.text.partition(":")[0].upper()
            hidden = _FEDERATION in prefix and before not in _NAME_BEFORE_BRACE
        if _FEDERATION in word or hidden:
            line, column = place(query, token.start)
            raise Problem(
                400,
                "SERVICE is refused: this endpoint asks no other one. Query the other endpoint "
                "yourself and pass what you found in VALUES.",
                line=line,
                column=column,
            )


def _shape(query: str, tokens: list[Token], words: list[str]) -> Shape:
    """Return the shape of the answer, which the first word after the prologue decides."""
    index = 0
    while index < len(tokens) and words[index] in {"BASE", "PREFIX", "VERSION"}:
        index += 3 if words[index] == "PREFIX" else 2
    word = words[index] if index < len(tokens) else ""
    if word in _FORMS:
        return _FORMS[word]
    line, column = place(query, tokens[index].start if index < len(tokens) else len(query))
    if word in _UPDATES:
        raise Problem(
            400,
            f"{word} is an update, and this endpoint is read-only. Send a query.",
            line=line,
            column=column,
        )
    raise Problem(
        400,
        "The query cannot be parsed: expected SELECT, ASK, CONSTRUCT or DESCRIBE.",
        line=line,
        column=column,
    )


def _own_dataset(
    query: str, tokens: list[Token], words: list[str], graphs: Collection[str]
) -> bool:
    """Return whether the query has FROM clauses, all of them of graphs that are served."""
    if "FROM" not in words:
        return False
    prefixes, base = _prologue(tokens, words)
    for index, word in enumerate(words):
        if word != "FROM":
            continue
        at = index + 2 if index + 1 < len(words) and words[index + 1] == "NAMED" else index + 1
        if at >= len(tokens):
            break
        iri = _resolved(tokens[at], prefixes, base)
        if iri is not None and iri not in graphs:
            line, column = place(query, tokens[at].start)
            raise unknown_graph(iri, line=line, column=column)
    return True


def unknown_graph(iri: str, *, line: int | None = None, column: int | None = None) -> Problem:
    """Return the problem of a dataset that names a graph which is not served."""
    return Problem(
        400,
        f"<{iri[:200]}> is no graph of this endpoint. The service description at /sparql lists "
        "its graphs; none is ever fetched.",
        line=line,
        column=column,
    )


def _prologue(tokens: list[Token], words: list[str]) -> tuple[dict[str, str], str]:
    prefixes: dict[str, str] = {}
    base = _BASE
    for index, word in enumerate(words):
        if word == "BASE" and index + 1 < len(tokens):
            base = urljoin(base, unescape(tokens[index + 1].text[1:-1]))
        elif word == "PREFIX" and index + 2 < len(tokens):
            iri = unescape(tokens[index + 2].text[1:-1])
            prefixes[tokens[index + 1].text] = urljoin(base, iri)
    return prefixes, base


def _resolved(token: Token, prefixes: dict[str, str], base: str) -> str | None:
    """Return the IRI of a token, or nothing where a parser will refuse it anyway."""
    if token.kind is Kind.IRI:
        return urljoin(base, unescape(token.text[1:-1]))
    if token.kind is Kind.NAME:
        prefix, _, local = token.text.partition(":")
        return prefixes.get(f"{prefix}:", prefix + ":") + local.replace("\\", "")
    return None
