"""Whether ontology, axioms, shapes, data and saved queries speak of the same terms.

Domain and range are said twice, by the axioms to reasoners and by the shapes to checkers; here
the two are compared. A term that no data, no shape or no saved query has is a promise that
nobody keeps.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.findings import Finding, Place, Severity
from drugpolicy_kg.validation import from_folder
from drugpolicy_kg.vocabulary import (
    DP_NAMESPACE,
    DPS_NAMESPACE,
    OWL_NAMESPACE,
    PREFIXES,
    RDF,
    RDF_NAMESPACE,
    RDFS,
    RDFS_NAMESPACE,
    SH,
    SH_NAMESPACE,
    XSD,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from drugpolicy_kg.validation import Rule

_CLASS: Final = OWL_NAMESPACE + "Class"
_PROPERTIES: Final = {OWL_NAMESPACE + "ObjectProperty", OWL_NAMESPACE + "DatatypeProperty"}
_FUNCTIONAL: Final = OWL_NAMESPACE + "FunctionalProperty"
_UNION: Final = OWL_NAMESPACE + "unionOf"
_DOMAIN: Final = RDFS_NAMESPACE + "domain"
_RANGE: Final = RDFS_NAMESPACE + "range"
_PLAIN: Final = RDF_NAMESPACE + "PlainLiteral"
#: The names under which SHACL asks for what the axioms call plain literals.
_WORDS: Final = {RDF_NAMESPACE + "langString", XSD.string}
#: Ranges that say nothing that a shape could contradict.
_OPEN: Final = {OWL_NAMESPACE + "Thing", RDFS_NAMESPACE + "Literal"}
_MAX_COUNT: Final = SH_NAMESPACE + "maxCount"
_KINDS: Final = (SH_NAMESPACE + "class", SH_NAMESPACE + "datatype")
_SHAPES: Final = "shapes"
_AXIOMS: Final = "ontology/axioms.ttl"
_TERMS: Final = "ontology/drugpolicy.ttl"

Rows = dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class ClassRow:
    """A class: its node shapes, how many rules they have, and how many things are of it."""

    iri: str
    shapes: tuple[str, ...]
    rules: int
    things: int


@dataclass(frozen=True)
class PropertyRow:
    """A property: what the axioms and the shapes say of it, and where it is used."""

    iri: str
    domain: tuple[str, ...]
    range: tuple[str, ...]
    functional: bool
    rules: tuple[Rule, ...]
    kinds: tuple[str, ...]
    statements: int
    queries: tuple[str, ...]


@dataclass(frozen=True)
class Agreement:
    """The matrix of classes and properties, and its gaps."""

    classes: tuple[ClassRow, ...]
    properties: tuple[PropertyRow, ...]
    gaps: tuple[Finding, ...]


class _Sources:
    """What ontology, axioms, shapes, graphs and queries of a checkout say, by subject."""

    def __init__(self, root: Path) -> None:
        self.terms = _rows([root / _TERMS])
        self.axioms = _rows([root / _AXIOMS])
        self.shapes = _rows(sorted((root / _SHAPES).glob("*.ttl")))
        self.rules = from_folder(root / _SHAPES).rules
        files = sorted((root / "data" / "graphs").rglob("*.ttl"))
        graphs = [quad for path in files for quad in ox.parse(path=path)]
        self.statements = Counter(quad.predicate.value for quad in graphs)
        self.things = Counter(
            quad.object.value
            for quad in graphs
            if quad.predicate.value == RDF.type and isinstance(quad.object, ox.NamedNode)
        )
        self.queries = {path.stem: _code(path) for path in (root / "queries/public").glob("*.rq")}
        self.ancestors = {iri: _above(self.terms, iri) for iri in self.terms}

    def below(self, iri: str, others: Iterable[str]) -> bool:
        """Return whether a class is one of others or below one of them."""
        return not self.ancestors.get(iri, {iri}).isdisjoint(others)

    def related(self, iri: str, others: Iterable[str]) -> bool:
        """Return whether a class is one of others, or below or above one of them."""
        return self.below(iri, others) or any(self.below(other, {iri}) for other in others)

    def members(self, node: str) -> tuple[str, ...]:
        """Return the classes of a domain or range, one or a union."""
        union = self.axioms.get(node, {}).get(_UNION)
        if not union:
            return (node,)
        found: list[str] = []
        cell = union[0]
        while cell in self.axioms:
            row = self.axioms[cell]
            found.extend(row[RDF_NAMESPACE + "first"])
            cell = row[RDF_NAMESPACE + "rest"][0]
        return tuple(sorted(found))


def read(root: Path) -> Agreement:
    """Return how the parts of a checkout agree.

    Raises `DefinitionError` if a file is missing or cannot be read.
    """
    sources = _Sources(root)
    own = {iri: row for iri, row in sources.terms.items() if iri.startswith(DP_NAMESPACE)}
    classes = tuple(
        _class_row(iri, sources) for iri, row in sorted(own.items()) if _CLASS in _types(row)
    )
    properties = tuple(
        _property_row(iri, sources)
        for iri, row in sorted(own.items())
        if not _PROPERTIES.isdisjoint(_types(row))
    )
    if not classes or not properties:
        raise DefinitionError(f"{root / _TERMS}: classes and properties were expected, found none.")
    gaps = [
        *_shape_gaps(sources, {row.iri for row in classes}, {row.iri for row in properties}),
        *(gap for row in classes for gap in _class_gaps(row)),
        *(gap for row in properties for gap in _property_gaps(row, sources)),
    ]
    return Agreement(classes, properties, tuple(gaps))


def _class_row(iri: str, sources: _Sources) -> ClassRow:
    shapes = tuple(
        shape for shape, row in sorted(sources.shapes.items()) if iri in row.get(SH.targetClass, ())
    )
    rules = sum(iri in rule.classes for rule in sources.rules.values())
    return ClassRow(iri, shapes, rules, sources.things[iri])


def _property_row(iri: str, sources: _Sources) -> PropertyRow:
    axioms = sources.axioms.get(iri, {})
    rules = tuple(rule for rule in sources.rules.values() if rule.path == iri)
    kinds = {
        kind for rule in rules for key in _KINDS for kind in sources.shapes[rule.iri].get(key, ())
    }
    word = re.compile(rf"\bdp:{iri.removeprefix(DP_NAMESPACE)}\b")
    return PropertyRow(
        iri,
        tuple(part for node in axioms.get(_DOMAIN, ()) for part in sources.members(node)),
        tuple(part for node in axioms.get(_RANGE, ()) for part in sources.members(node)),
        _FUNCTIONAL in _types(axioms),
        rules,
        tuple(sorted(kinds)),
        sources.statements[iri],
        tuple(name for name, text in sorted(sources.queries.items()) if word.search(text)),
    )


# ── gaps ─────────────────────────────────────────────────────────────────────────────────


def _shape_gaps(sources: _Sources, classes: set[str], properties: set[str]) -> Iterable[Finding]:
    for shape, row in sorted(sources.shapes.items()):
        for target in row.get(SH.targetClass, ()):
            if target.startswith(DP_NAMESPACE) and target not in classes:
                yield _gap("shape-class", shape, f"is for {_short(target)}, which is no class.")
        for path in row.get(SH.path, ()):
            if path.startswith(DP_NAMESPACE) and path not in properties:
                yield _gap("shape-path", shape, f"looks at {_short(path)}, which is no property.")


def _class_gaps(row: ClassRow) -> Iterable[Finding]:
    if DPS_NAMESPACE + row.iri.removeprefix(DP_NAMESPACE) not in row.shapes:
        yield _gap("class-shape", row.iri, "has no node shape of its own.", _SHAPES)
    if not row.things:
        yield _gap("class-data", row.iri, "has no thing in the published graphs.", _TERMS)


def _property_gaps(row: PropertyRow, sources: _Sources) -> Iterable[Finding]:
    if not row.statements:
        yield _gap("property-data", row.iri, "is in no published statement.", _TERMS)
    if not row.queries:
        yield _gap("property-query", row.iri, "is in no saved query.", "queries/public")
    if not row.rules:
        yield _gap("property-shape", row.iri, "is looked at by no shape.", _SHAPES)
    elif not row.domain or not row.range:
        yield _gap("property-axiom", row.iri, "has no domain or no range.", _AXIOMS)
    else:
        asked = {iri for rule in row.rules for iri in rule.classes}
        yield from _domain_gaps(row, asked, sources)
        for kind in row.kinds:
            if not _fits(kind, row.range, sources):
                said = f"has the range {_list(row.range)}, while a shape asks for {_short(kind)}."
                yield _gap("range", row.iri, said)
        if row.functional:
            yield from _cardinality_gaps(row, asked, sources)


def _domain_gaps(row: PropertyRow, asked: set[str], sources: _Sources) -> Iterable[Finding]:
    for iri in sorted(asked):
        if not sources.below(iri, row.domain):
            said = f"is looked at by the shape of {_short(iri)}, which is outside of its domain."
            yield _gap("domain", row.iri, said)
    for iri in row.domain:
        if not sources.related(iri, asked):
            said = f"has {_short(iri)} in its domain, whose shapes do not look at it."
            yield _gap("domain", row.iri, said)


def _cardinality_gaps(
    row: PropertyRow, asked: Iterable[str], sources: _Sources
) -> Iterable[Finding]:
    """Yield the classes whose shapes allow several values of a functional property."""
    single = {
        iri
        for rule in row.rules
        for iri in rule.classes
        if sources.shapes[rule.iri].get(_MAX_COUNT) == ["1"]
    }
    for iri in sorted(asked):
        if not sources.below(iri, single):
            said = f"is functional, while the shape of {_short(iri)} allows several values."
            yield _gap("functional", row.iri, said)


def _fits(kind: str, expected: tuple[str, ...], sources: _Sources) -> bool:
    if not _OPEN.isdisjoint(expected) or sources.below(kind, expected):
        return True
    return _PLAIN in expected and kind in _WORDS


def _gap(code: str, iri: str, said: str, file: str = _SHAPES) -> Finding:
    return Finding(
        Severity.VIOLATION,
        f"agreement-{code}",
        f"{_short(iri)} {said}",
        Place(file),
        thing=_short(iri),
        remedy="Mend the one of them that is wrong, or remove the term.",
    )


# ── the page ─────────────────────────────────────────────────────────────────────────────


def page(agreement: Agreement) -> str:
    """Return the matrix as Markdown, the same text for the same checkout."""
    shown = [
        "# Agreement of ontology, axioms, shapes, data and saved queries",
        "",
        "Made by the program and compared in the tests. To make it again:",
        "`DRUGPOLICY_UPDATE=1 pytest tests/test_agreement.py`.",
        "",
        f"{len(agreement.classes)} classes, {len(agreement.properties)} properties,",
        f"{len(agreement.gaps)} gaps.",
        "",
        "| class | node shapes | rules | in the data |",
        "|---|---|--:|---|",
        *(
            f"| {_short(row.iri)} | {_list(row.shapes)} | {row.rules} | {_yes(row.things)} |"
            for row in agreement.classes
        ),
        "",
        "| property | domain | range | single | rules | kinds asked | in the data | in queries |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {_short(row.iri)} | {_list(row.domain)} | {_list(row.range)} | "
            f"{_yes(row.functional)} | {', '.join(rule.code for rule in row.rules)} | "
            f"{_list(row.kinds)} | {_yes(row.statements)} | {_yes(row.queries)} |"
            for row in agreement.properties
        ),
        "",
        *(f"- {gap.message}" for gap in agreement.gaps),
    ]
    return "\n".join(shown).rstrip() + "\n"


def _yes(there: object) -> str:
    return "yes" if there else ""


def _short(iri: str) -> str:
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _list(iris: Iterable[str]) -> str:
    return ", ".join(_short(iri) for iri in iris)


# ── reading ──────────────────────────────────────────────────────────────────────────────


def _rows(paths: Iterable[Path]) -> Rows:
    """Return the values of each subject and predicate of some files, in a fixed order."""
    rows: Rows = {}
    for path in paths:
        try:
            quads = list(ox.parse(path=path))
        except (OSError, SyntaxError) as error:
            raise DefinitionError(f"{path}: Turtle was expected, found none: {error}.") from error
        for quad in quads:
            row = rows.setdefault(_name(quad.subject), {})
            row.setdefault(quad.predicate.value, []).append(_name(quad.object))
    return rows


def _name(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str:
    return "" if isinstance(term, ox.Triple) else term.value


def _types(row: Mapping[str, list[str]]) -> set[str]:
    return set(row.get(RDF.type, ()))


def _above(rows: Rows, iri: str) -> set[str]:
    found, waiting = {iri}, [iri]
    while waiting:
        for parent in rows.get(waiting.pop(), {}).get(RDFS.subClassOf, ()):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def _code(path: Path) -> str:
    """Return a query without its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))
