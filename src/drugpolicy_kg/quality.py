"""Quality: the rules of others and our own, each asked of the graphs, and a page with the score.

A rule is a file queries/checks/NAME.rq. Its `#+` lines hold YAML: the rule under the name that
its authors gave it, how bad a breach is, the message, and the pattern that says what is looked
at. The query must return nothing; a rule that looked at nothing has not passed. What SPARQL
cannot ask is asked in code, and what cannot be asked without a network is listed with the reason.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias, TypeVar

import pyoxigraph as ox
import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from drugpolicy_kg import reasoning
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.findings import Finding, Place, Severity
from drugpolicy_kg.queries import SavedQuery, load_queries
from drugpolicy_kg.results import Rows, from_sparql_json, text
from drugpolicy_kg.store import Question as Asked
from drugpolicy_kg.store.embedded import EmbeddedStore
from drugpolicy_kg.store.formats import by_name
from drugpolicy_kg.vocabulary import DP_NAMESPACE
from drugpolicy_kg.yaml_input import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_FRONT: Final = re.compile(r"#\+ ?(.*)")
_PREFIX: Final = re.compile(r"^PREFIX .*$", re.MULTILINE)
_TERM: Final = re.compile(r"(?<![\w?])([a-z]+):([A-Za-z_][A-Za-z0-9_]*)")
_NO_TERM: Final = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>\s]*>')
_TAG: Final = re.compile(r'(?<!\\)"@([A-Za-z][A-Za-z0-9-]*)')
#: So many findings of a rule are written out; the rest is counted.
_WRITTEN: Final = 12
_Words: TypeAlias = Annotated[str, StringConstraints(min_length=1)]
_Model = TypeVar("_Model", bound=BaseModel)


class Check(BaseModel):
    """A rule as a query: `over` says whether graphs, ontology or shapes are asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    text: str
    summary: _Words
    rule: _Words
    severity: Severity
    message: _Words
    looks_at: _Words
    over: Literal["graphs", "core", "shapes"] = "graphs"

    def counting(self) -> str:
        """Return the query that counts what the rule looks at."""
        prefixes = "\n".join(_PREFIX.findall(self.text))
        pattern = f"SELECT (COUNT(DISTINCT ?looked) AS ?n) WHERE {{ {self.looks_at} }}"
        return f"{prefixes}\n{pattern}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a rule: how many things were looked at, and what was found."""

    name: str
    rule: str
    summary: str
    looked: int
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether something was looked at and nothing was found.

        >>> Outcome("own-example", "ours", "Every term has an example", looked=0).passed
        False
        """
        return self.looked > 0 and not self.findings


class Ask(BaseModel):
    """A saved query with parameters, and the file with the rows that a person read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: _Words
    parameters: dict[str, str] = Field(default_factory=dict)
    only: dict[str, list[str]] = Field(default_factory=dict)
    expected: str = ""


class Question(BaseModel):
    """A competency question: what answers it, or why it waits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    text: _Words
    waits: str = ""
    asks: list[Ask] = Field(default_factory=list)


class _Questions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: list[Question]


@dataclass
class _Stores:
    """The stores that rules are asked of, each loaded once and only if a rule needs it."""

    root: Path
    _loaded: dict[str, EmbeddedStore] = field(default_factory=dict)

    def store(self, over: str) -> EmbeddedStore:
        if over not in self._loaded:
            ontology = self.root / "ontology" / "drugpolicy.ttl"
            shapes = sorted((self.root / "shapes").rglob("*.ttl"))
            self._loaded[over] = {
                "graphs": lambda: EmbeddedStore.load(self.root / "data" / "graphs"),
                "core": lambda: from_files([ontology]),
                "shapes": lambda: from_files([ontology, *shapes]),
            }[over]()
        return self._loaded[over]


def from_files(paths: Iterable[Path]) -> EmbeddedStore:
    """Return a store with the triples of Turtle files, for rules about files of their own."""
    store = ox.Store()
    for path in paths:
        with path.open("rb") as file:
            store.load(file, format=ox.RdfFormat.TURTLE)
    return EmbeddedStore(store, {})


def load_checks(folder: Path) -> tuple[Check, ...]:
    """Return the rules of a folder in order of their names.

    Raises `DefinitionError` naming file and key, and for a folder without a rule.
    """
    checks = tuple(_check(path) for path in sorted(folder.glob("*.rq")))
    if not checks:
        raise DefinitionError(f"{folder}: rules (*.rq) were expected, found none.")
    return checks


def _check(path: Path) -> Check:
    content = path.read_text(encoding="utf-8")
    lines = [found[1] for line in content.splitlines() if (found := _FRONT.match(line))]
    return _parsed(path, "\n".join(lines), Check, name=path.stem, text=content)


def not_asked(root: Path) -> tuple[tuple[str, str], ...]:
    """Return the rules of others that are not asked, each with the reason."""
    path = root / "queries" / "not-asked.yaml"
    rows = read_yaml(path.read_text(encoding="utf-8"))
    return tuple((row["rule"], row["why"]) for row in rows)


def load_questions(root: Path) -> tuple[Question, ...]:
    """Return the competency questions of a checkout or wheel in order of their numbers."""
    path = root / "queries" / "questions.yaml"
    content = path.read_text(encoding="utf-8")
    return tuple(sorted(_parsed(path, content, _Questions).questions, key=lambda q: q.number))


def _parsed(path: Path, content: str, model: type[_Model], **more: str) -> _Model:
    try:
        return model.model_validate({**(read_yaml(content) or {}), **more})
    except yaml.YAMLError as error:
        raise DefinitionError(f"{path}: YAML was expected: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DefinitionError(f"{path}: key '{key}': {first['msg'].lower()}.") from error


# ── asking ───────────────────────────────────────────────────────────────────────────────


def ask(check: Check, store: EmbeddedStore) -> Outcome:
    """Return what came of a rule in a store."""
    looked = _rows(store, check.counting()).dictionaries()[0]["n"]
    findings = tuple(
        Finding(
            check.severity,
            check.name,
            check.message.replace("{thing}", _short(row["thing"])).replace(
                "{value}", _short(row["value"])
            ),
            Place(f"queries/checks/{check.name}.rq"),
        )
        for row in _texts(_rows(store, check.text))
    )
    return Outcome(check.name, check.rule, check.summary, int(looked or 0), findings)


def outcomes(root: Path) -> tuple[Outcome, ...]:
    """Return what came of every rule, those in SPARQL first."""
    stores = _Stores(root)
    checks = load_checks(root / "queries" / "checks")
    asked = [ask(check, stores.store(check.over)) for check in checks]
    return (*asked, *(check(root) for check in CODE_CHECKS))


def language_tags(root: Path) -> Outcome:
    """Return what came of looking at every language tag as it is written in the files.

    An engine makes the tags small when it reads them, so a query cannot see them.
    """
    name = "own-lower-case-tags"
    looked, findings = 0, []
    for path in _turtle(root):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for tag in _TAG.findall(line):
                looked += 1
                if tag != tag.lower():
                    place = Place(path.relative_to(root).as_posix(), number)
                    message = f"The language tag '{tag}' has capital letters."
                    findings.append(Finding(Severity.VIOLATION, name, message, place))
    summary = "Language tags are written in small letters"
    return Outcome(name, "ours", summary, looked, tuple(findings))


def readable(root: Path) -> Outcome:
    """Return what came of reading every Turtle file; an empty file counts as unreadable."""
    name = "foops-rdf1"
    looked, findings = 0, []
    for path in _turtle(root):
        looked += 1
        try:
            with path.open("rb") as file:
                problem = (
                    ""
                    if any(True for _ in ox.parse(file, format=ox.RdfFormat.TURTLE))
                    else ("holds no triple")
                )
        except SyntaxError as error:
            problem = f"is no Turtle: {error}"
        if problem:
            place = Place(path.relative_to(root).as_posix())
            findings.append(Finding(Severity.VIOLATION, name, f"The file {problem}.", place))
    summary = "Every file of ontology, shapes and graphs can be read as Turtle"
    return Outcome(name, "FOOPS RDF1", summary, looked, tuple(findings))


def description_logic(root: Path) -> Outcome:
    """Return what came of looking whether ontology and graphs keep to OWL 2 DL.

    The rules are ours, after the OWL 2 Structural Specification, sections 3, 4, 5.8 and 11.
    """
    found = reasoning.load(root).profile()
    summary = "Ontology, axioms, alignments and graphs keep to OWL 2 DL"
    return Outcome("owl-dl", "OWL 2 DL", summary, found.looked, found.findings)


#: Rules that a query cannot ask.
CODE_CHECKS: Final[tuple[Callable[[Path], Outcome], ...]] = (
    readable,
    language_tags,
    description_logic,
)


def _turtle(root: Path) -> list[Path]:
    folders = (root / "ontology", root / "shapes", root / "data" / "graphs")
    return sorted(path for folder in folders for path in folder.rglob("*.ttl"))


def _rows(store: EmbeddedStore, query: str) -> Rows:
    target = io.BytesIO()
    store.answer(Asked(query, by_name("json")), target)
    return from_sparql_json(target.getvalue())


def _texts(rows: Rows) -> list[dict[str, str]]:
    return [{key: text(cell) for key, cell in row.items()} for row in rows.dictionaries()]


def _short(value: str) -> str:
    """Return an IRI of ours by its last words, so that people can read the message.

    >>> _short("https://w3id.org/drugpolicy-kg/ontology#Action")
    'dp:Action'
    """
    return value.replace(DP_NAMESPACE, "dp:")


# ── pages ────────────────────────────────────────────────────────────────────────────────


def score(root: Path, known: tuple[Outcome, ...] = ()) -> str:
    """Return the score page of a checkout or wheel as Markdown, the same for the same files.

    `known` are the outcomes, if they are there already.
    """
    every = known or outcomes(root)
    passed = sum(1 for outcome in every if outcome.passed)
    looked = sum(outcome.looked for outcome in every)
    left = not_asked(root)
    lines = [
        "# Quality",
        "",
        f"{passed} of {len(every)} rules passed; {len(left)} entries below say which rules",
        f"were not asked and why. {looked} times a thing was looked at. This page is written by",
        "`drugpolicy check --score`; a test compares it.",
        "",
        "| rule | what it asks | looked at | passed |",
        "|---|---|--:|---|",
        *(_line(outcome) for outcome in sorted(every, key=_order)),
    ]
    failed = [outcome for outcome in sorted(every, key=_order) if not outcome.passed]
    if failed:
        lines += ["", "## Not passed"]
    for outcome in failed:
        lines += ["", f"### {outcome.rule} ({outcome.name})", ""]
        lines += [
            f"- {finding.severity}: {_cell(finding.message)}"
            + ("" if finding.place.file.endswith(".rq") else f" ({finding.place})")
            for finding in outcome.findings[:_WRITTEN]
        ] or ["- Nothing was looked at, so nothing was shown."]
        if len(outcome.findings) > _WRITTEN:
            lines.append(f"- and {len(outcome.findings) - _WRITTEN} more")
    lines += ["", "## Not asked", "", "| rule | why |", "|---|---|"]
    lines += [f"| {rule} | {reason} |" for rule, reason in left]
    return "\n".join([*lines, "", *_questions_line(root)])


def _line(outcome: Outcome) -> str:
    if outcome.passed:
        result = "yes"
    elif outcome.findings:
        result = f"no: {len(outcome.findings)} found"
    else:
        result = "no: nothing to look at"
    return f"| {outcome.rule} | {_cell(outcome.summary)} | {outcome.looked} | {result} |"


def _order(outcome: Outcome) -> tuple[int, str, str]:
    families = ("ROBOT", "FOOPS", "SEMIC", "OWL")
    family = outcome.rule.split()[0]
    return (
        families.index(family) if family in families else len(families),
        outcome.rule,
        outcome.name,
    )


def _questions_line(root: Path) -> list[str]:
    questions = load_questions(root)
    answered = sum(1 for question in questions if question.asks)
    return [
        "## Competency questions",
        "",
        f"{answered} of {len(questions)} are answered by saved queries; COVERAGE.md beside the",
        "queries says by which, and which terms each one uses.",
        "",
    ]


def coverage(root: Path) -> str:
    """Return the page that says what answers each question, and which terms it exercises."""
    queries = load_queries(root / "queries" / "public")
    lines = [
        "# Competency questions",
        "",
        "What answers each question, and which classes and properties it exercises. Terms of our",
        "own stand without a prefix. The rows that a person read in the documents are in",
        "tests/queries. This page is generated; a test compares it.",
        "",
        "| | question | answered by | classes | properties |",
        "|--:|---|---|---|---|",
    ]
    exercised: set[str] = set()
    for question in load_questions(root):
        used = {term for name in _names(question) for term in terms(queries[name])}
        exercised |= used
        lines.append(_question_line(question, used))
    named = {term for query in queries.values() for term in terms(query)}
    every = defined_terms(root)
    left = [
        f"Terms that no question exercises: {_listed(every - exercised)}.",
        f"Terms that no saved query names: {_listed(every - named)}.",
    ]
    return "\n".join([*lines, "", *left, ""])


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names, key=str.casefold)) or "none"


def _names(question: Question) -> list[str]:
    return list(dict.fromkeys(row.query for row in question.asks))


def _question_line(question: Question, used: set[str]) -> str:
    classes = sorted(term for term in used if term.rpartition(":")[2][0].isupper())
    properties = sorted(used - set(classes), key=str.casefold)
    answer = "<br>".join(dict.fromkeys(_asked(row) for row in question.asks))
    cells = [
        _cell(question.text),
        answer or question.waits,
        ", ".join(classes),
        ", ".join(properties),
    ]
    return f"| {question.number} | " + " | ".join(cells) + " |"


def _asked(row: Ask) -> str:
    values = "".join(f" {name}={value}" for name, value in row.parameters.items())
    return f"`{row.query}{values}`"


def terms(query: SavedQuery) -> set[str]:
    """Return the classes and properties that a saved query names, ours without prefix."""
    body = "\n".join(
        line for line in query.text.splitlines() if not line.startswith(("#", "PREFIX"))
    )
    found = {pair for pair in _TERM.findall(_NO_TERM.sub(" ", body)) if pair[0] != "xsd"}
    return {name if prefix == "dp" else f"{prefix}:{name}" for prefix, name in found}


def defined_terms(root: Path) -> set[str]:
    """Return the names of the classes and properties that the ontology defines."""
    store = from_files([root / "ontology" / "drugpolicy.ttl"])
    query = (
        "PREFIX owl: <http://www.w3.org/2002/07/owl#> SELECT ?term WHERE { VALUES ?sort "
        "{ owl:Class owl:ObjectProperty owl:DatatypeProperty } ?term a ?sort }"
    )
    rows = _texts(_rows(store, query))
    return {row["term"].removeprefix(DP_NAMESPACE) for row in rows}


def _cell(value: str) -> str:
    return " ".join(value.replace("|", "\\|").split())
