"""What the engine is known to answer wrongly inside of GRAPH with a variable.

Oxigraph binds the variable of GRAPH by matching triples. A group in which nothing is matched
(only VALUES, only another GRAPH, a sub-SELECT) leaves it unbound, or counts all graphs as one.
Such a query is refused with the way to write it, rather than answered wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.store.tokens import Kind, Token, place

if TYPE_CHECKING:
    from collections.abc import Iterator

_TERMS: Final = frozenset({Kind.STRING, Kind.IRI, Kind.NAME, Kind.VARIABLE, Kind.NUMBER})
# What follows these words is a name or an expression, and no triple.
_NO_TRIPLE: Final = frozenset({"GRAPH", "VALUES", "FILTER", "EXISTS"})
_SUB_SELECT: Final = (
    "A sub-SELECT inside GRAPH with a variable is refused, because the engine would answer it "
    "wrongly. Put GRAPH inside the sub-SELECT and name its variable there: "
    "{ SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { … } } GROUP BY ?g }."
)
_NOTHING_MATCHED: Final = (
    "{word} alone inside GRAPH with a variable is refused, because the engine would leave the "
    "variable unbound. Put {word} outside of GRAPH, or beside a triple pattern inside."
)


@dataclass(slots=True)
class _Group:
    """What stands between one pair of braces, its inner braces left out."""

    in_graph: bool
    matches: bool = False
    alone: tuple[str, int] | None = None
    rows: bool = False
    brackets: int = 0


def refuse_unbound_graphs(query: str, tokens: list[Token], words: list[str]) -> None:
    """Raise a problem if the engine would answer this query wrongly."""
    if "GRAPH" not in words or not {"SELECT", "VALUES", "GRAPH"}.intersection(words):
        return
    for word, start in _faults(tokens, words):
        line, column = place(query, start)
        detail = _SUB_SELECT if word == "SELECT" else _NOTHING_MATCHED.format(word=word)
        raise Problem(400, detail, line=line, column=column)


def _faults(tokens: list[Token], words: list[str]) -> Iterator[tuple[str, int]]:
    """Yield the keywords, with their places, that the engine would take wrongly."""
    groups = [_Group(in_graph=False)]
    for index, (token, word) in enumerate(zip(tokens, words, strict=True)):
        group = groups[-1]
        if token.kind is Kind.MARK:
            if token.text == "{":
                groups.append(_opened(group, tokens, words, index))
            elif token.text == "}" and len(groups) > 1:
                if group.alone and not _any_matches(groups):
                    yield group.alone
                groups.pop()
            group.brackets += (token.text == "(") - (token.text == ")")
        elif not group.in_graph or group.rows:
            continue
        elif word == "SELECT":
            yield "SELECT", token.start
        elif word in {"VALUES", "GRAPH"}:
            group.alone = group.alone or (word, token.start)
        elif token.kind in _TERMS and group.brackets == 0:
            before = words[index - 1]
            group.matches = group.matches or before not in _NO_TRIPLE


def _opened(group: _Group, tokens: list[Token], words: list[str], index: int) -> _Group:
    """Return the group that a brace opens."""
    names_graph = index > 1 and words[index - 2] == "GRAPH"
    if names_graph and tokens[index - 1].kind is Kind.VARIABLE:
        return _Group(in_graph=True)
    if names_graph:
        # A graph with a name is matched as it stands.
        return _Group(in_graph=False)
    # The rows of VALUES stand in braces too, after a variable or a list of variables.
    rows = _follows_values(tokens, words, index)
    return _Group(in_graph=group.in_graph, rows=rows)


def _follows_values(tokens: list[Token], words: list[str], index: int) -> bool:
    """Return whether only variables and round brackets stand between VALUES and a brace."""
    for before in range(index - 1, -1, -1):
        if words[before]:
            return words[before] == "VALUES"
        if tokens[before].kind is not Kind.VARIABLE and tokens[before].text not in "()":
            return False
    return False


def _any_matches(groups: list[_Group]) -> bool:
    return any(group.matches and group.in_graph for group in groups)
