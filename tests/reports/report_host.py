"""A host of MCP Apps for the reports, served to a real browser; behind it a sandbox's server, or results of a test."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from anyio.from_thread import BlockingPortal
from mcp.types import CallToolResult, TextContent
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from preo_mcp.reports.cards import Report
from preo_mcp.reports.documents import report_html
from preo_mcp.settings import Language
from tests.approval.ways.card_host import CARD_POLICY, host, official
from tests.approval.ways.chromium import Browser, Tab

Answer = Callable[[str, dict[str, Any]], Awaitable[CallToolResult]]
Results = Mapping[str, Any]
"""By tool, the structured content of its result; or a text, which is a refusal; or what makes one of its arguments."""
SHOWN: Final = "!document.querySelector('footer').hidden"
WHOLE: Final = "innerHeight >= document.documentElement.scrollHeight"
"""The host has made the card's frame as high as the card."""


@dataclass(slots=True)
class ReportHost:
    """A host that shows one report at a time."""

    portal: BlockingPortal
    browser: Browser
    url: str = ""
    report: Report = Report.CAMPAIGN
    looks: dict[str, Any] = field(default_factory=dict[str, Any])
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    answer: Answer | None = None

    def routes(self) -> list[Route]:
        return [
            Route("/host", host),
            Route("/official", official),
            Route("/card", self._card),
            Route("/call", self._call, methods=["POST"]),
        ]

    def show(
        self,
        report: Report,
        tool: str,
        arguments: dict[str, Any],
        answer: Answer,
        *,
        dark: bool = False,
        width: int = 760,
        until: str = SHOWN,
        asked: str = "strip",
        **looks: Any,
    ) -> Tab:
        """Open a host with a tool's card in it, and return where it is shown, once it is.

        `until` is true once it is there, `asked` what the host does otherwise than it should (see host.html), `looks`
        what the card is made with.
        """
        self.report, self.answer, self.looks = report, answer, {"language": Language.ENGLISH, **looks}
        self.calls.clear()
        theme = "dark" if dark else "light"
        given = json.dumps(arguments).replace(" ", "%20").replace('"', "%22").replace("&", "%26").replace("#", "%23")
        tab = self.browser.tab(f"{self.url}/host?{asked}&theme={theme}&tool={tool}&arguments={given}", height=900)
        tab.resize(width, 900)
        tab.until(until, frame=True)
        tab.until(WHOLE, frame=True)
        return tab

    def show_officially(
        self, report: Report, tool: str, arguments: dict[str, Any], answer: Answer, **asked: Any
    ) -> Tab:
        """Open the official host with a tool's card in it."""
        self.report, self.answer, self.looks = report, answer, {"language": Language.ENGLISH}
        self.calls.clear()
        tab = self.browser.tab(f"{self.url}/official")
        tab.until("window.startHost")
        told = {"tool": tool, "theme": "light", "variables": {}, "given": arguments, "width": 700, **asked}
        tab.run(f"startHost({json.dumps(told)})")
        tab.until(SHOWN, frame=True)
        tab.until(WHOLE, frame=True)
        return tab

    async def _card(self, request: Request) -> Response:
        policy = {"Content-Security-Policy": CARD_POLICY} if "policy" in request.query_params else {}
        return HTMLResponse(report_html(self.report, **self.looks), headers=policy)

    async def _call(self, request: Request) -> Response:
        asked = json.loads(await request.body())
        self.calls.append((asked["name"], asked["arguments"]))
        assert self.answer
        result = await self.answer(asked["name"], asked["arguments"])
        return JSONResponse(result.model_dump(mode="json", by_alias=True, exclude_none=True))


def scripted(results: Results) -> Answer:
    """Return what answers with results of a test; a tool that has none is refused."""

    async def answer(name: str, arguments: dict[str, Any]) -> CallToolResult:
        found = results.get(name, f"{name} was not run · the settings do not offer it · Use another tool.")
        content = found(arguments) if callable(found) else found
        if isinstance(content, str):
            return CallToolResult(content=[TextContent(type="text", text=content)], is_error=True)
        text = TextContent(type="text", text=json.dumps(content))
        return CallToolResult(content=[text], structured_content=content)

    return answer
