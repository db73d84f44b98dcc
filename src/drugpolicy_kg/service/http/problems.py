"""What a client is told when it gets no answer: problem+json as RFC 9457 has it."""

from __future__ import annotations

import json
import math
from http import HTTPStatus
from typing import Final

CONTENT_TYPE: Final = "application/problem+json"
_DETAIL_LENGTH: Final = 1_500
_MOST_BYTES: Final = 4_096
# What a client may ask again says when, even where nobody thought of it.
_ASK_AGAIN: Final = frozenset({429, 503})


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """A request that is not answered, with its status and one sentence that says why.

    >>> problem = Problem(400, "The query cannot be parsed: expected '}'.", line=1, column=8)
    >>> json.loads(problem.body())["column"]
    8
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        retry_after: float | None = None,
        why: str | None = None,
        **members: object,
    ) -> None:
        super().__init__(detail)
        self._why = why
        self.status = status
        self.detail = detail[:_DETAIL_LENGTH]
        self.headers = dict(headers or {})
        if retry_after is None and status in _ASK_AGAIN:
            retry_after = 1
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, math.ceil(retry_after)))
        self.members = {key: value for key, value in members.items() if value is not None}

    @property
    def limit(self) -> str | None:
        """Return the name of the limit that was met, if it was one."""
        told = self.members.get("limit")
        return str(told["name"]) if isinstance(told, dict) else None

    @property
    def why(self) -> str | None:
        """Return what the log says of it: the limit that was met, or what else ended the work."""
        return self.limit or self._why

    def body(self) -> bytes:
        """Return the problem as JSON, at most 4 kB: of a longer detail, the beginning."""
        detail = self.detail
        # In JSON, a letter beyond ASCII takes six bytes or twelve.
        while len(written := self._written(detail)) > _MOST_BYTES and detail:
            detail = detail[: len(detail) // 2]
        return written

    def _written(self, detail: str) -> bytes:
        content = {
            "status": self.status,
            "title": HTTPStatus(self.status).phrase,
            "detail": detail,
            **self.members,
        }
        return json.dumps(content, separators=(",", ":")).encode()


def over_limit(
    status: int,
    name: str,
    value: float,
    unit: str,
    *,
    advice: str,
    retry_after: float | None = None,
) -> Problem:
    """Return the problem of a request that meets a limit, with the limit's name and value.

    >>> over_limit(413, "query_bytes", 65536, "bytes", advice="Send a shorter query.").detail
    'The limit query_bytes (65536 bytes) is exceeded. Send a shorter query.'
    """
    shown = int(value) if value == int(value) else value
    return Problem(
        status,
        f"The limit {name} ({shown} {unit}) is exceeded. {advice}",
        limit={"name": name, "value": value, "unit": unit},
        retry_after=value if retry_after is None and unit == "s" else retry_after,
    )


def not_allowed(method: str, allowed: str) -> Problem:
    """Return the problem of a method that a route does not take; `allowed` lists those it does.

    >>> not_allowed("PUT", "GET, HEAD").headers
    {'Allow': 'GET, HEAD'}
    """
    return Problem(405, f"{method} is not allowed here.", headers={"Allow": allowed})


def fault() -> Problem:
    """Return the problem of a request on which our own program failed, without its words."""
    return Problem(500, "This service has a fault, which its operator is told.")
