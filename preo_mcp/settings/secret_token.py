"""The account's token: where it is kept, and how it is read."""

import os
import stat
from importlib import import_module
from pathlib import Path
from typing import Final

from preo_mcp.api.errors import ConfigurationError, MissingExtra, to_get

APPLICATION: Final = "preo-mcp"
NOT_STARTED = "preo-mcp did not start"
KEYRING_MISSING: Final = ("the package keyring is not installed", to_get("install"))
"""Why the system's keyring cannot be used, and what to do about it."""


def token_in_file(path: Path) -> str:
    """Return the token in a file; empty where there is none in it.

    Raises:
        ConfigurationError: it cannot be read, or others can read it too.
    """
    try:
        mode = path.stat().st_mode
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        why = f"the token file cannot be read ({type(exc).__name__})"
        raise ConfigurationError(NOT_STARTED, why, "Correct PREO_TOKEN_FILE.") from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        why = "other users of this computer can read the token file"
        raise ConfigurationError(NOT_STARTED, why, f"Run: chmod 600 {path}")
    return token


def token_in_keyring(name: str) -> str:
    """Return the token of a name in the system's keyring.

    Raises:
        ConfigurationError: it is not there, or the keyring cannot be read.
    """
    try:
        token = import_module("keyring").get_password(APPLICATION, name)
    except ModuleNotFoundError:
        raise MissingExtra(NOT_STARTED, *KEYRING_MISSING) from None
    except Exception as exc:  # noqa: BLE001 - each system's keyring has exceptions of its own
        why = f"the system's keyring cannot be read ({type(exc).__name__})"
        raise ConfigurationError(NOT_STARTED, why, "Unlock it, or set PREO_TOKEN_FILE instead.") from None
    if token is None:
        why = f"the system's keyring has no {name} of {APPLICATION}"
        raise ConfigurationError(NOT_STARTED, why, "Run: preo-mcp setup")
    return str(token).strip()
