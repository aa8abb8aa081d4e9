"""Whose token goes to Preo: the principal's own, from where their entry says, and never the one they signed in with."""

import stat
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.types import CallToolResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.team.provider import provided, served
from tests.team.signed_in import Served, a_team, members_file

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files of their owner's alone are POSIX's")


class Account:
    """Preo's API as far as one list goes; it remembers all that was sent to it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def answer(self, request: Request) -> Response:
        self.seen.append(f"{request.method} {request.url} {request.headers.items()} {await request.body()!r}")
        return JSONResponse({"items": [], "total": 0})

    def saw(self, secret: str) -> bool:
        return any(secret in one for one in self.seen)


@asynccontextmanager
async def an_account() -> AsyncGenerator[tuple[Account, str]]:
    account = Account()
    app = Starlette(routes=[Route("/{path:path}", account.answer, methods=["GET", "POST", "PATCH", "PUT", "DELETE"])])
    async with served(app) as url:
        yield account, url


def secret_file(path: Path, secret: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_text(f"{secret}\n", encoding="utf-8")
    return path


def program(folder: Path, body: str) -> str:
    """Return a command that runs a script; its file has a space in its name, as some folders have."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "token of.py"
    path.write_text(body, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return f"{sys.executable} '{path}'"


async def looked(team: Served, token: str) -> CallToolResult:
    async with team.client(token) as client:
        return await client.call_tool("list_editions", {})


async def test_each_goes_to_preo_with_the_token_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_BO", "preo-of-bo")
    members = {
        "members": {
            "anna": {"subject": "a", "token_file": str(secret_file(tmp_path / "anna", "preo-of-anna"))},
            "bo": {"subject": "b", "token_env": "TOKEN_OF_BO"},
            "cy": {"subject": "c"},
        }
    }
    async with (
        an_account() as (account, url),
        provided() as provider,
        a_team(tmp_path, provider, members, base_url=url) as team,
    ):
        tokens = {name: provider.token(team.url, sub=name) for name in "abc"}
        await looked(team, tokens["a"])
        assert account.saw("Bearer preo-of-anna") or account.saw("preo-of-anna")
        assert not account.saw("preo-of-bo")
        await looked(team, tokens["b"])
        assert account.saw("preo-of-bo")
        refused = await team.asked(tokens["c"])
        assert refused.status_code == 403
        assert "no account of Preo" in refused.text
        assert not any(account.saw(token) for token in tokens.values()), "what they signed in with stays here"
        assert not account.saw("eyJ")


async def test_a_program_is_asked_for_the_token_and_no_shell_reads_the_name(tmp_path: Path) -> None:
    command = program(tmp_path, "import sys; print('preo-of', len(sys.argv), sys.argv[1], sep='-')")
    async with an_account() as (account, url), a_team(tmp_path, base_url=url, token_command=command) as team:
        await looked(team, team.token("anna"))
        assert account.saw("preo-of-2-anna")


async def test_a_name_that_looks_like_a_flag_is_not_handed_to_a_program(tmp_path: Path) -> None:
    command = program(tmp_path, "print('preo-of-anybody')")
    async with (
        an_account() as (_, url),
        provided() as provider,
        a_team(tmp_path, provider, None, base_url=url, token_command=command) as team,
    ):
        for name in ("--help", "a b", "a\nb", "$(id)", "é", "x" * 200):
            assert (await team.asked(provider.token(team.url, sub=name))).status_code == 403, name
        team.token("anna")
        refused = await team.asked(provider.token(team.url, sub="anna"))
        assert refused.status_code == 403, "a name at the provider is not that of a static token"
        assert (await team.asked(provider.token(team.url, sub="auth0|123"))).status_code == 200


FAILING = {
    "ends with an error": "import sys; print('preo-secret'); sys.exit(3)",
    "prints nothing": "",
    "prints what no header can carry": "print('a b')",
    "prints no text": "import sys; sys.stdout.buffer.write(b'\\xff\\xfe')",
}


@pytest.mark.parametrize("how", FAILING)
async def test_a_program_that_fails_lets_nobody_through(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    command = program(tmp_path, FAILING[how])
    async with an_account() as (account, url), a_team(tmp_path, base_url=url, token_command=command) as team:
        refused = await team.asked(team.token("anna"))
        assert refused.status_code == 503, refused.text
        assert "preo-secret" not in refused.text + caplog.text
        assert not account.seen


async def test_a_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("preo_mcp.team.preo_tokens.COMMAND_SECONDS", 0.5)
    command = program(tmp_path, "import time; time.sleep(600)")
    async with an_account() as (_, url), a_team(tmp_path, base_url=url, token_command=command) as team:
        with anyio.fail_after(20):
            assert (await team.asked(team.token("anna"))).status_code == 503


async def test_tokens_are_exchanged_where_the_provider_offers_it(tmp_path: Path) -> None:
    secret = str(secret_file(tmp_path / "client", "secret-of-client"))
    exchange = {"client_id": "preo-mcp", "client_secret_file": secret, "audience": "https://api.preo.dev"}
    members: dict[str, Any] = {"members": {"anna": {"subject": "a"}}, "exchange": exchange}
    async with (
        an_account() as (account, url),
        provided() as provider,
        a_team(tmp_path, provider, members, base_url=url) as team,
    ):
        token = provider.token(team.url, sub="a")
        await looked(team, token)
        [form] = provider.exchanges
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:token-exchange"]
        assert form["subject_token"] == [token]
        assert form["audience"] == ["https://api.preo.dev"]
        assert account.saw("preo-token-of-exchange")
        assert not account.saw(token)
        provider.exchanged = other = provider.token(team.url, sub="a", more="another")
        assert (await team.asked(other, **{"X-Preo-Read-Only": "1"})).status_code == 503, "the caller's own comes back"


async def test_a_static_token_without_members_shares_the_token_of_the_process(tmp_path: Path) -> None:
    async with an_account() as (account, url), a_team(tmp_path, base_url=url, token="preo-of-all") as team:
        await looked(team, team.token("anna"))
        assert account.saw("preo-of-all")


async def test_where_there_are_members_a_static_token_needs_an_entry_too(tmp_path: Path) -> None:
    members = members_file(tmp_path, {"members": {"anna": {}}})
    async with an_account() as (_, url), a_team(tmp_path, base_url=url, token="preo-of-all", members=members) as team:
        assert (await team.asked(team.token("bo"))).status_code == 403
        refused = await team.asked(team.token("anna"))
        assert refused.status_code == 403, "and a token of Preo of its own"


async def test_a_token_file_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    kept = secret_file(tmp_path / "anna", "preo-of-anna")
    kept.chmod(0o644)
    members = members_file(tmp_path, {"members": {"anna": {"token_file": str(kept)}}})
    async with an_account() as (account, url), a_team(tmp_path, base_url=url, members=members) as team:
        refused = await team.asked(team.token("anna"))
        assert refused.status_code == 503
        assert str(kept) not in refused.text
        assert not account.seen
