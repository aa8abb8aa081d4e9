"""Where those of a team put in files: a page below its own address, for whoever has the secret; and who is kept out."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import Client

from preo_mcp.files.uploads.upload import PIECE
from tests.door import EDITION, ERAS, ORDERS, Era, content_of, text_of
from tests.team.signed_in import Served, a_team

CONTENT = ORDERS.encode()
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)(/uploads/[\w-]+/upload/(upl_\w+))#([\w-]+)")


class Page:
    """A browser on the page of an upload."""

    def __init__(self, http: httpx.AsyncClient, told: str) -> None:
        found = ADDRESS.search(told)
        assert found, told
        self.http = http
        self.origin, self.path, self.upload, self.secret = found.groups()

    async def ask(self, action: str, origin: str | None = None, **body: Any) -> httpx.Response:
        headers = {"Origin": origin or self.origin}
        return await self.http.post(
            f"{self.origin}{self.path}/{action}", json={"secret": self.secret, **body}, headers=headers
        )

    async def piece(self, offset: int, content: bytes) -> httpx.Response:
        headers = {"Origin": self.origin, "Content-Type": "application/octet-stream", "X-Upload-Secret": self.secret}
        where = f"{self.origin}{self.path}/piece?offset={offset}"
        return await self.http.post(where, content=content, headers=headers)

    async def opened(self) -> "Page":
        shown = (await self.ask("show")).json()
        self.secret = shown["session"]
        return self


async def asked(client: Client) -> str:
    result = await client.call_tool("receive_file", {})
    assert not result.is_error, text_of(result)
    return content_of(result)["next_step"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_file_is_put_in_below_the_address_of_the_team(tmp_path: Path, era: Era) -> None:
    async with a_team(tmp_path) as team, httpx.AsyncClient() as http, team.client(team.token("anna"), era) as anna:
        told = await asked(anna)
        assert "preo-mcp put" not in told, "the terminal of the server is none of theirs"
        page = Page(http, told)
        assert page.origin == team.origin
        assert "anna" not in page.path
        document = await http.get(f"{page.origin}{page.path}")
        assert document.status_code == 200
        assert "frame-ancestors 'none'" in document.headers["content-security-policy"]
        await page.opened()
        assert (await page.ask("start", name="orders.csv", size=len(CONTENT), mark="m")).json()["received"] == 0
        assert (await page.piece(0, CONTENT)).json()["received"] == len(CONTENT)
        shown = (await page.ask("finish")).json()
        assert shown["state"] == "complete"
        assert "by_hand" not in shown, "an import is settled with the assistant"
        arrived = await anna.call_tool("receive_file", {"upload": page.upload})
        assert content_of(arrived)["file_name"] == "orders.csv"
        prepared = {"edition_id": EDITION, "source": page.upload, "settle": ["products: keep"]}
        assert not (await anna.call_tool("prepare_import", prepared)).is_error


async def test_who_has_no_secret_or_comes_from_elsewhere_is_kept_out(tmp_path: Path) -> None:
    async with (
        a_team(tmp_path) as team,
        httpx.AsyncClient() as http,
        team.client(team.token("anna")) as anna,
        team.client(team.token("bo")) as bo,
    ):
        mine, theirs = Page(http, await asked(anna)), Page(http, await asked(bo))
        guessed = await mine.ask("show", secret="x" * 43)
        assert guessed.status_code == 409
        assert "session" not in guessed.json()
        for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
            assert (await mine.ask("show", origin=origin)).status_code == 403
        used = mine.secret
        await mine.opened()
        assert "session" not in (await mine.ask("show", secret=used)).json(), "an address works once"
        below_mine = f"{mine.path.rpartition('/')[0]}/{theirs.upload}"
        for secret in (mine.secret, theirs.secret):
            attempt = await http.post(
                f"{mine.origin}{below_mine}/show", json={"secret": secret}, headers={"Origin": mine.origin}
            )
            assert attempt.status_code == 404, "an upload of somebody else"
        assert (await theirs.ask("show")).json()["session"], "which was not used up by that"


@pytest.mark.parametrize(
    "path",
    [
        "/uploads",
        "/uploads/",
        "/uploads/x/upload/upl_1",
        "/uploads//upload/upl_1",
        "/uploads/%2e%2e/mcp",
        "/uploads/ü/x",
    ],
)
async def test_addresses_that_somebody_made_up_are_nobodys(tmp_path: Path, path: str) -> None:
    async with a_team(tmp_path) as team, httpx.AsyncClient() as http:
        answer = await http.get(f"{team.origin}{path}")
        assert answer.status_code in (404, 401)
        assert "Traceback" not in answer.text


async def test_an_address_is_sealed_for_its_own_path_and_changes_nothing_else(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team, httpx.AsyncClient() as http:
        async with team.client(team.token("anna")) as anna:
            page = Page(http, await asked(anna))
        sealed = page.path.split("/")[2]
        for forged in (sealed[:-2] + ("AA" if not sealed.endswith("AA") else "BB"), sealed[1:], sealed + "AAAA"):
            assert (await http.get(f"{team.origin}/uploads/{forged}/upload/{page.upload}")).status_code == 404


async def test_too_much_at_once_is_refused(tmp_path: Path) -> None:
    async with a_team(tmp_path) as team, httpx.AsyncClient() as http, team.client(team.token("anna")) as anna:
        page = await Page(http, await asked(anna)).opened()
        await page.ask("start", name="orders.csv", size=3 * PIECE, mark="m")
        assert (await page.piece(0, b"x" * (PIECE + 1))).status_code == 413
        assert (await page.piece(0, b"x" * PIECE)).json()["received"] == PIECE
        await tells_of(team, page)


async def tells_of(team: Served, page: Page) -> None:
    """An upload goes on with a server of the same key that was started anew."""
    async with a_team(team.folder) as again:
        page.origin = again.origin
        assert (await page.piece(PIECE, b"y" * PIECE)).json()["received"] == 2 * PIECE
