"""The published graphs and the shapes, as tables that examples are made from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.validation import Engine, Result, Shapes, engines
from drugpolicy_kg.validation.background import Profile, of_profile
from drugpolicy_kg.validation.results import plain
from drugpolicy_kg.validation.shapes import read_rules
from drugpolicy_kg.vocabulary import RDF, SH, SH_NAMESPACE
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drugpolicy_kg.validation.results import Term

FOLDER: Final = Path(__file__).parent
SHAPES: Final = ROOT / "shapes"
#: What stands in no rule: the header, prefixes and profiles.
ABOUT: Final = "about"
#: The parameters of SHACL's constraints, and the name of the component that each belongs to.
COMPONENTS: Final = {
    SH_NAMESPACE + name: f"{name[0].upper()}{name[1:]}"
    for name in [
        "minCount",
        "maxCount",
        "datatype",
        "nodeKind",
        "class",
        "pattern",
        "minLength",
        "minInclusive",
        "maxInclusive",
        "minExclusive",
        "lessThan",
        "lessThanOrEquals",
        "equals",
        "disjoint",
        "uniqueLang",
    ]
} | {SH_NAMESPACE + "sparql": "SPARQL"}


@dataclass(frozen=True)
class Table:
    """Triples by subject and predicate."""

    rows: dict[str, dict[str, list[Term]]]

    def values(self, node: str, predicate: str) -> list[Term]:
        return self.rows.get(node, {}).get(predicate, [])

    def classes(self, node: str) -> set[str]:
        return {plain(term) for term in self.values(node, RDF.type)}


def table(triples: Iterable[ox.Triple]) -> Table:
    rows: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for triple in sorted(triples, key=str):
        rows[plain(triple.subject)][triple.predicate.value].append(triple.object)
    return Table({node: dict(row) for node, row in rows.items()})


def read(path: Path) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in ox.parse(path=path))


@cache
def published() -> Table:
    """Everything that is published, what was inferred included."""
    files = (ROOT / "data" / "graphs").rglob("*.ttl")
    return table(triple for path in sorted(files) for triple in read(path))


@cache
def shapes(name: str) -> Shapes:
    """The shapes of one file, with the prefixes of their queries."""
    triples = read(SHAPES / f"{name}.ttl") | read(SHAPES / f"{ABOUT}.ttl")
    return Shapes(triples, read_rules(triples))


@cache
def terms(name: str) -> Table:
    """What a file of shapes says, by shape."""
    return table(shapes(name).triples)


@cache
def names() -> tuple[str, ...]:
    """The files of shapes, by name."""
    found = sorted(path.stem for path in SHAPES.glob("*.ttl") if path.stem != ABOUT)
    assert found, f"{SHAPES} has no shapes"
    return tuple(found)


@cache
def constraints(name: str) -> dict[str, dict[str, Term]]:
    """The parameters of each rule of a file: code, component, value."""
    own = terms(name)
    return {
        rule.code: {
            COMPONENTS[key]: values[0] for key, values in own.rows[iri].items() if key in COMPONENTS
        }
        for iri, rule in shapes(name).rules.items()
    }


def results(engine: Engine, name: str, triples: frozenset[ox.Triple]) -> tuple[Result, ...]:
    """What an engine finds with the shapes of a file and the hierarchy of classes."""
    data = triples | of_profile(Profile.CORE).triples
    return engines.run(engine, data, shapes(name).triples)


def lines(name: str, found: Iterable[Result]) -> list[str]:
    """The results as rows of a report: rule, component, severity, node and value."""
    rules = shapes(name).rules
    rows = []
    for result in found:
        component = result.component.strip("<>").removeprefix(SH_NAMESPACE)
        rows.append(
            "\t".join(
                (
                    rules[result.shape.strip("<>")].code,
                    component.removesuffix("ConstraintComponent"),
                    result.severity.strip("<>").removeprefix(SH_NAMESPACE),
                    result.focus,
                    result.value,
                )
            ).rstrip()
        )
    return sorted(rows)


@cache
def targets(name: str) -> dict[str, set[str]]:
    """The classes that each node shape of a file is for."""
    own = terms(name)
    return {
        shape: {plain(term) for term in row[SH.targetClass]}
        for shape, row in sorted(own.rows.items())
        if SH.targetClass in row
    }
