"""IRIs of our own, made from structure: never from wording, never from a language.

>>> action("com-2020-606", 23)
'https://w3id.org/drugpolicy-kg/id/plan/com-2020-606/action/23'
"""

from __future__ import annotations

import re
import urllib.parse
from typing import Final

from drugpolicy_kg.vocabulary import GRAPH, ID, SCHEME

_PLACE = re.compile(r"(action|section|indicator|priority|footnote) (\S+)")
#: The authority tables and the path of their things.
TABLE_PATHS: Final = {
    "actors": "actor",
    "places": "place",
    "programmes": "programme",
    "concepts": "concept",
    "instruments": "instrument",
    "sources": "data-source",
}


def plan(plan_id: str) -> str:
    """Return the IRI of a plan as a work."""
    return f"{ID}plan/{plan_id}"


def edition(plan_id: str, version: str, language: str) -> str:
    """Return the IRI of one language version of one version of a plan."""
    return f"{ID}edition/{plan_id}/{version}/{language}"


def action(plan_id: str, number: int) -> str:
    """Return the IRI of an action."""
    return f"{plan(plan_id)}/action/{number}"


def place_in_plan(plan_id: str, where: str) -> str:
    """Return the IRI of a place in a plan, `action 12`, `section 3.1`, `annex` or `cover`.

    >>> place_in_plan("com-2023-641", "section 3.1")[-15:]
    '641/section/3.1'
    """
    found = _PLACE.fullmatch(where)
    if found:
        return f"{plan(plan_id)}/{found[1]}/{found[2]}"
    return f"{plan(plan_id)}/section/{where}"


def thing(table: str, identifier: str) -> str:
    """Return the IRI of a thing of an authority table.

    >>> thing("actors", "europol")
    'https://w3id.org/drugpolicy-kg/id/actor/europol'
    """
    return f"{ID}{TABLE_PATHS[table]}/{identifier}"


def concept(scheme: str, notation: str) -> str:
    """Return the IRI of a concept of one of our closed lists (ontology/schemes)."""
    return f"{SCHEME}{scheme}/{notation}"


def plan_graph(plan_id: str, version: str) -> str:
    """Return the named graph of the facts of a plan's version."""
    return f"{GRAPH}plan/{plan_id}/{version}"


def evidence_graph(plan_id: str, version: str) -> str:
    """Return the named graph of the evidence of a plan's version."""
    return f"{plan_graph(plan_id, version)}/evidence"


def graph(name: str) -> str:
    """Return a named graph that belongs to no plan."""
    return f"{GRAPH}{name}"


def vocabulary(table: str) -> str:
    """Return the IRI of our rows of a table that others keep."""
    return f"{ID}vocabulary/{table}"


def mapping_set(name: str) -> str:
    """Return the IRI of a set of links to tables of others."""
    return f"{ID}mapping-set/{name}"


def link(subject: str, table: str, code: str) -> str:
    """Return the IRI of the statement that a thing of ours leads to an entry of a table.

    >>> link(thing("actors", "ema"), "corporate-body", "EMEA")
    'https://w3id.org/drugpolicy-kg/id/mapping/actor/ema/corporate-body/EMEA'
    """
    return f"{ID}mapping/{subject.removeprefix(ID)}/{table}/{urllib.parse.quote(code)}"


def judgement(kind: str, name: str) -> str:
    """Return the IRI of what a person judged; `kind` is that of its table."""
    return f"{ID}judgement/{kind}/{name}"
