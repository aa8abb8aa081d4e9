"""Somebody who unsubscribes by the link, or whose address bounces, is not written to again."""

from datetime import timedelta

import httpx
from campaign_steps import made, outbox, segment, sent

from preo_mcp.sandbox.clock import FixedClock
from preo_mcp.sandbox.store import Store

NEWS = {"channel": "email", "email_message_id": "eml_nordlys_news"}
CONDITION = "user.email != ''"


async def campaign_of(manager: httpx.AsyncClient, kind: str) -> dict[str, str]:
    consent = {"consent_id": "con_nordlys_news"} if kind == "marketing" else {}
    made_of = {"condition": CONDITION, "communication_type": kind, **consent, "edition_id": "edt_nordlys27"}
    return await made(manager, segment_id=await segment(manager, **made_of), **NEWS)


async def test_who_unsubscribed_or_bounced_gets_nothing_more(
    manager: httpx.AsyncClient, store: Store, clock: FixedClock
) -> None:
    first = await campaign_of(manager, "marketing")
    await sent(manager, first["id"])
    reached = [row for row in await outbox(manager, first["id"]) if row["status"] == "sent"]
    left, bounced, moved, later, *_ = reached
    now = int(clock().timestamp())
    store.db.execute("UPDATE reactions SET bounced = NULL, unsubscribed = NULL WHERE campaign_id = ?", (first["id"],))
    for row, name, at in (
        (left, "unsubscribed", now),
        (bounced, "bounced", now),
        (moved, "bounced", now),
        (later, "unsubscribed", now + 86_400),
    ):
        where = (at, first["id"], row["sequence"])
        store.db.execute(f"UPDATE reactions SET {name} = ? WHERE campaign_id = ? AND sequence = ?", where)
    store.db.execute(
        "UPDATE customers SET doc = json_set(doc, '$.email', 'new-address@example.org') WHERE id = ?",
        (moved["customer_id"],),
    )
    again = await sent(manager, (await campaign_of(manager, "marketing"))["id"])
    people = {row["customer_id"] for row in await outbox(manager, again["id"])}
    assert {one["customer_id"] for one in (left, bounced)}.isdisjoint(people)
    assert {one["customer_id"] for one in (moved, later)} <= people, "a new address has not bounced"
    before = (await manager.get(f"/v1/campaigns/{first['id']}")).json()["skipped"]
    assert again["skipped"] == before | {
        "no_consent": before["no_consent"] + 1,
        "invalid_address": before["invalid_address"] + 1,
    }
    about = await sent(manager, (await campaign_of(manager, "transactional"))["id"])
    people = {row["customer_id"] for row in await outbox(manager, about["id"])}
    assert left["customer_id"] in people, "what is about a purchase goes to them still"
    assert bounced["customer_id"] not in people
    clock.move(timedelta(days=2))
    last = await sent(manager, (await campaign_of(manager, "marketing"))["id"])
    assert later["customer_id"] not in {row["customer_id"] for row in await outbox(manager, last["id"])}
