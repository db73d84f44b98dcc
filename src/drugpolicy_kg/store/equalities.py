"""Tells the engine early which term a FILTER asks for.

Oxigraph evaluates FILTER(?v = "x"@en) for every row that the rest of a group gives, and looks
nothing up in its index. VALUES with the same term, at the end of the same group, leaves the
same rows, and the engine begins with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.store.tokens import Kind, Token, tokenise

if TYPE_CHECKING:
    from collections.abc import Sequence

# A variable after these words is bound, if at all, by something else than a triple.
_NO_TRIPLE: Final = frozenset({"GRAPH", "VALUES", "SERVICE"})
_CONSTANTS: Final = frozenset({Kind.STRING, Kind.IRI, Kind.NAME})
_NO_STEPS: Final = frozenset("*?")
_OPERANDS: Final = 2
_MOST: Final = 8


@dataclass(slots=True)
class _Group:
    """What stands directly between one pair of braces."""

    usable: bool
    matched: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    brackets: int = 0

    def rows(self) -> str:
        """Return a term for each variable that a triple of this group always binds."""
        if not self.usable or self.brackets:
            return ""
        found = {v: term for v, term in self.asked if v in self.matched}
        # More of them would be planned for longer than they save.
        few = islice(found.items(), _MOST)
        return "".join(f" VALUES ?{variable} {{ {term} }} " for variable, term in few)

    def take(self, mark: str) -> None:
        """Take a sign that ends the use of this group, or a bracket.

        Where brackets do not fit together, a token was taken for another. A path of no steps binds
        its ends to each other, and to a term that is nowhere in the graph (SPARQL 1.1, 18.4).
        """
        self.brackets += (mark == "(") - (mark == ")")
        self.usable = self.usable and self.brackets >= 0 and mark not in _NO_STEPS


def bound_early(query: str) -> str:
    """Return a query with the same answer, in which terms that FILTER asks for come first.

    Only FILTER(?v = term) is looked at, where the term is an IRI, a plain string or one with a
    language (of numbers and dates, several terms are equal: SPARQL 1.1, 17.3), and where a
    triple pattern of the same group binds the variable in every row.

    >>> bound_early('SELECT * { ?s <e:p> ?v FILTER(?v = "x"@en) }')
    'SELECT * { ?s <e:p> ?v FILTER(?v = "x"@en)  VALUES ?v { "x"@en } }'
    """
    if "FILTER" not in query.upper() or "=" not in query or "\\u" in query.lower():
        return query
    tokens = list(tokenise(query))
    pieces: list[str] = []
    end = 0
    for start, rows in _insertions(tokens):
        pieces += [query[end:start], rows]
        end = start
    return "".join([*pieces, query[end:]])


def _insertions(tokens: Sequence[Token]) -> list[tuple[int, str]]:
    """Return what is to be inserted before which closing braces."""
    groups = [_Group(usable=False)]
    found: list[tuple[int, str]] = []
    for index, token in enumerate(tokens):
        group = groups[-1]
        if token.kind is Kind.VARIABLE:
            if group.brackets == 0 and _word(tokens, index - 1) not in _NO_TRIPLE:
                group.matched.add(token.text[1:])
        elif token.kind is Kind.WORD and token.text.upper() == "FILTER":
            asked = _equality(tokens, index + 1)
            if asked is not None:
                group.asked.append(asked)
        elif token.text == "{":
            groups.append(_Group(usable=_usable(groups, tokens, index)))
        elif token.text == "}" and len(groups) > 1:
            if rows := groups.pop().rows():
                found.append((token.start, rows))
        elif token.kind is Kind.MARK:
            group.take(token.text)
    return found


def _usable(groups: Sequence[_Group], tokens: Sequence[Token], brace: int) -> bool:
    """Return whether VALUES may stand in a group; not where variables come from outside."""
    inside = len(groups) == 1 or groups[-1].usable
    graph = _word(tokens, brace - 2) == "GRAPH" and tokens[brace - 1].kind is Kind.VARIABLE
    return inside and not graph and _word(tokens, brace - 1) != "EXISTS"


def _equality(tokens: Sequence[Token], start: int) -> tuple[str, str] | None:
    """Return the variable and the term of a filter that compares one with the other."""
    if start >= len(tokens) or tokens[start].text != "(":
        return None
    parts: list[list[Token]] = [[]]
    for token in tokens[start + 1 : start + 6]:
        if token.text == ")" and token.kind is Kind.MARK:
            break
        if token.text == "=" and token.kind is Kind.MARK:
            parts.append([])
        else:
            parts[-1].append(token)
    else:
        return None
    if len(parts) != _OPERANDS:
        return None
    for one, other in (parts, parts[::-1]):
        if [token.kind for token in one] == [Kind.VARIABLE] and _is_term(other):
            return one[0].text[1:], "".join(token.text for token in other)
    return None


def _is_term(tokens: Sequence[Token]) -> bool:
    """Return whether this is a term that equals nothing but itself."""
    if not tokens or tokens[0].kind not in _CONSTANTS or tokens[0].text.startswith("_:"):
        return False
    rest = [token.kind for token in tokens[1:]]
    return not rest or (tokens[0].kind is Kind.STRING and rest == [Kind.TAG])


def _word(tokens: Sequence[Token], index: int) -> str:
    """Return the word at a place, in capitals; nothing where something else stands there."""
    if index < 0 or tokens[index].kind is not Kind.WORD:
        return ""
    return tokens[index].text.upper()
