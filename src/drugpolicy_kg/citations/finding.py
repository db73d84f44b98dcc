"""`Grammar`: find the citations of a running text, and read a single reference."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.citations.mentions import Mention, mentions_of
from drugpolicy_kg.citations.notation import FAILED, LETTER, Rules
from drugpolicy_kg.citations.reference import Reference, council_document, full_year
from drugpolicy_kg.citations.titles import Citation, Titles
from drugpolicy_kg.citations.words import Words, terminals_of
from drugpolicy_kg.errors import CitationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Which rules a reference can follow that begins with one of these words, in order.
_RULES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "PROVISION": ("pinned",),
    "TYPE": ("act",),
    "TYPES": ("act",),
    "SERIES": ("document",),
    "LETTER": ("document",),
    "REGISTER": ("council",),
    "TREATY": ("treaty",),
    "JOURNAL": ("journal",),
    "CASE": ("case",),
}
# The same for what is written alike in all languages; "" stands for digits.
_BEGINNINGS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("c", "t", "f"), ("case",)),
    **dict.fromkeys(("eli", "http", "https", "data", "eur"), ("eli",)),
    "ecli": ("ecli",),
    "": ("celex",),
}
# A word, or digits that may begin a CELEX number or a number of the Council's register.
_START: Final = re.compile(rf"{LETTER}++|(?<![0-9])[0-9]{{4,5}}(?=[A-Z/])")
_FIRST_WORD: Final = re.compile(rf"{LETTER}+")
# A conclusion's number stands at most this far behind its type word.
_REACH: Final = 800
_QUOTED: Final = 60
# What stands behind a type word as a number does, written right or wrong: "(EU) 20191153",
# "2019-1153"; a span of years is none. Behind a series: "(2020 606", " 2020/606".
_YEARS: Final = r"(?:19|20)[0-9]{2}\s?[-–]\s?(?:19|20)[0-9]{2}(?![0-9])"
_BRACKET: Final = r"\s?\([A-Za-z, ]{2,16}\)?"
_NUMBERED: Final = re.compile(
    rf"(?:{_BRACKET})?\s?(?:[Nn][ºo°r]s?\.?\s?)?(?!{_YEARS})"
    r"(?:[0-9]{1,4}\s?[/∕⁄–-]\s?[0-9]{0,4}(?:/[A-Z]{2,7})?|[0-9]{5,8}|[0-9]{4}\s[0-9]{2,4})(?![0-9])"
    rf"|{_BRACKET}\s?(?:[Nn][ºo°r]s?\.?\s?)?[0-9]{{1,4}}(?![0-9])"
)
_SERIAL: Final = re.compile(r"\s?[(/.]?\s?[0-9]{2,4}\s?[)/.]?\s?[0-9]{0,5}(?![0-9])")
_DIGITS: Final = 4
_ZERO: Final = re.compile(r"(?<![0-9/])[0-9]{1,4}/0(?![0-9/])")
# A further one of a list: "Regulations (EU) No 1052/2013 and (EU) 2016/0".
_FURTHER: Final = re.compile(
    r"\((?:EU|EC|EEC|JHA|CFSP)\)\s?(?:[Nn][ºo°r]\.?\s?)?[0-9]{1,4}\s?([/–-])\s?[0-9]{0,4}(?![0-9])"
)


class Grammar:
    """The grammar of citations with the words of the languages in which a text may cite.

    >>> from pathlib import Path
    >>> grammar = Grammar([Words.read(Path("data/languages/en.yaml"))])
    >>> text = "Regulations (EC) No 273/2004 and (EC) No 111/2005, see COM(2025) 747 final."
    >>> [citation.reference.identifier for citation in grammar.find(text)]
    ['Regulation (EC) No 273/2004', 'Regulation (EC) No 111/2005', 'COM(2025) 747']
    """

    def __init__(self, words_of_languages: Iterable[Words]) -> None:
        terminals = terminals_of(words_of_languages)
        notation = files(__package__).joinpath("grammar.peg").read_text(encoding="utf-8")
        self._rules = Rules(notation, terminals)
        self._titles = Titles(self._rules, terminals)
        self._rules_of: dict[str, tuple[str, ...]] = dict(_BEGINNINGS)
        for name, rules in _RULES_OF.items():
            for word in _first_words(terminals[name]):
                self._rules_of[word] = tuple(dict.fromkeys(self._rules_of.get(word, ()) + rules))
        self._conclusions = frozenset(_first_words(terminals["CONCLUSIONS"]))

    def find(self, text: str) -> tuple[Citation, ...]:
        """Return all citations in the order of the text; they do not overlap."""
        return tuple(self._titles.cite(text, self._mentions(text)))

    def parse(self, text: str) -> Reference:
        """Return the reference that is the whole text; CitationError says where it fails."""
        end, parts = self._rules.match("single", text, 0)
        if end != len(text):
            at, expected = self._rules.explain("single", text)
            wanted = " or ".join(expected if at else ("the beginning of a reference",))
            raise CitationError(
                f"{text[:_QUOTED]!r}: at character {at} stands {text[at : at + 10]!r}, "
                f"expected was {wanted}.",
                remedy="Write one reference, as in 'Directive (EU) 2019/1153'.",
            )
        found = tuple(mentions_of(text, parts))
        if len(found) != 1:
            raise CitationError(
                f"{text[:_QUOTED]!r}: expected was one reference with a possible year and number, "
                f"found were {len(found)}.",
                remedy="Write one reference, as in 'Directive (EU) 2019/1153'.",
            )
        return found[0].reference

    def suspects(self, text: str) -> Iterator[Suspect]:
        """Yield what looks like a reference and cannot be one, in the order of the text.

        >>> from pathlib import Path
        >>> grammar = Grammar([Words.read(Path("data/languages/en.yaml"))])
        >>> text = "Under Directive (EU) 2019-1153 and Directive 2019/0, see COM(2020 606."
        >>> [(text[own.start:own.end], own.is_written) for own in grammar.suspects(text)]
        [('Directive (EU) 2019-1153', False), ('Directive 2019/0', True), ('COM(2020 606', False)]
        """
        # One byte a character: 1 where it is part of a reference.
        inside = bytearray(len(text))
        for reference in self.find(text):
            inside[reference.start : reference.end] = b"\x01" * (reference.end - reference.start)
        first = list(self._first_suspects(text, inside))
        known = bytearray(inside)
        for own in first:
            known[own.start : own.end] = b"\x01" * (own.end - own.start)
        further = [
            Suspect(found.start(), found.end(), found[1] == "/" and found[0][-1].isdigit())
            for found in _FURTHER.finditer(text)
            if not known[found.start()]
        ]
        # A number 0 within a list is passed over by the rules: its neighbour takes the words.
        zeros = [
            Suspect(found.start(), found.end(), is_written=True)
            for found in _ZERO.finditer(text)
            if inside[found.start()]
        ]
        yield from sorted([*first, *further, *zeros], key=lambda own: own.start)

    def _first_suspects(self, text: str, known: bytearray) -> Iterator[Suspect]:
        past = 0
        for start in _START.finditer(text):
            at, word = start.start(), start[0].lower()
            if at < past or known[at]:
                continue
            for rule, name, pattern in (
                ("act", "TYPES", _NUMBERED),
                ("act", "TYPE", _NUMBERED),
                ("document", "SERIES", _SERIAL),
            ):
                if rule not in self._rules_of.get(word, ()):
                    continue
                end, _ = self._rules.match(name, text, at)
                number = pattern.match(text, end) if end != FAILED else None
                if number is None or known[number.end() - 1]:
                    continue
                if sum(character.isdigit() for character in number[0]) < _DIGITS:
                    continue
                whole, _ = self._rules.match(rule, text, at)
                past = max(whole, number.start() + len(number[0].rstrip()))
                yield Suspect(at, past, whole != FAILED)
                break

    def _mentions(self, text: str) -> Iterator[Mention]:
        """Yield what the rules find, from left to right."""
        past = 0
        lead: _Lead | None = None
        for start in _START.finditer(text):
            at, word = start.start(), start[0].lower()
            if at < past:
                continue
            found = self._references(text, at, word)
            if not found and lead is not None and word.isdigit():
                found = self._registered(text, at, lead)
                lead = None if found else lead
            if not found and word in self._conclusions:
                end, _ = self._rules.match("conclusions", text, at)
                lead = _Lead(at, end) if end != FAILED else lead
            if found:
                yield from found
                past = found[-1].end
                lead = lead and replace(lead, is_crossed=True)

    def _references(self, text: str, at: int, word: str) -> tuple[Mention, ...]:
        for rule in self._rules_of.get("" if word.isdigit() else word, ()):
            end, parts = self._rules.match(rule, text, at)
            found = mentions_of(text, parts) if end != FAILED else ()
            sure = tuple(mention for mention in found if not mention.is_doubtful)
            if sure:
                return sure
        return ()

    def _registered(self, text: str, at: int, lead: _Lead) -> tuple[Mention, ...]:
        """Return the bare number of the Council's register behind "Council conclusions …"."""
        end, parts = self._rules.match("register", text, at)
        if (
            end == FAILED
            or at - lead.end > _REACH
            or not self._titles.is_sentence(text, lead.end, at)
        ):
            return ()
        said = {part.name: part.value for part in parts}
        reference = council_document(said["registered"], full_year(said["short"]))
        day = self._titles.date_after(text, lead.end)
        return (Mention(at if lead.is_crossed else lead.start, end, reference, date=day),)


@dataclass(frozen=True, slots=True)
class Suspect:
    """What looks like a reference: `is_written` as one, with a number that no act can have."""

    start: int
    end: int
    is_written: bool


@dataclass(frozen=True, slots=True)
class _Lead:
    """The type word of a Council text whose number is still to come."""

    start: int
    end: int
    is_crossed: bool = False


def _first_words(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        found = _FIRST_WORD.search(word)
        if found:
            yield found[0].lower()
