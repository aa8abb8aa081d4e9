"""`python -m docs.run_picture` (`make pictures`): `preo-mcp demo` as it runs, shortened, as a picture for the README.

Every line is one that the run wrote; where lines are left out stands ⋯.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final

from docs.generate import ROOT

PICTURE: Final = ROOT / "docs" / "images" / "run.png"
SIZE: Final = "1070,815"
SHOWN: Final = (
    "→ prepare_import(edition_id",
    "  │ announced",
    "  │ products | 2 orders",
    "  │ price |",
    "  │ phones |",
    "Nothing is uploaded before",
    "→ prepare_import(source",
    "  │ left out:",
    "  │ written |",
    "Before anything is written",
    "→ start_import",
    "The host asks a person",
    "  │ Import 24",
    "  │ Account",
    "  │ Orders",
    "  │ Amount",
    "  │ Undo",
    "The demonstration answers",
    "What changed",
    "  customers",
    "  orders",
    "  purchases",
    "  turnover",
)
"""How the lines begin that are shown, in their order; of several the first that comes next."""

PARAGRAPHS: Final = ("→ prepare_import(edition_id", "Nothing", "Before", "The", "What")
"""How the lines begin that an empty one stands before."""

STYLE: Final = """
body { margin: 0; background: #10131a; color: #c9d1d9; font: 14px/1.52 "DejaVu Sans Mono", Menlo, Consolas, monospace; }
header { background: #1b2029; padding: 11px 16px; display: flex; gap: 8px; }
header i { width: 12px; height: 12px; border-radius: 6px; background: #3b4252; }
main { padding: 14px 22px; white-space: pre; }
.call { color: #7aa2ff; font-weight: bold; }
.asks { color: #ffc66d; font-weight: bold; }
.question { color: #ffe2ad; }
.deed { color: #fff; font-weight: bold; }
.said { color: #8ddb8c; }
.gap { color: #5b6472; }
.bar { color: #5b6472; }
"""


def main() -> None:
    """Run the demonstration and take the picture."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("the picture was not taken · there is no chromium · install it")
    command = [sys.executable, "-m", "preo_mcp", "demo"]
    run = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "run.html"
        page.write_text(as_page(run), encoding="utf-8")
        taken = [f"--screenshot={PICTURE}", f"--window-size={SIZE}", "--force-device-scale-factor=2"]
        quiet = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={folder}"]
        subprocess.run([chromium, *quiet, *taken, page.as_uri()], check=True, capture_output=True)


def as_page(run: str) -> str:
    """Return a run's lines as a page that looks like a terminal."""
    lines = "\n".join(("$ preo-mcp demo", *(marked_up(line) for line in shortened(run))))
    return f"<meta charset=utf-8><style>{STYLE}</style><header><i></i><i></i><i></i></header><main>{lines}</main>"


def shortened(run: str) -> Iterator[str]:
    """Yield the lines that are shown, each at its place, and ⋯ where others stood between.

    Raises:
        ValueError: a line that is to be shown does not come.
    """
    lines = iter(run.splitlines())
    for beginning in SHOWN:
        skipped = False
        for line in lines:
            if line.startswith(beginning):
                break
            skipped = skipped or bool(line.strip("│─ "))
        else:
            raise ValueError(f"the run has no line that begins with {beginning!r} at its place")
        if not beginning.startswith(" "):
            yield from ("",) * beginning.startswith(PARAGRAPHS)
        elif skipped:
            yield "  │ ⋯"
        yield line


def marked_up(line: str) -> str:
    """Return a line with the class of its kind."""
    kinds = {"→": "call", "The host asks": "asks", "  │ Import": "deed", "  │ ⋯": "gap", "The demo": "said"}
    kind = next((name for start, name in kinds.items() if line.startswith(start)), "line")
    bar, text = ("  │ ", line[4:]) if line.startswith("  │ ") else ("", line)
    return f'<span class="bar">{bar}</span><span class="{kind}">{escape(text)}</span>'


if __name__ == "__main__":
    main()
