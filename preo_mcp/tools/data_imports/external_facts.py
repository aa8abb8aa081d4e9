"""What a person is shown before orders of another system are written: the content of the call, in the edition's terms.

What Preo would refuse for certain is refused here first, by its place in the call, so that nobody is asked in vain.
"""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from pydantic import MISSING

from preo_mcp.api.errors import ValidationError
from preo_mcp.api.models.editions import EditionDetail
from preo_mcp.api.models.external_orders import ExternalOrder, ExternalOrderItem
from preo_mcp.api.operations import GET_EDITION, IMPORT_EXTERNAL_ORDERS
from preo_mcp.approval.facts import Facts, Stakes
from preo_mcp.approval.quoting import harmless
from preo_mcp.approval.wording import Count, Message, Series, Words, row, say
from preo_mcp.calls.preo import Preo, together
from preo_mcp.tools.data_imports.choices import Choices, choices_of
from preo_mcp.tools.data_imports.facts import FOR_GOOD, headline, listed_lines, writes
from preo_mcp.tools.fact_words import contact, full_name, money, named
from preo_mcp.tools.roles import must_manage

ORDER_COLUMNS: Final = (("order", say("Order")), ("customer", say("Customer")), ("items", say("Items")))
NAMED: Final = 5
"""Faults that a refusal names."""
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")
_IN_ANGLES: Final = re.compile(r"<([^<>]*)>")


async def facts_of_external_orders(preo: Preo, edition_id: str, orders: list[ExternalOrder]) -> Facts:
    """Return which orders would be written, for whom and into which edition.

    Raises:
        ValidationError: an order cannot be written: no e-mail address, or a product or variant that is not there.
        PermissionDeniedError: the token's user may only look.
        PreoError: the edition cannot be had.
    """
    edition, choices = await together(
        preo.request(GET_EDITION, EditionDetail, id=edition_id), choices_of(preo, edition_id)
    )
    _must_be_possible(orders, choices)
    await must_manage(preo, edition.organization_id, IMPORT_EXTERNAL_ORDERS)
    name = edition.full_name or edition.name
    items = [item for order in orders for item in order.items]
    units = Counter[tuple[str, str | None]]()
    for item in items:
        units[_kind(item)] += item.quantity
    by_product = Series(tuple(_units(count, choices.in_words(*kind)) for kind, count in units.items()))
    return Facts(
        headline(len(orders), name or edition.id),
        (
            (say("Items by product"), by_product),
            *listed_lines(say("Order"), [_order(order, choices) for order in orders]),
        ),
        stakes=Stakes(
            is_unknown=not choices.are_known,
            name=harmless(name or "") or edition.id,
            organization_id=edition.organization_id,
            edition_id=edition.id,
        ),
        deciding=(
            (say("Orders"), _size(orders, units.total())),
            (say("Amount"), _amount(items, edition.currency)),
            (say("Edition"), named(name, edition.id)),
            FOR_GOOD,
        ),
        yes=writes(len(orders)),
    )


def _must_be_possible(orders: list[ExternalOrder], choices: Choices) -> None:
    faults = [fault for place, order in enumerate(orders) for fault in _faults(f"orders.{place}", order, choices)]
    if faults:
        more = f" and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
        raise ValidationError(
            f"{IMPORT_EXTERNAL_ORDERS.title} was not done",
            f"{'; '.join(faults[:NAMED])}{more}",
            "Correct them; get_cel_context shows the edition's products and variants.",
        )


def _faults(place: str, order: ExternalOrder, choices: Choices) -> Iterator[str]:
    angles = _IN_ANGLES.search(order.email)
    if _ADDRESS.search(angles[1] if angles else order.email) is None:
        yield f"{place}.email: it is no e-mail address"
    if not order.order_id.strip():
        yield f"{place}.order_id: it is blank"
    for number, item in enumerate(order.items):
        product_id, variant_id = _kind(item)
        if why := choices.why_not(product_id, variant_id):
            field = "product_id" if choices.why_not(product_id) else "variant_id"
            yield f"{place}.items.{number}.{field}: {why}"


def _size(orders: list[ExternalOrder], units: int) -> Message:
    customers = {order.email.strip().casefold() for order in orders}
    sizes = {"orders": len(orders), "customers": len(customers), "units": units}
    return say(
        "{orders}, from {customers} customers, with {units} items",
        **{name: Count(count) for name, count in sizes.items()},
    )


def _amount(items: list[ExternalOrderItem], currency: str | None) -> Words:
    """What the priced items cost together; the others cost what their product does."""
    prices = [(item.price, item.quantity) for item in items]
    priced = [(Decimal(str(price)), count) for price, count in prices if price is not MISSING and price is not None]
    amount = money(sum((price * count for price, count in priced), Decimal()), currency)
    rest = len(prices) - len(priced)
    return say("{amount}, and {count} at the product's price", amount=amount, count=Count(rest)) if rest else amount


def _kind(item: ExternalOrderItem) -> tuple[str, str | None]:
    return item.product_id, None if item.variant_id is MISSING else item.variant_id


def _order(order: ExternalOrder, choices: Choices) -> Message:
    first, last, phone = (
        None if value is MISSING else value for value in (order.first_name, order.last_name, order.phone_number)
    )
    customer = contact(full_name(first, last), order.email, phone) or order.email
    items = Series(tuple(_units(item.quantity, choices.in_words(*_kind(item))) for item in order.items))
    said = say("{order}: {customer}, {items}", order=order.order_id, customer=customer, items=items)
    return row(said, *ORDER_COLUMNS)


def _units(count: int, product: Words) -> Message:
    return say("{count} × {product}", count=Count(count), product=product)
