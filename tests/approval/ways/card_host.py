"""A host of MCP Apps for the approval card, served beside the approval page to a real browser."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from preo_mcp.approval import plans
from preo_mcp.approval.asking import PLAN_LINE
from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.approval.ways import card
from preo_mcp.approval.ways.documents import card_html
from preo_mcp.approval.ways.page import ApprovalPage
from preo_mcp.replies.reply import refusal
from preo_mcp.settings import Language, Settings
from tests.approval.ways.chromium import Browser, Tab
from tests.approval.ways.npm_packages import official_host
from tests.approval.ways.open_plans import LINES, PLAN_ID, Waiting

PHOTOGRAPHS = os.environ.get("PHOTOGRAPHS")
"""A folder for pictures of what the tests see, for people to look at."""
HOST = Path(__file__).with_name("host.html").read_text(encoding="utf-8")
FACTS = "[...document.querySelectorAll('.fact')].map((row) => [...row.children].map((cell) => cell.textContent))"
CARD_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "media-src 'self' data:; connect-src 'none'; frame-src 'none'; base-uri 'self'; object-src 'none'"
)
"""What MCP Apps prescribes to hosts for a card that declares nothing."""
SETTINGS = Settings(sandbox=True)
"""The language is English, and every way to ask is allowed."""


@dataclass(slots=True)
class World:
    """A ledger with a page before it, and a host whose server asks about refunds on it."""

    portal: BlockingPortal
    browser: Browser
    waiting: Waiting = field(default_factory=Waiting)
    url: str = ""
    refunds: int = 0
    ends: PlanState = PlanState.DONE
    other_facts: Plan | None = None
    settings: Settings = SETTINGS
    page: "PageAndHost" = field(init=False)

    def __post_init__(self) -> None:
        self.page = PageAndHost(self)

    def begin(self, plan: Plan, language: Language = Language.ENGLISH) -> None:
        self.waiting.ledger.plans.clear()
        self.waiting.put(plan)
        self.waiting.now = plan.created
        self.refunds, self.ends = 0, PlanState.DONE
        self.other_facts = None
        self.settings = Settings(sandbox=True, language=language)
        self.page.speak(language)

    def address(self) -> str:
        page = ApprovalPage(self.waiting.ledger, self.settings.language, self.waiting.clock)
        return self.portal.call(page.address, self.url, PLAN_ID)

    def card(self, **asked: str) -> Tab:
        """Open the host with the card in it."""
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return self.browser.tab(f"{self.url}/host?{query}", height=620)

    def routes(self) -> list[Route]:
        return [
            Route("/host", host),
            Route("/empty", empty),
            Route("/official", official),
            Route("/card", self.card_document),
            Route("/call", self.call, methods=["POST"]),
        ]

    async def card_document(self, request: Request) -> Response:
        policy = {"Content-Security-Policy": CARD_POLICY} if "policy" in request.query_params else {}
        return HTMLResponse(card_html(self.settings.language), headers=policy)

    async def call(self, request: Request) -> Response:
        asked = json.loads(await request.body())
        if asked["name"] == "approval":
            context: Context[Any, Any] = Context()
            now = self.waiting.now
            result = await card.approval_call(context, self.waiting.ledger, self.settings, asked["arguments"], now)
        else:
            assert asked["name"] == self.waiting.plan.tool
            assert asked["arguments"] == {"purchase_id": "pur_0001", "scope": "full"}
            result = await self.refund()
        return JSONResponse(result.model_dump(mode="json", by_alias=True, exclude_none=True))

    async def refund(self) -> CallToolResult:
        """The guarded tool: it runs a plan that is approved, and otherwise tells what it waits for."""
        if self.waiting.plan.state is PlanState.APPROVED and self.other_facts:
            self.waiting.put(plans.renewed(self.waiting.plan, self.other_facts))
        plan = self.waiting.plan
        if plan.state is PlanState.APPROVED:
            self.refunds += 1
            self.waiting.put(plan.model_copy(update={"state": self.ends, "version": plan.version + 1}))
            if self.ends is not PlanState.DONE:
                return refusal("Create refund failed · Preo did not answer · Look at it in Preo.")
            return done("Refund ref_0001 requested: 1,590.00 DKK\nApproved in the card.")
        if plan.state is PlanState.DONE:
            return done("Refund ref_0001 requested: 1,590.00 DKK\nThis call was carried out before.")
        facts = "\n".join(f"{label}: •••" for label, _ in LINES)
        known = f"{PLAN_LINE.format(id=plan.id)} (until 2026-11-23 13:00 UTC)"
        return refusal(f"It was not run yet · a person has to approve it\n{known}\nRequest this refund?\n\n{facts}")


class PageAndHost(ApprovalPage):
    """The page, and on the same server the host."""

    def __init__(self, world: World) -> None:
        super().__init__(world.waiting.ledger, Language.ENGLISH, world.waiting.clock)
        self._world = world

    def routes(self) -> list[Route]:
        return [*super().routes(), *self._world.routes()]

    def speak(self, language: Language) -> None:
        self._language = language


def shows_cards(_: Context[Any, Any]) -> bool:
    return True


def done(text: str) -> CallToolResult:
    return CallToolResult.model_validate({"content": [{"type": "text", "text": text}]})


async def host(_: Request) -> Response:
    return HTMLResponse(HOST)


async def official(_: Request) -> Response:
    """Answer with a page that has the official host of MCP Apps."""
    return HTMLResponse(f"<!DOCTYPE html><link rel=icon href='data:,'><body></body><script>{official_host()}</script>")


async def empty(_: Request) -> Response:
    return HTMLResponse("<!DOCTYPE html><link rel=icon href='data:,'><body></body>")


def photograph(tab: Tab, name: str) -> None:
    if PHOTOGRAPHS:
        tab.photograph(Path(PHOTOGRAPHS) / f"{name}.png")


def status(tab: Tab, text: str, *, frame: bool = False) -> None:
    tab.until(f"document.getElementById('status').textContent.includes({json.dumps(text)})", frame=frame)
