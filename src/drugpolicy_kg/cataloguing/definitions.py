"""What people wrote about the data set as a whole: data/catalogue.yaml."""

from __future__ import annotations

from drugpolicy_kg.definitions import Definition, LanguageCode

Words = dict[LanguageCode, str]


class File(Definition):
    """A file of a release below /dumps."""

    name: str
    title: Words
    media_type: str
    format: str = ""


class Catalogue(Definition):
    """Titles, descriptions, licence and themes, in every language that they are written in."""

    title: Words
    description: Words
    counted: Words
    publisher: Words
    licence: str
    licence_entry: str
    rights: str
    themes: tuple[str, ...]
    keywords: dict[LanguageCode, tuple[str, ...]]
    service: Words
    graphs: dict[str, Words]
    facts: Words
    evidence: Words
    files: tuple[File, ...]
    compression: str
    software: Words
    activity: Words
