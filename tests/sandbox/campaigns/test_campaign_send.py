"""Send now: whom it reaches, whom it leaves out, and how it ends."""

import json

import anyio.lowlevel
import httpx
import pytest
from campaign_steps import (
    CONSENT,
    DRAFT,
    EMPTY,
    SENT,
    bought_and_not_again,
    ended,
    granted,
    made,
    outbox,
    segment,
    sent,
)

from preo_mcp.sandbox.campaigns import audience, sending
from preo_mcp.sandbox.store import Doc, Store


def events(store: Store, kind: str) -> list[Doc]:
    return [json.loads(doc) for (doc,) in store.db.execute("SELECT doc FROM events WHERE type = ?", (kind,))]


async def test_everybody_with_consent_gets_one_message_with_their_name(
    manager: httpx.AsyncClient, store: Store
) -> None:
    segment, willing = bought_and_not_again(store), granted(store)
    campaign = await sent(manager, DRAFT)
    reached = segment & willing
    assert campaign["status"] == "sent"
    assert campaign["user_count"] == len(segment)
    assert campaign["total_recipients"] == len(reached) == campaign["sent_count"] + campaign["failed_count"]
    assert campaign["skipped"] == {
        "no_consent": len(segment - willing),
        "no_address": 0,
        "invalid_address": 0,
        "duplicate_address": 0,
    }
    messages = await outbox(manager, DRAFT)
    assert {one["customer_id"] for one in messages} == reached
    assert len(messages) == len(reached)
    assert sum(one["status"] == "sent" for one in messages) == campaign["sent_count"] > 300
    for one in messages:
        customer = store.doc("customers", one["customer_id"])
        assert customer is not None
        assert one["address"] == customer["email"]
        assert one["subject"] == f"{customer['first_name']}, bliv VIP i år"
        assert f"Hej {customer['first_name']}." in one["body"]
        assert "Oplev Aalborg som VIP" in one["body"]
        assert one["customer_id"] in one["body"].rpartition("unsubscribe/")[2]
    [event] = events(store, "CAMPAIGN_SENT")
    assert event["campaign_id"] == DRAFT
    assert event["sent_count"] == campaign["sent_count"]
    assert not events(store, "CAMPAIGN_FAILED")


async def test_a_campaign_is_sent_once(manager: httpx.AsyncClient) -> None:
    first = await manager.post(f"/v1/campaigns/{DRAFT}/send")
    assert first.json()["status"] == "calculating"
    for _ in range(2):
        again = await manager.post(f"/v1/campaigns/{DRAFT}/send")
        assert again.status_code == 400
        assert "draft, scheduled" in again.json()["detail"]
        await ended(manager, DRAFT)


async def test_what_is_missing_is_named_by_field(admin: httpx.AsyncClient) -> None:
    assert (await admin.post(f"/v1/campaigns/{EMPTY}/send")).json() == {
        "email_message_id": ["It has nothing to send yet."]
    }
    fields = {"organization_id": "org_elbklang", "segment_id": "seg_elbklang_broken"}
    broken = await made(admin, **fields, email_message_id="eml_elbklang_news")
    answer = (await admin.post(f"/v1/campaigns/{broken['id']}/send")).json()
    assert set(answer) == {"segment_id", "edition_id"}
    assert "Update segment" in answer["segment_id"][0]


async def test_text_messages_go_once_to_each_number(manager: httpx.AsyncClient, store: Store) -> None:
    rows = store.db.execute("SELECT doc FROM customers WHERE organization_id = 'org_nordlys'")
    poles = [doc for (text,) in rows if (doc := json.loads(text))["locale"] == "pl"]
    first, second, third = [one for one in poles if one["phone_number"]][:3]
    shared = second | {"phone_number": first["phone_number"]}
    store.update("customers", second["id"], shared, phone=first["phone_number"])
    store.update("customers", third["id"], third | {"phone_number": "12"}, phone="12")
    campaign = await made(
        manager,
        channel="sms",
        segment_id=await segment(manager, communication_channel="sms", edition_id="edt_nordlys27"),
        sms_body="Hej {{ customer.first_name }}, {{ edition.name }}",
    )
    done = await sent(manager, campaign["id"])
    without = sum(one["phone_number"] is None for one in poles)
    assert done["user_count"] == len(poles)
    assert done["skipped"] == {"no_consent": 0, "no_address": without, "invalid_address": 1, "duplicate_address": 1}
    messages = await outbox(manager, campaign["id"])
    assert len({one["address"] for one in messages}) == len(messages) == len(poles) - without - 2
    assert all(one["subject"] is None and one["body"].endswith(", Aalborg") for one in messages)


async def test_a_consent_withdrawn_before_ones_turn_holds(
    manager: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH", 5)
    await manager.post(f"/v1/campaigns/{DRAFT}/send")
    while store.doc("campaigns", DRAFT)["sent_count"] == 0:  # pyright: ignore[reportOptionalSubscript] - seeded
        await anyio.lowlevel.checkpoint()
    store.db.execute("UPDATE customer_consents SET status = 'withdrawn' WHERE consent_id = ?", (CONSENT,))
    so_far = len(await outbox(manager, DRAFT))
    done = await ended(manager, DRAFT)
    assert done["status"] == "sent"
    assert len(await outbox(manager, DRAFT)) == so_far == done["total_recipients"]
    assert done["skipped"]["no_consent"] + done["total_recipients"] == done["user_count"]


async def test_cancelling_stops_the_rest(
    manager: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BATCH", 5)
    await manager.post(f"/v1/campaigns/{DRAFT}/send")
    while store.doc("campaigns", DRAFT)["sent_count"] == 0:  # pyright: ignore[reportOptionalSubscript] - seeded
        await anyio.lowlevel.checkpoint()
    cancelled = (await manager.post(f"/v1/campaigns/{DRAFT}/cancel")).json()
    assert cancelled["status"] == "cancelled"
    await anyio.wait_all_tasks_blocked()
    after = (await manager.get(f"/v1/campaigns/{DRAFT}")).json()
    assert after == cancelled
    assert len(await outbox(manager, DRAFT)) == cancelled["sent_count"] + cancelled["failed_count"]
    assert cancelled["sent_count"] < cancelled["total_recipients"]
    assert not events(store, "CAMPAIGN_SENT")
    assert (await manager.post(f"/v1/campaigns/{DRAFT}/cancel")).status_code == 400


async def test_a_campaign_that_reaches_nobody_fails(manager: httpx.AsyncClient, store: Store) -> None:
    store.db.execute("DELETE FROM customer_consents WHERE consent_id = ?", (CONSENT,))
    done = await sent(manager, DRAFT)
    assert done["status"] == "failed"
    assert "Nobody can be reached" in done["error_message"]
    assert f"no_consent {done['user_count']}" in done["error_message"]
    [event] = events(store, "CAMPAIGN_FAILED")
    assert event["error_message"] == done["error_message"]


async def test_a_message_that_cannot_be_written_goes_to_nobody(manager: httpx.AsyncClient, store: Store) -> None:
    message = store.doc("email_messages", "eml_n27_vip")
    assert message is not None
    message["blocks"][2]["url"] = "javascript:alert(1)"
    store.update("email_messages", "eml_n27_vip", message)
    done = await sent(manager, DRAFT)
    assert (done["status"], done["sent_count"]) == ("failed", 0)
    assert "Block 3" in done["error_message"]
    assert all(one["body"] is None and one["status"] == "failed" for one in await outbox(manager, DRAFT))


@pytest.mark.parametrize("change", ["reset", "condition", "delete"])
async def test_a_segment_that_is_taken_away_meanwhile_ends_the_send(
    manager: httpx.AsyncClient, store: Store, change: str
) -> None:
    await manager.post(f"/v1/campaigns/{DRAFT}/send")
    if change == "delete":
        store.db.execute("DELETE FROM segments WHERE id = 'seg_nordlys_return'")
    elif change == "condition":
        body = {"condition": "user.locale == 'da'"}
        assert (await manager.patch("/v1/segments/seg_nordlys_return", json=body)).status_code == 200
    else:
        assert (await manager.post("/v1/segments/seg_nordlys_return/reset")).status_code == 200
    done = await ended(manager, DRAFT)
    assert done["status"] == "failed"
    assert "meanwhile" in done["error_message"]
    assert await outbox(manager, DRAFT) == []


async def test_a_segment_calculated_again_meanwhile_is_taken_as_it_is_then(
    manager: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience, "BATCH", 1)
    await manager.post(f"/v1/campaigns/{DRAFT}/send")
    while store.doc("campaigns", DRAFT)["total_recipients"] == 0:  # pyright: ignore[reportOptionalSubscript] - seeded
        await anyio.lowlevel.checkpoint()
    again = await manager.post("/v1/segments/seg_nordlys_return/recalculate")
    assert again.status_code == 200
    done = await ended(manager, DRAFT)
    expected = bought_and_not_again(store)
    assert (done["status"], done["user_count"]) == ("sent", len(expected))
    messages = await outbox(manager, DRAFT)
    assert {one["customer_id"] for one in messages} == expected & granted(store)
    assert len(messages) == done["total_recipients"]


async def test_a_fault_ends_the_campaign_and_says_so(
    manager: httpx.AsyncClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("anna@example.com")

    monkeypatch.setattr(sending, "is_refused", broken)
    done = await sent(manager, DRAFT)
    assert done["status"] == "failed"
    assert done["error_message"] == sending.FAULT


async def test_the_outbox_answers_in_pages_and_shows_nothing_else(admin: httpx.AsyncClient) -> None:
    assert (await admin.get("/__sandbox/outbox")).json() == []
    await sent(admin, DRAFT)
    whole = (await admin.get("/__sandbox/outbox")).json()
    middle = whole[10]["sequence"]
    rest = (await admin.get("/__sandbox/outbox", params={"after": middle})).json()
    assert rest == whole[11:]
    assert (await admin.get("/__sandbox/outbox", params={"campaign_id": SENT})).json() == []
    assert (await admin.get("/__sandbox/outbox", params={"after": "x'; DROP"})).json() == whole
