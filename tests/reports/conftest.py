"""The host of reports, served before a Chromium, and real results of a sandbox."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from mcp.types import CallToolResult

from tests.approval.ways.chromium import Browser
from tests.door import open_door
from tests.reports.report_host import Answer, ReportHost
from tests.web.sites import serving_routes

OfSandbox = Callable[..., AbstractContextManager[Answer]]


@pytest.fixture(scope="session")
def served_reports(chromium_of_worker: Browser) -> Generator[ReportHost]:
    with start_blocking_portal() as portal:
        reports = ReportHost(portal, chromium_of_worker)
        serving, reports.url = portal.start_task(serving_routes(reports.routes()))
        yield reports
        serving.cancel()


@pytest.fixture
def reports(served_reports: ReportHost, browser: Browser) -> ReportHost:
    assert served_reports.browser is browser
    return served_reports


@pytest.fixture
def of_sandbox(reports: ReportHost, tmp_path: Path) -> OfSandbox:
    """Opens a server on a fresh sandbox, as its settings say, and returns what it answers."""

    @contextmanager
    def opened(**settings: Any) -> Generator[Answer]:
        with reports.portal.wrap_async_context_manager(open_door(tmp_path / "sandbox", "auto", **settings)) as door:

            async def answer(name: str, arguments: dict[str, Any]) -> CallToolResult:
                return await door.client.call_tool(name, arguments)

            yield answer

    return opened
