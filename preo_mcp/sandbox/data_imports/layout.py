"""Where in a row what stands, compiled from the column mappings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from preo_mcp.api.models.data_imports import ColumnType
from preo_mcp.sandbox.importing.prices import DecimalMark, decimal_mark
from preo_mcp.sandbox.store import Doc


@dataclass(frozen=True, slots=True)
class Layout:
    """The positions of the columns in a row; None where the file has no such column.

    Attributes:
        decimal: The decimal mark of the price column, for prices that could be read either way.
        minor_units: How many decimals prices have.
        order_metadata: Positions with their keys.
        purchase_metadata: Positions with their keys.
    """

    email: int
    sku: int
    quantity: int
    phone: int | None
    first_name: int | None
    last_name: int | None
    full_name: int | None
    product_name: int | None
    unit_price: int | None
    order_id: int | None
    item_id: int | None
    decimal: DecimalMark | None
    minor_units: int
    order_metadata: tuple[tuple[int, str], ...]
    purchase_metadata: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, mappings: Sequence[Doc], samples: Sequence[Sequence[str]], minor_units: int = 2) -> Self:
        """Compile valid column mappings, in the order of the file; `samples` are some of its rows.

        `minor_units` are the decimals of the edition's currency.
        """
        at = {mapping["column_type"]: position for position, mapping in enumerate(mappings)}
        price = at.get(ColumnType.UNIT_PRICE)
        return cls(
            email=at[ColumnType.CUSTOMER_EMAIL],
            sku=at[ColumnType.PRODUCT_CODE],
            quantity=at[ColumnType.QUANTITY],
            phone=at.get(ColumnType.CUSTOMER_PHONE),
            first_name=at.get(ColumnType.CUSTOMER_FIRST_NAME),
            last_name=at.get(ColumnType.CUSTOMER_LAST_NAME),
            full_name=at.get(ColumnType.CUSTOMER_FULL_NAME),
            product_name=at.get(ColumnType.PRODUCT_NAME),
            unit_price=price,
            order_id=at.get(ColumnType.ORDER_ID),
            item_id=at.get(ColumnType.ITEM_ID),
            decimal=None if price is None else decimal_mark(cells[price] for cells in samples),
            minor_units=minor_units,
            order_metadata=_metadata(mappings, ColumnType.ORDER_METADATA),
            purchase_metadata=_metadata(mappings, ColumnType.PURCHASE_METADATA),
        )


def _metadata(mappings: Sequence[Doc], kind: ColumnType) -> tuple[tuple[int, str], ...]:
    return tuple(
        (position, mapping["metadata_key"])
        for position, mapping in enumerate(mappings)
        if mapping["column_type"] == kind
    )
