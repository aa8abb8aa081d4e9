"""Preview import orders: the orders as they were read, with their phone numbers as they will be imported."""

from dataclasses import dataclass
from typing import Any

from anyio.lowlevel import checkpoint
from pydantic_core import from_json

from preo_mcp.api.models.data_imports import ImportPreview, PreviewQuery
from preo_mcp.api.operations import PREVIEW_IMPORT_ORDERS
from preo_mcp.sandbox.data_imports.documents import Import, edition_of, must_allow, visible
from preo_mcp.sandbox.data_imports.order_rows import load_header
from preo_mcp.sandbox.data_imports.rows import StoredLine
from preo_mcp.sandbox.importing.phones import read_phone
from preo_mcp.sandbox.importing.warming import readers_loaded
from preo_mcp.sandbox.money import on_wire
from preo_mcp.sandbox.routing import Call, Endpoints, Nothing
from preo_mcp.sandbox.store import Doc, Store

ENDPOINTS = Endpoints()

AT_ONCE = 100
"""Orders that are prepared before others are served."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an import's numbers are read with: the country code of its phones, the currency of its prices."""

    country_code: str | None
    currency: str

    @classmethod
    def of(cls, store: Store, found: Import) -> "Reading":
        """Return an import's own country code or its edition's, and the edition's currency."""
        edition = edition_of(store, found)
        return cls(found.doc["default_country_code"] or edition["default_country_code"], edition["currency"])


@ENDPOINTS.endpoint(PREVIEW_IMPORT_ORDERS, returns=ImportPreview, query=PreviewQuery)
async def preview_import_orders(call: Call[PreviewQuery, Nothing]) -> Doc:
    """Show orders in the order of the file; `limit` in the answer says how many are in it."""
    found = visible(call)
    must_allow(found, PREVIEW_IMPORT_ORDERS)
    await readers_loaded()
    total: int = found.doc["parsed"]["orders_total"]
    reading = Reading.of(call.store, found)
    start, end = min(call.query.offset, total), min(call.query.offset + call.query.limit, total)
    orders: list[Doc] = []
    for first in range(start, end, AT_ONCE):
        orders += _orders(call.store, found.doc["parse_id"], first, min(first + AT_ONCE, end), reading)
        await checkpoint()
    return {
        "total": total,
        "limit": len(orders),
        "offset": call.query.offset,
        "orders": orders,
        "order_metadata_keys": found.doc["order_metadata_keys"],
        "purchase_metadata_keys": found.doc["purchase_metadata_keys"],
    }


def _orders(store: Store, parse_id: int, start: int, end: int, reading: Reading) -> list[Doc]:
    rows = store.db.execute(
        "SELECT header, lines FROM import_orders WHERE parse_id = ? AND position BETWEEN ? AND ? ORDER BY position",
        (parse_id, start, end - 1),
    )
    return [_order(header, from_json(f"[{lines}]"), reading) for header, lines in rows.fetchall()]


def _order(stored: str, lines: list[Any], reading: Reading) -> Doc:
    header = load_header(stored)
    phone = read_phone(header.phone, reading.country_code) if header.phone else None
    return {
        "email": header.email,
        "phone_number": phone and phone.number,
        "phone_number_original": phone and phone.original,
        "phone_number_valid": bool(phone and phone.valid),
        "first_name": header.first_name or None,
        "last_name": header.last_name or None,
        "order_id": header.order_id or None,
        "products": [_product(line, reading.currency) for line in lines],
        "order_metadata": header.metadata,
    }


def _product(line: StoredLine, currency: str) -> Doc:
    sku, name, quantity, item_id, price, metadata = line
    return {
        "product_name": name or None,
        "product_sku": sku,
        "quantity": quantity,
        "item_id": item_id or None,
        "unit_price": None if price is None else on_wire(price, currency),
        "purchase_metadata": metadata,
    }
