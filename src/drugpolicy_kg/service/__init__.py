"""The SPARQL service over HTTP; importing this package loads no engine and no framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drugpolicy_kg.service.options import Limits, ServeOptions

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Limits", "ServeOptions", "serve"]


def serve(options: ServeOptions, *, say: Callable[[str], None] = print) -> None:
    """Serve a release until SIGTERM or Ctrl+C; `say` gets each line that the operator reads."""
    from drugpolicy_kg.service import server  # noqa: PLC0415 - the command must start quickly

    server.serve(options, say=say)
