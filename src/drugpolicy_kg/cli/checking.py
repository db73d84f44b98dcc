"""`check`: ontology and graphs before the rules of the field, OWL 2 DL and two reasoners."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from drugpolicy_kg.cli.terminal import FOLDER, VIOLATION, progress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from drugpolicy_kg.findings import Finding
    from drugpolicy_kg.reasoning import Knowledge

_SECONDS = 300


@click.command()
@click.option(
    "--root",
    type=FOLDER,
    help="The folder that holds data/, ontology/ and queries/ (default: this checkout).",
)
@click.option(
    "--reasoner",
    "reasoners",
    type=click.Choice(["HermiT", "Pellet"], case_sensitive=False),
    multiple=True,
    default=("HermiT", "Pellet"),
    show_default=True,
    help="Ask this reasoner; may be given twice.",
)
@click.option("--no-reasoner", is_flag=True, help="Ask rules and OWL 2 DL alone, without Java.")
@click.option(
    "--seconds",
    type=click.IntRange(1),
    default=_SECONDS,
    show_default=True,
    help="So long a contradiction is looked for.",
)
@click.option("--score", is_flag=True, help="Write the score page, queries/SCORE.md.")
def check(
    *, root: Path | None, reasoners: tuple[str, ...], no_reasoner: bool, seconds: int, score: bool
) -> None:
    """Check the ontology with all graphs: rules of the field, OWL 2 DL, contradictions.

    \b
    Example:
      drugpolicy check
      drugpolicy check --no-reasoner --score
    """
    from drugpolicy_kg import agreement, quality, reasoning, resources

    folder = root or resources.root()
    with progress("checking") as say:
        say("rules")
        outcomes = quality.outcomes(folder)
        say("ontology and graphs")
        knowledge = reasoning.load(folder)
    matrix = agreement.read(folder)
    findings = [finding for outcome in outcomes for finding in outcome.findings]
    findings.extend(matrix.gaps)
    empty = [outcome for outcome in outcomes if not outcome.looked]
    passed = sum(1 for outcome in outcomes if outcome.passed)
    left = len(quality.not_asked(folder))
    click.echo(f"rules: {passed} of {len(outcomes)} passed, {left} rows not asked")
    click.echo(
        f"agreement: {len(matrix.classes)} classes and {len(matrix.properties)} properties in "
        f"ontology, axioms, shapes, data and queries, {len(matrix.gaps)} gaps"
    )
    for outcome in empty:
        click.echo(f"  {outcome.rule} ({outcome.name}): nothing to look at", err=True)
    _profile(knowledge)
    if not no_reasoner:
        with progress("reasoning") as say:
            findings += _reason(knowledge, reasoners, seconds, say)
    for finding in findings:
        click.echo(f"  {finding}", err=True)
    if score:
        page = folder / "queries" / "SCORE.md"
        page.write_text(quality.score(folder, outcomes), encoding="utf-8")
        click.echo(f"{page}: written")
    if findings or empty:
        sys.exit(VIOLATION)


def _profile(knowledge: Knowledge) -> None:
    for name, counts in knowledge.profile().outside.items():
        said = ", ".join(f"{count} {construct}" for construct, count in counts.items())
        click.echo(f"outside of OWL 2 {name}: {said or 'nothing'}")


def _reason(
    knowledge: Knowledge, names: tuple[str, ...], seconds: int, say: Callable[[str], None]
) -> list[Finding]:
    from drugpolicy_kg import reasoning

    view = knowledge.view
    left = ", ".join(f"{count} {reason}" for reason, count in sorted(view.left_out.items()))
    click.echo(
        f"DL view: {len(view.triples)} statements, {view.classes} classes, {view.individuals} "
        f"things, {view.different} of them said to be different; left out: {left or 'nothing'}"
    )
    findings: list[Finding] = []
    for name in names:
        say(name)
        began = time.monotonic()
        verdict = reasoning.ask(view, name)
        words = "consistent" if verdict.consistent else "inconsistent"
        click.echo(
            f"{name}: {words}, {len(verdict.unsatisfiable)} unsatisfiable classes, "
            f"{time.monotonic() - began:.0f} s"
        )
        if not verdict.passed and not findings:
            say("why")
            findings.extend(knowledge.explain(verdict, seconds))
    return findings
