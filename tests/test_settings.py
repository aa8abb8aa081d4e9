"""Settings: nothing is silently ignored, nothing secret is shown."""

import os
import subprocess
import sys
import traceback
from decimal import Decimal
from pathlib import Path, PureWindowsPath
from typing import Any

import platformdirs
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows
from pydantic import ValidationError

from docs.generate import SETTINGS, with_settings
from preo_mcp.api.errors import ConfigurationError
from preo_mcp.settings import Language, Privacy, Settings, Transport, declared, given_flags
from preo_mcp.text.amounts import AmountLimits

TOKEN = "s3cret-T0KEN"
ACCOUNT = {"PREO_TOKEN": TOKEN}
SANDBOX = {"PREO_SANDBOX": "true"}


HOME = Path("/home/kirsten")


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
        (ACCOUNT | {"PREO_LANGUAGE": "fr"}, "PREO_LANGUAGE"),
        (ACCOUNT | {"PREO_APPROVE_VIA": "email"}, "PREO_APPROVE_VIA"),
        (ACCOUNT | {"PREO_PRIVACY": "some"}, "PREO_PRIVACY"),
        (ACCOUNT | {"PREO_PLAN_HOURS": "24.1"}, "PREO_PLAN_HOURS"),
        (ACCOUNT | {"PREO_PLAN_HOURS": "0"}, "PREO_PLAN_HOURS"),
        (ACCOUNT | {"PREO_MAX_REFUND_AMOUNT": "-1"}, "PREO_MAX_REFUND_AMOUNT"),
        (ACCOUNT | {"PREO_MAX_REFUND_AMOUNT": "NaN"}, "PREO_MAX_REFUND_AMOUNT"),
        (ACCOUNT | {"PREO_CONFIRM_AMOUNT_OVER": "much"}, "PREO_CONFIRM_AMOUNT_OVER"),
        (ACCOUNT | {"PREO_CONFIRM_AMOUNT_OVER": "1,000"}, "write one amount for all currencies, as 1000"),
        (ACCOUNT | {"PREO_CONFIRM_AMOUNT_OVER": "1,000 DKK"}, "PREO_CONFIRM_AMOUNT_OVER"),
        (ACCOUNT | {"PREO_MAX_REFUND_AMOUNT": "100, 15 EUR"}, "or one for each, as 1000 DKK, 150 EUR"),
        (ACCOUNT | {"PREO_MAX_REFUND_AMOUNT": "100 DKK, 200 dkk"}, "PREO_MAX_REFUND_AMOUNT"),
        (ACCOUNT | {"PREO_MAX_REFUND_AMOUNT": "100 kr."}, "PREO_MAX_REFUND_AMOUNT"),
        (ACCOUNT | {"PREO_MAX_REFUND_AMOUNT": "100 DKK,"}, "PREO_MAX_REFUND_AMOUNT"),
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
    assert (settings.confirm_recipients_over, settings.confirm_amount_over) == (1000, AmountLimits.of_any(1000))
    assert (settings.max_refund_amount, settings.max_refunds_per_day, settings.max_recipients) == (None, None, None)


def test_names_are_separated_by_commas_and_a_limit_of_nothing_is_one() -> None:
    given = {"PREO_DENY": " send_campaign, delete_file ,,", "PREO_ALLOWED_EDITIONS": "edt_a", "PREO_ASK_ABOUT": " , "}
    settings = Settings.load(ACCOUNT | given | {"PREO_MAX_REFUND_AMOUNT": "0", "PREO_MAX_RECIPIENTS": "0"}, {})
    assert (settings.deny, settings.allowed_editions) == (("send_campaign", "delete_file"), ("edt_a",))
    assert settings.ask_about == ()
    assert (settings.max_refund_amount, settings.max_recipients) == (AmountLimits.of_any(0), 0)


def test_amounts_are_limited_in_their_currencies() -> None:
    given = {"PREO_MAX_REFUND_AMOUNT": "1000 dkk,150.50EUR", "PREO_CONFIRM_AMOUNT_OVER": "12.5"}
    settings = Settings.load(ACCOUNT | given, {})
    limits = settings.max_refund_amount
    assert limits is not None
    assert [limits.within(one) for one in ("DKK", "eur", "SEK", None)] == [1000, Decimal("150.50"), None, None]
    assert {settings.confirm_amount_over.within(one) for one in ("DKK", None)} == {Decimal("12.5")}
    assert (str(limits), str(settings.confirm_amount_over)) == ("1000 DKK, 150.50 EUR", "12.5")


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


@pytest.mark.skipif(os.name != "posix", reason="a POSIX home in the paths of POSIX systems")
@pytest.mark.parametrize(
    ("system", "directories", "environ", "folder"),
    [
        ("linux", Unix, {}, HOME / ".local" / "state" / "preo-mcp"),
        ("linux", Unix, {"XDG_STATE_HOME": ""}, HOME / ".local" / "state" / "preo-mcp"),
        ("linux", Unix, {"XDG_STATE_HOME": "/var/kirsten"}, Path("/var/kirsten/preo-mcp")),
        ("darwin", MacOS, {}, HOME / "Library" / "Application Support" / "preo-mcp"),
        ("darwin", MacOS, {"XDG_STATE_HOME": "/var/x"}, HOME / "Library" / "Application Support" / "preo-mcp"),
    ],
)
def test_where_state_is_kept(
    system: str, directories: type, environ: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As before the folder was looked up by a library: plans, keys and audits are there already."""
    monkeypatch.setenv("HOME", str(HOME))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platformdirs, "PlatformDirs", directories)
    assert Settings.load(SANDBOX, {}).state_folder == folder


def test_where_state_is_kept_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", r"C:\Users\kirsten\AppData\Local")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(platformdirs, "PlatformDirs", Windows)
    folder = PureWindowsPath(str(Settings.load(SANDBOX, {}).state_folder))
    assert folder == PureWindowsPath(r"C:\Users\kirsten\AppData\Local\preo-mcp")


def test_the_settings_load_no_library_for_the_folder_before_it_is_asked_for() -> None:
    program = (
        "import sys, preo_mcp.cli; sys.exit(bool({'platformdirs', 'filelock', 'mcp', 'anyio'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_page_of_settings_is_what_is_declared() -> None:
    page = SETTINGS.read_text(encoding="utf-8")
    assert page == with_settings(page), "run: make reference"
    for setting in declared():
        assert page.count(f"| `{setting.variable}` |") == 1
    with pytest.raises(ValueError, match="has to hold"):
        with_settings("# no table")


def test_every_setting_says_what_it_is_and_what_holds_without_it() -> None:
    settings = list(declared())
    assert [setting.name for setting in settings] == list(Settings.model_fields)
    assert all(setting.about for setting in settings)
    assert {setting.name for setting in settings if not setting.default} == {
        *("token", "token_file", "token_keyring", "corrections", "ledger_url"),
        *("public_url", "tls_cert", "tls_key", "issuer", "members", "token_command"),
        *("client_id", "client_secret_file", "notify_url", "notify_secret_file"),
    }
    flags = [setting.flag.name for setting in settings if setting.flag]
    assert sorted(flags) == sorted(set(flags))
    by_name = {setting.name: setting for setting in settings}
    assert (by_name["port"].default, by_name["port"].in_words, by_name["port"].kind) == ("8765", False, int)
    assert (by_name["deny"].default, by_name["deny"].in_words, by_name["deny"].many) == ("none", True, True)
    assert by_name["privacy"].choices == ("mask", "off")


def test_what_is_no_flag_of_a_command_line_is_not_taken_from_it() -> None:
    class Parsed:
        port = 1
        token = TOKEN

    given = given_flags(Parsed())
    assert given["port"] == 1
    assert given["deny"] is None
    assert "token" not in given
