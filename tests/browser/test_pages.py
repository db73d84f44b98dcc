"""The pages in a real browser: Debian's headless Chromium, light and dark, wide and narrow."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.debian

PAGES = (
    "",
    "id/plan/com-2020-606/action/1.html?lang=da",
    "queries/actions.html",
    "graph/authorities.html",
    "sparql",
    "queries",
    "queries/places.html?lang=da",
    "docs",
    "about?lang=da",
    "ontology.html",
    "shapes.html?lang=da",
)
CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is not installed; .ci/run installs it")
        pytest.skip("chromium is not installed: apt-get install chromium, or run .ci/run")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "drugpolicy_kg", "serve", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        url = f"http://127.0.0.1:{port}/"
        for _ in range(200):
            try:
                urllib.request.urlopen(f"{url}ready")  # noqa: S310  our own server
            except OSError:
                time.sleep(0.1)
            else:
                break
        yield url
        server.terminate()
        assert server.wait(20) == 0


def _chromium(tmp_path: Path, *arguments: str) -> str:
    assert CHROMIUM is not None
    answer = subprocess.run(
        [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    return answer.stdout


class _Foreign(HTMLParser):
    """Gathers what a page would load, and its visible words."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A canonical address, a licence and other formats are named, not loaded.
        sheet = tag == "link" and ("rel", "stylesheet") in attrs
        for name, value in attrs:
            loads = name == "src" or (sheet and name == "href")
            if loads and value:
                self.loaded.append(value)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_its_words_and_loads_nothing_from_elsewhere(
    address: str, tmp_path: Path, page: str
) -> None:
    parser = _Foreign()
    parser.feed(_chromium(tmp_path, "--dump-dom", address + page))
    assert len(" ".join(parser.words).split()) > 30
    foreign = [url for url in parser.loaded if "//" in url and not url.startswith(address)]
    assert foreign == []


@pytest.mark.parametrize("page", PAGES[:4])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [1280, 420])
def test_a_page_is_painted_light_and_dark_wide_and_narrow(
    address: str, tmp_path: Path, page: str, *, dark: bool, width: int
) -> None:
    picture = tmp_path / "page.png"
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    _chromium(
        tmp_path, f"--window-size={width},900", f"--screenshot={picture}", *scheme, address + page
    )
    # A page without words compresses to a few hundred bytes.
    assert picture.stat().st_size > 10_000


def test_the_rows_of_a_saved_query_stand_in_the_page(address: str, tmp_path: Path) -> None:
    dom = _chromium(tmp_path, "--dump-dom", f"{address}queries/actions.html?plan=com-2023-641")
    assert dom.count("<tr") == 1 + 17
    assert "Strengthening law enforcement operations in ports" in dom
