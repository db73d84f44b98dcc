"""From texts to readings: the words, and the passages of the document that they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.findings import Finding, Place, Severity
from drugpolicy_kg.plan import Reading, Readings

if TYPE_CHECKING:
    from drugpolicy_kg.document import Document, Text


class Reader:
    """Turns the texts of one edition into readings, and gathers what is to be said."""

    def __init__(self, document: Document, language: str) -> None:
        self.document = document
        self.language = language
        self.findings: list[Finding] = []

    def __call__(self, *texts: Text | None) -> Readings:
        """Return one reading of all texts together, or none where they are empty."""
        kept = [text for text in texts if text]
        if not kept:
            return ()
        words = " ".join(text.value for text in kept)
        spans = tuple(span for text in kept for span in self.document.spans(text))
        return (Reading(self.language, words, spans),)

    def report(self, severity: Severity, code: str, message: str, text: Text | None) -> None:
        """Say something about the words of a text, at their place."""
        spans = self.document.spans(text) if text else ()
        place = Place(self.document.name)
        quotation = ""
        if spans:
            position = self.document.position(spans[0].start)
            place = Place(self.document.name, position.line, position.column)
            quotation = text.value[:160] if text else ""
        self.findings.append(Finding(severity, code, message, place, quotation))
