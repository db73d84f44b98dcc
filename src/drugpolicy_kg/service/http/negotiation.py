"""Which format a client gets: by the parameter `format`, or by its Accept header."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from drugpolicy_kg.service.http.problems import Problem
from drugpolicy_kg.store.formats import Format, Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

HTML: Final = "text/html"
PAGES: Final = {shape: Format(("html",), HTML, shape, charset=True) for shape in Shape}


class Range(NamedTuple):
    """A media range of an Accept header with its weight."""

    media_type: str
    weight: float


def ranges(accept: str) -> tuple[Range, ...]:
    """Return the media ranges of an Accept header; what is malformed is left out.

    >>> ranges("text/csv, application/*;q=0.5")
    (Range(media_type='text/csv', weight=1.0), Range(media_type='application/*', weight=0.5))
    """
    found = []
    for part in accept.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media_type.count("/") != 1:
            continue
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    weight = min(1.0, max(0.0, float(value)))
                except ValueError:
                    weight = 0.0
        found.append(Range(media_type, weight))
    return tuple(found)


def weight_of(media_type: str, accepted: Sequence[Range]) -> float:
    """Return the weight that a client gives to a media type; the most specific range decides.

    >>> weight_of("text/csv", ranges("text/*;q=0.3, */*;q=0.1"))
    0.3
    """
    general = media_type.partition("/")[0] + "/*"
    for wanted in (media_type, general, "*/*"):
        weights = [r.weight for r in accepted if r.media_type == wanted]
        if weights:
            return max(weights)
    return 0.0


@lru_cache(maxsize=512)
def preferred(accept: str, offered: tuple[str, ...]) -> str | None:
    """Return the media type that a client likes best of those offered, or none.

    >>> preferred("text/csv;q=0.2, text/turtle", ("text/csv", "text/turtle"))
    'text/turtle'
    """
    accepted = ranges(accept) if accept.strip() else (Range("*/*", 1.0),)
    weights = {media_type: weight_of(media_type, accepted) for media_type in offered}
    best = max(offered, key=lambda media_type: weights[media_type])
    return best if weights[best] > 0 else None


@lru_cache(maxsize=512)
def languages(accept: str) -> tuple[str, ...]:
    """Return the languages of an Accept-Language header, the dearest first.

    >>> languages("nl-BE, fr;q=0.2, de;q=0.8")
    ('nl', 'de', 'fr')
    """
    weighted: list[tuple[float, int, str]] = []
    for part in accept.split(","):
        tag, _, weight = part.strip().lower().partition(";q=")
        primary = tag.partition("-")[0]
        if primary.isalpha():
            try:
                weighted.append((-float(weight or 1), len(weighted), primary))
            except ValueError:
                continue
    return tuple(dict.fromkeys(primary for _, _, primary in sorted(weighted)))


@lru_cache(maxsize=512)
def choose(accept: str, parameter: str | None, formats: tuple[Format, ...]) -> Format:
    """Return the format of those offered that a client wants, or raise the problem 406.

    >>> from drugpolicy_kg.store.formats import Shape, of_shape
    >>> rows = of_shape(Shape.ROWS)
    >>> choose("text/csv", None, rows).name, choose("*/*", "tsv", rows).name
    ('csv', 'tsv')
    """
    if parameter is not None:
        wanted = parameter.strip().lower()
        for candidate in formats:
            if wanted in (*candidate.names, candidate.media_type, *candidate.aliases):
                return candidate
        raise _not_acceptable(f"format={parameter[:80]!r}", formats)
    by_type: dict[str, Format] = {}
    for candidate in formats:
        by_type.setdefault(candidate.media_type, candidate)
    for candidate in formats:
        for alias in candidate.aliases:
            by_type.setdefault(alias, candidate)
    best = preferred(accept, tuple(by_type))
    if best is None:
        raise _not_acceptable(f"Accept: {accept[:200]}", formats)
    return by_type[best]


def _not_acceptable(asked: str, formats: Sequence[Format]) -> Problem:
    names = ", ".join(f"{f.media_type} (format={f.name})" for f in formats)
    return Problem(406, f"{asked} cannot be served for this query. Available: {names}.")
