"""The balancer's configuration with the real HAProxy: sessions stay, TLS ends there, and a replica stops unnoticed."""

import os
import shutil
import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
import pytest
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from preo_mcp.process import LOOPBACK, listen
from preo_mcp.team.health import READY
from preo_mcp.team.principals import ALL
from preo_mcp.team.static_tokens import StaticTokens
from tests.team.signed_in import ACCEPT, INITIALIZE
from tests.team.test_team_process import certificate

pytestmark = pytest.mark.anyio

CONFIG = (Path(__file__).parents[2] / "deploy" / "haproxy.cfg").read_text(encoding="utf-8")
HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
PATIENCE = 60
SESSIONS = 8


@dataclass
class Replica:
    port: int
    process: Process


def free_port() -> int:
    with listen(0) as probe:
        return probe.getsockname()[1]


def config_of(folder: Path, port: int, replicas: list[int]) -> Path:
    """Write the configuration as it is, with other addresses."""
    text = CONFIG
    cert, key = certificate(folder)
    both = folder / "tls.pem"
    both.write_bytes(cert.read_bytes() + key.read_bytes())
    changes = {
        "bind :8443 ssl crt /run/secrets/tls.pem": f"bind {LOOPBACK}:{port} ssl crt {both}",
        "replica-1:8765": f"{LOOPBACK}:{replicas[0]}",
        "replica-2:8765": f"{LOOPBACK}:{replicas[1]}",
        "provider:8080": f"{LOOPBACK}:9",
        "inter 2s": "inter 200ms",
    }
    for before, after in changes.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    written = folder / "haproxy.cfg"
    written.write_text(text, encoding="utf-8")
    return written


@asynccontextmanager
async def replica(folder: Path, public: str) -> AsyncGenerator[Replica]:
    port = free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREO_")}
    state = own | {"PREO_STATE_FOLDER": str(folder), "PREO_PUBLIC_URL": public, "PREO_TRUSTED_PROXIES": LOOPBACK}
    command = [sys.executable, "-m", "preo_mcp", "--team", "--sandbox", "--transport", "http", "--port", str(port)]
    process = await anyio.open_process(command, stdin=None, stdout=None, env=state)
    assert process.stderr is not None
    try:
        with anyio.fail_after(PATIENCE):
            assert "serves a team" in await TextReceiveStream(process.stderr).receive()
        yield Replica(port, process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.aclose()


async def until_ready(http: httpx.AsyncClient, address: str, status: int = 200) -> None:
    with anyio.fail_after(PATIENCE):
        while True:
            try:
                if (await http.get(f"{address}{READY}")).status_code == status:
                    return
            except httpx.TransportError:
                if status == 0:
                    return
            await anyio.sleep(0.05)


@pytest.mark.skipif(HAPROXY is None, reason="there is no HAProxy here (apt-get install haproxy)")
async def test_sessions_stay_where_they_are_and_a_replica_stops_unnoticed(tmp_path: Path) -> None:
    assert HAPROXY is not None
    port = free_port()
    public = f"https://localhost:{port}"
    state = tmp_path / "state"
    token = StaticTokens(state).add("anna", ALL).token
    async with AsyncExitStack() as stack:
        first, second = [await stack.enter_async_context(replica(state, public)) for _ in range(2)]
        config = config_of(tmp_path, port, [first.port, second.port])
        await anyio.run_process([HAPROXY, "-c", "-f", str(config)])  # raises where it is not accepted
        balancer = await anyio.open_process([HAPROXY, "-db", "-f", str(config)], stdin=None, stdout=None, stderr=None)
        stack.push_async_callback(balancer.aclose)
        stack.callback(balancer.kill)
        trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        headers = ACCEPT | {"Authorization": f"Bearer {token}"}
        http = await stack.enter_async_context(httpx.AsyncClient(verify=trusting, headers=headers, timeout=PATIENCE))
        for each in (first, second):
            await until_ready(http, f"http://{LOOPBACK}:{each.port}")
        await until_ready(http, public)

        assert (await http.post(f"http://{LOOPBACK}:{first.port}/mcp", json=INITIALIZE)).status_code == 403, "past it"
        sessions = [await opened(http, public) for _ in range(SESSIONS)]
        for _ in range(3):
            assert [await pinged(http, public, session) for session in sessions] == [200] * SESSIONS

        first.process.terminate()
        for _ in range(20):
            await opened(http, public)  # each is let in, whatever the balancer knows by now
        with anyio.fail_after(PATIENCE):
            assert await first.process.wait() == 0
        after = [await pinged(http, public, session) for session in sessions]
        assert set(after) == {200, 404}, "those of the other one go on, and the rest are told to begin anew"


async def opened(http: httpx.AsyncClient, public: str) -> str:
    answer = await http.post(f"{public}/mcp", json=INITIALIZE)
    assert answer.status_code == 200, answer.text
    return answer.headers["mcp-session-id"]


async def pinged(http: httpx.AsyncClient, public: str, session: str) -> int:
    message = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    own = {"Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-11-25"}
    return (await http.post(f"{public}/mcp", json=message, headers=own)).status_code
