"""Settings: nothing is silently ignored, nothing secret is shown."""

import os
import traceback
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.settings import Language, Privacy, Settings, Transport

TOKEN = "s3cret-T0KEN"
ACCOUNT = {"PREO_TOKEN": TOKEN}
SANDBOX = {"PREO_SANDBOX": "true"}


def refusal(environ: dict[str, str], **flags: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(environ, flags)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert TOKEN not in shown
    assert len(str(caught.value).split(" · ")) == 3
    return str(caught.value)


def test_variables_are_read_and_flags_win() -> None:
    settings = Settings.load(
        {"PREO_SANDBOX": "1", "PREO_PORT": "9000", "PREO_TRANSPORT": "sse", "PATH": "/bin", "preo_port": "x"},
        {"port": 9001, "transport": None},
    )
    assert (settings.sandbox, settings.port, settings.transport) == (True, 9001, Transport.SSE)


def test_neither_token_nor_sandbox_names_both_ways() -> None:
    text = refusal({})
    assert "PREO_TOKEN" in text
    assert "--sandbox" in text


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PREO_TOKN": TOKEN}, "did you mean PREO_TOKEN?"),
        ({"PREO_XYZQW": TOKEN}, "known: PREO_BASE_URL"),
        (ACCOUNT | {"PREO_TOKEN_FILE": "/x"}, "both set"),
        (ACCOUNT | {"PREO_SANDBOX_DATA": "/x"}, "PREO_SANDBOX_DATA is set without the sandbox"),
        (ACCOUNT | {"PREO_PORT": TOKEN}, "PREO_PORT"),
        (ACCOUNT | {"PREO_PORT": "70000"}, "PREO_PORT"),
        (ACCOUNT | {"PREO_TRANSPORT": "carrier pigeon"}, "PREO_TRANSPORT"),
        (ACCOUNT | {"PREO_READ_TIMEOUT": "0"}, "PREO_READ_TIMEOUT"),
        (ACCOUNT | {"PREO_REPLY_TOKENS": "10"}, "PREO_REPLY_TOKENS"),
        (ACCOUNT | {"PREO_SANDBOX": "maybe"}, "PREO_SANDBOX"),
        (ACCOUNT | {"PREO_YES": "1"}, "PREO_YES is set without the sandbox"),
        (ACCOUNT | {"PREO_DENNY": "x"}, "did you mean PREO_DENY?"),
        (ACCOUNT | {"PREO_ALLOWED_EDITION": "x"}, "did you mean PREO_ALLOWED_EDITIONS?"),
        (ACCOUNT | {"PREO_LANGUAGE": "de"}, "PREO_LANGUAGE"),
        (ACCOUNT | {"PREO_APPROVE_VIA": "email"}, "PREO_APPROVE_VIA"),
        (ACCOUNT | {"PREO_PRIVACY": "some"}, "PREO_PRIVACY"),
        (ACCOUNT | {"PREO_PLAN_HOURS": "24.1"}, "PREO_PLAN_HOURS"),
        (ACCOUNT | {"PREO_PLAN_HOURS": "0"}, "PREO_PLAN_HOURS"),
        (ACCOUNT | {"PREO_MAX_REFUND_AMOUNT": "-1"}, "PREO_MAX_REFUND_AMOUNT"),
        (ACCOUNT | {"PREO_MAX_REFUND_AMOUNT": "NaN"}, "PREO_MAX_REFUND_AMOUNT"),
        (ACCOUNT | {"PREO_CONFIRM_AMOUNT_OVER": "much"}, "PREO_CONFIRM_AMOUNT_OVER"),
        (ACCOUNT | {"PREO_MAX_REFUNDS_PER_DAY": "1.5"}, "PREO_MAX_REFUNDS_PER_DAY"),
        (ACCOUNT | {"PREO_MAX_RECIPIENTS": "-1"}, "PREO_MAX_RECIPIENTS"),
    ],
)
def test_what_stops_the_start(environ: dict[str, str], named: str) -> None:
    assert named in refusal(environ)


def test_the_token_is_in_no_representation() -> None:
    settings = Settings.load(ACCOUNT, {})
    assert settings.account_token() == TOKEN
    assert TOKEN not in f"{settings!r}{settings}{settings.model_dump()}{settings.model_dump_json()}"
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"token": TOKEN, "port": "x", "token_file": 5})
    assert TOKEN not in str(caught.value)


def test_settings_cannot_be_changed() -> None:
    settings = Settings.load(SANDBOX, {})
    with pytest.raises(ValidationError):
        settings.port = 1  # pyright: ignore[reportAttributeAccessIssue] - what the test is about


@pytest.mark.parametrize("blank", ["", "   ", "\n"])
def test_an_empty_token_is_found_at_the_start(blank: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="PREO_TOKEN is empty"):
        Settings.load({"PREO_TOKEN": blank}, {}).account_token()
    file = tmp_path / "token"
    file.write_text(blank)
    file.chmod(0o600)
    with pytest.raises(ConfigurationError, match="file is empty"):
        Settings.load({"PREO_TOKEN_FILE": str(file)}, {}).account_token()


def test_a_token_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    assert Settings.load({"PREO_TOKEN_FILE": str(file)}, {}).account_token() == TOKEN


@pytest.mark.skipif(os.name != "posix", reason="permissions of groups and others are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602])
def test_a_token_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(mode)
    with pytest.raises(ConfigurationError) as caught:
        Settings.load({"PREO_TOKEN_FILE": str(file)}, {}).account_token()
    assert "chmod 600" in str(caught.value)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_a_token_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
        file.chmod(0o600)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Settings.load({"PREO_TOKEN_FILE": str(file)}, {}).account_token()


def test_the_sandboxs_token_is_used_in_the_sandbox_alone() -> None:
    both = Settings.load(ACCOUNT | SANDBOX | {"PREO_SANDBOX_TOKEN": "sandbox-staff"}, {})
    assert both.account_token() == "sandbox-staff"


def test_the_policy_is_strict_without_settings() -> None:
    settings = Settings.load(ACCOUNT, {})
    assert (settings.yes, settings.read_only, settings.deny, settings.ask_about) == (False, False, (), ())
    assert (settings.approve_via, settings.language, settings.plan_hours) == (None, Language.ENGLISH, 24)
    assert (settings.confirm_recipients_over, settings.confirm_amount_over) == (1000, Decimal(1000))
    assert (settings.max_refund_amount, settings.max_refunds_per_day, settings.max_recipients) == (None, None, None)


def test_names_are_separated_by_commas_and_a_limit_of_nothing_is_one() -> None:
    given = {"PREO_DENY": " send_campaign, delete_file ,,", "PREO_ALLOWED_EDITIONS": "edt_a", "PREO_ASK_ABOUT": " , "}
    settings = Settings.load(ACCOUNT | given | {"PREO_MAX_REFUND_AMOUNT": "0", "PREO_MAX_RECIPIENTS": "0"}, {})
    assert (settings.deny, settings.allowed_editions) == (("send_campaign", "delete_file"), ("edt_a",))
    assert settings.ask_about == ()
    assert (settings.max_refund_amount, settings.max_recipients) == (Decimal(0), 0)


def test_personal_data_is_masked_where_the_host_is_not_this_computers() -> None:
    masks = {
        (transport, privacy): Settings.load(ACCOUNT, {"transport": transport, "privacy": privacy}).masks
        for transport in Transport
        for privacy in (None, *Privacy)
    }
    assert {key for key, masked in masks.items() if masked} == {
        *((transport, Privacy.MASK) for transport in Transport),
        (Transport.HTTP, None),
        (Transport.SSE, None),
    }


def test_folders_are_separated_as_in_path() -> None:
    folders = os.pathsep.join(["/a", "", "/b c"])
    assert Settings.load(SANDBOX | {"PREO_ALLOWED_FOLDERS": folders}, {}).allowed_folders == (Path("/a"), Path("/b c"))
    flags = Settings.load(SANDBOX | {"PREO_ALLOWED_FOLDERS": folders}, {"allowed_folders": ["/d"]})
    assert flags.allowed_folders == (Path("/d"),)
    assert Settings.load(SANDBOX | {"PREO_ALLOWED_FOLDERS": ""}, {}).allowed_folders == ()
