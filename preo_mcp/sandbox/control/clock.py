"""The sandbox's clock: show it, and move it forward."""

from datetime import timedelta
from typing import Final

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from preo_mcp.sandbox.bodies import DEFAULT_LIMIT, read_json
from preo_mcp.sandbox.clock import MovableClock
from preo_mcp.sandbox.control.prefix import CONTROL_PREFIX
from preo_mcp.sandbox.problems import invalid
from preo_mcp.sandbox.store import Store
from preo_mcp.sandbox.validation import check_body

AHEAD_KEY: Final = "clock_ahead_seconds"
"""The key in `meta` of how far the clock was moved: the time of a sandbox that is kept does not go back."""

FURTHEST: Final = timedelta(days=3660)
"""How far ahead of the time it began with the clock can be, all moves together."""


class Move(BaseModel):
    """How far the clock is moved."""

    advance_seconds: float = Field(gt=0, le=FURTHEST.total_seconds())


def movable_clock(store: Store) -> MovableClock:
    """Make the store's clock one that can be moved, as far ahead as it was; return it."""
    if not isinstance(store.clock, MovableClock):
        row = store.db.execute("SELECT value FROM meta WHERE key = ?", (AHEAD_KEY,)).fetchone()
        store.clock = MovableClock(store.clock, timedelta(seconds=float(row[0]) if row else 0))
    return store.clock


async def _show(request: Request) -> JSONResponse:
    store: Store = request.app.state.store
    clock: MovableClock = request.app.state.clock
    return JSONResponse({"now": store.now(), "ahead_seconds": clock.ahead.total_seconds()})


async def _move(request: Request) -> JSONResponse:
    """Move the clock; what is due by then begins right away.

    Raises:
        Problem: 400.
    """
    clock: MovableClock = request.app.state.clock
    by = timedelta(seconds=check_body(Move, await read_json(request, DEFAULT_LIMIT)).advance_seconds)
    if clock.ahead + by > FURTHEST:
        raise invalid(advance_seconds=f"The clock can be {FURTHEST.days} days ahead at most.")
    clock.move(by)
    store: Store = request.app.state.store
    store.db.execute("REPLACE INTO meta VALUES (?, ?)", (AHEAD_KEY, str(clock.ahead.total_seconds())))
    request.app.state.deliverer.wake()
    return await _show(request)


ROUTES = (
    Route(f"{CONTROL_PREFIX}/clock", _show, methods=["GET"]),
    Route(f"{CONTROL_PREFIX}/clock", _move, methods=["POST"]),
)
