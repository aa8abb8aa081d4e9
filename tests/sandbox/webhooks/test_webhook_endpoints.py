"""Endpoints: create, list, look, change, delete, rotate; who may, and what is refused."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from webhook_steps import ELBKLANG, NORDLYS, RUNNING, UPCOMING, created, wanted

from preo_mcp.api.models.webhooks import WebhookEvent
from preo_mcp.sandbox.clock import FixedClock, iso

SEEDED = "whk_nordlysbooks"
ELSEWHERE = "whk_elbklangdata"


async def test_the_secret_is_shown_on_create_and_rotate_and_masked_elsewhere(
    manager: httpx.AsyncClient, clock: FixedClock
) -> None:
    webhook = await created(manager)
    secret = webhook["secret"]
    assert secret.startswith("whsec_")
    assert len(secret) > 40
    masked = f"whsec_…{secret[-4:]}"
    path = f"/v1/webhooks/{webhook['id']}"
    assert (await manager.get(path)).json() == webhook | {"secret": masked}
    rows = (await manager.get("/v1/webhooks")).json()["results"]
    assert next(row for row in rows if row["id"] == webhook["id"])["secret"] == masked
    assert (await manager.patch(path, json={"name": "Other"})).json()["secret"] == masked
    rotated = (await manager.post(f"{path}/rotate-secret")).json()
    assert rotated["secret"] not in (secret, masked)
    assert rotated["previous_secret_expires_at"] == iso(clock() + timedelta(hours=24))
    seen = (await manager.get(path)).json()
    assert (seen["secret"], seen["previous_secret_expires_at"]) == (
        f"whsec_…{rotated['secret'][-4:]}",
        rotated["previous_secret_expires_at"],
    )
    clock.move(timedelta(hours=24))
    assert (await manager.get(path)).json()["previous_secret_expires_at"] is None


async def test_what_is_not_said_has_defaults(manager: httpx.AsyncClient) -> None:
    webhook = await created(manager, name="  Books ")
    assert {name: webhook[name] for name in ("name", "edition_id", "is_active", "timeout_seconds")} == {
        "name": "Books",
        "edition_id": None,
        "is_active": True,
        "timeout_seconds": 10,
    }
    assert webhook["created"] == webhook["modified"]
    assert webhook["previous_secret_expires_at"] is None


async def test_lists_are_filtered_and_ordered(admin: httpx.AsyncClient, manager: httpx.AsyncClient) -> None:
    await created(admin, name="Ånd", edition_id=UPCOMING, is_active=False)

    async def names(client: httpx.AsyncClient, **query: Any) -> list[str]:
        answer = await client.get("/v1/webhooks", params=query)
        assert answer.status_code == 200, answer.text
        return [row["name"] for row in answer.json()["results"]]

    assert await names(admin, ordering="name") == ["Ånd", "Bogholderi", "Gate counters", "Imports"]
    assert await names(admin, ordering="-name", page_size=1, page=2) == ["Gate counters"]
    assert (await names(admin))[0] == "Ånd"
    assert await names(manager, ordering="name") == ["Ånd", "Bogholderi", "Gate counters"]
    assert await names(manager, organization_id=ELBKLANG) == []
    assert await names(admin, organization_id=ELBKLANG) == ["Imports"]
    assert await names(admin, edition_id=UPCOMING) == ["Ånd"]
    assert await names(admin, is_active="false", ordering="name") == ["Ånd", "Gate counters"]
    assert await names(admin, is_active="true", ordering="name") == ["Bogholderi", "Imports"]
    assert (await admin.get("/v1/webhooks", params={"ordering": "url"})).status_code == 400
    assert (await admin.get("/v1/webhooks", params={"page": 9})).status_code == 404


async def test_a_change_leaves_the_rest(manager: httpx.AsyncClient, clock: FixedClock) -> None:
    webhook = await created(manager, edition_id=RUNNING)
    clock.move(timedelta(minutes=1))
    change: dict[str, Any] = {
        "url": "http://localhost:8/x",
        "events": list(WebhookEvent),
        "edition_id": None,
        "is_active": False,
        "timeout_seconds": 30,
    }
    answer = await manager.patch(f"/v1/webhooks/{webhook['id']}", json=change)
    assert answer.status_code == 200
    after = answer.json()
    assert {name for name in after if after[name] != webhook[name]} == {*change, "secret", "modified"}
    assert {name: after[name] for name in change} == change


async def test_a_deleted_endpoint_is_gone_with_its_deliveries(manager: httpx.AsyncClient, store: Any) -> None:
    assert (await manager.get(f"/v1/webhooks/{SEEDED}/deliveries")).json()["count"] > 0
    answer = await manager.delete(f"/v1/webhooks/{SEEDED}")
    assert (answer.status_code, answer.content) == (204, b"")
    for path in ("", "/deliveries"):
        assert (await manager.get(f"/v1/webhooks/{SEEDED}{path}")).status_code == 404
    assert store.db.execute("SELECT count(*) FROM webhook_deliveries").fetchone() == (0,)
    assert (await manager.delete(f"/v1/webhooks/{SEEDED}")).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": url}, "url")
        for url in (
            "",
            "ftp://a.example/",
            "//a.example",
            "https://",
            "https://me:pw@a.example/",
            "https://me@a.example/",
            "https://a.example/#x",
            "https://a.example:0/",
            "https://a.example:99999/",
            "https://[::1/",
            "https://a.example/æ",
            "https://a.example/ x",
            "https://a.example\\@b.example/",
            "https://a.example/" + "x" * 2000,
        )
    ]
    + [
        ({"events": []}, "events"),
        ({"events": ["ORDER_DELETED"]}, "events"),
        ({"events": ["ORDER_COMPLETED", "ORDER_COMPLETED"]}, "events"),
        ({"events": None}, "events"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"edition_id": "edt_none"}, "edition_id"),
        ({"edition_id": "edt_elbklang25"}, "edition_id"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"timeout_seconds": 31}, "timeout_seconds"),
        ({"is_active": None}, "is_active"),
    ],
)
async def test_what_will_not_do_is_refused_by_field(
    manager: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    for answer in (
        await manager.post("/v1/webhooks", json=wanted(**change)),
        await manager.patch(f"/v1/webhooks/{SEEDED}", json=change),
    ):
        assert (answer.status_code, list(answer.json())) == (400, [field])
        assert "pw@" not in answer.text


async def test_only_managers_change_and_strangers_see_nothing(
    staff: httpx.AsyncClient, manager: httpx.AsyncClient
) -> None:
    path = f"/v1/webhooks/{SEEDED}"
    assert (await staff.get(path)).status_code == 200
    [failed, *_] = (await staff.get(f"{path}/deliveries", params={"status": "failed"})).json()["results"]
    for client, base, status in ((staff, path, 403), (manager, f"/v1/webhooks/{ELSEWHERE}", 404)):
        for answer in (
            await client.patch(base, json={"name": "x"}),
            await client.delete(base),
            await client.post(f"{base}/rotate-secret"),
            await client.post(f"{base}/deliveries/{failed['id']}/retry"),
        ):
            assert answer.status_code == status
    assert (await manager.get(f"/v1/webhooks/{ELSEWHERE}")).status_code == 404
    assert (await staff.post("/v1/webhooks", json=wanted())).status_code == 403
    foreign = await manager.post("/v1/webhooks", json=wanted(organization_id=ELBKLANG))
    assert (foreign.status_code, list(foreign.json())) == (400, ["organization_id"])
    assert (await manager.get("/v1/webhooks", params={"organization_id": NORDLYS})).json()["count"] == 2


async def test_a_delivery_is_found_under_its_own_endpoint_only(manager: httpx.AsyncClient) -> None:
    [one, *_] = (await manager.get(f"/v1/webhooks/{SEEDED}/deliveries")).json()["results"]
    other = await created(manager)
    assert (await manager.get(f"/v1/webhooks/{other['id']}/deliveries/{one['id']}")).status_code == 404
    assert (await manager.get(f"/v1/webhooks/{SEEDED}/deliveries/whd_none")).status_code == 404
    assert (await manager.post(f"/v1/webhooks/{other['id']}/deliveries/{one['id']}/retry")).status_code == 404
