"""Where a principal's token of Preo comes from; the token that they signed in with never goes to Preo."""

import logging
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import anyio
import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.settings import Settings
from preo_mcp.settings.secret_token import token_in_file, token_in_keyring
from preo_mcp.team.issuer import Issuer, IssuerError
from preo_mcp.team.members import Exchange, Member
from preo_mcp.team.principals import Principal, Refused

COMMAND_SECONDS: Final = 10.0
MOST_BYTES: Final = 16_384
GRANT: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
TYPE: Final = "urn:ietf:params:oauth:token-type:access_token"
LEAST_LIFE: Final = 30.0
"""Seconds; a token that ends sooner is exchanged anew."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PreoToken:
    """A token of Preo, and when it ends on the clock of the process; None where that is not known."""

    token: SecretStr
    until: float | None = None


class _Exchanged(BaseModel):
    access_token: SecretStr
    expires_in: float | None = None


class PreoTokens:
    """Fetches tokens of Preo.

    Args:
        settings: Of the process: its own token, and the command.
        issuer: Where tokens are exchanged; None without a provider.
        http: Asks it.
        now: Seconds on a clock that is never set.
    """

    def __init__(
        self,
        settings: Settings,
        issuer: Issuer | None,
        http: httpx.AsyncClient,
        now: Callable[[], float] = anyio.current_time,
    ) -> None:
        self._settings = settings
        self._issuer = issuer
        self._http = http
        self._now = now

    async def of(self, principal: Principal, member: Member | None, exchange: Exchange | None) -> PreoToken:
        """Return the token with which a principal's requests go to Preo.

        Raises:
            Refused: they have none, or it cannot be had now; why is written to the log alone.
        """
        try:
            found = await self._found(principal, member, exchange)
        except (ConfigurationError, IssuerError) as exc:
            logger.warning("the token of Preo of %s cannot be had: %s", principal.name, exc)
            raise Refused(
                503, "your token of Preo cannot be had now", "Ask whoever runs this server to look at its log."
            ) from None
        if found is None:
            why = f"{principal.name} is signed in, and has no account of Preo on this server"
            raise Refused(403, why, "Ask whoever runs this server for an entry in its members file.")
        return found

    async def _found(self, principal: Principal, member: Member | None, exchange: Exchange | None) -> PreoToken | None:
        settings = self._settings
        if settings.sandbox:
            named = member.sandbox_token if member is not None else None
            return PreoToken(SecretStr(named or settings.sandbox_token))
        if member is not None and (kept := _kept(member)) is not None:
            return PreoToken(_not_empty(kept))
        if exchange is not None and self._issuer is not None and principal.bearer is not None:
            return await self._exchanged(self._issuer, exchange, principal.bearer)
        if settings.token_command is not None:
            return PreoToken(_not_empty(await _printed(settings.token_command, principal.name)))
        # Who holds a static token was let in by whoever runs this server; who has an account at the provider, was not.
        if principal.sign_in and settings.members is None:
            return PreoToken(SecretStr(settings.account_token()))
        return None

    async def _exchanged(self, issuer: Issuer, exchange: Exchange, bearer: SecretStr) -> PreoToken:
        url = await issuer.endpoint("token_endpoint")
        form = {
            "grant_type": GRANT,
            "subject_token": bearer.get_secret_value(),
            "subject_token_type": TYPE,
            "requested_token_type": TYPE,
            "audience": exchange.audience,
            **({} if exchange.scope is None else {"scope": exchange.scope}),
        }
        auth = httpx.BasicAuth(exchange.client_id, token_in_file(exchange.client_secret_file))
        try:
            with anyio.fail_after(COMMAND_SECONDS):
                answer = await self._http.post(url, data=form, auth=auth, headers={"Accept": "application/json"})
        except (httpx.HTTPError, TimeoutError) as exc:
            raise IssuerError(f"the exchange of tokens cannot be reached ({type(exc).__name__})") from None
        if answer.status_code != 200:
            raise IssuerError(f"the exchange of tokens was answered with {answer.status_code}")
        try:
            exchanged = _Exchanged.model_validate_json(answer.content)
        except ValidationError:
            raise IssuerError("the exchange of tokens was answered without one") from None
        if exchanged.access_token.get_secret_value() == bearer.get_secret_value():
            raise IssuerError("the exchange of tokens gave the caller's own one back")
        life = exchanged.expires_in
        return PreoToken(exchanged.access_token, None if life is None else self._now() + max(life - LEAST_LIFE, 0))


def _kept(member: Member) -> str | None:
    if member.token_file is not None:
        return token_in_file(member.token_file)
    if member.token_keyring is not None:
        return token_in_keyring(member.token_keyring)
    return None if member.token_env is None else os.environ.get(member.token_env, "")


async def _printed(command: str, name: str) -> str:
    """Return the first line that a program prints for a name; no shell reads the command or the name.

    Raises:
        ConfigurationError: it cannot be run, fails, takes too long or prints too much.
    """
    what = "The token command failed"
    try:
        with anyio.fail_after(COMMAND_SECONDS):
            ended = await anyio.run_process([*_words(command), name], input=b"", stderr=None, check=False)
    except TimeoutError:
        raise ConfigurationError(what, f"it took more than {COMMAND_SECONDS:g} s", "Make it quicker.") from None
    except (OSError, ValueError) as exc:
        raise ConfigurationError(what, f"it cannot be run ({type(exc).__name__})", "Correct it.") from None
    if ended.returncode != 0:
        raise ConfigurationError(what, f"it ended with {ended.returncode}", "See what it wrote to standard error.")
    try:
        lines = ended.stdout[:MOST_BYTES].decode("ascii").splitlines()
    except UnicodeDecodeError:
        raise ConfigurationError(what, "it printed something else than a token", "Correct it.") from None
    return lines[0] if lines else ""


def _words(command: str) -> list[str]:
    """Return a command's words; on Windows a backslash stands between folders."""
    if os.name == "posix":
        return shlex.split(command)
    return [word.strip('"') for word in shlex.split(command, posix=False)]


def _not_empty(token: str) -> SecretStr:
    """Return a token that a header can carry.

    Raises:
        ConfigurationError: it is none.
    """
    plain = token.strip()
    if not plain or not plain.isascii() or not plain.isprintable() or " " in plain:
        raise ConfigurationError("The token was not taken", "it is empty, or no header can carry it", "Correct it.")
    return SecretStr(plain)
