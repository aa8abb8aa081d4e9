"""From the bearer of a request to who sends it: a static token's holder, or one whom the provider vouches for."""

import logging
from collections.abc import Mapping
from typing import Any, Final, cast

from pydantic import SecretStr

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.team.jwts import JwtVerifier
from preo_mcp.team.kept_file import KeptFile
from preo_mcp.team.members import Member, Members
from preo_mcp.team.principals import NAME, Principal, Refused, Right
from preo_mcp.team.static_tokens import PREFIX, StaticToken, StaticTokens

SCHEME: Final = b"bearer"
NO_END: Final = 2**40
"""A moment that is later than any, in seconds since 1970."""
NO_ENTRY: Final = "Ask whoever runs this server for an entry in its members file."

logger = logging.getLogger(__name__)


class SignIn:
    """Who may come in, as the files say now.

    Args:
        tokens: The static tokens.
        verifier: Of the provider's tokens; None without a provider.
        members: The members file; None without one.
    """

    def __init__(self, tokens: StaticTokens, verifier: JwtVerifier | None, members: KeptFile[Members] | None) -> None:
        self._tokens = tokens
        self._verifier = verifier
        self._members = members

    async def principal(self, authorization: bytes | None) -> Principal:
        """Return who sends a request with this `Authorization`.

        Raises:
            Refused: nobody, as far as can be told.
        """
        if authorization is None:
            raise Refused(401, "it needs a sign-in", "Sign in, or send Authorization: Bearer TOKEN.")
        scheme, _, credentials = authorization.partition(b" ")
        bearer = credentials.strip().decode("latin-1")
        if scheme.lower() != SCHEME or not bearer:
            raise Refused(401, "it needs a bearer token", "Sign in, or send Authorization: Bearer TOKEN.")
        try:
            if bearer.startswith(PREFIX) or self._verifier is None:
                return self._by_static_token(bearer)
            return self._by_claims(await self._verifier.claims(bearer), bearer)
        except ConfigurationError as exc:
            raise _unreadable(exc) from None

    def member(self, principal: Principal) -> Member | None:
        """Return a principal's entry; None where there is no members file.

        Raises:
            Refused: they have none any longer, or the file cannot be read.
        """
        try:
            members = self.members()
        except ConfigurationError as exc:
            raise _unreadable(exc) from None
        if members is None:
            return None
        found = members.members.get(principal.member)
        if found is None:
            raise Refused(403, f"{principal.name} is signed in, and is no member of this server", NO_ENTRY)
        return found

    def members(self) -> Members | None:
        """Return the members file as it is now; None where there is none.

        Raises:
            ConfigurationError: it cannot be read.
        """
        return None if self._members is None else self._members.read()

    def still(self, principal: Principal, member: Member | None) -> bool:
        """Return whether a principal would come in now as they did, with the same entry."""
        try:
            known = not principal.sign_in or any(_is_of(principal, token) for token in self._tokens.listed())
            return known and self.member(principal) == member
        except (ConfigurationError, Refused):
            return False

    def _by_static_token(self, bearer: str) -> Principal:
        token = self._tokens.find(bearer)
        if token is None:
            raise Refused.token("the token is not known, or was revoked")
        members = self.members()
        if members is not None and token.name not in members.members:
            raise Refused(403, f"{token.name} is signed in, and is no member of this server", NO_ENTRY)
        member = "" if members is None else token.name
        return Principal(token.name, frozenset(token.rights), token.preset, token.digest, member)

    def _by_claims(self, claims: Mapping[str, Any], bearer: str) -> Principal:
        members = self.members()
        claim = "sub" if members is None else members.claim
        subject = claims.get(claim)
        if claim == "email" and claims.get("email_verified") is not True:
            subject = None
        if not isinstance(subject, str) or not subject:
            raise Refused(403, f"the token does not say who you are ({claim})", "Ask whoever runs the provider.")
        if members is None:
            name = subject
            if not NAME.fullmatch(name) or any(token.name == name for token in self._tokens.listed()):
                raise Refused(403, "the provider's name of you cannot be used here", NO_ENTRY)
        elif (name := members.by_subject(subject)) is None:
            logger.warning("somebody who is no member signed in")
            raise Refused(403, "you are signed in, and no member of this server", NO_ENTRY)
        needs_bearer = members is not None and members.exchange is not None
        return Principal(
            name,
            _rights(claims),
            member="" if members is None else name,
            until=float(min(int(claims["exp"]), NO_END)),
            bearer=SecretStr(bearer) if needs_bearer else None,
        )


def _is_of(principal: Principal, token: StaticToken) -> bool:
    return (principal.sign_in, principal.rights, principal.preset) == (
        token.digest,
        frozenset(token.rights),
        token.preset,
    )


def _rights(claims: Mapping[str, Any]) -> frozenset[Right]:
    """Return the rights among the scopes of a token: words in a text (RFC 9068), or a list as some have it."""
    said: object = claims.get("scope", claims.get("scp"))
    words = said.split() if isinstance(said, str) else cast("list[object]", said) if isinstance(said, list) else ()
    return frozenset(right for right in Right if right in words)


def _unreadable(exc: ConfigurationError) -> Refused:
    logger.error("nobody can sign in: %s", exc)
    return Refused(503, "who may sign in cannot be read", "Ask whoever runs this server to look at its log.")
