"""A citation as people and their programs take it: text, BibTeX, CSL-JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from drugpolicy_kg.citing.address import digest

if TYPE_CHECKING:
    from drugpolicy_kg.citing.address import Address

AUTHOR: Final = "The drugpolicy-kg developers"
DATASET: Final = "EU drug policy plans as a knowledge graph"
LICENCE: Final = "CC BY 4.0"
#: Hexadecimal digits that tell one question from the next in a name.
_KEY_DIGITS: Final = 8
#: What BibTeX reads as a command, and how it is written instead.
_ESCAPES: Final = {
    "\\": r"\textbackslash{}",
    # BibTeX counts braces, escaped or not.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """What is cited: how it is called, what it is, where it stands in a document.

    `issued` is the date of the release (YYYY-MM-DD, or nothing where none was given); `thing` is
    the address at which the cited thing itself is described.
    """

    title: str
    address: Address
    issued: str = ""
    thing: str = ""
    quotation: str = ""
    place: str = ""

    @property
    def whole(self) -> bool:
        """Return whether the whole graph is cited."""
        return not self.address.about

    def text(self) -> str:
        """Return the citation as a sentence for a footnote."""
        parts = [f"{AUTHOR} ({self.issued[:4] or 'n.d.'}). {_ended(self.title)}"]
        if self.quotation:
            parts.append(f"“{self.quotation}”" + (f" ({self.place})." if self.place else "."))
        elif self.place:
            parts.append(f"{self.place}.")
        if not self.whole:
            parts.append(f"In: {DATASET}.")
        parts.append(f"Release {self.address.release}. {LICENCE}.")
        if self.thing:
            parts.append(f"{self.thing}.")
        return " ".join([*parts, self.address.url])

    def bibtex(self) -> str:
        """Return the citation as an entry of BibTeX."""
        fields = {
            "author": f"{{{_escaped(AUTHOR)}}}",
            "title": f"{{{_escaped(self.title)}}}",
            "howpublished": "" if self.whole else _escaped(f"In: {DATASET}"),
            "year": self.issued[:4],
            "version": _escaped(self.address.release),
            "note": _escaped(self._note()),
            # An address is no text: BibTeX hands it on as it stands.
            "url": self.address.url,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        return "\n".join([f"@misc{{{self.key},", *lines, "}"]) + "\n"

    def csl(self) -> dict[str, Any]:
        """Return the citation as an item of CSL-JSON, a schema of Zotero and pandoc."""
        told: dict[str, Any] = {
            "id": self.key,
            "type": "dataset",
            "title": self.title,
            "author": [{"literal": AUTHOR}],
            "version": self.address.release,
            "URL": self.address.url,
        }
        if self.issued:
            told["issued"] = {"date-parts": [[int(part) for part in self.issued.split("-")]]}
        if not self.whole:
            told["container-title"] = DATASET
        if note := self._note():
            told["note"] = note
        return told

    def csl_json(self) -> str:
        """Return a list with this one item, as programs read it."""
        return json.dumps([self.csl()], ensure_ascii=False, indent=2) + "\n"

    @property
    def key(self) -> str:
        """Return a name for lists of references: what is cited, and the release.

        A saved query asked with other values is another source, and has another name.
        """
        name = re.sub(r"[^A-Za-z0-9]+", "-", self.address.about).strip("-") or "graph"
        if self.address.is_own_query:
            name = f"{name}-{self.address.query[:_KEY_DIGITS]}"
        elif self.address.parameters:
            values = urlencode(sorted(self.address.parameters)).encode()
            name = f"{name}-{digest(values)[:_KEY_DIGITS]}"
        return f"drugpolicy-kg-{self.address.release}-{name}"

    def _note(self) -> str:
        quoted = f"“{self.quotation}”" if self.quotation else ""
        return ". ".join(part for part in (quoted, self.place, self.thing) if part)


#: Media types by the name of a format.
MEDIA_TYPES: Final = {
    "text": "text/plain",
    "bibtex": "application/x-bibtex",
    "csl-json": "application/vnd.citationstyles.csl+json",
}


def written(reference: Reference, form: str) -> str:
    """Return a citation in one of the formats of `MEDIA_TYPES`."""
    if form == "bibtex":
        return reference.bibtex()
    return reference.csl_json() if form == "csl-json" else f"{reference.text()}\n"


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(sign, sign) for sign in text)
