"""The closed list of what a reference can name, and the codes that belong to each kind."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What a reference names; the values are the notations of a published scheme.

    >>> Kind("framework-decision").name
    'FRAMEWORK_DECISION'
    """

    REGULATION = "regulation"
    DIRECTIVE = "directive"
    DECISION = "decision"
    FRAMEWORK_DECISION = "framework-decision"
    JOINT_ACTION = "joint-action"
    RECOMMENDATION = "recommendation"
    COMMUNICATION_DOCUMENT = "communication-document"
    JOINT_COMMUNICATION = "joint-communication"
    STAFF_WORKING_DOCUMENT = "staff-working-document"
    C_DOCUMENT = "c-document"
    COUNCIL_DOCUMENT = "council-document"
    TREATY = "treaty"
    OFFICIAL_JOURNAL = "official-journal"
    CASE_LAW = "case-law"


ACTS: Final = frozenset(
    {
        Kind.REGULATION,
        Kind.DIRECTIVE,
        Kind.DECISION,
        Kind.FRAMEWORK_DECISION,
        Kind.JOINT_ACTION,
        Kind.RECOMMENDATION,
    }
)

# The two forms that an act of the Commission (or the Council) can have beside its kind.
FORMS: Final = ("implementing", "delegated")

# Series of the Commission's documents, as printed before the year.
SERIES: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "COM": Kind.COMMUNICATION_DOCUMENT,
        "JOIN": Kind.JOINT_COMMUNICATION,
        "SWD": Kind.STAFF_WORKING_DOCUMENT,
        "SEC": Kind.STAFF_WORKING_DOCUMENT,
        "C": Kind.C_DOCUMENT,
    }
)

# Letters of CELEX sector 5; the rule cannot tell DC (communication) from PC (proposal).
PREPARATORY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"COM": ("DC", "PC"), "JOIN": ("JC",), "SWD": ("SC",), "SEC": ("SC",)}
)

# Type words of the European Legislation Identifier. None is known for joint actions.
ELI_TYPES: Final[Mapping[str, tuple[Kind, str]]] = MappingProxyType(
    {
        "reg": (Kind.REGULATION, ""),
        "reg_impl": (Kind.REGULATION, "implementing"),
        "reg_del": (Kind.REGULATION, "delegated"),
        "dir": (Kind.DIRECTIVE, ""),
        "dir_impl": (Kind.DIRECTIVE, "implementing"),
        "dir_del": (Kind.DIRECTIVE, "delegated"),
        "dec": (Kind.DECISION, ""),
        "dec_impl": (Kind.DECISION, "implementing"),
        "dec_del": (Kind.DECISION, "delegated"),
        "dec_framw": (Kind.FRAMEWORK_DECISION, ""),
        "reco": (Kind.RECOMMENDATION, ""),
    }
)
