"""RDF from outside: every syntax says the same, and what is hostile is refused in a sentence."""

from __future__ import annotations

import subprocess
import sys

import pyoxigraph as ox
import pytest

from drugpolicy_kg import limits
from drugpolicy_kg.errors import SourceError
from drugpolicy_kg.rdf_input import Format, format_of, graph, quads
from tests.conftest import ROOT

TURTLE = (ROOT / "data/graphs/plan/com-2025-744.final.ttl").read_bytes()
TRIPLES = {(q.subject, q.predicate, q.object) for q in quads(TURTLE, Format.TURTLE, "plan.ttl")}
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e.eu/">'


def _refused(data: bytes, syntax: Format) -> SourceError:
    with pytest.raises(SourceError) as caught:
        quads(data, syntax, "given")
    message = str(caught.value)
    assert message.startswith("given")
    assert "\n" not in message
    assert len(message) < 500
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("syntax", Format)
def test_a_plan_says_the_same_in_every_syntax(syntax: Format) -> None:
    assert len(TRIPLES) > 2000
    statements = [ox.Triple(*triple) for triple in TRIPLES]
    data = ox.serialize(statements, format=syntax.own)
    assert data is not None
    found = quads(data, syntax, "plan")
    assert {(q.subject, q.predicate, q.object) for q in found} == TRIPLES


def test_a_graph_for_shapes_holds_the_same_terms() -> None:
    found = graph(quads(TURTLE, Format.TURTLE, "plan.ttl"))
    assert len(found) == len(TRIPLES)
    lines = set(found.serialize(format="nt").split("\n")) - {""}
    assert len(lines) == len(TRIPLES)
    assert any('"@en' in line for line in lines)


@pytest.mark.parametrize("syntax", Format)
def test_every_syntax_is_known_by_ending_and_media_type(syntax: Format) -> None:
    for ending in syntax.endings:
        assert format_of(f"Plan{ending.upper()}") is syntax
    for media_type in syntax.media_types:
        assert format_of("any.txt", f"{media_type.upper()}; charset=UTF-8") is syntax


def test_a_document_is_no_rdf() -> None:
    assert format_of("plan.docx") is None
    assert format_of("plan.ttl", "text/html") is None


@pytest.mark.parametrize(
    ("data", "syntax", "line", "column"),
    [
        (b"@prefix a: <http://a/> .\na:b a:c\n a:d a:e .", Format.TURTLE, 3, 6),
        (b"<http://a/a> <http://a/b> <c> .", Format.TURTLE, 1, 27),
        (b'<http://a/a> <http://a/b> "\xff" .', Format.N_TRIPLES, 1, 28),
        (b'{"@context":{},\n"@id":"http://a/b",\n "n":}', Format.JSON_LD, 3, 6),
        (f"{RDF}\n<rdf:Description></rdf:RDF>".encode(), Format.RDF_XML, 2, 20),
    ],
)
def test_a_mistake_is_named_with_line_and_column(
    data: bytes, syntax: Format, line: int, column: int
) -> None:
    error = _refused(data, syntax)
    assert (error.line, error.column) == (line, column)
    assert f"line {line}, column {column}: {syntax.label} was expected" in str(error)


@pytest.mark.parametrize(
    "context", ['"http://127.0.0.1:9/c"', '["http://127.0.0.1:9/c"]', '{"@import": "file:///c"}']
)
def test_no_remote_context_is_loaded(context: str) -> None:
    data = f'{{"@context": {context}, "@id": "http://a.eu/b", "http://a.eu/n": 1}}'.encode()
    assert "no address is followed" in str(_refused(data, Format.JSON_LD))


@pytest.mark.parametrize("end", [' "b"', ' SYSTEM "file:///etc/hostname"'])
def test_entities_are_refused_before_they_grow(end: str) -> None:
    data = f"<!DOCTYPE rdf:RDF [\n<!ENTITY a{end}>]>\n{RDF}</rdf:RDF>".encode()
    error = _refused(data, Format.RDF_XML)
    assert "found '<!ENTITY'" in str(error)
    assert error.line == 2


def test_utf_16_hides_no_entity() -> None:
    text = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "b">]>{RDF}</rdf:RDF>'
    assert "UTF-16" in str(_refused(text.encode("utf-16"), Format.RDF_XML))
    marked = text.replace("?>", ' encoding="utf-16le"?>', 1)
    _refused(marked.encode("utf-16-le"), Format.RDF_XML)


def test_elements_without_end_are_refused() -> None:
    data = (RDF + "<rdf:Description><e:p>" * 100_000).encode()
    assert "256 deep" in str(_refused(data, Format.RDF_XML))


@pytest.mark.parametrize("syntax", [Format.TURTLE, Format.TRIG, Format.N_TRIPLES, Format.N_QUADS])
def test_nested_triple_terms_never_reach_the_parser(syntax: Format) -> None:
    data = b"<http://a/> <http://b/> " + b"<<( <http://a/> <http://b/> " * 200_000
    assert "RDF 1.2" in str(_refused(data, syntax))


@pytest.mark.parametrize(
    ("data", "syntax"),
    [
        (b"<http://a/> <http://b/> " + b"[ <http://b/> " * 100_000, Format.TURTLE),
        (b"<http://a/> <http://b/> " + b"(" * 1_000_000, Format.TURTLE),
        (b'{"http://a/b":' * 200_000, Format.JSON_LD),
        (b'{"http://a/b":' * 20_000 + b"1" + b"}" * 20_000, Format.JSON_LD),
        (b'{"@graph":' * 20_000 + b"{}" + b"}" * 20_000, Format.JSON_LD),
        (b'{"@context":' + b"[" * 200_000, Format.JSON_LD),
    ],
)
def test_nesting_ends_in_a_sentence(data: bytes, syntax: Format) -> None:
    _refused(data, syntax)


def test_small_turtle_over_which_rdflib_sits_for_minutes_is_read_at_once() -> None:
    program = (
        "from drugpolicy_kg.rdf_input import Format, quads\n"
        "text = ''.join(f'@prefix a{n}: <http://a/{n}/> .\\n' for n in range(100_000))\n"
        "print(len(quads(text.encode() + b'a1:a a1:b 1 .', Format.TURTLE, 'small.ttl')))\n"
    )
    command = [sys.executable, "-c", program]
    # The time that rdflib takes grows with the square of their number.
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_name_of_a_file_is_text_that_is_parsed() -> None:
    name = str(ROOT / "data/graphs/plan/com-2025-744.final.ttl")
    assert "Turtle was expected" in str(_refused(name.encode(), Format.TURTLE))


def test_bytes_and_triples_have_limits() -> None:
    line = b"<http://a.eu/a> <http://a.eu/b> <http://a.eu/%d> .\n"
    many = b"".join(line % n for n in range(limits.MAX_TRIPLES + 1))
    assert len(many) < 2 * limits.MAX_BYTES
    short = b"".join(b"<a:a><a:b><a:%d>.\n" % n for n in range(limits.MAX_TRIPLES + 1))
    assert len(short) < limits.MAX_BYTES
    assert "200,000 triples" in str(_refused(short, Format.N_TRIPLES))
    huge = b"#" * (limits.MAX_BYTES + 1)
    assert "8,388,608 bytes" in str(_refused(huge, Format.TURTLE))
    with pytest.raises(SourceError, match="at most 2 triples"):
        quads(line % 1 + line % 2 + line % 3, Format.N_TRIPLES, "given", max_triples=2)
