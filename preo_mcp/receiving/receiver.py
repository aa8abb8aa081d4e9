"""Asking a person for a file: the upload that waits for it, where they put it in, and what is told of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult

from preo_mcp.approval.asking import MOST_TABS, OPEN_AGAIN_AFTER
from preo_mcp.approval.timing import Timing
from preo_mcp.approval.ways.browser import open_in_browser
from preo_mcp.approval.ways.dialog import sign_of_life
from preo_mcp.files.uploads.upload import Refusal, State, Upload, UploadRefused
from preo_mcp.files.uploads.uploads import Uploads
from preo_mcp.receiving.hands import Desk, NoSuchAction
from preo_mcp.receiving.looking import Look, look_into
from preo_mcp.settings import Settings
from preo_mcp.web.site import Site

if TYPE_CHECKING:
    from preo_mcp.receiving.page import UploadPage

MOST_LOOKS: Final = 32
"""Files whose content at a glance is kept in memory."""


class Receiver:
    """What one caller hands over.

    Args:
        settings: Language, and how long a call waits.
        uploads: The caller's.
        site: Where the page is served.
        timing: Clock and patience.
        open_page: Opens an address in the person's browser, or says that there is none.
        desk: Where a person can settle the import of what they put in; None where no tools are run.
    """

    def __init__(
        self,
        settings: Settings,
        uploads: Uploads,
        site: Site,
        timing: Timing | None = None,
        open_page: Callable[[str], Awaitable[bool]] = open_in_browser,
        desk: Desk | None = None,
    ) -> None:
        self.settings = settings
        self.desk = desk
        self.uploads = uploads
        self._site = site
        self._timing = timing or Timing()
        self._open_page = open_page
        self._looks: dict[str, Look] = {}
        self._looking = anyio.Lock()
        self._opened: dict[str, datetime] = {}
        self._last: dict[str, datetime] = {}
        """When each upload was last worked on here, on a card or a page."""

    @property
    def is_here(self) -> bool:
        """Whether the page is for this computer's user, who can put a file in by a terminal too."""
        return self._site.is_here

    @cached_property
    def page(self) -> "UploadPage":
        """The page, which is part of the site from the first time on."""
        from preo_mcp.receiving.page import UploadPage

        page = UploadPage(self)
        self._site.add(page.routes())
        return page

    async def open(self, upload_id: str) -> bool:
        """Open an upload's page in the person's browser, unless it was just now; False where the session has none.

        Whoever calls again and again must not fill a person's screen: then it is False too.

        Raises:
            UploadRefused: it waits for nothing any more.
            OSError: nothing can be listened on.
        """
        if not self._site.is_here:
            return False
        now, page = self._timing.now(), self.page
        self._opened = {one: opened for one, opened in self._opened.items() if now - opened < OPEN_AGAIN_AFTER}
        if upload_id in self._opened:
            return True
        if len(self._opened) >= MOST_TABS:
            return False
        is_open = await self._open_page(await page.ticket(await self._site.base_url(), upload_id))
        if is_open:
            self._opened[upload_id] = now
        return is_open

    async def address(self, upload_id: str) -> str:
        """Return where a person can put the file in; the address works once.

        Raises:
            UploadRefused: the upload waits for nothing any more.
            OSError: nothing can be listened on.
        """
        page = self.page
        return await page.address(await self._site.base_url(), upload_id)

    def is_worked_on(self, upload_id: str) -> bool:
        """Return whether a card or page of this process worked on an upload in the last minutes.

        One that an earlier process showed is dead, whatever secret it has: the person needs another.
        """
        last = self._last.get(upload_id)
        return last is not None and self._timing.now() - last < OPEN_AGAIN_AFTER

    async def wait(self, upload_id: str, context: Context[Any, Any], limit: float) -> Upload:
        """Return an upload once it is complete, or as it is after `limit` seconds, with signs of life meanwhile.

        Raises:
            UploadRefused: there is none, or no longer.
        """
        started = self._timing.now()
        while True:
            upload = await self.uploads.find(upload_id)
            waited = (self._timing.now() - started).total_seconds()
            if upload.is_complete or waited >= limit:
                return upload
            await sign_of_life(context, waited, limit)
            await self._timing.sleep(self._timing.poll)

    async def wait_for_hand(self, upload_id: str, context: Context[Any, Any], limit: float) -> str | None:
        """Return what an assistant has to know of what the person settled by hand; None where they did not begin.

        While they are at it, they are waited for, at most `limit` seconds.
        """
        started = self._timing.now()
        while True:
            hand = self.desk.hand(upload_id) if self.desk else None
            if hand is None or hand.is_over:
                return hand and hand.told()
            waited = (self._timing.now() - started).total_seconds()
            if waited >= limit:
                return hand.told_meanwhile(upload_id)
            await sign_of_life(context, waited, limit)
            await self._timing.sleep(self._timing.poll)

    async def look(self, upload: Upload) -> Look:
        """Return what a complete file holds at a glance; looked into once, in a thread.

        Raises:
            UploadRefused: it is gone.
        """
        async with self._looking:
            known = self._looks.get(upload.id)
            if known is None:
                async with self.uploads.opened(upload.id) as (_, path):
                    known = await to_thread.run_sync(look_into, path, upload.name)
                self._looks = dict([*self._looks.items(), (upload.id, known)][-MOST_LOOKS:])
        return known

    async def shown(self, upload: Upload, session: str | None = None) -> dict[str, Any]:
        """Return an upload as the card and the page show it.

        Raises:
            UploadRefused: it is gone.
        """
        shown = {**self.progress(upload), "upload": upload.id, "name": upload.name, "size": upload.size}
        if session is not None:
            shown["session"] = session
        if upload.state is State.COMPLETE:
            look = await self.look(upload)
            shown["look"] = asdict(look)
            if self.desk is not None and look.columns:
                hand = self.desk.hand(upload.id)
                shown["by_hand"] = hand.edition_id if hand else ""
        return shown

    async def by_hand(
        self, upload_id: str, secret: str, asked: object, host: Context[Any, Any] | None = None
    ) -> dict[str, Any]:
        """Do one step of an import by hand for whoever opened the upload's card or page.

        Args:
            upload_id: What is imported; the file has to be there.
            secret: Of whoever opened it.
            asked: The step as an object, with what it needs.
            host: The one whose card asks, which cannot do what needs a page; None for the page.

        Raises:
            UploadRefused: the upload is gone, not complete, or was opened by somebody else.
            NoSuchAction: none of ours asks for it.
        """
        upload, _ = await self.uploads.exchange(upload_id, secret)
        if not upload.is_complete:
            raise UploadRefused(Refusal.INCOMPLETE)
        if self.desk is None or not isinstance(asked, dict):
            raise NoSuchAction
        return await self.desk.do(upload, cast("dict[str, Any]", asked), host)

    def progress(self, upload: Upload) -> dict[str, Any]:
        """Return how far an upload is, which a card or page is working on."""
        now = self._timing.now()
        self._last = {one: last for one, last in self._last.items() if now - last < OPEN_AGAIN_AFTER} | {upload.id: now}
        return {"state": upload.state, "received": upload.received}

    async def card_call(self, arguments: Mapping[str, Any], context: Context[Any, Any]) -> CallToolResult:
        """Do what the upload card asks."""
        from preo_mcp.receiving.card import upload_call

        return await upload_call(self, arguments, context)
