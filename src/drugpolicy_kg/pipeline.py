"""The steps in their order: read → extract → merge → triples → infer, for all plans of a folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from drugpolicy_kg import (
    __version__,
    cataloguing,
    checking,
    counting,
    coverage,
    extraction,
    graphs,
    mapping,
    reasoning,
)
from drugpolicy_kg import identifiers as ids
from drugpolicy_kg.authorities import read_authorities, read_tables
from drugpolicy_kg.citations import Grammar
from drugpolicy_kg.definitions import Language, PlanDefinition, load
from drugpolicy_kg.errors import DefinitionError, SourceError
from drugpolicy_kg.extraction.recognition import LAYOUTS, Recognition, recognise
from drugpolicy_kg.findings import Catalogue, Excerpt, Finding, Place, Rule, Severity
from drugpolicy_kg.garbage import uncollected
from drugpolicy_kg.judging import read_corrections
from drugpolicy_kg.linking import read_links
from drugpolicy_kg.merging import merge
from drugpolicy_kg.readers import digest, read, read_bytes, read_file, unread
from drugpolicy_kg.vocabulary import DP, SHAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from drugpolicy_kg.coverage import Coverage
    from drugpolicy_kg.definitions import Entry
    from drugpolicy_kg.document import Document
    from drugpolicy_kg.findings import Notice
    from drugpolicy_kg.linking import Links
    from drugpolicy_kg.plan import Plan


_PLANS = "plans"
#: What people write and a build reads; the sources of plans are entities of their own.
_WRITTEN: Final = (
    "data/authorities/*.yaml",
    "data/languages/*.yaml",
    "data/links/*.csv",
    "data/mappings/*.tsv",
    "data/vocabularies/*",
    "data/plans/*/plan.yaml",
    "data/plans/*/authorities/*.yaml",
    "ontology/*.ttl",
    "ontology/schemes/*.ttl",
)
#: Graphs of passages, from which nothing is concluded.
_EVIDENCE = ".evidence"


@dataclass(frozen=True)
class PlanResult:
    """A plan that was built: its facts, its documents, and what was said on the way."""

    plan: Plan
    definition: PlanDefinition
    documents: Mapping[str, Document]
    findings: list[Finding]
    coverage: Mapping[str, Coverage]
    pages: mapping.PlanGraphs

    @property
    def facts(self) -> int:
        """How many facts there are."""
        return self.pages.fact_count

    @property
    def shown(self) -> int:
        """How many facts show where they were read."""
        return self.pages.shown_count


@dataclass(frozen=True)
class Build:
    """Everything that a build makes: files by their relative path, and a report."""

    files: Mapping[str, bytes]
    plans: tuple[PlanResult, ...]
    triples: int = 0
    findings: list[Finding] = field(default_factory=list)


class Knowledge:
    """What people wrote under a data folder: languages, authority tables, rules, code lists."""

    def __init__(self, data: Path) -> None:
        self.data = data
        paths = sorted((data / "languages").glob("*.yaml"))
        if not paths:
            raise DefinitionError(
                f"{data / 'languages'}: a language file was expected, found none."
            )
        self.languages = {
            language.code: language for language in (load(path, Language) for path in paths)
        }
        self.genitives = {code: lang.genitives for code, lang in self.languages.items()}
        self.authorities = read_authorities(data / "authorities", self.genitives)
        self.grammar = Grammar([language.citations for language in self.languages.values()])
        self.catalogue = Catalogue(load(data / "rules.yaml", tuple[Rule, ...]))

    @cached_property
    def recognition(self) -> Recognition:
        """What a plan that comes without a plan.yaml is taken for."""
        return load(self.data / "recognition.yaml", Recognition)

    def language(self, code: str, path: Path) -> Language:
        """Return the words of a language; `path` is the plan.yaml that asks for it."""
        try:
            return self.languages[code]
        except KeyError:
            known = ", ".join(sorted(self.languages))
            raise DefinitionError(
                f"{path}: key 'editions.language' expects one of {known}, found '{code}'.",
                remedy=f"Write {self.data / 'languages' / code}.yaml.",
            ) from None


@uncollected()
def read_plan(folder: Path, knowledge: Knowledge) -> PlanResult:
    """Return the plan of a folder with plan.yaml and its sources.

    Raises `SourceError` and `DefinitionError` for files that are not as expected, and
    `CountError` where the document holds another number of things than a person counted in
    it or than its own text claims.
    """
    path = folder / "plan.yaml"
    definition = load(path, PlanDefinition)
    if folder.parent.name == _PLANS and folder.name != definition.id:
        raise DefinitionError(
            f"{path}: key 'id' expects the name of its folder, '{folder.name}', found "
            f"'{definition.id}'.",
            remedy="Rename the folder or mend the key.",
        )
    authorities = knowledge.authorities.with_folder(folder / "authorities")
    seeker = extraction.Mentions(authorities, knowledge.grammar)
    documents: dict[str, Document] = {}
    editions: list[Plan] = []
    notices: list[Notice] = []
    for edition in definition.editions:
        language = knowledge.language(edition.language, path)
        document = read(folder / edition.file, sha256=edition.sha256)
        documents[edition.language] = document
        notices.extend(unread(document, edition.language))
        plan, said = extraction.extract(
            document, definition, edition, language, authorities, seeker
        )
        editions.append(plan)
        notices.extend(said)
        notices.extend(checking.numbers(checking.Sheet(document, plan, definition, language)))
    merged, said = merge(editions)
    notices.extend(said)
    counting.check(path, merged, definition)
    pages = mapping.PlanGraphs(merged, definition, documents, knowledge.languages)
    return PlanResult(
        merged,
        definition,
        documents,
        worded(notices, documents, knowledge.catalogue, definition.id),
        {code: coverage.of(document, merged, code) for code, document in documents.items()},
        pages,
    )


def read_document(
    source: Path | bytes,
    knowledge: Knowledge,
    *,
    name: str = "",
    layout: str = "auto",
    tables: Path | None = None,
) -> PlanResult:
    """Return the plan of a document that comes alone, without a plan.yaml.

    `source` is a path, or bytes whose `name` ends in that of a format; `layout` is one of
    "auto", "table" and "communication". What plan.yaml would say is recognised, and what cannot
    be is among the findings. `tables` is a folder with the plan's own names, if it has such.
    Nothing is compared with a count: the result says what was found.

    Raises `SourceError` if the document cannot be read, or `layout` is none.
    """
    if layout not in {"auto", *LAYOUTS}:
        raise SourceError(
            f"layout: one of auto, {', '.join(LAYOUTS)} was expected, found '{layout}'."
        )
    data = source if isinstance(source, bytes) else read_file(source)
    document = read_bytes(name or str(source), data)
    definition, noticed = recognise(
        document,
        knowledge.languages,
        knowledge.grammar,
        knowledge.recognition,
        layout=next((known for known in LAYOUTS if known == layout), None),
        sha256=digest(data),
    )
    if not any(block.text.value.strip() for block in document.blocks):
        raise SourceError(
            f"{document.name}: the text of a plan was expected, found no words.",
            remedy="Give a document with text; scanned pages have none before OCR.",
        )
    (edition,) = definition.editions
    authorities = knowledge.authorities
    if tables is not None:
        authorities = authorities.with_folder(tables)
    seeker = extraction.Mentions(authorities, knowledge.grammar)
    language = knowledge.languages[edition.language]
    plan, said = extraction.extract(document, definition, edition, language, authorities, seeker)
    documents = {edition.language: document}
    return PlanResult(
        plan,
        definition,
        documents,
        worded(
            [*noticed, *unread(document, edition.language), *said],
            documents,
            knowledge.catalogue,
            definition.id,
        ),
        {edition.language: coverage.of(document, plan, edition.language)},
        mapping.PlanGraphs(plan, definition, documents, knowledge.languages),
    )


def worded(
    notices: Iterable[Notice], documents: Mapping[str, Document], catalogue: Catalogue, plan: str
) -> list[Finding]:
    """Return notices as findings: each in the words of its rule, at its line and column."""
    return [_worded(notice, documents, catalogue, plan) for notice in notices]


def _worded(
    notice: Notice, documents: Mapping[str, Document], catalogue: Catalogue, plan: str
) -> Finding:
    document = documents.get(notice.language)
    place, excerpt = Place(), None
    if document is not None:
        place = notice.place or Place(document.name)
    if document is not None and notice.span is not None:
        position = document.position(notice.span.start)
        start = document.line_starts[position.line - 1]
        line = document.line(position.line)
        place = document.place(notice.span.start)
        end = min(notice.span.end - start, len(line))
        excerpt = Excerpt(line, position.column, end + 1)
    thing = f"{plan}, {notice.thing}" if notice.thing else plan
    return catalogue.finding(replace(notice, thing=thing), place, excerpt)


@uncollected()
def build(root: Path, *, say: Callable[[str], None] = lambda _: None) -> Build:
    """Return the graphs of all plans under `root`/data/plans, of the tables and the ontology.

    Nothing is written. `say` is told which step is being done.
    """
    data = root / "data"
    say("words and authority tables")
    knowledge = Knowledge(data)
    named: dict[str, graphs.Graph] = {}
    results: list[PlanResult] = []
    tables = dict(knowledge.authorities.entries)
    met: dict[str, tuple[str, str]] = {}
    for folder in sorted(path.parent for path in (data / "plans").glob("*/plan.yaml")):
        say(folder.name)
        result = read_plan(folder, knowledge)
        results.append(result)
        plan = result.plan
        pages = result.pages
        stem = f"plan/{plan.id}.{plan.version}"
        named[stem], named[f"{stem}{_EVIDENCE}"] = pages.facts, pages.evidence
        _own_tables(tables, folder / "authorities")
        _meet(met, plan, tables)
    if not results:
        raise DefinitionError(
            f"{data / 'plans'}: a folder with plan.yaml was expected, found none.",
            remedy="CONTRIBUTING.md says how to write one.",
        )
    say("links")
    links = read_links(data)
    named["authorities"] = mapping.entry_graph(tables, met, links.numbers())
    if links.sets:
        named["vocabularies"] = mapping.vocabulary_graph(links)
        named["mappings"] = mapping.link_graph(links)
    say("judgements")
    versions = {own.plan.id: (own.plan.version, own.documents) for own in results}
    corrections = read_corrections(data / "links", versions)
    if corrections:
        named["judgements"] = mapping.judgement_graph(corrections)
    named["ontology"] = _ontology(root / "ontology")
    if (root / "shapes").is_dir():
        named["shapes"] = _shapes(root / "shapes")
    say("conclusions")
    stated = [graph for name, graph in named.items() if not name.endswith(_EVIDENCE)]
    named["inferred"] = reasoning.infer(
        stated, root / "ontology" / "axioms.ttl", ids.graph("inferred")
    )
    say("files")
    files = graphs.rows(named)
    described = _described(knowledge, named, files, results, links)
    if described:
        about = cataloguing.describe(described)
        named |= about
        files += graphs.rows(about)
    graphs.disjoint(named.values())
    graphs.closed(named.values())
    return Build(
        graphs.with_manifest(files, __version__),
        tuple(results),
        sum(len(graph.triples) for graph in named.values()),
        [finding for result in results for finding in result.findings],
    )


def _described(
    knowledge: Knowledge,
    named: Mapping[str, graphs.Graph],
    files: list[graphs.GraphFile],
    results: list[PlanResult],
    links: Links,
) -> cataloguing.Described | None:
    """Return what the graphs are described from; without data/catalogue.yaml they are not."""
    path = knowledge.data / "catalogue.yaml"
    if not path.is_file():
        return None
    sources = links.targets(DP.celexResource)
    plans = []
    for result in results:
        plan, version = result.plan, result.plan.version
        facts, evidence = (named[f"plan/{plan.id}.{version}{end}"].iri for end in ("", _EVIDENCE))
        source = sources.get(ids.plan(plan.id))
        plans.append(
            cataloguing.PlanVersion(
                plan.id,
                {own.language: own.title for own in result.definition.editions},
                ids.plan(plan.id),
                (facts, evidence),
                {
                    f"{ids.edition(plan.id, version, code)}/file": knowledge.languages[
                        code
                    ].authority
                    for code in result.documents
                },
                source.iri if source else "",
            )
        )
    return cataloguing.Described(
        load(path, cataloguing.Catalogue),
        __version__,
        dict(named),
        {file.file.removesuffix(".ttl"): file.sha256 for file in files},
        _inputs(knowledge.data.parent),
        tuple(plans),
        links.counts(),
    )


def _inputs(root: Path) -> dict[str, str]:
    """Return the digests of the files that people wrote and a build reads, by their path."""
    found = {path for pattern in _WRITTEN for path in root.glob(pattern) if path.is_file()}
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(found)
    }


def _ontology(folder: Path) -> graphs.Graph:
    """Return terms and closed lists; axioms and examples are for reasoners and people."""
    graph = graphs.Graph(ids.graph("ontology"))
    for path in (folder / "drugpolicy.ttl", *sorted((folder / "schemes").glob("*.ttl"))):
        graph.parse(path)
    return graph


def _shapes(folder: Path) -> graphs.Graph:
    """Return the shapes, so that rules can be asked for like everything else."""
    graph = graphs.Graph(ids.graph("shapes"), f"{SHAPES}#")
    for path in sorted(folder.glob("*.ttl")):
        graph.parse(path)
    return graph


def _own_tables(tables: dict[str, tuple[Entry, ...]], folder: Path) -> None:
    more = read_tables(folder)
    for table, rows in more.items():
        known = {entry.id for entry in tables.get(table, ())}
        twice = sorted(known & {entry.id for entry in rows})
        if twice:
            raise DefinitionError(
                f"{folder / f'{table}.yaml'}: key 'id' expects a new identifier, found "
                f"'{twice[0]}', which another table has.",
                remedy="Remove the entry, or give it an identifier of its own.",
            )
        tables[table] = (*tables.get(table, ()), *rows)


def _meet(
    met: dict[str, tuple[str, str]], plan: Plan, tables: Mapping[str, tuple[Entry, ...]]
) -> None:
    known = {entry.id for entry in tables.get("instruments", ())}
    for citation in plan.citations:
        if citation.instrument and citation.instrument not in known:
            met.setdefault(citation.instrument, (citation.identifier, citation.kind))


def violations(findings: list[Finding]) -> list[Finding]:
    """Return the findings that make a graph wrong."""
    return [finding for finding in findings if finding.severity is Severity.VIOLATION]
