"""The shapes as they are shipped: which rules there are, and which of them a profile asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg import resources
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.findings import Severity
from drugpolicy_kg.validation.background import Profile
from drugpolicy_kg.validation.results import plain
from drugpolicy_kg.vocabulary import DCT, DPS, RDF, RDFS, SH, SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from drugpolicy_kg.validation.results import Term

_SEVERITIES: Final = {
    SH.Violation: Severity.VIOLATION,
    SH.Warning: Severity.WARNING,
    SH.Info: Severity.INFO,
}


@dataclass(frozen=True)
class Rule:
    """A property shape: its identifier (`DP-ACT-101`), its words, and which classes it is for.

    `names`, `messages` and `remedies` are texts by language. `path` is the property that is
    looked at, `classes` those of the node shapes that carry the rule.
    """

    iri: str
    code: str
    severity: Severity
    profile: Profile
    path: str
    classes: tuple[str, ...]
    names: Mapping[str, str]
    messages: Mapping[str, str]
    remedies: Mapping[str, str]
    rationale: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shapes:
    """A shapes graph, its rules by the IRI of their shape, and the language of reference."""

    triples: frozenset[ox.Triple]
    rules: Mapping[str, Rule] = field(default_factory=dict)
    reference: str = ""
    ours: bool = False


def severity(iri: str) -> Severity:
    """Return the severity that an IRI stands for; one that SHACL does not know is a violation."""
    return _SEVERITIES.get(iri, Severity.VIOLATION)


@cache
def bundled(profile: Profile = Profile.LINKED) -> Shapes:
    """Return the shapes that travel with the package, without those that a profile leaves out.

    Raises `DefinitionError` if a file cannot be read, or if there is none.
    """
    return from_folder(resources.shapes(), profile)


def from_folder(where: Path, profile: Profile = Profile.LINKED) -> Shapes:
    """Return the shapes of the files of a folder; see `bundled`."""
    triples: set[ox.Triple] = set()
    for path in sorted(where.glob("*.ttl")):
        try:
            triples.update(quad.triple for quad in ox.parse(path=path, base_iri=SHAPES))
        except SyntaxError as error:
            raise DefinitionError(
                f"{path}, line {error.lineno}: Turtle was expected, found something else "
                f"({error.msg})."
            ) from error
        except OSError as error:
            raise DefinitionError(
                f"{path}: shapes that can be read were expected ({error.strerror})."
            ) from error
    if not triples:
        raise DefinitionError(f"{where}: shapes (*.ttl) were expected, found none.")
    rules = read_rules(triples)
    if profile is Profile.CORE:
        left_out = {iri for iri, rule in rules.items() if rule.profile is Profile.LINKED}
        triples = {
            triple
            for triple in triples
            if plain(triple.subject) not in left_out
            and not (isinstance(triple.object, ox.NamedNode) and plain(triple.object) in left_out)
        }
        rules = {iri: rule for iri, rule in rules.items() if iri not in left_out}
    return Shapes(frozenset(triples), rules, reference_language(triples), ours=True)


def reference_language(triples: Iterable[ox.Triple]) -> str:
    """Return the language that the header of the shapes names as that of reference."""
    return next(
        (
            plain(triple.object)
            for triple in triples
            if plain(triple.subject) == SHAPES and triple.predicate.value == DCT.language
        ),
        "",
    )


def read_rules(triples: Iterable[ox.Triple]) -> dict[str, Rule]:
    """Return the rules of a shapes graph by the IRI of their shape, in order of their codes."""
    table: dict[str, dict[str, list[Term]]] = {}
    carriers: dict[str, set[str]] = {}
    for triple in triples:
        row = table.setdefault(plain(triple.subject), {})
        row.setdefault(triple.predicate.value, []).append(triple.object)
        if triple.predicate.value == SH.property:
            carriers.setdefault(plain(triple.object), set()).add(plain(triple.subject))
    rules = [
        _rule(iri, row, [table[shape] for shape in sorted(carriers.get(iri, ()))])
        for iri, row in table.items()
        if any(plain(kind) == SH.PropertyShape for kind in row.get(RDF.type, ()))
    ]
    return {rule.iri: rule for rule in sorted(rules, key=lambda rule: (rule.code, rule.iri))}


def _rule(
    iri: str,
    row: dict[str, list[Term]],
    carriers: list[dict[str, list[Term]]],
) -> Rule:
    def one(predicate: str) -> str:
        return min((plain(term) for term in row.get(predicate, ())), default="")

    def texts(predicate: str) -> dict[str, str]:
        return {
            term.language or "": term.value
            for term in row.get(predicate, ())
            if isinstance(term, ox.Literal)
        }

    linked = one(DPS.profile) == DPS.linked
    classes = {plain(target) for carrier in carriers for target in carrier.get(SH.targetClass, ())}
    return Rule(
        iri,
        one(DCT.identifier) or iri.rpartition("#")[2] or iri,
        severity(one(SH.severity)),
        Profile.LINKED if linked else Profile.CORE,
        one(SH.path),
        tuple(sorted(classes)),
        texts(SH.name),
        texts(SH.message),
        texts(DPS.remedy),
        one(RDFS.comment),
        tuple(sorted(plain(term) for term in row.get(DCT.source, ()))),
    )
