"""Texts made for tests, each character at its own place."""

from __future__ import annotations

from drugpolicy_kg.document import Text


def text_of(words: str) -> Text:
    """Return words as a text that stands at the beginning of its source."""
    return Text(words, tuple(range(len(words))))
