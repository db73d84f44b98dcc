"""Writes a synthetic policy graph of a given size: about 135 triples for each action.

The same size gives the same bytes. The shape is that of a real plan: plans with actions, each
with a title in two languages, text in paragraphs, participations of bodies, a timetable,
citations, and the passages that show where each of them stands.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from drugpolicy_kg import releases

from .servers import write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TERM: Final = "https://w3id.org/drugpolicy-kg/ontology#"
THING: Final = "https://w3id.org/drugpolicy-kg/id/"
GRAPH: Final = "https://w3id.org/drugpolicy-kg/graph/synthetic/"
ACTORS: Final = 400
PER_ACTION: Final = 135
_TYPE: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_LABEL: Final = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_PARTICIPATIONS: Final = 6
_PASSAGES: Final = 12
_CITATIONS: Final = 3
_ACTIONS_PER_PLAN: Final = 90
_WORDS: Final = tuple(
    # One text is easier to read and to change than thirty strings.
    "drugs trafficking precursors ports customs police cooperation prevention treatment harm "  # noqa: SIM905
    "reduction monitoring networks research funding strategy cocaine synthetic opioids alert "
    "forensic judicial asset recovery maritime border young people health data exchange".split()
)


def actions_of(triples: int) -> int:
    """Return how many actions make a graph of about that many triples.

    >>> actions_of(10_000)
    74
    """
    return max(1, triples // PER_ACTION)


def write(folder: Path, triples: int) -> Path:
    """Write the graph as a release under a folder, and return the folder of the release."""
    source = folder / f"source-{triples}"
    source.mkdir(parents=True)
    random = Random(triples)  # noqa: S311 - the same graph each time
    with (
        (source / "facts.nt").open("w", encoding="utf-8") as facts,
        (source / "evidence.nt").open("w", encoding="utf-8") as evidence,
    ):
        for n in range(ACTORS):
            facts.write(f"<{THING}actor/{n}> {_TYPE} <{TERM}Actor> .\n")
            facts.write(f'<{THING}actor/{n}> {_LABEL} "Body number {n}"@en .\n')
        for n in range(1, actions_of(triples) + 1):
            facts.writelines(f"{line} .\n" for line in _action(n, random))
            evidence.writelines(f"{line} .\n" for line in _evidence(n, random))
    write_manifest(source, {f"{GRAPH}facts": "facts.nt", f"{GRAPH}evidence": "evidence.nt"})
    root = folder / f"releases-{triples}"
    return releases.write_release("1.0.0", source, root).folder


def _text(random: Random, words: int) -> str:
    return " ".join(random.choices(_WORDS, k=words)).capitalize() + "."


def _action(n: int, random: Random) -> Iterator[str]:
    """Yield the statements of an action, without their full stops."""
    action = f"<{THING}action/{n}>"
    plan = f"<{THING}plan/{n // _ACTIONS_PER_PLAN}>"
    yield f"{action} {_TYPE} <{TERM}Action>"
    yield f"{action} <{TERM}inPlan> {plan}"
    yield f'{action} <{TERM}number> "{n}"^^<{_XSD}integer>'
    yield f"{action} <{TERM}inPriority> <{THING}priority/{n // 10}>"
    yield f'{action} <{TERM}title> "{_text(random, 9)}"@en'
    yield f'{action} <{TERM}title> "{_text(random, 9)}"@da'
    yield f'{action} <{TERM}text> "{_text(random, 60)}"@en'
    yield f'{action} <{TERM}text> "{_text(random, 60)}"@da'
    start = random.randint(2021, 2026)
    yield f'{action} <{TERM}startYear> "{start}"^^<{_XSD}integer>'
    yield f'{action} <{TERM}endYear> "{start + random.randint(0, 4)}"^^<{_XSD}integer>'
    for k in range(_PARTICIPATIONS):
        part = f"<{THING}action/{n}/participation/{k}>"
        actor = f"<{THING}actor/{min(random.randrange(ACTORS), random.randrange(ACTORS))}>"
        yield f"{action} <{TERM}hasParticipation> {part}"
        yield f"{part} {_TYPE} <{TERM}Participation>"
        yield f"{part} <{TERM}participant> {actor}"
        yield f'{part} <{TERM}position> "{k}"^^<{_XSD}integer>'
        yield f'{part} <{TERM}wording> "{_text(random, 3)}"@en'
    for k in range(_CITATIONS):
        citation = f"<{THING}action/{n}/citation/{k}>"
        yield f"{action} <{TERM}hasCitation> {citation}"
        yield f"{citation} {_TYPE} <{TERM}Citation>"
        yield f"{citation} <{TERM}cites> <{THING}instrument/{random.randrange(200)}>"
        yield f'{citation} <{TERM}wording> "{_text(random, 4)}"@en'


def _evidence(n: int, random: Random) -> Iterator[str]:
    """Yield where the statements of an action stand in its document."""
    for k in range(_PASSAGES):
        passage = f"<{THING}action/{n}/passage/{k}>"
        yield f"{passage} {_TYPE} <{TERM}Passage>"
        yield f"{passage} <{TERM}shows> <{THING}action/{n}>"
        yield f"{passage} <{TERM}edition> <{THING}edition/{n // _ACTIONS_PER_PLAN}/en>"
        yield f'{passage} <{TERM}line> "{n * 10 + k}"^^<{_XSD}integer>'
        yield f'{passage} <{TERM}exact> "{_text(random, 12)}"@en'
        yield f'{passage} <{TERM}start> "{n * 1000 + k}"^^<{_XSD}integer>'
