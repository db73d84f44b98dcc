"""Tell from what stands around a reference whether it is part of another act's title.

A title is open from an act ("Regulation (EU) 2016/794 of …") or from the words that announce
one ("Proposal for a …") to the end of the sentence, to its place in the Official Journal, to a
bracket that it does not open itself, or to a document's own number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from drugpolicy_kg.citations.kinds import ACTS, Kind
from drugpolicy_kg.citations.mentions import Mention, iso_date
from drugpolicy_kg.citations.notation import FAILED, LETTER, Rules, word_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drugpolicy_kg.citations.reference import Reference

CITES: Final = "cites"
IN_TITLE: Final = "in-title"

# No title goes on for longer than this between two references.
_LONGEST: Final = 1500
# The words that can join two acts ("and Council Decision") are looked for this far back.
_TAIL: Final = 80
# An identifier for machines this close behind the same reference only repeats it.
_NEAR: Final = 200
_STOP: Final = (
    r";|\n[^\S\n]*+\n|(?<=[^\W_]{2})[.!?][)\]\"'\u201d\u2019\xbb*_]*+(?=\s+[A-ZÀ-ÖØ-Þ*<\[]|\s*+\Z)"
    r"|(?<=[)\]])\.(?=\s)"
)


@dataclass(frozen=True, slots=True)
class Citation:
    """One mention of a reference: where it stands, its wording, and what it does there.

    `start` and `end` are offsets in code points. `function` is "cites", or "in-title" for an act
    in another act's title. `pinpoint` is the provision ("Article 68"), `date` the day of the act
    where its title gives it, `oj` the place in the Official Journal that is named with it,
    `version` what follows the number ("final/2"). `is_proposal` says that the document is
    announced as a proposal, so that its CELEX is the second of `reference.celex_candidates`.
    """

    start: int
    end: int
    wording: str
    reference: Reference
    function: str = CITES
    pinpoint: str = ""
    date: str = ""
    oj: str = ""
    version: str = ""
    is_proposal: bool = False


@dataclass(slots=True)
class _Title:
    """A title that is open: whose it is, how full it is given, how many brackets are open."""

    owner: int | None
    is_full: bool
    is_proposal: bool = False
    depth: int = 0
    governs: bool = False


@dataclass(slots=True)
class _Gap:
    """What stands between two references, as far as it matters to titles."""

    title: _Title | None
    is_sentence: bool = True
    has_verb: bool = False
    has_prose: bool = False


class Titles:
    """The words of titles in the languages of a grammar."""

    def __init__(self, rules: Rules, terminals: Mapping[str, Mapping[str, str]]) -> None:
        self._rules = rules
        names = ("VERB", "PROSE", "PROPOSAL", "REPORT")
        words = "|".join(f"(?P<{name}>{word_pattern(terminals[name])})" for name in names)
        self._marks = re.compile(
            rf"(?P<STOP>{_STOP})|(?P<OPEN>\()|(?P<CLOSE>\))|(?<!{LETTER})(?={LETTER})(?:{words})"
        )
        joiner, issuer, link = (word_pattern(terminals[n]) for n in ("AND", "ISSUER", "LINK"))
        self._joined = re.compile(
            rf"(?:,|(?<!\w)(?:{joiner}))\s*+(?:(?:{joiner})\s*+)?(?:(?:{issuer}|{link})\s*+)*+\Z"
        )

    def cite(self, text: str, mentions: Iterable[Mention]) -> Iterator[Citation]:
        """Yield the mentions as citations, those of the Official Journal with their acts."""
        made: list[Citation] = []
        title: _Title | None = None
        act: int | None = None
        past = 0
        for mention in mentions:
            gap = self._gap(text, past, mention.start, title)
            title = gap.title
            if not gap.is_sentence:
                act = None
            past = mention.end
            if mention.is_machine and _repeats(text, made, mention):
                continue
            if mention.reference.kind is Kind.OFFICIAL_JOURNAL:
                owner = title.owner if title else None if gap.has_prose else act
                title = None
                if owner is not None:
                    made[owner] = _placed(made[owner], mention.reference)
                    continue
            citation = self._citation(text, mention)
            if mention.reference.kind in ACTS:
                citation = replace(citation, function=self._function(text, mention, made, gap))
                act = len(made)
                if citation.function == CITES:
                    title = self._opened(text, citation, owner=act)
            else:
                is_proposal = title is not None and title.is_proposal
                citation = replace(citation, is_proposal=is_proposal)
                title = None
            made.append(citation)
        yield from made

    def date_after(self, text: str, end: int) -> str:
        """Return the day that follows: " of the European Parliament … of 20 May 2015"."""
        found, parts = self._rules.match("enactment", text, end)
        if found == FAILED:
            return ""
        said = {part.name: part.value for part in parts}
        return iso_date(said["year"], said["MONTH"], said["day"])

    def is_sentence(self, text: str, start: int, end: int) -> bool:
        """Tell whether no sentence ends between these two places."""
        return not any(mark["STOP"] for mark in self._marks.finditer(text, start, end))

    def _citation(self, text: str, mention: Mention) -> Citation:
        return Citation(
            mention.start,
            mention.end,
            text[mention.start : mention.end],
            mention.reference,
            pinpoint=mention.pinpoint,
            date=self.date_after(text, mention.end)
            if mention.reference.kind in ACTS
            else mention.date,
            version=mention.version,
        )

    def _gap(self, text: str, start: int, end: int, title: _Title | None) -> _Gap:
        """Read the marks between two references; a title can end and another begin."""
        gap = _Gap(title)
        if end - start > _LONGEST:
            gap = _Gap(None, is_sentence=False)
            start = end - _LONGEST
        for mark in self._marks.finditer(text, start, end):
            name = mark.lastgroup
            if name == "STOP":
                gap = _Gap(None, is_sentence=False)
            elif name in {"PROPOSAL", "REPORT"}:
                gap = _Gap(
                    _Title(None, mark[0][0].isupper(), is_proposal=name == "PROPOSAL"),
                    is_sentence=gap.is_sentence,
                )
            elif name == "VERB":
                gap.has_verb = True
            elif name == "PROSE":
                gap.has_prose = True
            elif gap.title is not None:
                gap.title.depth += 1 if name == "OPEN" else -1
                if gap.title.depth < 0:
                    gap.title = None
        return gap

    def _function(self, text: str, mention: Mention, made: list[Citation], gap: _Gap) -> str:
        if mention.is_listed:
            return made[-1].function
        title = gap.title
        if title is None:
            return CITES
        tail = text[max(0, mention.start - _TAIL) : mention.start]
        if gap.has_verb:
            title.governs = True
        elif gap.has_prose or not title.is_full:
            return CITES
        elif self._joined.search(tail):
            return IN_TITLE if title.governs else CITES
        return IN_TITLE

    def _opened(self, text: str, citation: Citation, *, owner: int) -> _Title | None:
        """Return the title that follows the act, if it goes on with the words of one."""
        end, _ = self._rules.match("titled", text, citation.end)
        return None if end == FAILED else _Title(owner, is_full=bool(citation.date))


def _repeats(text: str, made: list[Citation], mention: Mention) -> bool:
    if not made:
        return False
    last = made[-1]
    return (
        last.reference.slug == mention.reference.slug
        and mention.start - last.end <= _NEAR
        and "\n\n" not in text[last.end : mention.start]
    )


def _placed(citation: Citation, place: Reference) -> Citation:
    return citation if citation.oj else replace(citation, oj=place.identifier)
