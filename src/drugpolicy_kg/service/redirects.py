"""The rules by which w3id.org leads our names to wherever this service stands.

w3id.org reads a file .htaccess of Apache's mod_rewrite from its own repository. One table says
which paths are ours; deploy/htaccess is written from it, with the place of a service in one line.
"""

from __future__ import annotations

from typing import Final

#: Paths of ours below https://w3id.org/drugpolicy-kg/, and what stands there.
PATHS: Final = {
    "": "the start page",
    "id/.+": "things, and documents about them",
    "ontology": "the ontology",
    "ontology[./].+": "its formats and versions",
    "shapes": "the shapes",
    "shapes[./].+": "their formats and versions",
    "graph/.+": "named graphs",
    "context\\.jsonld": "the JSON-LD context",
    "sparql": "the SPARQL endpoint",
    "queries": "the saved queries",
    "queries/.+": "their answers",
    "dumps": "the files of a release",
    "dumps/.+": "each of them",
    "cite": "citations, and whether they hold",
    "void(\\.[a-z]+)?": "the description of the graph as linked data",
    "catalogue(\\.[a-z]+)?": "its description as a data set",
    "timegate/.+": "the way to a former release",
    "timemap/.+": "the list of the releases",
    "memento/.+": "what a former release says",
    "about": "what this is",
}
PLACE: Final = "https://drugpolicy-kg.example"


def htaccess(place: str = PLACE) -> str:
    r"""Return the rules for a service that stands at a place.

    302, since the name stays and the place may change; whatever follows a `?` is kept, and what
    is percent-encoded stays so (mod_rewrite, flags R and NE).

    >>> htaccess("https://kg.example").splitlines()[-1]
    'RewriteRule ^about$ https://kg.example/about [R=302,NE,L]'
    """
    lines = [
        "# https://w3id.org/drugpolicy-kg/: the EU's plans on drugs as a knowledge graph.",
        "# Written by drugpolicy_kg.service.redirects; put the place of your service into it.",
        "Options -MultiViews",
        "RewriteEngine on",
    ]
    for path, about in PATHS.items():
        target = "$0" if path != about and any(sign in path for sign in ".+\\") else path
        lines += [f"# {about}", f"RewriteRule ^{path}$ {place}/{target} [R=302,NE,L]"]
    return "\n".join(lines) + "\n"
