"""Shop exports as tables: CSV in any usual encoding and dialect, and Excel workbooks, streamed row by row."""

from preo_mcp.files.spreadsheets.encoding import ENCODINGS
from preo_mcp.files.spreadsheets.limits import DEFAULT_LIMITS, Limits
from preo_mcp.files.spreadsheets.opening import open_table, open_table_async
from preo_mcp.files.spreadsheets.streaming import blocks, rows, sample
from preo_mcp.files.spreadsheets.table import (
    BadRow,
    Block,
    Checkpoint,
    Fault,
    FileKind,
    Overrides,
    Row,
    Table,
    TableFormat,
    UnreadableTable,
)

__all__ = [
    "DEFAULT_LIMITS",
    "ENCODINGS",
    "BadRow",
    "Block",
    "Checkpoint",
    "Fault",
    "FileKind",
    "Limits",
    "Overrides",
    "Row",
    "Table",
    "TableFormat",
    "UnreadableTable",
    "blocks",
    "open_table",
    "open_table_async",
    "rows",
    "sample",
]
