"""Pages served without a backend around them."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from starlette.routing import Route

from preo_mcp.web.site import Server, Site


def serving_routes(routes: Sequence[Route]) -> Callable[..., Coroutine[Any, Any, None]]:
    """Return what serves pages until cancelled, for a task group or a portal to start."""
    site = Site(_never)
    site.add(routes)
    return site.serve


def _never(_: Server) -> Awaitable[str]:
    raise AssertionError("the test starts it")
