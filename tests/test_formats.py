"""The same plan as text, HTML, DOCX and PDF is the same plan; hostile files are refused."""

from __future__ import annotations

import hashlib
import io
import shutil
import time
import zipfile
from functools import cache
from typing import TYPE_CHECKING

import docx
import fpdf
import pytest
import yaml
from docx.oxml import parse_xml

from drugpolicy_kg import pipeline
from drugpolicy_kg.document import BlockKind
from drugpolicy_kg.errors import SourceError
from drugpolicy_kg.readers import pdf_pages, read, read_bytes, unread
from drugpolicy_kg.vocabulary import DP, OA, PROV
from tests import conversions
from tests.conftest import REAL_PLANS, ROOT, TESTS, knowledge, read_plan

if TYPE_CHECKING:
    from pathlib import Path

    from drugpolicy_kg.document import Block, Document

PLANS = [
    *(ROOT / "data" / "plans" / name for name in REAL_PLANS),
    *(TESTS / "documents" / name for name in ("coastal", "harbour", "sealed")),
]
CONVERTED = {
    "html": conversions.to_html,
    "docx": conversions.to_docx,
    "pdf": conversions.to_pdf,
}
#: Letters that the fonts of the printed tests lack, and a blank that print does not tell.
PRINTED = str.maketrans({"ț": "t", "\N{NO-BREAK SPACE}": " "})
#: Statements about the file, which is another one.
OF_THE_FILE = {DP.fileName, DP.sha256, PROV.wasDerivedFrom}


def _facts(result: pipeline.PlanResult) -> set[tuple[str, str, str]]:
    return {
        (str(triple.subject), triple.predicate.value, str(triple.object))
        for triple in result.pages.facts.triples
        if triple.predicate.value not in OF_THE_FILE and not str(triple.subject).endswith("/text>")
    }


def _folder(source: Path, ending: str, target: Path) -> Path:
    """Write a plan's folder again, its sources in another format."""
    plan = yaml.safe_load((source / "plan.yaml").read_text(encoding="utf-8"))
    for edition in plan["editions"]:
        data = CONVERTED[ending](read(source / edition["file"]))
        edition["file"] = f"plan.{edition['language']}.{ending}"
        edition["sha256"] = hashlib.sha256(data).hexdigest()
        (target / edition["file"]).write_bytes(data)
    (target / "plan.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), encoding="utf-8")
    if (source / "authorities").exists():
        shutil.copytree(source / "authorities", target / "authorities")
    return target


def _printable(source: Path, target: Path) -> Path:
    """Write a plan's folder again, its texts in letters that can be printed."""
    shutil.copytree(source, target)
    plan = (target / "plan.yaml").read_text(encoding="utf-8")
    for edition in yaml.safe_load(plan)["editions"]:
        path = target / edition["file"]
        path.write_text(path.read_text(encoding="utf-8").translate(PRINTED), encoding="utf-8")
        plan = plan.replace(edition["sha256"], hashlib.sha256(path.read_bytes()).hexdigest())
    (target / "plan.yaml").write_text(plan, encoding="utf-8")
    return target


@pytest.mark.parametrize("ending", CONVERTED)
@pytest.mark.parametrize("folder", PLANS, ids=lambda folder: folder.name)
def test_a_plan_in_another_format_is_the_same_plan(
    folder: Path, ending: str, tmp_path: Path
) -> None:
    if ending == "pdf":
        folder = _printable(folder, tmp_path / "printable")
    expected = _facts(read_plan(folder))
    result = pipeline.read_plan(_folder(folder, ending, tmp_path), knowledge())
    found = _facts(result)
    assert len(expected) > 1000
    assert sorted(expected - found) == []
    assert sorted(found - expected) == []
    assert result.facts == result.shown
    for code, coverage in result.coverage.items():
        assert coverage.not_modelled == 0
        assert result.documents[code].is_extracted


@cache
def _converted(name: str, ending: str) -> Document:
    source = next(folder for folder in PLANS if folder.name == name)
    (file,) = (path for path in source.rglob("*") if path.name.endswith((".en.txt", ".en.md")))
    words = file.read_text(encoding="utf-8").translate(PRINTED)
    return read_bytes(f"plan.{ending}", CONVERTED[ending](read_bytes(file.name, words.encode())))


def _block(document: Document, words: str) -> Block:
    return next(block for block in document.blocks if words in block.text.value)


def _check_places(document: Document) -> None:
    """Every character of every text stands at its offset of the extracted text."""
    seen = 0
    for block in document.blocks:
        for text in block.texts:
            for character, offset in zip(text.value, text.offsets, strict=True):
                there = document.source[offset]
                assert there == character or (there.isspace() and character == " ")
                seen += 1
    assert seen > 1000


@pytest.mark.parametrize("ending", CONVERTED)
@pytest.mark.parametrize("name", ["coastal", "harbour"])
def test_offsets_count_in_the_extracted_text(name: str, ending: str) -> None:
    document = _converted(name, ending)
    _check_places(document)
    digest = hashlib.sha256(document.source.encode()).hexdigest()
    assert document.text_sha256 == digest


def test_the_extracted_text_has_a_digest_and_a_file_it_comes_from(tmp_path: Path) -> None:
    folder = _folder(TESTS / "documents" / "sealed", "html", tmp_path)
    result = pipeline.read_plan(folder, knowledge())
    facts = {
        (str(t.subject)[-5:-1], t.predicate.value): str(t.object).strip('"<>')
        for t in result.pages.facts.triples
        if str(t.subject).endswith(("/file>", "/text>"))
    }
    page = (folder / "plan.en.html").read_bytes()
    assert facts["file", DP.sha256] == hashlib.sha256(page).hexdigest()
    assert facts["text", DP.sha256] == result.documents["en"].text_sha256
    assert facts["text", PROV.wasDerivedFrom].endswith("/file")
    sources = {
        str(t.object) for t in result.pages.evidence.triples if t.predicate.value == OA.hasSource
    }
    assert [source[-6:] for source in sources] == ["/text>"]


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────


def _html(body: str) -> tuple[Block, ...]:
    return read_bytes("page.html", f"<html><body>{body}</body></html>".encode()).blocks


def test_a_page_is_read_in_blocks_with_lines() -> None:
    document = read_bytes(
        "page.html",
        b"<html>\n<head><title>No words</title><style>p {}</style></head>\n<body>\n"
        b"<h2>1. First</h2>\n<p>One <b>bold</b> word\nand a mark<sup>1</sup>.</p>\n"
        b"<script>alert('no words')</script>\n<p><strong>All bold</strong></p>\n"
        b"<p><sup>1</sup> The note.</p><hr></body></html>",
    )
    assert [
        (block.kind, block.text.value if block.texts else "", document.place(block.span.start).line)
        for block in document.blocks
    ] == [
        (BlockKind.HEADING, "1. First", 4),
        (BlockKind.PARAGRAPH, "One bold word and a mark.", 5),
        (BlockKind.PARAGRAPH, "All bold", 8),
        (BlockKind.NOTE, "The note.", 9),
        (BlockKind.RULE, "", 9),
    ]
    assert [block.emphasised for block in document.blocks[1:3]] == [False, True]
    assert document.place(document.source.index("and a mark")).line == 6


@pytest.mark.parametrize(
    ("markup", "words", "marks"),
    [
        ("it<sup>2</sup>. So", "it. So", ["2"]),
        ("ma<sup>3</sup>tch", "ma3tch", []),
        ("20 m<sup>2</sup> of it", "20 m2 of it", []),
        ("the 10<sup>th</sup> day", "the 10th day", []),
        ('it<a href="#ftn7" name="ref7">[7]</a>', "it", ["7"]),
        ('it <a href="#n4"><span class="super">(4)</span></a>.', "it.", ["4"]),
        ('see <a href="#s3">3</a> below', "see 3 below", []),
        ('it<span style="vertical-align: super">12</span>', "it", ["12"]),
    ],
)
def test_marks_of_footnotes_are_told_from_other_raised_words(
    markup: str, words: str, marks: list[str]
) -> None:
    (block,) = _html(f"<p>{markup}</p>")
    assert block.text.value == words
    assert [mark.label for mark in block.text.marks] == marks


def test_cells_that_span_leave_their_columns_empty() -> None:
    rows = _html(
        "<table><tr><td rowspan='2'>a</td><td colspan=2>b</td><td>c</td></tr>"
        "<tr><td>d</td><td><p>e</p><p>f</p></td><td>g<br>h</td></tr></table>"
    )
    assert [[text.value for text in row.texts] for row in rows] == [
        ["a", "b", "", "c"],
        ["", "d", "e f", "g h"],
    ]
    assert rows[1].breaks == ((), (), (1,), (1,))


def test_lists_carry_their_numbers() -> None:
    blocks = _html(
        "<ol start=3><li>c</li><li value=7><p>d</p><p>e</p></li></ol><ul><li>f</li></ul>"
    )
    assert [(block.kind, block.label, block.text.value) for block in blocks] == [
        (BlockKind.ITEM, "3.", "c"),
        (BlockKind.ITEM, "7.", "d"),
        (BlockKind.PARAGRAPH, "", "e"),
        (BlockKind.ITEM, "-", "f"),
    ]


def test_a_page_in_another_encoding_is_read_as_it_says() -> None:
    page = '<html><head><meta charset="windows-1252"></head><body><p>Søfart – “x”</p></body></html>'
    (block,) = read_bytes("page.html", page.encode("cp1252")).blocks
    assert block.text.value == "Søfart – “x”"


# ── DOCX ─────────────────────────────────────────────────────────────────────────────────────


def _word(fill: object) -> Document:
    file = docx.Document()
    fill(file)  # type: ignore[operator]
    data = io.BytesIO()
    file.save(data)
    return read_bytes("plan.docx", data.getvalue())


def test_a_word_file_is_read_in_blocks_that_name_paragraph_and_row() -> None:
    document = _converted("coastal", "docx")
    row = _block(document, "Action 3")
    place = document.place(row.span.start)
    assert str(place).startswith("plan.docx, table 1, row ")
    cover = _block(document, "COM(2031) 417")
    assert str(document.place(cover.span.start)) == "plan.docx, paragraph 2"
    note = next(block for block in document.blocks if block.kind is BlockKind.NOTE)
    assert document.place(note.span.start).part == "footnote 1"


def test_headings_and_list_numbers_are_those_that_word_shows() -> None:
    def fill(file: object) -> None:
        file.add_heading("First", level=2)  # type: ignore[attr-defined]
        for words in ("one", "two"):
            file.add_paragraph(words, style="List Number")  # type: ignore[attr-defined]
        file.add_paragraph("dot", style="List Bullet")  # type: ignore[attr-defined]
        file.add_paragraph("bold").runs[0].bold = True  # type: ignore[attr-defined]

    assert [
        (block.kind, block.level, block.label, block.text.value, block.emphasised)
        for block in _word(fill).blocks
    ][:5] == [
        (BlockKind.HEADING, 2, "", "First", True),
        (BlockKind.ITEM, 0, "1.", "one", False),
        (BlockKind.ITEM, 0, "2.", "two", False),
        (BlockKind.ITEM, 0, "-", "dot", False),
        (BlockKind.PARAGRAPH, 0, "", "bold", True),
    ]


def test_pictures_and_text_boxes_are_said_with_their_place() -> None:
    box = (
        '<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:pict>'
        "<w:txbxContent><w:p><w:r><w:t>lost</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    )

    def fill(file: object) -> None:
        paragraph = file.add_paragraph("Before")  # type: ignore[attr-defined]
        paragraph._p.append(parse_xml(box))  # noqa: SLF001
        file.add_paragraph("After")  # type: ignore[attr-defined]

    document = _word(fill)
    assert [block.text.value for block in document.blocks] == ["Before", "After"]
    (said,) = unread(document, "en")
    assert (said.code, str(said.place)) == ("DP-RDR-002", "plan.docx, paragraph 1")


def test_deleted_words_are_gone_and_inserted_ones_are_there() -> None:
    change = (
        '<w:p xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:r><w:t>Set </w:t></w:r><w:del><w:r><w:delText>up</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>out</w:t></w:r></w:ins></w:p>"
    )

    def fill(file: object) -> None:
        body = file.element.body  # type: ignore[attr-defined]
        body.insert(0, parse_xml(change))

    assert _word(fill).blocks[0].text.value == "Set out"


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────


def test_a_print_is_read_in_blocks_that_name_page_and_line() -> None:
    document = _converted("harbour", "pdf")
    number = _block(document, "COM(2031) 902")
    assert document.place(number.span.start).page == 1
    assert document.place(number.span.start).line == 2
    action = _block(document, "Action 4: ")
    place = document.place(action.span.start)
    assert action.emphasised or action.kind is BlockKind.HEADING
    assert str(place) == f"plan.pdf, page {place.page}:{place.line}"
    assert place.page == 3


def test_a_passage_of_a_print_names_its_page(tmp_path: Path) -> None:
    folder = _folder(TESTS / "documents" / "sealed", "pdf", tmp_path)
    result = pipeline.read_plan(folder, knowledge())
    quoted = {
        str(t.subject): str(t.object)
        for t in result.pages.evidence.triples
        if t.predicate.value == PROV.wasQuotedFrom
    }
    assert len(quoted) > 100
    (page,) = {page for passage, page in quoted.items() if "/action/1/evidence/en/1>" in passage}
    assert page.endswith("/en/file/page/2>")


def test_numbers_of_pages_are_kept_and_are_no_words_of_the_plan() -> None:
    document = _converted("sealed", "pdf")
    assert document.source.count("EN 2 EN") == 1
    assert not any("EN 2 EN" in block.text.value for block in document.blocks)


def _print(fill: object, **options: object) -> bytes:
    file = fpdf.FPDF(**options)  # type: ignore[arg-type]
    file.add_page()
    file.set_font("Times", size=11)
    fill(file)  # type: ignore[operator]
    return bytes(file.output())


def test_a_page_without_text_is_said() -> None:
    def fill(file: fpdf.FPDF) -> None:
        file.text(20, 20, "Action 1. Do it.")
        file.add_page()
        file.rect(20, 20, 50, 50)

    document = read_bytes("plan.pdf", _print(fill))
    (said,) = unread(document, "en")
    assert (said.code, str(said.place)) == ("DP-RDR-003", "plan.pdf, page 2")


def test_words_that_stand_aslant_are_said() -> None:
    def fill(file: fpdf.FPDF) -> None:
        file.text(20, 20, "Action 1. Do it.")
        with file.rotation(45, 100, 100):
            file.text(100, 100, "DRAFT")

    document = read_bytes("plan.pdf", _print(fill))
    assert [block.text.value for block in document.blocks] == ["Action 1. Do it."]
    assert [said.code for said in unread(document, "en")] == ["DP-RDR-005"]


def test_a_print_without_any_text_is_no_plan() -> None:
    with pytest.raises(SourceError, match="found no words"):
        pipeline.read_document(
            _print(lambda file: file.rect(20, 20, 50, 50)), knowledge(), name="scan.pdf"
        )


def test_a_head_that_every_page_repeats_is_no_part_of_an_action() -> None:
    text = (TESTS / "documents" / "coastal" / "coastal.en.txt").read_text(encoding="utf-8")
    head = next(line for line in text.split("\n") if line.startswith("Actions\t"))
    again = text.replace("\nAction 4. ", f"\n{head}\nAction 4. ", 1)
    assert again != text
    found = [
        pipeline.read_document(own.encode(), knowledge(), name="plan.txt").plan.actions
        for own in (text, again)
    ]
    for one, other in zip(*found, strict=True):
        assert [r.text for r in one.text] == [r.text for r in other.text]
        assert one.codes == other.codes
        assert len(one.participations) == len(other.participations)


# ── hostile and broken files ─────────────────────────────────────────────────────────────────


def _packed(parts: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return data.getvalue()


_WORDS = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
_ENTITIES = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + _WORDS + b"&b;"
_WHOLE = conversions.to_docx(read(TESTS / "documents" / "sealed" / "sealed.en.md"))


def _locked(file: fpdf.FPDF) -> None:
    file.set_encryption("owner", "user")
    file.text(20, 20, "A plan.")


def _made(*objects: bytes) -> bytes:
    """Return a PDF of these objects; the first is its catalogue."""
    data, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, len(data))
    return data + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer


_CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
_PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
_FORM_PAGE = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>"
_FORM = (
    b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>/Length 11>>"
    b"stream\n/X Do /X Do\nendstream"
)
_SHOWN = b"<</Length 5>>stream\n/X Do\nendstream"
_LOOP = b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000>>"
_PRINTED = conversions.to_pdf(read(TESTS / "documents" / "sealed" / "sealed.en.md"))
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "zip bomb": ("a.docx", _packed({"word/document.xml": b" " * 300_000_000}), "unpacks to more"),
    "many parts": ("a.docx", _packed({f"p{n}": b"" for n in range(6000)}), "5,000 parts"),
    "entities": ("a.docx", _packed({"word/document.xml": _ENTITIES}), "document type"),
    "utf-16": (
        "a.docx",
        _packed({"word/document.xml": _ENTITIES.decode().encode("utf-16")}),
        "document type or UTF-16",
    ),
    "external": (
        "a.docx",
        _packed({"word/document.xml": b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>'}),
        "document type",
    ),
    "deep": ("a.docx", _packed({"word/document.xml": b"<a>" * 100_000}), "an error in the part"),
    "no document": ("a.docx", _packed({"x": b""}), "no part 'word/document.xml'"),
    "no zip": ("a.docx", b"A plan.", "a broken archive"),
    "old": ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "an encrypted file"),
    "cut": ("a.docx", _WHOLE[: len(_WHOLE) // 2], "a broken archive"),
    "flipped": ("a.docx", _WHOLE.replace(b"PK\x03\x04", b"PK\x03\x05"), "a broken"),
    "deep page": ("a.html", b"<div>" * 200_000, "256 deep"),
    "deep inline": ("a.html", b"<b>" * 200_000 + b"x", "256 deep"),
    "binary page": ("a.html", b"%PDF-1.7\n\x00\x01", "byte 0x00 of a binary file"),
    "locked": ("a.pdf", _print(_locked), "an encrypted one"),
    "no print": ("a.pdf", b"A plan.", "a broken file or another format"),
    "torn": ("a.pdf", _PRINTED[:300], "a broken file or another format"),
    "pages without end": ("a.pdf", _made(_CATALOGUE, _LOOP), "at most 500 pages"),
    "forms without end": (
        "a.pdf",
        _made(_CATALOGUE, _PAGES, _FORM_PAGE, _SHOWN, _FORM),
        "in 2 seconds",
    ),
    "large": ("a.html", b"<p>" * 3_000_000, "at most 8,388,608 bytes"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_and_broken_files_end_in_one_sentence(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_pages, "CPU_SECONDS", 2)
    monkeypatch.setattr(pdf_pages, "SECONDS", 60)
    name, data, words = HOSTILE[what]
    started = time.monotonic()
    with pytest.raises(SourceError) as caught:
        read_bytes(name, data)
    message = str(caught.value)
    assert words in message
    assert message.startswith("a.")
    assert caught.value.remedy
    assert "\n" not in message
    assert len(message) < 400
    assert time.monotonic() - started < 65


def test_a_page_of_many_cells_is_read_in_proportion() -> None:
    data = b"<table>" + b"<tr><td rowspan=500 colspan=50>x</td></tr>" * 2000 + b"</table>"
    assert len(read_bytes("a.html", data).blocks) == 2000


def test_an_entity_of_a_page_is_a_letter_and_no_file() -> None:
    page = b'<!DOCTYPE html [<!ENTITY f SYSTEM "file:///etc/hostname">]><p>a &amp; b &f; c</p>'
    text = " ".join(block.text.value for block in read_bytes("a.html", page).blocks)
    assert "a & b" in text
    assert "&f;" in text or "  c" not in text
