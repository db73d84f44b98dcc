"""Where a node was read, and how a person calls it: what turns a result into a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.findings import Place
from drugpolicy_kg.vocabulary import DP, ELI, GRAPH, ID, OA, PREFIXES, PROV

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drugpolicy_kg.validation.results import Term

#: The longest value or quotation that is shown whole.
_LONGEST: Final = 120
_READ: Final = {
    DP.evidence,
    DP.fileName,
    DP.firstLine,
    DP.locator,
    DP.order,
    DP.passageNumber,
    ELI.embodies,
    OA.exact,
    OA.hasSelector,
    OA.hasSource,
    PROV.wasQuotedFrom,
}


class Places:
    """The passages of a graph, by the nodes that they show."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._values: dict[tuple[str, str], list[str]] = {}
        for triple in triples:
            key = triple.predicate.value
            if key in _READ and isinstance(triple.subject, ox.NamedNode):
                target = triple.object
                if not isinstance(target, ox.Triple):
                    self._values.setdefault((triple.subject.value, key), []).append(target.value)

    def of(self, node: str) -> tuple[Place, str]:
        """Return where a node, or else what it is part of, was read first, and the words there.

        The first passage of the edition that comes first counts. A node of which nothing is
        known has an empty place.
        """
        iri = node
        while iri.startswith(ID):
            shown = self._all(iri, DP.evidence) or [iri]
            passages = [passage for passage in shown if self._all(passage, OA.hasSource)]
            if passages:
                return self._passage(min(passages, key=self._reading_order))
            name = self._one(iri, DP.fileName) or self._one(f"{iri}/file", DP.fileName)
            if name:
                return Place(name), ""
            iri = iri.rpartition("/")[0]
        return Place(), ""

    def thing(self, node: str) -> str:
        """Return how a person calls a node: `com-2020-606, action 14, participation 2`."""
        if not node.startswith(ID):
            return compact(node)
        first, _, rest = node.removeprefix(ID).partition("/")
        if first != "plan":
            return f"{first} {rest}".strip()
        plan, *steps = rest.split("/")
        words = [plan]
        iri = f"{ID}plan/{plan}"
        for step, name in zip(steps[::2], [*steps[1::2], ""], strict=False):
            iri = "/".join(part for part in (iri, step, name) if part)
            words.append(self._one(iri, DP.locator) or f"{step} {name}".strip())
        return ", ".join(words)

    def value(self, term: Term) -> str:
        """Return a value as a person reads it, cut if it is long."""
        if isinstance(term, ox.NamedNode):
            return self.thing(term.value)
        if isinstance(term, ox.Literal):
            return shortened(term.value)
        return ""

    def _all(self, node: str, key: str) -> list[str]:
        return self._values.get((node, key), [])

    def _one(self, node: str, key: str) -> str:
        return min(self._all(node, key), default="")

    def _number(self, node: str, key: str) -> int:
        text = self._one(node, key)
        return int(text) if text.isdecimal() else 0

    def _reading_order(self, passage: str) -> tuple[int, str, int, int, str]:
        source = self._one(passage, OA.hasSource)
        return (
            self._number(self._one(source, ELI.embodies), DP.order),
            source,
            self._number(passage, DP.firstLine),
            self._number(passage, DP.passageNumber),
            passage,
        )

    def _passage(self, passage: str) -> tuple[Place, str]:
        name = self._one(self._one(passage, OA.hasSource), DP.fileName)
        quoted = (self._one(selector, OA.exact) for selector in self._all(passage, OA.hasSelector))
        words = next(filter(None, quoted), "")
        page = self._one(passage, PROV.wasQuotedFrom).rpartition("/page/")[2]
        if page.isdecimal():  # the lines of the extracted text are no lines of the page
            return Place(name.removesuffix(".txt"), page=int(page)), words
        return Place(name, self._number(passage, DP.firstLine)), words


def shortened(text: str) -> str:
    r"""Return a text on one line, cut if it is long.

    >>> shortened("one\n two")
    'one two'
    """
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def compact(iri: str) -> str:
    """Return an IRI with one of our prefixes, or as it is.

    >>> compact("http://www.w3.org/ns/shacl#Violation"), compact("http://example.org/a")
    ('sh:Violation', 'http://example.org/a')
    """
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri.removeprefix(GRAPH)
