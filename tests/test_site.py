"""The site that `make docs` builds: without a warning, every link holds, and nothing is loaded from elsewhere."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from docs.generate import ROOT
from tests.approval.ways.chromium import WHY_NOT, Browser
from tests.approval.ways.npm_packages import skipped

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("material") is None, reason="mkdocs-material is not installed: pip install --group docs"
)
LOADED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src", "object": "data"}
ONLY_NAMED = {"canonical", "next", "prev", "alternate", "author", "license"}
"""What a <link> can be without being loaded."""


class Page(HTMLParser):
    """What a page loads, where it leads, and the ids that can be led to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.ids: set[str] = set()
        self.classes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.ids |= {has[name] for name in ("id", "name") if name in has}
        self.classes |= set(has.get("class", "").split())
        if LOADED.get(tag) in has:
            self.loads.append(has[LOADED[tag]])
        self.loads += [one.split()[0] for one in has.get("srcset", "").split(",") if one.strip()]
        if tag == "link" and not ONLY_NAMED & set(has.get("rel", "").split()):
            self.loads.append(has["href"])
        if tag == "a" and "href" in has:
            self.leads.append(has["href"])


def built(config: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build as `make docs` does, into another folder."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(site)]
    variables = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = built(ROOT / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    found = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    del found[site / "404.html"]  # its addresses are those of the place where the site will stand
    return found


def test_every_document_is_a_page(site: Path, pages: dict[Path, Page]) -> None:
    documents = {page.with_suffix(".html").name for page in (ROOT / "docs").glob("*.md")}
    outside = {"index.html", "bundles.html", "CONTRIBUTING.html", "SECURITY.html", "CHANGELOG.html"}
    assert {page.name for page in pages} == documents | outside
    assert not list(site.rglob("*.py"))


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert any(one.endswith(".css") for one in page.loads), path
        assert [one for one in page.loads if urlsplit(one).netloc] == [], path
        assert "mermaid" not in page.classes, f"{path}: a script from elsewhere would draw it"
    for sheet in site.rglob("*.css"):
        assert re.findall(r"""(?:url\(|@import)\s*["']?(?:https?:)?//[^)]*""", sheet.read_text(encoding="utf-8")) == []


def test_every_link_and_picture_is_there(site: Path, pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        for one in page.loads + page.leads:
            address = urlsplit(one)
            if not address.scheme:
                target = (path.parent / unquote(address.path)).resolve() if address.path else path
                target = target / "index.html" if target.is_dir() else target
                assert target.is_file(), f"{path.name}: {one}"
                assert not address.fragment or unquote(address.fragment) in pages[target].ids, f"{path.name}: {one}"
    pictures = {one for page in pages.values() for one in page.loads if one.endswith(".png")}
    assert len(pictures) >= len(list((ROOT / "docs" / "images").iterdir())) - 1  # that of a deletion is only linked


def test_a_badge_is_a_button(pages: dict[Path, Page], site: Path) -> None:
    assert "md-button" in pages[site / "index.html"].classes
    assert (
        sum(one.startswith(("https://cursor.com/", "https://vscode.dev/")) for one in pages[site / "index.html"].leads)
        == 2
    )


def test_a_diagram_is_told_as_a_table(site: Path) -> None:
    page = (site / "architecture.html").read_text(encoding="utf-8")
    assert re.search(r"<td>running</td>\s*<td>approved</td>\s*<td>Preo was certainly not reached</td>", page)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[nowhere](missing.md)", "missing.md"),
        ("[no place](index.md#missing)", "missing"),
        ("```mermaid\nstateDiagram-v2\n    a => b\n```", "'a => b' was not understood"),
    ],
)
def test_what_is_wrong_stops_the_build(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(f"# A page\n\n{text}\n", encoding="utf-8")
    whole = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    config = re.sub(r"^nav:\n.*?(?=^\S|\Z)", "nav: [page.md]\n", whole, flags=re.MULTILINE | re.DOTALL)
    config = config.replace("docs/site.py", (ROOT / "docs" / "site.py").as_posix()).replace("index.md", "page.md")
    config = config.replace("omitted_files: warn", "omitted_files: ignore")
    (tmp_path / "mkdocs.yml").write_text(config, encoding="utf-8")
    done = built(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode == 1
    assert says in done.stderr


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that does not talk."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The address at which the site is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
@pytest.mark.parametrize("name", ["index.html", "architecture.html", "tools.html"])
def test_a_browser_asks_for_nothing_from_elsewhere(name: str, served: str, browser: Browser) -> None:
    tab = browser.tab(f"{served}/{name}")
    tab.until("document.readyState == 'complete' && document.querySelector('.md-header')")
    tab.run("document.querySelector('.md-search__input').focus()")  # what the search needs is fetched only now
    tab.until("performance.getEntriesByType('resource').some((one) => one.name.endsWith('search_index.json'))")
    asked: list[str] = tab.run("performance.getEntriesByType('resource').map((one) => one.name)")
    assert [one for one in asked if not one.startswith((served, "data:"))] == []
    assert tab.complaints() == []
