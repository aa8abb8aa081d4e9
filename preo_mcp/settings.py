"""What a user can set, by `PREO_*` environment variables and by flags of the command line; flags win.

One frozen model holds it all. A misspelt variable stops the start, because a setting that is silently ignored is worse
than none.
"""

import os
import stat
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.files.private_files import default_state_folder

PREFIX = "PREO_"
LIVE_BASE_URL = "https://api.preo.dev"
NOT_STARTED = "preo-mcp did not start"


class Transport(StrEnum):
    """How a host talks to the server."""

    STDIO = "stdio"
    HTTP = "http"
    SSE = "sse"


class Language(StrEnum):
    """The languages in which a person is asked: those of Preo."""

    ENGLISH = "en"
    DANISH = "da"
    SWEDISH = "sv"
    DUTCH = "nl"
    POLISH = "pl"


class Way(StrEnum):
    """The ways to a person's yes, the nearest first."""

    ELICITATION = "elicitation"
    CARD = "card"
    PAGE = "page"
    TERMINAL = "terminal"


class Privacy(StrEnum):
    """Whether e-mail addresses, phone numbers and names of customers reach the model."""

    MASK = "mask"
    OFF = "off"


class Settings(BaseModel):
    """Everything that can be set; a field's variable is `PREO_` and its name in capitals."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: str = Field(default=LIVE_BASE_URL, description="where Preo's API is")
    token: SecretStr | None = Field(default=None, description="the token of the account")
    token_file: Path | None = Field(default=None, description="a file with the token, readable by you alone")
    auth_header: str = Field(default="Authorization", description="the header that carries the token")
    auth_scheme: str = Field(default="Bearer", description="the word before the token; empty for a bare token")

    sandbox: bool = Field(default=False, description="use the embedded sandbox instead of an account")
    sandbox_data: Path | None = Field(default=None, description="folder that keeps the sandbox; in memory without it")
    sandbox_token: str = Field(default="sandbox-admin", description="sandbox-admin, sandbox-manager or sandbox-staff")

    transport: Transport = Field(default=Transport.STDIO, description="stdio, http or sse")
    port: int = Field(default=8765, ge=0, le=65535, description="port on loopback for http and sse")

    allowed_folders: tuple[Path, ...] = Field(default=(), description="folders whose files tools may read")
    connect_timeout: float = Field(default=5, gt=0, description="seconds to wait for a connection")
    read_timeout: float = Field(default=30, gt=0, description="seconds to wait for an answer")
    time_budget: float = Field(default=60, gt=0, description="seconds for all tries of one call together")
    reply_tokens: int = Field(default=6000, ge=500, description="tokens that one result may take at most")
    corrections: Path | None = Field(default=None, description="corrections of paths and fields, written by doctor")

    read_only: bool = Field(default=False, description="offer only tools that change nothing")
    deny: tuple[str, ...] = Field(default=(), description="tools that are not offered, separated by commas")
    ask_about: tuple[str, ...] = Field(default=(), description="further tools that wait for a person's yes")
    yes: bool = Field(default=False, description="ask nobody; in the sandbox only")
    language: Language = Field(default=Language.ENGLISH, description="language of the questions: en, da, sv, nl, pl")
    approve_via: Way | None = Field(default=None, description="the only way to ask, instead of the nearest possible")
    approval_wait: float = Field(default=45, ge=0, description="seconds that a call waits for the page or the terminal")
    plan_hours: float = Field(default=24, gt=0, le=24, description="hours after which a question is no longer answered")
    confirm_recipients_over: int = Field(default=1000, ge=0, description="recipients above which a name is typed")
    confirm_amount_over: Decimal = Field(default=Decimal(1000), ge=0, description="amount above which it is typed")
    max_refund_amount: Decimal | None = Field(default=None, ge=0, description="largest refund, even with a yes")
    max_refunds_per_day: int | None = Field(default=None, ge=0, description="refunds in 24 hours, even with a yes")
    max_recipients: int | None = Field(default=None, ge=0, description="largest campaign, even with a yes")
    allowed_organizations: tuple[str, ...] = Field(default=(), description="the only organizations to be worked on")
    allowed_editions: tuple[str, ...] = Field(default=(), description="the only editions to be worked on")

    state_folder: Path = Field(default_factory=default_state_folder, description="folder for plans, keys and the audit")
    ledger_url: SecretStr | None = Field(default=None, description="redis:// URL that replicas share plans through")
    audit_file: Path | None = Field(default=None, description="the audit; audit.jsonl in the state folder without it")
    audit_megabytes: float = Field(default=10, gt=0, description="size at which the audit begins a new file")
    privacy: Privacy | None = Field(default=None, description="mask or off; without it mask on http and sse only")

    @field_validator("allowed_folders", mode="before")
    @classmethod
    def _split_folders(cls, value: object) -> object:
        return tuple(part for part in value.split(os.pathsep) if part) if isinstance(value, str) else value

    @field_validator("deny", "ask_about", "allowed_organizations", "allowed_editions", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_account(self) -> Self:
        if self.token is not None and self.token_file is not None:
            raise ValueError("PREO_TOKEN and PREO_TOKEN_FILE are both set; keep one")
        if self.sandbox_data is not None and not self.sandbox:
            raise ValueError("PREO_SANDBOX_DATA is set without the sandbox; add --sandbox, or remove it")
        if self.yes and not self.sandbox:
            raise ValueError("PREO_YES is set without the sandbox; an account always asks, so remove it")
        if not self.sandbox and self.token is None and self.token_file is None:
            raise ValueError(
                "there is neither a token nor the sandbox; set PREO_TOKEN or PREO_TOKEN_FILE for an account, "
                "or add --sandbox to try everything without one"
            )
        return self

    @property
    def masks(self) -> bool:
        """Whether customers' personal data is masked in results and resources."""
        return (self.privacy or (Privacy.OFF if self.transport is Transport.STDIO else Privacy.MASK)) is Privacy.MASK

    @classmethod
    def load(cls, environ: Mapping[str, str], flags: Mapping[str, Any]) -> Self:
        """Return the settings of `environ`'s `PREO_*` variables, overridden by those `flags` that are not None.

        Raises:
            ConfigurationError: a variable that does not exist, or a value that does not do.
        """
        given = {name.removeprefix(PREFIX).casefold(): value for name, value in environ.items() if _is_ours(name)}
        for name in given.keys() - cls.model_fields.keys():
            near = get_close_matches(name, cls.model_fields, n=1)
            hint = (
                f"did you mean {_variable(near[0])}?"
                if near
                else f"known: {', '.join(map(_variable, cls.model_fields))}."
            )
            raise ConfigurationError(
                NOT_STARTED, f"there is no setting {_variable(name)}", f"{hint} Correct or remove it."
            )
        try:
            return cls.model_validate(given | {name: value for name, value in flags.items() if value is not None})
        except ValidationError as exc:
            raise ConfigurationError(NOT_STARTED, _reasons(exc), "Correct it and start again.") from None

    def account_token(self) -> str:
        """Return the account's token, from its variable or its file.

        Raises:
            ConfigurationError: it is empty, its file cannot be read, or others can read it too.
        """
        if self.sandbox:
            return self.sandbox_token
        if self.token is not None:
            token, origin = self.token.get_secret_value().strip(), "PREO_TOKEN"
        elif self.token_file is not None:
            token, origin = _read_token(self.token_file), "the token file"
        else:
            raise AssertionError("the model demands a token, a token file or the sandbox")
        if not token:
            raise ConfigurationError(NOT_STARTED, f"{origin} is empty", "Put the account's token there.")
        return token


def _is_ours(name: str) -> bool:
    return name.startswith(PREFIX)


def _variable(field: str) -> str:
    return f"{PREFIX}{field.upper()}"


def _reasons(exc: ValidationError) -> str:
    """The reasons in one line, without the values: one of them is a token."""
    errors = exc.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(
        f"{_variable(str(error['loc'][0]))}: {error['msg']}"
        if error["loc"]
        else error["msg"].removeprefix("Value error, ")
        for error in errors
    )


def _read_token(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        why = f"the token file cannot be read ({type(exc).__name__})"
        raise ConfigurationError(NOT_STARTED, why, "Correct PREO_TOKEN_FILE.") from None
    others = stat.S_IRWXG | stat.S_IRWXO
    if os.name == "posix" and mode & others:
        why = "other users of this computer can read the token file"
        raise ConfigurationError(NOT_STARTED, why, f"Run: chmod 600 {path}")
    return token
