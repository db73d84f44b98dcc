"""One result of an engine, as plain values that travel between processes and sort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True, slots=True, order=True)
class Result:
    """A validation result; terms are in N-Triples syntax, absent ones are empty.

    `path` is set for a path that is one property; of any other path a report says nothing, for
    its node is a blank one (https://www.w3.org/TR/shacl/#results-path). `messages` are literals.
    """

    focus: str
    path: str
    shape: str
    component: str
    severity: str
    value: str
    messages: tuple[str, ...] = ()
    details: tuple[Result, ...] = ()

    @property
    def verdict(self) -> tuple[str, ...]:
        """What two engines must agree on: everything but messages and details."""
        return (self.focus, self.path, self.shape, self.component, self.severity, self.value)


def written(term: Term | None) -> str:
    """Return a term in N-Triples syntax, or an empty text for none.

    >>> written(ox.Literal("a", language="en")), written(None)
    ('"a"@en', '')
    """
    return "" if term is None else str(term)


def plain(term: Term) -> str:
    """Return the IRI, label or lexical form of a term, or nothing for a triple in a triple.

    >>> plain(ox.Literal("a", language="en"))
    'a'
    """
    return "" if isinstance(term, ox.Triple) else term.value


def read(text: str) -> Term:
    """Return the term of a text in N-Triples syntax.

    >>> read('<http://example.org/a>')
    <NamedNode value=http://example.org/a>
    """
    if text.startswith("<"):
        return ox.NamedNode(text[1:-1])
    if text.startswith("_:"):
        return ox.BlankNode(text[2:])
    line = f"<a:a> <a:a> {text} ."
    quad: ox.Quad = next(iter(ox.parse(line, format=ox.RdfFormat.N_TRIPLES)))
    return quad.object
