"""Pages for people, filled from templates that escape whatever they are given."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from drugpolicy_kg.service.options import MIB
from drugpolicy_kg.store.formats import Shape, of_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.queries import SavedQuery
    from drugpolicy_kg.service.editions import Edition
    from drugpolicy_kg.service.options import Limits

FIRST_QUERY: Final = """SELECT ?graph (COUNT(*) AS ?triples)
WHERE { GRAPH ?graph { ?s ?p ?o } }
GROUP BY ?graph
ORDER BY ?graph"""


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("drugpolicy_kg.service"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: Any) -> bytes:
    """Return a page as bytes; every value is escaped.

    >>> b"&lt;b&gt;" in render("problem.html", title="<b>", detail="")
    True
    """
    return _environment().get_template(template).render(**values).encode()


def prepare() -> None:
    """Read every template now: a confined process may read none later."""
    for name in _environment().list_templates():
        _environment().get_template(name)


def json_bytes(content: Any) -> bytes:
    """Return JSON as it is sent."""
    return (json.dumps(content, ensure_ascii=False) + "\n").encode()


def start(edition: Edition, limits: Limits) -> bytes:
    """Return the start page: what this is, what is served, and a form to ask."""
    return render(
        "start.html",
        graphs=sorted(edition.loaded.counts.items()),
        queries=list(edition.queries.values()),
        version=edition.version,
        limits=shown(limits),
        **_form_values(FIRST_QUERY),
    )


def query_form(limits: Limits) -> bytes:
    """Return the page of /sparql without a query."""
    return render("sparql.html", limits=shown(limits), **_form_values(FIRST_QUERY))


def queries(saved: Mapping[str, SavedQuery]) -> bytes:
    """Return the page that lists the saved queries."""
    return render("queries.html", queries=list(saved.values()))


def documentation(paths: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return the page of the HTTP interface: method, path and summary of each operation."""
    operations = [
        (method.upper(), path, told)
        for path, methods in sorted(paths.items())
        for method, told in methods.items()
    ]
    return render("docs.html", operations=operations)


def result(told: Mapping[str, Any], columns: Any, rows: Any, *, total: int) -> bytes:
    """Return the page of an answer: what was asked, and a table that says where it was cut."""
    return render(
        "result.html",
        told=told,
        headings=columns,
        rows=rows,
        total=total,
        **_form_values(told["query"]),
    )


def _form_values(query: str) -> dict[str, Any]:
    return {
        "query": query,
        "row_formats": of_shape(Shape.ROWS),
        "triple_formats": of_shape(Shape.TRIPLES),
    }


def shown(limits: Limits) -> list[tuple[str, str]]:
    """Return the limits in words, as the pages and the start message show them.

    >>> from drugpolicy_kg.service.options import Limits
    >>> shown(Limits())[0]
    ('time of a query', '10 s')
    """
    return [
        ("time of a query", f"{limits.time_seconds:g} s"),
        ("length of a query", f"{limits.query_bytes:,} bytes"),
        ("tokens of a query", f"{limits.query_tokens:,}"),
        ("nesting of a query", f"{limits.query_depth:,} brackets"),
        ("patterns in one group", f"{limits.query_patterns:,}"),
        ("size of an answer", f"{limits.result_bytes // MIB:,} MiB"),
        ("memory of a worker", f"{limits.memory_bytes // MIB:,} MiB"),
        ("waiting queries", f"{limits.queue_length:,}"),
        ("queries of one client at a time", f"{limits.client_queries:,}"),
        ("time for one client's queries", f"{limits.client_seconds:g} s per minute"),
        ("rows of a page", f"{limits.html_rows:,}"),
    ]
