"""Run a grammar that is written in PEG notation: `Rules` reads it, `Rules.match` applies a rule.

Rules compile to closures; nothing here knows what the grammar is about. Matching never
backtracks into what a rule has consumed, so one attempt costs what it consumes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from drugpolicy_kg.errors import DefinitionError

FAILED: Final = -1
BLANK: Final = r"(?:[^\S\n]++(?:\n[^\S\n]*+)?+|\n[^\S\n]*+)"
LETTER: Final = r"[^\W\d_]"

_TOKEN: Final = re.compile(
    r"""\s*+(?:\#[^\n]*\s*+)*+(?:
        (?P<rule>\w+)\s*<- | (?P<name>\w+)
      | (?P<text>"[^"\n]+") | (?P<set>\[(?:\\.|[^\]\\\n])+\])
      | (?P<times>[?*]|\{\d+(?:,\d+)?\}) | (?P<sign>[/()!&]) | (?P<end>\Z) | (?P<bad>.)
    )""",
    re.VERBOSE,
)


class Part(NamedTuple):
    """A piece of text that a rule or a word of the language has matched."""

    name: str
    start: int
    end: int
    value: str


class Trail:
    """How far matching came, and what was expected there: the material of an error message."""

    __slots__ = ("expected", "farthest", "parts")

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.farthest = 0
        self.expected: dict[str, None] = {}

    def missed(self, at: int, label: str) -> int:
        """Return FAILED, and remember what was expected here if matching never came farther."""
        if at > self.farthest:
            self.farthest = at
            self.expected = {}
        if at == self.farthest:
            self.expected[label] = None
        return FAILED


Matcher = Callable[[str, int, Trail], int]


class Rules:
    """The rules of a grammar, ready to be matched against a text.

    >>> rules = Rules('greeting <- HELLO "," _ [a-z]{1,9}', {"HELLO": {"hello": "hi"}})
    >>> end, parts = rules.match("greeting", "Hello, world", 0)
    >>> end, [part.name for part in parts]
    (12, ['HELLO', 'greeting'])
    """

    def __init__(self, notation: str, terminals: Mapping[str, Mapping[str, str]]) -> None:
        self._terminals = terminals
        self._bodies = dict(_rule_bodies(notation))
        self._compiled: dict[str, Matcher] = {"_": _pattern(BLANK, "a blank")}
        for name in self._bodies:
            self._rule(name, ())

    def match(self, rule: str, text: str, start: int) -> tuple[int, list[Part]]:
        """Return where the rule ends when it starts here (or FAILED), and its parts."""
        trail = Trail()
        return self._compiled[rule](text, start, trail), trail.parts

    def explain(self, rule: str, text: str) -> tuple[int, tuple[str, ...]]:
        """Return the farthest position that the rule reaches, and what it expects there."""
        trail = Trail()
        end = self._compiled[rule](text, 0, trail)
        if end > trail.farthest:
            return end, ("the end",)
        return trail.farthest, (*trail.expected,)

    def _rule(self, name: str, above: tuple[str, ...]) -> Matcher:
        known = self._compiled.get(name)
        if known is not None:
            return known
        if name in above or (name not in self._bodies and name not in self._terminals):
            raise DefinitionError(
                f"grammar: rule {name!r} is "
                f"{'recursive' if name in above else 'not defined'} (in {above[-1:]}).",
                remedy="Define it, or supply it as words of the language.",
            )
        if name in self._terminals:
            compiled = _words(name, self._terminals[name])
        else:
            compiled = self._choice([*self._bodies[name]], (*above, name))
            if not name.startswith("_"):
                compiled = _captured(name, compiled)
        self._compiled[name] = compiled
        return compiled

    def _choice(self, tokens: list[tuple[str, str]], above: tuple[str, ...]) -> Matcher:
        """Consume `a / b / c` from the front of the tokens."""
        options = [self._sequence(tokens, above)]
        while tokens and tokens[0] == ("sign", "/"):
            tokens.pop(0)
            options.append(self._sequence(tokens, above))
        return options[0] if len(options) == 1 else _first_of(tuple(options))

    def _sequence(self, tokens: list[tuple[str, str]], above: tuple[str, ...]) -> Matcher:
        steps = []
        while tokens and tokens[0] not in {("sign", "/"), ("sign", ")")}:
            steps.append(self._prefixed(tokens, above))
        return steps[0] if len(steps) == 1 else _all_of(tuple(steps))

    def _prefixed(self, tokens: list[tuple[str, str]], above: tuple[str, ...]) -> Matcher:
        if tokens[0] in {("sign", "!"), ("sign", "&")}:
            wanted = tokens.pop(0)[1] == "&"
            return _ahead(self._repeated(tokens, above), wanted=wanted)
        return self._repeated(tokens, above)

    def _repeated(self, tokens: list[tuple[str, str]], above: tuple[str, ...]) -> Matcher:
        kind, value = tokens.pop(0)
        times = ""
        if kind in {"text", "set"}:
            pattern = re.escape(value[1:-1]) if kind == "text" else value
            if tokens and tokens[0][0] == "times":
                times = tokens.pop(0)[1] + "+"
            return _pattern(f"(?:{pattern}){times}", value)
        if (kind, value) == ("sign", "("):
            inner = self._choice(tokens, above)
            tokens.pop(0)
        else:
            inner = self._rule(value, above)
        if tokens and tokens[0][0] == "times":
            times = tokens.pop(0)[1]
        return _times(inner, *_bounds(times)) if times else inner


def _rule_bodies(notation: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each rule's name and the tokens of its right-hand side."""
    name, body = "", list[tuple[str, str]]()
    for token in _TOKEN.finditer(notation):
        kind = token.lastgroup or "bad"
        if kind == "bad":
            line = notation.count("\n", 0, token.end()) + 1
            raise DefinitionError(f"grammar, line {line}: {token['bad']!r} is no notation.")
        if kind in {"rule", "end"}:
            if name:
                yield name, body
            name, body = token["rule"] or "", []
        else:
            body.append((kind, token[kind]))


def _bounds(times: str) -> tuple[int, int | None]:
    if times in {"?", "*"}:
        return 0, 1 if times == "?" else None
    low, _, high = times[1:-1].partition(",")
    return int(low), int(high or low)


def word_pattern(words: Mapping[str, object]) -> str:
    """Return the pattern of any of these words, the longest first.

    A word in lower case is also found with capital first letters or in capitals; a word with a
    capital in it is found as it is written.

    >>> bool(re.fullmatch(word_pattern({"joint action": ""}), "Joint  Action"))
    True
    """
    return "|".join(_spellings(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def _spellings(word: str) -> str:
    pieces = word.split()
    plain = BLANK.join(re.escape(piece) for piece in pieces)
    if word == word.lower():
        started = BLANK.join(
            f"[{piece[0]}{piece[0].upper()}]{re.escape(piece[1:])}"
            if piece[0].isalpha()
            else re.escape(piece)
            for piece in pieces
        )
        plain = f"(?:{started}|{BLANK.join(re.escape(piece.upper()) for piece in pieces)})"
    before = f"(?<!{LETTER})" if word[0].isalpha() else ""
    after = f"(?!{LETTER})" if word[-1].isalpha() else ""
    return f"{before}{plain}{after}"


def _words(name: str, words: Mapping[str, str]) -> Matcher:
    find = re.compile(word_pattern(words) or r"(?!)").match
    values = {word.lower(): value for word, value in words.items()}

    def run(text: str, at: int, trail: Trail) -> int:
        found = find(text, at)
        if found is None:
            return trail.missed(at, name)
        value = values[" ".join(found[0].lower().split())]
        trail.parts.append(Part(name, at, found.end(), value))
        return found.end()

    return run


def _pattern(pattern: str, label: str) -> Matcher:
    find = re.compile(pattern).match

    def run(text: str, at: int, trail: Trail) -> int:
        found = find(text, at)
        return trail.missed(at, label) if found is None else found.end()

    return run


def _captured(name: str, inner: Matcher) -> Matcher:
    def run(text: str, at: int, trail: Trail) -> int:
        end = inner(text, at, trail)
        if end != FAILED:
            trail.parts.append(Part(name, at, end, text[at:end]))
        return end

    return run


def _first_of(options: tuple[Matcher, ...]) -> Matcher:
    def run(text: str, at: int, trail: Trail) -> int:
        kept = len(trail.parts)
        for option in options:
            end = option(text, at, trail)
            if end != FAILED:
                return end
            del trail.parts[kept:]
        return FAILED

    return run


def _all_of(steps: tuple[Matcher, ...]) -> Matcher:
    def run(text: str, at: int, trail: Trail) -> int:
        for step in steps:
            at = step(text, at, trail)
            if at == FAILED:
                return FAILED
        return at

    return run


def _times(inner: Matcher, low: int, high: int | None) -> Matcher:
    def run(text: str, at: int, trail: Trail) -> int:
        done = 0
        while high is None or done < high:
            kept = len(trail.parts)
            end = inner(text, at, trail)
            if end in {FAILED, at}:
                del trail.parts[kept:]
                break
            at = end
            done += 1
        return at if done >= low else FAILED

    return run


def _ahead(inner: Matcher, *, wanted: bool) -> Matcher:
    def run(text: str, at: int, trail: Trail) -> int:
        kept = len(trail.parts)
        found = inner(text, at, trail) != FAILED
        del trail.parts[kept:]
        return at if found == wanted else FAILED

    return run
