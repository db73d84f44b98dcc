"""drugpolicy-kg: the EU's plans on drugs as a knowledge graph, traced to their sentences."""

from typing import Final

__version__: Final = "0.1.0"
