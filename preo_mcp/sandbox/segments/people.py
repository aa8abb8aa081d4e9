"""Customers with all that conditions ask about, read from the sandbox's tables and made into messages."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from preo_mcp.api.models.consents import ConsentStatus
from preo_mcp.cel.context import CONSENT, ORDER, PURCHASE, USER
from preo_mcp.cel.messages import message_class
from preo_mcp.sandbox.money import on_wire
from preo_mcp.sandbox.segments.addresses import country_of, is_valid_email, is_valid_phone
from preo_mcp.sandbox.store import Doc, Store, docs_by_id

if TYPE_CHECKING:
    from google.protobuf.message import Message

ACTIVE: Final = "active"
"""The status of a pass that is in a customer's wallet (inferred)."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

MadeMessage = tuple[str, str, bool, bool, bool, bytes]
"""Organization, customer, valid e-mail, valid phone, active pass, message."""

_BY_CUSTOMER: Final = "customer_id IN (SELECT value FROM json_each(?))"


class People:
    """Makes messages; products are read once, because their types and categories do not change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._products: dict[str, Doc | None] = {}
        self._user, self._order, self._purchase, self._consent = (
            message_class(one.name) for one in (USER, ORDER, PURCHASE, CONSENT)
        )

    def messages(self, ids: Sequence[str]) -> list[MadeMessage]:
        """Return the messages of customers; an id that nobody has is left out."""
        wanted = json.dumps(list(ids))
        customers = docs_by_id(self._store, "customers", ids)
        purchases = self._purchases(wanted)
        orders = self._orders(wanted, purchases)
        consents = self._consents(wanted)
        rows = self._store.db.execute(
            f"SELECT customer_id FROM passes WHERE status = ? AND {_BY_CUSTOMER}",  # noqa: S608 - our own words
            (ACTIVE, wanted),
        )
        with_pass = {key for (key,) in rows}
        return [
            self._made(customer, orders[key], consents[key], has_pass=key in with_pass)
            for key, customer in customers.items()
        ]

    def _made(
        self, customer: Doc, orders: "list[Message]", consents: "list[Message]", *, has_pass: bool
    ) -> MadeMessage:
        email, phone = customer["email"], customer["phone_number"]
        has_email, has_phone = is_valid_email(email), is_valid_phone(phone)
        message = self._user(
            id=customer["id"],
            **_known(customer, "email", "first_name", "last_name", "phone_number", "locale"),
            **_wrapped("country", country_of(phone)),
            created=stored_moment(customer["created"]),
            has_valid_email=has_email,
            has_valid_phone=has_phone,
            has_active_pass=has_pass,
            orders=orders,
            purchases=[purchase for order in orders for purchase in _purchases_of(order)],
            consents=consents,
        )
        encoded = message.SerializeToString()
        return customer["organization_id"], customer["id"], has_email, has_phone, has_pass, encoded

    def _orders(self, wanted: str, purchases: "dict[str, list[Message]]") -> "defaultdict[str, list[Message]]":
        rows = self._store.db.execute(
            f"SELECT customer_id, doc FROM orders WHERE {_BY_CUSTOMER} ORDER BY created, id",  # noqa: S608 - our own words
            (wanted,),
        )
        found: defaultdict[str, list[Message]] = defaultdict(list)
        for customer_id, doc in rows:
            order = from_json(doc)
            message = self._order(
                **{name: order[name] for name in ("id", "order_number", "status", "type", "currency", "edition_id")},
                total=on_wire(order["amount"], order["currency"]),
                created=stored_moment(order["created"]),
                purchases=purchases[order["id"]],
            )
            found[customer_id].append(message)
        return found

    def _purchases(self, wanted: str) -> "defaultdict[str, list[Message]]":
        """Return the purchases of customers by order, in the order in which they were bought."""
        rows = self._store.db.execute(
            "SELECT purchases.doc FROM orders INDEXED BY orders_by_customer "
            "JOIN purchases ON purchases.order_id = orders.id "
            "WHERE orders.customer_id IN (SELECT value FROM json_each(?)) ORDER BY purchases.rowid",
            (wanted,),
        )
        found: defaultdict[str, list[Message]] = defaultdict(list)
        for (doc,) in rows:
            purchase = from_json(doc)
            product = self._product(purchase["product_id"])
            message = self._purchase(
                **{name: purchase[name] for name in ("id", "product_id", "product_name", "status")},
                **_wrapped("product_type", product["type"] if product else None),
                **_known(purchase, "variant_id"),
                category_ids=product["category_ids"] if product else [],
                price=on_wire(purchase["price"], purchase["currency"]),
                created=stored_moment(purchase["created"]),
            )
            found[purchase["order_id"]].append(message)
        return found

    def _product(self, product_id: str) -> Doc | None:
        if product_id not in self._products:
            self._products[product_id] = self._store.doc("products", product_id)
        return self._products[product_id]

    def _consents(self, wanted: str) -> "defaultdict[str, list[Message]]":
        rows = self._store.db.execute(
            "SELECT customer_id, consent_id, json_extract(doc, '$.name'), status, at FROM customer_consents "
            "JOIN consents ON consents.id = consent_id WHERE customer_id IN (SELECT value FROM json_each(?)) "
            "ORDER BY at, consent_id",
            (wanted,),
        )
        found: defaultdict[str, list[Message]] = defaultdict(list)
        for customer_id, key, name, status, at in rows:
            granted = status == ConsentStatus.GRANTED
            found[customer_id].append(self._consent(consent_id=key, name=name, granted=granted, at=stored_moment(at)))
        return found


def _purchases_of(order: "Message") -> "Sequence[Message]":
    return getattr(order, "purchases")  # noqa: B009 - made at run time, so no type knows it


def _known(doc: Doc, *names: str) -> dict[str, Any]:
    """Return fields that can be null, as far as they are not."""
    return {name: {"value": doc[name]} for name in names if doc[name] is not None}


def _wrapped(name: str, value: str | None) -> dict[str, Any]:
    return {} if value is None else {name: {"value": value}}


def stored_moment(stored: str) -> dict[str, int]:
    """Return a stored time as the fields of a protobuf Timestamp."""
    since = datetime.fromisoformat(stored) - EPOCH
    return {"seconds": since.days * 86_400 + since.seconds, "nanos": since.microseconds * 1_000}
