"""Validation: graphs against shapes, and every failure as a finding with its place and words.

`validate` is the step. The shapes are files under shapes/; each property shape of theirs is a
rule with an identifier, a message and a remedy. What an engine finds is the same whichever
engine runs (https://www.w3.org/TR/shacl/); a test compares the two on every rule.
"""

from __future__ import annotations

from drugpolicy_kg.validation.admission import admit
from drugpolicy_kg.validation.background import Background, Profile
from drugpolicy_kg.validation.engines import Engine
from drugpolicy_kg.validation.reporting import Report, validate
from drugpolicy_kg.validation.results import Result
from drugpolicy_kg.validation.shapes import Rule, Shapes, bundled, from_folder

__all__ = [
    "Background",
    "Engine",
    "Profile",
    "Report",
    "Result",
    "Rule",
    "Shapes",
    "admit",
    "bundled",
    "from_folder",
    "validate",
]
