"""How an inspection looks, and what it has seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from drugpolicy_kg.validation import Profile

if TYPE_CHECKING:
    from drugpolicy_kg.findings import Finding
    from drugpolicy_kg.pipeline import Knowledge
    from drugpolicy_kg.reports import Input, ShapesRun
    from drugpolicy_kg.validation import Shapes


@dataclass(frozen=True)
class Options:
    """What a caller decides: profile, layout of a lone document, shapes in place of ours."""

    known: Knowledge
    profile: Profile = Profile.LINKED
    layout: str = "auto"
    shapes: Shapes | None = None


@dataclass
class Look:
    """What one folder or file gave: findings in reading order, and what was looked at."""

    inputs: list[Input] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    shapes: list[ShapesRun] = field(default_factory=list)
