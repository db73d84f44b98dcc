"""Pages for people, filled from templates that escape whatever they are given."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from drugpolicy_kg.service.options import MIB
from drugpolicy_kg.store.formats import Shape, of_shape

if TYPE_CHECKING:
    from drugpolicy_kg.service.options import Limits
    from drugpolicy_kg.service.pool import Loaded

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


def start(loaded: Loaded | None, limits: Limits) -> bytes:
    """Return the start page: what this is, what is served, and a form to ask."""
    return render("start.html", graphs=_graphs(loaded), limits=shown(limits), **_form_values())


def query_form(limits: Limits) -> bytes:
    """Return the page of /sparql without a query."""
    return render("sparql.html", limits=shown(limits), **_form_values())


def documentation(operations: list[tuple[str, str, str]]) -> bytes:
    """Return the page of the HTTP interface: method, path and summary of each operation."""
    return render("docs.html", operations=operations)


def _form_values() -> dict[str, Any]:
    return {
        "query": FIRST_QUERY,
        "row_formats": of_shape(Shape.ROWS),
        "triple_formats": of_shape(Shape.TRIPLES),
    }


def _graphs(loaded: Loaded | None) -> list[tuple[str, int]]:
    return [] if loaded is None else sorted(loaded.counts.items())


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
    ]
