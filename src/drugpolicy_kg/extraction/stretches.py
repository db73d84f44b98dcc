"""The passages of an edition, in document order, in which mentions are looked for."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drugpolicy_kg.document import NOWHERE, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drugpolicy_kg.extraction.parts import Parts
    from drugpolicy_kg.extraction.sentences import Sentences
    from drugpolicy_kg.plan import Footnote

#: What a section or action has in place of a title that it lacks.
_EMPTY = Text("", ())


@dataclass(frozen=True)
class Stretch:
    """A passage in which mentions are looked for, with the place in the plan it belongs to.

    `imperative` says that its sentences are those of an action that speaks in imperatives.
    """

    where: str
    text: Text
    footnote: str = ""
    imperative: bool = False
    #: For a footnote, the sentence up to its mark.
    context: str = ""

    @property
    def first(self) -> int:
        """The place of its first character in the source."""
        return next((place for place in self.text.offsets if place != NOWHERE), 0)


def stretches(
    parts: Parts, footnotes: list[tuple[Footnote, Text]], sentences: Sentences
) -> list[Stretch]:
    """Return the passages in document order, each footnote behind the place of its mark."""
    body = sorted((own for own in _body(parts) if own.text), key=lambda own: own.first)
    order: dict[str, int] = {}
    for index, stretch in enumerate(body):
        order.setdefault(stretch.where, index)
    contexts = _contexts(body, sentences)
    notes = [
        Stretch(note.where, text, note.label, context=contexts.get(note.label, ""))
        for note, text in footnotes
    ]
    return sorted(
        [*body, *notes], key=lambda own: (order.get(own.where, len(body)), bool(own.footnote))
    )


def _contexts(body: list[Stretch], sentences: Sentences) -> dict[str, str]:
    """Return the words of the sentence before each footnote mark."""
    contexts: dict[str, str] = {}
    for stretch in body:
        if not stretch.text.marks:
            continue
        value = stretch.text.value
        starts = [low for low, _ in sentences.bounds(value)]
        for mark in stretch.text.marks:
            own = bisect_left(starts, mark.index)
            before = value[starts[own - 1] if own else 0 : mark.index]
            contexts.setdefault(mark.label, before.rstrip(" .") + " ")
    return contexts


def _body(parts: Parts) -> Iterator[Stretch]:
    """Yield the passages that are no footnotes, one a title or paragraph."""
    for section in parts.sections:
        key = section.key
        where = f"section {key}" if key[0].isdigit() else key.split("-")[0]
        for text in (section.title, *section.prose.parts):
            yield Stretch(where, text or _EMPTY)
    for priority in parts.priorities:
        if not priority.section:
            yield Stretch(f"priority {priority.number}", priority.title)
    for action in parts.actions:
        for text in (action.title, *action.prose.parts):
            yield Stretch(
                f"action {action.number}", text or _EMPTY, imperative=action.title is None
            )
    for indicator in parts.indicators:
        yield Stretch(f"indicator {indicator.number}", indicator.prose.text)
