"""List and get refunds: whose, which, in which order."""

from collections.abc import Sequence

import httpx
import pytest
from refund_steps import Bought, ask

from preo_mcp.api.models.refunds import Refund, RefundOrdering, RefundStatus
from preo_mcp.sandbox.store import Doc, Store


async def listed(client: httpx.AsyncClient, **query: str | int | Sequence[str]) -> list[Doc]:
    answer = await client.get("/v1/refunds", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def test_all_editions_of_the_members_organizations(
    admin: httpx.AsyncClient, manager: httpx.AsyncClient, staff: httpx.AsyncClient
) -> None:
    assert {one["edition_id"] for one in await listed(admin)} == {"edt_nordlys26", "edt_elbklang25"}
    for client in (manager, staff):
        found = await listed(client)
        assert {one["edition_id"] for one in found} == {"edt_nordlys26"}
        assert {one["can_approve"] for one in found} == ({True, False} if client is manager else {False})
    assert await listed(manager, organization_id="org_elbklang") == []


async def test_a_row_is_the_refund(admin: httpx.AsyncClient) -> None:
    for row in await listed(admin):
        assert (await admin.get(f"/v1/refunds/{row['id']}")).json() == row
        assert Refund.model_validate(row).model_extra == {}


@pytest.mark.parametrize("name", ["status", "scope", "reason", "edition_id"])
async def test_filters(admin: httpx.AsyncClient, name: str) -> None:
    everything = await listed(admin)
    assert {one["status"] for one in everything} == set(RefundStatus)
    for value in {one[name] for one in everything}:
        assert await listed(admin, **{name: value}) == [one for one in everything if one[name] == value]


async def test_filters_hold_together(admin: httpx.AsyncClient) -> None:
    found = await listed(admin, status="processed", edition_id="edt_elbklang25")
    assert len(found) == 11
    assert await listed(admin, status="processed", edition_id="edt_nordlys27") == []


@pytest.mark.parametrize("field", ["number", "order", "email", "name", "phone", "refund", "transaction"])
async def test_search(manager: httpx.AsyncClient, store: Store, pair: Bought, field: str) -> None:
    refund = await ask(manager, pair.purchases[0])
    customer = store.doc("customers", pair.order["customer_id"])
    assert customer is not None
    words = {
        "number": pair.order["order_number"].lower(),
        "order": pair.order["id"],
        "email": customer["email"].upper(),
        "name": f"{customer['last_name']} {customer['first_name'][:3]}".upper(),
        "phone": customer["phone_number"][3:],
        "refund": refund["id"],
        "transaction": pair.order["transaction_id"],
    }
    assert refund["id"] in [one["id"] for one in await listed(manager, search=words[field])]
    assert await listed(manager, search=f"{words[field]}%") == []


@pytest.mark.parametrize("ordering", RefundOrdering)
async def test_ordering(admin: httpx.AsyncClient, ordering: RefundOrdering) -> None:
    values = [one[ordering.lstrip("-")] for one in await listed(admin, ordering=ordering)]
    assert values == sorted(values, reverse=ordering.startswith("-"))


async def test_newest_first_and_pages(admin: httpx.AsyncClient) -> None:
    everything = await listed(admin)
    created = [one["created"] for one in everything]
    assert created == sorted(created, reverse=True)
    pages = [await listed(admin, page=page, page_size=10) for page in range(1, 6)]
    assert [one for page in pages for one in page] == everything
    assert (await admin.get("/v1/refunds", params={"page": 6, "page_size": 10})).status_code == 404


@pytest.mark.parametrize("query", [{"status": "paid"}, {"ordering": "id"}, {"scope": "all"}, {"page": 0}])
async def test_queries_that_do_not_do(admin: httpx.AsyncClient, query: dict[str, str | int]) -> None:
    assert (await admin.get("/v1/refunds", params=query)).status_code == 400


async def test_nobody_without_a_token(transport: httpx.AsyncBaseTransport) -> None:
    async with httpx.AsyncClient(transport=transport, base_url="https://sandbox.invalid") as client:
        assert (await client.get("/v1/refunds")).status_code == 401
        assert (await client.post("/v1/refunds/rfd_1/approve")).status_code == 401
