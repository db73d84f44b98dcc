"""Resolve: names in a text become things of the authority tables.

All tables are searched at once, in every language's own words; of names that overlap the
leftmost and then the longest wins, so that `Commission on Narcotic Drugs` is never the
Commission. A name that no table knows stays as found.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ahocorasick_rs import AhoCorasick, Implementation

from drugpolicy_kg.definitions import Entry, load
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.names import Found, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

#: The tables, each a file NAME.yaml of the folder.
TABLES: Final = ("actors", "places", "programmes", "concepts", "instruments", "sources")
#: Phrases that look like names and are none.
SHIELDS: Final = "shields"


@dataclass(frozen=True, slots=True)
class _Pattern:
    table: str
    id: str
    words: str
    any_case: bool


class _Finder:
    """Finds the names of one language."""

    def __init__(self, patterns: list[_Pattern], genitives: tuple[str, ...]) -> None:
        self._patterns = patterns
        self._genitives = tuple(folded(ending) for ending in genitives)
        self._exact: dict[str, list[_Pattern]] = {}
        for pattern in patterns:
            self._exact.setdefault(pattern.words.casefold(), []).append(pattern)
        self._machine = AhoCorasick(
            [_lower(pattern.words) for pattern in patterns],
            implementation=Implementation.ContiguousNFA,
        )

    def all(self, text: str) -> list[Found]:
        """Return every name on whole words, also those inside longer ones."""
        plain = folded(text)
        lower = _lower(plain)
        found = []
        matches = self._machine.find_matches_as_indexes(lower, overlapping=True)
        for index, start, end in matches:
            pattern = self._patterns[index]
            if not _whole_words(plain, start, end):
                continue
            if not pattern.any_case and plain[start:end] != pattern.words:
                continue
            found.append(Found(start, end, pattern.table, pattern.id))
        return found

    def exact(self, text: str, table: str) -> str:
        """Return the thing of a table that is named by the whole text, or nothing."""
        plain = folded(text).strip()
        candidates = [plain]
        candidates.extend(
            plain.removesuffix(ending) for ending in self._genitives if plain.endswith(ending)
        )
        for words in candidates:
            for pattern in self._exact.get(words.casefold(), []):
                if pattern.table == table and (pattern.any_case or pattern.words == words):
                    return pattern.id
        return ""


class Authorities:
    """The authority tables, searchable in the languages that they have names in."""

    def __init__(
        self,
        entries: Mapping[str, tuple[Entry, ...]],
        shields: Mapping[str, tuple[str, ...]],
        genitives: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.entries = entries
        self._shields = shields
        self._genitives = genitives
        self._finders: dict[str, _Finder] = {}

    @cached_property
    def by_id(self) -> dict[tuple[str, str], Entry]:
        """Every entry under its table and identifier."""
        return {(table, entry.id): entry for table, rows in self.entries.items() for entry in rows}

    def find(self, text: str, language: str, tables: Iterable[str] = ()) -> list[Found]:
        """Return the names in a text, leftmost and longest first, none overlapping.

        With `tables`, only their names are looked for, and no other name stands in the way.
        """
        wanted = set(tables)
        found = [
            name for name in self._finder(language).all(text) if not wanted or name.table in wanted
        ]
        found.sort(key=lambda name: (name.start, -name.end, name.table))
        result: list[Found] = []
        for name in found:
            last = result[-1] if result else None
            if last is None or name.start >= last.end:
                result.append(name)
            elif (name.start, name.end) == (last.start, last.end) and name.table != last.table:
                result.append(name)  # one name of two things, as tables may say
        return [name for name in result if name.table != SHIELDS]

    def exact(self, text: str, language: str, table: str) -> str:
        """Return the identifier of the thing that the whole text names, or nothing."""
        return self._finder(language).exact(text, table)

    def nearest(self, text: str, language: str, table: str, count: int = 2) -> list[str]:
        """Return the known names of a table that are most like the text."""
        names = {
            name
            for entry in self.entries.get(table, ())
            if (own := entry.names.get(language))
            for name in (own.label, *own.variants)
        }
        return difflib.get_close_matches(text, sorted(names), n=count, cutoff=0.75)

    def with_folder(self, folder: Path) -> Authorities:
        """Return tables to which the entries and shields of a plan's own folder are added."""
        more = read_tables(folder)
        own = read_shields(folder)
        if not more and not own:
            return self
        entries = {
            table: (*self.entries.get(table, ()), *more.get(table, ()))
            for table in {**self.entries, **more}
        }
        shields = {
            code: (*self._shields.get(code, ()), *own.get(code, ()))
            for code in {**self._shields, **own}
        }
        return Authorities(entries, shields, self._genitives)

    def _finder(self, language: str) -> _Finder:
        if language not in self._finders:
            patterns = [
                _Pattern(table, entry.id, folded(words), words == words.lower())
                for table, rows in self.entries.items()
                for entry in rows
                if (names := entry.names.get(language))
                for words in dict.fromkeys((names.label, entry.short, *names.variants))
                if words
            ]
            patterns.extend(
                _Pattern(SHIELDS, "", folded(words), words == words.lower())
                for words in self._shields.get(language, ())
            )
            self._finders[language] = _Finder(patterns, self._genitives.get(language, ()))
        return self._finders[language]


def read_tables(folder: Path) -> dict[str, tuple[Entry, ...]]:
    """Return the tables that a folder holds, each sorted as its file is.

    Raises `DefinitionError` if an identifier stands twice in a table.
    """
    tables: dict[str, tuple[Entry, ...]] = {}
    known = (*TABLES, SHIELDS)
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        if path.name not in {f"{name}.yaml" for name in known}:
            raise DefinitionError(
                f"{path}: a table named one of {', '.join(known)} (.yaml) was expected, found "
                f"'{path.name}'.",
                remedy="Rename or remove the file.",
            )
    for name in TABLES:
        path = folder / f"{name}.yaml"
        if not path.is_file():
            continue
        rows = load(path, tuple[Entry, ...])
        seen: set[str] = set()
        for row in rows:
            if row.id in seen:
                raise DefinitionError(
                    f"{path}: key 'id' expects each identifier once, found '{row.id}' twice.",
                    remedy="Merge the two entries.",
                )
            seen.add(row.id)
        tables[name] = rows
    return tables


def read_authorities(folder: Path, genitives: Mapping[str, tuple[str, ...]]) -> Authorities:
    """Return the authority tables of a folder, with its shields.

    `genitives` are the endings that each language may put behind a name.
    """
    return Authorities(read_tables(folder), read_shields(folder), genitives)


def read_shields(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the phrases of each language that look like a name and are none."""
    path = folder / f"{SHIELDS}.yaml"
    return load(path, dict[str, tuple[str, ...]]) if path.is_file() else {}


def _lower(text: str) -> str:
    """Return the text in lower case, each character still at its place."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _whole_words(text: str, start: int, end: int) -> bool:
    before = text[start - 1 : start] if start else ""
    after = text[end : end + 1]
    return not (
        (before.isalnum() and text[start].isalnum())
        or (after.isalnum() and text[end - 1].isalnum())
    )
