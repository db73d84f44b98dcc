"""Where the files that travel with the package lie: in the checkout, or in the wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from drugpolicy_kg.errors import DefinitionError

#: The folder of a wheel in which data, ontology and queries were packed.
_PACKAGED: Final = Path(__file__).parent / "packaged"
#: The checkout that an editable installation points into.
_CHECKOUT: Final = Path(__file__).parents[2]


def root() -> Path:
    """Return the folder that holds data/, ontology/, queries/ and shapes/.

    Raises `DefinitionError` if the package was installed without them.
    """
    for folder in (_PACKAGED, _CHECKOUT):
        if (folder / "queries" / "public").is_dir():
            return folder
    raise DefinitionError(
        f"{_PACKAGED}: the packaged graphs and queries were expected, found none.",
        remedy="Install the wheel of drugpolicy-kg again.",
    )


def graphs() -> Path:
    """Return the folder of the named graphs, with its manifest."""
    return root() / "data" / "graphs"


def score() -> Path:
    """Return the page that says which quality rules are passed, and why not."""
    return root() / "queries" / "SCORE.md"


def public_queries() -> Path:
    """Return the folder of the saved queries."""
    return root() / "queries" / "public"


def table_definitions() -> Path:
    """Return the file that says how tables are facts."""
    return root() / "queries" / "tables.yaml"


def shapes() -> Path:
    """Return the folder of the shapes."""
    return root() / "shapes"


def deposit() -> Path:
    """Return the file that says what an archive is told of a release."""
    return root() / "data" / "deposit.yaml"


def lock() -> Path:
    """Return the file that pins every package with its digests."""
    return root() / "requirements.lock"
