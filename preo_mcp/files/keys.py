"""The secret of a preo-mcp, from which all keys are derived: kept in the state folder and made once, or given.

Replicas are given one and the same, in a file that no start makes: two that each made their own would not understand
each other. It signs nothing that others rely on. It seals the state of questions, and it turns personal data into
digests by which two lines of the audit can be seen to be about the same customer, and from which no phone number can be
guessed.
"""

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path
from typing import Final

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.files.private_files import UnsafeFileError, open_private, owner_only_folder
from preo_mcp.settings import Settings

KEY_FILE: Final = "master.key"
KEY_BYTES: Final = 32
DIGEST_CHARACTERS: Final = 16
"""64 bits: enough to tell the customers of an account apart."""

MOST_BYTES: Final = 1024
"""Of a key file that is given, more than any form of a key has."""
HEXADECIMAL: Final = re.compile(rb"\s*([0-9A-Fa-f]{%d})\s*" % (2 * KEY_BYTES))

_CONTEXT: Final = b"preo-mcp 1 "
_NO_KEY: Final = "The key of preo-mcp cannot be used"


class Keys:
    """Keys and digests by purpose; those of one purpose say nothing about those of another.

    Args:
        master: `KEY_BYTES` random bytes.
    """

    def __init__(self, master: bytes) -> None:
        self._master = master

    @classmethod
    def of(cls, settings: Settings) -> "Keys":
        """Return the keys of `settings`: of the key file that they name, else of the state folder.

        Raises:
            ConfigurationError: the file cannot be read or made, is no key, or others can read it.
        """
        return cls.load(settings.state_folder) if settings.key_file is None else cls.given(settings.key_file)

    @classmethod
    def given(cls, path: Path) -> "Keys":
        """Return the keys of a file with `KEY_BYTES` bytes, or twice as many hexadecimal digits; a link is followed.

        Raises:
            ConfigurationError: it is not there, cannot be read, others can read it, or it is no key.
        """
        try:
            # What keeps secrets for containers puts them behind links.
            with os.fdopen(open_private(path.expanduser().resolve(strict=True), os.O_RDONLY), "rb") as file:
                held = file.read(MOST_BYTES)
        except UnsafeFileError as exc:
            raise ConfigurationError(_NO_KEY, f"{path}: {exc}", f"Run: chmod 600 {path}") from None
        except (OSError, RuntimeError) as exc:  # the latter for a home that nobody has
            why = f"{path} cannot be read ({getattr(exc, 'strerror', None) or type(exc).__name__})"
            raise ConfigurationError(_NO_KEY, why, "Correct PREO_KEY_FILE.") from None
        written = HEXADECIMAL.fullmatch(held)
        master = held if written is None else bytes.fromhex(written[1].decode())
        if len(master) != KEY_BYTES:
            next_step = f"Make one for all replicas: openssl rand -hex {KEY_BYTES}"
            raise ConfigurationError(_NO_KEY, f"{path} holds no key", next_step)
        return cls(master)

    @classmethod
    def load(cls, state_folder: Path) -> "Keys":
        """Return the keys of `state_folder`; its key file is made where there is none, also by two processes at once.

        Raises:
            ConfigurationError: the file cannot be read or made, is no key, or others can read it or enter the folder.
        """
        path = state_folder / KEY_FILE
        try:
            folder = _made(state_folder)
            try:
                master = _read(path)
            except FileNotFoundError:
                _make(folder, path)
                master = _read(path)
        except UnsafeFileError as exc:
            raise ConfigurationError(_NO_KEY, f"{path}: {exc}", _remedy(path)) from None
        except OSError as exc:
            why = f"{path} cannot be read or made ({exc.strerror or type(exc).__name__})"
            next_step = "Set PREO_STATE_FOLDER to a folder that you can write to."
            raise ConfigurationError(_NO_KEY, why, next_step) from None
        if len(master) != KEY_BYTES:
            raise ConfigurationError(_NO_KEY, f"{path} holds no key", _remedy(path))
        return cls(master)

    def derived(self, purpose: str) -> bytes:
        """Return the key of 32 bytes for `purpose`, always the same."""
        return hmac.digest(self._master, _CONTEXT + purpose.encode(), hashlib.sha256)

    def digest(self, purpose: str, text: str) -> str:
        """Return what tells `text` apart without showing it: `DIGEST_CHARACTERS` hexadecimal characters."""
        # Text of a host may hold half a surrogate pair, which has no UTF-8.
        whole = hmac.new(self.derived(purpose), text.encode(errors="surrogatepass"), hashlib.sha256)
        return whole.hexdigest()[:DIGEST_CHARACTERS]


def _made(folder: Path) -> Path:
    try:
        return owner_only_folder(folder)
    except UnsafeFileError as exc:
        next_step = f"Run: chmod 700 {folder} (or set PREO_STATE_FOLDER to another folder)."
        raise ConfigurationError("The state folder cannot be used", f"{folder}: {exc}", next_step) from None


def _read(path: Path) -> bytes:
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        return file.read(KEY_BYTES + 1)


def _make(folder: Path, path: Path) -> None:
    """Put a whole key in its place at once; the key of another process that was faster stays."""
    draft = folder / f".{KEY_FILE}.{secrets.token_hex(8)}"
    try:
        with os.fdopen(open_private(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)


def _remedy(path: Path) -> str:
    return (
        f"Remove {path}, and a new key is made (open questions are asked again), or set PREO_STATE_FOLDER to another "
        "folder."
    )
