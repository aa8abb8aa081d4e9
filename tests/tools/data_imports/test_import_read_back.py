"""A start of an import or a queue of orders whose answer was lost, told by the import's stage and by the orders."""

from typing import Any

import anyio
import httpx
import pytest

from preo_mcp.api.models.external_orders import ExternalOrdersResult
from preo_mcp.api.operations import IMPORT_EXTERNAL_ORDERS
from preo_mcp.approval.ended import DidNotHappen, Unknown
from preo_mcp.tools.data_imports.outcome import StartedImport
from preo_mcp.tools.data_imports.read_back import MOST_LOOKED_UP
from tests.door import EDITION, Door
from tests.past_the_guard import in_preo
from tests.unguarded import UnguardedCall, scripted

RESULT = {"orders_created": 0, "orders_skipped": 0, "customers_created": 0, "purchases_created": 0}


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ({"stage": "needs_product_mapping"}, DidNotHappen),
        ({"stage": "needs_column_mapping"}, DidNotHappen),
        ({"stage": "importing"}, StartedImport),
        ({"stage": "completed"}, StartedImport),
        ({"stage": "failed"}, StartedImport),
        ({"stage": "cancelled"}, DidNotHappen),
        ({"stage": "cancelled", "import_result": RESULT}, StartedImport),
    ],
)
async def test_start_by_stage(shown: dict[str, Any], found: type) -> None:
    async with scripted(lambda _: httpx.Response(200, json={"id": "imp_1", **shown})) as backend:
        assert isinstance(await UnguardedCall(backend, "start_import", {"import_id": "imp_1"}).look_back({}), found)


@pytest.fixture
def door(lasting_door: Door) -> Door:
    return lasting_door


def orders(*order_ids: str) -> dict[str, Any]:
    item = {"product_id": "prd_n27_parking", "quantity": 1, "price": 195}
    return {
        "edition_id": EDITION,
        "orders": [{"email": f"{key.strip()}@example.org", "order_id": key, "items": [item]} for key in order_ids],
    }


async def found_at_last(call: UnguardedCall, remembered: dict[str, Any]) -> ExternalOrdersResult:
    with anyio.fail_after(10):
        while not isinstance(found := await call.look_back(remembered), ExternalOrdersResult):
            await anyio.lowlevel.checkpoint()
    return found


async def test_orders_that_were_there_or_come_twice_were_skipped(door: Door) -> None:
    await in_preo(door, IMPORT_EXTERNAL_ORDERS, orders("known"))
    await found_at_last(
        UnguardedCall(door.backend, "import_external_orders", orders("known")), {"since": None, "known": []}
    )
    call = UnguardedCall(door.backend, "import_external_orders", orders("one", " two ", "known", "one"))
    remembered = await call.remember()
    await call.lose("drop_after")
    found = await found_at_last(call, remembered)
    assert (found.queued_count, found.skipped_count, found.skipped_order_ids) == (2, 2, ["known", "one"])


async def test_some_orders_are_no_proof_of_the_others(door: Door) -> None:
    call = UnguardedCall(door.backend, "import_external_orders", orders("three", "four"))
    remembered = await call.remember()
    await in_preo(door, IMPORT_EXTERNAL_ORDERS, orders("four"))
    await found_at_last(UnguardedCall(door.backend, "import_external_orders", orders("four")), remembered)
    found = await call.look_back(remembered)
    assert isinstance(found, Unknown)
    assert found.why == "1 of 2 orders are in the edition so far, and Preo shows no queue"
    assert "skips order ids that it knows" in found.next_step


async def test_many_orders_are_not_looked_up_one_by_one() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"count": 0, "results": []})

    many = orders(*(f"o{number}" for number in range(MOST_LOOKED_UP + 1)))
    async with scripted(answer) as backend:
        call = UnguardedCall(backend, "import_external_orders", many)
        assert isinstance(await call.look_back(await call.remember()), Unknown)
    assert len(asked) == 2
