"""What makes a set of column mappings fit for processing: the errors and warnings of validation."""

from collections import defaultdict
from collections.abc import Sequence

from preo_mcp.api.models.data_imports import (
    METADATA_COLUMN_TYPES,
    REPEATABLE_COLUMN_TYPES,
    REQUIRED_COLUMN_TYPES,
    ColumnType,
)
from preo_mcp.sandbox.store import Doc

Messages = dict[str, list[str]]
"""Sentences by column type."""
LISTED_COLUMNS = 5


def judge(mappings: Sequence[Doc]) -> Doc:
    """Return whether mappings can be processed, with errors and warnings by column type, in the documented shape."""
    columns: dict[str, list[Doc]] = defaultdict(list)
    for mapping in mappings:
        columns[mapping["column_type"] or ""].append(mapping)
    errors = _errors(columns)
    return {"valid": not errors, "errors": errors, "warnings": _warnings(columns)}


def _errors(columns: dict[str, list[Doc]]) -> Messages:
    errors: Messages = defaultdict(list)
    for needed in REQUIRED_COLUMN_TYPES:
        if needed not in columns:
            errors[needed].append(
                "No column has this type, which is required: give it to one, or add such a column to the file."
            )
    for kind in ColumnType:
        if kind not in REPEATABLE_COLUMN_TYPES and len(columns.get(kind, [])) > 1:
            errors[kind].append(f"Only one column can have this type; it is assigned to {_names(columns[kind])}.")
    for kind in METADATA_COLUMN_TYPES:
        _check_keys(columns.get(kind, []), errors[kind])
    return {kind: messages for kind, messages in sorted(errors.items()) if messages}


def _check_keys(mappings: Sequence[Doc], messages: list[str]) -> None:
    by_key: dict[str, list[Doc]] = defaultdict(list)
    for mapping in mappings:
        by_key[mapping["metadata_key"] or ""].append(mapping)
    for key, using in by_key.items():
        if not key:
            messages.append(f"A metadata_key is missing: {_names(using)}.")
        elif len(using) > 1:
            messages.append(f"The metadata_key {key!r} is used more than once: {_names(using)}.")


def _warnings(columns: dict[str, list[Doc]]) -> Messages:
    first, last, full = (
        kind in columns
        for kind in (ColumnType.CUSTOMER_FIRST_NAME, ColumnType.CUSTOMER_LAST_NAME, ColumnType.CUSTOMER_FULL_NAME)
    )
    warnings: Messages = {}
    if full and (first or last):
        warnings[ColumnType.CUSTOMER_FULL_NAME] = ["The full name is only used where first and last name are empty."]
    elif not (full or first or last):
        warnings[ColumnType.CUSTOMER_FULL_NAME] = ["No column holds names: new customers will have none."]
    if ColumnType.ORDER_ID not in columns:
        warnings[ColumnType.ORDER_ID] = [
            "No column holds order ids: each row becomes an order of its own, and a repeated import is not recognised."
        ]
    if ColumnType.UNIT_PRICE not in columns:
        warnings[ColumnType.UNIT_PRICE] = ["No column holds prices: the products' own prices are used."]
    if undecided := columns.get(""):
        warnings[ColumnType.IGNORE] = [f"Columns without a column type are left out: {_names(undecided)}."]
    return warnings


def _names(mappings: Sequence[Doc]) -> str:
    """Return the columns' names, the first few of many."""
    names = ", ".join(repr(mapping["column"][:80]) for mapping in mappings[:LISTED_COLUMNS])
    more = len(mappings) - LISTED_COLUMNS
    return f"{names} and {more} more" if more > 0 else names
