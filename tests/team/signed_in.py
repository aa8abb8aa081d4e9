"""A server for a team over HTTP on loopback, as clients of several people reach it."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from preo_mcp.process import LOOPBACK, listen
from preo_mcp.settings import Settings
from preo_mcp.team.principals import ALL, Right
from preo_mcp.team.static_tokens import StaticTokens
from preo_mcp.team.team import Team
from tests.door import seeded
from tests.team.provider import Provider, served

ACCEPT = {"Accept": "application/json, text/event-stream"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
}
MEMBERS = {"members": {"anna": {"subject": "subject-of-anna"}, "bo": {"subject": "subject-of-bo"}}}


class Served:
    """A team that is served.

    Attributes:
        url: Where clients connect.
        origin: The scheme, host and port by which it is reached.
        here: Those by which it listens.
        folder: Where its state, sandbox and members file are.
        settings: Of the process.
    """

    def __init__(self, team: Team, origin: str, folder: Path, settings: Settings) -> None:
        self.team = team
        self.url = team.url
        self.origin = self.here = origin
        self.folder = folder
        self.settings = settings
        self.tokens = StaticTokens(settings.state_folder)

    def token(self, name: str, rights: frozenset[Right] = ALL, **more: Any) -> str:
        """Make a static token."""
        return self.tokens.add(name, rights, **more).token

    async def asked(self, token: str | None, body: Any = INITIALIZE, **headers: str) -> httpx.Response:
        """Return the answer to a message that is sent with a token."""
        authorization = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(headers=ACCEPT | authorization | headers) as http:
            return await http.post(self.url, json=body)

    @asynccontextmanager
    async def client(self, token: str, era: Any = "legacy", **more: Any) -> AsyncGenerator[Client]:
        """Connect an official client with a token."""
        headers = {"Authorization": f"Bearer {token}"} | more.pop("headers", {})
        if self.url.endswith("/sse"):
            async with sse_client(self.url, headers=headers) as streams, Client(_as(streams), mode=era, **more) as one:
                yield one
        else:
            async with (
                create_mcp_http_client(headers=headers) as http,
                streamable_http_client(self.url, http_client=http) as streams,
                Client(_as(streams), mode=era, **more) as one,
            ):
                yield one


@asynccontextmanager
async def _as(streams: Any) -> AsyncGenerator[Any]:
    yield streams


@asynccontextmanager
async def a_team(
    folder: Path, provider: Provider | None = None, entries: Any = MEMBERS, **flags: Any
) -> AsyncGenerator[Served]:
    """Serve a team on a sandbox in `folder`, or on the account of the `flags`."""
    port = _free_port()
    origin = f"http://{LOOPBACK}:{port}"
    given: dict[str, Any] = {"team": True, "transport": "http", "state_folder": folder / "state", "approval_wait": 0}
    if "base_url" not in flags:
        given |= {"sandbox": True, "sandbox_data": _sandbox(folder)}
    if provider is not None:
        given |= {"issuer": provider.url, "public_url": origin}
    if provider is not None and entries is not None:
        given |= {"members": members_file(folder, entries)}
    settings = Settings.load({}, given | flags)
    async with Team.opened(settings, port) as team, served(team, port):
        yield Served(team, origin, folder, settings)


def _free_port() -> int:
    with listen(0) as probe:
        return probe.getsockname()[1]


def _sandbox(folder: Path) -> Path:
    kept = folder / "sandbox"
    kept.mkdir(parents=True, exist_ok=True)
    if not (kept / "preo.db").exists():
        (kept / "preo.db").write_bytes(seeded())
    return kept


def members_file(folder: Path, members: Any) -> Path:
    """Write a members file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "members.json"
    path.touch(0o600)
    path.write_text(json.dumps(members), encoding="utf-8")
    return path
