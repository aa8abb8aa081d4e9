"""The sandbox past the guard: calls as another person at work in Preo makes them, and what its database has."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from preo_mcp.api.operations import Operation
from tests.door import Door


async def in_preo(door: Door, operation: Operation, body: object = None, **path: str) -> dict[str, Any]:
    """Call an operation past the guard."""
    client = await door.backend.client()
    return await client.send(operation, path=path, body=body)


def rows(folder: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what the sandbox's database has."""
    with closing(sqlite3.connect(folder / "preo.db", timeout=5)) as db:
        return db.execute(statement, values).fetchall()


def number(folder: Path, statement: str, *values: object) -> int:
    [(found,)] = rows(folder, statement, *values)
    return int(found or 0)


def doc(folder: Path, table: str, key: str) -> dict[str, Any]:
    """Return a document of the sandbox."""
    [(found,)] = rows(folder, f"SELECT doc FROM {table} WHERE id = ?", key)
    return json.loads(found)
