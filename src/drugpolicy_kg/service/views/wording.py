"""The words of the pages, one file per language, and the language that a reader gets."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from drugpolicy_kg.yaml_input import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@cache
def wordings() -> dict[str, dict[str, Any]]:
    """Return the words of the pages by language, the default language first.

    A confined process must have asked for them before.
    """
    folder = files("drugpolicy_kg.service.views").joinpath("words")
    read = {
        entry.name.removesuffix(".yaml"): read_yaml(entry.read_text(encoding="utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".yaml")
    }
    return dict(sorted(read.items(), key=lambda item: (not item[1]["default"], item[0])))


def language_of(wished: Sequence[str]) -> str:
    """Return the language of the pages that a reader likes best; the default if none fits.

    >>> language_of(["xx", "da"]), language_of(["xx"])
    ('da', 'en')
    """
    known = wordings()
    return next((language for language in wished if language in known), next(iter(known)))


def words(language: str) -> Mapping[str, Any]:
    """Return the words of the pages in a language that there is."""
    return wordings()[language]


def figure(value: float, language: str) -> str:
    """Return a number with the marks that a language of the pages has in it.

    >>> figure(12_000, "en"), figure(12_000, "da"), figure(0.5, "da")
    ('12,000', '12.000', '0,5')
    """
    marks = words(language)["digits"]
    written = f"{value:,}" if isinstance(value, int) else f"{value:g}"
    return written.translate(str.maketrans({",": marks["group"], ".": marks["fraction"]}))
