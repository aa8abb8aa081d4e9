"""Six tasks of somebody who answers customers."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from math import ceil

from benchmarks.tasks.task import AARHUS, Answer, Doc, Domain, End, Hand, Task, docs, edition_of, found

PAIR, SEVERAL = 2, 3
SMALL = 3
"""How many of the refunds that wait are small enough to be paid without a look."""
WAITING = "SELECT id, amount FROM refunds WHERE edition_id = 'edt_nordlys26' AND status = 'requested' ORDER BY amount"
NEW_EMAIL, NEW_PHONE = "bozena.nowa@example.org", "+48501234599"


def order_of_two(db: sqlite3.Connection) -> dict[str, str]:
    """Return the number of an order of Søren Kjærgaard's that is two of the same ticket."""
    [number, *_] = [
        order["order_number"] for order in _orders(db, "usr_soeren") if [*_kinds(db, order["id"]).values()] == [PAIR]
    ]
    return {"order": number}


def order_of_several(db: sqlite3.Connection) -> dict[str, str]:
    """Return an order of Aarhus with three of one day ticket and other things, paid by card."""
    day = ("Endagsbillet", "Voksen")
    [number, *_] = [
        order["order_number"]
        for order in docs(db, "orders").values()
        if order["edition_id"] == "edt_nordlys26" and order["type"] == "online" and order["status"] == "completed"
        for kinds in [_kinds(db, order["id"])]
        if kinds[day] == SEVERAL and len(kinds) > 1 and not _refunds_of(db, order["id"])
    ]
    return {"order": number}


def order_of_failed_refund(db: sqlite3.Connection) -> dict[str, str]:
    """Return an order of Aarhus of which a refund failed at the gateway."""
    query = (
        "SELECT order_id FROM refunds WHERE edition_id = 'edt_nordlys26' AND status = 'failed' ORDER BY created DESC"
    )
    order_id, *_ = db.execute(query).fetchone()
    return {"order": docs(db, "orders")[order_id]["order_number"]}


def limit_of_small(db: sqlite3.Connection) -> dict[str, str]:
    """Return the kroner up to which refunds of Aarhus are small, so that there are some on every day's data."""
    amounts = [amount for _, amount in db.execute(WAITING)]
    return {"limit": str(ceil(amounts[SMALL - 1] / 100))}


def _orders(db: sqlite3.Connection, customer_id: str) -> list[Doc]:
    rows = db.execute("SELECT doc FROM orders WHERE customer_id = ? ORDER BY created DESC", (customer_id,))
    return [json.loads(doc) for (doc,) in rows]


def _kinds(db: sqlite3.Connection, order_id: str) -> Counter[tuple[str, str | None]]:
    rows = [json.loads(doc) for (doc,) in db.execute("SELECT doc FROM purchases WHERE order_id = ?", (order_id,))]
    return Counter((one["product_name"], one["variant_name"]) for one in rows)


def _refunds_of(db: sqlite3.Connection, order_id: str) -> list[str]:
    return [key for (key,) in db.execute("SELECT id FROM refunds WHERE order_id = ?", (order_id,))]


async def refund_one(hand: Hand) -> Answer:
    """Find the order by its customer, refund one ticket, pay it, and look how it ended."""
    customer = (await hand.call("list_users", search="20 13 45"))["results"][0]
    orders = await hand.call("list_orders", customer_id=customer["id"])
    order = found(orders["results"], order_number=hand.given["order"])
    ticket = (await hand.call("get_order", order_id=order["id"]))["purchases"][0]
    refund = await hand.call("create_purchase_refund", purchase_id=ticket["id"], reason="duplicate_purchase")
    await hand.call("approve_refund", refund_id=refund["id"])
    await hand.quiet()
    ended = await hand.call("get_refund", refund_id=refund["id"])
    return {"status": ended["status"], "amount": ended["amount"]}


async def refund_several(hand: Hand) -> Answer:
    """Refund and pay three tickets of an order one by one, then look at the order."""
    edition = await edition_of(hand, AARHUS)
    orders = await hand.call("list_orders", edition_id=edition["id"], search=hand.given["order"])
    order = await hand.call("get_order", order_id=orders["results"][0]["id"])
    tickets = [one for one in order["purchases"] if one["product"] == "Endagsbillet" and one["variant"] == "Voksen"]
    for ticket in tickets:
        refund = await hand.call(
            "create_purchase_refund", purchase_id=ticket["id"], reason="customer_request", scope="purchase_full"
        )
        await hand.call("approve_refund", refund_id=refund["id"])
    await hand.quiet()
    after = await hand.call("get_order", order_id=order["id"])
    return {"refunded": after["refunded"]}


async def history(hand: Hand) -> Answer:
    """Read a customer's orders one by one; whether they agreed to the newsletter, a condition tells."""
    customer = (await hand.call("list_users", search="Maja Østergaard"))["results"][0]
    rows = (await hand.call("list_orders", customer_id=customer["id"]))["results"]
    orders = [await hand.call("get_order", order_id=row["id"]) for row in rows]
    agreed = await hand.call("validate_cel_expression", expression=agreed_to_news(customer["id"]), count=True)
    pieces = Counter(one["product"] for order in orders for one in order["purchases"])
    return {
        "orders": len(orders),
        "spent": sum(order["amount"] for order in orders),
        "back": sum(order["refunded"] for order in orders),
        "pieces": dict(pieces),
        "newsletter": agreed["matching"] == 1,
    }


def agreed_to_news(customer_id: str) -> str:
    """Return a condition that one customer meets who agreed to the newsletter."""
    return f"user.id == '{customer_id}' && user.consents.exists(c, c.name == 'Nyhedsbrev' && c.granted)"


async def change_address(hand: Hand) -> Answer:
    """Find the customer and write the new address."""
    customer = (await hand.call("list_users", search="bozena.wojcik@example.com"))["results"][0]
    await hand.call("update_user", user_id=customer["id"], email=NEW_EMAIL, phone_number=NEW_PHONE)
    return {}


async def pay_small(hand: Hand) -> Answer:
    """Pay each small refund that waits, then look how they ended."""
    edition = await edition_of(hand, AARHUS)
    waiting = await hand.call("list_refunds", edition_id=edition["id"], status="requested")
    small = [one["id"] for one in waiting["results"] if one["amount"] <= int(hand.given["limit"])]
    for refund_id in small:
        await hand.call("approve_refund", refund_id=refund_id)
    await hand.quiet()
    after = await hand.call("list_refunds", edition_id=edition["id"], ordering=["-modified"], page_size=len(small))
    return {one["id"]: one["status"] for one in after["results"]}


async def missing_money(hand: Hand) -> Answer:
    """Read why a refund failed, try it again, and look how it ended."""
    edition = await edition_of(hand, AARHUS)
    rows = (await hand.call("list_refunds", edition_id=edition["id"], search=hand.given["order"]))["results"]
    refund = await hand.call("get_refund", refund_id=found(rows, status="failed")["id"])
    await hand.call("approve_refund", refund_id=refund["id"])
    await hand.quiet()
    ended = await hand.call("get_refund", refund_id=refund["id"])
    return {"why": refund["service_response"], "status": ended["status"]}


def one_was_paid(end: End) -> Iterator[str]:
    """Check that one ticket of the two went back in full, and was paid."""
    yield from _refunded(end, 1)
    yield from end.told(status="processed", amount=sum(row[1] for row in _paid(end)) / 100)


def three_were_paid(end: End) -> Iterator[str]:
    """Check that the three tickets went back in full, and nothing else."""
    yield from _refunded(end, SEVERAL)
    yield from end.told(refunded=sum(row[1] for row in _paid(end)) / 100)


def _refunded(end: End, count: int) -> Iterator[str]:
    """Yield how refunds and payments differ from `count` adult day tickets of the order, each in full."""
    purchases = {one["id"]: one for one in end.now("purchases").values()}
    order_ids = {one["id"] for one in end.now("orders").values() if one["order_number"] == end.given["order"]}
    went_back = [
        purchases[purchase_id]
        for refund_id, purchase_id, amount in end.after.execute(
            "SELECT refund_id, purchase_id, amount FROM refund_parts"
        )
        if refund_id in {one["id"] for one in end.new("refunds")}
        and amount == purchases[purchase_id]["price"] + purchases[purchase_id]["fee"]
    ]
    if len(end.new("refunds")) != count or len({one["id"] for one in went_back}) != count:
        yield f"{len(end.new('refunds'))} refunds were made, {len(went_back)} of them in full"
    if any(one["order_id"] not in order_ids or one["product_name"] != "Endagsbillet" for one in went_back):
        yield "something else went back"
    if len(_paid(end)) != count:
        yield f"{len(_paid(end))} were paid"


def _paid(end: End) -> list[tuple[str, int]]:
    """Return refunds that were paid since, with their amounts in minor units."""
    query = "SELECT refund_id, amount FROM gateway_ledger WHERE succeeded ORDER BY refund_id"
    former = set(end.before.execute(query))
    return [row for row in end.after.execute(query) if row not in former]


def history_is_right(end: End) -> Iterator[str]:
    """Check what was told of Maja Østergaard."""
    orders = _orders(end.after, "usr_maja")
    bought = [one for one in end.now("purchases").values() if one["customer_id"] == "usr_maja"]
    query = "SELECT coalesce(sum(amount), 0) FROM refunds WHERE customer_id = 'usr_maja' AND status = 'processed'"
    [(back,)] = end.after.execute(query)
    [(agreed,)] = end.after.execute(
        "SELECT count(*) FROM customer_consents WHERE customer_id = 'usr_maja' AND consent_id = 'con_nordlys_news' "
        "AND status = 'granted'"
    )
    yield from end.told(
        orders=len(orders),
        spent=sum(one["amount"] for one in orders) / 100,
        back=back / 100,
        pieces=dict(Counter(one["product_name"] for one in bought)),
        newsletter=agreed == 1,
    )


def address_changed(end: End) -> Iterator[str]:
    """Check that one customer's address and number are new, and nothing else of anybody."""
    changed = end.changed("customers")
    if [*changed] != ["usr_bozena"]:
        yield f"{[*changed]} changed"
        return
    former, customer = docs(end.before, "customers")["usr_bozena"], changed["usr_bozena"]
    if (customer["email"], customer["phone_number"]) != (NEW_EMAIL, NEW_PHONE):
        yield f"they are {customer['email']}, {customer['phone_number']}"
    if any(customer[name] != former[name] for name in ("first_name", "last_name", "locale", "organization_id")):
        yield "something else changed"


def small_were_paid(end: End) -> Iterator[str]:
    """Check that each small refund was handed to the gateway, and no other; that it was told how they ended."""
    waited = dict(end.before.execute(WAITING))
    small = {key for key, amount in waited.items() if amount <= int(end.given["limit"]) * 100}
    after = dict(end.after.execute("SELECT id, status FROM refunds"))
    if any((after[key] == "requested") is (key in small) for key in waited):
        yield "others were decided than should"
    if any(after[key] not in ("processed", "failed") for key in small):
        yield "they are still under way"
    yield from end.told(**{key: after[key] for key in small})


def tried_again(end: End) -> Iterator[str]:
    """Check that the failed refund was tried once more, and that it was told why it failed and how it ended."""
    order_id = next(one["id"] for one in end.now("orders").values() if one["order_number"] == end.given["order"])
    query = "SELECT id, status, doc FROM refunds WHERE order_id = ?"
    [(refund_id, _, doc)] = [row for row in end.before.execute(query, (order_id,)) if row[1] == "failed"]
    [status] = [row[1] for row in end.after.execute(query, (order_id,)) if row[0] == refund_id]
    [(tries,)] = end.after.execute("SELECT count(*) FROM gateway_ledger WHERE refund_id = ?", (refund_id,))
    if tries != 2:
        yield f"it was tried {tries} times"
    yield from end.told(why=json.loads(doc)["service_response"], status=status)


TASKS = (
    Task(
        "one-ticket",
        Domain.SUPPORT,
        "A customer with 20 13 45 in his phone number bought one ticket too many: order {order} has two of the same. "
        "Give him the full price of one of them back, pay it out, and tell me whether the money is on its way.",
        refund_one,
        one_was_paid,
        given=order_of_two,
    ),
    Task(
        "three-tickets",
        Domain.SUPPORT,
        "Three friends fell ill and cannot come to Aarhus. Refund all three adult day tickets of order {order} in full "
        "and pay them out; the rest of the order stays as it is. How much goes back?",
        refund_several,
        three_were_paid,
        given=order_of_several,
    ),
    Task(
        "history",
        Domain.SUPPORT,
        "Maja Østergaard is on the phone. What has she bought from us in all, for how much, did she ever get money "
        "back, and may we send her our Nyhedsbrev?",
        history,
        history_is_right,
    ),
    Task(
        "address",
        Domain.SUPPORT,
        f"The customer with bozena.wojcik@example.com has moved to {NEW_EMAIL} and {NEW_PHONE}. Please change both.",
        change_address,
        address_changed,
    ),
    Task(
        "small-refunds",
        Domain.SUPPORT,
        "Pay every refund of up to {limit} kroner that waits for Aarhus. Leave larger ones. Did all go through?",
        pay_small,
        small_were_paid,
        given=limit_of_small,
    ),
    Task(
        "missing-money",
        Domain.SUPPORT,
        "Somebody asks where the refund of order {order} (Aarhus) is. Find out what went wrong, and try it again.",
        missing_money,
        tried_again,
        given=order_of_failed_refund,
    ),
)
