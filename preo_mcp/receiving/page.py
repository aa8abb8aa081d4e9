"""The upload page: for whoever has the address's secret, once; on loopback, or below a team's own address.

As for the approval page, the secret stands after the # of the address and is exchanged for another one at once. A piece
is a body of bytes, which no form of another site can send; its place and the secret stand beside it.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from preo_mcp.api.errors import PreoError
from preo_mcp.files.uploads.upload import PIECE, Refusal, UploadRefused
from preo_mcp.receiving.documents import page_html, page_policy
from preo_mcp.receiving.hands import NoSuchAction
from preo_mcp.receiving.texts import told
from preo_mcp.web.gate import Forbidden, Gate, Tickets, json_body, led_to, raw_body, text_in

if TYPE_CHECKING:
    from preo_mcp.receiving.receiver import Receiver

PATH: Final = "/upload"
OPENING: Final = "/upload/open"
MOST_BYTES: Final = 16_384
MOST_ASKED: Final = 262_144
"""Bytes of a step of an import by hand, which may settle many products at once."""
BYTES: Final = "application/octet-stream"
BESIDE_BYTES: Final = "x-upload-secret"
NOTHING: Final = "No file was taken"
NEXT_STEP: Final = "Open the page's address, or run preo-mcp put FILE, as the user who runs preo-mcp."


class UploadPage:
    """The page of a caller's uploads.

    Args:
        receiver: What they are put into.
        gate: Makes the gate before the page; by itself one for this computer's user alone.
    """

    def __init__(self, receiver: "Receiver", gate: Callable[..., Gate] = Gate) -> None:
        self._receiver = receiver
        self._uploads = receiver.uploads
        self._language = receiver.settings.language
        self._gate = gate(page_policy(), NOTHING, NEXT_STEP, self._refused)
        self._tickets = Tickets()

    def routes(self) -> list[Route]:
        """Return the routes, for a server that listens on loopback."""
        guarded, one = self._gate.guarded, f"{PATH}/{{upload_id}}"
        return [
            Route(f"{OPENING}/{{ticket}}", guarded(self._open), methods=["GET"]),
            Route(one, guarded(self._page), methods=["GET"]),
            Route(f"{one}/show", guarded(self._show), methods=["POST"]),
            Route(f"{one}/start", guarded(self._start), methods=["POST"]),
            Route(f"{one}/piece", guarded(self._piece, BYTES), methods=["POST"]),
            Route(f"{one}/finish", guarded(self._finish), methods=["POST"]),
            Route(f"{one}/import", guarded(self._import), methods=["POST"]),
        ]

    async def address(self, base_url: str, upload_id: str) -> str:
        """Return a fresh address of an upload's page, good for one opening.

        Raises:
            UploadRefused: the upload waits for nothing.
        """
        return f"{base_url}{PATH}/{upload_id}#{await self._uploads.issue(upload_id)}"

    async def ticket(self, base_url: str, upload_id: str) -> str:
        """Return an address without a secret that leads this user's browser to an upload's page, once.

        Raises:
            UploadRefused: the upload waits for nothing.
        """
        return f"{base_url}{OPENING}/{self._tickets.issue(await self.address('', upload_id))}"

    async def _open(self, request: Request) -> Response:
        address = self._tickets.use(str(request.path_params["ticket"]))
        if address is None:
            raise UploadRefused(Refusal.SECRET)
        return led_to(address)

    async def _page(self, request: Request) -> Response:
        await self._uploads.find(_upload_id(request))
        return HTMLResponse(page_html(self._language))

    async def _show(self, request: Request) -> Response:
        body = await json_body(request, MOST_BYTES)
        upload, session = await self._uploads.exchange(_upload_id(request), text_in(body, "secret"))
        return JSONResponse(await self._receiver.shown(upload, session))

    async def _start(self, request: Request) -> Response:
        body = await json_body(request, MOST_BYTES)
        size = body.get("size")
        if not isinstance(size, int) or isinstance(size, bool):
            raise Forbidden("the size is no number")
        secret, name, mark = (text_in(body, key) for key in ("secret", "name", "mark"))
        upload = await self._uploads.start(_upload_id(request), secret, name, size, mark)
        return JSONResponse(await self._receiver.shown(upload))

    async def _piece(self, request: Request) -> Response:
        offset = request.query_params.get("offset", "")
        if not (offset.isascii() and offset.isdecimal() and len(offset) < 16):
            raise Forbidden("the offset is no number")
        secret = request.headers.get(BESIDE_BYTES, "")
        upload = await self._uploads.put(_upload_id(request), secret, int(offset), await raw_body(request, PIECE))
        return JSONResponse(self._receiver.progress(upload))

    async def _finish(self, request: Request) -> Response:
        body = await json_body(request, MOST_BYTES)
        upload = await self._uploads.finish(_upload_id(request), text_in(body, "secret"))
        return JSONResponse(await self._receiver.shown(upload))

    async def _import(self, request: Request) -> Response:
        body = await json_body(request, MOST_ASKED)
        secret, asked = text_in(body, "secret"), body.get("asked")
        try:
            return JSONResponse(await self._receiver.by_hand(_upload_id(request), secret, asked))
        except NoSuchAction:
            raise Forbidden("only the page itself can ask") from None

    def _refused(self, exc: PreoError) -> Response:
        if not isinstance(exc, UploadRefused):
            return JSONResponse({"state": "failed", "message": str(exc)}, HTTPStatus.SERVICE_UNAVAILABLE)
        status = HTTPStatus.NOT_FOUND if exc.refusal is Refusal.GONE else HTTPStatus.CONFLICT
        return JSONResponse({**told(exc.refusal, self._language), "received": exc.received}, status)


def _upload_id(request: Request) -> str:
    return str(request.path_params["upload_id"])
