"""The shortest honest solutions with the tools that fastmcp generates: Preo's operations as they are.

A model reads the same words and the same files. What it writes anew of an export stands in `rewriting.py`.
"""

import base64
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from benchmarks.tasks import imports, marketing, operations, support
from benchmarks.tasks.rewriting import HEADINGS, Line, pretix, shopify, tito, woocommerce
from benchmarks.tasks.task import AALBORG, AARHUS, Answer, Doc, Hand, Solution, edition_of, found

CONTEXT: Final = "get_cel_context_schema_and_dynamic_values"


def importing(file: str, rewritten: Callable[[Path], Iterable[Line]], *, needs_codes: bool) -> Solution:
    """Return how a file is brought over: written anew, uploaded inside the call, columns checked, processed, started.

    Where the file names products otherwise than by code, the codes are read from the edition first.
    """

    async def solve(hand: Hand) -> Answer:
        edition = await edition_of(hand, AALBORG)
        if needs_codes:
            await hand.call(CONTEXT, edition_id=edition["id"])
        lines = [HEADINGS, *rewritten(hand.files / file)]
        table = "".join(",".join(map(str, line)) + "\n" for line in lines)
        content = base64.b64encode(table.encode()).decode()
        created = await hand.call(
            "create_data_import", edition_id=edition["id"], data_file_name=file, data_file_base64=content
        )
        columns = (await hand.call("list_column_mappings", id=created["id"]))["results"]
        wrong = [
            {"id": row["id"], "column_type": row["column"]} for row in columns if row["column_type"] != row["column"]
        ]
        if wrong:
            await hand.call("update_column_mappings", id=created["id"], mappings=wrong)
        await hand.call("process_column_mappings", id=created["id"])
        return await _started(hand, created["id"])

    return solve


async def _started(hand: Hand, import_id: str, *, ignore_warnings: bool = False) -> Answer:
    ignoring = {"ignore_warnings": True} if ignore_warnings else {}
    await hand.call("start_import_process", id=import_id, **ignoring)
    await hand.quiet()
    return {"stage": (await hand.call("get_data_import_details", id=import_id))["stage"]}


async def cash(hand: Hand) -> Answer:
    """Write the two orders, and look whether they came in."""
    edition = await edition_of(hand, AALBORG)
    products = (await hand.call(CONTEXT, edition_id=edition["id"]))["dynamic_values"]["products"]
    day, parking = found(products, name="Endagsbillet"), found(products, name="Parkering")
    orders = [
        {
            "email": "karen.dahl@kontor.example.com",
            "order_id": "KONTANT-1",
            "first_name": "Karen",
            "last_name": "Dahl",
            "phone_number": "+4520619011",
            "items": [
                {
                    "product_id": day["id"],
                    "variant_id": found(day["variants"], name="Voksen")["id"],
                    "quantity": 2,
                    "price": 795,
                }
            ],
        },
        {
            "email": "ole.bak@kontor.example.com",
            "order_id": "KONTANT-2",
            "first_name": "Ole",
            "last_name": "Bak",
            "items": [{"product_id": parking["id"], "quantity": 1, "price": 195}],
        },
    ]
    await hand.call("import_external_orders", edition_id=edition["id"], orders=orders)
    await hand.quiet()
    listed = await hand.call("list_orders", edition_id=edition["id"], search="@kontor.example.com")
    return {"came_in": listed["count"]}


async def begun(hand: Hand) -> Answer:
    """Set the columns, process them, and start without the product that is not mapped."""
    import_id = found((await hand.call("list_data_imports"))["results"], name="Kassen")["id"]
    columns = (await hand.call("list_column_mappings", id=import_id))["results"]
    await hand.call("update_column_mappings", id=import_id, mappings=imports.corrections(columns))
    await hand.call("process_column_mappings", id=import_id)
    return await _started(hand, import_id, ignore_warnings=True)


async def one_ticket(hand: Hand) -> Answer:
    """Find the order by its customer, refund one ticket, pay it, and look how it ended."""
    customer = (await hand.call("list_users", search="20 13 45"))["results"][0]
    orders = await hand.call("list_orders", customer_id=customer["id"])
    order = found(orders["results"], order_number=hand.given["order"])
    ticket = (await hand.call("retrieve_order_details", id=order["id"]))["purchases"][0]
    refund = await hand.call(
        "create_refund_request_for_purchase", id=ticket["id"], reason="duplicate_purchase", scope="purchase_full"
    )
    await hand.call("approve_refund_request", id=refund["id"])
    await hand.quiet()
    ended = await hand.call("retrieve_refund_request_details", id=refund["id"])
    return {"status": ended["status"], "amount": ended["amount"]}


async def three_tickets(hand: Hand) -> Answer:
    """Refund and pay three tickets of an order one by one, then look at the order."""
    edition = await edition_of(hand, AARHUS)
    orders = await hand.call("list_orders", edition_id=edition["id"], search=hand.given["order"])
    order = await hand.call("retrieve_order_details", id=orders["results"][0]["id"])
    for one in order["purchases"]:
        if one["product"]["name"] == "Endagsbillet" and one["variant"]["name"] == "Voksen":
            refund = await hand.call(
                "create_refund_request_for_purchase", id=one["id"], reason="customer_request", scope="purchase_full"
            )
            await hand.call("approve_refund_request", id=refund["id"])
    await hand.quiet()
    after = await hand.call("retrieve_order_details", id=order["id"])
    return {"refunded": after["refunded"]}


async def history(hand: Hand) -> Answer:
    """Read a customer's orders one by one; whether they agreed to the newsletter, a condition tells."""
    customer = (await hand.call("list_users", search="Maja Østergaard"))["results"][0]
    rows = (await hand.call("list_orders", customer_id=customer["id"]))["results"]
    orders = [await hand.call("retrieve_order_details", id=row["id"]) for row in rows]
    condition = support.agreed_to_news(customer["id"])
    agreed = await hand.call("validate_cel_expression", expression=condition, count=True)
    return {
        "orders": len(orders),
        "spent": sum(order["amount"] for order in orders),
        "back": sum(order["refunded"] for order in orders),
        "pieces": dict(Counter(one["product"]["name"] for order in orders for one in order["purchases"])),
        "newsletter": agreed["matching_count"] == 1,
    }


async def address(hand: Hand) -> Answer:
    """Find the customer and write the new address."""
    customer = (await hand.call("list_users", search="bozena.wojcik@example.com"))["results"][0]
    new = {"email": support.NEW_EMAIL, "phone_number": support.NEW_PHONE}
    await hand.call("partially_update_user", id=customer["id"], **new)
    return {}


async def small_refunds(hand: Hand) -> Answer:
    """Pay each small refund that waits, then look how they ended."""
    edition = await edition_of(hand, AARHUS)
    waiting = await hand.call("list_refund_requests", edition_id=edition["id"], status="requested")
    small = [one["id"] for one in waiting["results"] if one["amount"] <= int(hand.given["limit"])]
    for refund_id in small:
        await hand.call("approve_refund_request", id=refund_id)
    await hand.quiet()
    newest = {"ordering": ["-modified"], "page_size": len(small)}
    after = await hand.call("list_refund_requests", edition_id=edition["id"], **newest)
    return {one["id"]: one["status"] for one in after["results"]}


async def missing_money(hand: Hand) -> Answer:
    """Read why a refund failed, try it again, and look how it ended."""
    edition = await edition_of(hand, AARHUS)
    rows = (await hand.call("list_refund_requests", edition_id=edition["id"], search=hand.given["order"]))["results"]
    refund = found(rows, status="failed")
    if "service_response" not in refund:
        refund = await hand.call("retrieve_refund_request_details", id=refund["id"])
    await hand.call("approve_refund_request", id=refund["id"])
    await hand.quiet()
    ended = await hand.call("retrieve_refund_request_details", id=refund["id"])
    return {"why": refund["service_response"], "status": ended["status"]}


async def audiences(hand: Hand) -> Answer:
    """Count each audience, and those of it who can be written to."""
    editions = (await hand.call("list_editions"))["results"]
    aarhus, aalborg = (found(editions, full_name=name)["id"] for name in (AARHUS, AALBORG))
    products = (await hand.call(CONTEXT, edition_id=aarhus))["dynamic_values"]["products"]
    answer: Doc = {}
    for name, product in marketing.AUDIENCES.items():
        condition = marketing.not_yet_coming(found(products, name=product)["id"], aalborg)
        for key, expression in ((name, condition), (f"{name}_reachable", marketing.reachable(condition))):
            asked = {"expression": expression, "edition_id": aarhus, "count": True}
            answer[key] = (await hand.call("validate_cel_expression", **asked))["matching_count"]
    return answer


async def segment(hand: Hand) -> Answer:
    """Make the segment of those who camped, and have it counted."""
    editions = (await hand.call("list_editions"))["results"]
    aarhus, aalborg = (found(editions, full_name=name) for name in (AARHUS, AALBORG))
    context = (await hand.call(CONTEXT, edition_id=aarhus["id"]))["dynamic_values"]
    made = await hand.call(
        "create_segment",
        organization_id=aalborg["organization_id"],
        name="Campere",
        condition=marketing.not_yet_coming(found(context["products"], name="Camping")["id"], aalborg["id"]),
        edition_id=aalborg["id"],
        consent_id=found(context["consents"], name="Nyhedsbrev")["id"],
        communication_type="marketing",
        communication_channel="email",
    )
    await hand.call("recalculate_segment", id=made["id"])
    await hand.quiet()
    counted = await hand.call("retrieve_segment", id=made["id"])
    return {"members": counted["user_count"], "reachable": counted["reachable_count"]}


async def _vip(hand: Hand) -> Doc:
    """Return the campaign as its list shows it, which names its segment and not its message."""
    return (await hand.call("list_campaigns", search=marketing.CAMPAIGN))["results"][0]


async def check(hand: Hand) -> Answer:
    """Read the campaign, whom it goes to, and its message as somebody would get it."""
    campaign = await hand.call("retrieve_campaign", id=(await _vip(hand))["id"])
    reached = await hand.call("retrieve_segment", id=campaign["segment_id"])
    preview = await hand.call("preview_email", id=campaign["email_message_id"])
    return {
        "members": reached["user_count"],
        "reachable": reached["reachable_count"],
        "undefined": preview["undefined_variables"],
        "link": marketing.link(preview["text"]),
    }


async def send(hand: Hand) -> Answer:
    """Have the segment counted anew, send, and look how it went."""
    campaign = await _vip(hand)
    await hand.call("recalculate_segment", id=campaign["segment_id"])
    await hand.quiet()
    await hand.call("retrieve_segment", id=campaign["segment_id"])
    await hand.call("send_campaign_now", id=campaign["id"])
    await hand.quiet()
    ended = await hand.call("retrieve_campaign", id=campaign["id"])
    return {"status": ended["status"], "sent": ended["sent_count"]}


async def schedule(hand: Hand) -> Answer:
    """Copy the template to the edition, give it its subject, and schedule a campaign with it."""
    edition = await edition_of(hand, AALBORG)
    organization = edition["organization_id"]
    messages = await hand.call("list_email_messages", organization_id=organization, type="campaign")
    template = found(messages["results"], scope="template")
    message = await hand.call("adopt_template_to_edition", id=template["id"], edition_id=edition["id"])
    await hand.call("update_email_message", id=message["id"], subject=marketing.SUBJECT)
    segments = await hand.call("list_segments", search=marketing.SEGMENT)
    campaign = await hand.call(
        "create_campaign",
        organization_id=organization,
        name=marketing.SUBJECT,
        segment_id=segments["results"][0]["id"],
        channel="email",
        email_message_id=message["id"],
    )
    at = marketing.moment(hand.given["day"]).isoformat()
    return {"status": (await hand.call("schedule_campaign", id=campaign["id"], scheduled_at=at))["status"]}


async def results(hand: Hand) -> Answer:
    """Read what came of a campaign, and who was left out."""
    campaign = found((await hand.call("list_campaigns", search="Spring concerts"))["results"], status="sent")
    if "skipped" not in campaign:
        campaign = await hand.call("retrieve_campaign", id=campaign["id"])
    stats = await hand.call("get_campaign_stats", id=campaign["id"])
    return {
        "sent": campaign["sent_count"],
        "opened": stats["opened"],
        "open_rate": stats["open_rate"],
        "no_consent": campaign["skipped"]["no_consent"],
    }


async def next_edition(hand: Hand) -> Answer:
    """Copy the edition, then give the copy its dates."""
    edition = await edition_of(hand, AALBORG)
    copy = await hand.call("duplicate_edition", id=edition["id"], name=operations.ODENSE)
    first, last = (operations.moment(at).isoformat() for at in (operations.FIRST, operations.LAST))
    await hand.call("update_edition", id=copy["id"], start_date=first, end_date=last)
    return {}


async def deliveries(hand: Hand) -> Answer:
    """Retry each failed delivery, then look how they went."""
    hook = found((await hand.call("list_webhook_endpoints"))["results"], name=operations.HOOK)["id"]
    listing = "list_deliveries_for_webhook_endpoint"
    failed = (await hand.call(listing, id=hook, status="failed"))["results"]
    for one in failed:
        await hand.call("retry_a_failed_delivery", id=hook, delivery_id=one["id"])
    await hand.quiet()
    retried = {one["id"] for one in failed}
    after = (await hand.call(listing, id=hook))["results"]
    return {one["id"]: one["status"] for one in after if one["id"] in retried}


async def poster(hand: Hand) -> Answer:
    """Upload the picture inside the call, then write its texts."""
    edition = await edition_of(hand, AALBORG)
    content = base64.b64encode((hand.files / operations.POSTER).read_bytes()).decode()
    what = {"file_base64": content, "file_name": operations.POSTER, "tags": [operations.TAG]}
    file = await hand.call("upload_file", organization_id=edition["organization_id"], **what)
    texts = {"image_alt_text": operations.ALT, "caption": operations.CAPTION}
    await hand.call("update_file_metadata", id=file["api_id"], **texts)
    return {}


async def receipt(hand: Hand) -> Answer:
    """Find what is missing, take the template over, make it the receipt, and check again."""
    edition = await edition_of(hand, AARHUS)
    await hand.call("run_edition_healthcheck", id=edition["id"])
    receipts = await hand.call("list_email_messages", organization_id=edition["organization_id"], type="receipt")
    template = found(receipts["results"], scope="template")
    copy = await hand.call("adopt_template_to_edition", id=template["id"], edition_id=edition["id"])
    await hand.call("update_edition", id=edition["id"], transaction_receipt_email_id=copy["id"])
    checked = await hand.call("run_edition_healthcheck", id=edition["id"])
    return {"receipt": found(checked["checks"], key="receipt_email")["severity"]}


async def webhook(hand: Hand) -> Answer:
    """Find the webhook and change where it goes and what it is told."""
    hook = found((await hand.call("list_webhook_endpoints"))["results"], name=operations.HOOK)
    events = [*hook["events"], "ORDER_COMPLETED"]
    await hand.call("update_webhook_endpoint", id=hook["id"], url=operations.URL, events=events)
    return {}


async def stuck(hand: Hand) -> Answer:
    """Give the calculation up, begin anew, and look what it came to."""
    key = (await hand.call("list_segments", search=operations.STUCK))["results"][0]["id"]
    await hand.call("reset_stuck_segment_to_draft", id=key)
    await hand.call("recalculate_segment", id=key)
    await hand.quiet()
    return {"members": (await hand.call("retrieve_segment", id=key))["user_count"]}


SOLUTIONS: Final[Mapping[str, Solution]] = {
    "shopify": importing(imports.SHOPIFY, shopify, needs_codes=False),
    "tito": importing(imports.TITO, tito, needs_codes=True),
    "pretix": importing(imports.PRETIX, pretix, needs_codes=True),
    "woocommerce": importing(imports.WOOCOMMERCE, woocommerce, needs_codes=False),
    "cash": cash,
    "begun": begun,
    "one-ticket": one_ticket,
    "three-tickets": three_tickets,
    "history": history,
    "address": address,
    "small-refunds": small_refunds,
    "missing-money": missing_money,
    "audiences": audiences,
    "segment": segment,
    "check": check,
    "send": send,
    "schedule": schedule,
    "results": results,
    "next-edition": next_edition,
    "deliveries": deliveries,
    "poster": poster,
    "receipt": receipt,
    "webhook": webhook,
    "stuck": stuck,
}
"""By task. One that cannot be solved there is left out, and counted for itself."""
