"""Beginning anew: the invented data of a seed, the present time, no faults, no recorded requests."""

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from preo_mcp.sandbox.bodies import DEFAULT_LIMIT, read_json
from preo_mcp.sandbox.clock import MovableClock
from preo_mcp.sandbox.control.prefix import CONTROL_PREFIX
from preo_mcp.sandbox.control.state import state_of
from preo_mcp.sandbox.faults import Faults
from preo_mcp.sandbox.request_log import RequestLog
from preo_mcp.sandbox.validation import check_body

LARGEST_SEED = 2**31 - 1


class Beginning(BaseModel):
    """Which invented data to begin with."""

    seed: int = Field(default=1, ge=0, le=LARGEST_SEED)


async def _reset(request: Request) -> JSONResponse:
    """Begin anew and answer what there is then; requests that are under way may fail.

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
    return JSONResponse(state_of(state.store))


ROUTES = (Route(f"{CONTROL_PREFIX}/reset", _reset, methods=["POST"]),)
"""The body says the seed: `{}` or `{"seed": 7}`."""
