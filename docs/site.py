"""What mkdocs is told in Python (`hooks` of mkdocs.yml): pages that stand outside of docs/, and pages without scripts.

Pages are written for those who read them in the repository; the site gets them as it needs them. Nothing on it is
loaded from elsewhere: a badge becomes a button, and a diagram, which a script from elsewhere would draw, a table.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT: Final = Path(__file__).parents[1]
OUTSIDE: Final = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "SECURITY.md": "SECURITY.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "bundles/README.md": "bundles.md",
}
"""By the path in the repository: the page on the site."""
ICON: Final = ROOT / "bundles" / "mcpb" / "icon.png"

_LINK: Final = re.compile(r"""(\]\(|src=")(?![a-z]+:|#)([^)"#\s]+)""")
_BADGE: Final = re.compile(r"\[!\[([^\]]*)\]\(https?://[^)]*\)\](\([^)]*\))")
_DIAGRAM: Final = re.compile(r"^```mermaid\nstateDiagram-v2\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_MOVE: Final = re.compile(r" *(?P<old>\[\*\]|\w+) --> (?P<new>\w+)(?:: (?P<when>.+))?")


class Addressed(Protocol):
    """A page, of which the file matters here."""

    file: File


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside, and the icon."""
    for source, page in OUTSIDE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    files.append(File.generated(config, "images/icon.png", abs_src_path=str(ICON)))
    return files


def on_page_markdown(markdown: str, page: Addressed, **_: object) -> str:
    """Return a page as the site has it.

    Raises:
        PluginError: a diagram has a line that is no move between two states.
    """
    source = next((path for path, moved in OUTSIDE.items() if moved == page.file.src_uri), f"docs/{page.file.src_uri}")
    here = _LINK.sub(lambda link: link[1] + to_site(link[2], source), markdown)
    return _DIAGRAM.sub(lambda diagram: "\n".join(_table(diagram[1])), _BADGE.sub(r"[\1]\2{ .md-button }", here))


def to_site(link: str, source: str) -> str:
    """Return where a link of a page of the repository leads on the site; `source` is that page's path."""
    path = (ROOT / source).parent.joinpath(link).resolve()
    if not path.is_relative_to(ROOT):
        return link
    within = path.relative_to(ROOT).as_posix()
    return OUTSIDE.get(within) or within.removeprefix("docs/")


def _table(moves: str) -> Iterator[str]:
    yield from ("| from | to | when |", "|---|---|---|")
    for line in moves.splitlines():
        move = _MOVE.fullmatch(line)
        if move is None:
            raise PluginError(
                f"{line.strip()!r} was not understood in a diagram; draw it plainer, or teach docs/site.py"
            )
        yield f"| {'(new)' if move['old'] == '[*]' else move['old']} | {move['new']} | {move['when'] or ''} |"
    yield ""
