"""Keeping the account's token where a host's file can refer to it: in a file of its owner's alone, or the keyring.

Threat: hosts' files are synchronized, shown and sent to support; a token in one of them is out. So it is asked for
where nobody sees it typed, and only its place is written.
"""

import getpass
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from preo_mcp.api.errors import ConfigurationError, MissingExtra
from preo_mcp.client.connection import Connection
from preo_mcp.files.private_files import owner_only_folder, replace_private
from preo_mcp.settings import APPLICATION, KEYRING_MISSING, Settings

TOKEN_FILE: Final = "account.token"  # noqa: S105 - its name
KEYRING_NAME: Final = "account"
NOT_KEPT: Final = "The token was not kept"


def asked_token() -> str:
    """Return the token that a person types unseen, or the first line of what is piped in.

    Raises:
        ConfigurationError: it is empty, or no header can carry it.
    """
    is_typed = sys.stdin.isatty()
    token = (getpass.getpass("Token (it is not shown): ") if is_typed else sys.stdin.readline()).strip()
    if not token:
        raise ConfigurationError(
            NOT_KEPT, "none was given", "Type it, or give it on the first line of what is piped in."
        )
    Connection.of(Settings(token=SecretStr(token)))
    return token


def reference(state_folder: Path, *, in_keyring: bool) -> dict[str, str]:
    """Return the variable by which the server finds the kept token."""
    if in_keyring:
        return {"PREO_TOKEN_KEYRING": KEYRING_NAME}
    return {"PREO_TOKEN_FILE": str((state_folder / TOKEN_FILE).absolute())}


def keep(token: str, state_folder: Path, *, in_keyring: bool) -> None:
    """Keep the token in the system's keyring, or in a file that its owner alone can read.

    Raises:
        ConfigurationError: it cannot be kept there.
    """
    if in_keyring:
        return _keep_in_keyring(token)
    path = state_folder / TOKEN_FILE
    try:
        owner_only_folder(state_folder)
        replace_private(path, f"{token}\n".encode())
    except OSError as exc:
        why = f"{path} cannot be written ({exc.strerror or exc})"
        raise ConfigurationError(NOT_KEPT, why, "Set PREO_STATE_FOLDER to a folder that you can write to.") from None


def _keep_in_keyring(token: str) -> None:
    try:
        import_module("keyring").set_password(APPLICATION, KEYRING_NAME, token)
    except ModuleNotFoundError:
        raise MissingExtra(NOT_KEPT, *KEYRING_MISSING) from None
    except Exception as exc:  # noqa: BLE001 - each system's keyring has exceptions of its own
        why = f"the system's keyring did not take it ({type(exc).__name__})"
        raise ConfigurationError(NOT_KEPT, why, "Leave --keyring out, and it is kept in a file of yours.") from None
