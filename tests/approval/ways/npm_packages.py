"""What the tests take from npm, installed once from its lock file: the official host of MCP Apps, and axe."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from filelock import FileLock

FOLDER: Final = Path(__file__).with_name("npm")
MODULES: Final = FOLDER / "node_modules"
NPM: Final = shutil.which("npm")
WHY_NO_NPM: Final = "npm is not installed" if NPM is None else ""
SECONDS: Final = 300
REQUIRED: Final = "TESTS_NEED_BROWSER"
"""An environment variable: where it is set, what a browser or npm is missing for fails instead of being skipped."""


def skipped(why: str) -> bool:
    """Return whether tests that need something are skipped, because of `why` it is missing.

    Raises:
        AssertionError: it has to be there.
    """
    assert not (why and os.environ.get(REQUIRED)), why
    return bool(why)


@cache
def axe() -> str:
    """Return the script of axe-core."""
    _install()
    return (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@cache
def official_host() -> str:
    """Return `host.mjs` with all that it imports, as one script."""
    _install()
    made = [MODULES / ".bin" / "esbuild", "host.mjs", "--bundle", "--format=iife", "--log-level=error"]
    return subprocess.run(made, cwd=FOLDER, check=True, capture_output=True, text=True, timeout=SECONDS).stdout


@cache
def _install() -> None:
    """Install what the lock file names, unless it is there; of several processes one does."""
    lock, installed = FOLDER / "package-lock.json", MODULES / ".of-lock"
    MODULES.mkdir(exist_ok=True)
    with FileLock(FOLDER / ".npm.lock"):
        if installed.is_file() and installed.read_bytes() == lock.read_bytes():
            return
        assert NPM
        command = [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=FOLDER, check=True, stdin=subprocess.DEVNULL, timeout=SECONDS)
        installed.write_bytes(lock.read_bytes())
