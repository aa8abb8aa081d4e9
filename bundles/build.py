"""`python -m bundles.build` (`make packages`): the wheel and what carries it, into `dist/`.

- `preo_mcp-VERSION-py3-none-any.whl`: what `uvx --from` runs.
- `preo-mcp-VERSION.mcpb`: for Claude Desktop; a zip archive of `bundles/mcpb` with the wheel.
- `claude/`: a marketplace for Claude Code with the one plugin; the wheel stands in the plugin.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from bundles.generate import HERE, ROOT, WHEEL
from preo_mcp import __version__

DIST: Final = ROOT / "dist"
BUNDLE: Final = f"preo-mcp-{__version__}.mcpb"


def main() -> None:
    """Build all three."""
    wheel = build_wheel(DIST)
    built = (wheel, build_bundle(wheel, DIST), build_plugin(wheel, DIST))
    sys.stdout.write("".join(f"{path.relative_to(ROOT)}\n" for path in built))


def build_wheel(into: Path) -> Path:
    """Build the wheel from the checkout, without the network; return its path.

    Raises:
        CalledProcessError: the build failed, and said why on stderr.
    """
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)], cwd=ROOT, check=True)
    return into / WHEEL


def build_bundle(wheel: Path, into: Path) -> Path:
    """Pack the MCPB bundle: `bundles/mcpb` with the wheel beside it; return its path."""
    bundle = into / BUNDLE
    with tempfile.TemporaryDirectory() as folder:
        staged = Path(folder) / "mcpb"
        shutil.copytree(HERE / "mcpb", staged, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy2(wheel, staged)
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(staged.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(staged).as_posix())
    return bundle


def build_plugin(wheel: Path, into: Path) -> Path:
    """Copy the marketplace of the plugin, with the wheel in the plugin; return its folder."""
    folder = into / "claude"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "claude", folder)
    shutil.copy2(wheel, folder / "preo")
    return folder


if __name__ == "__main__":
    main()
