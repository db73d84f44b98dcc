"""The cache of answers takes as much memory as it may, whatever the answers are like."""

from __future__ import annotations

import tracemalloc

import pytest

from drugpolicy_kg.service.cache import Kept, Results

MOST = 4 * 2**20


def kept(number: int, body: int, headers: int) -> Kept:
    pairs = [(b"content-type", b"text/csv")]
    pairs += [(b"link", b"</cite?query=%d>" % number * 10) for _ in range(headers)]
    return Kept(pairs, b"%d" % number * body, 1)


@pytest.mark.parametrize(("body", "headers"), [(1, 0), (1, 6), (10, 2), (4_000, 2)])
def test_memory_is_what_is_counted(body: int, headers: int) -> None:
    tracemalloc.start()
    try:
        results = Results(MOST)
        # Enough to push many of them out again.
        for number in range(20_000):
            results.keep(f'"{number:064}"', kept(number, body, headers))
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert MOST * 0.8 < results.size <= MOST
    assert results.size / 2 < taken < 1.25 * results.size


def test_answer_asked_for_last_stays() -> None:
    results = Results(64 * 2_000)
    for number in range(200):
        results.keep(str(number), kept(number, 1, 0))
        assert results.find("0") is not None
    assert results.find("1") is None
    assert results.find("199") is not None
    results.keep("large", Kept([], b"x" * 3_000, 1))
    assert results.find("large") is None
