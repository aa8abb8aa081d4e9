"""For each tool that gives money back: a call that needs a yes, of orders that nothing was asked back of yet."""

from preo_mcp.api.operations import CREATE_PURCHASE_REFUND
from tests.door import Door
from tests.past_the_guard import doc, in_preo, number, rows
from tests.prepared_calls import Prepared, another

UNTOUCHED_PURCHASE = (
    "SELECT p.id, o.transaction_id FROM purchases AS p JOIN orders AS o ON o.id = p.order_id "
    "WHERE o.organization_id = 'org_nordlys' AND o.status = 'completed' AND o.type = 'online' "
    "AND json_extract(p.doc, '$.price') > 10000 AND o.id NOT IN (SELECT order_id FROM refunds) "
    "GROUP BY o.id ORDER BY o.rowid"
)

UNTOUCHED_PAIR = (
    "SELECT o.id FROM orders AS o JOIN purchases AS p ON p.order_id = o.id "
    "WHERE o.organization_id = 'org_nordlys' AND o.status = 'completed' AND o.type = 'online' "
    "AND json_extract(p.doc, '$.price') > 4000 AND o.id NOT IN (SELECT order_id FROM refunds) "
    "GROUP BY o.id HAVING count(*) > 1 ORDER BY o.rowid"
)


async def _untouched(door: Door) -> tuple[str, str]:
    """Return a purchase and its transaction, of whose order nothing was refunded and no call takes another."""
    await door.backend.client()  # the database is there once the sandbox runs
    purchase_id, transaction_id = another(door, UNTOUCHED_PURCHASE)
    return purchase_id, transaction_id


async def create_purchase_refund(door: Door) -> Prepared:
    purchase_id, _ = await _untouched(door)
    arguments = {"purchase_id": purchase_id, "reason": "other", "amount": 12.5, "comment": "Rained out."}
    counted = "SELECT count(*) FROM refund_parts WHERE purchase_id = ?"
    return Prepared(arguments, lambda: number(door.folder, counted, purchase_id))


async def create_refund(door: Door) -> Prepared:
    _, transaction_id = await _untouched(door)
    arguments = {"transaction_id": transaction_id, "reason": "compensation", "amount": 20}
    counted = "SELECT count(*) FROM refunds WHERE json_extract(doc, '$.transaction_id') = ?"
    return Prepared(arguments, lambda: number(door.folder, counted, transaction_id))


async def _requested(door: Door) -> str:
    purchase_id, _ = await _untouched(door)
    body = {"reason": "other", "amount": 15}
    return (await in_preo(door, CREATE_PURCHASE_REFUND, body, id=purchase_id))["id"]


async def approve_refund(door: Door) -> Prepared:
    refund_id = await _requested(door)
    return Prepared({"refund_id": refund_id}, lambda: doc(door.folder, "refunds", refund_id)["attempt"])


async def _untouched_pair(door: Door) -> list[str]:
    """Return two purchases of one order, of which nothing was refunded and no call takes another."""
    await door.backend.client()
    (order_id,) = another(door, UNTOUCHED_PAIR)
    found = rows(
        door.folder,
        "SELECT id FROM purchases WHERE order_id = ? AND json_extract(doc, '$.price') > 4000 ORDER BY rowid LIMIT 2",
        order_id,
    )
    return [purchase_id for (purchase_id,) in found]


async def refund_purchases(door: Door) -> Prepared:
    purchase_ids = await _untouched_pair(door)
    arguments = {
        "purchase_ids": purchase_ids,
        "reason": "other",
        "scope": "purchase_custom",
        "amount": 7.5,
        "pay": True,
    }
    counted = (
        "SELECT min(coalesce((SELECT json_extract(r.doc, '$.attempt') FROM refunds AS r JOIN refund_parts AS p "
        "ON p.refund_id = r.id WHERE p.purchase_id = each.id), 0)) FROM purchases AS each WHERE each.id IN (?, ?)"
    )
    return Prepared(arguments, lambda: number(door.folder, counted, *purchase_ids))


async def approve_refunds(door: Door) -> Prepared:
    refund_ids = [await _requested(door), await _requested(door)]
    attempts = lambda: min(doc(door.folder, "refunds", one)["attempt"] for one in refund_ids)  # noqa: E731
    return Prepared({"refund_ids": refund_ids}, attempts)


async def reject_refund(door: Door) -> Prepared:
    refund_id = await _requested(door)
    counted = "SELECT count(*) FROM refunds WHERE id = ? AND status = 'rejected'"
    return Prepared({"refund_id": refund_id}, lambda: number(door.folder, counted, refund_id))
