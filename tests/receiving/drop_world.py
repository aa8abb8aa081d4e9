"""A server with its upload page and a host with its upload card, before a real browser."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from anyio.from_thread import BlockingPortal
from mcp import Client
from mcp.client.extension import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp.types import TextResourceContents, Tool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from preo_mcp.backend import Backend, Factories
from preo_mcp.receiving.card_tool import CARD_URI
from preo_mcp.receiving.receiver import Receiver
from preo_mcp.server import build_server
from preo_mcp.settings import Settings
from tests.approval.ways.card_host import CARD_POLICY, host, official
from tests.approval.ways.chromium import Browser, Tab
from tests.door import Era, hasty_guardrails

CARDS: Final = advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})
READY: Final = "!document.getElementById('choosing').hidden"
ARRIVED: Final = "document.getElementById('status').dataset.kind === 'good'"
DROPS: Final = """(async (files) => {
  const held = new DataTransfer();
  for (const [name, text, size] of files) held.items.add(new File([text.padEnd(size)], name, {lastModified: 1}));
  const dropped = new DragEvent('drop', {dataTransfer: held, bubbles: true, cancelable: true});
  document.getElementById('zone').dispatchEvent(dropped);
})"""


@dataclass(slots=True)
class Host:
    """A server, and a host whose window shows the upload card."""

    backend: Backend
    client: Client
    tools: dict[str, Tool]

    def routes(self) -> list[Route]:
        return [
            Route("/host", host),
            Route("/official", official),
            Route("/card", self.card),
            Route("/call", self.call, methods=["POST"]),
        ]

    async def card(self, request: Request) -> Response:
        policy = {"Content-Security-Policy": CARD_POLICY} if "policy" in request.query_params else {}
        [read] = (await self.client.read_resource(CARD_URI)).contents
        assert isinstance(read, TextResourceContents)
        assert read.mime_type == APP_MIME_TYPE
        return HTMLResponse(read.text, headers=policy)

    async def call(self, request: Request) -> Response:
        asked = json.loads(await request.body())
        ui: dict[str, Any] = (self.tools[asked["name"]].meta or {}).get("ui", {})
        if asked["from"] not in ui.get("visibility", ["model", "app"]):
            return Response(status_code=403)
        result = await self.client.call_tool(asked["name"], asked["arguments"])
        return JSONResponse(result.model_dump(mode="json", by_alias=True, exclude_none=True))


@asynccontextmanager
async def hosted(
    folder: Path, era: Era = "auto", *, caller: str = "", shows_cards: bool = True
) -> AsyncGenerator[Host]:
    flags = {"sandbox": True, "state_folder": folder, "approval_wait": 0}
    settings = Settings.load({}, flags)
    async with (
        Backend.opened(settings, Factories(guardrails=hasty_guardrails), caller) as backend,
        Client(build_server(settings, backend), mode=era, extensions=(CARDS,) if shows_cards else ()) as client,
    ):
        yield Host(backend, client, {tool.name: tool for tool in (await client.list_tools()).tools})


@dataclass(slots=True)
class DropWorld:
    """What a test drives."""

    portal: BlockingPortal
    browser: Browser
    host: Host
    url: str

    def address(self) -> str:
        """Return the address of a page that waits for a file."""
        return self.portal.call(self._address)

    def receiver(self) -> Receiver:
        """Return what the page asks, which is made where the server runs."""
        return self.portal.call(lambda: self.host.backend.receiver)

    async def _address(self) -> str:
        receiver = self.host.backend.receiver
        return await receiver.address((await receiver.uploads.ask()).id)

    def page(self, *, dark: bool = False, width: int = 760) -> Tab:
        tab = self.browser.tab(self.address(), dark=dark)
        tab.resize(width)
        tab.until(READY)
        return tab

    def card(self, *, width: int = 760, theme: str = "light", **asked: str) -> Tab:
        query = "&".join(f"{name}={value}" for name, value in {"theme": theme, "strip": "", **asked}.items())
        tab = self.browser.tab(f"{self.url}/host?tool=receive_file&arguments=%7B%7D&{query}", height=900)
        tab.resize(width, 900)
        tab.until(READY, frame=True)
        return tab

    def official(self, **asked: Any) -> Tab:
        """Open the official host with the card in it."""
        tab = self.browser.tab(f"{self.url}/official", height=900)
        tab.until("window.startHost")
        told: dict[str, Any] = {
            "tool": "receive_file",
            "theme": "light",
            "variables": {},
            "given": {},
            "width": 700,
            **asked,
        }
        tab.run(f"startHost({json.dumps(told)})")
        tab.until(READY, frame=True)
        return tab


def drop_from_disk(tab: Tab, *paths: Path) -> None:
    """Drop files or folders as the system's file manager does."""
    x, y = tab.run("(({x, y}) => [x + 40, y + 40])(document.getElementById('zone').getBoundingClientRect())")
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        tab.drag(kind, x, y, data)


def drop(tab: Tab, *files: tuple[str, str] | tuple[str, str, int], frame: bool = False) -> None:
    """Drop files, each its name, its text and how long it is with spaces."""
    given = [[*one, 0][:3] for one in files]
    tab.run(f"{DROPS}({json.dumps(given)})", frame=frame)
