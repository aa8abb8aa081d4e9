"""Each customer as one message in the table `user_messages`, kept true: what changed is made anew in slices.

Triggers note every change (see `schema`). So a calculation reads 100,000 customers from as many rows of bytes, and only
those whose orders, purchases, consents, pass or own data changed since the last one cost the work of making a message.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from preo_mcp.cel.context import digest
from preo_mcp.sandbox.segments.people import MadeMessage, People
from preo_mcp.sandbox.slices import in_slices
from preo_mcp.sandbox.store import Store

BATCH: Final = 20
"""Customers whose messages are made together, far below the time of a slice."""
CONSENT_BATCH: Final = 500
"""Customers that are noted together when the name of a consent changed."""
SHAPE_KEY: Final = "user messages"
"""The key in `meta` of the shape that the stored messages have."""


async def refresh_messages(store: Store) -> None:
    """Make every message anew that no longer says what is."""
    people = People(store)

    def refresh(ids: Sequence[str]) -> None:
        _write(store, people.messages(ids))
        store.db.execute(
            "DELETE FROM stale_users WHERE customer_id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )

    await in_slices(store, _stale(store), refresh)


def forget_other_shapes(store: Store) -> None:
    """Note all customers as changed where the stored messages were made for other types of the context."""
    shape = digest()
    with store.transaction() as db:
        row = db.execute("SELECT value FROM meta WHERE key = ?", (SHAPE_KEY,)).fetchone()
        if row is None or row[0] != shape:
            db.execute("INSERT OR IGNORE INTO stale_users SELECT customer_id FROM user_messages")
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (SHAPE_KEY, shape))


def _stale(store: Store) -> Iterator[Sequence[str]]:
    while True:
        rows = store.db.execute("SELECT customer_id FROM stale_users LIMIT ?", (BATCH,)).fetchall()
        if rows:
            yield [key for (key,) in rows]
        elif not _spread_a_consent(store):
            return


def _spread_a_consent(store: Store) -> bool:
    """Note some customers who answered to a consent of another name; return whether there was such a consent."""
    consent = store.db.execute("SELECT consent_id, after FROM stale_consents LIMIT 1").fetchone()
    if consent is None:
        return False
    rows = store.db.execute(
        "SELECT customer_id FROM customer_consents WHERE consent_id = ? AND customer_id > ? "
        "ORDER BY customer_id LIMIT ?",
        (*consent, CONSENT_BATCH),
    ).fetchall()
    if rows:
        store.db.executemany("INSERT OR IGNORE INTO stale_users VALUES (?)", rows)
        store.db.execute("UPDATE stale_consents SET after = ? WHERE consent_id = ?", (rows[-1][0], consent[0]))
    else:
        store.db.execute("DELETE FROM stale_consents WHERE consent_id = ?", (consent[0],))
    return True


def _write(store: Store, made: Sequence[MadeMessage]) -> None:
    store.db.executemany(
        "INSERT INTO user_messages (organization_id, customer_id, has_valid_email, has_valid_phone, has_active_pass, "
        "message) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (customer_id) DO UPDATE SET "
        "has_valid_email = excluded.has_valid_email, has_valid_phone = excluded.has_valid_phone, "
        "has_active_pass = excluded.has_active_pass, message = excluded.message",
        made,
    )
