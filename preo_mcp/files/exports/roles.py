"""What a column of an export can be for, beyond Preo's own column types: states, totals, taxes, refunds, people."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from preo_mcp.files.exports.states import Reads
from preo_mcp.files.spreadsheets.columns.vocabulary import said


class Role(StrEnum):
    """What a column is for; an amount on each row of an order has a role of its own beside the order's."""

    EMAIL = "customer_email"
    PHONE = "customer_phone"
    FIRST_NAME = "customer_first_name"
    LAST_NAME = "customer_last_name"
    FULL_NAME = "customer_full_name"
    CODE = "product_code"
    NAME = "product_name"
    QUANTITY = "quantity"
    PRICE = "unit_price"
    ORDER = "order_id"
    ITEM = "item_id"
    GUEST_EMAIL = "attendee_email"
    GUEST_FIRST_NAME = "attendee_first_name"
    GUEST_LAST_NAME = "attendee_last_name"
    GUEST_FULL_NAME = "attendee_full_name"
    NET_QUANTITY = "net_quantity"
    RETURNED = "returned_quantity"
    CURRENCY = "currency"
    COUNTRY = "country"
    REFERENCE = "refers_to"
    TOTAL = "total"
    DISCOUNT = "discount"
    TAX = "tax"
    SHIPPING = "shipping"
    FEE = "fee"
    REFUND = "refunded"
    LINE_TOTAL = "line_total"
    LINE_DISCOUNT = "line_discount"
    LINE_TAX = "line_tax"
    LINE_FEE = "line_fee"
    LINE_REFUND = "line_refunded"
    STATE = "state"
    ORDER_METADATA = "order_metadata"
    PURCHASE_METADATA = "purchase_metadata"
    IGNORE = "ignore"


OF_LINES: Final = MappingProxyType(
    {
        Role.TOTAL: Role.LINE_TOTAL,
        Role.DISCOUNT: Role.LINE_DISCOUNT,
        Role.TAX: Role.LINE_TAX,
        Role.FEE: Role.LINE_FEE,
        Role.REFUND: Role.LINE_REFUND,
    }
)
"""Amounts that may stand for the order or for the row."""
BUYERS: Final = MappingProxyType(
    {
        Role.GUEST_EMAIL: Role.EMAIL,
        Role.GUEST_FIRST_NAME: Role.FIRST_NAME,
        Role.GUEST_LAST_NAME: Role.LAST_NAME,
        Role.GUEST_FULL_NAME: Role.FULL_NAME,
    }
)
"""What is a guest's, as the buyer's."""
MONEY: Final = frozenset({Role.PRICE, Role.SHIPPING, *OF_LINES, *OF_LINES.values()})

_WHOSE: Final = r"(?:order|cart|line|item|lineitem|row|ticket|payment|transaction|booking|invoice|grand|net|gross)*"
_HEADINGS: Final[tuple[tuple[Role, str], ...]] = (
    (Role.NET_QUANTITY, r"quantityrefund|netquantity|quantitynet|validtickets"),
    (
        Role.RETURNED,
        rf"{_WHOSE}(?:refunded|returned|cancelled|canceled)(?:quantity|qty|tickets|items|pieces)"
        rf"|{_WHOSE}(?:quantity|qty|tickets)(?:refunded|returned|cancelled)",
    ),
    (Role.REFUND, rf"{_WHOSE}(?:total|amount)?refund(?:ed)?(?:total|amount|sum)?|erstattet(?:betrag|belob)?"),
    (
        Role.SHIPPING,
        r"(?:order|cart|invoice)?(?:shipping|versand|fragt|porto|verzend|frakt)(?:kosten|total|amount|price|costs?)*",
    ),
    (
        Role.FEE,
        rf"{_WHOSE}(?:service|booking)?(?:fees?|gebyr|gebuhr|gebuhren|avgift|serviceavgift|vvkgebuhr|oplata)(?:paid|total|amount)*",
    ),
    (
        Role.DISCOUNT,
        rf"{_WHOSE}(?:promotion|coupon|voucher)?(?:discounts?|rabatt?|korting|remise)(?:amount|total|value|belob|betrag|belopp|bedrag)*",
    ),
    (
        Role.TAX,
        rf"{_WHOSE}(?:total)?(?:tax|taxes|vat|moms|mwst|mehrwertsteuer|btw|podatek)(?:amount|total|value|belob|betrag)*",
    ),
    (
        Role.TOTAL,
        rf"{_WHOSE}totals?(?:amount|paid|price|sum|cost|value|gross|brutto)*|{_WHOSE}amount(?:paid)?|(?:gross|total|ticket)sales|gross(?:amount)?|sum|belob|belobialt|ialt"
        r"|prisialt|betrag|gesamt(?:preis|betrag|summe)|summe|summa|totalt|belopp|totaal(?:bedrag|prijs)?|bedrag|wartosc"
        r"|kwota|razem|suma|montant(?:total)?|revenueformatted",
    ),
    (
        Role.CURRENCY,
        r"(?:order|payment|transaction|price)?currency(?:code)?|valuta|valutakode|wahrung|waluta|devise|munt",
    ),
    (
        Role.COUNTRY,
        r"(?:billing|home|customer|invoice|buyer|address)*(?:country|land|pays|kraj)(?:code|kode|iso)?(?:billing)?",
    ),
    (
        Role.REFERENCE,
        r"(?:reference|original|parent|related|refunded)(?:txn|transaction|order|payment|sale|charge)?(?:id|number|no|nr|code)",
    ),
)
_PATTERNS: Final = tuple((role, re.compile(pattern)) for role, pattern in _HEADINGS)
_LISTED: Final = MappingProxyType(
    {
        word: role
        for kind, role in (
            ("total", Role.TOTAL),
            ("shipping", Role.SHIPPING),
            ("fee", Role.FEE),
            ("discount", Role.DISCOUNT),
            ("tax", Role.TAX),
            ("refunded", Role.REFUND),
            ("currency", Role.CURRENCY),
            ("country", Role.COUNTRY),
        )
        for word in said(kind)
    }
)
_WITH_TAX = re.compile(
    r"(?:in[ck]l\w*?(?:vat|tax|taxes|moms|mva|btw|mwst|ust|iva|dph|alv|vsk)?|brutto|ttc|sdph|vcdph|medmoms|medmva"
    r"|ivainclu\w*|coniva|comiva)$"
)
"""How a heading says that an amount is with tax; without it, an amount is no total."""


def role_of(key: str) -> Role | None:
    """Return what a heading's words, run together, stand for beyond Preo's own column types."""
    for one in (key, _WITH_TAX.sub("", key)):
        found = next((role for role, pattern in _PATTERNS if pattern.fullmatch(one)), None) or _LISTED.get(one)
        if found is not None:
            return found
    return None


@dataclass(frozen=True, slots=True)
class Metadata:
    """A column that is stored as it is.

    Attributes:
        place: Where it stands.
        key: What it is stored under.
        of_order: Whether it is stored with the order, else with the ticket.
        said_of_ticket: Whether its heading says that it is the ticket's, not only its values.
    """

    place: int
    key: str
    of_order: bool
    said_of_ticket: bool


@dataclass(frozen=True)
class Roles:
    """Where everything stands.

    Attributes:
        service: The service that wrote the file, None where it is not recognised.
        at: The place of each role.
        states: The places of columns that say what was sold, and how each is read.
        metadata: What is stored as it is.
        once: Places whose value stands on one row of an order and counts for all of them.
        undecided: Amounts that stand the same on all rows of an order: the order's, repeated, or each row's own.
    """

    service: str | None
    at: Mapping[Role, int]
    states: tuple[tuple[int, Reads], ...]
    metadata: tuple[Metadata, ...]
    once: frozenset[int]
    undecided: frozenset[Role]

    def used(self) -> dict[int, list[str]]:
        """Return what each used column is for, by place."""
        out: dict[int, list[str]] = {}
        for role, place in self.at.items():
            out.setdefault(place, []).append(role.value)
        for place, _ in self.states:
            out.setdefault(place, []).append(Role.STATE.value)
        for one in self.metadata:
            out.setdefault(one.place, []).append(f"metadata {one.key}")
        return out
