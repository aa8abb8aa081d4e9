"""Consents: what is listed, made, changed, and what keeps one from being deleted."""

import json
from typing import Any

import httpx
import pytest

from preo_mcp.sandbox.store import Store

NEWS, PARTNERS, FOREIGN = "con_nordlys_news", "con_nordlys_partners", "con_elbklang_news"
NORDLYS = "org_nordlys"


def add_segment(store: Store, key: str, consent_id: str | None, condition: str) -> None:
    now = store.now()
    doc = {"id": key, "name": f"Segment {key}", "consent_id": consent_id, "condition": condition}
    kinds = {"communication_type": "marketing", "communication_channel": "email"}
    columns = {"id": key, "organization_id": NORDLYS, "consent_id": consent_id, "name": doc["name"], "searched": ""}
    store.insert("segments", doc, **columns, **kinds, status="draft", created=now, modified=now)


async def listed(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/v1/consents", params=query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"ordering": "name"}, [NEWS, PARTNERS]),
        ({"ordering": "-name"}, [PARTNERS, NEWS]),
        ({"search": "NYHEDSBREV"}, [NEWS]),
        ({"search": "samarbejdspartnere tilbud"}, [PARTNERS]),
        ({"search": "på e-mail"}, [NEWS]),
        ({"search": "%"}, []),
        ({"organization_id": "org_elbklang"}, []),
        ({"ordering": "name", "page_size": 1, "page": 2}, [PARTNERS]),
    ],
)
async def test_list(staff: httpx.AsyncClient, query: dict[str, Any], ids: list[str]) -> None:
    assert await listed(staff, **query) == ids


async def test_counts_are_those_of_the_answers(staff: httpx.AsyncClient, store: Store) -> None:
    consent = (await staff.get(f"/v1/consents/{NEWS}")).json()
    rows = store.db.execute("SELECT status FROM customer_consents WHERE consent_id = ?", (NEWS,)).fetchall()
    assert consent["granted_count"] == rows.count(("granted",))
    assert consent["withdrawn_count"] == rows.count(("withdrawn",))
    store.db.execute("UPDATE customer_consents SET status = 'withdrawn' WHERE consent_id = ?", (NEWS,))
    after = (await staff.get(f"/v1/consents/{NEWS}")).json()
    assert (after["granted_count"], after["withdrawn_count"]) == (0, len(rows))


async def test_seeded_answers(store: Store) -> None:
    for consent, size in ((NEWS, 1_300), (PARTNERS, 1_300), (FOREIGN, 700)):
        rows = store.db.execute(
            "SELECT answer.status, answer.at, customers.created FROM customer_consents AS answer "
            "JOIN customers ON customers.id = answer.customer_id WHERE consent_id = ?",
            (consent,),
        ).fetchall()
        share = {status: sum(row[0] == status for row in rows) / size for status in ("granted", "withdrawn")}
        assert share["granted"] == pytest.approx(0.60, abs=0.04)
        assert share["withdrawn"] == pytest.approx(0.08, abs=0.03)
        assert all(created <= at <= store.now() for _, at, created in rows)
    for customer, status in (("usr_soeren", "granted"), ("usr_maja", "withdrawn")):
        answers = store.db.execute("SELECT status FROM customer_consents WHERE customer_id = ?", (customer,)).fetchall()
        assert answers == [(status,)] * 2


async def test_create(manager: httpx.AsyncClient) -> None:
    answer = await manager.post("/v1/consents", json={"organization_id": NORDLYS, "name": " SMS "})
    assert answer.status_code == 201
    made = answer.json()
    expected = {"name": "SMS", "type": "marketing", "required": False, "description": None, "granted_count": 0}
    assert expected.items() <= made.items()
    assert (await manager.get(f"/v1/consents/{made['id']}")).json() == made
    assert (await listed(manager))[0] == made["id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x"}, "organization_id"),
        ({"organization_id": NORDLYS}, "name"),
        ({"organization_id": NORDLYS, "name": "  "}, "name"),
        ({"organization_id": NORDLYS, "name": "x" * 201}, "name"),
        ({"organization_id": NORDLYS, "name": "x", "type": "spam"}, "type"),
        ({"organization_id": "org_elbklang", "name": "x"}, "organization_id"),
    ],
)
async def test_create_refused(manager: httpx.AsyncClient, body: dict[str, Any], field: str) -> None:
    answer = await manager.post("/v1/consents", json=body)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert len(await listed(manager)) == 2


async def test_update_keeps_what_is_absent(manager: httpx.AsyncClient) -> None:
    before = (await manager.get(f"/v1/consents/{NEWS}")).json()
    sent = {"description": None, "required": True}
    after = (await manager.patch(f"/v1/consents/{NEWS}", json=sent)).json()
    assert after == {**before, **sent, "modified": after["modified"]}
    assert after["modified"] > before["modified"]
    refused = await manager.patch(f"/v1/consents/{NEWS}", json={"type": "spam"})
    assert (refused.status_code, list(refused.json())) == (400, ["type"])
    assert (await manager.get(f"/v1/consents/{NEWS}")).json() == after


async def test_roles_and_other_organizations(manager: httpx.AsyncClient, staff: httpx.AsyncClient) -> None:
    assert (await staff.post("/v1/consents", json={"organization_id": NORDLYS, "name": "x"})).status_code == 403
    assert (await staff.patch(f"/v1/consents/{NEWS}", json={"name": "x"})).status_code == 403
    assert (await staff.delete(f"/v1/consents/{NEWS}")).status_code == 403
    for call in (manager.get, manager.delete):
        assert (await call(f"/v1/consents/{FOREIGN}")).status_code == 404
    assert (await manager.patch(f"/v1/consents/{FOREIGN}", json={"name": "x"})).status_code == 404


async def test_delete_takes_the_answers_along(manager: httpx.AsyncClient, store: Store) -> None:
    assert (await manager.delete(f"/v1/consents/{PARTNERS}")).status_code == 204
    assert (await manager.get(f"/v1/consents/{PARTNERS}")).status_code == 404
    kept = store.db.execute("SELECT DISTINCT consent_id FROM customer_consents ORDER BY 1").fetchall()
    assert (PARTNERS,) not in kept
    assert (NEWS,) in kept


async def test_what_a_segment_uses_stays(manager: httpx.AsyncClient, store: Store) -> None:
    add_segment(store, "seg_by", PARTNERS, "true")
    add_segment(store, "seg_in", None, f'user.consents.exists(c, c.id == "{PARTNERS}")')
    add_segment(store, "seg_no", NEWS, "true")
    named = [one["id"] for one in (await manager.get(f"/v1/consents/{PARTNERS}")).json()["segments"]]
    assert named == ["seg_by", "seg_in"]
    refused = await manager.delete(f"/v1/consents/{PARTNERS}")
    assert refused.status_code == 400
    assert "Segment seg_by (seg_by), Segment seg_in (seg_in)" in refused.json()["detail"]
    assert "seg_no" not in json.dumps(refused.json())
    store.db.execute("DELETE FROM segments WHERE id IN ('seg_by', 'seg_in')")
    assert (await manager.delete(f"/v1/consents/{PARTNERS}")).status_code == 204


async def test_segments_are_called_as_they_were_written(manager: httpx.AsyncClient) -> None:
    wanted = {
        "organization_id": NORDLYS,
        "name": "Stammgäste & FREUNDE",
        "condition": "true",
        "consent_id": PARTNERS,
        "communication_type": "marketing",
        "communication_channel": "email",
    }
    answer = await manager.post("/v1/segments", json=wanted)
    assert answer.status_code == 201, answer.text
    [segment] = (await manager.get(f"/v1/consents/{PARTNERS}")).json()["segments"]
    assert segment == {"id": answer.json()["id"], "name": "Stammgäste & FREUNDE"}
    assert "Stammgäste & FREUNDE" in (await manager.delete(f"/v1/consents/{PARTNERS}")).json()["detail"]
