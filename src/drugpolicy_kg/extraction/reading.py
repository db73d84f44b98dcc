"""From texts to readings: the words, and the passages of the document that they stand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.findings import Notice
from drugpolicy_kg.plan import Reading, Readings

if TYPE_CHECKING:
    from drugpolicy_kg.document import Document, Text


class Reader:
    """Turns the texts of one edition into readings, and gathers what is to be said."""

    def __init__(self, document: Document, language: str) -> None:
        self.document = document
        self.language = language
        self.notices: list[Notice] = []

    def __call__(self, *texts: Text | None) -> Readings:
        """Return one reading of all texts together, or none where they are empty."""
        kept = [text for text in texts if text]
        if not kept:
            return ()
        words = " ".join(text.value for text in kept)
        spans = tuple(span for text in kept for span in self.document.spans(text))
        return (Reading(self.language, words, spans),)

    def report(self, code: str, text: Text | None, thing: str, **values: object) -> None:
        """Remember that the words of a text break a rule, with the values of its message."""
        spans = self.document.spans(text) if text else ()
        self.notices.append(
            Notice(
                code,
                self.language,
                spans[0] if spans else None,
                text.value if text and spans else "",
                thing,
                tuple((name, str(value)) for name, value in values.items()),
            )
        )
