"""Extract: a document becomes a plan in one language, driven by plan.yaml and word lists.

The order is that of reading: structure first (areas, priorities, actions, footnotes), then
what each cell or line says (codes, timetable, bodies), then what the prose mentions (acts,
promises, places, programmes, themes, bodies).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.extraction.building import Builder
from drugpolicy_kg.extraction.labels import Labels
from drugpolicy_kg.extraction.mentions import Mentions
from drugpolicy_kg.extraction.walk import Walk

if TYPE_CHECKING:
    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.definitions import EditionDefinition, Language, PlanDefinition
    from drugpolicy_kg.document import Document
    from drugpolicy_kg.findings import Notice
    from drugpolicy_kg.plan import Plan


def extract(
    document: Document,
    definition: PlanDefinition,
    edition: EditionDefinition,
    language: Language,
    authorities: Authorities,
    mentions: Mentions,
) -> tuple[Plan, list[Notice]]:
    """Return the plan as this edition has it, and what is to be said about the text.

    Nothing that is met is dropped: a body that no table knows, a row without a number or a
    footnote without a mark is kept as found and reported with its place.
    """
    labels = Labels(language)
    parts = Walk(document, definition.layout, language, labels).run()
    builder = Builder(document, definition, edition, language, authorities)
    plan = builder.plan(parts)
    return mentions.added(plan, builder), builder.notices


__all__ = ["Mentions", "extract"]
