"""What the variables hold for a customer, or for an invented one; amounts and times are texts, ready to be shown."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from preo_mcp.api.models.refunds import RefundStatus
from preo_mcp.sandbox.customers import full_name
from preo_mcp.sandbox.mail.variables import WITH_ORDER, WITH_PORTAL, WITH_REFUND, WITH_UNSUBSCRIBE
from preo_mcp.sandbox.money import spelled
from preo_mcp.sandbox.store import Doc, Store

SITE = "https://tickets.example"
"""Where links lead (inferred); a domain that nobody has (RFC 2606)."""

TIME, DAY = "%Y-%m-%d %H:%M", "%Y-%m-%d"

CUSTOMER, EDITION, ORDER, REFUND = "customer", "edition", "order", "refund"
"""What can be a sample."""

SAMPLE_CUSTOMER = MappingProxyType(
    {
        "id": "usr_sample",
        "first_name": "Anna",
        "last_name": "Andersen",
        "email": "anna.andersen@example.com",
        "phone_number": "+4520123456",
        "locale": "en",
    }
)
SAMPLE_EDITION = MappingProxyType(
    {
        "name": "Summer 2027",
        "full_name": "Sample Festival – Summer 2027",
        "slug": "sample-festival-summer-2027",
        "start_date": "2027-06-03T10:00:00.000000Z",
        "end_date": "2027-06-06T21:00:00.000000Z",
        "timezone": "Europe/Copenhagen",
        "default_language": "en",
        "currency": "DKK",
    }
)
SAMPLE_ORGANIZATION = MappingProxyType({"name": "Sample Festival ApS"})
SAMPLE_PURCHASES = (
    ("Festival pass", "Early Bird", 149_500, 2_500, 0),
    ("Festival pass", "Early Bird", 149_500, 2_500, 0),
    ("Camping", None, 39_500, 1_000, 0),
    ("Cup", None, 0, 0, 1_000),
)
"""Name, variant, price, fee and deposit in minor units."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets a message and what it is about; None is a sample."""

    organization: Doc | None = None
    edition: Doc | None = None
    customer: Doc | None = None


@dataclass(slots=True)
class Filled:
    """The values of a message's variables, and which of them were invented."""

    values: Doc = field(default_factory=dict[str, object])
    sampled: list[str] = field(default_factory=list[str])


def fill(store: Store, message_type: str, recipient: Recipient) -> Filled:
    """Return the values of all variables that a type of message has."""
    filled = Filled()
    customer, edition = recipient.customer, recipient.edition
    if customer is None:
        filled.sampled.append(CUSTOMER)
    if edition is None:
        filled.sampled.append(EDITION)
    customer, edition = customer or dict(SAMPLE_CUSTOMER), edition or dict(SAMPLE_EDITION)
    now = _local(store.clock(), edition)
    filled.values = {
        "customer": {**{name: customer[name] for name in SAMPLE_CUSTOMER}, "full_name": full_name(customer)},
        "edition": _edition(edition),
        "organization": {"name": (recipient.organization or SAMPLE_ORGANIZATION)["name"]},
        "now": now.strftime(TIME),
        "today": now.strftime(DAY),
    }
    if message_type in WITH_ORDER:
        _add(filled, ORDER, _order(store, recipient, edition), _sample_order(store, edition))
    if message_type in WITH_REFUND:
        _add(filled, REFUND, _refund(store, recipient, edition), _sample_refund(store, edition))
    if message_type in WITH_PORTAL:
        filled.values["portal_url"] = f"{SITE}/portal/{customer['id']}"
    if message_type in WITH_UNSUBSCRIBE:
        filled.values["unsubscribe_url"] = f"{SITE}/unsubscribe/{customer['id']}"
    return filled


def _add(filled: Filled, name: str, real: Doc | None, sample: Doc) -> None:
    if real is None:
        filled.sampled.append(name)
    filled.values[name] = sample if real is None else real


def _edition(edition: Doc) -> Doc:
    dates = {name: _when(edition[name], edition) for name in ("start_date", "end_date")}
    names = {name: edition[name] for name in ("name", "full_name", "timezone")}
    return {**names, **dates, "url": f"{SITE}/{edition['slug']}"}


def _order(store: Store, recipient: Recipient, edition: Doc) -> Doc | None:
    """Return the customer's newest order of the edition, if they have one that was not cancelled."""
    if recipient.customer is None or recipient.edition is None:
        return None
    row = store.db.execute(
        "SELECT doc FROM orders WHERE customer_id = ? AND edition_id = ? AND status <> 'cancelled' "
        "ORDER BY created DESC, id LIMIT 1",
        (recipient.customer["id"], edition["id"]),
    ).fetchone()
    if row is None:
        return None
    order: Doc = json.loads(row[0])
    rows = store.db.execute("SELECT doc FROM purchases WHERE order_id = ? ORDER BY rowid", (order["id"],))
    return shown_order(order, [json.loads(doc) for (doc,) in rows], edition)


def shown_order(order: Doc, purchases: Sequence[Doc], edition: Doc) -> Doc:
    """Return what templates can say of an order; equal purchases stand together."""
    currency = order["currency"]
    items = Counter((one["product_name"], one["variant_name"], one["price"]) for one in purchases)
    return {
        "number": order["order_number"],
        "date": _when(order["created"], edition),
        "total": spelled(order["amount"], currency),
        "fees": spelled(sum(one["fee"] for one in purchases), currency),
        "deposits": spelled(sum(one["deposit"] for one in purchases), currency),
        "url": f"{SITE}/orders/{order['id']}",
        "items": [
            {
                "name": name,
                "variant": variant,
                "quantity": quantity,
                "price": spelled(price, currency),
                "amount": spelled(price * quantity, currency),
            }
            for (name, variant, price), quantity in items.items()
        ],
    }


def _sample_order(store: Store, edition: Doc) -> Doc:
    purchases: list[Doc] = [
        {"product_name": name, "variant_name": variant, "price": price, "fee": fee, "deposit": deposit}
        for name, variant, price, fee, deposit in SAMPLE_PURCHASES
    ]
    amount = sum(price + fee + deposit for _, _, price, fee, deposit in SAMPLE_PURCHASES)
    order = {"id": "ord_sample", "order_number": "S-10001", "created": store.now(), "amount": amount}
    return shown_order({**order, "currency": edition["currency"] or "DKK"}, purchases, edition)


def _refund(store: Store, recipient: Recipient, edition: Doc) -> Doc | None:
    """Return the customer's newest refund of the edition that was paid."""
    if recipient.customer is None or recipient.edition is None:
        return None
    row = store.db.execute(
        "SELECT amount, reason, doc FROM refunds WHERE customer_id = ? AND edition_id = ? AND status = ? "
        "ORDER BY created DESC, id LIMIT 1",
        (recipient.customer["id"], edition["id"], RefundStatus.PROCESSED),
    ).fetchone()
    if row is None:
        return None
    amount, reason, doc = row[0], row[1], json.loads(row[2])
    date = _when(doc["refund_date"], edition)
    return {"amount": spelled(amount, doc["currency"]), "reason": _words(reason), "date": date}


def _sample_refund(store: Store, edition: Doc) -> Doc:
    amount = spelled(SAMPLE_PURCHASES[0][2], edition["currency"] or "DKK")
    return {"amount": amount, "reason": "customer request", "date": _when(store.now(), edition)}


def _words(value: str) -> str:
    return value.replace("_", " ")


def _when(stored: str | None, edition: Doc) -> str | None:
    return _local(datetime.fromisoformat(stored), edition).strftime(TIME) if stored else None


def _local(moment: datetime, edition: Doc) -> datetime:
    return moment.astimezone(ZoneInfo(edition["timezone"]) if edition["timezone"] else UTC)
