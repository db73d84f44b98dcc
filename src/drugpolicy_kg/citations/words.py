"""`Words`: the words with which one language cites acts, as a person wrote them down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from drugpolicy_kg.citations.kinds import ACTS, FORMS, SERIES
from drugpolicy_kg.errors import DefinitionError
from drugpolicy_kg.yaml_input import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_SECTION: Final = "citations"
_MONTHS: Final = 12


def _clean(word: str) -> str:
    if not word.strip() or word != " ".join(word.split()):
        raise ValueError("a word is empty or has blanks at its ends or in a row")
    return word


Word = Annotated[str, AfterValidator(_clean)]
WordList = Annotated[tuple[Word, ...], Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class TypeWords(_Section):
    """How a kind of act is called: one of them, and several ("Decisions 2009/371/JHA, …")."""

    one: WordList
    many: tuple[Word, ...] = ()


class Words(_Section):
    """The words of one language: the section `citations` of data/languages/<code>.yaml.

    A word in lower case is also found with capital first letters and in capitals; a word with a
    capital letter is found exactly as written.

    >>> from pathlib import Path
    >>> words = Words.read(Path("data/languages/en.yaml"))
    >>> words.types["directive"].one
    ('directive',)
    """

    types: dict[str, TypeWords]
    communities: dict[str, WordList]
    numero: WordList
    joiners: WordList
    links: WordList
    issuers: WordList
    provisions: WordList
    series: dict[str, WordList]
    final: WordList
    annexes: WordList
    register_words: WordList = Field(alias="register")
    conclusions: WordList
    treaties: WordList
    journals: WordList
    pages: WordList
    cases: WordList
    months: Annotated[tuple[Word, ...], Field(min_length=_MONTHS, max_length=_MONTHS)]
    title_leads: WordList
    title_verbs: WordList
    title_ends: WordList
    proposals: WordList
    reports: WordList

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the words of the language whose file this is."""
        try:
            content = read_yaml(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
            raise DefinitionError(f"{path}: the file cannot be read: {problem}.") from problem
        if not isinstance(content, dict) or _SECTION not in content:
            raise DefinitionError(f"{path}: key {_SECTION!r} is missing.", remedy="Add it.")
        return cls.of(content[_SECTION], place=str(path))

    @classmethod
    def of(cls, section: object, *, place: str) -> Self:
        """Return the words in the section `citations` of a language file that is read already."""
        try:
            words = cls.model_validate(section)
        except ValidationError as problem:
            first = problem.errors(include_url=False)[0]
            key = ".".join((_SECTION, *(str(step) for step in first["loc"])))
            raise DefinitionError(f"{place}: key {key!r}: {first['msg']}.") from problem
        for key, given, known in (
            ("types", words.types, _known_types()),
            ("series", words.series, frozenset(SERIES)),
        ):
            unknown = sorted(set(given) - known)
            if unknown:
                raise DefinitionError(
                    f"{place}: key '{_SECTION}.{key}.{unknown[0]}' is not known.",
                    remedy=f"Write one of {', '.join(sorted(known))}.",
                )
        return words

    def terminals(self) -> Mapping[str, Mapping[str, str]]:
        """Return for each name in capitals of the grammar its words, and what each means."""
        series = _meanings(self.series)
        communities = _meanings(self.communities)
        return {
            "TYPE": _meanings({kind: words.one for kind, words in self.types.items()}),
            "TYPES": _meanings({kind: words.many for kind, words in self.types.items()}),
            "COMMUNITY": communities,
            "EURATOM": {word: code for word, code in communities.items() if code == "Euratom"},
            "SERIES": {word: code for word, code in series.items() if len(word) > 1},
            "LETTER": {word: code for word, code in series.items() if len(word) == 1},
            "MONTH": {word: str(number) for number, word in enumerate(self.months, start=1)},
            "NUMERO": _same(self.numero),
            "AND": _same(self.joiners),
            "LINK": _same(self.links),
            "ISSUER": _same(self.issuers),
            "PROVISION": _same(self.provisions),
            "FINAL": dict.fromkeys(self.final, "final"),
            "ANNEX": _same(self.annexes),
            "REGISTER": _same(self.register_words),
            "CONCLUSIONS": _same(self.conclusions),
            "TREATY": _same(self.treaties),
            "JOURNAL": _same(self.journals),
            "PAGE": _same(self.pages),
            "CASE": _same(self.cases),
            "LEAD": _same(self.title_leads),
            "VERB": _same(self.title_verbs),
            "PROSE": _same(self.title_ends),
            "PROPOSAL": _same(self.proposals),
            "REPORT": _same(self.reports),
        }


def terminals_of(languages: Iterable[Words]) -> dict[str, dict[str, str]]:
    """Return the words of several languages together; a word may mean one thing only."""
    together: dict[str, dict[str, str]] = {}
    for words in languages:
        for name, meanings in words.terminals().items():
            known = together.setdefault(name, {})
            for word, meaning in meanings.items():
                if known.setdefault(word, meaning) != meaning:
                    raise DefinitionError(
                        f"{_SECTION}: {word!r} means both {known[word]!r} and {meaning!r}.",
                        remedy="Keep it in one of the languages, or in one place of the file.",
                    )
    if not together:
        raise DefinitionError(f"{_SECTION}: no language is given.", remedy="Give at least one.")
    return together


def _known_types() -> frozenset[str]:
    kinds = {str(kind) for kind in ACTS}
    return frozenset(kinds | {f"{form}-{kind}" for form in FORMS for kind in kinds})


def _meanings(words_of: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {word: meaning for meaning, words in words_of.items() for word in words}


def _same(words: tuple[str, ...]) -> dict[str, str]:
    return dict.fromkeys(words, "")
