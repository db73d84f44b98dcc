"""The page that says which way to grow has the figures that were measured, and no others."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from drugpolicy_kg import releases, resources
from tests.benchmarks import growth
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = growth.PAGE.read_text(encoding="utf-8")
HEAD = ["query", "clients", "engine", "per second"]


def parts(folder: Path, *rows: list[str], triples: str = "2,000") -> growth.Figures:
    tables = [
        {"title": f"{triples} triples", "head": HEAD, "rows": list(rows)},
        {
            "title": f"Memory at {triples} triples after that",
            "head": ["engine", "MiB", "start s"],
            "rows": [["drugpolicy-kg", "100", "1"], ["Virtuoso", "300", "4"]],
        },
    ]
    (folder / "engines.json").write_text(json.dumps({"tables": tables}), encoding="utf-8")
    return growth.read(folder)


def test_the_page_has_the_figures_of_the_parts_that_were_measured() -> None:
    assert growth.fill(PAGE, growth.read()) == PAGE, "Run: python -m tests.benchmarks.growth"
    figures = growth.read()
    assert figures.sizes
    for size in figures.sizes:
        assert f"| {size:,} |" in PAGE


def test_all_plans_so_far_are_as_small_as_the_page_says() -> None:
    triples = sum(graph.triples for graph in releases.read_manifest(resources.graphs()).graphs)
    assert "have some 100,000 triples" in PAGE
    assert 70_000 < triples < 150_000


def test_a_figure_that_was_edited_by_hand_is_written_again() -> None:
    edited = re.sub(r"(?<=\| 10,000 \| )[\d.]+", "0.001", PAGE)
    assert edited != PAGE
    assert growth.fill(edited, growth.read()) == PAGE


def test_a_slow_query_is_named_at_the_largest_size(tmp_path: Path) -> None:
    figures = parts(
        tmp_path,
        ["look-up", "16", "drugpolicy-kg", "3,000"],
        ["look-up", "16", "Virtuoso", "1,000"],
        ["text scan", "16", "drugpolicy-kg", "10"],
        ["text scan", "16", "Virtuoso", "1,000"],
        ["text scan", "1", "Virtuoso", "7"],
    )
    block = "<!-- bench: {} --><!-- /bench -->"
    slower = growth.fill(block.format("slower-than-virtuoso"), figures)
    assert "at 2,000 triples: text scan (0.01 ×)" in slower
    assert "look-up" not in slower
    assert "| look-up | 3 × |" in growth.fill(block.format("beside-virtuoso"), figures)
    assert "| 2,000 | – | 100 | 3 | 3,000 |" in growth.fill(block.format("by-size"), figures)


def test_the_room_for_triples_follows_from_what_one_takes(tmp_path: Path) -> None:
    figures = parts(tmp_path, triples="1,000,000")
    [told] = re.findall(r"beside some ([\d,]+) triples", growth.fill(PAGE, figures))
    # 105 bytes each, of half of 4 GiB without two workers of 1 GiB, 256, 64 and 128 MiB.
    assert 6_000_000 < int(told.replace(",", "")) < 9_000_000


def test_what_was_not_measured_is_said_to_be_so(tmp_path: Path) -> None:
    empty = growth.fill(PAGE, growth.read(tmp_path))
    assert empty.count("not measured yet") == 3
    assert "Not measured yet." in empty
    for block in re.findall(r"<!-- bench: [a-z-]+ -->(.*?)<!-- /bench -->", empty, re.DOTALL):
        assert not re.search(r"\d{3}", block)


def test_a_block_without_a_writer_is_an_error() -> None:
    with pytest.raises(KeyError, match="none-such"):
        growth.fill("<!-- bench: none-such --><!-- /bench -->", growth.Figures())


def test_the_page_is_pointed_to_and_points_to_what_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "[which way to grow, at which size](src/drugpolicy_kg/service/README.md)" in readme
    targets = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert len(targets) > 2
    for target in targets:
        assert (growth.PAGE.parent / target).exists(), target
