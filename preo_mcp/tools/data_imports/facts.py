"""What a person is shown before an import's orders are written: fetched at that moment, and read to the end."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from preo_mcp.api.errors import ConflictError
from preo_mcp.api.models.base import Page, PageQuery
from preo_mcp.api.models.data_imports import ColumnMapping, DataImport, Edition, ParsedData, ProductMapping
from preo_mcp.api.operations import LIST_COLUMN_MAPPINGS, LIST_PRODUCT_MAPPINGS, START_IMPORT
from preo_mcp.approval.facts import Facts, Line, Stakes, Yes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Count, Mark, Message, Series, Words, row, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.data_imports.announced import Announced, announcements_of, contradiction
from preo_mcp.tools.data_imports.beside import skipped_of
from preo_mcp.tools.data_imports.imported_orders import count_imported
from preo_mcp.tools.data_imports.stages import NEXT_CALLS, get_import, must_be_allowed
from preo_mcp.tools.fact_words import UNKNOWN, at, named, number
from preo_mcp.tools.whole_lists import Whole, whole_list

LISTED = 12
"""Products or orders with a line of their own; the others share one, and all of them are bound."""

PRODUCT_COLUMNS = (
    ("count", say("Pieces")),
    ("product", say("In the file")),
    ("target", say("In Preo")),
)

NOT_STARTED = f"{START_IMPORT.title} was not done"
FOR_GOOD: Line = (say("Undo"), say("not possible: Preo has no operation that takes written orders back"))


@dataclass(frozen=True, slots=True)
class Prepared:
    """An import with what its columns and products mean."""

    data_import: DataImport
    columns: Whole[ColumnMapping]
    products: Whole[ProductMapping]

    @property
    def content(self) -> JsonValue:
        """What its orders are made from; nothing of it changes while they are written."""
        found, edition = self.data_import, self.data_import.edition
        return {
            "file": found.data_file_name,
            "edition": edition and edition.id,
            "country": found.default_country_code,
            "columns": [[one.id, one.column, one.column_type, one.metadata_key] for one in self.columns.rows],
            "products": [
                [
                    *(one.id, one.product_sku, one.product_name, one.quantity_in_import),
                    *(one.product and one.product.api_id, one.variant and one.variant.api_id),
                ]
                for one in self.products.rows
            ],
        }

    @property
    def unmapped(self) -> list[ProductMapping]:
        """The products that are known to stand for nothing."""
        return [one for one in self.products.rows if one.product is None and is_told(one)]

    @property
    def written(self) -> list[ProductMapping]:
        """The products that stand for one of the edition's, or may: Preo does not tell."""
        return [one for one in self.products.rows if one.product is not None or not is_told(one)]

    @property
    def pieces(self) -> int | None:
        """How many pieces its orders have; None where that is not known."""
        counts = [one.quantity_in_import for one in self.written]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) and self.products.is_whole else None

    @property
    def is_unknown(self) -> bool:
        """Whether something of it is not known that decides."""
        counts = self.data_import.parsed_data
        orders = counts and counts.orders_total
        is_whole = self.products.is_whole and self.columns.is_whole and all(map(is_told, self.products.rows))
        return orders is None or self.pieces is None or self.data_import.edition is None or not is_whole


def is_told(mapping: ProductMapping) -> bool:
    """Return whether Preo says what a product stands for, if only that it stands for nothing."""
    return "product" in mapping.model_fields_set


async def facts_of_start(preo: Preo, import_id: str, ignore_warnings: bool) -> Facts:  # noqa: FBT001 - the tool's arguments
    """Return what starting the import would write, and into which edition.

    Raises:
        ConflictError: the stage does not allow it, nothing would be written, or products are unmapped and
            `ignore_warnings` is not set.
    """
    data_import = await get_import(preo, import_id)
    must_be_allowed(START_IMPORT, data_import)
    announced = await announcements_of(preo.backend).get(import_id)
    looks = columns_of(preo, import_id), products_of(preo, import_id)
    if announced is None:
        columns, products = await together(*looks)
    else:
        edition_id = data_import.edition and data_import.edition.id
        columns, products, announced.imported_before = await together(*looks, count_imported(preo, edition_id))
        await announcements_of(preo.backend).put(import_id, announced)
    prepared = Prepared(data_import, columns, products)
    if announced is not None and not announced.is_of(columns.rows):
        announced = None  # columns were given other meanings since
    skipped = await skipped_of(preo.backend).get(import_id) or frozenset[str]()
    _must_be_mapped(prepared, skipped, ignore_unmapped=ignore_warnings)
    _must_have_orders(data_import)
    described = [_product(one) for one in (*prepared.unmapped, *prepared.written)]
    timezone = data_import.edition and data_import.edition.timezone
    lines: list[Line] = [
        *import_lines(data_import),
        *(announced.lines() if announced else ()),
        (say("Last changed"), at(data_import.modified, timezone)),
        *listed_lines(say("Product"), described),
    ]
    if not prepared.products.is_whole:
        lines.append((say("Further products"), UNKNOWN))
    return Facts(
        _headline(data_import),
        tuple(lines),
        stakes=stakes_of(data_import, is_unknown=prepared.is_unknown),
        deciding=(
            *_orders(data_import),
            (say("Pieces"), number(prepared.pieces)),
            *_amount(prepared, announced),
            FOR_GOOD,
        ),
        content=prepared.content,
        yes=writes(_new_orders(data_import)),
    )


def _amount(prepared: Prepared, announced: Announced | None) -> list[Line]:
    """What its orders come to, and how that differs from what the file was announced to become."""
    doubt = contradiction(prepared.data_import.parsed_data)
    doubts: list[Line] = [] if doubt is None else [(say("Contradiction"), doubt)]
    if announced is None:
        return doubts
    counts, told = prepared.data_import.parsed_data or ParsedData(), announced.figures
    orders = told.orders if counts.orders_total is None else counts.orders_total
    pieces = told.pieces if prepared.pieces is None else prepared.pieces
    if (orders, pieces) == (told.orders, told.pieces):
        amount = announced.amount
        if counts.orders_existing:
            amount = say("{amount}, with the orders that exist", amount=amount)
        return [(say("Amount"), amount), *doubts]
    other = say("{orders} orders with {pieces} pieces", orders=Count(told.orders), pieces=Count(told.pieces))
    return [(say("Amount"), UNKNOWN), (say("Announced"), other), *doubts]


async def columns_of(preo: Preo, import_id: str) -> Whole[ColumnMapping]:
    """Return what each column of an import's file means, over all pages.

    Raises:
        PreoError: they cannot be had.
    """
    return await whole_list(
        lambda page: preo.request(LIST_COLUMN_MAPPINGS, Page[ColumnMapping], query=page, id=import_id), PageQuery()
    )


async def products_of(preo: Preo, import_id: str) -> Whole[ProductMapping]:
    """Return what each product of an import's file stands for, over all pages.

    Raises:
        PreoError: they cannot be had.
    """
    return await whole_list(
        lambda page: preo.request(LIST_PRODUCT_MAPPINGS, Page[ProductMapping], query=page, id=import_id), PageQuery()
    )


async def all_product_mappings(preo: Preo, import_id: str) -> list[ProductMapping]:
    """Return every product mapping of an import, over all pages.

    Raises:
        PreoError: they cannot be had.
    """
    return (await products_of(preo, import_id)).rows


def _must_be_mapped(prepared: Prepared, skipped: frozenset[str], *, ignore_unmapped: bool) -> None:
    unmapped, products = [one for one in prepared.unmapped if one.id not in skipped], prepared.products.rows
    if unmapped and not ignore_unmapped:
        names = ", ".join(product.product_sku or product.product_name or product.id for product in unmapped[:LISTED])
        raise ConflictError(
            NOT_STARTED,
            f"{len(unmapped)} of {len(products)} products are unmapped ({names})",
            "Map them with update_product_mappings (propose_product_mappings helps), or skip them by ignore_warnings.",
        )
    if not prepared.written:
        why = "no product of the file is mapped, so there is nothing to write"
        raise ConflictError(NOT_STARTED, why, NEXT_CALLS[prepared.data_import.stage])


def _must_have_orders(data_import: DataImport) -> None:
    counts = data_import.parsed_data
    if counts is None or counts.orders_total is None:
        return
    if counts.orders_total == 0:
        raise ConflictError(NOT_STARTED, "the file has no orders", "Look at it with preview_import_orders.")
    if counts.orders_existing is not None and counts.orders_existing >= counts.orders_total:
        why = f"the edition has all {counts.orders_total} orders of the file already, so there is nothing to write"
        raise ConflictError(NOT_STARTED, why, "Look at them with list_orders; for others make a new import.")


def _headline(data_import: DataImport) -> Message:
    edition = data_import.edition
    return headline(_new_orders(data_import), UNKNOWN if edition is None else edition.full_name or edition.id)


def _new_orders(data_import: DataImport) -> int | None:
    counts = data_import.parsed_data or ParsedData()
    return None if counts.orders_total is None else counts.orders_total - (counts.orders_existing or 0)


def writes(orders: int | None) -> Yes:
    """Return what a yes to writing so many orders says."""
    return Yes(say("Import the orders") if orders is None else say("Import {count} orders", count=Count(orders)))


def headline(orders: int | None, edition: Words) -> Message:
    """Return the question whether orders shall be written into an edition."""
    if orders is None:
        return say("Import an unknown number of orders into {edition}?", edition=edition)
    if orders == 1:
        return say("Import one order into {edition}?", edition=edition)
    return say("Import {count} orders into {edition}?", count=Count(orders), edition=edition)


def stakes_of(data_import: DataImport, *, is_unknown: bool = False) -> Stakes:
    """Return where an import takes effect."""
    edition, organization = data_import.edition, data_import.organization
    return Stakes(
        is_unknown=is_unknown,
        name=harmless(data_import.name or "") or data_import.id,
        organization_id=organization and organization.id,
        edition_id=edition and edition.id,
    )


def import_lines(data_import: DataImport) -> list[Line]:
    """Return what an import is and what its file holds beside its orders."""
    edition, counts = data_import.edition, data_import.parsed_data or ParsedData()
    customers = {"total": number(counts.customers_total), "existing": number(counts.customers_existing)}
    products = {"total": number(counts.products_total), "existing": number(counts.products_existing)}
    lines: list[Line] = [
        (say("Edition"), UNKNOWN if edition is None else _edition(edition)),
        (say("File"), data_import.data_file_name or UNKNOWN),
        (say("Import"), named(data_import.name, data_import.id)),
        (say("Customers"), say("{total}, of which {existing} exist", **customers)),
        (say("Products"), say("{total}, of which {existing} are known by their code", **products)),
    ]
    if data_import.row_problems is not None and data_import.row_problems.count:
        lines.append((say("Rows left out"), Count(data_import.row_problems.count)))
    return lines


def _orders(data_import: DataImport) -> list[Line]:
    counts = data_import.parsed_data or ParsedData()
    orders = {"total": number(counts.orders_total), "existing": number(counts.orders_existing)}
    return [(say("Orders"), say("{total}, of which {existing} exist and are left as they are", **orders))]


def _edition(edition: Edition) -> Message:
    name = named(edition.full_name, edition.id)
    if edition.start_date is None:
        return name
    return say("{edition}, {date}", edition=name, date=at(edition.start_date, edition.timezone))


def _product(mapping: ProductMapping) -> Message:
    target: Words = say("UNMAPPED, will be skipped") if is_told(mapping) else UNKNOWN
    if mapping.product is not None:
        target = mapping.product.name or mapping.product.api_id
        if mapping.variant is not None:
            target = Series((target, mapping.variant.name or mapping.variant.api_id), " / ")
    count = number(mapping.quantity_in_import)
    said = say("{count} × {product} → {target}", count=count, product=name_in_file(mapping), target=target)
    return row(said, *PRODUCT_COLUMNS, mark=Mark.OUT if mapping.product is None and is_told(mapping) else Mark.NONE)


def name_in_file(mapping: ProductMapping) -> Words:
    """Return a product's code and name in the file."""
    return Series(tuple(filter(None, (mapping.product_sku, mapping.product_name))) or (mapping.id,), " ")


def listed_lines(label: Message, described: Sequence[Message]) -> list[Line]:
    """Return a line for each of the first, and one for all others together."""
    lines: list[Line] = [(label, text) for text in described[:LISTED]]
    rest = described[LISTED:]
    if rest:
        lines.append((say("And {count} more", count=Count(len(rest))), Series(tuple(rest), "; ")))
    return lines
