"""Orders of another system, imported without a file (documentation: Import external orders)."""

from typing import Annotated, Any

from pydantic import MISSING, Field

from preo_mcp.api.models.base import Request, Response


class ExternalOrderItem(Request):
    """One line of an external order; `price` is per unit in the edition's currency."""

    product_id: str
    quantity: int = Field(ge=1)
    variant_id: str | MISSING | None = MISSING
    option_ids: list[str] | MISSING = MISSING
    price: Annotated[float, Field(ge=0)] | MISSING | None = MISSING
    purchase_metadata: dict[str, Any] | MISSING = MISSING


class ExternalOrder(Request):
    """An order of another system; `order_id` is that system's and decides what is a duplicate."""

    email: str
    order_id: str = Field(min_length=1)
    items: list[ExternalOrderItem] = Field(min_length=1)
    phone_number: str | MISSING | None = MISSING
    first_name: str | MISSING | None = MISSING
    last_name: str | MISSING | None = MISSING
    order_metadata: dict[str, Any] | MISSING = MISSING


class ImportExternalOrdersRequest(Request):
    """The body of Import external orders."""

    edition_id: str = Field(max_length=255)
    orders: list[ExternalOrder]


class ExternalOrdersResult(Response):
    """How many external orders were queued, and which were skipped as duplicates."""

    status: str
    queued_count: int
    skipped_count: int
    skipped_order_ids: list[str]
