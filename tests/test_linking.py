"""Links to tables of others: every one was seen by somebody, and nothing seen is left out."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import yaml

from drugpolicy_kg import mapping
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.linking import Links, MappingSet, read_links, read_set
from drugpolicy_kg.vocabulary import DP, DP_NAMESPACE, ELI, ID, RDF, SKOS, SKOS_NAMESPACE, SSSOM
from tests.conftest import ROOT, TESTS, csv_rows, knowledge
from tests.test_saved_queries import ask

if TYPE_CHECKING:
    from pathlib import Path

FACTS = TESTS / "facts"
MAPPINGS = ROOT / "data" / "mappings"
GRAPHS = ROOT / "data" / "graphs"
#: How many identifiers of each table are seen in the facts.
SEEN = {"actors": 60, "places": 112, "concepts": 136, "authorities": 80, "instruments": 44}


@cache
def links() -> Links:
    return read_links(ROOT / "data")


@cache
def facts(table: str) -> list[dict[str, str]]:
    return csv_rows(FACTS / f"{table}.csv")


def seen(table: str) -> dict[str, dict[str, str]]:
    """Return the identifiers of a table that the person who gathered it saw."""
    found: dict[str, dict[str, str]] = {}
    for row in facts(table):
        if table == "instruments":
            if row["celex_status"].startswith("confirmed"):
                found.setdefault(row["celex_iri"], row)
            if row["eli_status"] == "confirmed":
                found.setdefault(row["eli"], row)
        elif row["status"] == "verified":
            for column in ("iri", "authority_iri", "eurovoc_iri"):
                if row.get(column):
                    found.setdefault(row[column], row)
    return found


def all_links() -> list[tuple[MappingSet, str, str, str]]:
    return [
        (own, link.path, link.predicate, link.target)
        for own in links().sets
        for link in own.links
        if link.target
    ]


# ── every link is in the facts, and every fact is linked or listed ───────────────────────────


def test_every_identifier_that_is_linked_was_seen_by_somebody() -> None:
    known = {iri for table in SEEN for iri in seen(table)}
    known |= {row["resource_type_iri"] for row in facts("instruments")} & known
    asserted = all_links()
    assert [entry for entry in asserted if entry[3] not in known] == []
    assert len(asserted) == 490


def test_every_row_that_travels_with_the_release_was_seen_and_names_its_source() -> None:
    known = {iri for table in SEEN for iri in seen(table)}
    for external in links().externals.values():
        assert external.iri in known
        assert external.source
    assert len(links().externals) == 394


def test_every_identifier_that_was_seen_is_linked_or_listed_with_a_reason() -> None:
    linked = {target for *_, target in all_links()}
    catalogued = {
        row.iri
        for row in links().externals.values()
        if row.table in ("file-type", "data-theme", "licence")
    }
    left_out = {
        (row["table"], row["row"]): row["reason"] for row in csv_rows(MAPPINGS / "not-used.csv")
    }
    names = {
        "actors": "name_in_documents",
        "places": "name_in_documents",
        "concepts": "theme_in_documents",
        "instruments": "cited_as",
        "authorities": "iri",
    }
    missing = []
    for table, expected in SEEN.items():
        found = seen(table)
        assert len(found) == expected, table
        for iri, row in found.items():
            listed = left_out.get((f"{table}.csv", row[names[table]]))
            if iri not in linked | catalogued and not listed:
                missing.append((table, iri))
    assert missing == []
    assert all(left_out.values())


@pytest.mark.parametrize("table", ["concepts"])
def test_a_concept_has_the_match_that_the_table_gives(table: str) -> None:
    given = {(row["eurovoc_iri"], row["match"]) for row in facts(table) if row["match"]}
    looked = 0
    for own in links().sets:
        if own.name in ("themes", "substances"):
            for link in own.links:
                match = link.predicate.replace(SKOS_NAMESPACE, "skos:")
                assert (link.target, match) in given, link
                looked += 1
    assert looked == 150


def test_a_single_substance_has_a_broader_match_only() -> None:
    wanted = {"cannabis", "heroin", "cocaine", "amphetamine", "methamphetamine", "mdma", "fentanyl"}
    (own,) = (own for own in links().sets if own.name == "substances")
    found = {link.path.removeprefix("concept/"): link.predicate for link in own.links}
    assert {found[name] for name in wanted} == {f"{SKOS_NAMESPACE}broadMatch"}


@pytest.mark.parametrize(
    ("thing", "code", "others"),
    [
        ("actor/ema", "corporate-body/EMEA", {"eurovoc/5426"}),
        ("actor/satcen", "corporate-body/EUSC", {"eurovoc/7954"}),
        ("actor/emcdda", "corporate-body/EMCDDA", {"eurovoc/5757"}),
        ("actor/euda", "corporate-body/EUDA", set()),
        ("place/rotterdam", "place/NLD_RTM", set()),
        ("place/spain", "country/ESP", {"eurovoc/863"}),
        ("programme/schengen-information-system", "eurovoc/6626", set()),
    ],
)
def test_a_thing_has_exactly_the_entries_of_the_tables(
    thing: str, code: str, others: set[str]
) -> None:
    found = {
        f"{external.table}/{external.code}"
        for _, path, predicate, target in all_links()
        if path == thing and predicate == DP.authorityEntry
        for external in [links().externals[target]]
    }
    assert found == {code, *others}


def test_the_false_friend_is_linked_to_nothing() -> None:
    assert "http://eurovoc.europa.eu/3839" not in links().externals
    (row,) = (row for row in ask("unlinked", kind="theme") if row["resource"].endswith("seizures"))
    assert "false friend" in row["searched"]


def test_labels_of_the_tables_are_those_that_were_seen() -> None:
    looked: Counter[str] = Counter()
    for row in facts("concepts"):
        if row["match"]:
            labels = links().externals[row["eurovoc_iri"]].labels
            assert (labels["en"], labels["da"]) == (row["label_en"], row["label_da"])
            looked["concepts"] += 1
    for table, english in (("actors", "preferred_label_en"), ("places", "label_en")):
        for row in facts(table):
            external = links().externals.get(row["authority_iri"])
            if external:
                wanted = {"en": row[english], "da": row["label_da"]}
                assert external.labels == {code: words for code, words in wanted.items() if words}
                looked[table] += 1
    for row in facts("authorities"):
        external = links().externals.get(row["iri"])
        if external:
            assert external.labels.get("en") == row["label_en"]
            assert external.labels.get("da", "") == row["label_da"]
            looked["authorities"] += 1
    assert looked == {"concepts": 149, "actors": 28, "places": 48, "authorities": 54}


def test_every_body_and_place_has_a_danish_name_where_a_table_gives_one() -> None:
    entries = knowledge().authorities.by_id
    looked, without = 0, []
    for table, kind in (("actors", "actor"), ("places", "place")):
        for row in facts(table):
            for _, path, *_, target in all_links():
                if target and target == row["authority_iri"] and row["label_da"]:
                    looked += 1
                    if "da" not in entries[table, path.removeprefix(f"{kind}/")].names:
                        without.append(path)
    assert without == []
    assert looked > 70


# ── what nobody saw stays out of the graph ───────────────────────────────────────────────────


def test_no_derived_identifier_is_in_any_graph() -> None:
    rows = csv_rows(MAPPINGS / "derived-identifiers.csv")
    files = sorted(GRAPHS.rglob("*.ttl"))
    texts = [path.read_text(encoding="utf-8") for path in files]
    assert len(files) > 9
    assert Counter(row["scheme"] for row in rows) == {"celex": 21, "eli": 35}
    for row in rows:
        value = re.compile(rf"(?<![\w/(]){re.escape(row['value'])}(?![\w/(%])")
        assert not any(value.search(text) for text in texts), row


def test_the_derived_numbers_are_those_of_the_facts() -> None:
    rows = csv_rows(MAPPINGS / "derived-identifiers.csv")
    derived = {row["celex"] for row in facts("instruments") if row["celex_status"] == "derived"}
    assert {row["value"] for row in rows if row["scheme"] == "celex"} == derived
    assert len(derived) == 20


def test_a_plan_and_its_folder_name_one_number() -> None:
    rows = {
        path: target for _, path, predicate, target in all_links() if predicate == DP.celexResource
    }
    looked = 0
    for path in sorted((ROOT / "data" / "plans").glob("*/plan.yaml")):
        definition = yaml.safe_load(path.read_text(encoding="utf-8"))
        number = definition["celex"]
        wanted = (
            f"http://publications.europa.eu/resource/celex/{quote(number['value'])}"
            if number["status"].startswith("confirmed")
            else None
        )
        assert rows.get(f"plan/{definition['id']}") == wanted
        looked += 1
    assert looked == 3


def test_a_language_and_its_file_name_one_entry() -> None:
    rows = {
        path: target for _, path, _, target in all_links() if path.startswith("scheme/language")
    }
    languages = knowledge().languages.values()
    assert rows == {f"scheme/language/{own.code}": own.authority for own in languages}


# ── what has no identifier ───────────────────────────────────────────────────────────────────


def test_everything_without_an_identifier_is_listed_with_what_was_searched() -> None:
    rows = ask("unlinked")
    (own,) = (own for own in links().sets if own.name == "unlinked")
    assert {row["resource"] for row in rows} == {link.subject for link in own.links}
    assert all(row["searched"] for row in rows)
    assert len(rows) == 330


def test_what_the_facts_looked_for_in_vain_is_listed_with_their_words() -> None:
    searched = {row["resource"].removeprefix(ID): row["searched"] for row in ask("unlinked")}
    for thing in ("actor/maoc-n", "actor/eucpn", "actor/commission-on-narcotic-drugs"):
        assert "the corporate-body tables of 2013 and 2026, in EuroVoc" in searched[thing]
    assert searched["place/gulf-of-guinea"].startswith("Looked for in EuroVoc and the country")
    assert "2021 and 2023" in searched["concept/harm-reduction"]


# ── the graphs ───────────────────────────────────────────────────────────────────────────────


def triples() -> set[tuple[str, str, str]]:
    graph = mapping.link_graph(links())
    return {
        tuple(str(term).strip('<>"') for term in (t.subject, t.predicate, t.object))  # type: ignore[misc]
        for t in graph.triples
    }


def test_each_link_is_a_statement_and_a_node_that_justifies_it() -> None:
    every = triples()
    for own, path, predicate, target in all_links():
        assert (ID + path, predicate, target) in every
        nodes = {s for s, p, o in every if (p, o) == (SSSOM.object_id, target)}
        subjects = {
            s for s, p, o in every if s in nodes and (p, o) == (SSSOM.subject_id, ID + path)
        }
        assert len(subjects) == 1, (own.name, path, target)
    nodes = {s for s, p, o in every if (p, o) == (RDF.type, SSSOM.Mapping)}
    assert len(nodes) == 490 + 330
    for needed in (SSSOM.mapping_justification, SSSOM.confidence, SSSOM.author_label):
        assert {s for s, p, _ in every if p == needed} == nodes


def test_skos_matches_join_concepts_and_nothing_is_the_same_as_another() -> None:
    kinds = Counter(
        (predicate.rpartition("#")[2], path.partition("/")[0])
        for _, path, predicate, _ in all_links()
    )
    matches = {kind: sort for (kind, sort) in kinds if kind.endswith("Match")}
    assert set(matches.values()) <= {"concept", "scheme"}
    assert {sort for kind, sort in kinds if kind == "authorityEntry"} == {
        "actor",
        "place",
        "programme",
    }
    assert not any("sameAs" in kind for kind, _ in kinds)
    concepts = {table.id for table in links().vocabularies if table.concepts}
    for _, _, predicate, target in all_links():
        if predicate.startswith(SKOS_NAMESPACE):
            assert links().externals[target].table in concepts


def test_the_graph_of_the_tables_has_one_row_with_code_label_version_and_source() -> None:
    graph = mapping.vocabulary_graph(links())
    iri = "http://publications.europa.eu/resource/authority/corporate-body/EMEA"
    said = {
        str(t.predicate).strip("<>"): str(t.object)
        for t in graph.triples
        if str(t.subject) == f"<{iri}>" and "Lægemiddel" not in str(t.object)
    }
    assert said[SKOS.notation] == '"EMEA"'
    assert said[SKOS.prefLabel] == '"European Medicines Agency"@en'
    assert said["http://www.w3.org/2002/07/owl#versionInfo"] == '"20260617-0"'
    assert "corporate-body.gc" in said["http://purl.org/dc/elements/1.1/source"]


# ── files that are refused ───────────────────────────────────────────────────────────────────

BROKEN = [
    ("eurovoc:195", "eurovoc:9999999", "data/vocabularies/entries.csv"),
    ("\tairport\t", "\taerodrome\t", "expects 'airport'"),
    ("\t23.10.16.0\t", "\t1.0\t", "expects '23.10.16.0'"),
    ("dpid:concept/airports\t", "dpid:actor/airports\t", "is not said of"),
    ("skos:exactMatch\teurovoc:195", "owl:sameAs\teurovoc:195", "prefix of 'curie_map'"),
    ("\t0.95\t", "\tmuch\t", "number from 0 to 1"),
    ("\t0.95\t", "\t1.5\t", "number from 0 to 1"),
    ("dpid:vocabulary/eurovoc", "dpid:vocabulary/country", "object_source"),
    ("mapping_set_id: ", "mapping_set: ", "metadata of an SSSOM file"),
    ("mapping-set/themes", "mapping-set/other", "mapping_set_id"),
    ("\tconfidence\t", "\tcertainty\t", "column 'confidence'"),
]


@pytest.mark.parametrize(("before", "after", "message"), BROKEN)
def test_a_mapping_set_that_asserts_what_nobody_saw_is_refused(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    text = (MAPPINGS / "themes.sssom.tsv").read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "themes.sssom.tsv"
    path.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(DefinitionError, match=re.escape(message)):
        read_set(path, links().externals)


def test_two_bodies_never_have_one_entry(tmp_path: Path) -> None:
    for name in ("vocabularies", "mappings"):
        (tmp_path / name).mkdir()
        for path in (ROOT / "data" / name).iterdir():
            (tmp_path / name / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "mappings" / "actors.sssom.tsv"
    rows = path.read_text(encoding="utf-8")
    (emcdda,) = (line for line in rows.splitlines() if "/EMCDDA\t" in line)
    path.write_text(rows + emcdda.replace("actor/emcdda", "actor/euda") + "\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="two things never match the same entry"):
        read_links(tmp_path)


def test_a_row_that_says_nothing_was_found_says_where_it_was_searched(tmp_path: Path) -> None:
    path = tmp_path / "unlinked.sssom.tsv"
    text = (MAPPINGS / "unlinked.sssom.tsv").read_text(encoding="utf-8")
    path.write_text(re.sub(r"\tLooked for.*", "\t", text), encoding="utf-8")
    with pytest.raises(DefinitionError, match="what was searched"):
        read_set(path, links().externals)


def test_a_folder_without_tables_has_no_links(tmp_path: Path) -> None:
    assert read_links(tmp_path) == Links()


def test_every_file_of_mappings_is_a_set_or_a_list_that_a_test_reads() -> None:
    names = sorted(path.name for path in MAPPINGS.iterdir())
    sets = {f"{own.name}.sssom.tsv" for own in links().sets}
    assert set(names) == sets | {"derived-identifiers.csv", "not-used.csv"}
    for path in MAPPINGS.glob("*.sssom.tsv"):
        lines = [
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if not line.startswith("#")
        ]
        assert len({len(row) for row in csv.reader(lines, delimiter="\t")}) == 1


def test_predicates_are_curies_of_terms_that_are_used() -> None:
    used = {row["predicate"] for row in ask("external-links")}
    own = {predicate for *_, predicate, _ in all_links()}
    assert len(used) == len(own) == 9
    assert {DP_NAMESPACE + "authorityEntry", ELI.type_document} < own
