"""Receivers that hang, lie or are not there: none holds up another, and nothing is lost when the sandbox stops."""

import sqlite3
from contextlib import closing
from pathlib import Path

import anyio
import httpx
import pytest
from receiver import OK, Receiver, answer, open_receiver, until
from webhook_steps import Later, created, happen, listed, retried, tried

from preo_mcp.sandbox.app import create_app
from preo_mcp.sandbox.clock import FixedClock
from preo_mcp.sandbox.seed import seeded_store
from preo_mcp.sandbox.store import Store
from preo_mcp.sandbox.webhooks.deliverer import AT_ONCE_PER_ENDPOINT, KEPT_BYTES, Deliverer
from preo_mcp.sandbox.webhooks.documents import insert
from tests.sandbox.conftest import NOW


def impatient(store: Store, webhook_id: str) -> None:
    """Give an endpoint a timeout that no test waits for."""
    store.db.execute("UPDATE webhooks SET doc = json_set(doc, '$.timeout_seconds', 0.02) WHERE id = ?", (webhook_id,))


@pytest.mark.parametrize(
    ("said", "kind", "status"),
    [
        (answer(302, b"", "Location: http://127.0.0.1:9/elsewhere"), "redirect", 302),
        (answer(404, b"gone"), "http_status", 404),
        (answer(100), "protocol", None),
        (b"nonsense\r\n\r\n", "protocol", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "protocol", None),
        (b"", "protocol", None),
        (None, "timeout", None),
    ],
)
async def test_what_goes_wrong_is_told(
    manager: httpx.AsyncClient, store: Store, said: bytes | None, kind: str, status: int | None
) -> None:
    async with open_receiver(said) as receiver:
        webhook = await created(manager, receiver.url)
        if kind == "timeout":
            impatient(store, webhook["id"])
        happen(store)
        delivery = await tried(manager, webhook)
        assert (delivery["error_kind"], delivery["response_status"]) == (kind, status)
        assert delivery["status"] == "pending"
        assert delivery["error"].endswith(".")
        assert "t0ken" not in delivery["error"]
        assert delivery["duration_ms"] >= 0
        assert len(receiver.received) == 1


async def test_nobody_listens(manager: httpx.AsyncClient, store: Store) -> None:
    async with open_receiver() as receiver:
        url = receiver.url
    webhook = await created(manager, url)
    happen(store)
    delivery = await tried(manager, webhook)
    assert (delivery["status"], delivery["error_kind"], delivery["response"]) == ("pending", "connection", None)


async def test_of_a_long_answer_the_beginning_is_kept(manager: httpx.AsyncClient, store: Store) -> None:
    long = answer(200, "æ".encode() * 300_000, f"X-Long: {'x' * 5_000}", "X-After: 1")
    async with open_receiver(long) as receiver:
        webhook = await created(manager, receiver.url)
        happen(store)
        delivery = await tried(manager, webhook)
    assert delivery["status"] == "succeeded"
    assert len(delivery["response"]["body"].encode()) == KEPT_BYTES
    assert set(delivery["response"]["headers"]) == {"content-length"}


async def test_a_host_that_is_not_allowed_gets_nothing(manager: httpx.AsyncClient, store: Store) -> None:
    webhook = await created(manager, "https://hooks.example/preo?token=t0ken")
    happen(store)
    delivery = await tried(manager, webhook)
    assert (delivery["status"], delivery["error_kind"], delivery["attempts"]) == ("failed", "host_not_allowed", 1)
    assert "--allow-webhook-host" in delivery["error"]
    assert (await retried(manager, webhook, delivery)).status_code == 200
    assert (await tried(manager, webhook, 2))["status"] == "failed"


async def test_environment_proxies_are_not_used(
    manager: httpx.AsyncClient, store: Store, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    webhook = await created(manager, receiver.url)
    happen(store)
    assert (await tried(manager, webhook))["status"] == "succeeded"


async def test_one_that_hangs_keeps_its_own_places_only(
    manager: httpx.AsyncClient, store: Store, receiver: Receiver
) -> None:
    async with open_receiver(None) as hanging:
        stuck = await created(manager, hanging.url)
        await created(manager, receiver.url)
        for _ in range(20):
            happen(store)
        await receiver.got(20)
        await until(lambda: hanging.under_way == AT_ONCE_PER_ENDPOINT)
        assert hanging.most_under_way == AT_ONCE_PER_ENDPOINT
        assert receiver.most_under_way <= AT_ONCE_PER_ENDPOINT
        assert len(await listed(manager, stuck, status="pending")) == 20


async def test_one_that_answers_after_it_was_switched_off_is_not_tried_again(
    manager: httpx.AsyncClient, store: Store, later: Later
) -> None:
    async with open_receiver(None) as hanging:
        webhook = await created(manager, hanging.url)
        impatient(store, webhook["id"])
        happen(store)
        await hanging.got(1)
        await manager.patch(f"/v1/webhooks/{webhook['id']}", json={"is_active": False})
        delivery = await tried(manager, webhook)
        assert (delivery["status"], delivery["error_kind"]) == ("failed", "timeout")


async def test_a_process_goes_on_with_what_an_earlier_one_left(tmp_path: Path) -> None:
    """One delivery was under way and one not begun when the first process ended."""
    async with open_receiver(None, OK) as receiver:
        with seeded_store(tmp_path, FixedClock(NOW)) as store:
            add_endpoint(store, receiver.url)
            async with Deliverer(store, NAMED).running():
                happen(store, number=1)
                await receiver.got(1)
            happen(store, number=2)
            assert store.db.execute(QUEUED).fetchall() == [("pending", 1), ("pending", 0)]
        with closing(sqlite3.connect(tmp_path / "preo.db")) as db:
            assert db.execute("SELECT count(*) FROM jobs").fetchone() == (0,)
        with seeded_store(tmp_path, FixedClock(NOW)) as store:
            app = create_app(store, webhook_hosts=NAMED)
            async with app.router.lifespan_context(app):
                await receiver.got(3)
                await until(lambda: store.db.execute(QUEUED).fetchall() == [("succeeded", 0)] * 2)
        begun, again, last = receiver.received
        assert begun.headers["preo-delivery"] == again.headers["preo-delivery"]
        assert (again.event["data"], last.event["data"]) == ({"number": 1}, {"number": 2})


async def test_stopping_does_not_wait_for_who_hangs(store: Store) -> None:
    async with open_receiver(None) as receiver:
        add_endpoint(store, receiver.url)
        with anyio.fail_after(5):
            async with Deliverer(store, NAMED).running():
                happen(store)
                await receiver.got(1)
        happen(store)
    assert store.db.execute(QUEUED).fetchall() == [("pending", 1), ("pending", 0)]


async def test_a_fault_of_the_sandbox_ends_no_other_delivery(
    manager: httpx.AsyncClient, store: Store, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    webhook = await created(manager, receiver.url)
    await created(manager, receiver.url)
    store.db.execute("UPDATE webhooks SET doc = json_remove(doc, '$.timeout_seconds') WHERE id = ?", (webhook["id"],))
    happen(store)
    delivery = await tried(manager, webhook)
    assert (delivery["status"], delivery["error_kind"]) == ("pending", "protocol")
    await receiver.got(1)
    assert "KeyError" in caplog.text
    assert "t0ken" not in caplog.text


NAMED = ["127.0.0.1"]
QUEUED = "SELECT status, sending FROM webhook_deliveries WHERE webhook_id = 'whk_test' ORDER BY rowid"


def add_endpoint(store: Store, url: str) -> None:
    webhook = store.doc("webhooks", "whk_nordlysbooks")
    assert webhook
    insert(store, webhook | {"id": "whk_test", "url": url, "events": ["ORDER_COMPLETED"]})
