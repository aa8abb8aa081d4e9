"""The server as a process, which can be killed and started again on the same folders, and what it did to Preo."""

import os
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from preo_mcp.sandbox.seed import seeded_store
from preo_mcp.settings import PREFIX
from tests.door import Era

COMMAND = [sys.executable, "-m", "preo_mcp"]
PATIENCE = 20.0
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
LAUNCH = (
    "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); "
    "from preo_mcp.cli import main; main(sys.argv[2:])"
)
"""Runs the server in a process whose id the test learns: the official client does not tell it."""
PURCHASES = (
    "SELECT min(p.id) FROM purchases AS p JOIN orders AS o ON o.id = p.order_id "
    "WHERE o.organization_id = 'org_nordlys' AND o.status = 'completed' AND o.type = 'online' "
    "AND json_extract(p.doc, '$.price') BETWEEN 1000 AND 50000 AND o.id NOT IN (SELECT order_id FROM refunds) "
    "GROUP BY o.id ORDER BY 1 LIMIT ?"
)


def environment(**settings: str) -> dict[str, str]:
    """Return this process's environment with these settings of ours and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}


def seeded(folder: Path) -> Path:
    """Return `folder` with a seeded sandbox in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "preo.db").write_bytes(_database())
    return folder


@cache
def _database() -> bytes:
    with seeded_store() as store:
        return store.db.serialize()


def refundable(sandbox: Path, count: int) -> list[dict[str, Any]]:
    """Return the arguments of refunds of purchases, each of another order."""
    with closing(sqlite3.connect(sandbox / "preo.db")) as db:
        found = db.execute(PURCHASES, (count,)).fetchall()
    assert len(found) == count
    return [{"purchase_id": key, "reason": "duplicate_purchase"} for (key,) in found]


def refunds(sandbox: Path, arguments: dict[str, Any]) -> int:
    """Return how many refunds of a purchase there are."""
    query = "SELECT count(*) FROM refund_parts WHERE purchase_id = ?"
    with closing(sqlite3.connect(sandbox / "preo.db", timeout=PATIENCE)) as db:
        return db.execute(query, (arguments["purchase_id"],)).fetchone()[0]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that a client is connected to."""

    client: Client
    pid: int

    def kill(self) -> None:
        """End it at once, without a chance to tidy up."""
        os.kill(self.pid, KILL)


@asynccontextmanager
async def server(folder: Path, era: Era, *flags: str, environ: dict[str, str]) -> AsyncGenerator[Running]:
    """Run a server over stdio, with a client that cannot ask anybody."""
    note = folder / "pid"
    command = StdioServerParameters(
        command=sys.executable, args=["-c", LAUNCH, str(note), *flags], env=environ, cwd=folder
    )
    with (folder / "stderr.txt").open("a", encoding="utf-8") as log:
        async with Client(stdio_client(command, errlog=log), mode=era) as client:
            yield Running(client, int(note.read_text()))
