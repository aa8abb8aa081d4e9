"""List, get, update and cancel data imports."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from importing_steps import PAST, RUNNING, SHOP, UPCOMING, act, create, get, imported, processed

from preo_mcp.sandbox.clock import FixedClock, iso

PATH = "/v1/data-imports"


async def ids(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == len(answer.json()["results"])
    return [found["id"] for found in answer.json()["results"]]


async def test_newest_first_of_accessible_editions(
    admin: httpx.AsyncClient, manager: httpx.AsyncClient, staff: httpx.AsyncClient, clock: FixedClock
) -> None:
    made: list[str] = []
    for edition in (RUNNING, PAST, UPCOMING):
        made.append((await create(admin, edition=edition))["id"])
        clock.move(timedelta(minutes=1))
    assert await ids(admin) == made[::-1]
    assert await ids(manager) == await ids(staff) == [made[2], made[0]]
    assert await ids(admin, edition_id=PAST) == [made[1]]
    assert await ids(manager, edition_id=PAST) == []
    assert await ids(admin, edition_id="") == made[::-1]


async def test_cancelled_ones_are_left_out_unless_asked_for(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    kept, gone = await create(manager), await create(manager)
    await act(manager, gone["id"], "cancel")
    assert await ids(manager) == [kept["id"]]
    assert set(await ids(manager, include_cancelled=True)) == {kept["id"], gone["id"]}
    assert await ids(manager, stage="cancelled") == [gone["id"]]
    assert await ids(manager, stage="completed", include_cancelled=True) == []


async def test_filters_by_service_and_time(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    shop = f"Name,Email,Financial Status,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n{'x,' * 6}x\n"
    first = await create(manager, shop)
    clock.move(timedelta(hours=1))
    second = await create(manager, SHOP)
    moment = iso(clock())
    assert await ids(manager, service="shopify") == [first["id"]]
    assert await ids(manager, created_after=moment) == [second["id"]]
    assert await ids(manager, created_before=moment) == [second["id"], first["id"]]
    assert await ids(manager, created_before="2026-11-23T10:30:00+01:00") == [first["id"]]
    assert await ids(manager, created_before="2026-11-23T09:30:00") == [first["id"]]
    assert await ids(manager, created_after="9999-12-31T23:59:59-14:00") == []
    assert len(await ids(manager, created_after="0001-01-01T00:00:00+14:00")) == 2


async def test_ordering_is_repeatable_and_stage_follows_the_stages(
    manager: httpx.AsyncClient, clock: FixedClock
) -> None:
    made: list[str] = []
    for steps in (2, 1, 2):
        made.append((await processed(manager) if steps == 2 else await create(manager))["id"])
        clock.move(timedelta(minutes=1))
    assert await ids(manager, ordering="created") == made
    assert await ids(manager, ordering=["stage", "-created"]) == [made[1], made[2], made[0]]
    assert await ids(manager, ordering=["-stage", "created"]) == [made[0], made[2], made[1]]
    await manager.patch(f"{PATH}/{made[0]}", json={"name": "renamed"})
    assert (await ids(manager, ordering="-modified"))[0] == made[0]
    answer = await manager.get(PATH, params={"ordering": "name"})
    assert (answer.status_code, list(answer.json())) == (400, ["ordering"])


@pytest.mark.parametrize("bad", [{"stage": "done"}, {"created_after": "soon"}, {"page": "x"}, {"page_size": 0}])
async def test_bad_parameters_are_named(manager: httpx.AsyncClient, bad: dict[str, str]) -> None:
    answer = await manager.get(PATH, params=bad)
    assert (answer.status_code, list(answer.json())) == (400, list(bad))


async def test_pages_keep_the_filters(manager: httpx.AsyncClient) -> None:
    for _ in range(3):
        await create(manager)
    seen: list[str] = []
    url: str | None = f"{PATH}?page_size=1&ordering=created&ordering=-stage&edition_id={UPCOMING}"
    while url:
        page = (await manager.get(url)).json()
        assert page["count"] == 3
        seen += [found["id"] for found in page["results"]]
        url = page["next"]
        assert url is None or (url.startswith("https://sandbox.invalid/v1/") and url.count("ordering=") == 2)
    assert len(set(seen)) == 3
    for page in (5, 10**30):
        assert (await manager.get(PATH, params={"page": page})).status_code == 404


async def test_what_is_not_visible_is_not_found(admin: httpx.AsyncClient, manager: httpx.AsyncClient) -> None:
    hidden = (await create(admin, edition=PAST))["id"]
    for import_id in (hidden, "imp_unknown", "x\x00y"):
        assert (await manager.get(f"{PATH}/{import_id.replace(chr(0), '%00')}")).status_code == 404
        for action in ("cancel", "process-mappings", "start-import", "validate-mappings"):
            assert (await act(manager, hidden, action)).status_code == 404
        for part in ("column-mappings", "product-mappings", "preview"):
            assert (await manager.get(f"{PATH}/{hidden}/{part}")).status_code == 404
            assert (await manager.patch(f"{PATH}/{hidden}/{part}/update", json={"mappings": []})).status_code == 404
    assert (await manager.patch(f"{PATH}/{hidden}", json={})).status_code == 404


async def test_update_changes_what_is_given(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    made = await create(manager, default_country_code="+46")
    path = f"{PATH}/{made['id']}"
    clock.move(timedelta(minutes=1))
    assert (await manager.patch(path, json={})).json() == {"name": "orders", "default_country_code": "+46"}
    assert (await manager.patch(path, json={"name": " New "})).json() == {"name": "New", "default_country_code": "+46"}
    assert (await manager.patch(path, json={"default_country_code": None})).json() == {
        "name": "New",
        "default_country_code": None,
    }
    assert (await get(manager, made["id"]))["modified"] == iso(clock())


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "x" * 201},
        {"name": " "},
        {"name": None},
        {"default_country_code": "+123456"},
        {"default_country_code": "45"},
        {"default_country_code": ""},
    ],
)
async def test_update_refuses_what_does_not_do(manager: httpx.AsyncClient, bad: dict[str, Any]) -> None:
    made = await create(manager)
    answer = await manager.patch(f"{PATH}/{made['id']}", json=bad | {"unknown": 1})
    assert (answer.status_code, list(answer.json())) == (400, list(bad))
    assert (await get(manager, made["id"]))["name"] == "orders"


async def test_a_new_country_code_counts_for_the_preview(manager: httpx.AsyncClient) -> None:
    made = await processed(manager)

    async def first_number() -> str:
        return (await get(manager, made["id"], "preview"))["orders"][0]["phone_number"]

    assert await first_number() == "+4520123456"
    await manager.patch(f"{PATH}/{made['id']}", json={"default_country_code": "+47"})
    assert await first_number() != "+4520123456"


async def test_cancel_in_every_stage(manager: httpx.AsyncClient) -> None:
    for made in (await create(manager), await processed(manager)):
        answer = await act(manager, made["id"], "cancel")
        assert (answer.status_code, answer.json()["stage"]) == (200, "cancelled")
        assert answer.json()["parsed_data"] is None
        again = await act(manager, made["id"], "cancel")
        assert again.status_code == 400
        assert again.json()["stage"] == "cancelled"
    done = await processed(manager)
    await imported(manager, done["id"], ignore_warnings=True)
    assert (await act(manager, done["id"], "cancel")).status_code == 400


async def test_staff_may_look_and_not_change(staff: httpx.AsyncClient, manager: httpx.AsyncClient) -> None:
    made = await processed(manager)
    for part in ("", "column-mappings", "product-mappings", "preview"):
        assert await get(staff, made["id"], part)
    for action in ("cancel", "process-mappings", "start-import"):
        assert (await act(staff, made["id"], action)).status_code == 403
    path = f"{PATH}/{made['id']}"
    assert (await staff.patch(path, json={"name": "x"})).status_code == 403
    for part in ("column-mappings", "product-mappings"):
        assert (await staff.patch(f"{path}/{part}/update", json={"mappings": []})).status_code == 403
