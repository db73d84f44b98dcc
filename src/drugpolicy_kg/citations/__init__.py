"""Citations of European Union law and documents: find them in a text, and name what they cite.

The grammar is in one file, grammar.peg; the words of each language are data. What it finds:
acts with all their ways of numbering, documents of the Commission (COM, JOIN, SWD, SEC, C),
the register of the Council (ST), treaties of the Council of Europe, places in the Official
Journal, cases and ECLI, CELEX numbers and ELI. Acts that are cited by their name alone are not
found here.

>>> parse_celex("32019L1153").identifier
'Directive (EU) 2019/1153'
"""

from drugpolicy_kg.citations.acts import act
from drugpolicy_kg.citations.celex import parse_celex, parse_eli
from drugpolicy_kg.citations.finding import Grammar, Suspect
from drugpolicy_kg.citations.kinds import ACTS, Kind
from drugpolicy_kg.citations.reference import (
    Reference,
    council_document,
    document,
    official_journal,
    treaty,
)
from drugpolicy_kg.citations.titles import Citation
from drugpolicy_kg.citations.words import TypeWords, Words

__all__ = [
    "ACTS",
    "Citation",
    "Grammar",
    "Kind",
    "Reference",
    "Suspect",
    "TypeWords",
    "Words",
    "act",
    "council_document",
    "document",
    "official_journal",
    "parse_celex",
    "parse_eli",
    "treaty",
]
