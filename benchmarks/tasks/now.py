"""The shortest solutions with today's tools, for the tasks where they are others than before."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from benchmarks.tasks import imports, marketing, operations, support
from benchmarks.tasks.task import AALBORG, AARHUS, Answer, Doc, Hand, Solution, found

ITEM: Final = re.compile(r"^(?:(\d+) × )?([^:,]+)(?:, [^:]+)?: ")
"""How an order of a history tells what was bought: `2 × Partoutbillet, Regular: price 1895.0 … (pur_…, pur_…)`."""


async def one_ticket(hand: Hand) -> Answer:
    """The order is known by its number; request and pay one of its tickets in one call, which waits for the payment."""
    order = await hand.call("get_order", order_id=hand.given["order"])
    ticket = order["purchases"][0]["id"]
    paid = await hand.call("refund_purchases", purchase_ids=[ticket], reason="duplicate_purchase", pay=True)
    return {"status": paid["refunds"][0]["status"], "amount": paid["amount"]}


async def three_tickets(hand: Hand) -> Answer:
    """The order is known by its number; pay the three tickets in one call, which tells what they come to."""
    order = await hand.call("get_order", order_id=hand.given["order"])
    tickets = [
        one["id"] for one in order["purchases"] if (one["product"], one.get("variant")) == ("Endagsbillet", "Voksen")
    ]
    what = {"reason": "customer_request", "scope": "purchase_full", "pay": True}
    return {"refunded": (await hand.call("refund_purchases", purchase_ids=tickets, **what))["amount"]}


async def history(hand: Hand) -> Answer:
    """One call tells all of a customer."""
    told = await hand.call("customer_history", search="Maja Østergaard")
    pieces = Counter[str]()
    for count, name in (row for order in told["orders"] for item in order["items"] for row in ITEM.findall(item)):
        pieces[name] += int(count or 1)
    return {
        "orders": told["orders_in_all"],
        "spent": sum(order["amount"] for order in told["orders"]),
        "back": sum(order["refunded"] for order in told["orders"]),
        "pieces": dict(pieces),
        "newsletter": found(told["customer"]["consents"], name="Nyhedsbrev")["status"] == "granted",
    }


async def change_address(hand: Hand) -> Answer:
    """The customer is known by the old address."""
    new = {"email": support.NEW_EMAIL, "phone_number": support.NEW_PHONE}
    await hand.call("update_user", user_id="bozena.wojcik@example.com", **new)
    return {}


async def pay_small(hand: Hand) -> Answer:
    """The edition is known by a part of its name; pay the small ones in one call, which waits for how they end."""
    waiting = await hand.call("list_refunds", edition_id=AARHUS, status="requested")
    small = [one["id"] for one in waiting["results"] if one["amount"] <= int(hand.given["limit"])]
    paid = await hand.call("approve_refunds", refund_ids=small)
    return {one["id"]: one["status"] for one in paid["refunds"]}


async def missing_money(hand: Hand) -> Answer:
    """A row of refunds says why it failed; paying it waits for how that ends."""
    rows = (await hand.call("list_refunds", search=hand.given["order"]))["results"]
    refund = found(rows, status="failed")
    ended = await hand.call("approve_refund", refund_id=refund["id"])
    return {"why": refund["service_response"], "status": ended["status"]}


async def compare(hand: Hand) -> Answer:
    """Count all audiences, and whom of each the newsletter may reach, in one call."""
    aalborg = (await hand.call("get_edition", edition_id=AALBORG))["id"]
    products = (await hand.call("get_cel_context", edition_id=AARHUS))["products"]
    keys = [found(products, name=product)["id"] for product in marketing.AUDIENCES.values()]
    conditions = [marketing.not_yet_coming(key, aalborg) for key in keys]
    counted = await hand.call("count_conditions", conditions=conditions, edition_id=AARHUS, consent_id="Nyhedsbrev")
    answer: Doc = {}
    for name, row in zip(marketing.AUDIENCES, counted["results"], strict=True):
        answer |= {name: row["matching"], f"{name}_reachable": row["reachable_email"]}
    return answer


async def make_segment(hand: Hand) -> Answer:
    """Make the segment and have it counted at once."""
    aalborg = await hand.call("get_edition", edition_id=AALBORG)
    products = (await hand.call("get_cel_context", edition_id=AARHUS))["products"]
    counted = await hand.call(
        "create_segment",
        organization_id=aalborg["organization_id"],
        name="Campere",
        condition=marketing.not_yet_coming(found(products, name="Camping")["id"], aalborg["id"]),
        edition_id=aalborg["id"],
        consent_id="Nyhedsbrev",
        communication_type="marketing",
        communication_channel="email",
        count=True,
    )
    return {"members": counted["user_count"], "reachable": counted["reachable_count"]}


async def check_campaign(hand: Hand) -> Answer:
    """One call checks all of it."""
    checked = await hand.call("check_campaign", campaign_id=marketing.CAMPAIGN)
    audience = checked["audience"]
    return {
        "members": audience["user_count"],
        "reachable": audience["reachable_count"],
        "undefined": checked["undefined_variables"],
        "link": marketing.link(checked["text"]),
    }


async def send(hand: Hand) -> Answer:
    """The campaign names its segment: have that counted anew, then send; both wait for what comes of it."""
    campaign = await hand.call("get_campaign", campaign_id=marketing.CAMPAIGN)
    await hand.call("recalculate_segment", segment_id=campaign["segment_id"])
    ended = await hand.call("send_campaign", campaign_id=campaign["id"])
    return {"status": ended["status"], "sent": ended["sent_count"]}


async def schedule(hand: Hand) -> Answer:
    """Find the template, take it over with its subject, and schedule a campaign with it."""
    messages = await hand.call("list_email_messages", type="campaign", scope="template")
    template = found(messages["results"], title="Nyhedsbrev")
    subject = marketing.SUBJECT
    message = await hand.call(
        "adopt_email_message", email_message_id=template["id"], edition_id=AALBORG, subject=subject
    )
    campaign = await hand.call(
        "create_campaign",
        name=subject,
        segment_id=marketing.SEGMENT,
        channel="email",
        email_message_id=message["id"],
    )
    at = f"{hand.given['day']}T10:00:00"
    scheduled = await hand.call("schedule_campaign", campaign_id=campaign["id"], scheduled_at=at)
    return {"status": scheduled["status"]}


async def results(hand: Hand) -> Answer:
    """Both calls know the campaign by its name."""
    campaign = await hand.call("get_campaign", campaign_id="Spring concerts")
    stats = await hand.call("get_campaign_stats", campaign_id="Spring concerts")
    return {
        "sent": campaign["sent_count"],
        "opened": stats["opened"],
        "open_rate": stats["open_rate"],
        "no_consent": int(campaign["skipped"].partition("no_consent ")[2].split()[0].strip(",")),
    }


async def next_edition(hand: Hand) -> Answer:
    """Copy the edition with its dates."""
    dates = {"start_date": operations.FIRST, "end_date": operations.LAST}
    await hand.call("duplicate_edition", edition_id=AALBORG, name=operations.ODENSE, **dates)
    return {}


async def deliver_again(hand: Hand) -> Answer:
    """Retry whatever failed in the last year; the answer says how each went."""
    since = (datetime.now(UTC) - timedelta(days=365)).strftime("%Y-%m-%dT%H:%M:%SZ")
    retried = await hand.call("retry_webhook_delivery", webhook_id=operations.HOOK, failed_since=since)
    return {one["id"]: one["status"] for one in retried["results"]}


async def add_poster(hand: Hand) -> Answer:
    """Upload the picture with its texts."""
    organization = (await hand.call("get_edition", edition_id=AALBORG))["organization_id"]
    texts = {"image_alt_text": operations.ALT, "caption": operations.CAPTION}
    await hand.call(
        "upload_file", organization_id=organization, file_path=operations.POSTER, tags=[operations.TAG], **texts
    )
    return {}


async def set_receipt(hand: Hand) -> Answer:
    """Find what is missing, take the template over, make it the receipt, and check again."""
    await hand.call("run_edition_healthcheck", edition_id=AARHUS)
    receipts = await hand.call("list_email_messages", type="receipt", scope="template")
    template = found(receipts["results"], title="Kvittering")
    copy = await hand.call("adopt_email_message", email_message_id=template["id"], edition_id=AARHUS)
    await hand.call("update_edition", edition_id=AARHUS, transaction_receipt_email_id=copy["id"])
    checked = await hand.call("run_edition_healthcheck", edition_id=AARHUS)
    return {"receipt": found(checked["checks"], key="receipt_email")["severity"]}


async def move_webhook(hand: Hand) -> Answer:
    """See what it is told now, and change where it goes and what it is told."""
    hook = await hand.call("get_webhook", webhook_id=operations.HOOK)
    events = [*hook["events"], "ORDER_COMPLETED"]
    await hand.call("update_webhook", webhook_id=hook["id"], url=operations.URL, events=events)
    return {}


async def count_stuck(hand: Hand) -> Answer:
    """Give the calculation up and begin anew, in one call that waits for the figures."""
    counted = await hand.call("recalculate_segment", segment_id=operations.STUCK, restart=True)
    return {"members": counted["user_count"]}


def importing(file: str, *settle: str) -> Solution:
    """Return how a file is brought over: prepared, settled in one go where something is open, started."""

    async def solve(hand: Hand) -> Answer:
        prepared = await hand.call("prepare_import", edition_id=AALBORG, file_path=file)
        if settle:
            prepared = await hand.call("prepare_import", source=prepared["source"], settle=list(settle))
        return {"stage": (await hand.call("start_import", import_id=prepared["import_id"]))["stage"]}

    return solve


async def by_hand(hand: Hand) -> Answer:
    """Write the orders down as a short file, and start it."""
    prepared = await hand.call("prepare_import", edition_id=AALBORG, text=imports.CASH, file_name="cash.csv")
    ended = await hand.call("start_import", import_id=prepared["import_id"])
    return {"came_in": ended["import_result"]["orders_imported"]}


async def finish_till(hand: Hand) -> Answer:
    """Set the columns, process them, and start without the product that is not mapped."""
    columns = (await hand.call("list_column_mappings", import_id="Kassen"))["results"]
    await hand.call("update_column_mappings", import_id="Kassen", mappings=imports.corrections(columns))
    await hand.call("process_column_mappings", import_id="Kassen")
    return {"stage": (await hand.call("start_import", import_id="Kassen", ignore_warnings=True))["stage"]}


NOW: Final[Mapping[str, Solution]] = {
    "shopify": importing(imports.SHOPIFY, "products: skip"),
    "tito": importing(
        imports.TITO,
        "states: leave_out",
        "people: buyer",
        "products.Day Ticket Adult*: NF-DAY-REG",
        "products.Day Ticket Youth: NF-DAY-YOUNG",
    ),
    "pretix": importing(imports.PRETIX),
    "woocommerce": importing(imports.WOOCOMMERCE, "states: leave_out"),
    "cash": by_hand,
    "begun": finish_till,
    "one-ticket": one_ticket,
    "three-tickets": three_tickets,
    "history": history,
    "address": change_address,
    "small-refunds": pay_small,
    "missing-money": missing_money,
    "audiences": compare,
    "segment": make_segment,
    "check": check_campaign,
    "send": send,
    "schedule": schedule,
    "results": results,
    "next-edition": next_edition,
    "deliveries": deliver_again,
    "poster": add_poster,
    "receipt": set_receipt,
    "webhook": move_webhook,
    "stuck": count_stuck,
}
"""By task; a task that is not here is solved as before."""
