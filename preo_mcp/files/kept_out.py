"""What no tool reads or makes, whatever folder is allowed: this server's own files, hidden ones, keys.

Own files are compared by what they are and not by how they are spelled, so that a disk that takes `Master.KEY` for
`master.key`, or a second name of the same file, leads no further. What cannot be compared is kept out.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final

from preo_mcp.settings import Settings

KEY_SUFFIXES: Final = frozenset(
    {".asc", ".env", ".gpg", ".jks", ".kdbx", ".key", ".keystore", ".ovpn", ".p12", ".p8", ".pem", ".pfx", ".ppk"}
)
KEY_NAMES: Final = re.compile(
    r"(id_(rsa|dsa|ecdsa|ed25519)(_sk)?|credentials|passwd|shadow)(\.(bak|csv|json|old|txt|ya?ml))?", re.IGNORECASE
)
SANDBOX_FILES: Final = ("preo.db", "preo.db-wal", "preo.db-shm", "files")
"""What an embedded sandbox keeps in its folder."""
LOOKED_AT: Final = 4096
"""Bytes at the beginning of a file that give a key away."""

_PRIVATE_KEY: Final = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY")
_ONE_WORD: Final = re.compile(rb"\s*[A-Za-z0-9_+/=.:~-]{12,}\s*")

_Identity = tuple[int, int]


def why_kept_out(settings: Settings, path: Path, folder: Path) -> str | None:
    """Return why no tool may touch the real `path`, which lies in the allowed `folder`; None where one may.

    A hidden folder counts below the allowed one alone: who allows `~/.local/exports` means it.
    """
    places = [place.expanduser() for place in _own(settings)]
    if any(_leads_into(path, place) for place in places) or _is_another_name(path, places):
        return "the path leads to what preo-mcp keeps for itself: its key and its plans, the token, the audit, its data"
    if any(part.startswith(".") for part in path.relative_to(folder).parts):
        return "the path leads to a hidden file or folder, which no tool touches"
    if has_key_name(path.name):
        return "the file has the name of a key, which no tool touches"
    return None


def has_key_name(name: str) -> bool:
    """Return whether a file goes by the name of a key or of a list of passwords."""
    return PurePath(name).suffix.casefold() in KEY_SUFFIXES or KEY_NAMES.fullmatch(name) is not None


def why_secret(beginning: bytes, *, whole: bool) -> str | None:
    """Return why a file with this `beginning` is taken for a secret; `whole` where there is no more of it."""
    if _PRIVATE_KEY.search(beginning):
        return "it holds a private key"
    if whole and _ONE_WORD.fullmatch(beginning):
        return "it holds one word and nothing else, as files with a token or a secret do"
    return None


def _own(settings: Settings) -> Iterator[Path]:
    """Yield the server's own files and folders, as the settings have them."""
    yield settings.state_folder
    for file in (settings.token_file, settings.key_file, settings.corrections):
        if file is not None:
            yield file
    if settings.audit_file is not None:
        audit = settings.audit_file
        yield audit
        yield from audit.parent.glob(f"{audit.name}.*")  # older files, and the lock
    if settings.sandbox_data is not None:
        yield from (settings.sandbox_data / name for name in SANDBOX_FILES)


def _leads_into(path: Path, place: Path) -> bool:
    real = place.resolve()
    if path.is_relative_to(real):
        return True
    wanted = _identity(real)
    return wanted is not None and any(_identity(step) == wanted for step in (path, *path.parents))


def _is_another_name(path: Path, places: list[Path]) -> bool:
    """Whether a file with several names has one of them among the server's own."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # not there: nothing to be read
        return False
    if status.st_nlink < 2 or path.is_dir():
        return False
    wanted = (status.st_dev, status.st_ino)
    return any(_identity(file) == wanted for place in places if place.is_dir() for file in place.rglob("*"))


def _identity(path: Path) -> _Identity | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
