"""Count: what was found against what a person counted and what the text itself claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.errors import CountError

if TYPE_CHECKING:
    from pathlib import Path

    from drugpolicy_kg.definitions import PlanDefinition
    from drugpolicy_kg.plan import Plan


def check(path: Path, plan: Plan, definition: PlanDefinition) -> None:
    """Raise `CountError` where a plan holds another number of things than it should.

    `path` is the plan.yaml in which a person wrote the expected counts.
    """
    found = {
        "areas": len(plan.areas),
        "priorities": len(plan.priorities),
        "actions": len(plan.actions),
        "indicators": len(plan.indicators),
        "footnotes": len(plan.footnotes),
        "participations": sum(len(action.participations) for action in plan.actions),
        "items": sum(len(action.items) for action in plan.actions),
    }
    for key, expected in definition.expected:
        if found[key] != expected:
            raise CountError(
                f"{path}: key 'expected.{key}' expects {expected}, found {found[key]} in the "
                "document.",
                remedy="Look at the document with 'drugpolicy outline', then mend the count or "
                "'layout' (a communication with numbered sections needs 'sections: true').",
            )
    for stated in plan.stated:
        if stated.count != found[stated.what]:
            words = stated.readings[0].text if stated.readings else ""
            raise CountError(
                f"{path}: the text claims '{words}' ({stated.where}), found "
                f"{found[stated.what]} {stated.what}.",
                remedy="Look at the document with 'drugpolicy outline'.",
            )
