"""The persistent address of what is cited: release, question and answer, each by its digest.

>>> told = Address("queries/plans", (), "1.0.0", "d" * 32, "a" * 32, "b" * 32, 3)
>>> parse(told.url) == told
True
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from drugpolicy_kg.errors import AddressError
from drugpolicy_kg.vocabulary import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUTE: Final = "cite"
QUERIES: Final = "queries/"
#: What is cited where somebody asked a query of their own; the address holds its text.
SPARQL: Final = "sparql"
#: Hexadecimal digits of a SHA-256 that stand in an address.
DIGITS: Final = 32
PARAMETER: Final = "p."
_KNOWN: Final = frozenset({"about", "release", "dataset", "query", "result", "rows"})
_DIGEST: Final = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
_ADDRESS: Final = re.compile(r"https?://[^\s\"'<>{}\\]+/cite\?[^\s\"'<>{}\\]+[^\s\"'<>{}\\.,;)\]]")
_SAFE: Final = "/:"
_QUOTED: Final = {code: quote(chr(code), safe=_SAFE) for code in range(128)}
_REMEDY: Final = "Take the address as 'drugpolicy cite' printed it."
# Texts and IRIs, which stay whole; comments and blanks, which are left out; any other sign.
_PIECE: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\r\n]|\\.)*"'
    r"|'(?:[^'\\\r\n]|\\.)*'"
    r"|<(?:[^<>\"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>"
    r"|\\."
    r"|(?P<rest>#[^\r\n]*|\s+)"
    r"|.",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Address:
    """What is cited (`about`, below our base), in which release, with which answer.

    `dataset`, `query` and `result` are digests; a citation of the whole graph has only the
    first. `rows` counts the rows of an answer, or the statements about a thing. `text` is the
    query itself where it is saved nowhere; its digest then stands in no address.
    """

    about: str
    parameters: tuple[tuple[str, str], ...]
    release: str
    dataset: str
    query: str = ""
    result: str = ""
    rows: int | None = None
    text: str = ""

    @property
    def url(self) -> str:
        """Return the address; the same citation has the same one."""
        pairs = [("about", self.about)] if self.about else []
        pairs += [(f"{PARAMETER}{name}", value) for name, value in sorted(self.parameters)]
        pairs += [("release", self.release), ("dataset", self.dataset)]
        if self.result:
            asked = self.text if self.is_own_query else self.query
            pairs += [("query", asked), ("result", self.result), ("rows", str(self.rows))]
        return f"{BASE}{ROUTE}?{urlencode(pairs, safe='/:', quote_via=quote)}"

    @property
    def is_query(self) -> bool:
        """Return whether the answer of a saved query is cited."""
        return self.about.startswith(QUERIES)

    @property
    def is_own_query(self) -> bool:
        """Return whether the answer of a query is cited that is not saved."""
        return self.about == SPARQL


def request(about: str, values: Mapping[str, str] | None = None) -> str:
    """Return the path at which a server cites what it serves.

    >>> request("queries/actions", {"plan": "com-2023-641", "year": ""})
    '/cite?about=queries/actions&p.plan=com-2023-641'
    """
    given = [(f"{PARAMETER}{name}", value) for name, value in (values or {}).items() if value]
    return f"/{ROUTE}?{urlencode([('about', about), *given], safe='/:', quote_via=quote)}"


def request_own(query: str) -> str:
    """Return the path at which a server cites the answer of a query that is not saved.

    >>> request_own("ASK {}")
    '/cite?about=sparql&query=ASK%20%7B%7D'
    """
    # Every answer says where it is cited; one pass over the text is what that may cost.
    quoted = query.translate(_QUOTED) if query.isascii() else quote(query, safe=_SAFE)
    return f"/{ROUTE}?about={SPARQL}&query={quoted}"


def parse(url: str) -> Address:
    """Return what an address says, whichever host it stands on; it is not fetched.

    Raises `AddressError` naming the part that is not as expected.
    """
    parts = urlsplit(url)
    if not parts.path.endswith(f"/{ROUTE}"):
        raise AddressError(f"{url[:200]}: no address of a citation, whose path ends in /{ROUTE}.")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    given = {name: value for name, value in pairs if not name.startswith(PARAMETER)}
    parameters = [
        (name.removeprefix(PARAMETER), value) for name, value in pairs if name.startswith(PARAMETER)
    ]
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names) or not set(given) <= _KNOWN:
        raise AddressError(
            f"{url[:200]}: each of {', '.join(sorted(_KNOWN))} is expected at most once, and "
            "nothing else.",
            remedy=_REMEDY,
        )
    own = given.get("about") == SPARQL
    digests = ["dataset", "query", "result"] if given.get("about") else ["dataset"]
    if own:
        digests.remove("query")
        if parameters or not given.get("query"):
            raise AddressError(
                "address of a citation: 'query': a query was expected, without parameters.",
                remedy=_REMEDY,
            )
    for name in digests:
        if not _DIGEST.fullmatch(given.get(name, "")):
            raise AddressError(
                f"address of a citation: '{name}': {DIGITS} hexadecimal digits were expected, "
                f"found '{given.get(name, '')[:80]}'.",
                remedy=_REMEDY,
            )
    rows = given.get("rows", "0")
    if not re.fullmatch(r"\d{1,9}", rows) or not given.get("release"):
        raise AddressError(
            f"{url[:200]}: 'rows' is a number and 'release' a version.", remedy=_REMEDY
        )
    return Address(
        given.get("about", ""),
        tuple(sorted(parameters)),
        given["release"],
        given["dataset"],
        given.get("query", "") if given.get("about") and not own else "",
        given.get("result", "") if given.get("about") else "",
        int(rows) if given.get("about") else None,
        given["query"] if own else "",
    )


def addresses(text: str) -> list[str]:
    """Return the addresses of citations in a text of any kind, each once.

    >>> addresses("(https://e.example/cite?release=1, and so on).")
    ['https://e.example/cite?release=1']
    """
    plain = text.replace("\\&", "&").replace("\\_", "_").replace("&amp;", "&")
    return list(dict.fromkeys(_ADDRESS.findall(plain)))


def digest(content: bytes) -> str:
    """Return the digest of content, as it stands in an address."""
    return sha256(content).hexdigest()[:DIGITS]


def normalised(query: str) -> str:
    r"""Return a query without comments and with single blanks; texts and IRIs stay as they are.

    >>> normalised('ASK  { ?s ?p "a  # b" } # why\n')
    'ASK { ?s ?p "a  # b" }'
    """
    pieces: list[str] = []
    for found in _PIECE.finditer(query):
        piece = " " if found["rest"] else found[0]
        if piece != " " or pieces[-1:] != [" "]:
            pieces.append(piece)
    return "".join(pieces).strip()
