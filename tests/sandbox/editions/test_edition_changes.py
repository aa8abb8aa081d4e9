"""Creating and changing editions: who may, what is derived, what is refused."""

from typing import Any

import httpx
import pytest

from preo_mcp.sandbox.store import Store

RUNNING, DRAFT = "edt_nordlys26", "edt_elbklang_draft"
NEW: dict[str, Any] = {
    "organization_id": "org_nordlys",
    "event_id": "evt_nordlys",
    "name": "Ærø & Søby 2027",
    "timezone": "Europe/Copenhagen",
    "start_date": "2027-08-05T12:00:00+02:00",
    "end_date": "2027-08-08T23:00:00+02:00",
    "default_country_code": "+47",
    "default_language": "en",
    "enabled_languages": ["en", "da"],
    "tax_type": "none",
}


def editions(store: Store) -> list[str]:
    return [doc for (doc,) in store.db.execute("SELECT doc FROM editions ORDER BY id")]


async def test_a_new_edition_is_a_draft_with_what_was_given(manager: httpx.AsyncClient) -> None:
    answer = await manager.post("/v1/editions", json=NEW)
    assert answer.status_code == 201
    created = answer.json()
    assert created == (await manager.get(f"/v1/editions/{created['id']}")).json()
    assert NEW.items() <= {**created, **{name: NEW[name] for name in ("start_date", "end_date")}}.items()
    assert created["start_date"] == "2027-08-05T10:00:00.000000Z"
    assert created["full_name"] == "Nordlys Festival – Ærø & Søby 2027"
    assert created["slug"] == "nordlys-aero-soby-2027"
    assert (created["is_draft"], created["published_at"], created["is_archived"]) == (True, None, False)
    assert created["status"] == "upcoming"
    assert created["id"].startswith("edt_")
    assert (created["currency"], created["merchant_account_id"]) == ("DKK", "mac_nordlys")


async def test_slugs_are_unique(manager: httpx.AsyncClient) -> None:
    slugs = [(await manager.post("/v1/editions", json=NEW)).json()["slug"] for _ in range(3)]
    assert slugs == ["nordlys-aero-soby-2027", "nordlys-aero-soby-2027-2", "nordlys-aero-soby-2027-3"]
    nameless = (await manager.post("/v1/editions", json={**NEW, "name": "!!!"})).json()
    assert nameless["slug"] == "nordlys"


async def test_what_is_not_given_is_the_organizations(admin: httpx.AsyncClient) -> None:
    body = {"organization_id": "org_elbklang", "event_id": "evt_elbklang", "name": "Leipzig"}
    created = (await admin.post("/v1/editions", json=body)).json()
    expected = {"currency": "EUR", "default_country_code": "+49", "tax_type": "vat", "timezone": "UTC"}
    assert expected.items() <= created.items()
    assert (created["default_language"], created["enabled_languages"]) == ("en", ["en"])
    danish = (await admin.post("/v1/editions", json={**body, "default_language": "da"})).json()
    assert danish["enabled_languages"] == ["da"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"timezone": "Europe/Aarhus"}, "timezone"),
        ({"timezone": "../../etc/hosts"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"default_country_code": "+99"}, "default_country_code"),
        ({"default_country_code": "45"}, "default_country_code"),
        ({"default_language": "de"}, "default_language"),
        ({"enabled_languages": []}, "enabled_languages"),
        ({"enabled_languages": ["en", "sv"]}, "enabled_languages"),
        ({"enabled_languages": ["en", "en"]}, "enabled_languages"),
        ({"enabled_languages": ["da"]}, "default_language"),
        ({"tax_type": "moms"}, "tax_type"),
        ({"end_date": NEW["start_date"]}, "end_date"),
        ({"end_date": "2027-08-05T09:59:59Z"}, "end_date"),
        ({"start_date": "next summer"}, "start_date"),
        ({"start_date": "0001-01-01T00:00:00+14:00"}, "start_date"),
        ({"end_date": "9999-12-31T23:59:59-12:00"}, "end_date"),
        ({"organization_id": "org_elbklang"}, "organization_id"),
        ({"event_id": "evt_elbklang"}, "event_id"),
        ({"event_id": "evt_none"}, "event_id"),
    ],
)
async def test_refused_by_field(manager: httpx.AsyncClient, store: Store, change: dict[str, Any], field: str) -> None:
    before = editions(store)
    answer = await manager.post("/v1/editions", json={**NEW, **change})
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert editions(store) == before


async def test_required_fields(manager: httpx.AsyncClient) -> None:
    answer = await manager.post("/v1/editions", json={})
    assert answer.status_code == 400
    assert answer.json().keys() == {"organization_id", "event_id", "name"}


async def test_staff_may_look_only(staff: httpx.AsyncClient, store: Store) -> None:
    before = editions(store)
    answers = [
        await staff.post("/v1/editions", json=NEW),
        await staff.patch(f"/v1/editions/{RUNNING}", json={"name": "Mine"}),
        await staff.post(f"/v1/editions/{RUNNING}/duplicate", json={}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert "manager or admin" in answers[0].json()["detail"]
    assert editions(store) == before


async def test_a_change_leaves_the_rest(manager: httpx.AsyncClient) -> None:
    before = (await manager.get(f"/v1/editions/{RUNNING}")).json()
    changed = (await manager.patch(f"/v1/editions/{RUNNING}", json={"name": " Odense "})).json()
    expected = {"name": "Odense", "full_name": "Nordlys Festival – Odense", "modified": changed["modified"]}
    assert changed == {**before, **expected}
    assert changed["modified"] > before["modified"]
    assert changed["slug"] == before["slug"]
    assert changed == (await manager.get(f"/v1/editions/{RUNNING}")).json()


async def test_what_cannot_be_changed_is_ignored(manager: httpx.AsyncClient) -> None:
    sent = {"organization_id": "org_elbklang", "event_id": "evt_elbklang", "id": "edt_x", "currency": "USD"}
    changed = (await manager.patch(f"/v1/editions/{RUNNING}", json=sent)).json()
    expected = {"organization_id": "org_nordlys", "event_id": "evt_nordlys", "id": RUNNING, "currency": "DKK"}
    assert expected.items() <= changed.items()


async def test_publishing_needs_dates(admin: httpx.AsyncClient) -> None:
    address = f"/v1/editions/{DRAFT}"
    refused = await admin.patch(address, json={"is_draft": False})
    assert (refused.status_code, list(refused.json())) == (400, ["is_draft"])
    dates = {"start_date": "2027-05-01T16:00:00Z", "end_date": "2027-05-01T22:00:00Z"}
    published = (await admin.patch(address, json={"is_draft": False, **dates})).json()
    assert published["published_at"] == published["modified"]
    refused = await admin.patch(address, json={"end_date": None})
    assert (refused.status_code, list(refused.json())) == (400, ["is_draft"])
    withdrawn = (await admin.patch(address, json={"is_draft": True, "end_date": None})).json()
    assert (withdrawn["status"], withdrawn["published_at"]) == ("no_dates", published["published_at"])


async def test_dates_are_compared_with_those_that_stay(manager: httpx.AsyncClient) -> None:
    answer = await manager.patch(f"/v1/editions/{RUNNING}", json={"end_date": "2020-01-01T00:00:00Z"})
    assert (answer.status_code, list(answer.json())) == (400, ["end_date"])


async def test_references_are_the_organizations_own(admin: httpx.AsyncClient, store: Store) -> None:
    address = f"/v1/editions/{RUNNING}"
    store.insert("email_messages", {"id": "eml_1", "title": "Kvittering"}, id="eml_1", organization_id="org_nordlys")
    sent = {"meta_image_id": "fil_nordlyslogo", "transaction_receipt_email_id": "eml_1"}
    changed = (await admin.patch(address, json=sent)).json()
    assert sent.items() <= changed.items()
    for field, key in (
        ("meta_image_id", "fil_elbklangposter"),
        ("meta_image_id", "fil_none"),
        ("transaction_receipt_email_id", "eml_2"),
        ("refund_confirmation_email_id", "fil_nordlyslogo"),
    ):
        answer = await admin.patch(address, json={field: key})
        assert (answer.status_code, list(answer.json())) == (400, [field])
    removed = (await admin.patch(address, json={"transaction_receipt_email_id": None})).json()
    assert removed["transaction_receipt_email_id"] is None


async def test_archiving_and_back(manager: httpx.AsyncClient) -> None:
    for state in (True, False):
        assert (await manager.patch(f"/v1/editions/{RUNNING}", json={"is_archived": state})).json()[
            "is_archived"
        ] is state
        listed = (await manager.get("/v1/editions", params={"is_archived": "true"})).json()
        assert listed["count"] == int(state)
