"""What a user can set, by `PREO_*` environment variables and by flags of the command line; flags win.

One frozen model holds it all. A misspelt variable stops the start, because a setting that is silently ignored is worse
than none.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.settings.choices import Language, LogFormat, LogLevel, Mode, Preset, Privacy, Transport, Way
from preo_mcp.settings.secret_token import APPLICATION, NOT_STARTED, token_in_file, token_in_keyring
from preo_mcp.settings.team import OWN, team_mistake
from preo_mcp.text.amounts import AmountLimits

PREFIX = "PREO_"
LIVE_BASE_URL = "https://api.preo.dev"


@dataclass(frozen=True, slots=True)
class Flag:
    """The flag of a setting, declared beside its type.

    Args:
        name: As it is typed, such as `--allow-folder`.
        value: What stands for its value in the help.
        policy: Whether it says what may be done.
    """

    name: str
    value: str | None = None
    policy: bool = False


@dataclass(frozen=True, slots=True)
class Unset:
    """What holds where a setting is not set, in words: declared where its default does not say it."""

    words: str


def variable_of(field: str) -> str:
    """Return the environment variable of a field."""
    return f"{PREFIX}{field.upper()}"


_TOKENS: Final = ("token", "token_file", "token_keyring")


def _state_folder() -> Path:
    """Return the folder for state by the platform's custom (XDG Base Directory Specification on Linux)."""
    if sys.platform == "darwin":  # platformdirs would let XDG_STATE_HOME move what has always been here
        return Path.home() / "Library" / "Application Support" / APPLICATION
    from platformdirs import user_state_path

    return user_state_path(APPLICATION, appauthor=False)


class Settings(BaseModel):
    """Everything that can be set, each declared once: `declared` shows it to the command line and the documents.

    A field's variable is `PREO_` and its name in capitals; its description is the flag's help and the documents' text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field(default=LIVE_BASE_URL, description="where Preo's API is")
    token: SecretStr | None = Field(default=None, description="the account's token")
    token_file: Path | None = Field(default=None, description="a file with the token; refused when others can read it")
    token_keyring: str | None = Field(
        default=None, description="the name of the token in the system's keyring (install extra)"
    )
    auth_header: str = Field(default="Authorization", description="the header that carries the token")
    auth_scheme: str = Field(default="Bearer", description="the word before the token; empty for a bare token")

    sandbox: Annotated[bool, Flag("--sandbox")] = Field(
        default=False, description="use the embedded sandbox instead of an account"
    )
    sandbox_data: Annotated[Path | None, Flag("--data", "FOLDER"), Unset("in memory")] = Field(
        default=None, description="folder that keeps the sandbox"
    )
    sandbox_token: str = Field(
        default="sandbox-admin", description="or sandbox-manager, sandbox-staff, to try permissions"
    )
    sandbox_webhook_hosts: Annotated[tuple[str, ...], Flag("--allow-webhook-host", "HOST")] = Field(
        default=(), description="the only receivers of the sandbox's webhooks, each as HOST or HOST:PORT"
    )

    allowed_folders: Annotated[tuple[Path, ...], Flag("--allow-folder", "FOLDER")] = Field(
        default=(), description="folders in which tools may read files and make new ones"
    )
    transport: Annotated[Transport, Flag("--transport")] = Field(
        default=Transport.STDIO, description="how a host reaches the server; http at /mcp, sse at /sse"
    )
    host: Annotated[str, Flag("--host", "ADDRESS")] = Field(
        default=OWN, description="address to listen on for http and sse; others than this with a team alone"
    )
    port: Annotated[int, Flag("--port", "PORT")] = Field(
        default=8765, ge=0, le=65535, description="port for http and sse"
    )
    team: Annotated[bool, Flag("--team")] = Field(
        default=False, description="serve several people over http or sse, each signed in with rights of their own"
    )
    public_url: Annotated[str | None, Flag("--public-url", "URL")] = Field(
        default=None, description="scheme, host and port by which a team reaches the server"
    )
    tls_cert: Annotated[Path | None, Flag("--tls-cert", "FILE")] = Field(
        default=None, description="certificate chain (PEM) of the team's server"
    )
    tls_key: Annotated[Path | None, Flag("--tls-key", "FILE")] = Field(
        default=None, description="private key (PEM) of that certificate"
    )
    trusted_proxies: Annotated[tuple[str, ...], Flag("--trusted-proxy", "ADDRESS")] = Field(
        default=(), description="the proxies that end TLS before the team's server, by address or network"
    )
    issuer: Annotated[str | None, Flag("--issuer", "URL")] = Field(
        default=None, description="the OpenID or OAuth provider that a team signs in at"
    )
    audience: Annotated[str | None, Unset("the public URL with /mcp or /sse")] = Field(
        default=None, description="what the provider writes into tokens for this server"
    )
    members: Annotated[Path | None, Flag("--members", "FILE")] = Field(
        default=None, description="who may sign in, with which token of Preo and which rights (TOML or JSON)"
    )
    token_command: str | None = Field(
        default=None, description="program that prints a member's token of Preo; their name is its last argument"
    )
    client_id: str | None = Field(
        default=None,
        description="what the team's page is called at the provider; without it, tokens alone sign in there",
    )
    client_secret_file: Path | None = Field(
        default=None, description="a file with that client's secret, where it has one; refused when others can read it"
    )
    notify_url: str | None = Field(
        default=None, description="receiver of a signed message for each question of a team that waits; https"
    )
    notify_secret_file: Path | None = Field(
        default=None, description="a file with the secret that signs it; refused when others can read it"
    )
    notify_names: bool = Field(default=False, description="say in that message who of the team asked")
    team_idle_minutes: float = Field(
        default=60, gt=0, description="minutes after which what is open for a member nobody hears of is closed"
    )
    max_body_megabytes: float = Field(default=4, gt=0, description="size of one request over http and sse at most")
    max_sessions: int = Field(default=1000, gt=0, description="sessions over http at the same time, of each caller")
    session_idle_minutes: float = Field(
        default=30, gt=0, description="minutes after which a session over http that nobody uses is closed"
    )
    max_requests_at_once: int = Field(
        default=100, gt=0, description="requests under way at the same time over http and sse, of each caller"
    )
    requests_per_minute: Annotated[int | None, Unset("none; 600 for each of a team")] = Field(
        default=None, gt=0, description="requests of each caller over http and sse in a minute"
    )
    stop_seconds: float = Field(
        default=25,
        ge=0,
        description="seconds that calls under way may take over http and sse when the server is stopped",
    )
    connect_timeout: float = Field(default=5, gt=0, description="seconds to wait for a connection")
    read_timeout: float = Field(default=30, gt=0, description="seconds to wait for an answer")
    time_budget: float = Field(default=60, gt=0, description="seconds for all tries of one call together")
    reply_tokens: int = Field(default=6000, ge=500, description="tokens that one result takes at most")
    corrections: Path | None = Field(default=None, description="corrections of paths and names, written by doctor")

    mode: Annotated[Mode, Flag("--mode")] = Field(
        default=Mode.ALL, description="list all tools, or a few with a search for the others"
    )
    preset: Annotated[tuple[Preset, ...], Flag("--preset", policy=True), Unset("all tools")] = Field(
        default=(), description="offer only the tools of a kind of work"
    )
    read_only: Annotated[bool, Flag("--read-only", policy=True)] = Field(
        default=False, description="offer only tools that change nothing"
    )
    deny: Annotated[tuple[str, ...], Flag("--deny", "TOOL", policy=True)] = Field(
        default=(), description="tools that are not offered"
    )
    ask_about: Annotated[tuple[str, ...], Flag("--ask-about", "TOOL", policy=True)] = Field(
        default=(), description="further tools that wait for a person's yes"
    )
    yes: Annotated[bool, Flag("--yes", policy=True)] = Field(
        default=False, description="ask nobody; in the sandbox only"
    )
    language: Annotated[Language, Flag("--language", policy=True)] = Field(
        default=Language.ENGLISH, description="language of the questions"
    )
    approve_via: Annotated[Way | None, Flag("--approve-via", policy=True), Unset("the nearest")] = Field(
        default=None, description="the only way to ask"
    )
    approval_wait: float = Field(default=45, ge=0, description="seconds that a call waits for the page or the terminal")
    plan_hours: float = Field(
        default=24, gt=0, le=24, description="hours after which a question or an unused yes expires, 24 at most"
    )
    confirm_recipients_over: int = Field(
        default=1000, ge=0, description="recipients above which the campaign's name is typed"
    )
    confirm_amount_over: AmountLimits = Field(
        default=AmountLimits.of_any(1000),
        description="amount above which it is typed: of any currency, or as `1000 DKK, 150 EUR`",
    )
    four_eyes_amount_over: Annotated[AmountLimits | None, Unset("none")] = Field(
        default=None, description="amount above which somebody else of the team has to say yes, likewise"
    )
    four_eyes_recipients_over: Annotated[int | None, Unset("none")] = Field(
        default=None, ge=0, description="recipients above which somebody else of the team has to say yes"
    )
    max_refund_amount: Annotated[AmountLimits | None, Unset("none")] = Field(
        default=None, description="largest refund, even with a yes; where it names currencies, none in any other"
    )
    max_refunds_per_day: Annotated[int | None, Unset("none")] = Field(
        default=None, ge=0, description="requests and approvals of refunds in 24 hours, each counted, even with a yes"
    )
    max_recipients: Annotated[int | None, Unset("none")] = Field(
        default=None, ge=0, description="largest campaign, even with a yes"
    )
    allowed_organizations: Annotated[tuple[str, ...], Flag("--allow-organization", "ID", policy=True), Unset("all")] = (
        Field(default=(), description="the only organizations to be worked on")
    )
    allowed_editions: Annotated[tuple[str, ...], Flag("--allow-edition", "ID", policy=True), Unset("all")] = Field(
        default=(), description="the only editions to be worked on"
    )
    privacy: Annotated[Privacy | None, Flag("--privacy", policy=True), Unset("mask on http and sse, else off")] = Field(
        default=None, description="customers' e-mails, phones and names in results"
    )

    state_folder: Annotated[Path, Unset("by platform")] = Field(
        default_factory=_state_folder, description="folder for plans, keys and the audit"
    )
    forget_layouts: Annotated[bool, Flag("--forget-layouts")] = Field(
        default=False, description="remember no settled layouts of imported files, and offer none"
    )
    ledger_url: SecretStr | None = Field(default=None, description="redis://… where replicas share plans (redis extra)")
    key_file: Annotated[Path | None, Unset("in the state folder")] = Field(
        default=None, description="a file with the key that replicas share; refused when others can read it"
    )
    audit_file: Annotated[Path | None, Unset("in the state folder")] = Field(default=None, description="the audit")
    log_level: Annotated[LogLevel, Flag("--log-level")] = Field(
        default=LogLevel.WARNING,
        description="what is written to standard error; info adds a line for each call, without its arguments",
    )
    log_format: Annotated[LogFormat, Flag("--log-format")] = Field(
        default=LogFormat.TEXT, description="lines of text, or JSON objects for whoever collects logs"
    )
    audit_megabytes: float = Field(default=10, gt=0, description="size at which the audit begins a new file")

    @field_validator("allowed_folders", mode="before")
    @classmethod
    def _split_folders(cls, value: object) -> object:
        return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @field_validator(
        *("preset", "deny", "ask_about", "allowed_organizations", "allowed_editions", "sandbox_webhook_hosts"),
        "trusted_proxies",
        mode="before",
    )
    @classmethod
    def _split_names(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("confirm_amount_over", "four_eyes_amount_over", "max_refund_amount", mode="before")
    @classmethod
    def _read_amounts(cls, value: object) -> object:
        return AmountLimits.read(value)

    @model_validator(mode="after")
    def _one_account(self) -> Self:
        given = [name for name in _TOKENS if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{variable_of(given[0])} and {variable_of(given[1])} are both set; keep one")
        if self.sandbox_data is not None and not self.sandbox:
            raise ValueError("PREO_SANDBOX_DATA is set without the sandbox; add --sandbox, or remove it")
        if self.yes and not self.sandbox:
            raise ValueError("PREO_YES is set without the sandbox; an account always asks, so remove it")
        if (mistake := team_mistake(self)) is not None:
            raise ValueError(mistake)
        if not self.sandbox and not given and self.members is None and self.token_command is None:
            how = "set PREO_TOKEN or PREO_TOKEN_FILE for an account, or add --sandbox to try everything without one"
            raise ValueError(f"there is neither a token nor the sandbox; {how}")
        return self

    @cached_property
    def masks(self) -> bool:
        """Whether customers' personal data is masked in results and resources."""
        return (self.privacy or (Privacy.OFF if self.transport is Transport.STDIO else Privacy.MASK)) is Privacy.MASK

    @classmethod
    def load(cls, environ: Mapping[str, str], flags: Mapping[str, Any]) -> Self:
        """Return the settings of `environ`'s `PREO_*` variables, overridden by those `flags` that are not None.

        Raises:
            ConfigurationError: a variable that does not exist, or a value that is not accepted.
        """
        given = {name.removeprefix(PREFIX).casefold(): value for name, value in environ.items() if _is_ours(name)}
        for name in given.keys() - cls.model_fields.keys():
            near = get_close_matches(name, cls.model_fields, n=1)
            known = f"known: {', '.join(map(variable_of, cls.model_fields))}."
            hint = f"did you mean {variable_of(near[0])}?" if near else known
            why = f"there is no setting {variable_of(name)}"
            raise ConfigurationError(NOT_STARTED, why, f"{hint} Correct or remove it.")
        try:
            return cls.model_validate(given | {name: value for name, value in flags.items() if value is not None})
        except ValidationError as exc:
            raise ConfigurationError(NOT_STARTED, _reasons(exc), "Correct it and start again.") from None

    def account_token(self) -> str:
        """Return the account's token, from its variable, its file or the system's keyring.

        Raises:
            ConfigurationError: it is empty or not there, its file cannot be read, or others can read it too.
        """
        if self.sandbox:
            return self.sandbox_token
        if self.token is not None:
            token, origin = self.token.get_secret_value().strip(), "PREO_TOKEN"
        elif self.token_file is not None:
            token, origin = token_in_file(self.token_file), "the token file"
        elif self.token_keyring is not None:
            token, origin = token_in_keyring(self.token_keyring), "the token in the keyring"
        else:
            why = "there is no token for all; each member of the team has one"
            raise ConfigurationError(NOT_STARTED, why, "Set PREO_TOKEN or PREO_TOKEN_FILE for an account.")
        if not token:
            raise ConfigurationError(NOT_STARTED, f"{origin} is empty", "Put the account's token there.")
        return token


def _is_ours(name: str) -> bool:
    return name.startswith(PREFIX)


def _reasons(exc: ValidationError) -> str:
    """The reasons in one line, without the values: one of them is a token."""
    errors = exc.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(
        f"{variable_of(str(error['loc'][0]))}: {error['msg']}"
        if error["loc"]
        else error["msg"].removeprefix("Value error, ")
        for error in errors
    )
