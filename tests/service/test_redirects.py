"""The rules for w3id.org, read as Apache reads them and applied to every IRI of ours."""

from __future__ import annotations

import re
from importlib.resources import files

from drugpolicy_kg.service.redirects import PLACE, htaccess
from tests.service.test_dereferencing import BASE, our_iris

WRITTEN = files("drugpolicy_kg.service").joinpath("deploy/htaccess").read_text(encoding="utf-8")


def redirected(path: str) -> str | None:
    """Return where the rules send a path below the folder of the file, as mod_rewrite does."""
    for line in WRITTEN.splitlines():
        if line.startswith("RewriteRule"):
            _, pattern, target, flags = line.split(" ")
            found = re.search(pattern, path)
            if found:
                assert set(flags.strip("[]").split(",")) == {"R=302", "NE", "L"}
                return target.replace("$0", found[0])
    return None


def test_file_of_rules_is_what_the_table_makes() -> None:
    assert htaccess() == WRITTEN


def test_every_iri_of_ours_is_led_to_the_same_path_of_the_service() -> None:
    for iri in our_iris():
        path = iri.removeprefix(f"{BASE}/").partition("#")[0]
        assert redirected(path) == f"{PLACE}/{path}", iri


def test_documents_formats_and_services_are_led_too_and_nothing_else_is() -> None:
    for path in (
        "",
        "cite",
        "ontology.ttl",
        "ontology/0.1.0",
        "shapes.html",
        "id/actor/europol.jsonld",
        "graph/plan/com-2020-606/final-2.nt",
        "context.jsonld",
        "sparql",
        "queries/actions.csv",
        "void",
        "catalogue.ttl",
        "dumps/manifest.json",
    ):
        assert redirected(path) == f"{PLACE}/{path}"
    for path in ("ontologyfoo", "id/", "wp-login.php", "metrics"):
        assert redirected(path) is None
