"""A plan as it was read: plain values, each with the words of every edition that says so.

One edition gives a `Plan` whose readings are in one language; merging joins the plans of
all editions into one. Nothing here knows RDF, a format or a language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

    from drugpolicy_kg.evidence import Span


@dataclass(frozen=True, slots=True)
class Reading:
    """What one edition says: the clean words, and the passages that they were read from."""

    language: str
    text: str
    spans: tuple[Span, ...]


Readings = tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a plan above its priorities (A, B, C)."""

    code: str
    title: Readings
    label: Readings = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section, an annex or the cover: prose outside of actions.

    `key` is the number as printed (`3.1`), `annex`, `annex-2` or `cover`; `text` holds its
    paragraphs, joined by line feeds.
    """

    key: str
    title: Readings
    text: Readings
    label: Readings = ()


@dataclass(frozen=True, slots=True)
class Priority:
    """A strategic priority or priority area, numbered as the plan counts them."""

    number: int
    title: Readings
    area: str = ""
    section: str = ""
    pillars: tuple[int, ...] = ()
    pillar_words: Readings = ()
    annex_title: Readings = ()
    label: Readings = ()


@dataclass(frozen=True, slots=True)
class Code:
    """A priority area code (1.1) under its strategic priority; readings are its cells."""

    notation: str
    priority: int | None
    readings: Readings


@dataclass(frozen=True, slots=True)
class Item:
    """One of the items (i), (ii) … of an action."""

    label: str
    number: int
    readings: Readings


@dataclass(frozen=True, slots=True)
class Timetable:
    """When: the words of the period and the years that they say."""

    basis: str
    readings: Readings
    start: int | None = None
    end: int | None = None
    ongoing: bool = False


@dataclass(frozen=True, slots=True)
class Participation:
    """A body in an actors line; `actor` is empty where no authority table knows it."""

    position: int
    actor: str
    role: Readings
    wording: Readings
    qualifier: Readings = ()


@dataclass(frozen=True, slots=True)
class Action:
    """An action with everything that its row or its heading, actors line and text say."""

    number: int
    priority: int | None
    title: Readings
    title_source: str
    text: Readings
    label: Readings
    codes: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    timetable: Timetable | None = None
    participations: tuple[Participation, ...] = ()
    annex_title: Readings = ()
    actors_line: Readings = ()
    #: Whether it stands in the governance section, outside any priority.
    governance: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A body, data source or survey named in the brackets of an indicator."""

    kind: str
    thing: str
    readings: Readings


@dataclass(frozen=True, slots=True)
class Indicator:
    """A performance indicator with its bodies, data sources, breakdowns and periodicity."""

    number: int
    text: Readings
    label: Readings = ()
    bodies: tuple[Source, ...] = ()
    data_sources: tuple[Source, ...] = ()
    breakdowns: tuple[Source, ...] = ()
    periodicity: Readings = ()


@dataclass(frozen=True, slots=True)
class Footnote:
    """A footnote; `where` is the place of its mark."""

    label: str
    where: str
    text: Readings
    mark: Readings = ()


@dataclass(frozen=True, slots=True)
class StatedCount:
    """What the text claims to hold ("17 actions in four priority areas")."""

    what: str
    count: int
    where: str
    readings: Readings


@dataclass(frozen=True, slots=True)
class Citation:
    """A mention of an act or document, with or without a number."""

    where: str
    footnote: str
    order: int
    kind: str
    identifier: str
    instrument: str
    function: str
    wording: Readings
    version: str = ""
    pinpoint: str = ""


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise with a date or money in the prose."""

    where: str
    footnote: str
    order: int
    modality: str
    sentence: Readings
    #: Table and identifier of each body that promises, `actors/europol`.
    who: tuple[str, ...] = ()
    who_wording: Readings = ()
    due_start: str = ""
    due_end: str = ""
    due_wording: Readings = ()
    amount: str = ""
    currency: str = ""
    amount_wording: Readings = ()
    fund: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A place, programme, theme or body named in the text of a place in the plan."""

    table: str
    where: str
    thing: str
    role: str
    wording: Readings
    footnote: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """A language version: the file, its digest, its title and cover as printed."""

    language: str
    file: str
    sha256: str
    title: Readings
    number: Readings = ()
    adopted: Readings = ()
    period: Readings = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was read of a plan, in document order."""

    id: str
    version: str
    adopted: datetime.date | None
    reference: str
    editions: tuple[Edition, ...]
    areas: tuple[Area, ...] = ()
    priorities: tuple[Priority, ...] = ()
    governance: Readings = ()
    codes: tuple[Code, ...] = ()
    sections: tuple[Section, ...] = ()
    actions: tuple[Action, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    stated: tuple[StatedCount, ...] = ()
    citations: tuple[Citation, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    mentions: tuple[Mention, ...] = ()
    period: tuple[int, int] | None = None
    #: The heads of the tables' columns: they part what stands below and are no facts.
    column_heads: Readings = ()

    def counts(self) -> dict[str, int]:
        """Return how many things of each kind there are, by the keys of plan.yaml's `expected`."""
        return {
            "areas": len(self.areas),
            "priorities": len(self.priorities),
            "actions": len(self.actions),
            "indicators": len(self.indicators),
            "footnotes": len(self.footnotes),
            "participations": sum(len(action.participations) for action in self.actions),
            "items": sum(len(action.items) for action in self.actions),
        }
