"""The members file: who may sign in, at most with which rights, and where their token of Preo is.

`docs/team.md` shows one.
"""

import json
import tomllib
from pathlib import Path
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from preo_mcp.settings import Preset
from preo_mcp.team.kept_file import KeptFile
from preo_mcp.team.principals import ALL, NAME, Right

WHERE_TOKENS_ARE: Final = ("token_file", "token_keyring", "token_env")


class Member(BaseModel):
    """What the file says of one.

    Attributes:
        subject: What the provider's tokens call them; None for those who sign in with a static token alone.
        token_file: A file with their token of Preo; refused when others can read it.
        token_keyring: The name of that token in the system's keyring.
        token_env: The name of a variable with that token.
        sandbox_token: In its place where the server runs on the sandbox.
        rights: What they may do at most.
        preset: The kinds of work that they do; empty for all.
        deny: Tools that they are not offered.
        allowed_organizations: The only organizations to be worked on; empty for all.
        allowed_editions: The only editions to be worked on; empty for all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    subject: str | None = None
    token_file: Path | None = None
    token_keyring: str | None = None
    token_env: str | None = None
    sandbox_token: str | None = None
    rights: frozenset[Right] = ALL
    preset: tuple[Preset, ...] = ()
    deny: tuple[str, ...] = ()
    allowed_organizations: tuple[str, ...] = ()
    allowed_editions: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if sum(getattr(self, name) is not None for name in WHERE_TOKENS_ARE) > 1:
            raise ValueError(f"keep one of {', '.join(WHERE_TOKENS_ARE)}")
        return self


class Exchange(BaseModel):
    """How the provider exchanges a caller's token for one of Preo (RFC 8693).

    Attributes:
        client_id: What this server is called there.
        client_secret_file: A file with its secret; refused when others can read it.
        audience: For whom the token of Preo is asked.
        scope: Of that token; the provider's own choice where it is left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    client_id: str
    client_secret_file: Path
    audience: str
    scope: str | None = None


class Members(BaseModel):
    """The whole file.

    Attributes:
        claim: Which claim of the provider's tokens names a member; `email` only where it says that it was verified.
        members: By name.
        exchange: How tokens of Preo are had for those whose entry names none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    claim: str = "sub"
    members: dict[str, Member] = {}
    exchange: Exchange | None = None

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        subjects = [member.subject for member in self.members.values() if member.subject is not None]
        if len(set(subjects)) < len(subjects):
            raise ValueError("two members have the same subject")
        if not all(map(NAME.fullmatch, self.members)):
            raise ValueError("a member's name begins with a letter or digit, and has no spaces")
        return self

    def by_subject(self, subject: str) -> str | None:
        """Return the name of the member whom the provider calls so."""
        return next((name for name, member in self.members.items() if member.subject == subject), None)


def members_in(path: Path) -> KeptFile[Members]:
    """Return the members file at `path`, JSON where its name says so."""
    return KeptFile(path, _parsed_json if path.suffix == ".json" else _parsed_toml)


def _parsed_json(content: bytes) -> Members:
    try:
        return _checked(json.loads(content))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _parsed_toml(content: bytes) -> Members:
    return _checked(tomllib.loads(content.decode()))


def _checked(content: Any) -> Members:
    try:
        return Members.model_validate(content)
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where}: {first['msg']}" if where else first["msg"]) from None
