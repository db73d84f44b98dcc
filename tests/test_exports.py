"""Dumps and tables of a release, made from the real plans and read again by other programs."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import threading
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

import csvw
import frictionless
import openpyxl
import pyoxigraph as ox
import pytest
import yaml
from csvw_functions import csvw_functions
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from drugpolicy_kg import exports, publishing, releases, resources
from drugpolicy_kg.citing.references import DATASET
from drugpolicy_kg.errors import DefinitionError, ReleaseError
from drugpolicy_kg.exports import inventory
from drugpolicy_kg.exports.definitions import expand, read_definitions, require
from drugpolicy_kg.exports.deposit import read_deposit
from drugpolicy_kg.exports.tables import WORKBOOK
from drugpolicy_kg.queries import load_queries
from tests.conftest import ROOT, csv_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = "9.8.7"
DATE = "2026-12-01"
FORMATS = {
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("releases")
    publishing.release(VERSION, root, date=DATE)
    return root / VERSION


@pytest.fixture(scope="module")
def tables(release: Path) -> Path:
    return release / "tables"


@pytest.fixture(scope="module")
def graph(release: Path) -> set[ox.Triple]:
    return {quad.triple for quad in exports.quads(releases.read_manifest(release))}


# ── dumps ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("ending", FORMATS)
def test_a_dump_holds_every_statement_of_every_graph_and_no_other(
    release: Path, ending: str
) -> None:
    content = gzip.decompress((release / "dumps" / f"drugpolicy-kg.{ending}.gz").read_bytes())
    found = {
        (str(q.subject), str(q.predicate), str(q.object), str(q.graph_name))
        for q in ox.parse(content, format=FORMATS[ending])
    }
    manifest = releases.read_manifest(release)
    expected = {
        (str(q.subject), str(q.predicate), str(q.object), str(q.graph_name))
        for q in exports.quads(manifest)
    }
    assert found == expected
    assert len(found) == manifest.triples > 50_000


def test_the_uncompressed_n_quads_have_the_canonical_hash_of_the_manifest(release: Path) -> None:
    content = gzip.decompress((release / "dumps" / "drugpolicy-kg.nq.gz").read_bytes())
    manifest = releases.read_manifest(release)
    assert hashlib.sha256(content).hexdigest() == manifest.canonical_sha256


def test_compressed_files_name_no_time_no_file_and_no_system() -> None:
    content = exports.dumps([])["dumps/drugpolicy-kg.nq.gz"]
    # RFC 1952, section 2.3: no flags, MTIME 0, OS 255 (unknown).
    assert content[3] == 0
    assert content[4:8] == b"\0\0\0\0"
    assert content[9] == 255


def test_two_releases_of_the_same_graphs_have_the_same_bytes(release: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "drugpolicy_kg", "release", VERSION, str(tmp_path)]
    command += ["--date", DATE]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    first, second = release / "manifest.json", tmp_path / VERSION / "manifest.json"
    assert first.read_bytes() == second.read_bytes()


def test_every_file_of_a_release_is_in_its_manifest_and_a_changed_table_is_refused(
    release: Path, tmp_path: Path
) -> None:
    listed = {file.file for file in releases.verify(release).files}
    assert {"dumps/drugpolicy-kg.nq.gz", "tables/actions.csv", f"tables/{WORKBOOK}"} <= listed
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", release, copy], check=True)
    path = copy / "tables" / "actions.csv"
    path.write_bytes(path.read_bytes().replace(b"2021", b"2022", 1))
    with pytest.raises(ReleaseError, match=r"actions\.csv"):
        releases.verify(copy)


# ── tables ───────────────────────────────────────────────────────────────────────────────


def test_every_saved_query_has_a_table_with_its_columns(tables: Path) -> None:
    names = {path.stem for path in resources.public_queries().glob("*.rq")}
    assert {path.stem for path in tables.glob("*.csv")} == names
    assert len(csv_rows(tables / "actions.csv")) == 53 + 17 + 19
    assert len(csv_rows(tables / "indicators.csv")) == 12
    assert csv_rows(tables / "plans.csv")[0]["celex"] == "52020DC0606(01)"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The tables of facts over HTTP: the converter reads addresses only."""
    folder = tmp_path_factory.mktemp("facts")
    metadata = json.loads((tables / "csv-metadata.json").read_text(encoding="utf-8"))
    facts = [table for table in metadata["tables"] if not table.get("suppressOutput")]
    (folder / "facts.json").write_text(json.dumps({**metadata, "tables": facts}), encoding="utf-8")
    for table in facts:
        (folder / table["url"]).write_bytes((tables / table["url"]).read_bytes())
    handler = partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/facts.json"
        server.shutdown()


@pytest.fixture(scope="module")
def converted(address: str) -> set[ox.Triple]:
    """The triples that the W3C's rules (csv2rdf, minimal mode) make of the tables."""
    with warnings.catch_warnings():
        # The converter warns about a boolean without a format, which the standard allows.
        warnings.simplefilter("ignore")
        group = csvw_functions.create_annotated_table_group(address, validate=True)
        lines = csvw_functions.create_rdf(group, mode="minimal")
    return {quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES)}


def test_the_rows_of_the_tables_become_facts_that_the_graph_holds(
    converted: set[ox.Triple], graph: set[ox.Triple]
) -> None:
    assert len(converted) > 4_000
    assert converted - graph == set()


def test_the_tables_hold_every_fact_of_the_kinds_that_they_are_about(
    converted: set[ox.Triple], graph: set[ox.Triple]
) -> None:
    definitions = read_definitions(resources.table_definitions())
    rdf_type = ox.NamedNode(expand("rdf:type"))
    none_found = ox.NamedNode(expand("sssom:NoTermFound"))
    compared = 0
    for name, definition in definitions.tables.items():
        kind = ox.NamedNode(expand(definition.type))
        things = {t.subject for t in graph if t.predicate == rdf_type and t.object == kind}
        # Records of what was looked for and not found are no links.
        things -= {t.subject for t in graph if t.object == none_found}
        for column, fact in definition.facts.items():
            if fact.about:
                continue
            term = ox.NamedNode(expand(fact.term))
            expected = {
                t
                for t in graph
                if t.predicate == term
                and t.subject in things
                and (not fact.lang or getattr(t.object, "language", None) == fact.lang)
            }
            missing = expected - converted
            assert not missing, (name, column, sorted(map(str, missing))[:3])
            compared += len(expected)
    assert compared > 3_000


def test_the_metadata_and_every_table_are_valid_by_the_csv_on_the_web_library(
    tables: Path, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert csvw.CSVW(str(tables / "csv-metadata.json"), validate=True).is_valid
        copy = tmp_path / "copy"
        subprocess.run(["cp", "-r", tables, copy], check=True)
        path = copy / "actions.csv"
        path.write_bytes(path.read_bytes().replace(b"com-2020-606,1,", b"com-2020-606,one,", 1))
        with pytest.raises(ValueError, match=r"actions\.csv:2:2 number"):
            assert not csvw.CSVW(str(copy / "csv-metadata.json"), validate=True).is_valid


def test_the_data_package_is_valid_by_the_frictionless_library(
    tables: Path, tmp_path: Path
) -> None:
    report = frictionless.Package(str(tables / "datapackage.json")).validate()
    assert report.valid, report.to_summary()
    assert len(report.tasks) == len(list(tables.glob("*.csv")))
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", tables, copy], check=True)
    path = copy / "participations.csv"
    path.write_bytes(path.read_bytes().replace(b"com-2020-606,1,", b"com-2020-606,99,", 1))
    assert not frictionless.Package(str(copy / "datapackage.json")).validate().valid


def test_the_codebook_explains_columns_terms_and_closed_lists(tables: Path) -> None:
    text = (tables / "codebook.md").read_text(encoding="utf-8")
    assert f"release {VERSION}" in text
    section = text.partition("\n## actions\n")[2].partition("\n## ")[0]
    assert "A row is told by: plan, number." in section
    assert "| `items` | whole number | how many items (i), (ii) … it has |" in section
    # ontology/schemes/timetable-basis.ttl
    assert "- `plan`: Period that one sentence gives for all actions together." in section
    assert "`dp:timetableBasis`" in section


def test_the_workbook_has_a_sheet_for_each_table_and_a_codebook(tables: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO((tables / WORKBOOK).read_bytes()))
    names = {path.stem for path in tables.glob("*.csv")}
    assert book.sheetnames[:3] == ["codebook", "plans", "priorities"]
    assert set(book.sheetnames) == {"codebook", *names}
    for sheet in book:
        assert sheet.freeze_panes == "A2", sheet.title
        if sheet.max_row > 1:
            assert sheet.auto_filter.ref, sheet.title
    rows = csv_rows(tables / "actions.csv")
    sheet = book["actions"]
    assert sheet.max_row == len(rows) + 1
    head = {cell.value: cell.column for cell in sheet[1]}
    assert list(head) == list(rows[0])
    # Codes such as 1.1 are text, or a spreadsheet makes dates of them; numbers are numbers.
    assert sheet.cell(2, head["area_codes"]).value == "1.1"
    assert sheet.cell(2, head["area_codes"]).data_type == "s"
    assert sheet.cell(2, head["number"]).value == 1
    assert sheet.column_dimensions["E"].width > 40
    kinds = {cell.data_type for page in book for row in page.iter_rows() for cell in row}
    assert "f" not in kinds


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("  plans:", "  planes:"), r"table 'planes': the saved query .* has no column"),
        (("period_start", "period_begin"), "no column period_begin"),
        (("type: dp:Plan", "kind: dp:Plan"), r"key 'tables\.plans\.kind' is not known"),
        (("type: dp:Plan", "type: xx:Plan"), "prefix 'xx' is not known"),
        (("table: actions", "table: acts"), "refers to 'acts', which is not defined"),
        (("tables:", "tables: ["), "YAML was expected"),
    ],
)
def test_a_wrong_definition_of_a_table_is_named(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    columns = {name: q.columns for name, q in load_queries(resources.public_queries()).items()}
    text = resources.table_definitions().read_text(encoding="utf-8")
    require(read_definitions(resources.table_definitions()), columns)
    path = tmp_path / "tables.yaml"
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(DefinitionError, match=message):
        require(read_definitions(path), columns)


# ── what archives and auditors are told ──────────────────────────────────────────────────


def test_every_release_has_its_bill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: dict[str, bytes] = {}
    monkeypatch.setattr(publishing, "taken_along", lambda *_: {})
    monkeypatch.setattr(publishing, "publish", lambda *_, more, **__: taken.update(more))
    publishing.release(VERSION, tmp_path)
    assert taken[inventory.FILE] == inventory.bill(VERSION, resources.lock())


def test_the_bill_lists_what_runs_with_licences_and_pinned_digests() -> None:
    content = inventory.bill(VERSION, resources.lock())
    bill = json.loads(content)
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(content.decode())
    assert fault is None, fault
    components = {part["name"]: part for part in bill["components"]}
    # Needed to serve, and not: a tool of the tests, a package that a tool of the tests brings.
    assert {"pyoxigraph", "fastapi", "starlette", "uvicorn", "pydantic-core"} <= set(components)
    assert not {"pytest", "ruff", "frictionless", "petl", "owlready2"} & set(components)
    assert all(part.get("licenses") for part in components.values())
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name in ("fastapi", "pyoxigraph"):
        part = components[name]
        assert f"{name}=={part['version']}" in lock
        assert len(part["hashes"]) > 1
        assert all(f"sha256:{digest['content']}" in lock for digest in part["hashes"])
    assert "timestamp" not in bill["metadata"]
    assert {"name": "drugpolicy-kg:audit", "value": "not audited"} in bill["metadata"]["properties"]


def test_an_audit_is_told_in_the_bill_and_one_of_other_versions_is_refused(tmp_path: Path) -> None:
    bill = json.loads(inventory.bill(VERSION, resources.lock()))
    entries = [
        {"name": part["name"], "version": part["version"], "vulns": []}
        for part in bill["components"]
    ]
    path = tmp_path / "audit.json"

    def audited() -> dict[str, Any]:
        path.write_text(json.dumps({"dependencies": entries, "fixes": []}), encoding="utf-8")
        told: dict[str, Any] = json.loads(inventory.bill(VERSION, resources.lock(), path))
        return told

    clean = [p["value"] for p in audited()["metadata"]["properties"]]
    assert f"pip-audit: {len(entries)} packages, no known vulnerabilities" in clean
    entries[0]["vulns"] = [{"id": "PYSEC-2026-1", "fix_versions": []}]
    [found] = audited()["vulnerabilities"]
    assert found["id"] == "PYSEC-2026-1"
    assert found["affects"] == [{"ref": bill["components"][0]["bom-ref"]}]
    entries[0]["version"] = "0.0.0"
    with pytest.raises(DefinitionError, match=r"was expected, found 0\.0\.0"):
        audited()
    entries.clear()
    with pytest.raises(DefinitionError, match="the JSON of pip-audit was expected"):
        audited()


def test_archives_are_told_version_day_licence_and_the_documents(release: Path) -> None:
    told = json.loads((release / "zenodo.json").read_text(encoding="utf-8"))["metadata"]
    assert (told["upload_type"], told["license"]) == ("dataset", "cc-by-4.0")
    assert (told["version"], told["publication_date"]) == (VERSION, DATE)
    derived = [
        r["identifier"] for r in told["related_identifiers"] if r["relation"] == "isDerivedFrom"
    ]
    # The number of COM(2025) 744 was not seen by anybody (plan.yaml: derived), so it is not given.
    assert derived == [
        "http://publications.europa.eu/resource/celex/52020DC0606%2801%29",
        "http://publications.europa.eu/resource/celex/52023DC0641",
    ]
    citation = yaml.safe_load((release / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["cff-version"], citation["type"]) == ("1.2.0", "dataset")
    assert (citation["version"], citation["date-released"]) == (VERSION, DATE)
    assert citation["title"] == told["title"] == DATASET


def test_the_dumps_that_the_graph_describes_are_in_the_release(
    release: Path, graph: set[ox.Triple]
) -> None:
    base = "https://w3id.org/drugpolicy-kg/dumps/"
    named = {expand("void:dataDump"), expand("dcat:downloadURL")}
    described = {
        triple.object.value.removeprefix(base)
        for triple in graph
        if triple.predicate.value in named and isinstance(triple.object, ox.NamedNode)
    }
    assert described == {path.name for path in (release / "dumps").iterdir()}


def test_the_whole_has_one_title_wherever_it_is_told() -> None:
    words = yaml.safe_load((ROOT / "data" / "catalogue.yaml").read_text(encoding="utf-8"))
    assert read_deposit(resources.deposit()).title == DATASET == words["title"]["en"]


def test_a_deposit_with_a_wrong_key_is_named(tmp_path: Path) -> None:
    text = resources.deposit().read_text(encoding="utf-8")
    path = tmp_path / "deposit.yaml"
    for change, message in (
        (("title:", "titel:"), "line 4: key 'titel' is not known"),
        (("creators: [", "creators: [["), "YAML was expected"),
    ):
        path.write_text(text.replace(*change, 1), encoding="utf-8")
        with pytest.raises(DefinitionError, match=message):
            read_deposit(path)
