"""The program that checks the documents of others for the service, in confined workers.

It joins the two halves that know nothing of each other: what reads and checks a plan, and what
confines a process. The service starts it by its name; the process that speaks HTTP imports
neither. Everything that a check needs is read before the first worker is forked, because a
worker may open no file.
"""

from __future__ import annotations

import codecs
import os
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from drugpolicy_kg import inspection, rdf_input, reports, resources
from drugpolicy_kg.errors import DrugPolicyError
from drugpolicy_kg.readers import pdf_engine
from drugpolicy_kg.reports.page import style_source
from drugpolicy_kg.service import uploads
from drugpolicy_kg.service.uploads import Checked, Upload, UploadError
from drugpolicy_kg.service.workers import loader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drugpolicy_kg.service.workers.worker import Replies

_PAGE: Final = "html"
# What a kind needs is loaded even where its sample cannot be read in the end.
_SAMPLES: Final = {
    **dict.fromkeys(uploads.MEDIA_TYPES, b"A sample.\n"),
    "text/markdown": b"# A plan\n\n## 1. A priority\n\n**Action 1.** A title\n",
    "text/html": b"<!doctype html><title>A plan</title><h1>A plan</h1>",
    "text/turtle": (
        b"<https://w3id.org/drugpolicy-kg/id/plan/x> "
        b"a <https://w3id.org/drugpolicy-kg/ontology#Plan> ."
    ),
}
_SHAPES: Final = (
    b"@prefix sh: <http://www.w3.org/ns/shacl#> . "
    b"<urn:s> a sh:NodeShape ; sh:targetClass <urn:c> ; sh:property <urn:p> . "
    b"<urn:p> a sh:PropertyShape ; sh:path <urn:q> ; sh:minCount 1 ; sh:pattern 'a' . "
    b"<urn:s> sh:sparql [ a sh:SPARQLConstraint ; sh:select 'SELECT $this { $this a <urn:d> }' ] ."
)


def check(upload: Upload) -> Checked:
    """Return the report on an upload: the bytes that `drugpolicy validate` gives for it.

    Raises `SourceError` if it cannot be read, `DefinitionError` if its shapes cannot be used,
    and `UploadError` if a parameter is unknown or files of this package cannot be read.
    """
    wished = upload.parameters
    try:
        profile = inspection.Profile(wished.get("profile", inspection.Profile.LINKED))
    except ValueError as error:
        known = ", ".join(inspection.Profile)
        raise UploadError(
            400, f"A profile is one of {known}; found {wished['profile']!r}."
        ) from error
    try:
        report = inspection.validate_bytes(
            upload.data.content,
            upload.data.name,
            media_type=upload.data.media_type,
            profile=profile,
            layout=wished.get("layout", "auto"),
            shapes=None if upload.shapes is None else upload.shapes.content,
        )
    except DrugPolicyError as error:
        if str(resources.root()) not in str(error):
            raise
        # A file of ours is at fault: its path is for whoever runs the service, and nobody else.
        sys.stderr.write(f"worker {os.getpid()}: {error}\n")
        raise UploadError(500, "The rules of this service cannot be read.") from error
    style = wished["format"]
    written = reports.write(report, style, wished.get("lang", ""))
    return Checked(written, len(report.findings), style_source() if style == _PAGE else "")


def bounded(limits: Mapping[str, float], upload: Upload) -> Checked:
    """Return the report on an upload that has no more triples than the service takes.

    Raises `TooLargeError` for one that has, and what `check` raises.
    """
    for part, most in ((upload.data, "upload_triples"), (upload.shapes, "shapes_triples")):
        syntax = None if part is None else rdf_input.format_of(part.name, part.media_type)
        if part is not None and syntax is not None:
            rdf_input.quads(part.content, syntax, part.name, max_triples=int(limits[most]))
    return check(upload)


def load(order: dict[str, Any]) -> tuple[dict[str, Any], Replies]:
    """Read what checks need, and return how a worker replies."""
    # A worker can start no process, so that it reads PDF within itself.
    pdf_engine.answer(b"%PDF-1.4")
    # The names in an archive are in this code, which Python loads when it meets the first.
    codecs.lookup("cp437")
    shapes = uploads.Part("shapes", "text/turtle", _SHAPES)
    for media_type, content in _SAMPLES.items():
        sample = uploads.Part(f"sample{uploads.MEDIA_TYPES[media_type]}", media_type, content)
        for profile in inspection.Profile:
            for own in (None, shapes):
                with suppress(DrugPolicyError):
                    check(Upload(sample, own, {"format": _PAGE, "profile": profile}))
    for style in reports.FORMATS:
        plan = uploads.Part("sample.md", "text/markdown", _SAMPLES["text/markdown"])
        check(Upload(plan, None, {"format": style}))
    told = {"counts": {}, "descriptions": {}, "context": ""}
    return told, partial(uploads.reply, partial(bounded, order["limits"]))


if __name__ == "__main__":
    sys.exit(loader.main(sys.argv[1:], load))
