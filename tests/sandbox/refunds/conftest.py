"""Orders to refund, of which nothing was refunded."""

import json

import pytest
from refund_steps import PAID, Bought, bought

from preo_mcp.sandbox.store import Doc, Store


@pytest.fixture
def pair(store: Store) -> Bought:
    """A paid order of two purchases, each with a fee and without a deposit."""
    return bought(
        store,
        f"{PAID} AND (SELECT count(*) FROM purchases AS p WHERE p.order_id = orders.id) = 2 AND NOT EXISTS "
        "(SELECT 1 FROM purchases AS p WHERE p.order_id = orders.id "
        "AND (json_extract(p.doc, '$.fee') = 0 OR json_extract(p.doc, '$.deposit') > 0))",
    )


@pytest.fixture
def locker(store: Store) -> Doc:
    """A paid purchase with price, fee and deposit."""
    [(doc,)] = store.db.execute(
        f"SELECT doc FROM purchases WHERE order_id IN (SELECT id FROM orders WHERE {PAID}) "
        "AND product_id = 'prd_n26_locker' LIMIT 1"
    ).fetchall()
    return json.loads(doc)
