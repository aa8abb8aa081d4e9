"""Two servers on one Redis, behind a balancer: whichever a call comes to, and whatever dies, a refund is done once."""

import json
import os
import re
import secrets
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio import to_thread
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult

from benchmarks.balancer import Balancer
from benchmarks.fault_places import Replica, await_one
from benchmarks.processes import LOOPBACK, TOKEN, Sandbox, end, sandbox, scratch_folder
from benchmarks.redis_server import RedisServer, redis_server
from preo_mcp.api.operations import CREATE_PURCHASE_REFUND
from preo_mcp.files.keys import KEY_BYTES
from preo_mcp.serving import bearer_of
from preo_mcp.settings import Settings
from tests.approval.ways.npm_packages import skipped
from tests.door import ERAS, YES, Era, Person, text_of
from tests.end_to_end.processes import environment, refundable, refunds, seeded
from tests.team.test_provider_of_npm import NPM, WHY_NOT, node

pytestmark = pytest.mark.skipif(
    not os.environ.get("TESTS_NEED_REDIS") and not (shutil.which("redis-server") or shutil.which("valkey-server")),
    reason="needs redis-server",
)

REFUND = "create_purchase_refund"
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)(/approve/pln_[0-9a-f]{24})#(\S+),")
PATIENCE = 90.0
SLOW_SECONDS = 4.0
"""How long Preo takes to answer a refund that it did: long enough for something to die meanwhile."""


@dataclass
class Place:
    """Replicas, what they share, and the Preo behind them."""

    data: Path
    served: Sandbox
    redis: RedisServer
    replicas: list[Replica]
    bearer: str
    left: list[dict[str, Any]]

    def refund(self) -> dict[str, Any]:
        """Return a refund that nobody has asked for."""
        return self.left.pop()

    def is_slow_once(self) -> None:
        """Let Preo do the next refund and answer it late."""
        rule = {"kind": "slow", "operation": CREATE_PURCHASE_REFUND.title, "times": 1, "seconds": SLOW_SECONDS}
        self.served.http.post("/__sandbox/faults", json=[rule]).raise_for_status()

    async def is_done(self, refund: dict[str, Any]) -> None:
        """Wait until Preo has done a refund."""
        while not refunds(self.data, refund):  # noqa: ASYNC110 - the sandbox gives no sign
            await anyio.sleep(0.02)

    async def restart_redis(self) -> None:
        self.redis.kill()
        await to_thread.run_sync(self.redis.start)

    async def restart(self, replica: Replica) -> None:
        replica.kill()
        replica.start()
        await await_one([replica])

    @asynccontextmanager
    async def connected(self, port: int, era: Era, person: Person | None = None) -> AsyncGenerator[Client]:
        """Connect the official client to a port; without a person it cannot ask."""
        ask = None if person is None else person.ask
        async with (
            create_mcp_http_client(headers={"Authorization": f"Bearer {self.bearer}"}) as http,
            Client(
                streamable_http_client(f"http://{LOOPBACK}:{port}/mcp", http_client=http),
                mode=era,
                elicitation_callback=ask,
            ) as client,
        ):
            yield client


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    data = seeded(tmp_path_factory.mktemp("replicas") / "sandbox")
    # The socket's path must be short.
    with scratch_folder() as folder, sandbox(data) as served, redis_server(folder / "redis") as redis:
        key_file = folder / "key"
        key_file.touch(0o600)
        key_file.write_text(secrets.token_hex(KEY_BYTES))
        environ = environment(
            base_url=served.url,
            token=TOKEN,
            approval_wait="0",
            ledger_url=redis.url,
            key_file=str(key_file),
            read_timeout="20",
            time_budget="30",
        )
        replicas = [Replica(environ, folder / name) for name in ("a", "b")]
        for replica in replicas:
            replica.start()
        bearer = bearer_of(Settings(sandbox=True, key_file=key_file))
        yield Place(data, served, redis, replicas, bearer, refundable(data, 12))
        for replica in replicas:
            if replica.process is not None:
                end(replica.process)


@pytest.fixture
async def place(shared: Place) -> AsyncGenerator[Place]:
    with anyio.fail_after(PATIENCE):
        for replica in shared.replicas:
            await await_one([replica])
        yield shared
    shared.served.http.delete("/__sandbox/faults").raise_for_status()


async def approved(page_of: str) -> None:
    """Say yes on the page that a result names, as its script does."""
    found = ADDRESS.search(page_of)
    assert found, page_of
    base_url, path, secret = found.groups()
    async with httpx.AsyncClient(base_url=base_url, headers={"Origin": base_url}, trust_env=False) as page:
        shown = (await page.post(f"{path}/show", json={"secret": secret})).json()
        answered = await page.post(f"{path}/answer", json={"nonce": shown["nonce"], "answer": True})
        assert answered.json()["state"] == "approved"


@pytest.mark.parametrize("era", ERAS)
async def test_asked_on_one_and_approved_on_the_page_of_the_other_it_is_done_once(place: Place, era: Era) -> None:
    refund = place.refund()
    one, other = (replica.port for replica in place.replicas)
    async with place.connected(one, era) as here, place.connected(other, era) as there:
        first, second = [text_of(await client.call_tool(REFUND, refund)) for client in (here, there)]
        [[ours, asked, _], [theirs, again, _]] = [page for text in (first, second) for page in ADDRESS.findall(text)]
        assert ours != theirs, "each replica has a page of its own"
        assert asked == again, "and both show the same question"
        await approved(second)
        await place.restart_redis()
        assert refunds(place.data, refund) == 0
        done = await here.call_tool(REFUND, refund)
        assert not done.is_error, text_of(done)
        assert "is more than what is left" in text_of(await there.call_tool(REFUND, refund)), "it is seen here too"
        assert refunds(place.data, refund) == 1


@pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
async def test_the_client_in_typescript_is_approved_on_the_page_of_the_other_and_done_once(place: Place) -> None:
    refund = place.refund()
    balancer = Balancer([replica.port for replica in place.replicas])
    async with balancer.listening() as port:
        said = [await _said_to_typescript(place, replica.port, refund) for replica in place.replicas]
        pages = dict(re.findall(r"(http://127\.0\.0\.1:\d+)(/approve/pln_[0-9a-f]{24}#[^,]+,)", " ".join(said)))
        assert len(pages) == 2, "each replica has a page of its own"
        await approved("".join(pages.popitem()))
        assert '"isError":true' not in await _said_to_typescript(place, port, refund)
        assert refunds(place.data, refund) == 1
        assert "is more than what is left" in await _said_to_typescript(place, port, refund)
    assert refunds(place.data, refund) == 1


async def _said_to_typescript(place: Place, port: int, refund: dict[str, Any]) -> str:
    arguments = [f"http://{LOOPBACK}:{port}/mcp", place.bearer, REFUND, json.dumps(refund)]
    return (await anyio.run_process([node(), "bearer.mjs", *arguments], cwd=NPM)).stdout.decode()


async def test_a_question_asked_through_one_replica_is_answered_through_the_other(place: Place) -> None:
    refund, person = place.refund(), Person(YES)
    balancer = Balancer([replica.port for replica in place.replicas])
    async with balancer.listening() as port, place.connected(port, "auto", person) as client:
        begun = len(balancer.passed)
        done = await client.call_tool(REFUND, refund)
    assert not done.is_error, text_of(done)
    [_] = person.questions
    assert len({*balancer.passed[begun : begun + 2]}) == 2, "asked by one, answered to the other"
    assert refunds(place.data, refund) == 1


async def test_clients_of_an_older_session_are_told_to_begin_anew_when_its_replica_is_gone(place: Place) -> None:
    balancer = Balancer([replica.port for replica in place.replicas])
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(balancer.listening())
        begun = len(balancer.passed)
        async with place.connected(port, "legacy") as client:
            for _ in range(3):
                await client.call_tool("list_editions", {})
            [home] = {*balancer.passed[begun:]}  # a session stays where it began
            [gone] = [replica for replica in place.replicas if replica.port == home]
            await place.restart(gone)
            with pytest.raises(MCPError, match=r"[Ss]ession"):
                await client.call_tool("list_editions", {})
        async with place.connected(port, "legacy") as client:
            assert not (await client.call_tool("list_editions", {})).is_error
        unknown = await _with_an_unknown_session(port, place.bearer)
        assert unknown.status_code == 404


async def _with_an_unknown_session(port: int, bearer: str) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {bearer}",
        "Accept": "application/json, text/event-stream",
        "Mcp-Session-Id": "0" * 32,
        "MCP-Protocol-Version": "2025-11-25",
    }
    async with httpx.AsyncClient(trust_env=False) as http:
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        return await http.post(f"http://{LOOPBACK}:{port}/mcp", headers=headers, json=asked)


@pytest.mark.parametrize("era", ERAS)
async def test_what_a_killed_replica_had_begun_is_told_by_the_other(place: Place, era: Era) -> None:
    refund = place.refund()
    struck, left = place.replicas
    async with place.connected(left.port, era) as there:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_approved_and_called_in_vain, place, struck.port, era, refund)
            await place.is_done(refund)
            struck.kill()
            tasks.cancel_scope.cancel()
        told = await there.call_tool(REFUND, refund)
        assert not told.is_error, text_of(told)
        assert refunds(place.data, refund) == 1
    struck.start()


async def _approved_and_called_in_vain(place: Place, port: int, era: Era, refund: dict[str, Any]) -> None:
    """Make a call whose replica dies in it; the official client may wait for an answer that does not come."""
    try:
        async with place.connected(port, era) as here:
            await approved(text_of(await here.call_tool(REFUND, refund)))
            place.is_slow_once()
            await here.call_tool(REFUND, refund)
    except* Exception:  # noqa: BLE001 - the client has many errors for a server that is gone
        pass


@pytest.mark.parametrize("era", ERAS)
async def test_redis_may_be_killed_in_the_middle_of_a_write(place: Place, era: Era) -> None:
    refund = place.refund()
    one, other = (replica.port for replica in place.replicas)
    async with place.connected(one, era) as here, place.connected(other, era) as there:
        await approved(text_of(await here.call_tool(REFUND, refund)))
        place.is_slow_once()
        done: list[CallToolResult] = []

        async def call() -> None:
            done.append(await here.call_tool(REFUND, refund))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await place.is_done(refund)
            await place.restart_redis()
        assert not done[0].is_error, text_of(done[0])
        assert "is more than what is left" in text_of(await there.call_tool(REFUND, refund))
        assert refunds(place.data, refund) == 1


async def test_while_redis_is_away_nothing_is_written_and_reading_goes_on(place: Place) -> None:
    refund = place.refund()
    async with place.connected(place.replicas[0].port, "auto") as client:
        await approved(text_of(await client.call_tool(REFUND, refund)))
        place.redis.kill()
        try:
            refused = await client.call_tool(REFUND, refund)
            read = await client.call_tool("list_editions", {})
        finally:
            await to_thread.run_sync(place.redis.start)
        assert refused.is_error
        assert "This call did nothing" in text_of(refused)
        assert not read.is_error
        assert refunds(place.data, refund) == 0
        done = await client.call_tool(REFUND, refund)
        assert not done.is_error, text_of(done)
        assert refunds(place.data, refund) == 1
