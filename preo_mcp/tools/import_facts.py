"""What a person is shown before orders are written: fetched at that moment, or the content of the call itself."""

from collections import Counter

from pydantic import MISSING

from preo_mcp.errors import ConflictError
from preo_mcp.guardrails.facts import Facts
from preo_mcp.models.base import Page, PageQuery
from preo_mcp.models.data_imports import DataImport, ProductMapping
from preo_mcp.models.editions import EditionDetail
from preo_mcp.models.external_orders import ExternalOrder, ExternalOrderItem
from preo_mcp.operations import GET_EDITION, LIST_PRODUCT_MAPPINGS, START_IMPORT
from preo_mcp.preo import Preo
from preo_mcp.tools.import_stages import NEXT_CALLS, get_import, must_be_allowed

LISTED = 12
"""Products or orders with a line of their own; the others share one, and all of them are bound."""


async def facts_of_start(preo: Preo, import_id: str, ignore_warnings: bool) -> Facts:  # noqa: FBT001 - the tool's arguments
    """Return what starting the import would write, and into which edition.

    Raises:
        ConflictError: the stage does not allow it, or products are unmapped and `ignore_warnings` is not set.
    """
    data_import = await get_import(preo, import_id)
    must_be_allowed(START_IMPORT, data_import)
    products = await all_product_mappings(preo, import_id)
    unmapped = [product for product in products if product.product is None]
    if unmapped and not ignore_warnings:
        names = ", ".join(product.product_sku or product.product_name or product.id for product in unmapped[:LISTED])
        raise ConflictError(
            f"{START_IMPORT.title} was not done",
            f"{len(unmapped)} of {len(products)} products are unmapped ({names})",
            "Map them with update_product_mappings (propose_product_mappings helps), or skip them by ignore_warnings.",
        )
    mapped = [product for product in products if product.product is not None]
    if not mapped:
        why = "no product of the file is mapped, so there is nothing to write"
        raise ConflictError(f"{START_IMPORT.title} was not done", why, NEXT_CALLS[data_import.stage])
    lines = [*_import_lines(data_import), *_listed("Product", [_product_line(one) for one in (*unmapped, *mapped)])]
    return Facts("Write these imported orders into the edition?", tuple(lines))


async def all_product_mappings(preo: Preo, import_id: str) -> list[ProductMapping]:
    """Return every product mapping of an import, over all pages.

    Raises:
        PreoError: they cannot be had.
    """
    found: list[ProductMapping] = []
    query = PageQuery(page_size=1000)
    while True:
        page = await preo.call(LIST_PRODUCT_MAPPINGS, Page[ProductMapping], query=query, id=import_id)
        found += page.results
        if page.next is None:
            return found
        query = query.model_copy(update={"page": query.page + 1})


def _import_lines(data_import: DataImport) -> list[tuple[str, str]]:
    edition, counts = data_import.edition, data_import.parsed_data
    lines = [("File", data_import.data_file_name or "unknown"), ("Import", f"{data_import.name} ({data_import.id})")]
    if data_import.modified is not None:  # binds the answer to the columns and settings that the file was read with
        lines.append(("Last changed", f"{data_import.modified:%Y-%m-%d %H:%M:%S.%f} UTC"))
    if edition is not None:
        dates = f", {edition.start_date:%Y-%m-%d}" if edition.start_date else ""
        lines.append(("Edition", f"{edition.full_name} ({edition.id}){dates}"))
    if counts is not None:
        lines.append(
            ("Orders", f"{counts.orders_total}, of which {counts.orders_existing} exist and are left as they are")
        )
        lines.append(("Customers", f"{counts.customers_total}, of which {counts.customers_existing} exist"))
        lines.append(
            ("Products", f"{counts.products_total}, of which {counts.products_existing} are known by their code")
        )
    if data_import.row_problems is not None and data_import.row_problems.count:
        lines.append(("Rows left out", str(data_import.row_problems.count)))
    return lines


def _product_line(mapping: ProductMapping) -> str:
    target = "UNMAPPED, will be skipped"
    if mapping.product is not None:
        target = mapping.product.name or mapping.product.api_id
        if mapping.variant is not None:
            target += f" / {mapping.variant.name or mapping.variant.api_id}"
    return f"{mapping.quantity_in_import} × {mapping.product_sku} {mapping.product_name or ''} → {target}"


async def facts_of_external_orders(preo: Preo, edition_id: str, orders: list[ExternalOrder]) -> Facts:
    """Return which orders would be written, for whom and into which edition.

    Raises:
        PreoError: the edition cannot be had.
    """
    edition = await preo.call(GET_EDITION, EditionDetail, id=edition_id)
    customers = {order.email.casefold() for order in orders}
    items = [item for order in orders for item in order.items]
    units = Counter[str]()
    for item in items:
        units[item.product_id] += item.quantity
    currency = edition.currency or ""
    lines = [
        ("Edition", f"{edition.full_name or edition.name} ({edition.id})"),
        ("Orders", f"{len(orders)} of {len(customers)} customers, {sum(units.values())} units"),
        ("Amount", f"{sum(map(_amount, items)):.2f} {currency}".strip() + _unpriced(items)),
        ("Units by product", ", ".join(f"{count} × {product}" for product, count in units.items())),
        *_listed("Order", [f"{order.order_id}: {order.email}, {_item_texts(order)}" for order in orders]),
    ]
    return Facts("Write these orders of another system into the edition?", tuple(lines))


def _amount(item: ExternalOrderItem) -> float:
    return 0.0 if item.price is MISSING or item.price is None else item.price * item.quantity


def _unpriced(items: list[ExternalOrderItem]) -> str:
    count = sum(item.price is MISSING or item.price is None for item in items)
    return f", and {count} items at the product's price" if count else ""


def _item_texts(order: ExternalOrder) -> str:
    return ", ".join(f"{item.quantity} × {item.product_id}" for item in order.items)


def _listed(label: str, texts: list[str]) -> list[tuple[str, str]]:
    lines = [(label, text) for text in texts[:LISTED]]
    rest = texts[LISTED:]
    return [*lines, (f"And {len(rest)} more", "; ".join(rest))] if rest else lines
