"""How much of a stranger's document is read: the same for readers, RDF input and the service.

The service publishes these figures at /limits, and whoever checks a file on their own machine
meets the same ones.
"""

from __future__ import annotations

from typing import Final

#: The largest document; the longest real plan has 82 kB.
MAX_BYTES: Final = 8 * 1024 * 1024
#: The most triples of a document that is RDF.
MAX_TRIPLES: Final = 200_000
