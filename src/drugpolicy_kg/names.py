"""Names that stand in a text, the things that they name, and how they are compared."""

from __future__ import annotations

from dataclasses import dataclass

#: Characters that print alike are read alike; every one maps to exactly one.
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("’‘ʼ´`", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("–—‑−‐", "-"),
        **dict.fromkeys("\u00a0\u202f\u2009\n\t", " "),
    }
)


def folded(text: str) -> str:
    """Return the text with quotes, dashes and blanks made alike, character by character.

    >>> folded("EU’s – plan")
    "EU's - plan"
    """
    return text.translate(_ALIKE)


@dataclass(frozen=True, slots=True)
class Found:
    """A name that was found: where in the text, in which table, and which thing it is."""

    start: int
    end: int
    table: str
    id: str
