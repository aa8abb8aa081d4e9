"""After a lost answer each guarded tool's read-back tells what became of the write, whatever the sandbox really did."""

from importlib import import_module

import anyio
import pytest
from pydantic import BaseModel

from preo_mcp.api.operations import Risk
from preo_mcp.approval.ended import DidNotHappen, Unknown
from preo_mcp.calls.tool import REGISTERED, Workflow, tool
from preo_mcp.calls.toolset import MODULES
from tests.door import Door
from tests.guarded_calls import GUARDED_CALLS
from tests.unguarded import UnguardedCall

MOVES_ON = {"approve_refund", "send_campaign", "start_import"}
"""Between the tool's answer and the read-back the work goes on."""
QUEUES = "import_external_orders"
"""What it queued is written a moment later."""
SEVERAL = {"refund_purchases", "approve_refunds"}
"""Each of their deeds is read back like the tool that does it alone (`refunds/test_several_interrupted.py`)."""
ALONE = [name for name in GUARDED_CALLS if name not in SEVERAL]
LOSES_A_SECRET = {"create_webhook", "rotate_webhook_secret"}
OF_THE_CALL = {"user_count_before", "reachable_count_before"}
"""What only the call itself saw: a read-back comes after the change."""


@pytest.fixture
def door(lasting_door: Door) -> Door:
    return lasting_door


def test_every_tool_that_asks_is_read_back_and_has_a_case() -> None:
    for module in MODULES:
        import_module(f"preo_mcp.tools.{module}")
    ours = {name: tool for name, tool in REGISTERED.items() if tool.function.__module__.startswith("preo_mcp.tools.")}
    guarded = {name for name, tool in ours.items() if tool.facts is not None}
    assert guarded == set(GUARDED_CALLS)
    assert all(REGISTERED[name].read_back for name in guarded)


@pytest.mark.parametrize("risk", Risk)
def test_who_has_facts_needs_a_read_back(risk: Risk) -> None:
    async def facts(*_: object) -> None: ...

    with pytest.raises(TypeError, match="may need a person's yes, and so a read-back"):
        tool(Workflow("Anything", risk), facts=facts)


@pytest.mark.parametrize("name", ALONE)
async def test_applied_and_then_lost(door: Door, name: str) -> None:
    prepared = await GUARDED_CALLS[name](door)
    call = UnguardedCall(door.backend, name, prepared.arguments)
    assert call.tool.facts is not None
    assert await call.tool.facts(call.preo, **call.values) is not None
    remembered = await call.remember()
    assert prepared.effects() == 0
    await call.lose("drop_after")
    with anyio.fail_after(10):
        while isinstance(found := await call.look_back(remembered), Unknown):
            assert name == QUEUES
    assert isinstance(found, BaseModel), found
    assert prepared.effects() == 1
    if name in LOSES_A_SECRET:
        assert "was lost with the answer" in found.model_dump()["next_step"]


@pytest.mark.parametrize("name", ALONE)
async def test_lost_before_it_was_applied(door: Door, name: str) -> None:
    prepared = await GUARDED_CALLS[name](door)
    call = UnguardedCall(door.backend, name, prepared.arguments)
    remembered = await call.remember()
    await call.lose("drop_before")
    found = await call.look_back(remembered)
    assert prepared.effects() == 0
    if name == QUEUES:
        assert isinstance(found, Unknown)
        assert found.why.startswith("0 of 1 orders")
    else:
        assert isinstance(found, DidNotHappen), found
    result = await call.perform()
    with anyio.fail_after(10):
        while isinstance(found := await call.look_back(remembered), Unknown):
            assert name == QUEUES
    assert prepared.effects() == 1
    assert type(found) is type(result)
    if name not in MOVES_ON | LOSES_A_SECRET:
        assert found == result.model_copy(update=dict.fromkeys(OF_THE_CALL & type(result).model_fields.keys()))
