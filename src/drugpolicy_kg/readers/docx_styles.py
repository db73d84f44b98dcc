"""What the styles of a Word file say: levels of headings, bold, and how lists are numbered."""

from __future__ import annotations

import re
from typing import Any, Final

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: How far a style may rest on another, and how deep a list may be.
_CHAIN: Final = 20
_LEVELS: Final = 9
_HEADING: Final = re.compile(r"(?:heading|title)\s*(\d)?", re.IGNORECASE)
_PLACE: Final = re.compile(r"%([1-9])")
_ROMAN: Final = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
#: The largest number that is written in letters or Roman numerals.
_MAX_LETTER: Final = 26


class Styles:
    """The paragraph and run styles of one file."""

    def __init__(self, root: Any) -> None:
        found = root.iter(f"{W}style") if root is not None else ()
        self._styles = {style.get(f"{W}styleId", ""): style for style in found}

    def level(self, paragraph: Any) -> int:
        """Return the level of a heading, from 1, or 0 for a paragraph that is none."""
        for properties, name in self._chain(paragraph):
            outline = properties.find(f"{W}outlineLvl") if properties is not None else None
            if outline is not None:
                value = _integer(outline, _LEVELS)
                return value + 1 if value < _LEVELS else 0
            if named := _HEADING.fullmatch(name):
                return int(named[1] or 1)
        return 0

    def is_bold(self, paragraph: Any) -> bool:
        """Return whether a paragraph's style sets its words in bold."""
        for style in self._ancestors(_style_of(paragraph)):
            bold = style.find(f"{W}rPr/{W}b")
            if bold is not None:
                return is_on(bold)
        return False

    def run_is_bold(self, properties: Any, bold: bool) -> bool:  # noqa: FBT001  what is the default
        """Return whether a run's own style sets it in bold; `bold` is what its paragraph says."""
        own = properties.find(f"{W}rStyle") if properties is not None else None
        if own is not None:
            for style in self._ancestors(own.get(f"{W}val", "")):
                found = style.find(f"{W}rPr/{W}b")
                if found is not None:
                    return is_on(found)
        return bold

    def numbered(self, paragraph: Any) -> tuple[str, int] | None:
        """Return the list that a paragraph belongs to, and its level from 0, if any."""
        number, level = "", None
        for properties, _ in self._chain(paragraph):
            found = properties.find(f"{W}numPr") if properties is not None else None
            if found is None:
                continue
            own, depth = found.find(f"{W}numId"), found.find(f"{W}ilvl")
            number = number or (own.get(f"{W}val", "") if own is not None else "")
            level = _integer(depth, 0) if level is None and depth is not None else level
        if not number or number == "0":
            return None
        return number, min(level or 0, _LEVELS - 1)

    def _chain(self, paragraph: Any) -> list[tuple[Any, str]]:
        """Return the properties of a paragraph, then those of its styles with their names."""
        result: list[tuple[Any, str]] = [(paragraph.find(f"{W}pPr"), "")]
        for style in self._ancestors(_style_of(paragraph)):
            name = style.find(f"{W}name")
            result.append(
                (style.find(f"{W}pPr"), name.get(f"{W}val", "") if name is not None else "")
            )
        return result

    def _ancestors(self, name: str) -> list[Any]:
        result: list[Any] = []
        while name in self._styles and len(result) < _CHAIN:
            style = self._styles[name]
            result.append(style)
            based = style.find(f"{W}basedOn")
            name = based.get(f"{W}val", "") if based is not None else ""
        return result


class Numbering:
    """Counts the lists of one file as Word does."""

    def __init__(self, root: Any) -> None:
        self._levels: dict[str, dict[int, Any]] = {}
        self._lists: dict[str, str] = {}
        self._counts: dict[str, list[int | None]] = {}
        if root is None:
            return
        for abstract in root.iter(f"{W}abstractNum"):
            self._levels[abstract.get(f"{W}abstractNumId", "")] = {
                _integer_of(level.get(f"{W}ilvl")): level for level in abstract.iter(f"{W}lvl")
            }
        for own in root.iter(f"{W}num"):
            abstract = own.find(f"{W}abstractNumId")
            if abstract is not None:
                self._lists[own.get(f"{W}numId", "")] = abstract.get(f"{W}val", "")

    def label(self, paragraph: Any, styles: Styles) -> str:
        """Return the label that Word prints before a paragraph of a list, `2.` or `-`, if any."""
        place = styles.numbered(paragraph)
        if place is None:
            return ""
        number, depth = place
        levels = self._levels.get(self._lists.get(number, ""), {})
        level = levels.get(depth)
        if level is None:
            return ""
        counts = self._counts.setdefault(self._lists[number], [None] * _LEVELS)
        start = _integer(level.find(f"{W}start"), 1)
        last = counts[depth]
        counts[depth] = start if last is None else last + 1
        counts[depth + 1 :] = [None] * (_LEVELS - depth - 1)
        if _format(level) == "bullet":
            return "-"
        text = level.find(f"{W}lvlText")
        pattern = text.get(f"{W}val", "") if text is not None else ""

        def written(found: re.Match[str]) -> str:
            other = int(found[1]) - 1
            count = counts[other]
            own = levels.get(other)
            return _numeral(count if count is not None else 1, _format(own))

        return _PLACE.sub(written, pattern).strip()


def is_on(element: Any) -> bool:
    """Return whether a property that stands there is switched on."""
    return element.get(f"{W}val", "true") not in {"false", "0", "off", "none"}


def _style_of(paragraph: Any) -> str:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return style.get(f"{W}val", "") if style is not None else ""


def _format(level: Any) -> str:
    own = level.find(f"{W}numFmt") if level is not None else None
    return own.get(f"{W}val", "decimal") if own is not None else "decimal"


def _numeral(count: int, form: str) -> str:
    """Return a number in one of Word's forms.

    >>> _numeral(4, "lowerRoman"), _numeral(3, "upperLetter"), _numeral(12, "decimal")
    ('iv', 'C', '12')
    """
    if form.startswith(("lowerLetter", "upperLetter")) and 0 < count <= _MAX_LETTER:
        letter = chr(ord("a") + count - 1)
        return letter.upper() if form.startswith("upper") else letter
    if form.endswith("Roman") and 0 < count <= _MAX_LETTER:
        result = ""
        for value, sign in _ROMAN:
            result += sign * (count // value)
            count %= value
        return result.upper() if form.startswith("upper") else result
    return "" if form == "none" else str(count)


def _integer(element: Any, default: int) -> int:
    return _integer_of(element.get(f"{W}val") if element is not None else None, default)


def _integer_of(text: str | None, default: int = 0) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 5 else default  # noqa: PLR2004
