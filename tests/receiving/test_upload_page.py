"""The upload page over real HTTP: who can put a file in, what is refused, and what no answer allows."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import httpx
import pytest

from preo_mcp.approval.asking import MOST_TABS, OPEN_AGAIN_AFTER
from preo_mcp.approval.timing import Timing
from preo_mcp.files.uploads.upload import FILE_LIMIT, PIECE
from preo_mcp.process import is_own_user
from preo_mcp.receiving.page import MOST_BYTES, UploadPage
from preo_mcp.receiving.receiver import Receiver
from preo_mcp.settings import Settings
from preo_mcp.web import gate
from preo_mcp.web.gate import Gate, IsOurs
from preo_mcp.web.site import Site
from tests.door import ORDERS
from tests.files.uploads.received import Received
from tests.receiving.by_hand import Opened

CONTENT = ORDERS.encode()


@dataclass(slots=True)
class Served:
    """A caller's page, and a browser without it."""

    received: Received
    receiver: Receiver
    page: UploadPage
    url: str
    http: httpx.AsyncClient

    async def address(self) -> str:
        return await self.page.address(self.url, (await self.receiver.uploads.ask()).id)

    async def opened(self) -> Opened:
        return await Opened.at(self.http, await self.address())


@asynccontextmanager
async def served(folder: Path, owner: str = "", is_ours: IsOurs = is_own_user) -> AsyncGenerator[Served]:
    received = Received(folder / "state")
    async with anyio.create_task_group() as tasks, httpx.AsyncClient() as http:
        site = Site(tasks.start)
        receiver = Receiver(Settings(sandbox=True), received.of(owner), site)
        page = UploadPage(receiver, partial(Gate, is_ours=is_ours))
        site.add(page.routes())
        yield Served(received, receiver, page, await site.base_url(), http)
        tasks.cancel_scope.cancel()


@pytest.fixture
async def there(tmp_path: Path) -> AsyncGenerator[Served]:
    async with served(tmp_path) as made:
        yield made


async def test_others_are_kept_out(there: Served) -> None:
    page = await there.opened()
    await page.start("orders.csv", len(CONTENT))
    port = page.url.rpartition(":")[2]
    foreign: list[dict[str, str]] = [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": f"http://localhost:{port}"},
        {"Host": f"evil.example:{port}", "Origin": f"http://evil.example:{port}"},
        {"Content_Type": "text/plain"},
        {"Content_Type": "multipart/form-data"},
        {"Content_Type": "application/x-www-form-urlencoded"},
    ]
    for headers in foreign:
        assert (await page.piece(0, CONTENT, **headers)).status_code == 403, headers
        for action in ("show", "start", "finish"):
            body = {"secret": page.secret, "name": "x.csv", "size": 3}
            assert (await page.post(action, body, **headers)).status_code == 403, headers
    assert (await page.piece(0, CONTENT, Content_Type="application/json")).status_code == 403
    rebound = await there.http.get(f"{page.url}/upload/{page.upload}", headers={"Host": "evil.example"})
    assert rebound.status_code == 403
    for method in ("GET", "PUT", "OPTIONS", "DELETE"):
        assert (await there.http.request(method, f"{page.url}/upload/{page.upload}/piece")).status_code == 405
    assert (await there.receiver.uploads.find(page.upload)).received == 0


async def test_another_user_of_the_computer_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path, is_ours=lambda _client, _server: False) as there:
        address = await there.address()
        assert (await there.http.get(address)).status_code == 403
        ticket = await there.page.ticket(there.url, address.rpartition("/")[2].partition("#")[0])
        refused = await there.http.get(ticket)
        assert refused.status_code == 403
        assert refused.text.startswith("No file was taken · this page is for the user who runs preo-mcp · ")


async def test_wrong_secrets_and_a_used_address(there: Served) -> None:
    address = await there.address()
    page = await Opened.at(there.http, address)
    used = address.rpartition("#")[2]
    for secret in (used, "wrong", "", None, 5, ["x"], page.secret[:-1]):
        shown = await page.post("show", {"secret": secret})
        assert (shown.status_code, shown.json()["state"]) == (409, "secret"), secret
        started = await page.post("start", {"secret": secret, "name": "orders.csv", "size": 3})
        assert started.json()["state"] == "secret"
        assert (await page.post("finish", {"secret": secret})).json()["state"] == "secret"
    await page.start("orders.csv", 3)
    for secret in (used, "wrong", ""):
        assert (await page.piece(0, b"a,b", X_Upload_Secret=secret)).json()["state"] == "secret"
    assert (await page.piece(0, b"a,b")).json()["received"] == 3


async def test_two_tabs_and_a_reloaded_one(there: Served) -> None:
    first = await there.opened()
    await first.start("orders.csv", len(CONTENT), mark="1")
    await first.piece(0, CONTENT[:100])
    again = await first.post("show", {"secret": first.secret})
    assert (again.json()["session"], again.json()["received"]) == (first.secret, 100)
    second = await Opened.at(there.http, await there.page.address(there.url, first.upload))
    assert (await first.piece(100, CONTENT[100:])).json()["state"] == "secret"
    assert (await second.start("orders.csv", len(CONTENT), mark="1")).json()["received"] == 100
    assert (await second.piece(100, CONTENT[100:])).status_code == 200
    assert (await second.post("finish", {"secret": second.secret})).json()["state"] == "complete"


async def test_another_callers_page_and_upload(tmp_path: Path) -> None:
    async with served(tmp_path, "ida") as ida, served(tmp_path, "jens") as jens:
        page = await ida.opened()
        await page.start("orders.csv", len(CONTENT))
        theirs = Opened(jens.http, jens.url, page.upload, page.secret)
        assert (await jens.http.get(f"{jens.url}/upload/{page.upload}")).status_code == 404
        for answer in (
            await theirs.post("show", {"secret": page.secret}),
            await theirs.start("orders.csv", 3),
            await theirs.piece(0, CONTENT),
            await theirs.post("finish", {"secret": page.secret}),
        ):
            assert (answer.status_code, answer.json()["state"]) == (404, "gone")


async def test_oversized_announced_and_not(there: Served) -> None:
    page = await there.opened()
    assert (await page.start("orders.csv", FILE_LIMIT + 1)).json()["state"] == "too_large"
    assert (await page.start("orders.csv", 10)).json()["state"] == "receiving"
    assert (await page.piece(0, b"x" * 11)).json()["state"] == "too_large"
    too_long = await page.piece(0, b"x" * (PIECE + 1))
    assert too_long.status_code == 403
    assert "too long" in too_long.text
    assert (await page.post("show", {"secret": "x" * MOST_BYTES})).status_code == 403
    assert (await there.receiver.uploads.find(page.upload)).received == 0


async def test_pieces_out_of_order_tell_where_to_go_on(there: Served) -> None:
    page = await there.opened()
    await page.start("orders.csv", 30)
    gap = (await page.piece(10, b"b" * 10)).json()
    assert (gap["state"], gap["received"]) == ("gap", 0)
    assert gap["message"]
    await page.piece(0, b"a " * 5)
    for offset in ("-1", "x", "", "1e3", "٣", "9" * 20):
        assert (await page.piece(offset, b"x")).status_code == 403, offset
    assert (await page.post("finish", {"secret": page.secret})).json()["state"] == "incomplete"


async def test_a_piece_that_never_ends_is_given_up(there: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "BODY_SECONDS", 0.05)
    page = await there.opened()
    await page.start("orders.csv", 30)
    host = page.url.removeprefix("http://")
    said = {
        "Host": host,
        "Origin": page.url,
        "Content-Type": "application/octet-stream",
        "X-Upload-Secret": page.secret,
        "Content-Length": "30",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    name, _, port = host.partition(":")
    async with await anyio.connect_tcp(name, int(port)) as stream:
        await stream.send(f"POST /upload/{page.upload}/piece?offset=0 HTTP/1.1\r\n{head}\r\na".encode())
        with anyio.fail_after(5):
            answer = await stream.receive()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert (await there.receiver.uploads.find(page.upload)).received == 0


async def test_what_is_no_start_is_refused(there: Served) -> None:
    page = await there.opened()
    for size in ("3", None, 3.5, [3]):
        assert (await page.start("orders.csv", size)).status_code == 403, size
    assert (await page.start("orders.csv", True)).status_code == 403
    for name in (None, 5, ""):
        assert (await page.post("start", {"secret": page.secret, "name": name, "size": 3})).json()["state"] == "name"


async def test_every_answer_forbids_frames_caches_referrers_and_foreign_scripts(there: Served) -> None:
    page = await there.opened()
    answers = [
        await there.http.get(f"{page.url}/upload/{page.upload}"),
        await page.start("orders.csv", 3),
        await page.piece(0, b"x"),
        await page.piece(0, b"x", Origin="https://evil.example"),
        await page.post("finish", {"secret": "wrong"}),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers


async def test_a_ticket_opens_the_page_once_and_carries_no_secret(there: Served) -> None:
    upload = await there.receiver.uploads.ask()
    ticket = await there.page.ticket(there.url, upload.id)
    assert "#" not in ticket
    led = await there.http.get(ticket)
    path, _, secret = led.headers["location"].partition("#")
    assert (led.status_code, path) == (303, f"/upload/{upload.id}")
    assert secret not in ticket
    assert (await there.http.get(ticket)).json()["state"] == "secret"


async def test_a_browser_is_opened_where_there_is_one(tmp_path: Path) -> None:
    opened: list[str] = []

    async def open_page(address: str) -> bool:
        opened.append(address)
        return True

    async with anyio.create_task_group() as tasks:
        received = Received(tmp_path / "state")
        timing = Timing(now=lambda: received.now)
        receiver = Receiver(Settings(sandbox=True), received.of(), Site(tasks.start), timing, open_page)
        asked = [await receiver.uploads.ask() for _ in range(MOST_TABS + 1)]
        assert await receiver.open(asked[0].id)
        assert opened[0].startswith("http://127.0.0.1:")
        assert "/upload/open/" in opened[0]
        assert await receiver.open(asked[0].id)
        assert len(opened) == 1, "it was opened just now"
        assert [await receiver.open(one.id) for one in asked[1:]] == [*[True] * (MOST_TABS - 1), False]
        assert len(opened) == MOST_TABS, "a screen is not filled"
        received.later(seconds=OPEN_AGAIN_AFTER.total_seconds())
        assert await receiver.open(asked[0].id)
        assert len(opened) == MOST_TABS + 1
        tasks.cancel_scope.cancel()
