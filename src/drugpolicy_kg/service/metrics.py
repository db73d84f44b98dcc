"""The numbers of the service in the text format that Prometheus reads.

The format is a few lines of text per number, so that it needs no package: counters and one
histogram are kept here, the rest is read from where it stands when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drugpolicy_kg.service.journal import Record

    Labels = tuple[tuple[str, str], ...]
    # A Mapping is not covariant in its keys, which are Labels.
    Values = Mapping[Any, float]
    Family = tuple[str, str, str, Values]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_MILLISECONDS: Final = (1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 20_000)
_BOUNDS: Final = tuple(bound / 1000 for bound in _MILLISECONDS)


class Metrics:
    """What was counted since the start.

    >>> from drugpolicy_kg.service.journal import Record
    >>> metrics = Metrics()
    >>> metrics.observe(Record("GET", "/sparql", "", status=200, seconds=0.002))
    >>> 'drugpolicy_requests_total{route="/sparql",status="200"} 1' in metrics.text([])
    True
    """

    def __init__(self) -> None:
        self._requests: Counter[Labels] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}
        self._cached = 0
        self._bytes = 0

    def observe(self, record: Record) -> None:
        """Count a request that was answered."""
        self._requests[(("route", record.route), ("status", str(record.status)))] += 1
        buckets = self._buckets.setdefault(record.route, [0] * (len(_BOUNDS) + 1))
        buckets[bisect_left(_BOUNDS, record.seconds)] += 1
        self._sums[record.route] = self._sums.get(record.route, 0.0) + record.seconds
        self._cached += record.cached
        self._bytes += record.length

    def text(self, others: Iterable[Family]) -> str:
        """Return all numbers, those that were counted here and others with name, kind and help."""
        families: list[Family] = [
            ("requests_total", "counter", "Requests by route and status.", {**self._requests}),
            ("cached_total", "counter", "Requests answered from memory.", {(): self._cached}),
            ("sent_bytes_total", "counter", "Bytes of answers.", {(): self._bytes}),
            *others,
        ]
        lines: list[str] = []
        for name, kind, about, values in families:
            lines += [f"# HELP drugpolicy_{name} {about}", f"# TYPE drugpolicy_{name} {kind}"]
            lines += [
                f"drugpolicy_{name}{_written(labels)} {value:g}"
                for labels, value in sorted(values.items())
            ]
        return "\n".join([*lines, *self._histogram()]) + "\n"

    def _histogram(self) -> list[str]:
        name = "drugpolicy_request_seconds"
        lines = [f"# HELP {name} How long requests took.", f"# TYPE {name} histogram"]
        for route, buckets in sorted(self._buckets.items()):
            total = 0
            for bound, count in zip((*map(str, _BOUNDS), "+Inf"), buckets, strict=True):
                total += count
                labels = _written((("route", route), ("le", bound)))
                lines.append(f"{name}_bucket{labels} {total}")
            label = _written((("route", route),))
            lines += [f"{name}_sum{label} {self._sums[route]:g}", f"{name}_count{label} {total}"]
        return lines


def _written(labels: Labels) -> str:
    r"""Return labels as the format has them.

    >>> _written((("a", 'x"y'),))
    '{a="x\\"y"}'
    """
    if not labels:
        return ""
    pairs = []
    for name, value in labels:
        escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        pairs.append(f'{name}="{escaped}"')
    return "{" + ",".join(pairs) + "}"
