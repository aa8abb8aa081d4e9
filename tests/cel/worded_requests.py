"""What people ask for in words, the condition that it becomes, and who that is by plain Python over the stored rows."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from preo_mcp.cel.reference_text import EXAMPLES

DENMARK: Final = ZoneInfo("Europe/Copenhagen")
CALLING_CODES: Final = {"+45": "DK", "+46": "SE", "+47": "NO", "+48": "PL", "+49": "DE", "+31": "NL", "+44": "GB"}
DECIMALS: Final = 100

Row = dict[str, Any]


@dataclass
class Someone:
    """A customer with all that belongs to them, as it is stored."""

    row: Row
    orders: list[Row]
    consents: list[Row]
    has_pass: bool

    @property
    def bought(self) -> list[Row]:
        return [purchase for order in self.orders for purchase in order["purchases"]]

    @property
    def country(self) -> str | None:
        return CALLING_CODES.get((self.row["phone_number"] or "")[:3])

    def ordered(self, edition_id: str) -> bool:
        """Whether something of an edition was bought and not cancelled."""
        return any(one["edition_id"] == edition_id and one["status"] == "completed" for one in self.orders)

    def has_category(self, category: str) -> bool:
        return any(category in one["product"]["category_ids"] for one in self.bought)

    def granted(self, consent_id: str) -> bool:
        return any(one["consent_id"] == consent_id and one["status"] == "granted" for one in self.consents)


def at(stored: str) -> datetime:
    return datetime.fromisoformat(stored)


def people(database: sqlite3.Connection, organization_id: str) -> Iterator[Someone]:
    """Yield the customers of an organization."""
    products = {key: json.loads(doc) for key, doc in database.execute("SELECT id, doc FROM products")}
    by_order: defaultdict[str, list[Row]] = defaultdict(list)
    for (doc,) in database.execute("SELECT doc FROM purchases"):
        purchase = json.loads(doc)
        by_order[purchase["order_id"]].append({**purchase, "product": products[purchase["product_id"]]})
    orders: defaultdict[str, list[Row]] = defaultdict(list)
    for (doc,) in database.execute("SELECT doc FROM orders"):
        order = json.loads(doc)
        orders[order["customer_id"]].append({**order, "purchases": by_order[order["id"]]})
    names = {key: json.loads(doc)["name"] for key, doc in database.execute("SELECT id, doc FROM consents")}
    consents: defaultdict[str, list[Row]] = defaultdict(list)
    for consent_id, customer_id, status, moment in database.execute("SELECT * FROM customer_consents"):
        row = {"consent_id": consent_id, "name": names[consent_id], "status": status, "at": moment}
        consents[customer_id].append(row)
    with_pass = {key for (key,) in database.execute("SELECT customer_id FROM passes WHERE status = 'active'")}
    for (doc,) in database.execute("SELECT doc FROM customers WHERE organization_id = ?", (organization_id,)):
        row = json.loads(doc)
        sorted_orders = sorted(orders[row["id"]], key=lambda one: (one["created"], one["id"]))
        yield Someone(row, sorted_orders, consents[row["id"]], row["id"] in with_pass)


@dataclass(frozen=True)
class Request:
    """A request in words, its condition, and whether somebody is meant."""

    words: str
    expression: str
    is_meant: Callable[[Someone], bool]


NOW: Final = datetime.now(UTC)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def is_completed(one: Row) -> bool:
    return one["status"] == "completed"


def is_between(moment: datetime, first: str, last: str) -> bool:
    return first <= moment.date().isoformat() <= last


REQUESTS: Final = (
    Request("without a phone number", "!has(user.phone_number)", lambda one: one.row["phone_number"] is None),
    Request("Germans", "user.country == 'DE'", lambda one: one.country == "DE"),
    Request("everyone who reads Danish", "user.locale == 'da'", lambda one: one.row["locale"] == "da"),
    Request(
        "customers since this year",
        "user.created.getFullYear() == now.getFullYear()",
        lambda one: at(one.row["created"]).year == NOW.year,
    ),
    Request(
        "joined in the last three months",
        "user.created > now - duration('2160h')",
        lambda one: at(one.row["created"]) > ago(days=90),
    ),
    Request(
        "mail at example.com",
        "has(user.email) && user.email.endsWith('@example.com')",
        lambda one: (one.row["email"] or "").endswith("@example.com"),
    ),
    Request("our best: more than five orders", "size(user.orders) > 5", lambda one: len(one.orders) > 5),
    Request("never ordered anything", "user.orders == []", lambda one: not one.orders),
    Request(
        "exactly one completed order",
        "user.orders.exists_one(o, o.status == 'completed')",
        lambda one: sum(map(is_completed, one.orders)) == 1,
    ),
    Request(
        "groups: five or more things in one order",
        "user.orders.exists(o, size(o.purchases) >= 5)",
        lambda one: any(len(order["purchases"]) >= 5 for order in one.orders),
    ),
    Request(
        "spent more than 3,000 kr at once for Aarhus",
        "user.orders.exists(o, o.edition_id == 'edt_nordlys26' && o.total > 3000)",
        lambda one: any(
            order["edition_id"] == "edt_nordlys26" and order["amount"] > 3000 * DECIMALS for order in one.orders
        ),
    ),
    Request(
        "bought online only",
        "size(user.orders) > 0 && user.orders.all(o, o.type == 'online')",
        lambda one: bool(one.orders) and all(order["type"] == "online" for order in one.orders),
    ),
    Request(
        "came in by an import",
        "user.orders.exists(o, o.type == 'imported')",
        lambda one: any(order["type"] == "imported" for order in one.orders),
    ),
    Request(
        "nothing but cancelled orders",
        "size(user.orders) > 0 && user.orders.all(o, o.status == 'cancelled')",
        lambda one: bool(one.orders) and all(order["status"] == "cancelled" for order in one.orders),
    ),
    Request(
        "a VIP or partout ticket for Aalborg",
        "user.purchases.exists(p, p.product_id in ['prd_n27_vip', 'prd_n27_partout'] && p.status == 'completed')",
        lambda one: any(p["product_id"] in ("prd_n27_vip", "prd_n27_partout") and is_completed(p) for p in one.bought),
    ),
    Request(
        "parents: a child ticket",
        "user.purchases.exists(p, p.product_name == 'Børnebillet')",
        lambda one: any(p["product_name"] == "Børnebillet" for p in one.bought),
    ),
    Request(
        "things but never a ticket",
        "size(user.purchases) > 0 && !user.purchases.exists(p, p.product_type == 'ticket')",
        lambda one: bool(one.bought) and all(p["product"]["type"] != "ticket" for p in one.bought),
    ),
    Request(
        "thirsty: four drinks or more",
        "user.purchases.filter(p, 'cat_drinks' in p.category_ids).size() >= 4",
        lambda one: sum("cat_drinks" in p["product"]["category_ids"] for p in one.bought) >= 4,
    ),
    Request(
        "rented a locker",
        "user.purchases.exists(p, p.product_type == 'rental')",
        lambda one: any(p["product"]["type"] == "rental" for p in one.bought),
    ),
    Request(
        "left the newsletter",
        "user.consents.exists(c, c.name == 'Nyhedsbrev' && !c.granted)",
        lambda one: any(c["name"] == "Nyhedsbrev" and c["status"] != "granted" for c in one.consents),
    ),
    Request(
        "agreed to everything twice over",
        "user.consents.filter(c, c.granted).size() >= 2",
        lambda one: sum(c["status"] == "granted" for c in one.consents) >= 2,
    ),
    Request(
        "fresh newsletter readers of the last half year",
        "user.consents.exists(c, c.consent_id == 'con_nordlys_news' && c.granted && c.at > now - duration('4380h'))",
        lambda one: (
            one.granted("con_nordlys_news")
            and any(c["consent_id"] == "con_nordlys_news" and at(c["at"]) > ago(hours=4380) for c in one.consents)
        ),
    ),
    Request(
        "only mail reaches them",
        "user.has_valid_email && !user.has_valid_phone",
        lambda one: one.row["phone_number"] is None and one.row["email"] is not None,
    ),
    Request(
        "pass on the phone and wants the newsletter",
        "user.has_active_pass && user.consents.exists(c, c.consent_id == 'con_nordlys_news' && c.granted)",
        lambda one: one.has_pass and one.granted("con_nordlys_news"),
    ),
    Request(
        "last order more than 200 days ago",
        "size(user.orders) > 0 && user.orders[size(user.orders) - 1].created < now - duration('4800h')",
        lambda one: bool(one.orders) and at(one.orders[-1]["created"]) < ago(days=200),
    ),
    Request(
        "ordered at a weekend, Danish time",
        "user.orders.exists(o, o.created.getDayOfWeek('Europe/Copenhagen') in [0, 6])",
        lambda one: any(at(order["created"]).astimezone(DENMARK).isoweekday() >= 6 for order in one.orders),
    ),
    Request(
        "ordered in the first half of 2026",
        "user.orders.exists(o, o.created >= timestamp('2026-01-01T00:00:00Z')\n"
        "    && o.created < timestamp('2026-07-01T00:00:00Z'))",
        lambda one: any(is_between(at(order["created"]), "2026-01-01", "2026-06-30") for order in one.orders),
    ),
    Request(
        "expensive taste: things cost more than 800 kr on average",
        "user.orders.exists(o, size(o.purchases) > 0 && o.total / double(size(o.purchases)) > 800.0)",
        lambda one: any(
            order["purchases"] and order["amount"] / len(order["purchases"]) > 800 * DECIMALS for order in one.orders
        ),
    ),
    Request(
        "first name begins with A to E",
        "has(user.first_name) && user.first_name.matches('^[A-E]')",
        lambda one: (one.row["first_name"] or " ")[0] in "ABCDE",
    ),
    Request(
        "those of this edition, whatever their language, if they are no Danes",
        "user.orders.exists(o, o.edition_id == edition.id && o.status == 'completed') && user.country != 'DK'",
        lambda one: one.ordered("edt_nordlys27") and one.country != "DK",
    ),
)

_EXAMPLES: Final[tuple[Callable[[Someone], bool], ...]] = (
    lambda one: one.country == "DK",
    lambda one: one.country in ("SE", "NO"),
    lambda one: any("Partout" in p["product_name"] and is_completed(p) for p in one.bought),
    lambda one: sum(p["product"]["type"] == "ticket" and is_completed(p) for p in one.bought) >= 2,
    lambda one: any(
        is_completed(order) and order["currency"] == "DKK" and order["amount"] > 2000 * DECIMALS for order in one.orders
    ),
    lambda one: one.ordered("edt_nordlys26") and not one.ordered("edt_nordlys27"),
    lambda one: any(at(order["created"]) > ago(days=30) for order in one.orders),
    lambda one: bool(one.orders) and max(at(order["created"]) for order in one.orders) < ago(hours=4380),
    lambda one: one.granted("con_nordlys_news"),
    lambda one: one.row["email"] is not None and not any(c["name"] == "Nyhedsbrev" for c in one.consents),
    lambda one: one.has_category("cat_camping") and not one.has_category("cat_parking"),
    lambda one: any(p["status"] in ("cancelled", "refunded") for p in one.bought),
    lambda one: (one.row["first_name"] or "").casefold() == "søren",
    lambda one: any(at(order["created"]).astimezone(DENMARK).month in (6, 7, 8) for order in one.orders),
    lambda one: bool(one.orders) and one.orders[0]["type"] == "in-person" and not one.has_pass,
)
"""Whom the examples of the reference mean, in their order."""

WORKED: Final = tuple(
    Request(one.request, one.expression, is_meant) for one, is_meant in zip(EXAMPLES, _EXAMPLES, strict=True)
)
