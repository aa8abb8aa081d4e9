"""A file dropped on the page of a server over HTTP that is killed in the middle: it goes on, and is prepared."""

import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest
from anyio.streams.text import TextReceiveStream
from mcp import Client

from preo_mcp.files.uploads.upload import PIECE
from tests.authorized import authorized
from tests.door import EDITION, ORDERS, content_of
from tests.end_to_end.processes import COMMAND, PATIENCE, environment, seeded
from tests.receiving.by_hand import Opened

BOUGHT = "Ida Lund,+45 22 61 04 18,NF-DRINK,Drikkebillet,4,45.00"
ENDS = ["SIGTERM", *(["SIGKILL"] if sys.platform != "win32" else [])]


@asynccontextmanager
async def server(folder: Path, ends: str) -> AsyncGenerator[str]:
    """Run a server over HTTP on the folder, yield its address, and end it by a signal."""
    command = [*COMMAND, "--sandbox", "--data", str(folder / "data"), "--transport", "http", "--port", "0"]
    settings = environment(state_folder=str(folder / "state"), approval_wait="0")
    process = await anyio.open_process(command, stdin=None, stdout=None, env=settings)
    assert process.stderr is not None
    try:
        with anyio.fail_after(PATIENCE):
            said = await TextReceiveStream(process.stderr).receive()
        url = said.strip().rpartition(" ")[2]
        yield url
    finally:
        process.send_signal(getattr(signal, ends))
        with anyio.move_on_after(PATIENCE, shield=True):
            await process.wait()
        await process.aclose()


@asynccontextmanager
async def host(url: str, folder: Path) -> AsyncGenerator[Client]:
    for _ in range(200):  # it says where it serves a moment before it does
        try:
            async with httpx.AsyncClient() as http:
                await http.get(url)
            break
        except httpx.ConnectError:
            await anyio.sleep(0.05)
    async with Client(authorized(url, folder / "state")) as client:
        yield client


@pytest.mark.parametrize("ends", ENDS)
async def test_it_goes_on_after_the_server_was_killed(tmp_path: Path, ends: str) -> None:
    seeded(tmp_path / "data")
    heading = ORDERS.partition("\n")[0]
    rows = (f"A-{number},ida{number}@example.org,{BOUGHT}" for number in range(PIECE // 60))
    content = "\n".join((heading, *rows)).encode()
    assert len(content) > PIECE
    async with httpx.AsyncClient(timeout=PATIENCE) as browser:
        async with server(tmp_path, ends) as url, host(url, tmp_path) as client:
            asked = content_of(await client.call_tool("receive_file", {}))
            page = await Opened.at(browser, asked["next_step"])
            await page.start("orders.csv", len(content), mark="1")
            assert (await page.piece(0, content[:PIECE])).json()["received"] == PIECE
        assert list((tmp_path / "state" / "uploads").glob(f"{asked['upload']}.*"))

        async with server(tmp_path, "SIGTERM") as url, host(url, tmp_path) as client:
            again = content_of(await client.call_tool("receive_file", {"upload": asked["upload"]}))
            assert again["state"] == "receiving"
            page = await Opened.at(browser, again["next_step"])
            assert (await page.start("orders.csv", len(content), mark="1")).json()["received"] == PIECE
            for offset in range(PIECE, len(content), PIECE):
                await page.piece(offset, content[offset : offset + PIECE])
            assert (await page.post("finish", {"secret": page.secret})).json()["state"] == "complete"
            arguments = {"edition_id": EDITION, "source": asked["upload"]}
            prepared = content_of(await client.call_tool("prepare_import", arguments))
            assert (prepared["stage"], prepared["decisions"]) == ("needs_product_mapping", [])
