"""The walk through a document, block by block, for both layouts.

Structure is the same everywhere (areas, priorities, actions, indicators, footnotes); what
differs is how an action stands on the page: as a row of a table, or as a heading with an
actors line and prose below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.document import Block, BlockKind, Text
from drugpolicy_kg.extraction.parts import (
    Parts,
    RawAction,
    RawIndicator,
    RawNote,
    RawPriority,
    RawSection,
)
from drugpolicy_kg.extraction.tables import Table

if TYPE_CHECKING:
    from drugpolicy_kg.definitions import Language, Layout
    from drugpolicy_kg.document import Document
    from drugpolicy_kg.extraction.labels import Labelled, Labels

#: Keys of sections that have no number.
COVER, ANNEX = "cover", "annex"


class Walk:
    """Gathers the parts of one edition; `parts` holds them when `run` is done."""

    def __init__(
        self, document: Document, layout: Layout, language: Language, labels: Labels
    ) -> None:
        self._document = document
        self._layout = layout
        self._labels = labels
        self._language = language
        self.parts = Parts()
        self._section = RawSection(COVER, None)
        self.parts.sections.append(self._section)
        self._area = ""
        self._priority: RawPriority | None = None
        self._action: RawAction | None = None
        self._indicator: RawIndicator | None = None
        self._table: Table | None = None
        self._in_list = False
        self._last_line = 0
        self._by_number: dict[int, list[RawAction]] = {}
        self._indexed = 0

    def run(self) -> Parts:
        """Return the parts of the whole document."""
        for block in self._document.blocks:
            if block.kind is BlockKind.RULE:
                continue
            if block.kind is BlockKind.NOTE:
                self.parts.notes.append(RawNote(block.label, block.text, block))
                continue
            self._take(block)
            self._last_line = self._document.position(block.span.end - 1).line
        return self.parts

    @property
    def where(self) -> str:
        """The place in the plan at which the walk stands."""
        if self._action is not None:
            return f"action {self._action.number}"
        if self._indicator is not None:
            return f"indicator {self._indicator.number}"
        if self._section.key[0].isdigit():
            return f"section {self._section.key}"
        if self._priority is not None and not self._in_list:
            return f"priority {self._priority.number}"
        return ANNEX if self._section.key.startswith(ANNEX) else COVER

    def _take(self, block: Block) -> None:
        for step in (self._structure, self._layout_step, self._indicator_step):
            if step(block):
                return
        self._prose(block)

    # ── structure ────────────────────────────────────────────────────────────────────────

    def _structure(self, block: Block) -> bool:
        text = block.text
        labels = self._labels
        if labels.action_list(text.value) and self._is_heading(block):
            self._close()
            self._in_list = True
            self._enter(RawSection(ANNEX, text))
            return True
        if self._in_list:
            return self._listed(text)
        return self._numbered_heading(block, text)

    def _numbered_heading(self, block: Block, text: Text) -> bool:
        labels = self._labels
        if (annex := labels.annex(text.value)) is not None:
            self._close()
            self._priority, self._area = None, ""
            self._enter(RawSection(f"{ANNEX}-{annex.key}", text))
            return True
        if self._layout.sections and self._is_heading(block):
            section = labels.section(text.value)
            if section is not None:
                self._numbered(section, text)
                return True
        if (priority := labels.priority(text.value)) is not None:
            self._close()
            self._priority = RawPriority(
                priority.number,
                text.cut(priority.end),
                text.cut(0, priority.end).strip(),
                self._area,
            )
            self.parts.priorities.append(self._priority)
            self.parts.saw(f"priority {priority.number}", text)
            return True
        if self._layout.name == "table":
            return self._table_headings(text)
        return False

    def _table_headings(self, text: Text) -> bool:
        if (area := self._labels.area(text.value)) is not None:
            self._close()
            self._area, self._priority = area.key, None
            label = text.cut(0, area.end).strip()
            self.parts.areas.append((area.key, label, text.cut(area.end)))
            return True
        if self.parts.governance is None and self._labels.governance(text.value):
            self._close()
            self._priority, self._area = None, ""
            self.parts.governance = text
            return True
        return False

    def _numbered(self, section: Labelled, text: Text) -> None:
        self._close()
        self._priority = None
        number = text.cut(0, section.end).strip()
        self._enter(RawSection(section.key, text.cut(section.end), number))
        self.parts.saw(self.where, text)

    def _enter(self, section: RawSection) -> None:
        self._section = section
        self.parts.sections.append(section)

    def _close(self) -> None:
        self._action = self._indicator = self._table = None

    def _is_heading(self, block: Block) -> bool:
        return block.kind is BlockKind.HEADING or block.emphasised

    def _listed(self, text: Text) -> bool:
        """Take the annex that lists priorities and actions again, in other words."""
        self.parts.saw(ANNEX, text)
        if (roman := self._labels.roman(text.value)) is not None:
            for priority in self.parts.priorities:
                if priority.number == roman.number:
                    priority.annex_title = text.cut(roman.end)
        elif (label := self._labels.action(text.value)) is not None:
            same = self._numbered_so(label.number)
            for action in same:
                if action.annex_title is None:
                    action.annex_title = text.cut(label.end)
            if not same:
                self.parts.strays.append((label.number, text))
        self._section.prose.add(text, joins=False)
        return True

    def _numbered_so(self, number: int) -> list[RawAction]:
        """Return the actions of a number, each of which is looked at once for all lists."""
        for own in self.parts.actions[self._indexed :]:
            self._by_number.setdefault(own.number, []).append(own)
        self._indexed = len(self.parts.actions)
        return self._by_number.get(number, [])

    # ── actions ──────────────────────────────────────────────────────────────────────────

    def _layout_step(self, block: Block) -> bool:
        if self._layout.name == "table":
            return self._row(block)
        return self._heading_or_line(block)

    def _row(self, block: Block) -> bool:
        """Take a row of the table, its head, or the rest of a cell."""
        if self._table is None:
            if not Table.opens(block, self._language):
                return self._headless(block)
            self._table = Table(self._language, self._labels)
        elif not self._table.in_head and self._repeats_head(block):
            self.parts.heads.append(block.text)
            return True
        follows = self._document.position(block.span.start).line == self._last_line + 1
        if not self._table.accepts(block, follows=follows):
            return False
        self._rows(block)
        return True

    def _repeats_head(self, block: Block) -> bool:
        """Return whether a row is the head again, as it stands on every page of a print."""
        cells = [text for text in block.texts if text]
        return len(cells) > 1 and Table.opens(block, self._language)

    def _headless(self, block: Block) -> bool:
        """Take a row whose table has lost its head; the columns are those of any table."""
        if self._labels.action(block.text.value) is None or block.kind is not BlockKind.ROW:
            return False
        self._table = Table(self._language, self._labels, headless=True)
        self.parts.head_faults.append(("DP-TAB-001", block.text))
        self._rows(block)
        return True

    def _rows(self, block: Block) -> None:
        table = self._table
        if table is None:
            return
        action = table.take(block)
        while table.unknown_columns:
            column = table.unknown_columns.pop()
            self.parts.head_faults.append(("DP-TAB-003", column))
        if action is not None:
            action.priority = self._priority.number if self._priority else None
            action.governance = self._priority is None and self.parts.governance is not None
            self._indicator = None
            self._action = action
            self.parts.actions.append(action)
        self.parts.saw(self.where, *block.texts)
        if table.in_head:
            self.parts.heads.append(block.text)

    def _heading_or_line(self, block: Block) -> bool:
        text = block.text
        label = self._labels.action(text.value)
        if label is not None and self._is_heading(block):
            self._close()
            if self._priority is None:
                self._begin_priority()
            number = self._priority.number if self._priority else None
            self._action = RawAction(
                label.number, text.cut(0, label.end).strip(), number, self._section.key
            )
            self._action.title = text.cut(label.end)
            self.parts.actions.append(self._action)
            self.parts.saw(self.where, text)
            return True
        action = self._action
        if action is None:
            return False
        role = self._labels.role(text.value)
        if role is not None and action.role is None:
            start = text.value.index(role.key)
            action.role = text.cut(start, start + len(role.key))
            action.actors.append(text.cut(role.end))
            self.parts.saw(self.where, text)
            return True
        action.prose.add(text)
        self.parts.saw(self.where, text)
        return True

    def _begin_priority(self) -> None:
        """Make the section a priority area, since it holds an action."""
        if self._section.title is None:
            return
        self._priority = RawPriority(
            len(self.parts.priorities) + 1, self._section.title, section=self._section.key
        )
        self.parts.priorities.append(self._priority)

    # ── indicators and prose ─────────────────────────────────────────────────────────────

    def _indicator_step(self, block: Block) -> bool:
        text = block.text
        label = self._labels.indicator(text.value)
        if label is not None:
            self._close()
            self._indicator = RawIndicator(label.number, text.cut(0, label.end).strip())
            self._indicator.prose.add(text.cut(label.end))
            self.parts.indicators.append(self._indicator)
            self.parts.saw(self.where, text)
            return True
        if self._indicator is not None:
            self._indicator.prose.add(text, joins=True)
            self.parts.saw(self.where, text)
            return True
        return False

    def _prose(self, block: Block) -> None:
        text = block.text
        if block.kind is BlockKind.ITEM:
            number = block.label.rstrip(".)")
            if number.isdigit():
                self.parts.items.append((int(number), text))
        self._action = self._table = None
        self._section.prose.add(text)
        self.parts.saw(self.where, text)
