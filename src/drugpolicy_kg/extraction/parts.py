"""What extraction gathers while it walks through a document: texts, not yet facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drugpolicy_kg.document import Text, is_cut

if TYPE_CHECKING:
    from drugpolicy_kg.document import Block, Mark


@dataclass
class Prose:
    """Paragraphs as they are met; one that a page break has cut is joined to its rest."""

    paragraphs: list[list[Text]] = field(default_factory=list)

    def add(self, text: Text, *, joins: bool | None = None) -> None:
        """Take the next text: the rest of a cut paragraph, or a paragraph of its own.

        `joins` says which, where the words alone do not tell.
        """
        if not text:
            return
        last = self.paragraphs[-1][-1] if self.paragraphs else None
        if last is not None and (is_cut(last.value) if joins is None else joins):
            self.paragraphs[-1].append(text)
        else:
            self.paragraphs.append([text])

    @property
    def parts(self) -> list[Text]:
        """Every paragraph as one text."""
        return [Text.join(parts, " ") for parts in self.paragraphs]

    @property
    def text(self) -> Text:
        """All paragraphs, joined by line feeds."""
        return Text.join(self.parts, "\n")


@dataclass
class RawAction:
    """An action whose cells or heading, actors line and prose are being gathered."""

    number: int
    label: Text
    priority: int | None
    section: str = ""
    title: Text | None = None
    prose: Prose = field(default_factory=Prose)
    codes: list[Text] = field(default_factory=list)
    timetable: list[Text] = field(default_factory=list)
    actors: list[Text] = field(default_factory=list)
    role: Text | None = None
    separate_actors: bool = False
    annex_title: Text | None = None
    governance: bool = False


@dataclass
class RawPriority:
    """A priority with its title, and the area and section that it stands in."""

    number: int
    title: Text
    label: Text | None = None
    area: str = ""
    section: str = ""
    annex_title: Text | None = None


@dataclass
class RawSection:
    """A section with its title and prose."""

    key: str
    title: Text | None
    label: Text | None = None
    prose: Prose = field(default_factory=Prose)


@dataclass
class RawIndicator:
    """An indicator's number, label and text."""

    number: int
    label: Text
    prose: Prose = field(default_factory=Prose)


@dataclass
class RawNote:
    """A footnote as printed, and where its mark was seen."""

    label: str
    text: Text
    block: Block


@dataclass
class Parts:
    """Everything that was gathered from one edition."""

    areas: list[tuple[str, Text, Text]] = field(default_factory=list)
    priorities: list[RawPriority] = field(default_factory=list)
    sections: list[RawSection] = field(default_factory=list)
    actions: list[RawAction] = field(default_factory=list)
    indicators: list[RawIndicator] = field(default_factory=list)
    notes: list[RawNote] = field(default_factory=list)
    governance: Text | None = None
    items: list[tuple[int, Text]] = field(default_factory=list)
    heads: list[Text] = field(default_factory=list)
    #: The rules that the heads of tables break, and where.
    head_faults: list[tuple[str, Text]] = field(default_factory=list)
    #: Actions that the annex lists and the body does not have.
    strays: list[tuple[int, Text]] = field(default_factory=list)
    #: The place of each footnote mark, in reading order.
    marks: list[tuple[Mark, str]] = field(default_factory=list)

    def saw(self, where: str, *texts: Text) -> None:
        """Remember that the footnote marks of `texts` stand at `where`."""
        self.marks.extend((mark, where) for text in texts for mark in text.marks)
