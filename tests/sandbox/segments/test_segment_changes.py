"""Creating, changing and deleting segments."""

from typing import Any

import httpx
import pytest
from segment_steps import NEWS, UPCOMING, body, calculated, created, finished, shown

from preo_mcp.api.models.campaigns import ACTIVE_STATUSES
from preo_mcp.sandbox.store import Store

RETURN = "seg_nordlys_return"


async def test_create(manager: httpx.AsyncClient) -> None:
    segment = await created(manager, name="  Danskere ", description="Alle")
    assert segment == await shown(manager, segment["id"])
    assert (segment["name"], segment["status"], segment["description"]) == ("Danskere", "draft", "Alle")
    assert (segment["communication_type"], segment["communication_channel"]) == ("transactional", "any")
    assert segment["user_count"] is segment["last_calculated"] is segment["edition_id"] is None
    with_all = await created(
        *(manager, "edition.id != ''"),
        edition_id=UPCOMING,
        consent_id=NEWS,
        communication_type="marketing",
        communication_channel="sms",
    )
    assert (with_all["edition_id"], with_all["consent_id"]) == (UPCOMING, NEWS)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"organization_id": "org_elbklang"}, "organization_id"),
        ({"organization_id": "org_none"}, "organization_id"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"description": "x" * 2001}, "description"),
        ({"edition_id": "edt_elbklang25"}, "edition_id"),
        ({"consent_id": "con_elbklang_news"}, "consent_id"),
        ({"communication_type": "marketing"}, "consent_id"),
        ({"communication_type": "spam"}, "communication_type"),
        ({"communication_channel": "fax"}, "communication_channel"),
        ({"condition": "edition.id == 'x'"}, "condition"),
        ({"condition": None}, "condition"),
    ],
)
async def test_create_refused(manager: httpx.AsyncClient, fields: dict[str, Any], field: str) -> None:
    answer = await manager.post("/v1/segments", json={**body(), **fields})
    assert answer.status_code == 400
    assert field in answer.json()


async def test_a_condition_with_mistakes_is_refused_with_their_places(manager: httpx.AsyncClient) -> None:
    condition = "user.contry == 'DK' &&\nuser.orders.exists(o, o.totl > 5)"
    segment = await created(manager)
    for answer in (
        await manager.post("/v1/segments", json=body(condition)),
        await manager.patch(f"/v1/segments/{segment['id']}", json={"condition": condition}),
    ):
        assert answer.status_code == 400
        assert answer.json() == {
            "condition": [
                "line 1, column 6: User has no field 'contry' (suggestion: country)",
                "line 2, column 25: Order has no field 'totl' (suggestion: total)",
            ],
            "errors": [
                {"line": 1, "column": 6, "message": "User has no field 'contry'", "suggestion": "country"},
                {"line": 2, "column": 25, "message": "Order has no field 'totl'", "suggestion": "total"},
            ],
        }
    assert await shown(manager, segment["id"]) == segment


async def test_names_change_and_the_result_stays(manager: httpx.AsyncClient) -> None:
    before = await shown(manager, RETURN)
    changes = {"name": "Tilbage", "description": None, "communication_channel": "sms"}
    after = (await manager.patch(f"/v1/segments/{RETURN}", json={**changes, "status": "draft", "id": "x"})).json()
    assert after["modified"] > before["modified"]
    assert after["reachable_count"] == before["reachable"]["sms"]
    same = {"condition": before["condition"], "edition_id": before["edition_id"], "consent_id": before["consent_id"]}
    again = (await manager.patch(f"/v1/segments/{RETURN}", json=same)).json()
    assert again == {**before, **changes, "reachable_count": before["reachable"]["sms"], "modified": again["modified"]}


@pytest.mark.parametrize(
    "change", [{"condition": "true"}, {"edition_id": None}, {"consent_id": "con_nordlys_partners"}]
)
async def test_what_decides_who_is_in_it_makes_it_a_draft(
    manager: httpx.AsyncClient, store: Store, change: dict[str, Any]
) -> None:
    after = (await manager.patch(f"/v1/segments/{RETURN}", json=change)).json()
    assert (after["status"], after["user_count"], after["reachable"]) == ("draft", None, None)
    assert after["last_calculated"] is None
    assert (await manager.get(f"/v1/segments/{RETURN}/export")).status_code == 400
    await calculated(manager, RETURN)
    [(run, users)] = store.db.execute(
        "SELECT json_extract(doc, '$.run'), user_count FROM segments WHERE id = ?", (RETURN,)
    ).fetchall()
    assert store.db.execute("SELECT count(*) FROM segment_users WHERE run = ?", (run,)).fetchone() == (users,)
    assert store.db.execute("SELECT count(*) FROM segment_users WHERE run = 1").fetchone() == (0,)


async def test_update_refused(manager: httpx.AsyncClient) -> None:
    before = await shown(manager, RETURN)
    for change in ({"consent_id": None}, {"name": ""}, {"edition_id": "edt_none"}, {"name": None}):
        answer = await manager.patch(f"/v1/segments/{RETURN}", json=change)
        assert (answer.status_code, answer.json().keys()) == (400, change.keys())
    guests = "seg_nordlys_guests"  # its condition names the edition
    answer = await manager.patch(f"/v1/segments/{guests}", json={"edition_id": None})
    assert "edition_id" in answer.json()["condition"][0]
    assert await shown(manager, RETURN) == before


async def test_a_change_stops_the_calculation(manager: httpx.AsyncClient) -> None:
    segment = await created(manager)
    await manager.post(f"/v1/segments/{segment['id']}/recalculate")
    after = (await manager.patch(f"/v1/segments/{segment['id']}", json={"condition": "user.id == 'x'"})).json()
    assert after["status"] == "draft"
    assert (await calculated(manager, segment["id"]))["user_count"] == 0


async def test_delete(manager: httpx.AsyncClient, store: Store) -> None:
    answer = await manager.delete(f"/v1/segments/{RETURN}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await manager.get(f"/v1/segments/{RETURN}")).status_code == 404
    assert (await manager.delete(f"/v1/segments/{RETURN}")).status_code == 404
    await finished(manager, "seg_nordlys_guests")
    segment = await created(manager)
    await calculated(manager, segment["id"])
    assert store.db.execute("SELECT count(*) FROM segment_users WHERE run = 1").fetchone() == (0,)


@pytest.mark.parametrize("status", ACTIVE_STATUSES)
async def test_what_a_campaign_needs_stays(manager: httpx.AsyncClient, store: Store, status: str) -> None:
    store.db.execute("UPDATE campaigns SET segment_id = ?, status = 'draft'", (RETURN,))
    store.db.execute("UPDATE campaigns SET status = ? WHERE id = (SELECT min(id) FROM campaigns)", (status,))
    [(key, name)] = store.db.execute("SELECT id, name FROM campaigns WHERE status = ?", (status,)).fetchall()
    refused = await manager.delete(f"/v1/segments/{RETURN}")
    assert refused.status_code == 400
    assert all(word in refused.json()["detail"] for word in (key, name, "Cancel campaign"))
    store.db.execute("UPDATE campaigns SET status = 'cancelled'")
    assert (await manager.delete(f"/v1/segments/{RETURN}")).status_code == 204


async def test_staff_may_look_only(staff: httpx.AsyncClient) -> None:
    address = f"/v1/segments/{RETURN}"
    answers = [
        await staff.post("/v1/segments", json=body()),
        await staff.patch(address, json={"name": "x"}),
        await staff.delete(address),
        await staff.post(f"{address}/recalculate"),
        await staff.post(f"{address}/reset"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5
    assert (await staff.get(f"{address}/export")).status_code == 200
