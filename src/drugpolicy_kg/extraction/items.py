"""The items (i), (ii) … of an action."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from drugpolicy_kg.extraction.labels import roman_value

if TYPE_CHECKING:
    from drugpolicy_kg.document import Text
    from drugpolicy_kg.extraction.sentences import Sentences

_LABEL = re.compile(r"(?:(?<=[\s:;,.])|^)(\(?)([ivx]+)\)\s*")


def items(
    text: Text, sentences: Sentences, conjunctions: tuple[str, ...]
) -> list[tuple[str, Text]]:
    """Return label and words of each item, counted up from (i) without a gap.

    An item reaches to the next one; the last reaches to the end of its sentence.
    """
    labels: list[re.Match[str]] = []
    for found in _LABEL.finditer(text.value):
        if roman_value(found[2]) == len(labels) + 1:
            labels.append(found)
    if len(labels) < 2:  # noqa: PLR2004  one label alone is no list
        return []
    result = []
    for here, following in zip(labels, [*labels[1:], None], strict=True):
        end = following.start() if following else _sentence_end(text.value, here.end(), sentences)
        words = _without_tail(text.cut(here.end(), end), conjunctions)
        result.append((here[2], words))
    return result


def _sentence_end(text: str, start: int, sentences: Sentences) -> int:
    bounds = sentences.bounds(text[start:])
    return start + bounds[0][1] if bounds else len(text)


def _without_tail(text: Text, conjunctions: tuple[str, ...]) -> Text:
    """Return the item without the sign and conjunction that lead to the next."""
    text = text.strip()
    value = text.value
    for word in conjunctions:
        if re.search(rf"[\s,;]{re.escape(word)},?$", value):
            value = re.sub(rf"[\s,;]*\b{re.escape(word)},?$", "", value)
    return text.cut(0, len(value.rstrip(" ;,"))).strip()
