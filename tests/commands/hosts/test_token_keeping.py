"""The token in the system's keyring: kept there, found there, and told where it cannot be."""

import io
import sys
from pathlib import Path
from types import ModuleType

import pytest

from preo_mcp.api.errors import ConfigurationError
from preo_mcp.settings import Settings
from tests.commands.hosts.conftest import run
from tests.commands.hosts.test_install_command import entry_in
from tests.door import TOKEN


class Keyring(ModuleType):
    """A keyring in memory, with the two functions of the package that are used."""

    def __init__(self) -> None:
        super().__init__("keyring")
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def set_password(self, service: str, name: str, password: str) -> None:
        self._open()
        self.kept[service, name] = password

    def get_password(self, service: str, name: str) -> str | None:
        self._open()
        return self.kept.get((service, name))

    def _open(self) -> None:
        if self.is_locked:
            raise RuntimeError(f"locked; {TOKEN}")


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Keyring:
    made = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", made)
    return made


def test_it_is_kept_there_and_found_again(
    files: dict[str, Path], tmp_path: Path, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
    assert run("install", "cursor", "--token", "--keyring") == 0
    made = entry_in("cursor", files["cursor"])
    assert made.env == {"PREO_TOKEN_KEYRING": "account"}
    assert made.settings().account_token() == TOKEN
    assert not (tmp_path / "state" / "account.token").exists()
    assert run("install", "vscode", "--keyring") == 0  # another host, with the token that is kept
    assert entry_in("vscode", files["vscode"]).settings().account_token() == TOKEN


def test_what_is_not_there_or_locked_is_told(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(token_keyring="account")
    with pytest.raises(ConfigurationError, match="has no account of preo-mcp"):
        settings.account_token()
    keyring.is_locked = True
    with pytest.raises(ConfigurationError, match=r"cannot be read \(RuntimeError\)") as caught:
        settings.account_token()
    assert TOKEN not in str(caught.value)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigurationError, match=r'pip install "\.\[install\]"'):
        settings.account_token()


@pytest.mark.parametrize("is_there", [True, False])
def test_what_cannot_be_kept_is_not_referred_to(
    is_there: bool,
    files: dict[str, Path],
    keyring: Keyring,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keyring.is_locked = True
    monkeypatch.setitem(sys.modules, "keyring", keyring if is_there else None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
    before = files["cursor"].read_bytes()
    assert run("install", "cursor", "--token", "--keyring") == 2
    err = capsys.readouterr().err
    assert err.startswith("The token was not kept · ")
    assert TOKEN not in err
    assert files["cursor"].read_bytes() == before
