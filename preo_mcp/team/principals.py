"""Who is signed in, with which rights, and why somebody is not."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from pydantic import SecretStr

from preo_mcp.settings import Preset

NAME: Final = re.compile(r"[A-Za-z0-9][\x21-\x7e]{0,127}")
"""What a principal can be called: it is an argument of a program, a word of the audit and part of a key."""


class Right(StrEnum):
    """What one who is signed in may do, by the scopes of OAuth."""

    READ = "preo.read"
    WRITE = "preo.write"
    APPROVE = "preo.approve"


ALL: Final = frozenset(Right)


@dataclass(frozen=True, slots=True)
class Principal:
    """One who is signed in.

    Attributes:
        name: What nobody else goes by: a static token's name, a member's name, or else the issuer's subject.
        rights: What their sign-in allows.
        preset: The kinds of work that it is for; empty for all.
        sign_in: What tells apart how they signed in: a static token's digest, or empty for the issuer's tokens.
        member: Their entry in the members file; empty where there is none.
        until: When the sign-in ends, in seconds since 1970; None where it does not by itself.
        bearer: The token itself where an exchange needs it, never sent to Preo.
    """

    name: str
    rights: frozenset[Right]
    preset: tuple[Preset, ...] = ()
    sign_in: str = ""
    member: str = ""
    until: float | None = None
    bearer: SecretStr | None = field(default=None, repr=False, compare=False)

    @property
    def may_approve(self) -> bool:
        """Whether they may say yes for a person: to their own questions, and to those of others where that is asked."""
        return Right.APPROVE in self.rights


class Refused(Exception):
    """A request that is not let in; none of its texts holds anything of a token.

    Args:
        status: Of HTTP: 401 where another sign-in may help, 403 where it does not, 503 where it cannot be told.
        why: What is wrong.
        next_step: What to do about it.
        error: The code of RFC 6750, section 3.1; None where no sign-in was tried.
        scope: The scopes that would do, where that is what is missing.
    """

    def __init__(
        self, status: int, why: str, next_step: str, error: str | None = None, scope: str | None = None
    ) -> None:
        super().__init__(f"{why} · {next_step}")
        self.status = status
        self.why = why
        self.next_step = next_step
        self.error = error
        self.scope = scope

    @classmethod
    def token(cls, why: str) -> Self:
        """Return the refusal of a token."""
        return cls(401, why, "Sign in again.", error="invalid_token")
