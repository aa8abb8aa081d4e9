"""Running the server: over stdio, or on loopback over streamable HTTP or SSE, for this computer's user alone."""

import gc
import hmac
import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from preo_mcp.api.errors import ConfigurationError, NotFoundError, PreoError
from preo_mcp.api.operations import GET_EDITION
from preo_mcp.backend import Backend, Factories
from preo_mcp.client.connection import Connection
from preo_mcp.files.scratch import scratch_ends_with_the_process
from preo_mcp.limits import Count, Limited, Limits
from preo_mcp.logs import configure
from preo_mcp.process import LOOPBACK, host_of, is_own_user, listen, port_refused, refuse
from preo_mcp.replicas.together import Together, together
from preo_mcp.server import PreoServer, build_server
from preo_mcp.settings import NOT_STARTED, Settings, Transport
from preo_mcp.stdio import serve_stdio

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from preo_mcp.stopping import Stopping

logger = logging.getLogger(__name__)

BEARER: Final = "http bearer"
"""The purpose of the key that is the bearer secret."""
YOUNG_OBJECTS: Final = 5_000
"""How many come to be before those are looked for that only hold each other: a call over HTTP leaves about 170, and to
look after every fourth call, as Python does by itself, takes a twentieth of all time."""
STOP_SECONDS: Final = 2
"""For connections to close once nothing is under way on them."""
HOW_TO_CONNECT: Final = "Send the header Authorization: Bearer SECRET; `preo-mcp token show` shows the secret."


async def serve(settings: Settings) -> None:
    """Serve until the host leaves or the process is interrupted; everything opened meanwhile is closed.

    Raises:
        ConfigurationError: the settings do not make for a connection, or the port is taken.
    """
    configure(settings.log_level, settings.log_format)
    gc.set_threshold(YOUNG_OBJECTS)
    if not settings.sandbox and not settings.team:
        Connection.of(settings)  # settings that make for no connection stop the start, not the first call
    tell_what_is_without_effect(settings)
    port = settings.port if settings.transport is Transport.STDIO else _free_port(settings.port, settings.host)
    with scratch_ends_with_the_process():
        await (_serve_team if settings.team else _serve_until_the_end)(settings, port)


def tell_what_is_without_effect(settings: Settings) -> None:
    """Say at the start what the settings allow in vain."""
    if settings.allowed_folders and settings.transport is not Transport.STDIO:
        logger.warning("--allow-folder is without effect over %s: no path is read there", settings.transport)


async def _serve_team(settings: Settings, port: int) -> None:
    from preo_mcp.stopping import Stopping
    from preo_mcp.team.team import Team

    stopping = Stopping(settings.stop_seconds)
    async with Team.opened(settings, port, stopping=stopping) as team:
        await _listen(team, settings, port, f"preo-mcp serves a team on {team.url}", stopping)


async def _serve_until_the_end(settings: Settings, port: int) -> None:
    async with (
        together(settings) as replicas,
        Backend.opened(settings, _factories_of(replicas)) as backend,
    ):
        await must_exist(backend)
        backend.sweep_uploads()
        server = build_server(settings, backend)
        match settings.transport:
            case Transport.STDIO:
                await serve_stdio(server.serve_opening)
            case Transport.HTTP:
                await _listen_here(server.streamable_http_app(host=LOOPBACK), server, settings, port, replicas.count)
            case Transport.SSE:
                await _listen_here(server.sse_app(host=LOOPBACK), server, settings, port, replicas.count)


def _factories_of(replicas: Together) -> Factories:
    return Factories(notices=replicas.notices, uploads=replicas.uploads, notes=replicas.notes)


async def must_exist(backend: Backend) -> None:
    """Refuse ids of PREO_ALLOWED_EDITIONS that Preo does not know; where it cannot be asked, the first call tells.

    Raises:
        ConfigurationError: there is no such edition.
    """
    for edition in backend.settings.allowed_editions:
        try:
            await (await backend.client()).send(GET_EDITION, path={"id": edition})
        except NotFoundError:
            why = f"PREO_ALLOWED_EDITIONS names {edition}, and Preo knows no such edition"
        except PreoError as exc:
            logger.warning("PREO_ALLOWED_EDITIONS could not be checked: %s", exc.why)
            return
        else:
            continue
        raise ConfigurationError(NOT_STARTED, why, "Correct the id; list_editions shows those that there are.")


def bearer_of(settings: Settings) -> str:
    """Return the secret that clients over HTTP and SSE send: this user's, and the same as long as their key is.

    Raises:
        ConfigurationError: the state folder cannot be used.
    """
    from preo_mcp.files.keys import Keys

    return Keys.of(settings).derived(BEARER).hex()


class OwnUserOnly:
    """Lets in the requests of this computer's user who knows the secret, before anything of them is read.

    Threat: every user and every page in a browser of this computer reaches loopback.

    Args:
        app: What stands after it.
        bearer: The secret.
        is_ours: Whether the connection between a client's port and the server's is of this process's user.
    """

    def __init__(self, app: "ASGIApp", bearer: str, is_ours: Callable[[int, int], bool] = is_own_user) -> None:
        self._app = app
        self._expected = f"bearer {bearer}".encode()
        self._is_ours = is_ours

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on, or answer it with 400, 401 or 403."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        client, server = scope.get("client"), scope.get("server")
        if host_of(headers.get(b"host", b"").decode("latin-1")) is None:
            return await refuse(send, 400, "the Host header is malformed", "Use the address that preo-mcp announced.")
        if client is None or server is None or client[0] != LOOPBACK or not self._is_ours(client[1], server[1]):
            return await refuse(send, 403, "it is for the user who runs it", "Run a server of your own.")
        scheme, _, secret = headers.get(b"authorization", b"").partition(b" ")
        if not hmac.compare_digest(scheme.lower() + b" " + secret.strip(), self._expected):
            challenge = (b"www-authenticate", b'Bearer realm="preo-mcp"')
            return await refuse(send, 401, "the bearer secret is missing or wrong", HOW_TO_CONNECT, [challenge])
        return await self._app(scope, receive, send)


async def _listen_here(app: "ASGIApp", server: PreoServer, settings: Settings, port: int, count: Count) -> None:
    from preo_mcp.stopping import Stopping

    path = "sse" if settings.transport is Transport.SSE else "mcp"
    said = f"preo-mcp serves, with the bearer secret of `preo-mcp token show`, on http://{LOOPBACK}:{port}/{path}"
    stopping = Stopping(settings.stop_seconds)
    limited = Limited(stopping.before(app), Limits.of(settings), count=count)
    async with stopping.of(server):
        await _listen(OwnUserOnly(limited, bearer_of(settings)), settings, port, said, stopping)


async def _listen(app: "ASGIApp", settings: Settings, port: int, said: str, stopping: "Stopping") -> None:
    import uvicorn

    from preo_mcp.stopping import StoppingServer

    config = uvicorn.Config(
        stopping.around(app),
        host=settings.host,
        port=port,
        log_level="warning",
        proxy_headers=False,  # whose headers are believed is looked at where a team comes in
        server_header=False,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    try:
        config.load()
    except OSError as exc:  # which those of TLS are too
        why = f"the certificate or its key cannot be used ({exc.strerror or type(exc).__name__})"
        raise ConfigurationError(NOT_STARTED, why, "Correct PREO_TLS_CERT and PREO_TLS_KEY.") from None
    sys.stderr.write(f"{said}\n")
    sys.stderr.flush()
    await StoppingServer(config, stopping).serve()


def _free_port(port: int, host: str) -> int:
    """Return `port` if it can be listened on, and for 0 one that can."""
    try:
        with listen(port, host) as probe:
            return probe.getsockname()[1]
    except OSError as exc:
        raise port_refused(NOT_STARTED, port, exc, host) from None
