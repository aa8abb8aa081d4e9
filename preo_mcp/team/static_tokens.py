"""Static tokens: for scripts and small teams, shown once, kept as digests, revocable while a server runs.

A token is 256 random bits, so that its plain digest says nothing about it.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.audit.trail import locked
from preo_mcp.files.private_files import owner_only_folder, replace_private
from preo_mcp.settings import Preset
from preo_mcp.team.kept_file import KeptFile
from preo_mcp.team.principals import Right

FILE: Final = "tokens.json"
PREFIX: Final = "preo_"
TOKEN_BYTES: Final = 32
TOKEN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
NOT_DONE: Final = "The token was not changed"


class StaticToken(BaseModel):
    """A token as it is kept.

    Attributes:
        name: Whose it is.
        digest: SHA-256 of the token, in hexadecimal.
        made: When it was made, in UTC.
        rights: What it allows.
        preset: The kinds of work that it is for; empty for all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    digest: str
    made: datetime
    rights: tuple[Right, ...]
    preset: tuple[Preset, ...] = ()


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: tuple[StaticToken, ...] = ()


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token, and what is kept of it."""

    token: str
    kept: StaticToken


class StaticTokens:
    """The static tokens of a state folder."""

    def __init__(self, state_folder: Path) -> None:
        self._folder = state_folder
        self._path = state_folder / FILE
        self._file = KeptFile(self._path, _parsed, absent=_Kept())

    def listed(self) -> tuple[StaticToken, ...]:
        """Return all of them.

        Raises:
            ConfigurationError: they cannot be read.
        """
        return self._file.read().tokens

    def find(self, bearer: str) -> StaticToken | None:
        """Return what is kept of a token; it takes as long whichever it is, and where there is none.

        Raises:
            ConfigurationError: the tokens cannot be read, so that nobody is let in.
        """
        digest, found = _digest(bearer), None
        for token in self.listed():
            if hmac.compare_digest(token.digest, digest):
                found = token
        return found

    def add(self, name: str, rights: frozenset[Right], preset: tuple[Preset, ...] = ()) -> Issued:
        """Make a token, and return it: it cannot be shown again.

        Raises:
            ConfigurationError: the name is not one, or taken, or the tokens cannot be written.
        """
        if not TOKEN_NAME.fullmatch(name):
            why = "a name is up to 64 letters, digits, and . _ @ -, and begins with a letter or digit"
            raise ConfigurationError(NOT_DONE, why, "Give another name.")
        token = f"{PREFIX}{secrets.token_urlsafe(TOKEN_BYTES)}"
        in_order = tuple(right for right in Right if right in rights)
        kept = StaticToken(name=name, digest=_digest(token), made=datetime.now(UTC), rights=in_order, preset=preset)

        def add(tokens: tuple[StaticToken, ...]) -> tuple[StaticToken, ...]:
            if any(one.name == name for one in tokens):
                raise ConfigurationError(NOT_DONE, f"there is a token of {name}", f"preo-mcp token revoke {name}")
            return (*tokens, kept)

        self._change(add)
        return Issued(token, kept)

    def revoke(self, name: str) -> None:
        """Remove a token; a server that runs lets nobody in with it from its next look on.

        Raises:
            ConfigurationError: there is none of that name, or the tokens cannot be written.
        """

        def remove(tokens: tuple[StaticToken, ...]) -> tuple[StaticToken, ...]:
            left = tuple(one for one in tokens if one.name != name)
            if len(left) == len(tokens):
                raise ConfigurationError(NOT_DONE, f"there is no token of {name}", "See: preo-mcp token list")
            return left

        self._change(remove)

    def _change(self, change: Callable[[tuple[StaticToken, ...]], tuple[StaticToken, ...]]) -> None:
        try:
            owner_only_folder(self._folder)
            with locked(self._path.with_name(f"{FILE}.lock")):
                after = _Kept(tokens=change(self.listed()))
                replace_private(self._path, after.model_dump_json(indent=1).encode())
        except OSError as exc:
            why = f"{self._path} cannot be written ({exc.strerror or exc})"
            raise ConfigurationError(
                NOT_DONE, why, "Set PREO_STATE_FOLDER to a folder that you can write to."
            ) from None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _parsed(content: bytes) -> _Kept:
    try:
        return _Kept.model_validate(json.loads(content))
    except (ValidationError, ValueError, RecursionError):
        raise ValueError("it does not hold preo-mcp's tokens") from None
