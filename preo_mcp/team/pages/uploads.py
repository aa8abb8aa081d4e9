"""Where those of a team put in files: below the team's own address, for whoever has the address's secret, once.

The address names its caller, sealed with the key that all replicas have: so any of them takes the pieces, and no log of
a proxy tells who it is. Nothing is shown or taken without the secret behind its #, which the caller's own assistant
gave them; who has it can put in the file that was asked for, and nothing else. An import is settled with the assistant.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette

from preo_mcp.files.uploads.store import UploadStore
from preo_mcp.files.uploads.upload import PIECE
from preo_mcp.files.uploads.uploads import Uploads
from preo_mcp.limits import Limited, Limits
from preo_mcp.receiving.page import MOST_ASKED, UploadPage
from preo_mcp.receiving.receiver import Receiver
from preo_mcp.replicas.sealing import Sealing
from preo_mcp.settings import Settings
from preo_mcp.team.entrance import Entrance
from preo_mcp.team.pages.gate import TeamGate
from preo_mcp.team.principals import Refused
from preo_mcp.web.site import Site

if TYPE_CHECKING:
    from starlette.routing import Route
    from starlette.types import Receive, Scope, Send

PATH: Final = "/uploads"
ADDRESSES: Final = "addresses of uploads"
"""The purpose of the key that callers' names are sealed with."""
_IN_BASE64: Final = str.maketrans("+/", "-_")
_FROM_BASE64: Final = str.maketrans("-_", "+/")
"""What stands in an address for signs that cannot."""
MOST_CALLERS: Final = 64
"""Callers whose pages are kept ready."""
AT_ONCE: Final = 8
"""Requests of one caller's pages under way at the same time, each with a piece in memory."""


class UploadsPage:
    """The pages of all callers' uploads.

    Args:
        settings: Of the process.
        entrance: The team's address.
        key: 32 bytes; all replicas have the same.
        store: Where uploads are kept.
    """

    def __init__(self, settings: Settings, entrance: Entrance, key: bytes, store: UploadStore) -> None:
        self._settings = settings
        self._entrance = entrance
        self._sealing = Sealing(key)
        self._store = store
        self._pages: dict[str, Limited] = {}

    def site(self, caller: str) -> "CallersSite":
        """Return the site of a caller's uploads."""
        sealed = self._sealing.sealed(PATH, caller.encode()).translate(_IN_BASE64).rstrip("=")
        return CallersSite(f"{self._entrance.origin}{PATH}/{sealed}")

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request for an address at `PATH` and below.

        Raises:
            Refused: it is nobody's.
        """
        sealed, _, rest = scope["path"].removeprefix(f"{PATH}/").partition("/")
        padded = sealed.translate(_FROM_BASE64) + "=" * (-len(sealed) % 4)
        if (opened := self._sealing.opened(PATH, padded)) is None:
            raise Refused(404, "there is nothing at this address", "Ask the assistant for another.")
        caller = opened.decode()
        page = self._pages.pop(caller, None) or self._page_of(caller)
        self._pages = dict([*self._pages.items(), (caller, page)][-MOST_CALLERS:])
        await page({**scope, "path": f"/{rest}", "root_path": ""}, receive, send)

    def _page_of(self, caller: str) -> Limited:
        receiver = Receiver(self._settings, Uploads(self._store, caller), self.site(caller))
        app = Starlette(routes=UploadPage(receiver, partial(TeamGate, entrance=self._entrance)).routes())
        app.router.redirect_slashes = False
        return Limited(app, Limits(AT_ONCE, None, max(PIECE, MOST_ASKED)), caller)


class CallersSite(Site):
    """The site of one caller's uploads: at an address of their own, opened by them and not by this computer."""

    is_here = False

    def __init__(self, base_url: str) -> None:
        self._address = base_url

    def add(self, routes: "Sequence[Route]") -> None:
        """Leave the routes: the team's application has them, for all callers."""

    async def base_url(self) -> str:
        """Return where it is."""
        return self._address
