"""Where the API is and how calls to it are signed and limited in time."""

import re
import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn, Self
from urllib.parse import SplitResult, urlsplit

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.settings import Settings
from preo_mcp.text.loopback import is_loopback

DEFAULT_CONNECT_TIMEOUT = 5.0
DEFAULT_READ_TIMEOUT = 30.0
DEFAULT_TIME_BUDGET = 60.0

new_request_id = partial(secrets.token_hex, 8)
"""Returns a random id that a request can be found by."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CORRECT_URL = "Correct the base URL (PREO_BASE_URL)"
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Connection:
    """One way to the API, checked when it is built.

    Attributes:
        base_url: Scheme, host and perhaps a path prefix; plain http only to this machine. A trailing slash is dropped.
        token: The secret; never shown by `repr`.
        auth_header: The header that carries the token.
        auth_scheme: The word before the token; empty for headers that carry the bare token.
        connect_timeout: Seconds to wait for a connection.
        read_timeout: Seconds to wait for an answer.
        time_budget: Seconds for all tries and waits of one call together.

    Raises:
        ConfigurationError: The address or the header is unusable, or the token would travel unencrypted.
    """

    base_url: str
    token: str = field(repr=False)
    auth_header: str = "Authorization"
    auth_scheme: str = "Bearer"
    connect_timeout: float = DEFAULT_CONNECT_TIMEOUT
    read_timeout: float = DEFAULT_READ_TIMEOUT
    time_budget: float = DEFAULT_TIME_BUDGET

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))
        _check_address(self.base_url)
        if not _VISIBLE_ASCII.fullmatch(self.token):
            _refuse(
                "the token is empty or holds spaces or other characters no header can carry",
                "Correct the token (PREO_TOKEN or PREO_TOKEN_FILE).",
            )
        if not _HEADER_NAME.fullmatch(self.auth_header):
            _refuse(
                "the authentication header's name is not a header name",
                "Correct its setting, for example to Authorization.",
            )
        if self.auth_scheme and not _HEADER_NAME.fullmatch(self.auth_scheme):
            _refuse("the authentication scheme is not a single word", "Correct its setting, for example to Bearer.")
        if not all(0 < limit < float("inf") for limit in (self.connect_timeout, self.read_timeout, self.time_budget)):
            _refuse("timeouts and the time budget must be positive numbers of seconds", "Correct those settings.")

    @classmethod
    def of(cls, settings: Settings, base_url: str | None = None) -> Self:
        """Return the connection that the settings describe, or one with their token to `base_url`.

        Raises:
            ConfigurationError: they describe no connection that is safe to use.
        """
        return cls(
            base_url or settings.base_url,
            settings.account_token(),
            auth_header=settings.auth_header,
            auth_scheme=settings.auth_scheme,
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.read_timeout,
            time_budget=settings.time_budget,
        )

    @property
    def is_encrypted(self) -> bool:
        """Whether calls travel over TLS."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def host(self) -> str:
        """The host's name, for texts."""
        return urlsplit(self.base_url).hostname or ""

    def auth_headers(self) -> dict[str, str]:
        """The header that signs a request."""
        return {self.auth_header: f"{self.auth_scheme} {self.token}".lstrip()}


def _check_address(base_url: str) -> None:
    parts = _split(base_url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        _refuse("the base URL is not an http(s) address", f"{_CORRECT_URL}, for example to https://api.preo.dev.")
    if parts.username is not None or parts.password is not None:
        # httpx would turn them into an Authorization header of their own, in place of the token's.
        _refuse("the base URL holds a user name or password", f"{_CORRECT_URL}: remove them.")
    if "?" in base_url or "#" in base_url:
        _refuse("the base URL holds a query or a fragment", f"{_CORRECT_URL}: remove it.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        _refuse("plain http to another machine would send the token unencrypted", f"{_CORRECT_URL}: use https.")


def _split(base_url: str) -> SplitResult | None:
    if not _VISIBLE_ASCII.fullmatch(base_url):
        return None
    try:
        parts = urlsplit(base_url)
        _ = parts.port  # reading it is what checks it
    except ValueError:
        return None
    return parts


def _refuse(why: str, next_step: str) -> NoReturn:
    raise ConfigurationError("The connection to Preo cannot be set up", why, next_step)
