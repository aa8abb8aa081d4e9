"""Somebody in Preo's own pages changes what was approved at the very moment of the write: found, stopped and told."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.abc import TaskGroup

from preo_mcp.api.operations import (
    UPDATE_CONSENT,
    UPDATE_EDITION,
    UPDATE_EMAIL_MESSAGE,
    UPDATE_SEGMENT,
    Operation,
)
from preo_mcp.approval.commit import CHANGED_BESIDE
from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.sandbox.in_process import SANDBOX_URL, run_sandbox
from preo_mcp.settings import Settings
from tests.door import EDITION, YES, Door, Person, open_door
from tests.guarded_calls import GUARDED_CALLS, next_month
from tests.past_the_guard import in_preo

DRAFT, SCHEDULED = "cmp_nordlys_vip", "cmp_nordlys_practical"
VIP, RETURN, GUESTS, NEWS = "eml_n27_vip", "seg_nordlys_return", "seg_nordlys_guests", "con_nordlys_news"


class Beside(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox; as soon as a write has been answered there, somebody else changes something."""

    def __init__(self, sandbox: httpx.AsyncBaseTransport) -> None:
        self._sandbox = sandbox
        self.write = ""
        self.meddle: Callable[[], Awaitable[object]] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._sandbox.handle_async_request(request)
        if self.meddle is not None and f"{request.method} {request.url.path}".endswith(self.write):
            meddle, self.meddle = self.meddle, None
            await meddle()
        return answer


@asynccontextmanager
async def door_beside(folder: Path) -> AsyncGenerator[tuple[Door, Beside]]:
    opened: list[Beside] = []

    @asynccontextmanager
    async def client_of(settings: Settings, tasks: TaskGroup) -> AsyncGenerator[PreoClient]:
        sandbox: httpx.AsyncBaseTransport = await tasks.start(run_sandbox, settings.sandbox_data)
        opened.append(Beside(sandbox))
        client = PreoClient(Connection.of(settings, SANDBOX_URL), transport=opened[0])
        yield client
        await client.aclose()

    async with open_door(folder, "auto", Person(YES), client=client_of) as door:
        await door.backend.client()
        yield door, opened[0]


def told(result: dict[str, Any]) -> str:
    return " ".join(result["notes"])


@pytest.mark.parametrize(
    ("operation", "key", "change"),
    [
        (UPDATE_EMAIL_MESSAGE, VIP, {"subject": "Noget andet"}),
        (UPDATE_EMAIL_MESSAGE, VIP, {"blocks": [{"type": "text", "text": "Noget andet"}]}),
        (UPDATE_SEGMENT, RETURN, {"condition": "true"}),
        (UPDATE_CONSENT, NEWS, {"description": "Intet."}),
        (UPDATE_EDITION, EDITION, {"name": "Skagen"}),
    ],
)
@pytest.mark.parametrize("tool", ["send_campaign", "schedule_campaign"])
async def test_a_campaign_that_was_changed_at_the_moment_of_the_write_is_cancelled(
    tmp_path: Path, tool: str, operation: Operation, key: str, change: dict[str, Any]
) -> None:
    async with door_beside(tmp_path) as (door, beside):
        beside.write = f"{DRAFT}/{tool.partition('_')[0]}"
        beside.meddle = lambda: in_preo(door, operation, change, id=key)
        arguments = {"campaign_id": DRAFT} | ({"scheduled_at": next_month()} if tool == "schedule_campaign" else {})
        notes = told(await door.done(tool, **arguments))
        assert CHANGED_BESIDE in notes
        status = (await door.done("get_campaign", campaign_id=DRAFT))["status"]
        assert status in ("cancelled", "failed", "sent")
        assert ("The campaign was cancelled; " in notes) == (status == "cancelled")
        assert tool == "send_campaign" or status == "cancelled"


@pytest.mark.parametrize(
    ("tool", "arguments", "operation", "key", "change"),
    [
        ("update_campaign", {"campaign_id": SCHEDULED, "name": "Nu"}, UPDATE_SEGMENT, GUESTS, {"condition": "true"}),
        ("update_segment", {"segment_id": GUESTS, "name": "Nu"}, UPDATE_SEGMENT, GUESTS, {"condition": "true"}),
    ],
)
async def test_an_edit_beside_which_something_else_changed_is_told(
    tmp_path: Path, tool: str, arguments: dict[str, Any], operation: Operation, key: str, change: dict[str, Any]
) -> None:
    async with door_beside(tmp_path) as (door, beside):
        kind, edited = tool.partition("_")[2], next(iter(arguments.values()))
        beside.write = f"PATCH /v1/{kind}s/{edited}"
        beside.meddle = lambda: in_preo(door, operation, change, id=key)
        notes = told(await door.done(tool, **arguments))
        assert CHANGED_BESIDE in notes
        assert "cancel_campaign stops" in notes
        assert (await door.done("get_campaign", campaign_id=SCHEDULED))["status"] == "scheduled"


async def test_nothing_is_said_where_nothing_changed(tmp_path: Path) -> None:
    async with door_beside(tmp_path) as (door, _):
        for tool in ("send_campaign", "schedule_campaign", "update_campaign", "update_segment", "update_email_message"):
            result = await door.done(tool, **(await GUARDED_CALLS[tool](door)).arguments)
            assert "not what was used" not in told(result), tool
            assert "could not be compared" not in told(result), tool
