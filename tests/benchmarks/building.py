"""The building half: the three plans, a plan a hundred times as long, and the command line."""

from __future__ import annotations

import hashlib
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from drugpolicy_kg import graphs, pipeline, reasoning
from drugpolicy_kg import identifiers as ids

from .report import Part, number, times

CHECKOUT: Final = Path(__file__).parents[2]
AXIOMS: Final = CHECKOUT / "ontology" / "axioms.ttl"
_INVENTED: Final = CHECKOUT / "tests" / "documents" / "harbour"
_TIMES: Final = 100
_TEN: Final = 10
_BUILD: Final = (
    "from pathlib import Path; from drugpolicy_kg import pipeline; "
    f"print(pipeline.build(Path({str(CHECKOUT)!r})).triples)"
)


def run(folder: Path, *, quick: bool) -> Part:
    """Return the times of builds and commands."""
    part = Part("building", "Building and asking on the command line")
    _three_plans(part, repeats=1 if quick else 3)
    _growth(part, folder, *((1, 10) if quick else (_TEN, _TIMES)))
    _commands(part, repeats=3 if quick else _TEN)
    return part


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=CHECKOUT)
    return time.perf_counter() - began


def _three_plans(part: Part, *, repeats: int) -> None:
    found = [_seconds([sys.executable, "-c", _BUILD]) for _ in range(repeats)]
    table = part.table("Build of the three plans", "runs", "median s", "lowest–highest")
    median = statistics.median(found)
    table.add(repeats, median, f"{number(min(found))}–{number(max(found))}")
    part.target(
        "build of the three plans, with what follows from them",
        "≤ 10 s",
        f"{number(median)} s",
        met=median <= _TEN,
    )


def _growth(part: Part, folder: Path, smallest: int, factor: int) -> None:
    """Compare a plan with one that has many times its actions; all is read, mapped, inferred."""
    terms = graphs.Graph(ids.graph("ontology"))
    terms.parse(CHECKOUT / "ontology" / "drugpolicy.ttl")
    largest = smallest * factor
    knowledge = pipeline.Knowledge(CHECKOUT / "data")
    table = part.table("A plan that grows", "actions", "facts", "seconds", "ms for each action")
    found = {}
    for copies in (smallest, largest):
        plan = lengthen(folder / f"plan-{copies}", copies)
        began = time.perf_counter()
        result = pipeline.read_plan(plan, knowledge)
        reasoning.infer([terms, result.pages.facts], AXIOMS, ids.graph("inferred"))
        found[copies] = time.perf_counter() - began
        actions = len(result.plan.actions)
        table.add(actions, result.facts, found[copies], 1000 * found[copies] / actions)
    ratio = found[largest] / found[smallest]
    wanted = 1.1 * factor
    part.target(
        f"{factor} × the actions", f"≤ {times(wanted)} the time", times(ratio), met=ratio <= wanted
    )


def lengthen(folder: Path, copies: int) -> Path:
    """Write an invented plan with its priorities that many times over, and return its folder."""
    shutil.copytree(_INVENTED, folder)
    source = folder / "harbour.en.md"
    text = source.read_text(encoding="utf-8")
    first = re.search(r"^### \**3\.1\.", text, re.MULTILINE)
    last = re.search(r"^#+ +4\.", text, re.MULTILINE)
    assert first is not None, f"{source} has no section 3.1"
    end = len(text) if last is None else last.start()
    body = text[first.start() : end]
    # Footnotes are counted over the whole document; a copy needs none of its own.
    plain = re.sub(r"^<sup>\d+</sup>.*\n?", "", body, flags=re.MULTILINE)
    plain = re.sub(r"<sup>\d+</sup>", "", plain)
    actions = len(re.findall(r"^#* *\**Action \d+:", body, re.MULTILINE))
    priorities = len(re.findall(r"^###? *\**3\.\d\.", body, re.MULTILINE))
    more = [
        _renumbered(plain, actions=copy * actions, priorities=copy * priorities)
        for copy in range(1, copies)
    ]
    text = text[:end] + "\n".join(more) + text[end:]
    text = re.sub(r"sets out \d+ actions in \w+ priority areas", "sets out actions", text)
    text = text.replace("three priority areas", "priority areas")
    source.write_text(text, encoding="utf-8")
    definition = (folder / "plan.yaml").read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    definition = re.sub(r"sha256: [0-9a-f]{64}", f"sha256: {digest}", definition)
    definition = re.sub(
        r"(priorities|actions|participations): (\d+)",
        lambda m: f"{m[1]}: {int(m[2]) * copies}",
        definition,
    )
    (folder / "plan.yaml").write_text(definition, encoding="utf-8")
    return folder


def _renumbered(text: str, *, actions: int, priorities: int) -> str:
    """Return a copy of the sections whose numbers go on after those before it."""
    moved = re.sub(r"Action (\d+):", lambda m: f"Action {int(m[1]) + actions}:", text)
    return re.sub(
        r"^(###? *\**)3\.(\d)\.",
        lambda m: f"{m[1]}3.{int(m[2]) + priorities}.",
        moved,
        flags=re.MULTILINE,
    )


def _commands(part: Part, *, repeats: int) -> None:
    command = str(Path(sys.executable).parent / "drugpolicy")
    table = part.table(
        f"The command, {repeats} times each", "command", "median s", "lowest–highest"
    )
    for arguments in (["--help"], ["query", "--help"], ["query", "actions"], ["query", "plans"]):
        found = [_seconds([command, *arguments]) for _ in range(repeats)]
        spread = f"{number(min(found))}–{number(max(found))}"
        table.add(f"drugpolicy {' '.join(arguments)}", statistics.median(found), spread)
