"""`release` and `verify`: folders that are whole, and a check that they are."""

from __future__ import annotations

from pathlib import Path

import click

from drugpolicy_kg.cli.terminal import FOLDER


@click.command()
@click.argument("version")
@click.argument("folder", type=FOLDER)
@click.option("--date", default="", metavar="YYYY-MM-DD", help="Day of publication, for citations.")
@click.option(
    "--audit",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="What 'pip-audit --strict --format json' found; without it the bill says 'not audited'.",
)
def release(*, version: str, folder: Path, date: str, audit: Path | None) -> None:
    """Write the release FOLDER/VERSION: graphs, dumps, tables, questions and answers.

    \b
    Example:
      drugpolicy release 0.1.0 /srv/drugpolicy --date 2026-12-01
    """
    from drugpolicy_kg import publishing

    manifest = publishing.release(version, folder, date=date, audit=audit)
    click.echo(
        f"{folder / version}: {len(manifest.graphs)} graphs, {manifest.triples} triples, "
        f"{len(manifest.answers)} known answers"
    )


@click.command()
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
