"""What a person is shown before orders are written: fetched at that moment, or the content of the call itself."""

from collections import Counter
from decimal import Decimal

from pydantic import MISSING

from preo_mcp.api.errors import ConflictError
from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.models.data_imports import DataImport, Edition, ParsedData, ProductMapping
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.external_orders import ExternalOrder, ExternalOrderItem
from preo_mcp.api.operations import GET_EDITION, LIST_PRODUCT_MAPPINGS, START_IMPORT
from preo_mcp.approval.facts import Facts, Line, Stakes
from preo_mcp.approval.wording import Figure, Message, Personal, Series, Words, say
from preo_mcp.calls.preo import Preo
from preo_mcp.tools.data_imports.stages import NEXT_CALLS, get_import, must_be_allowed
from preo_mcp.tools.fact_words import UNKNOWN, money, named, version

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
    described = [_product(one) for one in (*unmapped, *mapped)]
    lines = (*import_lines(data_import), *listed_lines(say("Product"), described))
    return Facts(say("Write these imported orders into the edition?"), lines, stakes=stakes_of(data_import))


async def all_product_mappings(preo: Preo, import_id: str) -> list[ProductMapping]:
    """Return every product mapping of an import, over all pages.

    Raises:
        PreoError: they cannot be had.
    """
    found: list[ProductMapping] = []
    query = PageQuery(page_size=1000)
    while True:
        page = await preo.request(LIST_PRODUCT_MAPPINGS, Page[ProductMapping], query=query, id=import_id)
        found += page.results
        if page.next is None:
            return found
        query = query.model_copy(update={"page": query.page + 1})


def stakes_of(data_import: DataImport) -> Stakes:
    """Return where an import takes effect."""
    edition, organization = data_import.edition, data_import.organization
    return Stakes(organization_id=organization and organization.id, edition_id=edition and edition.id)


def import_lines(data_import: DataImport) -> list[Line]:
    """Return what an import is and what its file holds."""
    edition, counts = data_import.edition, data_import.parsed_data
    lines: list[Line] = [
        (say("File"), data_import.data_file_name or UNKNOWN),
        (say("Import"), named(data_import.name, data_import.id)),
    ]
    if data_import.modified is not None:  # binds the answer to the columns and settings that the file was read with
        lines.append((say("Last changed"), version(data_import.modified)))
    if edition is not None:
        lines.append((say("Edition"), _edition(edition)))
    if counts is not None:
        lines += _totals(counts)
    if data_import.row_problems is not None and data_import.row_problems.count:
        lines.append((say("Rows left out"), Figure(data_import.row_problems.count)))
    return lines


def _edition(edition: Edition) -> Message:
    name = named(edition.full_name, edition.id)
    start = edition.start_date
    return name if start is None else say("{edition}, {date}", edition=name, date=Figure(f"{start:%Y-%m-%d}"))


def _totals(counts: ParsedData) -> list[Line]:
    orders, customers, products = (
        {"total": Figure(total), "existing": Figure(existing)}
        for total, existing in (
            (counts.orders_total, counts.orders_existing),
            (counts.customers_total, counts.customers_existing),
            (counts.products_total, counts.products_existing),
        )
    )
    return [
        (say("Orders"), say("{total}, of which {existing} exist and are left as they are", **orders)),
        (say("Customers"), say("{total}, of which {existing} exist", **customers)),
        (say("Products"), say("{total}, of which {existing} are known by their code", **products)),
    ]


def _product(mapping: ProductMapping) -> Message:
    target: Words = say("UNMAPPED, will be skipped")
    if mapping.product is not None:
        target = mapping.product.name or mapping.product.api_id
        if mapping.variant is not None:
            target = Series((target, mapping.variant.name or mapping.variant.api_id), " / ")
    count = Figure(mapping.quantity_in_import)
    return say("{count} × {product} → {target}", count=count, product=name_in_file(mapping), target=target)


def name_in_file(mapping: ProductMapping) -> Series:
    """Return a product's code and name in the file."""
    return Series(tuple(filter(None, (mapping.product_sku, mapping.product_name))), " ")


async def facts_of_external_orders(preo: Preo, edition_id: str, orders: list[ExternalOrder]) -> Facts:
    """Return which orders would be written, for whom and into which edition.

    Raises:
        PreoError: the edition cannot be had.
    """
    edition = await preo.request(GET_EDITION, EditionDetail, id=edition_id)
    customers = {order.email.casefold() for order in orders}
    items = [item for order in orders for item in order.items]
    units = Counter[str]()
    for item in items:
        units[item.product_id] += item.quantity
    sizes = {"orders": len(orders), "customers": len(customers), "units": units.total()}
    size = say(
        "{orders}, from {customers} customers, with {units} items",
        **{name: Figure(count) for name, count in sizes.items()},
    )
    lines: list[Line] = [
        (say("Edition"), named(edition.full_name or edition.name, edition.id)),
        (say("Orders"), size),
        (say("Amount"), _amount(items, edition.currency)),
        (say("Items by product"), Series(tuple(_units(count, product) for product, count in units.items()))),
        *listed_lines(say("Order"), [_order(order) for order in orders]),
    ]
    stakes = Stakes(organization_id=edition.organization_id, edition_id=edition.id)
    return Facts(say("Write these orders of another system into the edition?"), tuple(lines), stakes=stakes)


def _amount(items: list[ExternalOrderItem], currency: str | None) -> Words:
    """What the priced items cost together; the others cost what their product does."""
    prices = [(item.price, item.quantity) for item in items]
    priced = [(Decimal(str(price)), count) for price, count in prices if price is not MISSING and price is not None]
    amount = money(sum((price * count for price, count in priced), Decimal()), currency)
    rest = len(prices) - len(priced)
    return say("{amount}, and {count} at the product's price", amount=amount, count=Figure(rest)) if rest else amount


def _order(order: ExternalOrder) -> Message:
    items = Series(tuple(_units(item.quantity, item.product_id) for item in order.items))
    return say("{order}: {customer}, {items}", order=order.order_id, customer=Personal(order.email), items=items)


def _units(count: int, product: str) -> Message:
    return say("{count} × {product}", count=Figure(count), product=product)


def listed_lines(label: Message, described: list[Message]) -> list[Line]:
    """Return a line for each of the first, and one for all others together."""
    lines: list[Line] = [(label, text) for text in described[:LISTED]]
    rest = described[LISTED:]
    if rest:
        lines.append((say("And {count} more", count=Figure(len(rest))), Series(tuple(rest), "; ")))
    return lines
