"""The command line: arguments become one call; findings and errors become text and exit code.

Engines are imported inside the commands that need them, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drugpolicy_kg import __version__
from drugpolicy_kg.errors import DrugPolicyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from drugpolicy_kg.pipeline import Build
    from drugpolicy_kg.results import Rows

FINE, VIOLATION, IMPOSSIBLE = 0, 1, 2
FOLDER = click.Path(path_type=Path, file_okay=False)
FORMATS = ("table", "csv", "tsv", "json", "jsonl", "xlsx")


class Group(click.Group):
    """Commands in the order in which they are written here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands as they were added."""
        del ctx
        return list(self.commands)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="drugpolicy")
def drugpolicy() -> None:
    """Build, query and serve the EU's plans on drugs as a knowledge graph.

    \b
    Example:
      drugpolicy query actions --param plan=com-2023-641
    """


# ── build ────────────────────────────────────────────────────────────────────────────────


@drugpolicy.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if data/graphs differs.")
@click.option(
    "--root",
    type=FOLDER,
    help="The folder that holds data/, ontology/ and queries/ (default: this checkout).",
)
@click.option(
    "--verbose", is_flag=True, help="Also count each kind of fact, and list what no fact uses."
)
def build(*, check: bool, root: Path | None, verbose: bool) -> None:
    """Build the graphs in data/graphs from the documents.

    \b
    Example:
      drugpolicy build
      drugpolicy build --check
    """
    from drugpolicy_kg import graphs, pipeline, resources

    folder = root or resources.root()
    with _progress("building") as say:
        result = pipeline.build(folder, say=say)
    _report(result, verbose=verbose)
    target = folder / "data" / "graphs"
    if check:
        graphs.check(result.files, target)
        click.echo(f"{target}: as committed")
    elif pipeline.violations(result.findings):
        click.echo(f"{target}: not written, since a violation was found", err=True)
    else:
        changed = graphs.write(result.files, target)
        click.echo(f"{target}: {len(changed)} of {len(result.files)} files changed")
    if pipeline.violations(result.findings):
        sys.exit(VIOLATION)


def _report(result: Build, *, verbose: bool) -> None:
    for row in result.plans:
        plan = row.plan
        click.echo(
            f"{plan.id} {plan.version}: {len(plan.priorities)} priorities, "
            f"{len(plan.actions)} actions, {len(plan.indicators)} indicators; "
            f"{row.facts} facts, {row.shown} of them shown in {row.pages.passage_count} passages"
        )
        for code, found in row.coverage.items():
            click.echo(
                f"  {code}: {found.total} characters: {found.used} in facts, {found.prose} in "
                f"the prose of sections, {found.boilerplate} boilerplate, "
                f"{found.not_modelled} not modelled"
            )
            if verbose:
                for rest in found.rests:
                    click.echo(f"    line {rest.line}: {rest.reason}: {rest.words!r}")
        if verbose:
            for kind, number in sorted(row.pages.kinds.items()):
                click.echo(f"    {number:>5} {kind}")
    for finding in result.findings:
        click.echo(f"  {finding}", err=True)
    click.echo(f"{result.triples} triples in {len(result.files) - 1} graphs")


@drugpolicy.command()
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--width", type=click.IntRange(20), default=100, show_default=True)
def outline(*, source: Path, width: int) -> None:
    """Show the blocks that a reader sees in SOURCE, each with its line.

    \b
    Example:
      drugpolicy outline data/plans/com-2023-641/source/com-2023-641.en.md
    """
    from drugpolicy_kg.readers import read

    document = read(source)
    for block in document.blocks:
        line = document.position(block.span.start).line
        kind = f"{block.kind} {block.level}" if block.level else str(block.kind)
        label = f" [{block.label}]" if block.label else ""
        marks = "".join(f" ^{mark.label}" for text in block.texts for mark in text.marks)
        words = " | ".join(text.value for text in block.texts)
        shown = words if len(words) <= width else f"{words[: width - 1]}…"
        strong = " bold" if block.emphasised else ""
        click.echo(f"{line:>5}  {kind + strong + label:<16} {shown}{marks}")
    click.echo(f"{len(document.blocks)} blocks")


# ── query ────────────────────────────────────────────────────────────────────────────────


@drugpolicy.command()
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
    values = _values(params)
    rows, about = _answer(name, values, release or resources.graphs())
    chosen = form or ("table" if output is None and sys.stdout.isatty() else "csv")
    _write(rows, chosen, name, about, output)


def _values(params: Sequence[str]) -> dict[str, str]:
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


# ── serve ────────────────────────────────────────────────────────────────────────────────


@drugpolicy.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--release", type=FOLDER, help="A folder with one release.")
@click.option("--releases", type=FOLDER, help="A folder of releases; its 'current' is followed.")
@click.option("--endpoint", metavar="URL", help="A SPARQL 1.1 endpoint in place of our store.")
@click.option("--workers", type=click.IntRange(1), help="Processes that answer queries.")
@click.option(
    "--time-limit",
    type=click.FloatRange(0.1),
    default=10.0,
    show_default=True,
    help="Seconds that a query may take.",
)
@click.option("--client-header", metavar="NAME", help="Header in which a proxy names its client.")
@click.option("--public-url", metavar="URL", help="How clients see this service.")
def serve(
    *,
    host: str,
    port: int,
    release: Path | None,
    releases: Path | None,
    endpoint: str | None,
    workers: int | None,
    time_limit: float,
    client_header: str | None,
    public_url: str | None,
) -> None:
    """Serve the graph over SPARQL and HTTP, and say where.

    Without a release or an endpoint, the packaged graph is served.

    \b
    Example:
      drugpolicy serve --port 8080
    """
    from drugpolicy_kg import resources
    from drugpolicy_kg.service import Limits, ServeOptions
    from drugpolicy_kg.service import serve as run

    if not (release or releases or endpoint):
        release = resources.graphs()
    run(
        ServeOptions(
            release=release,
            releases=releases,
            endpoint=endpoint,
            queries=resources.public_queries(),
            host=host,
            port=port,
            workers=workers,
            limits=Limits(time_seconds=time_limit),
            client_header=client_header,
            public_url=public_url,
        ),
        say=click.echo,
    )


@drugpolicy.command()
@click.argument("version")
@click.argument("folder", type=FOLDER)
def release(*, version: str, folder: Path) -> None:
    """Write the release FOLDER/VERSION: graphs, questions and what they answer.

    \b
    Example:
      drugpolicy release 0.1.0 /srv/drugpolicy
    """
    from drugpolicy_kg import publishing

    manifest = publishing.release(version, folder)
    click.echo(
        f"{folder / version}: {len(manifest.graphs)} graphs, {manifest.triples} triples, "
        f"{len(manifest.answers)} known answers"
    )


@drugpolicy.command()
@click.argument("folder", type=FOLDER)
def verify(*, folder: Path) -> None:
    """Check that a folder of graphs is whole: every file, digest and count.

    \b
    Example:
      drugpolicy verify data/graphs
    """
    from drugpolicy_kg import releases

    manifest = releases.verify(folder)
    click.echo(f"{folder}: whole, {len(manifest.graphs)} graphs, {manifest.triples} triples")


# ── the process edge ─────────────────────────────────────────────────────────────────────


class _progress:  # noqa: N801  used as a context manager, read as a verb
    """Shows the step that is being done, on a terminal only."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> Callable[[str], None]:
        self._status = None
        if sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True).status(self._what)
            self._status.start()
        return self._say

    def _say(self, step: str) -> None:
        if self._status is not None:
            self._status.update(f"{self._what}: {step}")

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()


def main() -> None:
    """Run the command; a known error is one sentence on standard error and exit code 2."""
    try:
        drugpolicy(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(IMPOSSIBLE)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FINE)
    except DrugPolicyError as error:
        click.echo(f"drugpolicy: {error}", err=True)
        sys.exit(IMPOSSIBLE)
