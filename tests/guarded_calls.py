"""For each tool that can need a person's yes: a call that needs one, and how often it took effect in the sandbox.

What a call needs is made in Preo itself, past the guard, as another person at work there would; so it can be prepared
for a host that cannot ask, any number of times in one sandbox.
"""

import base64
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio

from preo_mcp.api.operations import (
    CREATE_CAMPAIGN,
    CREATE_CONSENT,
    CREATE_EDITION,
    CREATE_EMAIL_MESSAGE,
    CREATE_SEGMENT,
    CREATE_WEBHOOK,
    GET_SEGMENT,
    LIST_PRODUCT_MAPPINGS,
    SCHEDULE_CAMPAIGN,
    UPDATE_EDITION,
    UPLOAD_FILE,
)
from tests.door import EDITION, ORDERS, Door
from tests.guarded_refunds import (
    approve_refund,
    approve_refunds,
    create_purchase_refund,
    create_refund,
    refund_purchases,
    reject_refund,
)
from tests.past_the_guard import doc, in_preo, number
from tests.prepared_calls import Prepare, Prepared, another, has, is_gone, unused

NORDLYS, ELBKLANG = "org_nordlys", "org_elbklang"
SMALL_SEGMENT = "seg_elbklang_regulars"
SEGMENT_OF_A_SCHEDULED_CAMPAIGN = "seg_nordlys_guests"
MAPPED = ORDERS.replace("NF-POSTER,Plakat A2", "NF-CHILD,Børnebillet")


async def _draft(door: Door, **content: str) -> str:
    """Return a campaign in Nordlys, whose segment no campaign here is sent to."""
    body = {
        "organization_id": NORDLYS,
        "edition_id": EDITION,
        "name": f"Autumn {unused()}",
        "segment_id": "seg_nordlys_return",
        "channel": "email",
        "email_message_id": "eml_n27_vip",
    }
    return (await in_preo(door, CREATE_CAMPAIGN, body | content))["id"]


def next_month() -> str:
    """Return a time at which a campaign can be scheduled."""
    return (datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)).isoformat()


async def _scheduled(door: Door, **content: str) -> str:
    campaign_id = await _draft(door, **content)
    await in_preo(door, SCHEDULE_CAMPAIGN, {"scheduled_at": next_month()}, id=campaign_id)
    return campaign_id


def _runs(door: Door, campaign_id: str, field: str) -> Callable[[], int]:
    def counted() -> int:
        campaign = doc(door.folder, "campaigns", campaign_id)
        return campaign["run"] if campaign[field] else 0

    return counted


async def send_campaign(door: Door) -> Prepared:
    with anyio.fail_after(20):  # the campaign that is being sent counts the segment anew
        while (await in_preo(door, GET_SEGMENT, id=SMALL_SEGMENT))["status"] != "completed":
            await anyio.lowlevel.checkpoint()
    content = {"segment_id": SMALL_SEGMENT, "email_message_id": "eml_elbklang_news"}
    campaign_id = await _draft(door, organization_id=ELBKLANG, edition_id="edt_elbklang25", **content)
    return Prepared({"campaign_id": campaign_id}, _runs(door, campaign_id, "started_at"))


async def schedule_campaign(door: Door) -> Prepared:
    campaign_id = await _draft(door)
    arguments = {"campaign_id": campaign_id, "scheduled_at": next_month()}
    return Prepared(arguments, _runs(door, campaign_id, "scheduled_at"))


async def update_campaign(door: Door) -> Prepared:
    campaign_id = await _scheduled(door)
    change = {"name": "Winter concerts", "email_message_id": await _message(door)}
    return Prepared({"campaign_id": campaign_id, **change}, has(door, "campaigns", campaign_id, **change))


async def delete_campaign(door: Door) -> Prepared:
    campaign_id = await _draft(door)
    return Prepared({"campaign_id": campaign_id}, is_gone(door, "campaigns", campaign_id))


async def delete_consent(door: Door) -> Prepared:
    body = {"organization_id": NORDLYS, "name": f"Post {unused()}"}
    consent_id = (await in_preo(door, CREATE_CONSENT, body))["id"]
    return Prepared({"consent_id": consent_id}, is_gone(door, "consents", consent_id))


async def create_consent(door: Door) -> Prepared:
    await door.backend.client()
    arguments = {"organization_id": NORDLYS, "name": f"House rules {unused()}", "type": "terms", "required": True}
    counted = "SELECT count(*) FROM consents WHERE json_extract(doc, '$.name') = ?"
    return Prepared(arguments, lambda: number(door.folder, counted, arguments["name"]))


async def update_consent(door: Door) -> Prepared:
    body = {"organization_id": NORDLYS, "name": f"Post {unused()}", "description": "Once a month."}
    consent_id = (await in_preo(door, CREATE_CONSENT, body))["id"]
    with closing(sqlite3.connect(door.folder / "preo.db", timeout=5)) as db, db:
        db.execute(
            "INSERT INTO customer_consents (customer_id, consent_id, status, at) "
            "SELECT id, ?, 'granted', '2026-01-01T00:00:00Z' FROM customers WHERE organization_id = ? LIMIT 3",
            (consent_id, NORDLYS),
        )
    change = {"description": "Every day.", "required": True}
    return Prepared({"consent_id": consent_id, **change}, has(door, "consents", consent_id, **change))


async def start_import(door: Door) -> Prepared:
    prepared = await door.prepared(MAPPED.replace("A-", f"B-{unused()}-"))
    counted = "SELECT count(*) FROM data_imports WHERE id = ? AND stage IN ('importing', 'completed')"
    import_id = prepared["import_id"]
    return Prepared({"import_id": import_id}, lambda: number(door.folder, counted, import_id))


async def _importing(door: Door) -> str:
    """Return an import that is running, and has no order written yet."""
    prepared = await door.prepared(MAPPED.replace("A-", f"C-{unused()}-"))
    import_id = prepared["import_id"]
    with closing(sqlite3.connect(door.folder / "preo.db", timeout=5)) as db, db:
        db.execute("UPDATE data_imports SET stage = 'importing' WHERE id = ?", (import_id,))
    return import_id


async def update_data_import(door: Door) -> Prepared:
    import_id = await _importing(door)
    change = {"default_country_code": "+46"}
    return Prepared({"import_id": import_id, **change}, has(door, "data_imports", import_id, **change))


async def update_product_mappings(door: Door) -> Prepared:
    import_id = await _importing(door)
    page = await in_preo(door, LIST_PRODUCT_MAPPINGS, id=import_id)
    [mapping_id] = [one["id"] for one in page["results"] if one["product_sku"] == "NF-DRINK"]
    arguments = {"import_id": import_id, "mappings": [{"id": mapping_id, "product_id": "prd_n27_parking"}]}
    counted = "SELECT count(*) FROM product_mappings WHERE id = ? AND product_id = 'prd_n27_parking'"
    return Prepared(arguments, lambda: number(door.folder, counted, mapping_id))


async def import_external_orders(door: Door) -> Prepared:
    order_id = f"X-{unused()}"
    item = {"product_id": "prd_n27_parking", "quantity": 2, "price": 195}
    arguments = {
        "edition_id": EDITION,
        "orders": [{"email": "maja@example.org", "order_id": order_id, "items": [item]}],
    }
    counted = "SELECT count(*) FROM external_orders WHERE order_id = ?"
    return Prepared(arguments, lambda: number(door.folder, counted, order_id))


async def update_edition(door: Door) -> Prepared:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=200)
    body = {
        "organization_id": NORDLYS,
        "event_id": "evt_nordlys",
        "name": f"Odense {unused()}",
        "timezone": "Europe/Copenhagen",
        "start_date": start.isoformat(),
        "end_date": (start + timedelta(days=2)).isoformat(),
    }
    edition_id = (await in_preo(door, CREATE_EDITION, body))["id"]
    await in_preo(door, UPDATE_EDITION, {"is_draft": False}, id=edition_id)
    later = f"{start + timedelta(days=3):%Y-%m-%d}"
    arguments = {"edition_id": edition_id, "name": "Kolding", "end_date": f"{later}T12:00:00"}
    return Prepared(arguments, has(door, "editions", edition_id, name="Kolding"))


async def _message(door: Door) -> str:
    body = {
        "organization_id": NORDLYS,
        "title": f"Autumn {unused()}",
        "type": "campaign",
        "subject": "Nordlys in autumn",
        "blocks": [{"type": "text", "text": "We play again."}],
    }
    return (await in_preo(door, CREATE_EMAIL_MESSAGE, body))["id"]


async def update_email_message(door: Door) -> Prepared:
    message_id = await _message(door)
    await _scheduled(door, email_message_id=message_id)
    arguments = {
        "email_message_id": message_id,
        "subject": "Nordlys in spring",
        "blocks": [
            {"type": "heading", "text": "Spring"},
            {"type": "button", "text": "Buy", "url": "https://a.example"},
        ],
    }
    return Prepared(arguments, has(door, "email_messages", message_id, subject="Nordlys in spring"))


async def delete_email_message(door: Door) -> Prepared:
    message_id = await _message(door)
    return Prepared({"email_message_id": message_id}, is_gone(door, "email_messages", message_id))


async def upload_file(door: Door) -> Prepared:
    await door.backend.client()
    name = f"guests-{unused()}.csv"
    content = base64.b64encode(b"Name,Table\nKirsten,3\n").decode()
    counted = "SELECT count(*) FROM files WHERE file_name = ?"
    arguments = {"organization_id": NORDLYS, "file_base64": content, "file_name": name, "caption": "Who sits where"}
    return Prepared(arguments, lambda: number(door.folder, counted, name))


async def delete_file(door: Door) -> Prepared:
    content = base64.b64encode(b"Programme").decode()
    body = {"organization_id": NORDLYS, "file_base64": content, "file_name": f"programme-{unused()}.txt"}
    file_id = (await in_preo(door, UPLOAD_FILE, body))["api_id"]
    return Prepared({"file_id": file_id}, is_gone(door, "files", file_id))


async def update_segment(door: Door) -> Prepared:
    segment_id, change = SEGMENT_OF_A_SCHEDULED_CAMPAIGN, {"description": f"Guests, told {unused()} times."}
    await door.backend.client()
    return Prepared({"segment_id": segment_id, **change}, has(door, "segments", segment_id, **change))


async def delete_segment(door: Door) -> Prepared:
    body = {"organization_id": NORDLYS, "name": f"All {unused()}", "condition": "user.email != ''"}
    segment_id = (await in_preo(door, CREATE_SEGMENT, body))["id"]
    return Prepared({"segment_id": segment_id}, is_gone(door, "segments", segment_id))


async def update_user(door: Door) -> Prepared:
    await door.backend.client()
    (user_id,) = another(door, "SELECT id FROM customers WHERE organization_id = ? ORDER BY rowid", NORDLYS)
    phone = f"+45 20 30 {unused() // 100 % 100:02} {unused() % 100:02}"
    arguments = {"user_id": user_id, "last_name": " Mygind ", "phone_number": phone}
    stored = {"last_name": "Mygind", "phone_number": phone.replace(" ", "")}
    return Prepared(arguments, has(door, "customers", user_id, **stored))


def _endpoint() -> dict[str, Any]:
    url = f"https://hooks.example/preo/{unused()}"
    return {"organization_id": NORDLYS, "name": "Books", "url": url, "events": ["ORDER_COMPLETED"]}


async def create_webhook(door: Door) -> Prepared:
    await door.backend.client()
    arguments = _endpoint()
    counted = "SELECT count(*) FROM webhooks WHERE json_extract(doc, '$.url') = ?"
    return Prepared(arguments, lambda: number(door.folder, counted, arguments["url"]))


async def update_webhook(door: Door) -> Prepared:
    webhook_id = (await in_preo(door, CREATE_WEBHOOK, _endpoint()))["id"]
    change = {"url": _endpoint()["url"], "events": ["REFUND_PROCESSED", "REFUND_FAILED"]}
    return Prepared({"webhook_id": webhook_id, **change}, has(door, "webhooks", webhook_id, **change))


async def delete_webhook(door: Door) -> Prepared:
    webhook_id = (await in_preo(door, CREATE_WEBHOOK, _endpoint()))["id"]
    return Prepared({"webhook_id": webhook_id}, is_gone(door, "webhooks", webhook_id))


async def rotate_webhook_secret(door: Door) -> Prepared:
    webhook_id = (await in_preo(door, CREATE_WEBHOOK, _endpoint()))["id"]
    first = doc(door.folder, "webhooks", webhook_id)["secret"]

    def rotations() -> int:
        webhook = doc(door.folder, "webhooks", webhook_id)
        return 0 if webhook["secret"] == first else 1 if webhook["previous_secret"] == first else 2

    return Prepared({"webhook_id": webhook_id}, rotations)


_ALL: tuple[Prepare, ...] = (
    create_purchase_refund,
    create_refund,
    approve_refund,
    reject_refund,
    refund_purchases,
    approve_refunds,
    send_campaign,
    schedule_campaign,
    update_campaign,
    delete_campaign,
    create_consent,
    update_consent,
    delete_consent,
    start_import,
    update_data_import,
    update_product_mappings,
    import_external_orders,
    update_edition,
    update_email_message,
    delete_email_message,
    upload_file,
    delete_file,
    update_segment,
    delete_segment,
    update_user,
    create_webhook,
    update_webhook,
    delete_webhook,
    rotate_webhook_secret,
)

GUARDED_CALLS: dict[str, Prepare] = {prepare.__name__: prepare for prepare in _ALL}
"""By the name of each guarded tool what prepares a call of it."""
