"""What holds for each tool alike, called through a host."""

import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from preo_mcp.calls.toolset import Toolset
from tests.door import ERAS, YES, Door, Person, open_door

ENTRIES = {tool.name: tool for tool in Toolset().listed()}
ABOUT_ONE = sorted(
    name
    for name, tool in ENTRIES.items()
    if any(re.fullmatch(r"\w*_id", key) for key in tool.input_schema.get("required", []))
)
"""The tools that are about an object that the caller names."""

FILLED: dict[str, Any] = {
    "reason": "customer_request",
    "scheduled_at": "2031-01-01T10:00:00Z",
    "name": "A name",
    "title": "A title",
    "subject": "A subject",
    "blocks": [{"type": "text", "text": "Hello"}],
    "timezone": "Europe/Copenhagen",
    "type": "campaign",
    "channel": "email",
    "condition": "true",
    "expression": "true",
    "url": "http://127.0.0.1:9/hook",
    "events": ["ORDER_COMPLETED"],
    "mappings": [{"id": "none"}],
    "save_to": "rows.csv",
    "purchase_ids": ["pur_none"],
    "refund_ids": ["rfd_none"],
    "conditions": ["true"],
    "orders": [{"email": "a@example.com", "order_id": "1", "items": [{"product_id": "none", "quantity": 1}]}],
}
"""Values for required arguments that name no object."""


def filled(name: str) -> dict[str, Any]:
    """Return the required arguments of a tool, each id one that does not exist."""
    required: list[str] = ENTRIES[name].input_schema.get("required", [])
    return {key: "none_0" if key.endswith("_id") else FILLED[key] for key in required}


@pytest.fixture(scope="module", params=ERAS)
async def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Door]:
    """One server for all: nothing is changed."""
    async with open_door(tmp_path_factory.mktemp("sandbox"), request.param, Person(YES)) as opened:
        yield opened


async def test_an_invented_argument_is_refused_by_every_tool(door: Door) -> None:
    for name in ENTRIES:
        for invented in ("confirm", "approved", "force_send"):
            assert invented in await door.refused(name, **{invented: True})


@pytest.mark.parametrize("name", ABOUT_ONE)
async def test_what_does_not_exist_is_refused(door: Door, name: str) -> None:
    before = door.written()
    await door.refused(name, **filled(name))
    assert door.written() == before


async def test_each_tool_that_needs_nothing_answers(door: Door) -> None:
    for name, tool in ENTRIES.items():
        if not tool.input_schema.get("required") and tool.annotations and tool.annotations.read_only_hint:
            result = await door.call(name)
            assert result.is_error or result.structured_content
