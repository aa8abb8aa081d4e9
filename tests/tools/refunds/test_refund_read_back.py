"""A refund whose answer was lost, where others request and decide refunds of the same order meanwhile."""

from typing import Any

import httpx
import pytest

from preo_mcp.api.operations import CREATE_PURCHASE_REFUND, REJECT_REFUND
from preo_mcp.approval.ended import DidNotHappen, Unknown
from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.sandbox.in_process import SANDBOX_URL
from preo_mcp.settings import Settings
from preo_mcp.tools.refunds.stages import RefundResult
from tests.door import Door
from tests.guarded_calls import approve_refund, create_purchase_refund
from tests.past_the_guard import in_preo
from tests.unguarded import UnguardedCall, scripted

MANAGER = Settings.load({}, {"sandbox": True, "sandbox_token": "sandbox-manager"})
ASKED: dict[str, Any] = {"reason": "other", "amount": 12.5, "comment": "Rained out."}


@pytest.fixture
def door(lasting_door: Door) -> Door:
    return lasting_door


async def lost(door: Door, **changes: Any) -> tuple[UnguardedCall, dict[str, Any], str]:
    """Return a refund request that never arrived, what was remembered before it, and its purchase."""
    prepared = await create_purchase_refund(door)
    call = UnguardedCall(door.backend, "create_purchase_refund", prepared.arguments | changes)
    remembered = await call.remember()
    await call.lose("drop_before")
    return call, remembered, prepared.arguments["purchase_id"]


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ([], DidNotHappen),
        ([ASKED], RefundResult),  # nobody can tell it from ours, and it is what was asked for
        ([ASKED | {"comment": "Rained  out. "}], RefundResult),
        ([ASKED, ASKED], Unknown),
        ([ASKED | {"comment": "Rain"}], Unknown),
        ([ASKED | {"pickup_point_id": "pup_1"}], Unknown),
        ([ASKED | {"amount": 12.51}], DidNotHappen),
        ([ASKED | {"reason": "overcharge"}], DidNotHappen),
        ([{"reason": "sold_out"}], DidNotHappen),
        ([ASKED, ASKED | {"amount": 1}, ASKED | {"comment": "Rain"}], RefundResult),
    ],
)
async def test_refunds_that_came_about_meanwhile(door: Door, others: list[dict[str, Any]], found: type) -> None:
    call, remembered, purchase_id = await lost(door)
    made = [(await in_preo(door, CREATE_PURCHASE_REFUND, body, id=purchase_id))["id"] for body in others]
    back = await call.look_back(remembered)
    assert isinstance(back, found), back
    if isinstance(back, RefundResult):
        assert (back.id, back.status) == (made[0], "requested")
        assert back.next_step
    if isinstance(back, Unknown):
        assert all(key in back.why for key in made)


async def test_a_colleagues_refund_is_not_ours(door: Door) -> None:
    call, remembered, purchase_id = await lost(door)
    transport: httpx.AsyncBaseTransport = vars(await door.backend.client())["_transport"]
    colleague = PreoClient(Connection.of(MANAGER, SANDBOX_URL), transport=transport)
    await colleague.send(CREATE_PURCHASE_REFUND, path={"id": purchase_id}, body=ASKED)
    assert isinstance(await call.look_back(remembered), DidNotHappen)


async def test_a_purchases_request_for_its_whole_transaction(door: Door) -> None:
    call, remembered, purchase_id = await lost(door, scope="transaction_custom")
    body = ASKED | {"scope": "transaction_custom"}
    made = await in_preo(door, CREATE_PURCHASE_REFUND, body, id=purchase_id)
    found = await call.look_back(remembered)
    assert isinstance(found, RefundResult), found
    assert found.id == made["id"]


async def test_what_is_remembered_is_about_nobody(door: Door) -> None:
    _, remembered, purchase_id = await lost(door)
    assert set(remembered) == {"since", "known"}
    assert purchase_id not in str(remembered)


@pytest.mark.parametrize(
    ("before", "after", "modified", "found"),
    [
        ("requested", "requested", False, DidNotHappen),
        ("requested", "rejected", True, DidNotHappen),
        *(
            ("requested", moved, True, RefundResult)
            for moved in ("ready", "processing", "processed", "failed", "invalid")
        ),
        ("requested", "dreaming", True, Unknown),
        ("failed", "failed", False, DidNotHappen),
        ("failed", "failed", True, RefundResult),
        ("failed", "awaiting_gateway", True, RefundResult),
    ],
)
async def test_approval_by_what_became_of_the_refund(before: str, after: str, modified: bool, found: type) -> None:
    doc = {"id": "rfd_1", "status": before, "modified": "2027-01-01T10:00:00Z"}

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=doc)

    async with scripted(answer) as backend:
        call = UnguardedCall(backend, "approve_refund", {"refund_id": "rfd_1"})
        remembered = await call.remember()
        doc |= {"status": after} | ({"modified": "2027-01-01T10:00:05Z"} if modified else {})
        assert isinstance(await call.look_back(remembered), found)
        del doc["modified"]
        assert isinstance(await call.look_back(remembered), Unknown if before == after == "failed" else found)


async def test_a_refund_that_somebody_rejected_was_not_approved(door: Door) -> None:
    prepared = await approve_refund(door)
    call = UnguardedCall(door.backend, "approve_refund", prepared.arguments)
    remembered = await call.remember()
    await call.lose("drop_before")
    await in_preo(door, REJECT_REFUND, id=prepared.arguments["refund_id"])
    found = await call.look_back(remembered)
    assert isinstance(found, DidNotHappen)
    assert found.why == "the refund is rejected"
