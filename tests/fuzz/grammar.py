"""Writes SPARQL queries at random from a grammar, over the vocabulary of a small graph.

Only queries with one right answer are written: no RAND, NOW, UUID, SAMPLE or order of
GROUP_CONCAT, and LIMIT only where ORDER BY leaves no choice. What the service refuses by design
is left out as well: SERVICE, and a sub-SELECT, VALUES or MINUS inside GRAPH with a variable.

Most patterns are about triples that are there, joined as they are there (`Witness`); some are not,
since an empty answer is one, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.fuzz.witness import PATHS, Witness

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

GRAPHS: Final = ("plan", "parts", "labels")
GRAPH: Final = "https://w3id.org/drugpolicy-kg/graph/"
TERM: Final = "https://w3id.org/drugpolicy-kg/ontology#"
THING: Final = "https://w3id.org/drugpolicy-kg/id/"
PROLOGUE: Final = f"PREFIX dp: <{TERM}>\nPREFIX id: <{THING}>\nPREFIX g: <{GRAPH}>\n"
ACTIONS: Final = 60
ACTORS: Final = 7
_PROPERTIES: Final = ("title", "next", "involves", "number", "due", "label")
#: The share of choices that are made by what is in the graphs.
_REAL: Final = 0.9
#: What tells each term from every other, as texts.
_TEXTS_OF: Final = ("STR({})", "STR(DATATYPE({}))", "LANG({})")
_PATTERNS: Final = ('"^Step"', '"[0-9]$"', '"b.d", "i"')


def graphs() -> dict[str, str]:
    """Return the graphs that the queries are about, as N-Triples by the ends of their names."""
    xsd = "http://www.w3.org/2001/XMLSchema#"
    plan, parts, labels = [], [], []
    for n in range(1, ACTIONS + 1):
        action = f"<{THING}action/{n}>"
        plan.append(f'{action} <{TERM}title> "Step {n} of {n % 5}"@en .')
        plan.append(f"{action} <{TERM}next> <{THING}action/{n % ACTIONS + 1}> .")
        plan.append(f'{action} <{TERM}number> "{n}"^^<{xsd}integer> .')
        if n % 3 == 0:
            plan.append(f'{action} <{TERM}title> "Skridt {n}"@da .')
            plan.append(f'{action} <{TERM}due> "20{20 + n % 7}-0{1 + n % 9}-01"^^<{xsd}date> .')
        parts.append(f"{action} <{TERM}involves> <{THING}actor/{n % ACTORS}> .")
    for n in range(ACTORS):
        labels.append(f'<{THING}actor/{n}> <{TERM}label> "Body \\"{n}\\" é\\u4E16"@en .')
        labels.append(f'<{THING}actor/{n}> <{TERM}label> "plain {n}" .')
    return {
        name: "\n".join(lines) + "\n"
        for name, lines in (("plan", plan), ("parts", parts), ("labels", labels))
    }


class Writer:
    """Writes one query after the other; the same seed writes the same queries."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._fresh = 0
        self._witness = Witness(graphs(), random)

    def query(self) -> str:
        """Return a query of one of the four forms."""
        self._fresh = 0
        form = self._random.choices(
            (self._select, self._ask, self._construct, self._describe), (8, 2, 2, 1)
        )[0]
        return PROLOGUE + form()

    def broken(self) -> str:
        """Return a query with a few characters or words missing, doubled or exchanged."""
        words = self.query().split(" ")
        for _ in range(self._random.randint(1, 3)):
            at = self._random.randrange(len(words))
            change = self._random.randrange(4)
            if change == 0:
                del words[at]
            elif change == 1:
                words.insert(at, self._random.choice(words))
            elif change == 2:
                words[at] = words[at][:-1]
            else:
                words[at] += self._random.choice('{}()"<>?$\\#;.^|&é\x00')
            if not words:
                words = ["ASK"]
        return " ".join(words)

    def _pick(self, *choices: str) -> str:
        return self._random.choice(choices)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _new(self) -> str:
        self._fresh += 1
        return f"?v{self._fresh}"

    def _iri(self) -> str:
        if self._chance(0.7):
            return f"<{THING}action/{self._random.randint(1, ACTIONS)}>"
        return f"<{THING}actor/{self._random.randrange(ACTORS)}>"

    def _term(self, variable: str) -> str:
        """Return what a variable may be compared with: often what it stands for."""
        known = self._witness.term(variable)
        if known is not None and self._chance(0.6):
            return known
        return self._literal()

    def _subject(self, variables: list[str]) -> str:
        """Return a variable of which something is to be said."""
        known = self._witness.thing(variables)
        if known is not None and self._chance(_REAL):
            return known
        return self._random.choice(variables)

    def _literal(self) -> str:
        n = self._random.randint(1, ACTIONS)
        return self._pick(
            str(n),
            f"{n}.5",
            f'"Step {n}"',
            f'"Step {n} of {n % 5}"@en',
            "true",
            '"é\\u4E16"',
            "1e1",
        )

    def _dataset(self) -> str:
        if not self._chance(0.15):
            return ""
        chosen = sorted(self._witness.graphs)
        if not chosen or not self._chance(_REAL):
            chosen = self._random.sample(GRAPHS, self._random.randint(1, 2))
            clauses = [f"FROM g:{chosen[0]}"]
            clauses += [f"FROM {self._pick('', 'NAMED ')}g:{name}" for name in chosen[1:]]
            return " ".join(clauses) + "\n"
        clauses = [f"FROM g:{name}" for name in chosen]
        if self._chance(0.4):
            named = GRAPHS if self._chance(0.7) else (self._pick(*GRAPHS),)
            clauses += [f"FROM NAMED g:{name}" for name in named]
        return " ".join(clauses) + "\n"

    def _select(self) -> str:
        if self._chance(0.25):
            return self._grouped()
        body, variables = self._group(3)
        shown = self._random.sample(variables, self._random.randint(1, min(3, len(variables))))
        expression = ""
        if self._chance(0.3):
            expression = f" ({self._expression(variables)} AS ?computed)"
        distinct = self._pick("", "", "DISTINCT ")
        head = (
            f"SELECT {distinct}{' '.join(shown)}{expression}\n{self._dataset()}WHERE {{ {body} }}"
        )
        if self._chance(0.4):
            head += f"\nORDER BY {self._order(shown)}"
            if not expression and self._chance(0.6):
                head += f" LIMIT {self._random.randint(0, 20)}"
                if self._chance(0.5):
                    head += f" OFFSET {self._random.randint(0, 10)}"
        return head

    def _order(self, shown: list[str]) -> str:
        """Return keys that leave no choice among rows that differ.

        Terms of several kinds are compared as texts where there are several keys: the engine takes
        those that it cannot compare for equal, sorts by the next key, and ends its process where
        that is no order (oxigraph issue 1542).
        """
        kinds = ("{}",) if len(shown) == 1 else _TEXTS_OF
        order = [kind.format(variable) for variable in shown for kind in kinds]
        return " ".join(self._pick("({})", "ASC({})", "DESC({})").format(key) for key in order)

    def _grouped(self) -> str:
        body, variables = self._group(2)
        key, of = self._random.choice(variables), self._random.choice(variables)
        aggregate = self._pick(
            "COUNT(*)",
            "COUNT(DISTINCT {})",
            "MIN({})",
            "MAX({})",
            "SUM({})",
            "AVG({})",
            'STRLEN(GROUP_CONCAT(STR({}); separator=","))',
        ).format(of)
        having = "\nHAVING (COUNT(*) > 1)" if self._chance(0.3) else ""
        return (
            f"SELECT {key} ({aggregate} AS ?n)\n{self._dataset()}WHERE {{ {body} }}\n"
            f"GROUP BY {key}{having}"
        )

    def _ask(self) -> str:
        return f"ASK {self._dataset()}{{ {self._group(2)[0]} }}"

    def _construct(self) -> str:
        body, variables = self._group(2)
        subject, value = self._random.choice(variables), self._random.choice(variables)
        return (
            f"CONSTRUCT {{ {subject} dp:seen {value} . {self._iri()} dp:saw {value} }}\n"
            f"{self._dataset()}WHERE {{ {body} }}"
        )

    def _describe(self) -> str:
        if self._chance(0.5):
            return f"DESCRIBE {self._iri()}"
        return f"DESCRIBE ?x WHERE {{ ?x dp:number {self._random.randint(1, ACTIONS)} }}"

    def _group(self, parts: int) -> tuple[str, list[str]]:
        """Return patterns that share a variable each, and the variables that they bind."""
        subject = self._new()
        self._witness.begin(subject)
        first, variables = self._triples(subject)
        text = [first]
        for _ in range(self._random.randint(0, parts)):
            more, bound = self._random.choices(
                (
                    self._more_triples,
                    self._optional,
                    self._union,
                    self._filter,
                    self._bind,
                    self._values,
                    self._minus,
                    self._named,
                    self._path,
                    self._sub_select,
                ),
                (4, 3, 2, 4, 2, 2, 1, 2, 2, 1),
            )[0](variables)
            text.append(more)
            variables = [*variables, *(v for v in bound if v not in variables)]
        return " ".join(text), variables

    def _triples(self, subject: str, graph: str | None = None) -> tuple[str, list[str]]:
        """Return one or two triples of a subject, and the variables that they bind."""
        triples, variables = [], [subject]
        for _ in range(self._random.randint(1, 2)):
            fact = self._witness.fact(subject, graph) if self._chance(_REAL) else None
            name = self._pick(*_PROPERTIES) if fact is None else fact.property
            if fact is not None and graph is None:
                self._witness.graphs.add(fact.graph)
            if self._chance(0.05):
                value = self._literal() if fact is None else fact.object
                triples.append(f"{subject} dp:{name} {value} .")
                continue
            value = self._new()
            variables.append(value)
            triples.append(f"{subject} dp:{name} {value} .")
            if fact is not None:
                self._witness.bind(value, fact.object)
        return " ".join(triples), variables

    def _more_triples(self, variables: list[str]) -> tuple[str, list[str]]:
        return self._triples(self._subject(variables))

    def _optional(self, variables: list[str]) -> tuple[str, list[str]]:
        inner, bound = self._triples(self._subject(variables))
        test = f" FILTER({self._test(bound)})" if self._chance(0.3) else ""
        return f"OPTIONAL {{ {inner}{test} }}", bound

    def _union(self, variables: list[str]) -> tuple[str, list[str]]:
        subject = self._subject(variables)
        left, bound = self._triples(subject)
        right, also = self._triples(subject)
        return f"{{ {left} }} UNION {{ {right} }}", [*bound, *also]

    def _filter(self, variables: list[str]) -> tuple[str, list[str]]:
        if not self._chance(0.25):
            return f"FILTER({self._test(variables)})", []
        subject = self._subject(variables)
        if self._chance(0.5):
            return f"FILTER EXISTS {{ {self._triples(subject)[0]} }}", []
        return f"FILTER NOT EXISTS {{ {self._absent(subject)} }}", []

    def _absent(self, subject: str) -> str:
        """Return triples that take something away: often not all there is."""
        missing = self._witness.lacks(subject, _PROPERTIES)
        if missing is None or not self._chance(0.7):
            return self._triples(subject)[0]
        return f"{subject} dp:{missing} {self._new()} ."

    def _bind(self, variables: list[str]) -> tuple[str, list[str]]:
        name = self._new()
        return f"BIND({self._expression(variables)} AS {name})", [name]

    def _values(self, variables: list[str]) -> tuple[str, list[str]]:
        name = self._random.choice(variables)
        terms = [self._pick(self._iri(), self._term(name), "UNDEF") for _ in range(3)]
        return f"VALUES {name} {{ {' '.join(terms)} }}", []

    def _minus(self, variables: list[str]) -> tuple[str, list[str]]:
        return f"MINUS {{ {self._absent(self._subject(variables))} }}", []

    def _named(self, variables: list[str]) -> tuple[str, list[str]]:
        subject = self._subject(variables)
        fact = self._witness.fact(subject)
        held = fact.graph if fact is not None else self._pick(*GRAPHS)
        inner, bound = self._triples(subject, held)
        graph = self._new() if self._chance(0.6) else f"g:{held}"
        return f"GRAPH {graph} {{ {inner} }}", [*bound, *([graph] if graph[0] == "?" else [])]

    def _path(self, variables: list[str]) -> tuple[str, list[str]]:
        if self._chance(0.2):
            # An end that nothing else holds would multiply all answers.
            end = self._subject(variables)
            return f"{self._iri()} dp:next{self._pick('*', '+')} {end} .", []
        end, start = self._new(), self._subject(variables)
        found = self._witness.follow(start) if self._chance(_REAL) else None
        path = self._pick(*PATHS) if found is None else found[0]
        if found is not None:
            self._witness.bind(end, found[1])
        return f"{start} {path} {end} .", [end]

    def _sub_select(self, variables: list[str]) -> tuple[str, list[str]]:
        subject, count = self._subject(variables), self._new()
        inner, _ = self._triples(subject)
        return f"{{ SELECT {subject} (COUNT(*) AS {count}) {{ {inner} }} GROUP BY {subject} }}", [
            count
        ]

    def _test(self, variables: list[str]) -> str:
        a, b = self._random.choice(variables), self._random.choice(variables)
        tests: tuple[Callable[[], str], ...] = (
            lambda: f"{a} {self._pick('=', '!=', '<', '>=')} {self._term(a)}",
            lambda: f"BOUND({a})",
            lambda: f"!BOUND({a})",
            lambda: f"{self._pick('isIRI', 'isLiteral', 'isNumeric', 'isBlank')}({a})",
            lambda: f'CONTAINS(STR({a}), "{self._random.randint(1, 9)}")',
            lambda: f"REGEX(STR({a}), {self._pick(*_PATTERNS)})",
            lambda: f'LANGMATCHES(LANG({a}), "{self._pick("en", "*", "da")}")',
            lambda: f"{a} {self._pick('IN', 'NOT IN')} ({self._term(a)}, {self._iri()})",
            lambda: f"{a} = {b} || BOUND({b})",
            lambda: f"STRLEN(STR({a})) > {self._random.randint(1, 40)} && {a} != {b}",
            lambda: f"SAMETERM({a}, {b})",
        )
        return self._random.choice(tests)()

    def _expression(self, variables: list[str]) -> str:
        a = self._random.choice(variables)
        n = self._random.randint(1, 9)
        return self._pick(
            f"STR({a})",
            f"STRLEN(STR({a}))",
            f"UCASE(STR({a}))",
            f"SUBSTR(STR({a}), {n}, 5)",
            f'CONCAT(STR({a}), "-", "{n}")',
            f"IF(isIRI({a}), {n}, {a})",
            f"COALESCE({a} + {n}, {n})",
            f"({a} * {n} - 1)",
            f"DATATYPE({a})",
            f"LANG({a})",
            f'REPLACE(STR({a}), "[0-9]", "#")',
            f'STRAFTER(STR({a}), "/")',
            f"MD5(STR({a}))",
            f"YEAR({a})",
            f"ENCODE_FOR_URI(STR({a}))",
            f"IRI(CONCAT('urn:', STR({n})))",
            f"STRDT(STR({n}), <http://www.w3.org/2001/XMLSchema#integer>)",
        )
