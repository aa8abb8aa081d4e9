"""What an export goes into, asked before it is read: the edition's currency, country and products, and its imports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from preo_mcp.api.errors import NotFoundError, PermissionDeniedError, ServerError
from preo_mcp.api.models.base import Page
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.segments import CelContext, CelContextQuery, ContextProduct
from preo_mcp.api.models.users import ListUsersQuery, User
from preo_mcp.api.operations import GET_CEL_CONTEXT, GET_EDITION, LIST_USERS
from preo_mcp.calls.preo import Preo, together
from preo_mcp.files.exports import Edition, Probed, Product, Samples, Variant
from preo_mcp.files.exports.amounts import decimals
from preo_mcp.files.exports.phones import region_of
from preo_mcp.tools.data_imports.imported_orders import ImportedOrder, imported_orders
from preo_mcp.tools.whole_lists import Whole

ASKED_ABOUT: Final = 6
"""Customers that are looked up, one request each."""


@dataclass(frozen=True, slots=True)
class Destination:
    """An edition that orders go into.

    Attributes:
        detail: The edition.
        edition: What the export is read for.
        is_currency_told: Whether Preo tells the edition's currency; else `edition` has the likeliest.
        products: What it sells; empty where Preo does not tell.
        imported: Its orders of other systems, the newest; None where they may not be looked at.
    """

    detail: EditionDetail
    edition: Edition
    is_currency_told: bool
    products: tuple[ContextProduct, ...]
    imported: Whole[ImportedOrder] | None

    @property
    def name(self) -> str:
        """The edition, as a model reads it."""
        shown = self.detail.full_name or self.detail.name or "unnamed"
        currency = self.edition.currency if self.is_currency_told else f"probably {self.edition.currency}"
        country = self.edition.calling_code or "no country code"
        return f"{shown} ({self.detail.id}), {currency}, {country}"


async def destination_of(preo: Preo, edition_id: str, country_code: str | None, currency: str | None) -> Destination:
    """Ask Preo about an edition; `country_code` and `currency` are the caller's, where they say so.

    Raises:
        PreoError: the edition cannot be had.
    """
    detail, products, imported = await together(
        preo.request(GET_EDITION, EditionDetail, id=edition_id),
        _products(preo, edition_id),
        imported_orders(preo, edition_id),
    )
    calling_code = country_code or detail.default_country_code
    told = (detail.currency or currency or "").strip().upper()
    used = told or currency_of(calling_code)
    sold = tuple(_product(one, used) for one in products)
    return Destination(detail, Edition(used, calling_code, sold), bool(told), products, imported)


def currency_of(calling_code: str | None) -> str:
    """Return what is paid with in a country, by its calling code; euros where that is not known."""
    from babel.numbers import get_territory_currencies

    region = region_of(calling_code)
    return next(iter(get_territory_currencies(region)), "EUR") if region else "EUR"


async def probed(preo: Preo, destination: Destination, samples: Samples) -> tuple[Probed, str | None]:
    """Return whether Preo knows order numbers of a file and their customers, and why not where that is unknown.

    Order numbers that the edition has and customers that the organization has not are another shop's.
    """
    there = destination.imported
    if there is None:
        return Probed(), "the settings do not let this server look at orders"
    known = {one.external_id for one in there.rows if one.external_id}
    if there.rows and not known:
        return Probed(), "Preo does not tell the numbers of imported orders"
    found = sum(number in known for number in samples.orders)
    tried = len(samples.orders) if there.is_whole else found
    if not found:
        return Probed(orders_tried=tried), None
    asked = _spread(samples.customers)
    try:
        there_too = await together(*(_knows(preo, destination, email) for email in asked))
    except PermissionDeniedError:
        return Probed(tried, found), "the settings do not let this server look at customers"
    return Probed(tried, found, len(asked), sum(there_too)), None


def _spread(customers: tuple[str, ...]) -> tuple[str, ...]:
    step = max(1, len(customers) // ASKED_ABOUT)
    return customers[::step][:ASKED_ABOUT]


async def _knows(preo: Preo, destination: Destination, email: str) -> bool:
    organization_id = destination.detail.organization_id
    query = ListUsersQuery(search=email, page_size=5)
    if organization_id is not None:
        query = query.model_copy(update={"organization_id": organization_id})
    found = await preo.request(LIST_USERS, Page[User], query=query)
    return any((one.email or email).casefold() == email.casefold() for one in found.results)


async def _products(preo: Preo, edition_id: str) -> tuple[ContextProduct, ...]:
    query = CelContextQuery(edition_id=edition_id)
    try:
        context = await preo.request(GET_CEL_CONTEXT, CelContext, query=query)
    except (NotFoundError, PermissionDeniedError, ServerError):  # it is inferred, and settings may deny it
        return ()
    return tuple(context.dynamic_values.products)


def _product(product: ContextProduct, currency: str) -> Product:
    variants = tuple(
        Variant(one.id, one.name or one.id, one.code or "", _minor(one.price, currency)) for one in product.variants
    )
    name = product.name or product.id
    return Product(product.id, name, product.code or "", _minor(product.price, currency), variants)


def _minor(price: float | None, currency: str) -> int | None:
    return None if price is None else round(price * 10 ** decimals(currency))


def targets(products: tuple[ContextProduct, ...]) -> Mapping[str, tuple[str, str | None]]:
    """Return product and variant of each id that an export's products can stand for."""
    found: dict[str, tuple[str, str | None]] = {one.id: (one.id, None) for one in products}
    for product in products:
        found |= {variant.id: (product.id, variant.id) for variant in product.variants}
    return found
