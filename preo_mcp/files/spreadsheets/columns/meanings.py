"""What a heading can stand for."""

from dataclasses import dataclass
from typing import Final

from preo_mcp.api.models.data_imports import ColumnType

CUSTOMER_TYPES: Final = frozenset(
    {
        ColumnType.CUSTOMER_EMAIL,
        ColumnType.CUSTOMER_PHONE,
        ColumnType.CUSTOMER_FIRST_NAME,
        ColumnType.CUSTOMER_LAST_NAME,
        ColumnType.CUSTOMER_FULL_NAME,
    }
)

LABELS: Final = {
    ColumnType.CUSTOMER_EMAIL: "an e-mail address",
    ColumnType.CUSTOMER_PHONE: "a phone number",
    ColumnType.CUSTOMER_FIRST_NAME: "a first name",
    ColumnType.CUSTOMER_LAST_NAME: "a last name",
    ColumnType.CUSTOMER_FULL_NAME: "a full name",
    ColumnType.PRODUCT_CODE: "a product's code",
    ColumnType.PRODUCT_NAME: "a product's name",
    ColumnType.QUANTITY: "a quantity",
    ColumnType.UNIT_PRICE: "a price per unit",
    ColumnType.ORDER_ID: "an order's number",
    ColumnType.ITEM_ID: "a ticket's or line's number",
    ColumnType.ORDER_METADATA: "something known about the order",
    ColumnType.PURCHASE_METADATA: "something known about the ticket",
    ColumnType.IGNORE: "nothing that Preo imports",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a heading can stand for.

    Attributes:
        column_type: Its type.
        confidence: How surely the heading alone says so, 0 to 1.
        reason: Why, for a person and a model.
        key: The metadata key, for the two kinds of metadata.
    """

    column_type: ColumnType
    confidence: float
    reason: str
    key: str | None = None
