"""What can be cited: the whole graph, the answer of a saved query, a thing or fact in the graph."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from drugpolicy_kg.citing.address import QUERIES, SPARQL, Address, digest, normalised
from drugpolicy_kg.citing.references import DATASET, Reference
from drugpolicy_kg.errors import QueryError
from drugpolicy_kg.queries import load_queries
from drugpolicy_kg.vocabulary import BASE, DP_NAMESPACE, ID, OA_NAMESPACE, RDFS, SKOS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.queries import SavedQuery

#: Returns the answer to a query, in the format of that name; as `DIGEST`, what `digested` says.
Ask = Callable[[str, str], bytes]
DIGEST: Final = "digest"
#: A row of CSV, with the end of its line; what stands in quotes may have such ends, too.
_ROW: Final = re.compile(rb'(?:[^"\n]++|"[^"]*+")*+\n?')
_CALLED: Final = (
    f"{DP_NAMESPACE}title",
    SKOS.prefLabel,
    RDFS.label,
    f"{DP_NAMESPACE}wording",
    f"{DP_NAMESPACE}text",
    f"{OA_NAMESPACE}exact",
)
_EXACT: Final = f"{OA_NAMESPACE}exact"
#: More passages than these are a whole text, which no citation repeats.
_MOST_PASSAGES: Final = 3
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Release:
    """Which release is cited: its version, the digest of its knowledge, its date if one is told."""

    version: str
    dataset: str
    issued: str = ""


def cite_dataset(release: Release) -> Reference:
    """Return the citation of the whole graph."""
    return Reference(DATASET, Address("", (), release.version, release.dataset), release.issued)


def cite_query(
    query: SavedQuery, values: Mapping[str, str], release: Release, ask: Ask
) -> Reference:
    """Return the citation of what a saved query answers.

    Values that are the defaults are left out, so that one answer has one citation. Raises
    `QueryError` for a parameter that is not taken.
    """
    text = query.sparql(values)
    given = tuple(
        sorted(
            (name, value)
            for name, value in values.items()
            if value and value != query.parameters[name].default
        )
    )
    answer = ask(text, "csv")
    address = Address(
        f"{QUERIES}{query.name}",
        given,
        release.version,
        release.dataset,
        digest(normalised(text).encode()),
        digest(answer),
        row_count(answer),
    )
    told = "; ".join(f"{name}: {value}" for name, value in given)
    title = f"{query.summary} ({told})" if told else query.summary
    return Reference(title, address, release.issued)


def cite_own(query: str, release: Release, ask: Ask) -> Reference:
    """Return the citation of what a query answers that is saved nowhere.

    Its text without comments is asked and stands in the address, so that whoever has the
    address can ask again.
    """
    text = normalised(query)
    told = json.loads(ask(text, DIGEST))
    question = digest(text.encode())
    address = Address(
        SPARQL,
        (),
        release.version,
        release.dataset,
        question,
        told["result"],
        told["rows"],
        text,
    )
    return Reference(f"Answer to the SPARQL query {question[:8]}", address, release.issued)


def digested(ask: Callable[[], bytes], *, triples: bool) -> bytes:
    """Return, as JSON, the digest of an answer in CSV or N-Triples, and its number of rows.

    Nobody's query need have an order, so the rows are sorted by their bytes below the head. It
    is asked twice: raises `QueryError` if the answers differ, as new blank nodes make them.
    """
    first, again = (_ordered(ask(), triples=triples) for _ in range(2))
    if first != again:
        raise QueryError(
            "The answer is another one each time, so nothing of it can be cited.",
            remedy="Ask without BNODE, blank nodes in a template, RAND and the like.",
        )
    head, rows = first
    told = {"result": digest(b"".join([head, *rows])), "rows": len(rows)}
    return json.dumps(told).encode()


def _ordered(answer: bytes, *, triples: bool) -> tuple[bytes, list[bytes]]:
    r"""Return head and rows of an answer; that to ASK is one row without a head.

    >>> _ordered(b'a\r\n2\r\n"1\n"\r\n', triples=False)
    (b'a\r\n', [b'"1\n"\r\n', b'2\r\n'])
    """
    if triples:
        return b"", [line.encode() for line in statements(answer)]
    if not answer.endswith(b"\n"):
        return b"", [answer]
    head, *rows = (row for row in _ROW.findall(answer) if row)
    return head, sorted(rows)


def cite_thing(iri: str, language: str, release: Release, ask: Ask) -> Reference:
    """Return the citation of a thing: with its words and lines, if it is a fact.

    Raises `QueryError` if it is no thing of ours, or nothing is stated of it.
    """
    if not iri.startswith(BASE):
        raise QueryError(f"{iri[:200]}: no thing of this graph.", remedy=f"Its IRI begins {BASE}.")
    asked = questions()["thing"].sparql({"thing": iri})
    lines = statements(ask(asked, "ntriples"))
    if not lines:
        raise QueryError(
            f"{iri[:200]}: nothing is stated of it in release {release.version}.",
            remedy="Mend its IRI, or ask another release.",
        )
    about = _Known(lines, language)
    around = _Known(
        statements(ask(questions()["around"].sparql({"thing": iri}), "ntriples")), language
    )
    address = Address(
        iri.removeprefix(BASE),
        (),
        release.version,
        release.dataset,
        digest(normalised(asked).encode()),
        digest("".join(lines).encode()),
        len(lines),
    )
    passages = about.passages(iri)
    quotation = about.quotation(passages)
    name = about.name(iri)
    title = name if _plain(name) != _plain(quotation) else _kind(iri)
    place = ", ".join(
        part
        for part in (
            around.any(f"{DP_NAMESPACE}documentNumber"),
            about.file(passages, around).rpartition("/")[2],
            about.lines(passages),
        )
        if part
    )
    return Reference(title, address, release.issued, iri, quotation, place)


def statements(answer: bytes) -> list[str]:
    """Return the statements of an answer in N-Triples, each once, sorted by their bytes."""
    return sorted(f"{line}\n" for line in set(answer.decode().splitlines()))


def row_count(answer: bytes) -> int:
    r"""Return how many rows CSV has below its head.

    >>> row_count(b'a\r\n"x\r\ny"\r\n')
    1
    """
    outside = answer.split(b'"')[::2]
    return sum(part.count(b"\n") for part in outside) - 1


@cache
def questions() -> dict[str, SavedQuery]:
    """Return the questions that are asked about a thing."""
    with as_file(files("drugpolicy_kg.citing").joinpath("questions")) as folder:
        return load_queries(folder)


class _Known:
    """Statements about a few things, asked for what a citation says."""

    def __init__(self, lines: list[str], language: str) -> None:
        self._language = language
        self._values: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for quad in ox.parse("".join(lines).encode(), format=ox.RdfFormat.N_TRIPLES):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(
                quad.object, ox.NamedNode | ox.Literal
            ):
                self._values[quad.subject.value][quad.predicate.value].append(quad.object)

    def first(self, thing: str, term: str) -> str:
        """Return a value, in the language that is wished if there is one in it."""
        found = self._values[thing][term]
        ranked = sorted(found, key=lambda v: (self._other(v), v.value))
        return ranked[0].value if ranked else ""

    def _other(self, value: ox.NamedNode | ox.Literal) -> bool:
        return isinstance(value, ox.Literal) and value.language not in {None, self._language}

    def any(self, term: str) -> str:
        """Return a value that something has, that of the first thing in order."""
        found = (self.first(thing, term) for thing in sorted(self._values))
        return next((value for value in found if value), "")

    def name(self, thing: str) -> str:
        """Return what a thing is called: by its title, label, words, or the end of its IRI."""
        for term in _CALLED:
            if value := self.first(thing, term):
                return _short(value)
        selectors = self._values[thing][f"{OA_NAMESPACE}hasSelector"]
        words = (self.first(selector.value, _EXACT) for selector in selectors)
        return next((_short(found) for found in words if found), _kind(thing))

    def passages(self, thing: str) -> list[str]:
        """Return the passages of a fact in the order of reading, in one language."""
        if self._values[thing][f"{OA_NAMESPACE}hasSelector"]:
            return [thing]
        found = [value.value for value in self._values[thing][f"{DP_NAMESPACE}evidence"]]
        wished = [iri for iri in found if f"/evidence/{self._language}/" in iri]
        return sorted(wished or found, key=lambda iri: (len(iri), iri))

    def quotation(self, passages: list[str]) -> str:
        """Return the words of a few passages; those of many are a text, not a quotation."""
        if len(passages) > _MOST_PASSAGES:
            return ""
        words = [
            self.first(selector.value, _EXACT)
            for passage in passages
            for selector in self._values[passage][f"{OA_NAMESPACE}hasSelector"]
        ]
        return _short(" … ".join(word for word in words if word))

    def file(self, passages: list[str], around: _Known) -> str:
        """Return the name of the file that passages stand in."""
        sources = (self.first(passage, f"{OA_NAMESPACE}hasSource") for passage in passages)
        return next((around.first(iri, f"{DP_NAMESPACE}fileName") for iri in sources if iri), "")

    def lines(self, passages: list[str]) -> str:
        """Return the lines that passages stand on."""
        numbers = [
            int(value.value)
            for passage in passages
            for term in ("firstLine", "lastLine")
            for value in self._values[passage][DP_NAMESPACE + term]
        ]
        if not numbers:
            return ""
        first, last = min(numbers), max(numbers)
        return f"line {first}" if first == last else f"lines {first}–{last}"


def _kind(iri: str) -> str:
    """Return the place of a thing in its plan, in words of its IRI.

    >>> _kind("https://w3id.org/drugpolicy-kg/id/plan/x/action/2/commitment/1/evidence/en/1")
    'action 2, commitment 1'
    """
    parts = iri.removeprefix(ID).partition("/evidence/")[0].split("/")
    inner = parts[2:] if parts[0] == "plan" and parts[2:] else parts
    return ", ".join(" ".join(inner[at : at + 2]) for at in range(0, len(inner), 2))


def _plain(words: str) -> str:
    """Return words without the signs of emphasis that a source may have in them."""
    return words.replace("*", "").replace("_", "")


def _short(words: str) -> str:
    one = " ".join(words.split())
    return one if len(one) <= _LONGEST else one[: _LONGEST - 1].rsplit(" ", 1)[0] + " …"
