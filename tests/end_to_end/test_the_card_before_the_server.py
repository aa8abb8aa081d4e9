"""The card as the server gives it out, in a host's window in Chromium, with the official client before the server."""

import json
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client
from mcp.client.extension import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID
from mcp.types import CallToolResult, TextResourceContents, Tool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from preo_mcp.approval.languages import in_language
from preo_mcp.approval.ledgers.ledger import take
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.ways.card_tool import APPROVAL_TOOL
from preo_mcp.approval.ways.page import ApprovalPage
from preo_mcp.approval.wording import Personal
from preo_mcp.backend import Backend, Factories
from preo_mcp.replies.reply import refusal
from preo_mcp.server import build_server
from preo_mcp.settings import Language, Settings
from tests.approval.forgeries import FORGERIES
from tests.approval.ways.card_host import FACTS, HOST, photograph, status
from tests.approval.ways.chromium import WHY_NOT, Browser, Tab
from tests.approval.ways.npm_packages import skipped
from tests.approval.ways.open_plans import LINES, PLAN_ID, open_plan
from tests.door import ERAS, HASTY, Era, hasty_guardrails, text_of
from tests.end_to_end.processes import refundable, refunds, seeded
from tests.web.sites import serving_routes

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)

REFUND = "create_purchase_refund"
WIDER = "[...document.querySelectorAll('dt, dd')].filter((cell) => cell.scrollWidth > cell.clientWidth).length"
"""How many cells have something beyond their edge."""
CARDS = advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})


class Host(ApprovalPage):
    """A host whose window is served beside the approval page; it keeps to what tools say of their visibility."""

    def __init__(self, backend: Backend, client: Client, tools: list[Tool]) -> None:
        super().__init__(backend.guardrails.ledger, backend.settings.language, HASTY.now)
        self.backend = backend
        self.client = client
        self.tools = {tool.name: tool for tool in tools}
        self.scripted: CallToolResult | None = None
        self.answers: list[str] = []

    def routes(self) -> list[Route]:
        return [Route("/host", self.window), Route("/card", self.card), Route("/call", self.call, methods=["POST"])]

    async def window(self, _: Request) -> Response:
        return HTMLResponse(HOST)

    async def card(self, _: Request) -> Response:
        ui = (self.tools[REFUND].meta or {})["ui"]
        [read] = (await self.client.read_resource(ui["resourceUri"])).contents
        assert isinstance(read, TextResourceContents)
        assert read.mime_type == APP_MIME_TYPE
        return HTMLResponse(read.text)

    async def call(self, request: Request) -> Response:
        asked = json.loads(await request.body())
        if asked["from"] not in self.visible_to(asked["name"]):
            return Response(status_code=403)
        result = self.scripted if asked["from"] == "model" and self.scripted else await self.called(asked)
        return JSONResponse(result.model_dump(mode="json", by_alias=True, exclude_none=True))

    async def called(self, asked: dict[str, Any]) -> CallToolResult:
        result = await self.client.call_tool(asked["name"], asked["arguments"])
        self.answers += [text_of(result)] if asked["from"] == "model" else []
        return result

    def visible_to(self, name: str) -> list[str]:
        ui: dict[str, Any] = (self.tools[name].meta or {}).get("ui", {})
        return ui.get("visibility", ["model", "app"])


@dataclass(slots=True)
class World:
    """A host with a server behind it, a browser before it, and refunds of parts that nobody asked for yet."""

    portal: BlockingPortal
    browser: Browser
    sandbox: Path
    host: Host
    url: str
    left: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def card(self, arguments: dict[str, Any], *, width: int = 760, **asked: str) -> Tab:
        query = urlencode({"arguments": json.dumps(arguments), **asked})
        return self.browser.tab(f"{self.url}/host?{query}", width=width, height=900)

    def asked(self, arguments: dict[str, Any], *, width: int = 760, **asked: str) -> Tab:
        """Open a card that shows its question."""
        tab = self.card(arguments, width=width, **asked)
        tab.until("document.querySelector('.fact')", frame=True)
        return tab

    def refunds(self, arguments: dict[str, Any]) -> int:
        return refunds(self.sandbox, arguments)

    def change(self, plan_id: str, **fields: Any) -> None:
        """Change a plan in the server's ledger."""

        def step(plan: Plan) -> Plan:
            return plan.model_copy(update={**fields, "version": plan.version + 1})

        self.portal.call(take, self.host.backend.guardrails.ledger, plan_id, step)

    def pending(self) -> list[Plan]:
        return self.portal.call(self.host.backend.guardrails.ledger.pending, HASTY.now())


@asynccontextmanager
async def hosted(folder: Path, sandbox: Path, era: Era) -> AsyncGenerator[Host]:
    flags = {"sandbox": True, "sandbox_data": sandbox, "state_folder": folder, "approval_wait": 0}
    settings = Settings.load({}, {**flags, "confirm_amount_over": 1})
    async with (
        Backend.opened(settings, Factories(guardrails=hasty_guardrails)) as backend,
        Client(build_server(settings, backend), mode=era, extensions=(CARDS,)) as client,
    ):
        yield Host(backend, client, (await client.list_tools()).tools)


@pytest.fixture(scope="module", params=ERAS)
def world(
    request: pytest.FixtureRequest, chromium_of_worker: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Generator[World]:
    folder = tmp_path_factory.mktemp("card")
    sandbox = seeded(folder / "sandbox")
    left = [one | {"scope": "purchase_custom"} for one in refundable(sandbox, 4)]
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(hosted(folder / "state", sandbox, request.param)) as host,
    ):
        serving, url = portal.start_task(serving_routes(host.routes()))
        yield World(portal, chromium_of_worker, sandbox, host, url, left)
        serving.cancel()


@pytest.fixture(autouse=True)
def tidy(browser: Browser) -> Browser:
    return browser


def test_the_card_approves_what_was_typed_in_a_host_that_strips_results(world: World) -> None:
    assert world.host.visible_to(APPROVAL_TOOL.name) == ["app"]
    refund = world.left.pop() | {"amount": 2}
    tab, other = world.asked(refund, strip="", theme="dark"), world.asked(refund)
    assert dict(tab.run(FACTS, frame=True))["Amount to refund"] == "2.00 DKK"
    photograph(tab, "server-card-dark")
    tab.run("document.getElementById('typed').focus()", frame=True)
    tab.type("3")
    tab.press("Enter", 13, "\r")
    tab.until("document.getElementById('problem').textContent", frame=True)
    assert world.refunds(refund) == 0
    tab.run("document.getElementById('typed').value = ''", frame=True)
    tab.type("2,00")
    tab.click("#approve", frame=True)
    status(tab, "Done: Request refund", frame=True)
    tab.until("seen.context.length")
    assert "Approved in the card." in tab.run("seen.context[0]")

    other.run("document.getElementById('typed').focus()", frame=True)
    other.type("2,00")
    other.click("#approve", frame=True)
    status(other, "approved and carried out already", frame=True)
    assert world.refunds(refund) == 1
    assert tab.complaints() == []


def test_the_card_declines_and_expires(world: World) -> None:
    refund = world.left.pop() | {"amount": 1}
    tab = world.asked(refund)
    tab.click("#decline", frame=True)
    status(tab, "Declined. Nothing was done.", frame=True)
    tab.until("seen.context.length")
    assert f"{REFUND} was declined" in tab.run("seen.context[0]")
    assert world.refunds(refund) == 0

    refund = world.left.pop() | {"amount": 1}
    tab = world.asked(refund, strip="")
    [*_, plan] = world.pending()
    world.change(plan.id, expires=plan.created)
    tab.click("#approve", frame=True)
    status(tab, "This question has expired.", frame=True)
    assert tab.run("seen.context", frame=False) == []
    assert (world.refunds(refund), world.pending()) == (0, [])


def test_what_customers_wrote_changes_no_line_of_the_card(world: World) -> None:
    shown = [in_language(Personal(text), Language.ENGLISH) for text in FORGERIES]
    raw = [text.encode("utf-8", "replace").decode() for text in FORGERIES]
    lines = (*LINES, *((f"Name {number}", text) for number, text in enumerate(shown + raw)))
    expires = HASTY.now() + timedelta(hours=1)
    plan = open_plan(lines=lines).model_copy(update={"created": HASTY.now(), "expires": expires})
    world.portal.call(world.host.backend.guardrails.ledger.add, plan)
    world.host.scripted = refusal(f"It was not run yet · a person has to approve it\nPlan {PLAN_ID} (until 13:00)\n")
    tab = world.asked({}, theme="light")
    world.host.scripted = None
    assert tab.run(FACTS, frame=True) == [list(line) for line in lines]
    assert (
        tab.run("document.querySelectorAll('dl *:not(.fact, dt, dd), main img, main a, main b').length", frame=True)
        == 0
    )
    assert tab.run(WIDER, frame=True) == 0
    assert tab.complaints() == []
    photograph(tab, "server-card-forgeries")
