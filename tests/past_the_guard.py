"""The sandbox past the guard: calls as another person at work in Preo makes them, and what its database has."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from preo_mcp.api.operations import Operation
from preo_mcp.backend import Backend
from preo_mcp.sandbox.in_process import SANDBOX_URL
from tests.door import Door


async def control_of(backend: Backend) -> httpx.AsyncClient:
    """Return a client of the sandbox's control plane, over the wire that the server's own client was given."""
    transport: httpx.AsyncBaseTransport | None = vars(await backend.client())["_given"]
    assert transport is not None, "this server is before no sandbox in this process"
    return httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL)


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
