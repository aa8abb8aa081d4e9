"""A person who puts a file in on the page, as its script does."""

import re
from dataclasses import dataclass
from typing import Any

import httpx

from preo_mcp.files.uploads.upload import PIECE

ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/upload/(upl_[0-9a-f]{24})#(\S+)")


@dataclass(slots=True)
class Opened:
    """An upload's page, open in a browser."""

    http: httpx.AsyncClient
    url: str
    upload: str
    secret: str

    @classmethod
    async def at(cls, http: httpx.AsyncClient, text: str) -> "Opened":
        """Open the address that a text names."""
        found = ADDRESS.search(text)
        assert found, text
        page = cls(http, found[1], found[2], found[3])
        assert (await http.get(f"{page.url}/upload/{page.upload}")).status_code == 200
        shown = (await page.post("show", {"secret": page.secret})).json()
        page.secret = shown["session"]
        return page

    async def post(self, action: str, body: object, **headers: str) -> httpx.Response:
        mine = {"Origin": self.url, "Content-Type": "application/json"} | named(headers)
        return await self.http.post(f"{self.url}/upload/{self.upload}/{action}", json=body, headers=mine)

    async def piece(self, offset: object, content: bytes, **headers: str) -> httpx.Response:
        mine = {"Origin": self.url, "Content-Type": "application/octet-stream", "X-Upload-Secret": self.secret}
        address = f"{self.url}/upload/{self.upload}/piece?offset={offset}"
        return await self.http.post(address, content=content, headers=mine | named(headers))

    async def start(self, name: str, size: object, **more: Any) -> httpx.Response:
        return await self.post("start", {"secret": self.secret, "name": name, "size": size, **more})

    async def put_in(self, content: bytes, name: str = "orders.csv") -> dict[str, Any]:
        """Put a whole file in, and return what is shown then."""
        assert (await self.start(name, len(content))).json()["state"] == "receiving"
        for offset in range(0, len(content), PIECE):
            answer = await self.piece(offset, content[offset : offset + PIECE])
            assert answer.status_code == 200, answer.text
        return (await self.post("finish", {"secret": self.secret})).json()


def named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
