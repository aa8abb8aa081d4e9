"""Data imports: stages, column types, requests and responses (documentation: Data Imports)."""

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, cast

from pydantic import MISSING, BeforeValidator, Field, WithJsonSchema

from preo_mcp.api.models.base import Change, Embedded, PageQuery, Request, Response
from preo_mcp.api.operations import (
    CANCEL_DATA_IMPORT,
    PREVIEW_IMPORT_ORDERS,
    PROCESS_COLUMN_MAPPINGS,
    START_IMPORT,
    UPDATE_COLUMN_MAPPINGS,
    UPDATE_PRODUCT_MAPPINGS,
    VALIDATE_COLUMN_MAPPINGS,
    Operation,
)

NAME_MAX_LENGTH = 200
COUNTRY_CODE_MAX_LENGTH = 6
PREVIEW_DEFAULT_LIMIT = 50
PREVIEW_MAX_LIMIT = 1000


class Stage(StrEnum):
    """Where a data import stands, in the order in which it moves on."""

    UPLOADED = "uploaded"
    NEEDS_COLUMN_MAPPING = "needs_column_mapping"
    NEEDS_PRODUCT_MAPPING = "needs_product_mapping"
    IMPORTING = "importing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STAGES = frozenset({Stage.COMPLETED, Stage.FAILED, Stage.CANCELLED})
PARSED_STAGES = frozenset({Stage.NEEDS_PRODUCT_MAPPING, Stage.IMPORTING, Stage.COMPLETED})
"""The stages in which `parsed_data`, `product_mappings_complete` and the preview exist."""

ALLOWED_STAGES: MappingProxyType[Operation, frozenset[Stage]] = MappingProxyType(
    {
        VALIDATE_COLUMN_MAPPINGS: frozenset({Stage.NEEDS_COLUMN_MAPPING}),
        UPDATE_COLUMN_MAPPINGS: frozenset({Stage.NEEDS_COLUMN_MAPPING, Stage.NEEDS_PRODUCT_MAPPING}),
        PROCESS_COLUMN_MAPPINGS: frozenset({Stage.NEEDS_COLUMN_MAPPING}),
        PREVIEW_IMPORT_ORDERS: PARSED_STAGES,
        UPDATE_PRODUCT_MAPPINGS: frozenset({Stage.NEEDS_PRODUCT_MAPPING, Stage.IMPORTING}),
        START_IMPORT: frozenset({Stage.NEEDS_PRODUCT_MAPPING}),
        CANCEL_DATA_IMPORT: frozenset(Stage) - FINAL_STAGES,
    }
)
"""The stages in which each operation is allowed. Cancelling a cancelled import is refused (inferred)."""


class ColumnType(StrEnum):
    """What a column of the file holds, in the order of Preo's list (the last three members are inferred)."""

    CUSTOMER_EMAIL = "customer_email"
    PRODUCT_CODE = "product_code"
    QUANTITY = "quantity"
    CUSTOMER_PHONE = "customer_phone"
    CUSTOMER_FIRST_NAME = "customer_first_name"
    CUSTOMER_LAST_NAME = "customer_last_name"
    CUSTOMER_FULL_NAME = "customer_full_name"
    PRODUCT_NAME = "product_name"
    UNIT_PRICE = "unit_price"
    ORDER_ID = "order_id"
    ITEM_ID = "item_id"
    ORDER_METADATA = "order_metadata"
    PURCHASE_METADATA = "purchase_metadata"
    IGNORE = "ignore"


REQUIRED_COLUMN_TYPES = (ColumnType.CUSTOMER_EMAIL, ColumnType.PRODUCT_CODE, ColumnType.QUANTITY)
METADATA_COLUMN_TYPES = frozenset({ColumnType.ORDER_METADATA, ColumnType.PURCHASE_METADATA})
REPEATABLE_COLUMN_TYPES = METADATA_COLUMN_TYPES | {ColumnType.IGNORE}
"""The types that several columns of one file may have."""


class ImportOrdering(StrEnum):
    """How a list of data imports can be ordered; `-` is descending."""

    CREATED = "created"
    CREATED_DESC = "-created"
    MODIFIED = "modified"
    MODIFIED_DESC = "-modified"
    STAGE = "stage"
    STAGE_DESC = "-stage"


class ListDataImportsQuery(PageQuery):
    """The query of List data imports."""

    created_after: datetime | MISSING = MISSING
    created_before: datetime | MISSING = MISSING
    edition_id: str | MISSING | None = MISSING
    include_cancelled: bool = False
    ordering: list[ImportOrdering] | MISSING = MISSING
    service: str | MISSING = MISSING
    stage: Stage | MISSING = MISSING


class PreviewQuery(Request):
    """The query of Preview import orders."""

    limit: int = Field(default=PREVIEW_DEFAULT_LIMIT, ge=1, le=PREVIEW_MAX_LIMIT)
    offset: int = Field(default=0, ge=0)


class StartImportQuery(Request):
    """The query of Start import process."""

    ignore_warnings: bool = False


class CreateDataImportRequest(Request):
    """The body of Create data import; for this one no limit on the country code's length is documented."""

    edition_id: str
    data_file_base64: str = Field(repr=False)
    data_file_name: str = Field(min_length=1)
    name: Annotated[str, Field(max_length=NAME_MAX_LENGTH)] | MISSING = MISSING
    default_country_code: str | MISSING | None = MISSING


class DataImportSettings(Request):
    """The body of Update data import; null as country code means the edition's."""

    name: Annotated[str, Field(max_length=NAME_MAX_LENGTH)] | MISSING = MISSING
    default_country_code: Annotated[str, Field(max_length=COUNTRY_CODE_MAX_LENGTH)] | MISSING | None = MISSING


class ChangedSettings(Response):
    """The answer of Update data import; a country code of None means the edition's."""

    name: str | None = None
    default_country_code: str | None = None


class ColumnMappingChange(Change):
    """A new meaning for one column."""

    id: str
    column_type: ColumnType | MISSING | None = MISSING
    metadata_key: str | MISSING | None = MISSING


class UpdateColumnMappingsRequest(Request):
    """The body of Update column mappings."""

    mappings: list[ColumnMappingChange]


class ProductMappingChange(Change):
    """The product, and where it has any the variant, that a product of the file stands for; null unassigns."""

    id: str
    product_id: str | MISSING | None = MISSING
    variant_id: str | MISSING | None = MISSING


class UpdateProductMappingsRequest(Request):
    """The body of Update product mappings."""

    mappings: list[ProductMappingChange]


def _none_if_no_rows(value: object) -> object:
    if not isinstance(value, dict):
        return value
    problems = cast("dict[str, Any]", value)
    return problems if problems.get("count") else None


def _as_bool(value: object) -> object:
    """The documentation declares a string and means a boolean: both are accepted."""
    return {"true": True, "false": False, "": None}.get(value.casefold(), value) if isinstance(value, str) else value


class Organization(Embedded):
    """An organization as it stands inside other objects."""

    id: str
    name: str | None = None
    slug: str | None = Field(default=None, exclude=True)


class Edition(Embedded):
    """An edition as it stands inside other objects; times are UTC, shown in `timezone`."""

    id: str
    full_name: str | None = None
    slug: str | None = Field(default=None, exclude=True)
    start_date: datetime | None = Field(default=None, exclude=True)
    end_date: datetime | None = Field(default=None, exclude=True)
    timezone: str | None = None
    is_draft: bool | None = Field(default=None, exclude=True)
    published_at: datetime | None = Field(default=None, exclude=True)


class ParsedData(Response):
    """What the parsed file holds; `existing` counts what the edition had before."""

    customers_total: int | None = None
    customers_existing: int | None = None
    products_total: int | None = None
    products_existing: int | None = None
    orders_total: int | None = None
    orders_existing: int | None = None


class RowProblem(Response):
    """A row of the file that was left out; `line` counts from 1."""

    line: int
    reason: str


class RowProblems(Response):
    """The rows that were left out: all counted, the first of them listed."""

    count: int
    listed: list[RowProblem] = Field(default_factory=list[RowProblem])


class Progress(Response):
    """How far a running import has come, in orders or rows."""

    done: int
    total: int | None = None


class ImportResult(Response):
    """What an import wrote and what it passed over."""

    orders_imported: int | None = None
    orders_skipped_existing: int | None = None
    orders_skipped_unmapped: int | None = None
    purchases_imported: int | None = None
    items_skipped: int | None = None
    customers_created: int | None = None


class FileFormat(Embedded):
    """What was detected in the file."""

    kind: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    sheet: str | None = None
    notes: list[str] | None = None


class DataImport(Response):
    """A data import with its statistics; the fields from `error_message` on are inferred."""

    id: str
    name: str | None = None
    organization: Organization | None = None
    edition: Edition | None = None
    stage: Stage
    service: str | None = None
    default_country_code: str | None = None
    data_file_url: str | None = Field(default=None, exclude=True)
    data_file_name: str | None = None
    parsed_data: ParsedData | None = None
    product_mappings_complete: Annotated[
        bool | None, BeforeValidator(_as_bool, json_schema_input_type=bool | str | None)
    ] = None
    created: datetime | None = None
    modified: datetime | None = None
    error_message: str | None = None
    row_problems: Annotated[RowProblems | None, BeforeValidator(_none_if_no_rows)] = None
    processing: bool | None = Field(default=None, exclude=True)
    progress: Progress | None = None
    import_result: ImportResult | None = None
    file_format: FileFormat | None = None


class ImportStep(Embedded):
    """A data import after a step: where it stands now, and what the step brought to light."""

    id: str
    name: str | None = None
    edition: Edition | None = None
    stage: Stage
    service: str | None = None
    data_file_name: str | None = None
    default_country_code: str | None = None
    parsed_data: ParsedData | None = None
    row_problems: Annotated[RowProblems | None, BeforeValidator(_none_if_no_rows)] = None
    file_format: FileFormat | None = None
    error_message: str | None = None


class ListedDataImport(Embedded):
    """A data import as a row of a list: enough to recognise it and to see what it needs."""

    id: str
    name: str | None = None
    edition: Edition | None = None
    stage: Stage
    service: str | None = None
    data_file_name: str | None = None
    created: datetime | None = None
    modified: datetime | None = None


INTEGER_OR_TEXT = {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]}
"""A number that the documentation declares as a string: both are accepted."""


class ColumnMapping(Response):
    """What one column of the file means; a column_type of None is undecided."""

    id: str
    column: str
    column_type: ColumnType | str | None = None
    metadata_key: str | None = None
    order: Annotated[
        int | None,
        Field(description="position in the file, from 0"),
        WithJsonSchema(INTEGER_OR_TEXT, mode="validation"),
    ] = None


class Product(Embedded):
    """A product as it stands inside a product mapping."""

    api_id: str = Field(serialization_alias="id")
    name: str | None = None
    is_draft: bool | None = Field(default=None, exclude=True)


class Variant(Embedded):
    """A variant of a product as it stands inside a product mapping."""

    api_id: str = Field(serialization_alias="id")
    name: str | None = None


class ProductMapping(Response):
    """A distinct product of the file, and what it stands for in the edition; a product of None is unmapped."""

    id: str
    product_sku: str | None = None
    product_name: str | None = None
    product: Product | None = None
    variant: Variant | None = None
    quantity_in_import: Annotated[int | None, WithJsonSchema(INTEGER_OR_TEXT, mode="validation")] = None


class PreviewProduct(Response):
    """A line of an order in the file; `unit_price` in the edition's currency."""

    product_name: str | None = None
    product_sku: str | None = None
    quantity: int | None = None
    item_id: str | None = None
    unit_price: float | None = None
    purchase_metadata: dict[str, Any] | None = None


class PreviewOrder(Response):
    """An order as it was read from the file."""

    email: str | None = None
    phone_number: str | None = None
    phone_number_original: str | None = None
    phone_number_valid: bool | None = None
    first_name: str | None = None
    last_name: str | None = None
    order_id: str | None = None
    products: list[PreviewProduct] = Field(default_factory=list[PreviewProduct])
    order_metadata: dict[str, Any] | None = None


class ImportPreview(Response):
    """A slice of the orders in a file."""

    total: int
    limit: int
    offset: int
    orders: list[PreviewOrder]
    order_metadata_keys: list[str] = Field(default_factory=list[str])
    purchase_metadata_keys: list[str] = Field(default_factory=list[str])


class MappingValidation(Response):
    """Whether the column mappings can be processed, and by key what stands in the way or deserves a look."""

    valid: bool
    errors: dict[str, list[str]] = Field(default_factory=dict[str, list[str]])
    warnings: dict[str, list[str]] = Field(default_factory=dict[str, list[str]])
