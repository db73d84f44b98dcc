"""Validation over HTTP with the real checks, in the process that the service starts for them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING, Any, Literal

import httpx
import openpyxl
import pytest

from drugpolicy_kg import drafting, inspection, resources, validation_process
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.readers import read_bytes
from drugpolicy_kg.service import uploads
from drugpolicy_kg.validation import shapes
from tests import conversions
from tests.service import running
from tests.service.running import Service, nobody_came, plan_graphs, write_graphs

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drugpolicy_kg.document import Document

PLANS = resources.root() / "data" / "plans"
ROADMAP = PLANS / "com-2023-641" / "source" / "com-2023-641.en.md"
ANNEX = PLANS / "com-2020-606" / "source" / "com-2020-606-annexes.da.txt"
DRAFT = b"""\
# EU plan

## 1. First priority

**Action 1.** Do something about ports.

**Action 3.** Do something else.
"""
SECONDS = 20.0
TURTLE = "text/turtle"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PREFIXES = (
    "@prefix dp: <https://w3id.org/drugpolicy-kg/ontology#> . "
    "@prefix sh: <http://www.w3.org/ns/shacl#> . "
    "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . "
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    release = write_graphs(tmp_path_factory.mktemp("small"), plan_graphs(10))
    limits = {"validation_seconds": SECONDS, "time_seconds": 10.0}
    started = Service.start(release, workers=1, limits=limits)
    yield started
    started.stop()


def post(
    service: Service,
    content: bytes,
    media_type: str,
    *,
    accept: str = "application/json",
    **params: str,
) -> httpx.Response:
    headers = {"Content-Type": media_type, "Accept": accept}
    url = f"{service.url}/validate"
    return httpx.post(url, content=content, headers=headers, params=params, timeout=90)


def with_shapes(
    service: Service, data: str, shapes: str, *, seconds: float = 90.0
) -> httpx.Response:
    files = {
        "data": ("data.ttl", PREFIXES + data, TURTLE),
        "shapes": ("shapes.ttl", PREFIXES + shapes, TURTLE),
    }
    return httpx.post(f"{service.url}/validate", files=files, timeout=seconds)


def refused(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert len(response.content) <= 4096
    return str(response.json()["detail"])


def is_well(service: Service) -> bool:
    asked = running.is_well(service)
    return asked and post(service, DRAFT, "text/markdown", name="draft.md").status_code == 200


@pytest.mark.parametrize(
    ("path", "media_type", "accept", "style", "lang", "profile"),
    [
        (ROADMAP, "text/markdown", "application/json", "json", "en", "linked"),
        (ROADMAP, "text/markdown", "text/html", "html", "da", "core"),
        (ANNEX, "text/plain", "text/turtle", "turtle", "en", "core"),
        (ANNEX, "text/plain", "application/sarif+json", "sarif", "da", "linked"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) and len(value) < 9 else "",
)
def test_report_has_the_bytes_that_the_command_gives(
    service: Service, path: Path, media_type: str, accept: str, style: str, lang: str, profile: str
) -> None:
    response = post(
        service,
        path.read_bytes(),
        media_type,
        accept=accept,
        name=path.name,
        lang=lang,
        profile=profile,
    )
    assert response.status_code == 200, response.text
    wished = ["--format", style, "--lang", lang, "--profile", profile]
    command = [sys.executable, "-m", "drugpolicy_kg", "validate", path.name, *wished]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    assert len(done.stdout) > 100
    assert response.content == done.stdout


@pytest.mark.parametrize(
    ("ending", "media_type", "write"),
    [
        (".html", "text/html", conversions.to_html),
        (".docx", DOCX, conversions.to_docx),
        (".pdf", "application/pdf", conversions.to_pdf),
    ],
    ids=["html", "docx", "pdf"],
)
def test_every_kind_of_document_is_read_in_the_confined_process_as_by_the_command(
    service: Service,
    tmp_path: Path,
    ending: str,
    media_type: str,
    write: Callable[[Document], bytes],
) -> None:
    path = tmp_path / f"draft{ending}"
    path.write_bytes(write(read_bytes("draft.md", DRAFT)))
    response = post(service, path.read_bytes(), media_type, name=path.name)
    assert response.status_code == 200, response.text
    command = [sys.executable, "-m", "drugpolicy_kg", "validate", path.name, "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert response.content == done.stdout
    assert response.json()["findings"]


def test_zip_bomb_in_a_word_file_is_refused(service: Service) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("word/document.xml", b"<a>" + b" " * 500_000_000 + b"</a>")
    assert len(packed.getvalue()) < 1_000_000
    refused(post(service, packed.getvalue(), DOCX), 400)
    assert is_well(service)


def test_defect_in_a_draft_is_told_with_its_line(service: Service) -> None:
    response = post(service, DRAFT, "text/markdown", name="draft.md")
    assert response.status_code == 200, response.text
    found = response.json()["findings"]
    assert any("3" in json.dumps(finding) for finding in found)
    assert all(finding["file"] == "draft.md" for finding in found if finding.get("file"))


def test_page_of_a_report_may_use_its_own_style_and_nothing_else(service: Service) -> None:
    hostile = DRAFT.replace(b"ports", b"<script>alert(1)</script><style>*{}</style>")
    response = post(service, hostile, "text/markdown", accept="text/html", name="<b>.md")
    assert response.status_code == 200
    policy = response.headers["content-security-policy"]
    assert "style-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert "<script>" not in response.text
    assert "<b>.md" not in response.text


def test_rdf_is_checked_against_our_shapes(service: Service) -> None:
    plan = (PREFIXES + "<https://w3id.org/drugpolicy-kg/id/plan/x> a dp:Plan .").encode()
    response = post(service, plan, TURTLE, name="plan.ttl")
    assert response.status_code == 200, response.text
    assert response.json()["findings"]


def test_rdf_is_checked_against_shapes_that_come_with_it(service: Service) -> None:
    shapes = (
        "<urn:s> a sh:NodeShape ; sh:targetClass <urn:C> ; sh:property <urn:p> . "
        '<urn:p> a sh:PropertyShape ; sh:path <urn:q> ; sh:minCount 1 ; sh:message "No q." .'
    )
    response = with_shapes(service, "<urn:a> a <urn:C> . <urn:b> a <urn:C> ; <urn:q> 1 .", shapes)
    assert response.status_code == 200, response.text
    [finding] = response.json()["findings"]
    assert "No q." in json.dumps(finding)


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + ']><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="urn:">'
    '<rdf:Description rdf:about="urn:a"><x:p>&j;</x:p></rdf:Description></rdf:RDF>'
)
EXTERNAL = ENTITIES.replace('"ha"', 'SYSTEM "file:///etc/passwd"')


@pytest.mark.parametrize(
    ("content", "media_type", "said"),
    [
        (ENTITIES, "application/rdf+xml", "entit"),
        (EXTERNAL, "application/rdf+xml", "entit"),
        ("<a> <b> .", TURTLE, "Turtle was expected"),
        ("[" * 100_000, "application/ld+json", "deep"),
        ("<<" * 50_000, TURTLE, "RDF 1.1 was expected"),
        ("<x>" * 50_000, "application/rdf+xml", "deep"),
        ("{", "application/ld+json", "JSON"),
        ("\x00\x01\x02" * 1_000, "text/plain", ""),
    ],
    ids=["entities", "external", "broken", "brackets", "quoted", "elements", "json", "binary"],
)
def test_hostile_text_is_refused_with_a_sentence(
    service: Service, content: str, media_type: str, said: str
) -> None:
    response = post(service, content.encode(), media_type)
    assert said in refused(response, 400)
    assert "passwd" not in response.text
    assert is_well(service)


def test_utf_16_and_broken_utf_8_are_refused(service: Service) -> None:
    refused(post(service, "# Plan".encode("utf-16"), "text/markdown"), 400)
    refused(post(service, b"# Plan \xff\xfe", "text/markdown"), 400)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        ('{{"@context": "{url}", "@id": "urn:a", "p": 1}}', "application/ld+json"),
        ('{{"@context": {{"@import": "{url}"}}, "@id": "urn:a"}}', "application/ld+json"),
        ("<urn:a> <http://www.w3.org/2002/07/owl#imports> <{url}> .", TURTLE),
        ('<html><img src="{url}"><link rel="stylesheet" href="{url}">', "text/html"),
    ],
    ids=["context", "import", "owl", "html"],
)
def test_no_document_opens_a_connection(
    service: Service, listener: socket.socket, content: str, media_type: str
) -> None:
    host, port = listener.getsockname()
    url = f"http://{host}:{port}/"
    response = post(service, content.format(url=url).encode(), media_type)
    assert response.status_code in {200, 400}, response.text
    assert nobody_came(listener)


@pytest.mark.parametrize(
    "constraint",
    [
        "sh:select 'SELECT $this {{ SERVICE <{url}> {{ $this ?p ?o }} }}'",
        "sh:select 'SELECT $this {{ S\\\\u0045RVICE <{url}> {{ $this ?p ?o }} }}'",
        "sh:select 'SELECT $this FROM <file:///etc/hostname> {{ $this ?p ?o }}'",
        "sh:select 'SELECT $this FROM <{url}> {{ $this ?p ?o }}'",
    ],
    ids=["service", "escaped", "file", "from"],
)
def test_shapes_read_no_file_and_open_no_connection(
    service: Service, listener: socket.socket, constraint: str
) -> None:
    host, port = listener.getsockname()
    constraint = constraint.format(url=f"http://{host}:{port}/")
    shapes = (
        "<urn:s> a sh:NodeShape ; sh:targetClass <urn:C> ; "
        f"sh:sparql [ a sh:SPARQLConstraint ; {constraint} ] ."
    )
    refused(with_shapes(service, "<urn:a> a <urn:C> .", shapes), 400)
    assert nobody_came(listener)


def test_shapes_that_import_others_are_refused(service: Service) -> None:
    shapes = (
        "<urn:s> a sh:NodeShape ; <http://www.w3.org/2002/07/owl#imports> <file:///etc/hostname> ."
    )
    refused(with_shapes(service, "<urn:a> a <urn:C> .", shapes), 400)


def test_regex_trap_in_shapes_is_ended_at_the_limit(tmp_path: Path) -> None:
    release = write_graphs(tmp_path / "small", plan_graphs(2))
    limits = {"validation_seconds": 3.0, "time_seconds": 5.0}
    service = Service.start(release, workers=1, limits=limits)
    shapes = (
        "<urn:s> a sh:NodeShape ; sh:targetClass <urn:C> ; sh:property <urn:p> . "
        '<urn:p> a sh:PropertyShape ; sh:path <urn:q> ; sh:pattern "^(a+)+$" .'
    )
    try:
        # A document that comes before the process has started is told to come again.
        for _ in range(10):
            first = with_shapes(service, '<urn:a> a <urn:C> ; <urn:q> "a" .', shapes)
            if first.status_code != 503:
                break
        assert first.status_code == 200, first.text
        began = time.monotonic()
        data = f'<urn:a> a <urn:C> ; <urn:q> "{"a" * 60}!" .'
        response = with_shapes(service, data, shapes, seconds=3 * 3.0)
        assert time.monotonic() - began < 2 * 3.0
        assert response.status_code == 504, response.text
        began = time.monotonic()
        assert service.ask(f"ASK {{}} # {began}").status_code == 200
        assert is_well(service)
    finally:
        service.stop()


def test_more_triples_than_the_limit_are_refused(service: Service) -> None:
    many = "".join(f"<urn:a> <urn:b> {n} .\n" for n in range(200_001))
    response = post(service, many.encode(), TURTLE)
    refused(response, 413)
    assert response.json()["limit"] == {
        "name": "upload_triples",
        "value": 200_000,
        "unit": "triples",
    }
    shapes = "".join(f"<urn:a> <urn:b> {n} .\n" for n in range(20_001))
    response = with_shapes(service, "<urn:a> a <urn:C> .", shapes)
    refused(response, 413)
    assert response.json()["limit"]["value"] == 20_000


@pytest.mark.parametrize(
    "params",
    [{"profile": "none"}, {"lang": "xx"}, {"layout": "nothing"}],
)
def test_wish_that_nobody_can_fulfil_is_refused(service: Service, params: dict[str, Any]) -> None:
    refused(post(service, DRAFT, "text/markdown", **params), 400)


def test_service_met_all_this_without_an_error(service: Service) -> None:
    assert is_well(service)
    assert "Traceback" not in service.errors()
    assert service.metric("validations_waiting") == 0


@pytest.fixture
def without_shapes(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The folder in which shapes are looked for in vain, below that of the package."""
    folder = resources.root() / "shapes" / "nothing"
    monkeypatch.setattr(resources, "shapes", lambda: folder)
    shapes.bundled.cache_clear()
    yield str(folder)
    shapes.bundled.cache_clear()


def test_shapes_that_cannot_be_read_are_an_error_and_no_finding(without_shapes: str) -> None:
    with pytest.raises(DefinitionError, match="none") as told:
        inspection.validate_bytes(DRAFT, "draft.md")
    assert without_shapes in str(told.value)


@pytest.mark.usefixtures("without_shapes")
def test_no_path_of_the_machine_is_told_over_http(capsys: pytest.CaptureFixture[str]) -> None:
    upload = uploads.Upload(
        uploads.Part("draft.md", "text/markdown", DRAFT), None, {"format": "json"}
    )
    with pytest.raises(uploads.UploadError) as told:
        validation_process.check(upload)
    assert told.value.status == 500
    assert "/" not in str(told.value)
    assert str(resources.root()) in capsys.readouterr().err


def _filled(form: Literal["csv", "xlsx"]) -> bytes:
    """The English template with a plan of one action and a gap in the numbers."""
    rows = [
        ["plan", "COM(2031) 417 final", "Brussels, 9.5.2031", "EU Action Plan on Barges 2032-2035"],
        ["priorities", "1", "Close small harbours", "A) SAFER RIVERS"],
        ["actions", "1", "1", "Search barges in Spain.", "1.1", "2032-2035", "Europol"],
        ["actions", "3", "1", "Train the crews.", "1.1", "2032-2035", "CEPOL"],
    ]
    empty = drafting.template(inspection.knowledge(), "en", form)
    if form == "csv":
        text = io.StringIO(empty.decode(), newline="")
        text.seek(0, io.SEEK_END)
        csv.writer(text).writerows(rows)
        return text.getvalue().encode()
    book = openpyxl.load_workbook(io.BytesIO(empty))
    for sheet, *cells in rows:
        book[sheet].append(cells)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@pytest.mark.parametrize(("form", "media_type"), [("csv", "text/csv"), ("xlsx", XLSX)])
def test_filled_template_has_the_report_that_the_command_gives(
    service: Service, tmp_path: Path, form: Literal["csv", "xlsx"], media_type: str
) -> None:
    path = tmp_path / f"filled.{form}"
    path.write_bytes(_filled(form))
    response = post(service, path.read_bytes(), media_type, name=path.name)
    assert response.status_code == 200, response.text
    assert "DP-NUM-001" in [finding["rule"] for finding in response.json()["findings"]]
    command = [sys.executable, "-m", "drugpolicy_kg", "validate", path.name, "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert response.content == done.stdout


def test_workbook_that_unpacks_to_too_much_is_refused(service: Service) -> None:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_filled("xlsx"))) as sound,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for part in sound.namelist():
            if part != "xl/sharedStrings.xml":
                archive.writestr(part, sound.read(part))
        bomb = b"<sst>" + b" " * 100_000_000 + b"</sst>"
        archive.writestr("xl/sharedStrings.xml", bomb)
    refused(post(service, packed.getvalue(), XLSX), 400)
    many = b"\n".join([b"actions,1"] * 30_000)
    assert "rows" in refused(post(service, many, "text/csv"), 400)
    shared = _with_one_long_string()
    assert "characters" in refused(post(service, shared, XLSX), 400)
    assert is_well(service)


def _with_one_long_string() -> bytes:
    """A workbook whose thousand cells share one string of a megabyte."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "xl/_rels/workbook.xml.rels": '<r><l Id="a" Target="a.xml"/></r>',
        "xl/workbook.xml": f'<w {space}><sheet xmlns:r="{links}" name="plan" r:id="a"/></w>',
        "xl/sharedStrings.xml": f"<s {space}><si><t>{'x' * 1_000_000}</t></si></s>",
        "xl/a.xml": f"<s {space}>" + "<row><c t='s'><v>0</v></c></row>" * 1_000 + "</s>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return packed.getvalue()
