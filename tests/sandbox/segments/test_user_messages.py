"""Customers as messages: what they say, when they are made anew, and whether they can be written to."""

from typing import Any

import pytest

from preo_mcp.cel.messages import message_class
from preo_mcp.sandbox.app import JOB_HANDLERS
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.segments import runs
from preo_mcp.sandbox.segments.addresses import country_of, is_valid_email, is_valid_phone
from preo_mcp.sandbox.segments.user_messages import forget_other_shapes, refresh_messages
from preo_mcp.sandbox.store import Store

NEWS = "con_nordlys_news"


def count(store: Store, table: str) -> int:
    return store.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def message(store: Store, customer_id: str) -> Any:
    [(encoded,)] = store.db.execute("SELECT message FROM user_messages WHERE customer_id = ?", (customer_id,))
    return message_class("User").FromString(encoded)


async def test_everybody_has_one_and_keeps_its_number(store: Store) -> None:
    await refresh_messages(store)
    assert (count(store, "user_messages"), count(store, "stale_users")) == (2000, 0)
    numbers = store.db.execute("SELECT customer_id, number FROM user_messages ORDER BY 1").fetchall()
    store.db.execute("INSERT INTO stale_users SELECT id FROM customers")
    await refresh_messages(store)
    assert store.db.execute("SELECT customer_id, number FROM user_messages ORDER BY 1").fetchall() == numbers


async def test_a_message_says_what_the_rows_say(store: Store) -> None:
    await refresh_messages(store)
    soeren = message(store, "usr_soeren")
    assert (soeren.first_name.value, soeren.country.value, soeren.has_valid_phone) == ("Søren", "DK", True)
    rows = store.db.execute("SELECT id, amount FROM orders WHERE customer_id = 'usr_soeren' ORDER BY created, id")
    assert [(order.id, order.total) for order in soeren.orders] == [(key, amount / 100) for key, amount in rows]
    assert list(soeren.purchases) == [purchase for order in soeren.orders for purchase in order.purchases]
    assert (
        len(soeren.purchases)
        == store.db.execute("SELECT count(*) FROM purchases WHERE customer_id = 'usr_soeren'").fetchone()[0]
    )
    assert {consent.consent_id: consent.granted for consent in soeren.consents}[NEWS] is True
    assert soeren.created.ToJsonString()[:19] == (store.doc("customers", "usr_soeren") or {})["created"][:19]


async def test_a_renamed_consent_reaches_all_who_answered(store: Store) -> None:
    await refresh_messages(store)
    consent = store.doc("consents", NEWS) or {}
    store.update("consents", NEWS, {**consent, "description": "x"})
    assert count(store, "stale_consents") == 0
    store.update("consents", NEWS, {**consent, "name": "Breve"})
    assert count(store, "stale_consents") == 1
    await refresh_messages(store)
    assert count(store, "stale_consents") == count(store, "stale_users") == 0
    assert "Breve" in {consent.name for consent in message(store, "usr_soeren").consents}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE customers SET doc = doc WHERE id = 'usr_soeren'",
        "UPDATE orders SET doc = doc WHERE customer_id = 'usr_soeren'",
        "UPDATE purchases SET doc = doc WHERE customer_id = 'usr_soeren'",
        "INSERT OR REPLACE INTO passes VALUES ('usr_soeren', 'active', '')",
        "INSERT INTO customer_consents VALUES ('con_x', 'usr_soeren', 'granted', '2026-01-01T00:00:00.000000Z')",
        "UPDATE customer_consents SET status = 'withdrawn' WHERE customer_id = 'usr_soeren'",
        "DELETE FROM customer_consents WHERE customer_id = 'usr_soeren'",
    ],
)
async def test_every_change_is_noted_once(store: Store, change: str) -> None:
    await refresh_messages(store)
    for _ in range(2):
        store.db.execute(change.replace("con_x", f"con_{_}"))
        assert store.db.execute("SELECT customer_id FROM stale_users").fetchall() == [("usr_soeren",)]
        if "DELETE" in change:
            break


async def test_messages_of_another_shape_are_made_anew(store: Store) -> None:
    await refresh_messages(store)
    forget_other_shapes(store)
    assert count(store, "stale_users") == 2000
    await refresh_messages(store)
    forget_other_shapes(store)
    assert count(store, "stale_users") == 0
    store.db.execute("UPDATE meta SET value = 'older' WHERE key = 'user messages'")
    forget_other_shapes(store)
    assert count(store, "stale_users") == 2000


async def test_many_changes_are_prepared_for_in_the_background(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(store, JOB_HANDLERS)
    runs.prepare_messages(jobs)
    assert count(store, "jobs") == 0
    monkeypatch.setattr(runs, "WORTH_PREPARING", 2000)
    runs.prepare_messages(jobs)
    runs.prepare_messages(jobs)
    [(job,)] = store.db.execute("SELECT id FROM jobs").fetchall()
    async with jobs.running():
        assert await jobs.finished(job)
    assert (count(store, "stale_users"), count(store, "user_messages")) == (0, 2000)


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("+4520123456", "DK"),
        ("+4917139200123", "DE"),
        ("+442079460123", "GB"),
        ("+4722123456", "NO"),
        ("+12125550123", "US"),
        ("+80012345678", None),
        ("+9991234567", None),
        ("20123456", None),
        (None, None),
    ],
)
def test_countries(phone: str | None, country: str | None) -> None:
    assert country_of(phone) == country


def test_addresses() -> None:
    assert is_valid_email("søren@example.com")
    assert not any(map(is_valid_email, (None, "", "søren", "a@b.dk, c@d.dk", "a b@c.dk")))
    assert is_valid_phone("+4520123456")
    assert not any(map(is_valid_phone, (None, "", "+0123456789", "+45 20123456", "+45")))
