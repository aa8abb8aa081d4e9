"""What the sandbox holds and what happened in it, for whoever looks in from outside."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from preo_mcp.sandbox.control.numbers import after_of
from preo_mcp.sandbox.control.prefix import CONTROL_PREFIX
from preo_mcp.sandbox.store import Doc, Store

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


def state_of(store: Store) -> Doc:
    """Return how many customers, orders and purchases there are, in all and (as `edition_counts`) by edition."""
    editions = [row[0] for row in store.db.execute("SELECT id FROM editions ORDER BY id")]
    counts = {table: store.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED}  # noqa: S608 - our own names
    return {**counts, "editions": {edition: edition_counts(store, edition) for edition in editions}}


async def _state(request: Request) -> JSONResponse:
    return JSONResponse(state_of(request.app.state.store))


async def _events(request: Request) -> JSONResponse:
    store: Store = request.app.state.store
    rows = store.db.execute(
        "SELECT sequence, type, created, doc FROM events WHERE sequence > ? ORDER BY sequence LIMIT 1000",
        (after_of(request),),
    )
    return JSONResponse([{"sequence": n, "type": t, "created": c, "data": json.loads(doc)} for n, t, c, doc in rows])


ROUTES = [
    Route(f"{CONTROL_PREFIX}/state", _state),
    Route(f"{CONTROL_PREFIX}/events", _events),
]
