"""The shortest solutions with today's tools, for the tasks where they are others than before."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from benchmarks.tasks import marketing
from benchmarks.tasks.imports import TITO, importing
from benchmarks.tasks.task import Answer, Doc, Hand, Solution, found

PIECES: Final = re.compile(r"(?:(\d+) × )?([^;]+)")
"""How a row of orders tells what was bought: `4 × Partoutbillet, Regular; Drikkebillet`."""


async def one_ticket(hand: Hand) -> Answer:
    """Find the order by its number alone."""
    order = await _order(hand)
    ticket = order["purchases"][0]["id"]
    refund = await hand.call("create_purchase_refund", purchase_id=ticket, reason="duplicate_purchase")
    await hand.call("approve_refund", refund_id=refund["id"])
    await hand.quiet()
    ended = await hand.call("get_refund", refund_id=refund["id"])
    return {"status": ended["status"], "amount": ended["amount"]}


async def three_tickets(hand: Hand) -> Answer:
    """Find the order by its number alone; refund and pay three tickets one by one, then look at the order."""
    order = await _order(hand)
    for one in order["purchases"]:
        if (one["product"], one.get("variant")) == ("Endagsbillet", "Voksen"):
            what = {"reason": "customer_request", "scope": "purchase_full"}
            refund = await hand.call("create_purchase_refund", purchase_id=one["id"], **what)
            await hand.call("approve_refund", refund_id=refund["id"])
    await hand.quiet()
    return {"refunded": (await hand.call("get_order", order_id=order["id"]))["refunded"]}


async def _order(hand: Hand) -> Doc:
    rows = (await hand.call("list_orders", order_number=hand.given["order"]))["results"]
    return await hand.call("get_order", order_id=rows[0]["id"])


async def history(hand: Hand) -> Answer:
    """Rows of orders say what was bought and what went back; a customer, what they agreed to."""
    customer = (await hand.call("list_users", search="Maja Østergaard"))["results"][0]["id"]
    rows = (await hand.call("list_orders", customer_id=customer))["results"]
    consents = (await hand.call("get_user", user_id=customer))["consents"]
    pieces = Counter[str]()
    for count, item in (part for row in rows for part in PIECES.findall(row["items"])):
        pieces[item.strip().partition(",")[0]] += int(count or 1)
    return {
        "orders": len(rows),
        "spent": sum(row["amount"] for row in rows),
        "back": sum(row["refunded"] for row in rows),
        "pieces": dict(pieces),
        "newsletter": found(consents, name="Nyhedsbrev")["status"] == "granted",
    }


async def missing_money(hand: Hand) -> Answer:
    """A row of refunds says why it failed."""
    rows = (await hand.call("list_refunds", search=hand.given["order"]))["results"]
    refund = found(rows, status="failed")
    await hand.call("approve_refund", refund_id=refund["id"])
    await hand.quiet()
    ended = await hand.call("get_refund", refund_id=refund["id"])
    return {"why": refund["service_response"], "status": ended["status"]}


async def send(hand: Hand) -> Answer:
    """A row of campaigns names the segment: have it counted anew, send, and look how it went."""
    campaign = (await hand.call("list_campaigns", search=marketing.CAMPAIGN))["results"][0]
    await hand.call("recalculate_segment", segment_id=campaign["segment_id"])
    await hand.quiet()
    await hand.call("get_segment", segment_id=campaign["segment_id"])
    await hand.call("send_campaign", campaign_id=campaign["id"])
    await hand.quiet()
    ended = await hand.call("get_campaign", campaign_id=campaign["id"])
    return {"status": ended["status"], "sent": ended["sent_count"]}


NOW: Final[Mapping[str, Solution]] = {
    "tito": importing(
        TITO,
        "states: leave_out",
        "people: buyer",
        "products.Day Ticket Adult*: NF-DAY-REG",
        "products.Day Ticket Youth: NF-DAY-YOUNG",
    ),
    "one-ticket": one_ticket,
    "three-tickets": three_tickets,
    "history": history,
    "missing-money": missing_money,
    "send": send,
}
"""By task; a task that is not here is solved as before."""
