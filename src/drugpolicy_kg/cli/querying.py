"""`query`: a saved question, a file or standard input, answered as a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from drugpolicy_kg.cli.terminal import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drugpolicy_kg.results import Rows

FORMATS: Final = ("table", "csv", "tsv", "json", "jsonl", "xlsx")


@click.command()
@click.argument("name", required=False)
@click.option("--param", "-p", "params", multiple=True, metavar="K=V", help="A parameter.")
@click.option(
    "--format", "-f", "form", type=click.Choice(FORMATS), help="table on a terminal, else csv"
)
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="A file.")
@click.option("--release", type=FOLDER, help="A folder of graphs (default: the packaged ones).")
def query(
    *,
    name: str | None,
    params: Sequence[str],
    form: str | None,
    output: Path | None,
    release: Path | None,
) -> None:
    """Answer a saved query, a file with SPARQL, or - for standard input.

    Without NAME the saved queries are listed.

    \b
    Example:
      drugpolicy query participations --param actor=europol --format csv
    """
    from drugpolicy_kg import resources
    from drugpolicy_kg.queries import load_queries

    if name is None:
        for saved in load_queries(resources.public_queries()).values():
            click.echo(f"{saved.name:<24} {saved.summary}")
        return
    values = parameter_values(params)
    rows, about = _answer(name, values, release or resources.graphs())
    chosen = form or ("table" if output is None and sys.stdout.isatty() else "csv")
    _write(rows, chosen, name, about, output)


def parameter_values(params: Sequence[str]) -> dict[str, str]:
    """Return the values that options give; raises `QueryError` for one that is given twice."""
    from drugpolicy_kg.errors import QueryError

    values: dict[str, str] = {}
    for param in params:
        key, sign, value = param.partition("=")
        if not sign:
            raise QueryError(f"--param expects NAME=VALUE, found '{param}'.")
        if key in values:
            raise QueryError(f"--param gives '{key}' twice.", remedy="Give it once.")
        values[key] = value
    return values


def _answer(
    name: str, values: Mapping[str, str], folder: Path
) -> tuple[Rows, list[tuple[str, str]]]:
    import difflib
    import io

    from drugpolicy_kg import resources
    from drugpolicy_kg.errors import QueryError
    from drugpolicy_kg.queries import load_query, read_text
    from drugpolicy_kg.results import from_sparql_json
    from drugpolicy_kg.store import Question
    from drugpolicy_kg.store.embedded import EmbeddedStore
    from drugpolicy_kg.store.formats import by_name

    columns: Mapping[str, str] = {}
    saved = resources.public_queries() / f"{name}.rq"
    path = saved if saved.is_file() else Path(name)
    if name == "-":
        sparql = sys.stdin.read()
    elif path.is_file():
        text = read_text(path)
        own = load_query(path) if text.startswith("#+") else None
        columns = own.columns if own else {}
        sparql = own.sparql(values) if own else text
    else:
        known = [path.stem for path in resources.public_queries().glob("*.rq")]
        near = difflib.get_close_matches(name, known, n=3)
        raise QueryError(
            f"'{name}' is no saved query and no file.",
            remedy=f"Did you mean {' or '.join(near)}?"
            if near
            else "List them with 'drugpolicy query'.",
        )
    if values and not columns:
        raise QueryError(
            f"'{name}' takes no parameter, found '{next(iter(values))}'.",
            remedy="Only a query with '#+' lines takes some.",
        )
    target = io.BytesIO()
    EmbeddedStore.load(folder).answer(Question(sparql, by_name("json")), target)
    return from_sparql_json(target.getvalue(), tuple(columns) or None), list(columns.items())


def _write(
    rows: Rows, form: str, name: str, about: list[tuple[str, str]], output: Path | None
) -> None:
    from drugpolicy_kg import results
    from drugpolicy_kg.errors import OutputError, QueryError

    if form == "table":
        _print_table(rows, name)
        return
    if form == "xlsx":
        content = results.to_xlsx(rows, name, about)
        if output is None and sys.stdout.isatty():
            raise QueryError(
                "a workbook cannot be shown on a terminal.", remedy="Give --output FILE.xlsx."
            )
    else:
        write = {
            "csv": results.to_csv,
            "tsv": results.to_tsv,
            "json": results.to_json,
            "jsonl": results.to_jsonl,
        }[form]
        content = write(rows).encode()
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written: {error.strerror}.") from error
    click.echo(f"{output}: {len(rows)} rows", err=True)


def _print_table(rows: Rows, name: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from drugpolicy_kg.results import text

    table = Table(title=name, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, column in enumerate(rows.columns):
        numeric = all(isinstance(row[index], int | None) for row in rows.cells)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows.cells:
        table.add_row(*[text(cell) for cell in row])
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print(f"{len(rows)} rows")
