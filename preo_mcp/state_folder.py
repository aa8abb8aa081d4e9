"""Where preo-mcp keeps what must outlive a process: plans, keys, the audit."""

import os
import sys
from pathlib import Path

APPLICATION = "preo-mcp"


def default_state_folder() -> Path:
    """Return the folder for state by the platform's custom (XDG Base Directory Specification on Linux)."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / APPLICATION
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / APPLICATION
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / APPLICATION


def private_folder(folder: Path) -> Path:
    """Make `folder`, and return it; what is made is open to its owner alone.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
