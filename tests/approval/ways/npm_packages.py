"""What tests take from npm, installed once from a lock file: the official host of MCP Apps, axe, and for `bundles`."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from filelock import FileLock

FOLDER: Final = Path(__file__).with_name("npm")
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
    modules = installed(FOLDER)
    return (modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@cache
def official_host() -> str:
    """Return `host.mjs` with all that it imports, as one script."""
    modules = installed(FOLDER)
    made = [modules / ".bin" / "esbuild", "host.mjs", "--bundle", "--format=iife", "--log-level=error"]
    return subprocess.run(made, cwd=FOLDER, check=True, capture_output=True, text=True, timeout=SECONDS).stdout


@cache
def installed(folder: Path) -> Path:
    """Return the modules of a folder's lock file, installed unless they are there; of several processes one does."""
    lock, modules = folder / "package-lock.json", folder / "node_modules"
    of_lock = modules / ".of-lock"
    modules.mkdir(exist_ok=True)
    with FileLock(folder / ".npm.lock"):
        if of_lock.is_file() and of_lock.read_bytes() == lock.read_bytes():
            return modules
        assert NPM
        command = [NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, timeout=SECONDS)
        of_lock.write_bytes(lock.read_bytes())
    return modules
