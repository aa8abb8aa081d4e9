"""Export segment users as CSV: to a file in an allowed folder, or the first rows of it."""

import csv
from itertools import islice
from typing import Annotated

from pydantic import MISSING, BaseModel, Field

from preo_mcp.destinations import destination, save
from preo_mcp.models.segments import CSV
from preo_mcp.operations import EXPORT_SEGMENT_USERS
from preo_mcp.preo import Preo
from preo_mcp.tool import tool

SUFFIX = ".csv"
PREVIEWED = 5
"""Rows that are shown."""
BYTE_ORDER_MARK = "\ufeff"


class Export(BaseModel):
    """How many customers a segment's export has, where it is, and the first of them."""

    user_count: int
    saved_to: str | None = None
    first_rows: list[dict[str, str]]


@tool(EXPORT_SEGMENT_USERS)
async def export_segment_users(
    preo: Preo,
    segment_id: str,
    save_to: Annotated[str, Field(description="New .csv in an allowed folder.")] | MISSING = MISSING,
) -> Export:
    """Export a completed segment's customers as CSV; without save_to only the first rows."""
    path = None if save_to is MISSING else destination(preo.settings, save_to, SUFFIX)
    text = await preo.text(EXPORT_SEGMENT_USERS, CSV, id=segment_id)
    if path is not None:
        await save(path, text.encode())
    rows = csv.DictReader(text.removeprefix(BYTE_ORDER_MARK).splitlines(keepends=True))
    first = [{str(name): value for name, value in row.items()} for row in islice(rows, PREVIEWED)]
    return Export(
        user_count=len(first) + sum(1 for _ in rows),
        saved_to=None if path is None else str(path),
        first_rows=first,
    )
