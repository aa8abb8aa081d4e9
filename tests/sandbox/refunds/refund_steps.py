"""Orders that can be refunded, and the calls that the tests make."""

import json
from dataclasses import dataclass

import anyio
import httpx
from anyio.lowlevel import checkpoint

from preo_mcp.api.models.refunds import MOVING_STATUSES
from preo_mcp.sandbox.refunds.documents import REFUND_PREFIX
from preo_mcp.sandbox.refunds.gateway import SEED_KEY, decide
from preo_mcp.sandbox.store import Doc, Store, spell_id


@dataclass(frozen=True)
class Bought:
    """An order with its purchases."""

    order: Doc
    purchases: list[Doc]


def bought(store: Store, sql: str, *values: str) -> Bought:
    """Return the first order that fits a condition."""
    [(key, doc)] = store.db.execute(f"SELECT id, doc FROM orders WHERE {sql} ORDER BY rowid LIMIT 1", values).fetchall()
    rows = store.db.execute("SELECT doc FROM purchases WHERE order_id = ? ORDER BY rowid", (key,))
    return Bought(json.loads(doc), [json.loads(purchase) for (purchase,) in rows])


UNTOUCHED = "id NOT IN (SELECT order_id FROM refunds)"
OF_NORDLYS = f"{UNTOUCHED} AND organization_id = 'org_nordlys'"
PAID = f"{OF_NORDLYS} AND status = 'completed' AND transaction_id IS NOT NULL"


async def ask(client: httpx.AsyncClient, purchase: Doc, reason: str = "customer_request", **more: object) -> Doc:
    """Request a refund of a purchase and return it."""
    answer = await client.post(f"/v1/purchases/{purchase['id']}/refund", json={"reason": reason, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def refuse(client: httpx.AsyncClient, purchase: Doc, reason: str = "customer_request", **more: object) -> Doc:
    """Request a refund that has to be refused and return what was answered."""
    answer = await client.post(f"/v1/purchases/{purchase['id']}/refund", json={"reason": reason, **more})
    assert answer.status_code == 400, answer.text
    return answer.json()


async def approved(client: httpx.AsyncClient, refund: Doc) -> Doc:
    """Approve a refund and return it once it is paid or has failed."""
    answer = await client.post(f"/v1/refunds/{refund['id']}/approve")
    assert answer.status_code == 200, answer.text
    return await ended(client, refund)


async def ended(client: httpx.AsyncClient, refund: Doc) -> Doc:
    """Return a refund once it moves no more by itself."""
    with anyio.fail_after(10):
        while (found := (await client.get(f"/v1/refunds/{refund['id']}")).json())["status"] in MOVING_STATUSES:
            await checkpoint()
    return found


def fate(store: Store, *, succeeds: bool) -> None:
    """Choose the seed so that the next refund's first attempt succeeds or fails."""
    number = store.db.execute(
        "SELECT coalesce(max(value), 0) FROM counters WHERE kind = ?", (REFUND_PREFIX,)
    ).fetchone()[0]
    coming = spell_id(REFUND_PREFIX, number + 1)
    seed = next(str(seed) for seed in range(1000) if decide(str(seed), coming, 1).succeeded is succeeds)
    store.db.execute("UPDATE meta SET value = ? WHERE key = ?", (seed, SEED_KEY))


def purchase_of(store: Store, purchase: Doc) -> Doc:
    """Return a purchase as it stands now."""
    found = store.doc("purchases", purchase["id"])
    assert found is not None
    return found
