"""`validate`: which line of a plan is wrong, in plain words, and what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from drugpolicy_kg.cli.terminal import VIOLATION

_FORMATS = ("text", "html", "json", "csv", "sarif", "junit", "turtle", "github")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument(
    "sources", nargs=-1, required=True, metavar="FILE-OR-FOLDER…", type=click.Path(path_type=Path)
)
@click.option("--format", "style", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(["violation", "warning", "info"]),
    default="violation",
    show_default=True,
    help="The least severity that makes the exit code 1.",
)
@click.option("--lang", default="", metavar="en|da", help="The language of the report.")
@click.option(
    "--profile",
    type=click.Choice(["core", "linked"]),
    default="linked",
    show_default=True,
    help="Whether names are looked up in the bundled tables.",
)
@click.option(
    "--layout",
    default="auto",
    show_default=True,
    metavar="auto|table|communication",
    help="How a document without a plan.yaml is built.",
)
@click.option(
    "--baseline",
    "baselines",
    type=_FILE,
    multiple=True,
    help="Known findings (YAML or JSON), each with its reason; they fail nothing.",
)
@click.option(
    "--write-baseline", type=_FILE, help="Write what was found there, for you to add the reasons."
)
@click.option("-o", "--output", type=_FILE, help="Write the report there.")
def validate(
    *,
    sources: tuple[Path, ...],
    style: str,
    fail_on: str,
    lang: str,
    profile: str,
    layout: str,
    baselines: tuple[Path, ...],
    write_baseline: Path | None,
    output: Path | None,
) -> None:
    """Say which line of a plan is wrong, why, and what to do.

    A source is a plan folder with a plan.yaml, a document (.txt, .md, .html, .docx, .pdf), or RDF
    (.ttl, .trig, .nt, .nq, .jsonld, .rdf).

    \b
    Example:
      drugpolicy validate data/plans/com-2023-641
      drugpolicy validate draft.md --format html -o report.html
    """
    from drugpolicy_kg import inspection, reports
    from drugpolicy_kg.findings import Severity
    from drugpolicy_kg.reports import baselines as known

    words = reports.wordbook().of(lang)
    explained = [entry for path in baselines for entry in known.read(path)]
    report = inspection.validate_paths(sources, profile=inspection.Profile(profile), layout=layout)
    report = known.applied(report, explained)
    if write_baseline is not None:
        _save(write_baseline, known.written(report))
    if output is not None:
        _save(output, reports.write(report, style, lang))
    elif style == "text" and sys.stdout.isatty():
        from rich.console import Console

        from drugpolicy_kg.reports.text import show

        show(report, lang or reports.wordbook().languages[0], words, Console())
    else:
        sys.stdout.buffer.write(reports.write(report, style, lang))
    if report.fails(Severity(fail_on)):
        sys.exit(VIOLATION)


def _save(path: Path, content: bytes) -> None:
    from drugpolicy_kg.errors import OutputError

    try:
        path.write_bytes(content)
    except OSError as error:
        raise OutputError(
            f"{path}: a file that can be written was expected ({error.strerror}).",
            remedy="Give another name.",
        ) from error
