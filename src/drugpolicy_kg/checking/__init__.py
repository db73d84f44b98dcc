"""Check: what is wrong with a plan that no shape can see, since a shape sees only the graph.

Each check takes an edition as it was read and yields notices: the rule, the passage and the
values. The rules with their words, reasons and examples stand in data/rules.yaml.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from drugpolicy_kg.checking import acts, contents, numbering, passages
from drugpolicy_kg.checking.numbering import check as numbers
from drugpolicy_kg.checking.passages import readable, signs
from drugpolicy_kg.checking.sheets import Sheet

if TYPE_CHECKING:
    from drugpolicy_kg.authorities import Authorities
    from drugpolicy_kg.citations import Grammar
    from drugpolicy_kg.findings import Notice


def check(sheet: Sheet, authorities: Authorities, grammar: Grammar) -> list[Notice]:
    """Return what is wrong with one edition, check by check in reading order."""
    return list(
        chain(
            numbering.check(sheet),
            contents.periods(sheet),
            contents.places(sheet),
            contents.bodies(sheet, authorities),
            contents.titles(sheet),
            acts.numbers(sheet, grammar),
            acts.standing(sheet, authorities, grammar),
            passages.garbage(sheet),
            passages.rows(sheet),
            passages.breaks(sheet),
        )
    )


__all__ = ["Sheet", "check", "numbers", "readable", "signs"]
