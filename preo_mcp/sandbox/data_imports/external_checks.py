"""Checking external orders against the edition: each refusal stands under the place that it is about."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import MISSING

from preo_mcp.api.models.external_orders import ExternalOrder, ExternalOrderItem
from preo_mcp.sandbox.data_imports.catalogue import Catalogue
from preo_mcp.sandbox.data_imports.records import MAX_ORDER_UNITS
from preo_mcp.sandbox.data_imports.rows import KEY_MAX_LENGTH
from preo_mcp.sandbox.importing.emails import read_email
from preo_mcp.sandbox.importing.prices import MAX_WHOLE_DIGITS
from preo_mcp.sandbox.importing.quantities import MAX_QUANTITY
from preo_mcp.sandbox.importing.unreadable import Unreadable
from preo_mcp.sandbox.money import nearest
from preo_mcp.sandbox.problems import Problem
from preo_mcp.sandbox.store import Doc

MAX_PRICE = 10**MAX_WHOLE_DIGITS - 1
"""Per unit, in units of the currency, as in files (a limit of this sandbox)."""

Faults = dict[str, Any]
"""Reasons by field, in Django REST Framework's nesting; empty where all is well."""


def checked_orders(catalogue: Catalogue, orders: Sequence[ExternalOrder], currency: str) -> list[Doc]:
    """Return the orders as they are stored, with prices in minor units of `currency`.

    Raises:
        Problem: 400 with the reasons by place: an e-mail address, an unknown product, variant or option, a limit.
    """
    faults = [_order_faults(catalogue, order) for order in orders]
    if any(faults):
        raise Problem(400, {"orders": faults})
    return [_stored_order(order, currency) for order in orders]


def _order_faults(catalogue: Catalogue, order: ExternalOrder) -> Faults:
    faults: Faults = {}
    try:
        read_email(order.email)
    except Unreadable as exc:
        faults["email"] = [f"Enter a valid email address: {exc.reason}."]
    order_id = order.order_id.strip()
    if not order_id:
        faults["order_id"] = ["This field may not be blank."]
    elif len(order_id) > KEY_MAX_LENGTH:
        faults["order_id"] = [f"Ensure this field has no more than {KEY_MAX_LENGTH} characters."]
    if order.order_metadata is not MISSING and not _is_plain(order.order_metadata):
        faults["order_metadata"] = ["Numbers must be finite."]
    items = [_item_faults(catalogue, item) for item in order.items]
    if any(items):
        faults["items"] = items
    elif sum(item.quantity for item in order.items) > MAX_ORDER_UNITS:
        faults["items"] = [f"An order holds at most {MAX_ORDER_UNITS} units."]
    return faults


def _item_faults(catalogue: Catalogue, item: ExternalOrderItem) -> Faults:
    faults: Faults = {}
    if item.quantity > MAX_QUANTITY:
        faults["quantity"] = [f"Ensure this value is less than or equal to {MAX_QUANTITY}."]
    if item.price is not MISSING and item.price is not None and item.price > MAX_PRICE:
        faults["price"] = [f"Ensure this value is less than or equal to {MAX_PRICE}."]
    if item.purchase_metadata is not MISSING and not _is_plain(item.purchase_metadata):
        faults["purchase_metadata"] = ["Numbers must be finite."]
    if catalogue.product(item.product_id) is None:
        return {**faults, "product_id": [f"The edition has no product with the id {item.product_id[:80]!r}."]}
    variant_id = _given(item.variant_id, None)
    if variant_id is not None and catalogue.variant(item.product_id, variant_id) is None:
        faults["variant_id"] = [f"The product has no variant with the id {variant_id[:80]!r}."]
    unknown = [key for key in _given(item.option_ids, []) if catalogue.option(item.product_id, key) is None]
    if unknown:
        faults["option_ids"] = [f"The product has no option with the id {key[:80]!r}." for key in unknown]
    return faults


def _stored_order(order: ExternalOrder, currency: str) -> Doc:
    return {
        "email": read_email(order.email),
        "phone_number": _given(order.phone_number, None) or "",
        "first_name": (_given(order.first_name, None) or "").strip(),
        "last_name": (_given(order.last_name, None) or "").strip(),
        "order_id": order.order_id.strip(),
        "items": [_stored_item(item, currency) for item in order.items],
        "order_metadata": _given(order.order_metadata, {}),
    }


def _stored_item(item: ExternalOrderItem, currency: str) -> Doc:
    price = _given(item.price, None)
    return {
        "product_id": item.product_id,
        "variant_id": _given(item.variant_id, None),
        "option_ids": _given(item.option_ids, []),
        "quantity": item.quantity,
        "price": None if price is None else nearest(price, currency),
        "metadata": _given(item.purchase_metadata, {}),
    }


def _given(value: Any, default: Any) -> Any:
    return default if value is MISSING else value


def _is_plain(metadata: Mapping[str, Any]) -> bool:
    """Whether JSON can say it: 1e999 is read as infinity, which it cannot."""
    try:
        json.dumps(metadata, allow_nan=False)
    except ValueError:
        return False
    return True
