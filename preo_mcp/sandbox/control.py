"""The control plane: what a test or a demonstration wants to see and that Preo's API does not show.

Not part of Preo. It asks for no token, because the sandbox listens on loopback only and holds invented people.
"""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from preo_mcp.sandbox.store import Doc, Store

CONTROL_PREFIX = "/__sandbox"
COUNTED = ("customers", "orders", "purchases")


def edition_counts(store: Store, edition_id: str) -> Doc:
    """Return what an edition holds: customers with an order, orders by type, purchases, turnover in minor units."""
    [(orders, customers, turnover)] = store.db.execute(
        "SELECT count(*), count(DISTINCT customer_id), coalesce(sum(amount), 0) FROM orders WHERE edition_id = ?",
        (edition_id,),
    ).fetchall()
    [(purchases,)] = store.db.execute("SELECT count(*) FROM purchases WHERE edition_id = ?", (edition_id,)).fetchall()
    by_type = store.db.execute("SELECT type, count(*) FROM orders WHERE edition_id = ? GROUP BY type", (edition_id,))
    return {
        "customers": customers,
        "orders": orders,
        "orders_by_type": dict(by_type.fetchall()),
        "purchases": purchases,
        "turnover": turnover,
    }


async def _state(request: Request) -> JSONResponse:
    store: Store = request.app.state.store
    editions = [row[0] for row in store.db.execute("SELECT id FROM editions ORDER BY id")]
    counts = {table: store.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED}  # noqa: S608 - our own names
    return JSONResponse({**counts, "editions": {edition: edition_counts(store, edition) for edition in editions}})


async def _events(request: Request) -> JSONResponse:
    store: Store = request.app.state.store
    after = request.query_params.get("after", "0")
    rows = store.db.execute(
        "SELECT sequence, type, created, doc FROM events WHERE sequence > ? ORDER BY sequence LIMIT 1000",
        (int(after) if after.isdecimal() and len(after) < 16 else 0,),  # a length that SQLite's integers hold
    )
    return JSONResponse([{"sequence": n, "type": t, "created": c, "data": json.loads(doc)} for n, t, c, doc in rows])


ROUTES = [
    Route(f"{CONTROL_PREFIX}/state", _state),
    Route(f"{CONTROL_PREFIX}/events", _events),
]
