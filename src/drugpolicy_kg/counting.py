"""Count: what was found against what a person counted and what the text itself claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.errors import CountError
from drugpolicy_kg.findings import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from drugpolicy_kg.definitions import PlanDefinition
    from drugpolicy_kg.plan import Plan

_EXPECTED, _STATED = "DP-CNT-001", "DP-CNT-002"


def differences(
    plan: Plan, definition: PlanDefinition, *, counted: bool = True
) -> Iterator[Notice]:
    """Yield where a plan holds another number of things than it should.

    Without `counted` nobody has counted, and only what the text itself claims is compared.
    """
    found = plan.counts()
    for key, expected in definition.expected if counted else ():
        if found[key] != expected:
            values = (("what", key), ("expected", str(expected)), ("found", str(found[key])))
            yield Notice(_EXPECTED, quotation=f"{key}: {expected}", values=values)
    for stated in plan.stated:
        if stated.count != found[stated.what]:
            words = stated.readings[0] if stated.readings else None
            yield Notice(
                _STATED,
                words.language if words else "",
                words.spans[0] if words and words.spans else None,
                words.text if words else "",
                stated.where,
                (
                    ("what", stated.what),
                    ("stated", str(stated.count)),
                    ("found", str(found[stated.what])),
                ),
            )


def check(path: Path, plan: Plan, definition: PlanDefinition) -> None:
    """Raise `CountError` where a plan holds another number of things than it should.

    `path` is the plan.yaml in which a person wrote the expected counts.
    """
    for notice in differences(plan, definition):
        told = notice.told
        if notice.code == _EXPECTED:
            raise CountError(
                f"{path}: key 'expected.{told['what']}' expects {told['expected']}, found "
                f"{told['found']} in the document.",
                remedy="Look at the document with 'drugpolicy outline', then mend the count or "
                "'layout' (a communication with numbered sections needs 'sections: true').",
            )
        raise CountError(
            f"{path}: the text claims '{notice.quotation}' ({notice.thing}), found "
            f"{told['found']} {told['what']}.",
            remedy="Look at the document with 'drugpolicy outline'.",
        )
