"""The requests that were made since the start."""

from itertools import islice
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from preo_mcp.sandbox.control.numbers import after_of
from preo_mcp.sandbox.control.prefix import CONTROL_PREFIX
from preo_mcp.sandbox.request_log import RequestLog

PAGE: Final = 1000


async def _show(request: Request) -> JSONResponse:
    """Answer up to `PAGE` requests behind the sequence `after`, the oldest first."""
    log: RequestLog = request.app.state.request_log
    return JSONResponse(list(islice(log.shown(after_of(request)), PAGE)))


ROUTES = (Route(f"{CONTROL_PREFIX}/requests", _show),)
