"""`build` and `outline`: from documents to graphs, and what a reader sees in a document."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from drugpolicy_kg.cli.terminal import FOLDER, VIOLATION, progress

if TYPE_CHECKING:
    from drugpolicy_kg.pipeline import Build


@click.command()
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

    Without --root, a term that axioms, shapes, data and saved queries do not share fails it.

    \b
    Example:
      drugpolicy build
      drugpolicy build --check
    """
    from drugpolicy_kg import agreement, graphs, pipeline, resources

    folder = root or resources.root()
    with progress("building") as say:
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
    # Another folder may hold plans that do not use every term; ours must.
    gaps = () if root else agreement.read(folder).gaps
    for gap in gaps:
        click.echo(f"  {gap}", err=True)
    if gaps or pipeline.violations(result.findings):
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


@click.command()
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
        place = replace(document.place(block.span.start), file="", column=0)
        kind = f"{block.kind} {block.level}" if block.level else str(block.kind)
        label = f" [{block.label}]" if block.label else ""
        marks = "".join(f" ^{mark.label}" for text in block.texts for mark in text.marks)
        words = " | ".join(text.value for text in block.texts)
        shown = words if len(words) <= width else f"{words[: width - 1]}…"
        strong = " bold" if block.emphasised else ""
        click.echo(f"{str(place).strip(', :'):>5}  {kind + strong + label:<16} {shown}{marks}")
    click.echo(f"{len(document.blocks)} blocks")
