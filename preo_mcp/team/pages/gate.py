"""Who may ask a page of a team."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from preo_mcp.api.errors import PreoError
from preo_mcp.team.entrance import Entrance
from preo_mcp.web.gate import Gate, must_be_by_page


class TeamGate(Gate):
    """Lets in what a page of a team's own origin sends; by which address it came was looked at before (`Entrance`)."""

    def __init__(
        self, policy: str, what: str, next_step: str, refused: Callable[[PreoError], Response], entrance: Entrance
    ) -> None:
        super().__init__(policy, what, next_step, refused)
        self._entrance = entrance

    def must_let_in(self, request: Request, takes: str) -> None:
        """Let in what only looks, and what the page itself sends.

        Raises:
            Forbidden: it was sent by something else.
        """
        if request.method == "POST":
            must_be_by_page(request, takes, self._entrance.origins(request.headers.get("host", "")))
