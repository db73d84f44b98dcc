"""Pages for people, filled from templates that escape whatever they are given."""

from __future__ import annotations

import json
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from drugpolicy_kg.service.options import MIB
from drugpolicy_kg.service.views.wording import figure, language_of, wordings, words
from drugpolicy_kg.store.formats import Shape, of_shape
from drugpolicy_kg.vocabulary import BASE, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from drugpolicy_kg.queries import SavedQuery
    from drugpolicy_kg.service.options import Limits

# A query that is longer is sent in a body, and no link leads to it.
_LONGEST_ADDRESS: Final = 4_000
_MEDIA_TYPES: Final = {
    "Turtle": "text/turtle",
    "JSON-LD": "application/ld+json",
    "N-Triples": "application/n-triples",
    "RDF/XML": "application/rdf+xml",
}
FIRST_QUERY: Final = """SELECT ?graph (COUNT(*) AS ?triples)
WHERE { GRAPH ?graph { ?s ?p ?o } }
GROUP BY ?graph
ORDER BY ?graph"""


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("drugpolicy_kg.service.views"),
        autoescape=True,
        # A confined process reads no file again, whatever happens to it.
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def frame(
    language: str, explicit: str = "", path: str = "", given: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Return what every page needs: its language, the words of it, and where the others are.

    A language that was chosen explicitly stays chosen along the links. `given` is what else the
    address of the page says, which the other languages have as well.
    """
    others = [
        (code, known["name"], f"{path}?{urlencode([*given, ('lang', code)])}")
        for code, known in wordings().items()
        if code != language and path
    ]
    return {
        "language": language,
        "w": words(language),
        "figure": partial(figure, language=language),
        "reference": language_of([]),
        "tail": f"?{urlencode({'lang': explicit})}" if explicit else "",
        "translations": others,
        "media_types": _MEDIA_TYPES,
        "style": f"/static/style.css?{style_digest()}",
    }


@cache
def style() -> bytes:
    """Return the one stylesheet of all pages."""
    return files("drugpolicy_kg.service.views").joinpath("static/style.css").read_bytes()


@cache
def style_digest() -> str:
    """Return what tells one stylesheet from the next, so that none is taken from a cache."""
    return sha256(style()).hexdigest()[:12]


@cache
def expanded(name: str) -> str:
    """Return the IRI of a prefixed name.

    >>> expanded("rdf:type")
    'http://www.w3.org/1999/02/22-rdf-syntax-ns#type'
    """
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


def render(template: str, **values: Any) -> bytes:
    """Return a page as bytes; every value is escaped.

    >>> b"&lt;b&gt;" in render("problem.html", title="<b>", detail="")
    True
    """
    values = {**frame(language_of([])), **values}
    return _environment().get_template(template).render(**values).encode()


def prepare() -> None:
    """Read every template and every word now: a confined process may read none later."""
    wordings()
    style_digest()
    for name in _environment().list_templates():
        _environment().get_template(name)


def json_bytes(content: Any) -> bytes:
    """Return JSON as it is sent."""
    return (json.dumps(content, ensure_ascii=False) + "\n").encode()


def start(told: Mapping[str, Any], plans: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the start page: what this is, which plans there are, and the ways to ask."""
    language = language_of(told["languages"])
    return render(
        "start.html",
        **frame(language, told["lang"], "/"),
        plans=list(plans),
        graphs=[(iri, local(iri), triples) for iri, triples in told["graphs"]],
        queries=told["queries"],
        version=told["version"],
    )


def about(language: str, chosen: str, version: str) -> bytes:
    """Return the page about this service: source, method, licence, how to cite."""
    return render("about.html", **frame(language, chosen, "/about"), version=version)


def local(iri: str) -> str:
    """Return the path of an IRI of ours; another IRI stays as it is.

    >>> local("https://w3id.org/drugpolicy-kg/graph/ontology")
    '/graph/ontology'
    """
    return iri.removeprefix(BASE.rstrip("/")) if iri.startswith(BASE) else iri


def query_form(limits: Limits, language: str, chosen: str) -> bytes:
    """Return the page of /sparql without a query."""
    return render(
        "sparql.html",
        **frame(language, chosen, "/sparql"),
        limits=shown(limits, language),
        **_form_values(FIRST_QUERY, chosen),
    )


def validation_form(limits: Limits, language: str, chosen: str) -> bytes:
    """Return the page of /validate: a form that takes a document."""
    return render(
        "validate.html",
        **frame(language, chosen, "/validate"),
        languages=[(code, known["name"]) for code, known in wordings().items()],
        megabytes=limits.upload_bytes // MIB,
        triples=limits.upload_triples,
        seconds=limits.validation_seconds,
    )


def queries(saved: Mapping[str, SavedQuery], language: str, chosen: str) -> bytes:
    """Return the page that lists the saved queries."""
    return render(
        "queries.html", **frame(language, chosen, "/queries"), queries=list(saved.values())
    )


def documentation(paths: Mapping[str, Mapping[str, Any]], language: str, chosen: str) -> bytes:
    """Return the page of the HTTP interface: method, path and summary of each operation."""
    operations = [
        (method.upper(), path, told)
        for path, methods in sorted(paths.items())
        for method, told in methods.items()
    ]
    return render("docs.html", **frame(language, chosen, "/docs"), operations=operations)


def addressed(given: list[tuple[str, str]]) -> list[tuple[str, str]] | None:
    """Return what an address says beside its path, or nothing where it would be too long.

    >>> addressed([("query", "ASK {}")])
    [('query', 'ASK {}')]
    >>> addressed([("query", "é" * 1_000)])
    """
    if sum(len(value) for _, value in given) > _LONGEST_ADDRESS:
        return None
    return given if len(urlencode(given)) <= _LONGEST_ADDRESS else None


def result(told: Mapping[str, Any], query: str, columns: Any, rows: Any, *, total: int) -> bytes:
    """Return the page of an answer: what was asked, and a table that says where it was cut."""
    language, chosen = language_of(told["languages"]), told["lang"]
    # Where the address is too long to be one, the page is in one language only.
    given = [(name, value) for name, value in told["given"] or ()]
    path = "" if told["given"] is None else told["action"]
    return render(
        "result.html",
        **frame(language, chosen, path, given),
        told=told,
        headings=columns,
        rows=rows,
        total=total,
        **_form_values(query, chosen),
    )


def _form_values(query: str, chosen: str) -> dict[str, Any]:
    return {
        "chosen": chosen,
        "query": query,
        "row_formats": of_shape(Shape.ROWS),
        "triple_formats": of_shape(Shape.TRIPLES),
    }


def shown(limits: Limits, language: str = "") -> list[tuple[str, str]]:
    """Return the limits in words, as the pages show them and, in the default language, the start.

    >>> from drugpolicy_kg.service.options import Limits
    >>> shown(Limits())[0]
    ('time of a query', '10 s')
    """
    language = language or language_of([])
    told = words(language)
    values: dict[str, tuple[float, str]] = {
        "time_seconds": (limits.time_seconds, "s"),
        "query_bytes": (limits.query_bytes, told["byte_unit"]),
        "query_tokens": (limits.query_tokens, ""),
        "query_depth": (limits.query_depth, ""),
        "query_patterns": (limits.query_patterns, ""),
        "result_bytes": (limits.result_bytes // MIB, "MiB"),
        "memory_bytes": (limits.memory_bytes // MIB, "MiB"),
        "queue_length": (limits.queue_length, ""),
        "client_queries": (limits.client_queries, ""),
        "client_seconds": (limits.client_seconds, "s"),
        "html_rows": (limits.html_rows, ""),
        "upload_bytes": (limits.upload_bytes // MIB, "MiB"),
        "upload_triples": (limits.upload_triples, ""),
        "validation_seconds": (limits.validation_seconds, "s"),
    }
    return [
        (told["limits"][limit], f"{figure(value, language)} {unit}".rstrip())
        for limit, (value, unit) in values.items()
    ]
