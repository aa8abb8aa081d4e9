"""The control plane: what a test or a demonstration wants to see and do, and that Preo's API does not offer.

It shows what the sandbox holds, what happened in it and which requests it got; sets the rules by which requests fail
on purpose; moves the clock; and begins anew. Not part of Preo. It asks for no token, because the sandbox listens on
loopback only and holds invented people.
"""

import json
from datetime import timedelta
from itertools import islice
from typing import Final

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from preo_mcp.sandbox.bodies import DEFAULT_LIMIT, read_json
from preo_mcp.sandbox.clock import MovableClock
from preo_mcp.sandbox.faults import MOST_RULES, FaultRule, Faults
from preo_mcp.sandbox.problems import Problem, invalid
from preo_mcp.sandbox.request_log import RequestLog
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.sandbox.validation import check_body, reasons

CONTROL_PREFIX = "/__sandbox"
"""Where the control plane is mounted."""

COUNTED = ("customers", "orders", "purchases")
PAGE: Final = 1000
LONGEST_NUMBER: Final = 15
"""Digits that SQLite's integers hold."""

RULES = TypeAdapter(list[FaultRule])

AHEAD_KEY: Final = "clock_ahead_seconds"
"""The key in `meta` of how far the clock was moved: the time of a sandbox that is kept does not go back."""
FURTHEST: Final = timedelta(days=3660)
"""How far ahead of the time it began with the clock can be, all moves together."""

LARGEST_SEED = 2**31 - 1


class Move(BaseModel):
    """How far the clock is moved."""

    advance_seconds: float = Field(gt=0, le=FURTHEST.total_seconds())


class Beginning(BaseModel):
    """Which invented data to begin with."""

    seed: int = Field(default=1, ge=0, le=LARGEST_SEED)


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


def movable_clock(store: Store) -> MovableClock:
    """Make the store's clock one that can be moved, as far ahead as it was; return it."""
    if not isinstance(store.clock, MovableClock):
        row = store.db.execute("SELECT value FROM meta WHERE key = ?", (AHEAD_KEY,)).fetchone()
        store.clock = MovableClock(store.clock, timedelta(seconds=float(row[0]) if row else 0))
    return store.clock


def after_of(request: Request) -> int:
    """Return the sequence after which a list begins: the query's `after`, 0 for anything that is no number."""
    after = request.query_params.get("after", "0")
    return int(after) if after.isdecimal() and len(after) <= LONGEST_NUMBER else 0


async def _show_state(request: Request) -> JSONResponse:
    return JSONResponse(_state_of(request.app.state.store))


async def _show_events(request: Request) -> JSONResponse:
    """Answer up to `PAGE` events after the sequence `after`, the oldest first."""
    store: Store = request.app.state.store
    rows = store.db.execute(
        "SELECT sequence, type, created, doc FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?",
        (after_of(request), PAGE),
    )
    return JSONResponse([{"sequence": n, "type": t, "created": c, "data": json.loads(doc)} for n, t, c, doc in rows])


async def _show_rules(request: Request) -> JSONResponse:
    faults: Faults = request.app.state.faults
    return JSONResponse([armed.shown() for armed in faults.armed])


async def _add_rules(request: Request) -> JSONResponse:
    """Add a list of rules to those in force, which come first; one bad rule refuses them all.

    Raises:
        Problem: 400 with the reasons by the rule's place and field.
    """
    faults: Faults = request.app.state.faults
    rules = _rules(await read_json(request, DEFAULT_LIMIT))
    if len(faults.armed) + len(rules) > MOST_RULES:
        raise invalid(non_field_errors=f"There can be {MOST_RULES} rules at most; DELETE removes those in force.")
    faults.add(rules)
    return await _show_rules(request)


async def _remove_rules(request: Request) -> Response:
    faults: Faults = request.app.state.faults
    faults.clear()
    return Response(status_code=204)


async def _show_clock(request: Request) -> JSONResponse:
    store: Store = request.app.state.store
    clock: MovableClock = request.app.state.clock
    return JSONResponse({"now": store.now(), "ahead_seconds": clock.ahead.total_seconds()})


async def _move_clock(request: Request) -> JSONResponse:
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
    return await _show_clock(request)


async def _show_requests(request: Request) -> JSONResponse:
    """Answer up to `PAGE` requests after the sequence `after`, the oldest first."""
    log: RequestLog = request.app.state.request_log
    return JSONResponse(list(islice(log.shown(after_of(request)), PAGE)))


async def _reset(request: Request) -> JSONResponse:
    """Begin anew and answer what there is then; requests that are under way may fail.

    There are then the invented data of the seed that the body gives (`{}` or `{"seed": 7}`), the present time, no
    faults, and no recorded requests.

    Raises:
        Problem: 400.
    """
    state = request.app.state
    clock: MovableClock = state.clock
    faults: Faults = state.faults
    log: RequestLog = state.request_log
    number = check_body(Beginning, await read_json(request, DEFAULT_LIMIT)).seed
    clock.restart()
    await state.life.reset(number)
    faults.clear()
    log.clear()
    return JSONResponse(_state_of(state.store))


ROUTES = (
    Route(f"{CONTROL_PREFIX}/state", _show_state),
    Route(f"{CONTROL_PREFIX}/events", _show_events),
    Route(f"{CONTROL_PREFIX}/faults", _show_rules, methods=["GET"]),
    Route(f"{CONTROL_PREFIX}/faults", _add_rules, methods=["POST"]),
    Route(f"{CONTROL_PREFIX}/faults", _remove_rules, methods=["DELETE"]),
    Route(f"{CONTROL_PREFIX}/clock", _show_clock, methods=["GET"]),
    Route(f"{CONTROL_PREFIX}/clock", _move_clock, methods=["POST"]),
    Route(f"{CONTROL_PREFIX}/requests", _show_requests),
    Route(f"{CONTROL_PREFIX}/reset", _reset, methods=["POST"]),
)


def _state_of(store: Store) -> Doc:
    """Return how many customers, orders and purchases there are, in all and (as `edition_counts`) by edition."""
    editions = [row[0] for row in store.db.execute("SELECT id FROM editions ORDER BY id")]
    counts = {table: store.db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED}  # noqa: S608 - our own names
    return {**counts, "editions": {edition: edition_counts(store, edition) for edition in editions}}


def _rules(body: object) -> list[FaultRule]:
    if not isinstance(body, list):
        raise invalid(non_field_errors='Give a list of rules, such as [{"kind": "drop_after", "every": 3}].')
    try:
        return RULES.validate_python(body)
    except ValidationError as exc:
        raise Problem(400, reasons(exc)) from exc
