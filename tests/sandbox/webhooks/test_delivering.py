"""Deliveries: who gets what, signed how, and when again."""

from typing import Any

import httpx
import pytest
from receiver import OK, Receiver, answer, open_receiver, until
from webhook_steps import ELBKLANG, RUNNING, UPCOMING, Later, created, detail, happen, listed, retried, tried

from preo_mcp.api.models.webhooks import WebhookEvent
from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import FixedClock, iso
from preo_mcp.sandbox.store import Store
from preo_mcp.sandbox.webhooks.deliverer import may_deliver
from preo_mcp.sandbox.webhooks.events import record_event
from preo_mcp.sandbox.webhooks.queue import RETRY_DELAYS
from tests.sandbox.control.wires import connected

BAD = answer(500, b"no")


async def test_an_event_arrives_signed_once(
    manager: httpx.AsyncClient, store: Store, receiver: Receiver, clock: FixedClock
) -> None:
    webhook = await created(manager, receiver.url)
    happen(store, order={"name": "Søren"})
    delivery = await tried(manager, webhook)
    [request] = receiver.received
    assert request.line == "POST /hook?token=t0ken HTTP/1.1"
    assert request.event == {
        "id": delivery["event_id"],
        "type": "ORDER_COMPLETED",
        "created": iso(clock()),
        "data": {"order": {"name": "Søren"}},
    }
    assert request.is_signed_with(webhook["secret"])
    assert not request.is_signed_with("whsec_other")
    assert request.stamp == int(clock().timestamp())
    assert request.headers["preo-event"] == "ORDER_COMPLETED"
    assert request.headers["preo-delivery"] == delivery["id"]
    assert request.headers["content-type"] == "application/json"
    assert (delivery["status"], delivery["attempts"], delivery["next_attempt_at"]) == ("succeeded", 1, None)
    assert (delivery["error_kind"], delivery["last_attempt_at"]) == (None, iso(clock()))
    sent = delivery["request"]
    assert (sent["url"], sent["body"].encode()) == (receiver.url, request.body)
    assert sent["headers"].items() <= {name.title(): value for name, value in request.headers.items()}.items()
    assert webhook["secret"] not in str(delivery)
    assert (delivery["response"]["status"], delivery["response"]["body"]) == (200, "ok")
    assert delivery["response"]["headers"]["content-type"] == "text/plain"


async def test_only_who_listens_gets_an_event(manager: httpx.AsyncClient, store: Store, receiver: Receiver) -> None:
    both = [WebhookEvent.ORDER_COMPLETED, WebhookEvent.CAMPAIGN_SENT]
    of_all = await created(manager, receiver.url, events=both)
    of_running = await created(manager, receiver.url, edition_id=RUNNING)
    silent = await created(manager, receiver.url, is_active=False)
    other = await created(manager, receiver.url, events=["REFUND_FAILED"])
    happen(store, order=1)
    happen(store, edition=UPCOMING, order=2)
    happen(store, organization=ELBKLANG, edition="edt_elbklang25", order=3)
    happen(store, "CAMPAIGN_SENT", edition=None, order=4)
    await receiver.got(4)
    events = {webhook["id"]: await listed(manager, webhook) for webhook in (of_all, of_running, silent, other)}
    assert [len(found) for found in events.values()] == [3, 1, 0, 0]
    assert sorted(one.event["data"]["order"] for one in receiver.received) == [1, 1, 2, 4]
    rows = events[of_all["id"]]
    assert len({row["event_id"] for row in rows}) == 3
    assert events[of_running["id"]][0]["event_id"] in {row["event_id"] for row in rows}


async def test_what_did_not_happen_is_not_delivered(manager: httpx.AsyncClient, store: Store) -> None:
    webhook = await created(manager)

    def fail() -> None:
        with store.transaction():
            record_event(store, "ORDER_COMPLETED", "org_nordlys", RUNNING, {})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert await listed(manager, webhook) == []


async def test_failures_are_tried_again_later_and_later(
    manager: httpx.AsyncClient, store: Store, later: Later, clock: FixedClock
) -> None:
    async with open_receiver(BAD) as receiver:
        webhook = await created(manager, receiver.url)
        happen(store)
        for tries, delay in enumerate(RETRY_DELAYS, 1):
            delivery = await tried(manager, webhook, tries)
            assert (delivery["status"], delivery["next_attempt_at"]) == ("pending", iso(clock() + delay))
            assert (delivery["error_kind"], delivery["response"]["body"]) == ("http_status", "no")
            later(seconds=delay.total_seconds() - 1)
            await listed(manager, webhook)
            assert len(receiver.received) == tries
            later(seconds=1)
        delivery = await tried(manager, webhook, 6)
        assert (delivery["status"], delivery["next_attempt_at"], delivery["attempts"]) == ("failed", None, 6)
        assert len({one.headers["preo-delivery"] for one in receiver.received}) == 1
        assert len({one.body for one in receiver.received}) == 1
        assert len({one.stamp for one in receiver.received}) == 6
        assert all(one.is_signed_with(webhook["secret"]) for one in receiver.received)


async def test_a_receiver_that_recovers_gets_it(manager: httpx.AsyncClient, store: Store, later: Later) -> None:
    async with open_receiver(BAD, BAD, OK) as receiver:
        webhook = await created(manager, receiver.url)
        happen(store)
        await tried(manager, webhook)
        later(seconds=10)
        await tried(manager, webhook, 2)
        later(minutes=1)
        delivery = await tried(manager, webhook, 3)
        assert (delivery["status"], delivery["error_kind"], delivery["error"]) == ("succeeded", None, None)
        later(days=1)
        await listed(manager, webhook)
        assert len(receiver.received) == 3


async def test_a_failed_delivery_can_be_retried(
    manager: httpx.AsyncClient, store: Store, later: Later, clock: FixedClock
) -> None:
    async with open_receiver(*[BAD] * 7, OK) as receiver:
        webhook = await created(manager, receiver.url)
        happen(store)
        pending = await tried(manager, webhook)
        refused = await retried(manager, webhook, pending)
        assert (refused.status_code, refused.json()["status"]) == (400, "pending")
        for tries, delay in enumerate(RETRY_DELAYS, 2):
            later(seconds=delay.total_seconds())
            await tried(manager, webhook, tries)
        await manager.patch(f"/v1/webhooks/{webhook['id']}", json={"is_active": False})
        assert "is_active" in (await retried(manager, webhook, pending)).json()["detail"]
        await manager.patch(f"/v1/webhooks/{webhook['id']}", json={"is_active": True})
        queued = await retried(manager, webhook, pending)
        assert (queued.status_code, queued.json()["status"]) == (200, "pending")
        again = await tried(manager, webhook, 7)
        assert (again["status"], again["next_attempt_at"]) == ("pending", iso(clock() + RETRY_DELAYS[0]))
        later(seconds=10)
        done = await tried(manager, webhook, 8)
        assert done["status"] == "succeeded"
        assert (await retried(manager, webhook, done)).status_code == 400


async def test_both_secrets_sign_for_a_day_after_rotation(
    manager: httpx.AsyncClient, store: Store, receiver: Receiver, later: Later
) -> None:
    webhook = await created(manager, receiver.url)
    old = webhook["secret"]
    new = (await manager.post(f"/v1/webhooks/{webhook['id']}/rotate-secret")).json()["secret"]
    happen(store)
    await receiver.got(1)
    later(hours=23, minutes=59)
    happen(store)
    await receiver.got(2)
    later(minutes=1)
    happen(store)
    *both, last = await receiver.got(3)
    for request in both:
        assert request.is_signed_with(old)
        assert request.is_signed_with(new)
    assert last.is_signed_with(new)
    assert not last.is_signed_with(old)
    newest = (await manager.post(f"/v1/webhooks/{webhook['id']}/rotate-secret")).json()["secret"]
    await manager.post(f"/v1/webhooks/{webhook['id']}/rotate-secret")
    happen(store)
    [*_, request] = await receiver.got(4)
    assert request.is_signed_with(newest)
    assert not request.is_signed_with(new)


async def test_switching_off_ends_what_is_pending(manager: httpx.AsyncClient, store: Store, later: Later) -> None:
    async with open_receiver(BAD, OK) as receiver:
        webhook = await created(manager, receiver.url)
        happen(store)
        await tried(manager, webhook)
        await manager.patch(f"/v1/webhooks/{webhook['id']}", json={"is_active": False})
        [row] = await listed(manager, webhook, status="failed")
        assert row["error_kind"] == "endpoint_inactive"
        later(days=1)
        happen(store)
        assert len(await listed(manager, webhook)) == 1
        await manager.patch(f"/v1/webhooks/{webhook['id']}", json={"is_active": True})
        await retried(manager, webhook, row)
        assert (await tried(manager, webhook, 2))["status"] == "succeeded"
        assert len(receiver.received) == 2


async def test_a_pending_delivery_follows_the_url(manager: httpx.AsyncClient, store: Store, later: Later) -> None:
    async with open_receiver(BAD) as old, open_receiver() as new:
        webhook = await created(manager, old.url)
        happen(store)
        await tried(manager, webhook)
        await manager.patch(f"/v1/webhooks/{webhook['id']}", json={"url": new.url})
        later(seconds=10)
        delivery = await tried(manager, webhook, 2)
        assert (delivery["status"], delivery["request"]["url"]) == ("succeeded", new.url)


async def test_lists_of_deliveries_are_filtered_ordered_and_paged(
    manager: httpx.AsyncClient, store: Store, later: Later, clock: FixedClock
) -> None:
    async with open_receiver(OK, OK, BAD) as receiver:
        webhook = await created(manager, receiver.url, events=["ORDER_COMPLETED", "REFUND_FAILED"])
        first = iso(clock())
        for number, kind in enumerate(("ORDER_COMPLETED", "REFUND_FAILED", "ORDER_COMPLETED"), 1):
            happen(store, kind)
            await receiver.got(number)
            await until(lambda: store.db.execute("SELECT sum(sending) FROM webhook_deliveries").fetchone() == (0,))
            later(seconds=1)

        async def kinds(**query: Any) -> list[str]:
            return [f"{row['event_type'][:5]} {row['status']}" for row in await listed(manager, webhook, **query)]

        assert await kinds() == ["ORDER pending", "REFUN succeeded", "ORDER succeeded"]
        assert await kinds(ordering="created") == ["ORDER succeeded", "REFUN succeeded", "ORDER pending"]
        assert await kinds(ordering=["event_type", "-status"]) == [
            "ORDER succeeded",
            "ORDER pending",
            "REFUN succeeded",
        ]
        assert await kinds(status="pending") == ["ORDER pending"]
        assert await kinds(event_type="REFUND_FAILED") == ["REFUN succeeded"]
        assert await kinds(created_before=first) == ["ORDER succeeded"]
        assert await kinds(created_after=first, page_size=2, page=2) == ["ORDER succeeded"]
        base = f"/v1/webhooks/{webhook['id']}/deliveries"
        assert (await manager.get(base, params={"status": "lost"})).status_code == 400
        assert (await manager.get(base, params={"page": 3})).status_code == 404


async def test_before_the_first_try_the_detail_says_what_would_be_sent(
    manager: httpx.AsyncClient, store: Store
) -> None:
    async with open_receiver(None) as receiver:
        webhook = await created(manager, receiver.url)
        happen(store)
        await receiver.got(1)
        [row] = await listed(manager, webhook)
        waiting = await detail(manager, webhook, row)
        assert (waiting["status"], waiting["attempts"], waiting["response"]) == ("pending", 0, None)
        assert waiting["request"]["url"] == receiver.url
        assert waiting["request"]["headers"] is None
        assert waiting["request"]["body"].encode() == receiver.received[0].body


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:1/", False),
        ("http://127.8.9.1/", False),
        ("https://[::1]/", False),
        ("http://LocalHost:90/", False),
        ("https://hooks.example/", False),
        ("https://partner.example/", True),
        ("https://not.partner.example/", False),
        ("http://localhost.example/", False),
        ("http://127.0.0.1.example/", False),
        ("http://10.0.0.1/", False),
        ("http://169.254.169.254/latest", False),
        ("http://0.0.0.0/", False),
        ("http://2130706433/", False),
        ("http://[::]/", False),
        ("http://[", False),
    ],
)
def test_where_it_may_deliver(url: str, allowed: bool) -> None:
    assert may_deliver(url, ["Partner.example"]) is allowed
    assert not may_deliver(url, [])


@pytest.mark.parametrize(
    ("named", "url", "allowed"),
    [
        ("127.0.0.1:9090", "http://127.0.0.1:9090/orders", True),
        ("127.0.0.1:9090", "http://127.0.0.1:9091/orders", False),
        ("127.0.0.1:9090", "http://localhost:9090/orders", False),
        ("localhost", "http://LOCALHOST:1/", True),
        ("hooks.example:443", "https://hooks.example/", True),
        ("hooks.example:443", "http://hooks.example/", False),
        ("hooks.example:80", "http://hooks.example/", True),
        ("[::1]:9090", "http://[::1]:9090/", True),
        ("::1", "http://[::1]:9090/", True),
        ("[::1]", "http://[::1]:9090/", True),
        ("hooks.example", "https://hooks.example@evil.example/", False),
    ],
)
def test_a_receiver_is_named_by_its_host_and_perhaps_its_port(named: str, url: str, allowed: bool) -> None:
    assert may_deliver(url, [named]) is allowed


async def test_a_sandbox_that_was_told_of_no_receiver_reaches_none(store: Store, receiver: Receiver) -> None:
    app = create_app(store)
    async with connected(app, "in process") as client:
        webhook = await created(client, receiver.url)
        happen(store)
        delivery = await tried(client, webhook)
    assert (delivery["status"], delivery["error_kind"]) == ("failed", "host_not_allowed")
    assert "--allow-webhook-host" in delivery["error"]
    assert receiver.received == []
