"""`new-plan`: the folder of a new plan, from its document or with an empty template."""

from __future__ import annotations

import re
from pathlib import Path

import click

from drugpolicy_kg.cli.terminal import FOLDER
from drugpolicy_kg.errors import DefinitionError, OutputError


@click.command("new-plan")
@click.argument("plan_id", metavar="ID")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--template", "form", type=click.Choice(["csv", "xlsx"]), help="Write a template.")
@click.option("--lang", default="en", show_default=True, help="The language of the template.")
@click.option(
    "--layout",
    type=click.Choice(["auto", "table", "communication"]),
    default="auto",
    show_default=True,
    help="How SOURCE is built.",
)
@click.option("--root", type=FOLDER, help="The folder that holds data/ (default: this checkout).")
def new_plan(
    *,
    plan_id: str,
    source: Path | None,
    form: str | None,
    lang: str,
    layout: str,
    root: Path | None,
) -> None:
    """Write data/plans/ID with a plan.yaml for SOURCE, or with an empty template.

    SOURCE is the document, or the filled template. What its plan.yaml says is recognised and
    its counts are as found: look at every line, and count yourself.

    \b
    Example:
      drugpolicy new-plan com-2031-902 Roadmap.docx
      drugpolicy new-plan com-2031-902 --template xlsx
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", plan_id):
        raise DefinitionError(
            f"ID: small letters, digits and hyphens were expected, found '{plan_id}'.",
            remedy="Write the slug of the document's number, COM(2031) 902 is com-2031-902.",
        )
    if (source is None) == (form is None):
        raise DefinitionError(
            "new-plan: a SOURCE or '--template' was expected, found "
            f"{'none' if source is None else 'both'}.",
            remedy="Give the plan's document, or ask for a template to fill.",
        )
    from drugpolicy_kg import drafting, pipeline, resources
    from drugpolicy_kg.readers import read_file

    base = root or resources.root()
    knowledge = pipeline.Knowledge(base / "data")
    folder = drafting.new_folder(base, plan_id)
    if source is None:
        data = drafting.template(knowledge, lang, "xlsx" if form == "xlsx" else "csv")
        path = folder / f"template.{form}"
        _write(path, data)
        click.echo(f"{path}: fill it, then 'drugpolicy new-plan {plan_id} {path}'")
        return
    data = read_file(source)
    result = pipeline.read_document(
        data, knowledge, name=source.name, layout=layout, tables=folder / "authorities"
    )
    _write(folder / "source" / source.name, data)
    text = drafting.definition(result, plan_id)
    _write(folder / "plan.yaml", text.encode())
    for finding in result.findings:
        click.echo(f"  {finding}", err=True)
    plan = result.plan
    click.echo(
        f"{folder}: {len(plan.priorities)} priorities, {len(plan.actions)} actions, "
        f"{len(plan.indicators)} indicators, {len(plan.footnotes)} footnotes were found"
    )
    click.echo(f"Look at every line of {folder / 'plan.yaml'}, then run 'drugpolicy build'")


def _write(path: Path, data: bytes) -> None:
    if path.exists() and path.read_bytes() != data:
        raise OutputError(
            f"{path}: no file was expected, found one.",
            remedy="Move it away, or choose another ID.",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
