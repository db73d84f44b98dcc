"""How examples are made: the smallest real nodes that show every rule, and what breaks each."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.validation.results import plain
from drugpolicy_kg.vocabulary import DP, ID, RDF, SH, SKOS, TIME
from tests.shapes.breaking import QUERIES, broken
from tests.shapes.graphs import constraints, published, shapes, targets, terms

if TYPE_CHECKING:
    from drugpolicy_kg.validation.results import Term

    Row = dict[str, list[Term]]

#: What rules ask of the things that a node points to.
_ASKED: Final = {
    RDF.type,
    DP.codeOf,
    DP.endYear,
    DP.number,
    DP.startYear,
    SKOS.notation,
    TIME.inXSDDate,
}
#: The rules that ask for a whole are broken by taking it away.
_ORPHANS: Final = ("#Item-action", "#Participation-action")
#: What has to point to a node.
_INCOMING: Final = {DP.hasItem: "item", DP.hasParticipation: "participation"}


@cache
def focus_nodes(name: str) -> dict[str, list[str]]:
    """The real nodes that show every path of a node shape, as few and as small as there are."""
    return {shape: _chosen(name, shape, classes) for shape, classes in targets(name).items()}


def _chosen(name: str, shape: str, classes: set[str]) -> list[str]:
    own = terms(name)
    missing = {
        plain(path)
        for rule in own.values(shape, SH.property)
        for path in own.values(plain(rule), SH.path)
    }
    nodes = [node for node in published().rows if published().classes(node) & classes]
    chosen: list[str] = []
    while missing:
        best = min(nodes, key=lambda node: _merit(node, missing))
        shown = missing & set(published().rows[best])
        if not shown:
            break
        chosen.append(best)
        missing -= shown
    return chosen


def _merit(node: str, missing: set[str]) -> tuple[int, int, str]:
    row = published().rows[node]
    return -len(missing & set(row)), sum(len(values) for values in row.values()), node


def valid(name: str) -> set[ox.Triple]:
    """The graph of a file of shapes that breaks none of its rules."""
    return _whole(name, [node for nodes in focus_nodes(name).values() for node in nodes])


def _whole(name: str, waiting: list[str]) -> set[ox.Triple]:
    """Nodes as the rules of a file want them, with what they point to."""
    classes = set().union(*targets(name).values())
    triples: set[ox.Triple] = set()
    seen: set[str] = set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if not published().classes(node) & classes:
            triples |= _context(node)
            continue
        row = _shown(name, node)
        triples |= _triples(node, row) | _incoming(node)
        waiting.extend(_things(row))
    return triples


def _things(row: Row) -> list[str]:
    return [
        term.value for values in row.values() for term in values if isinstance(term, ox.NamedNode)
    ]


def invalid(name: str, code: str) -> set[ox.Triple]:
    """The graph with one broken copy of a node for each constraint of a rule."""
    rule = next(rule for rule in shapes(name).rules.values() if rule.code == code)
    parts = constraints(name)[code]
    shape = next(shape for shape, classes in targets(name).items() if classes == set(rule.classes))
    triples: set[ox.Triple] = set()
    for component in sorted(parts):
        node = _example(focus_nodes(name)[shape], rule.path)
        row = {key: list(values) for key, values in _shown(name, node).items()}
        copy = renamed(node, f"{code}-{component}")
        if component == "SPARQL":
            QUERIES[rule.iri.rpartition("#")[2]](copy, row)
        else:
            broken(component, parts, rule.path, row)
        triples |= _triples(copy, row)
        if not rule.iri.endswith(_ORPHANS):
            triples |= _incoming(node, copy)
        triples |= _whole(name, [thing for thing in _things(row) if thing != copy])
    return triples


def renamed(node: str, tag: str) -> str:
    """The IRI of a copy: the end of an IRI is kept, since numbers stand there."""
    if node.startswith(f"{ID}plan/"):
        plan, _, rest = node.removeprefix(f"{ID}plan/").partition("/")
        return f"{ID}plan/{plan}.{tag}" + (f"/{rest}" if rest else "")
    return f"{node}.{tag}"


def _example(nodes: list[str], path: str) -> str:
    return next((node for node in nodes if path in published().rows[node]), nodes[0])


def _shown(name: str, node: str) -> Row:
    """What the rules of a file look at in a node, with one value where one is enough."""
    own = terms(name)
    paths = {
        plain(term) for row in own.rows.values() for key in _PATHS for term in row.get(key, [])
    }
    row = published().rows[node]
    keep = paths | _ASKED | set(_QUERIED.get(name, ()))
    return {key: values for key, values in row.items() if key in keep}


_PATHS: Final = (
    SH.path,
    *(
        SH.path.removesuffix("path") + name
        for name in ("lessThan", "lessThanOrEquals", "equals", "disjoint")
    ),
)
#: What queries of a file look at beside the paths of its rules.
_QUERIED: Final = {"action": (DP.inPlan,), "timetable": (DP.inPlan,)}


def _context(node: str) -> set[ox.Triple]:
    row = published().rows.get(node, {})
    return _triples(node, {key: values for key, values in row.items() if key in _ASKED})


def _incoming(node: str, copy: str = "") -> set[ox.Triple]:
    """What points to a node as its whole."""
    whole, _, rest = node.rpartition("/")
    for predicate, step in _INCOMING.items():
        if whole.endswith(f"/{step}") and rest.isdecimal():
            return {
                ox.Triple(
                    ox.NamedNode(whole.removesuffix(f"/{step}")),
                    ox.NamedNode(predicate),
                    ox.NamedNode(copy or node),
                )
            }
    return set()


def _triples(node: str, row: Row) -> set[ox.Triple]:
    return {
        ox.Triple(ox.NamedNode(node), ox.NamedNode(key), term)
        for key, values in row.items()
        for term in values
    }
