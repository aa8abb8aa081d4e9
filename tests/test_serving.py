"""The server as a process: every transport and era, with the official client, up to a completed import."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from anyio.streams.text import TextReceiveStream
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from preo_mcp.calls.toolset import Toolset
from preo_mcp.process import LOOPBACK
from preo_mcp.server import CARD_TOOLS
from preo_mcp.serving import tell_what_is_without_effect
from preo_mcp.settings import Settings, Transport
from tests.authorized import authorized, bearer
from tests.door import DECLINE, EDITION, ERAS, ORDERS, TOKEN, YES, Era, Person, content_of, text_of

COMMAND = [sys.executable, "-m", "preo_mcp"]
PATIENCE = 20
WITHOUT_EFFECT = "--allow-folder is without effect over {}: no path is read there"


def environment() -> dict[str, str]:
    """Return a user's environment without settings; the state folder is the tests'."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PREO_")}


async def import_through(client: Client, person: Person, prefix: str = "A") -> None:
    """List the tools, take an import to its end, and be asked once; before that, decline once."""
    tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == [tool.name for tool in (*Toolset().listed(), *CARD_TOOLS)]
    text = ORDERS.replace("NF-POSTER,Plakat A2", "NF-CHILD,Børnebillet").replace("A-", f"{prefix}-")
    prepared = await client.call_tool("prepare_import", {"edition_id": EDITION, "text": text})
    chosen = {"import_id": content_of(prepared)["import_id"]}
    declined = await client.call_tool("start_import", chosen)
    assert declined.is_error
    looked = await client.call_tool("get_data_import", chosen)
    assert content_of(looked)["stage"] == "needs_product_mapping"
    # The identical call would go on to the next way to ask.
    started = await client.call_tool("start_import", chosen | {"ignore_warnings": True})
    assert not started.is_error, text_of(started)
    finished = content_of(await client.call_tool("wait_for_import", chosen))
    assert (finished["stage"], finished["import_result"]["orders_imported"]) == ("completed", 3)
    assert len(person.questions) == 2
    assert person.questions[0] == person.questions[1]


@asynccontextmanager
async def serving(transport: str, folder: Path) -> AsyncGenerator[str]:
    """Run a server on a free port; yield its address as it announces it, and end it."""
    command = [*COMMAND, "--sandbox", "--data", str(folder), "--transport", transport, "--port", "0"]
    process = await anyio.open_process(command, stdin=None, stdout=None, env=environment())
    assert process.stderr is not None
    try:
        with anyio.fail_after(PATIENCE):
            said = await TextReceiveStream(process.stderr).receive()
            url = said.strip().rpartition(" ")[2]
            await listening(int(url.split(":")[2].split("/")[0]))
        yield url
    finally:
        process.terminate()
        with anyio.move_on_after(PATIENCE, shield=True):
            await process.wait()
        await process.aclose()


async def listening(port: int) -> None:
    """Return when something accepts connections on a port."""
    while True:
        try:
            stream = await anyio.connect_tcp(LOOPBACK, port)
        except OSError:
            await anyio.sleep(0.05)
        else:
            await stream.aclose()
            return


@pytest.mark.parametrize("era", ERAS)
async def test_stdio(tmp_path: Path, era: Era) -> None:
    person = Person(DECLINE, YES)
    server = StdioServerParameters(
        command=COMMAND[0],
        args=[*COMMAND[1:], "--sandbox", "--data", str(tmp_path / "sandbox")],
        env=environment(),
    )
    with (tmp_path / "stderr.txt").open("w+", encoding="utf-8") as log:
        transport = stdio_client(server, errlog=log)
        with anyio.fail_after(PATIENCE):
            async with Client(transport, mode=era, elicitation_callback=person.ask) as client:
                await import_through(client, person)
        log.seek(0)
        assert log.read() == ""


async def test_streamable_http_in_both_eras(tmp_path: Path) -> None:
    async with serving("http", tmp_path / "sandbox") as url:
        assert url.endswith("/mcp")
        for era in ERAS:
            person = Person(DECLINE, YES)
            with anyio.fail_after(PATIENCE):
                async with Client(authorized(url), mode=era, elicitation_callback=person.ask) as client:
                    await import_through(client, person, prefix=era)


async def test_sse_in_its_era(tmp_path: Path) -> None:
    async with serving("sse", tmp_path / "sandbox") as url:
        assert url.endswith("/sse")
        for prefix in ("first", "second"):  # the lifespan is entered for each connection, the sandbox once
            person = Person(DECLINE, YES)
            with anyio.fail_after(PATIENCE):
                async with Client(authorized(url), mode="legacy", elicitation_callback=person.ask) as client:
                    await import_through(client, person, prefix=prefix)


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment() | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize("transport", ["http", "sse"])
def test_a_taken_port_is_explained(transport: str) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run("--transport", transport, "--port", port, PREO_TOKEN=TOKEN)
    assert ended.returncode == 2
    assert f"port {port} on {LOOPBACK} cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert TOKEN not in ended.stderr + ended.stdout


def test_a_host_that_leaves_ends_the_server_quietly() -> None:
    ended = run("--sandbox")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.skipif(os.name != "posix", reason="SIGINT is POSIX's")
async def test_an_interrupt_ends_the_server_without_a_traceback() -> None:
    command = [*COMMAND, "--sandbox", "--transport", "http", "--port", "0"]
    process = await anyio.open_process(command, env=environment())
    assert process.stderr is not None
    try:
        with anyio.fail_after(PATIENCE):
            stream = TextReceiveStream(process.stderr)
            said = await stream.receive()
            await listening(int(said.split(":")[2].split("/")[0]))
            process.send_signal(signal.SIGINT)
            rest = "".join([text async for text in stream])
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
        await process.aclose()
    assert "Traceback" not in rest


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.mark.parametrize("transport", ["http", "sse"])
async def test_only_who_knows_the_secret_is_let_in(tmp_path: Path, transport: str) -> None:
    right = bearer()["Authorization"]
    async with serving(transport, tmp_path / "sandbox") as url, httpx.AsyncClient(headers=ACCEPT) as http:

        async def status(**headers: str) -> int:
            if transport == "http":
                return (await http.post(url, json=INITIALIZE, headers=headers)).status_code
            async with http.stream("GET", url, headers=headers) as response:
                return response.status_code

        for wrong in ("", "Bearer", "Bearer x", right[:-1], f"{right}0", right.replace("Bearer", "Basic")):
            assert await status(Authorization=wrong) == 401, wrong
        refused = await http.get(url)
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert len(refused.text.split(" · ")) == 3
        assert await status(Authorization=right) == 200
        assert await status(Authorization=right.replace("Bearer", "bearer")) == 200
        assert await status(Authorization=right, Host="[::1") == 400
        assert await status(Authorization=right, Host="evil.example") in (403, 421)
        forwarded = await status(**{"Authorization": "Bearer x", "X-Forwarded-For": "127.0.0.1"})
        assert forwarded == 401


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 has to be set up first")
async def test_another_address_of_loopback_is_not_taken_for_this_user(tmp_path: Path) -> None:
    """A port is one of an address: another user at 127.0.0.2 can have the port that is this user's at 127.0.0.1."""
    elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    async with (
        serving("http", tmp_path / "sandbox") as url,
        httpx.AsyncClient(headers=ACCEPT | bearer(), transport=elsewhere) as http,
    ):
        assert (await http.post(url, json=INITIALIZE)).status_code == 403


async def test_json_that_is_nested_too_deeply_is_a_bad_request(tmp_path: Path) -> None:
    async with serving("http", tmp_path / "sandbox") as url, httpx.AsyncClient(headers=ACCEPT | bearer()) as http:
        deep = "[" * 200_000 + "]" * 200_000
        answer = await http.post(url, content=deep, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
        assert (await http.post(url, json=INITIALIZE)).status_code == 200, "and the next one is served"


def test_the_secret_is_shown_and_stays_the_same(tmp_path: Path) -> None:
    shown = [run("token", "show", PREO_STATE_FOLDER=str(tmp_path / "state")) for _ in range(2)]
    assert [ended.returncode for ended in shown] == [0, 0]
    assert shown[0].stdout == shown[1].stdout
    assert bearer(tmp_path / "state")["Authorization"] == f"Bearer {shown[0].stdout.strip()}"
    for path in (tmp_path / "state").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_misspelt_edition_stops_the_start() -> None:
    ended = run("--sandbox", "--allow-edition", "edt_nordlys72")
    assert ended.returncode == 2
    assert "PREO_ALLOWED_EDITIONS names edt_nordlys72" in ended.stderr
    assert len(ended.stderr.strip().split(" · ")) == 3
    assert run("--sandbox", "--allow-edition", EDITION).returncode == 0


def test_folders_that_are_without_effect_are_told_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for transport in Transport:
        caplog.clear()
        tell_what_is_without_effect(Settings(sandbox=True, allowed_folders=(tmp_path,), transport=transport))
        told = [record.getMessage() for record in caplog.records]
        assert told == ([] if transport is Transport.STDIO else [WITHOUT_EFFECT.format(transport)])
    tell_what_is_without_effect(Settings(sandbox=True, transport=Transport.HTTP))
    assert len(caplog.records) == 1
