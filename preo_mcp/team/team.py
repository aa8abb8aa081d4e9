"""The application in front of all servers of a team: who sends a request, and which server it is for.

entrance → open pages → sign-in → rights → the principal's own server
"""

import logging
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import anyio
import httpx
from anyio.abc import TaskGroup

from preo_mcp.api.errors import PreoError, sandbox_extra
from preo_mcp.approval.four_eyes import Asker
from preo_mcp.approval.guardrails import Guardrails
from preo_mcp.approval.guardrails import Member as GuardedMember
from preo_mcp.approval.ledgers.ledger import Ledger, open_ledger
from preo_mcp.backend import Factories, as_it_is, client_of
from preo_mcp.client.connection import Connection
from preo_mcp.files.keys import Keys
from preo_mcp.files.uploads.folder import FolderUploads
from preo_mcp.process import refuse
from preo_mcp.replicas.ended import EndedHere
from preo_mcp.replicas.together import Together, together
from preo_mcp.settings import Settings
from preo_mcp.settings.secret_token import token_in_file
from preo_mcp.stopping import Stopping
from preo_mcp.team.entrance import Entrance
from preo_mcp.team.health import Health, ledger_is_written, preo_answers
from preo_mcp.team.issuer import Issuer
from preo_mcp.team.jwts import JwtVerifier
from preo_mcp.team.members import members_in
from preo_mcp.team.notifying import Notifier
from preo_mcp.team.pages.provider_sign_in import ProviderSignIn
from preo_mcp.team.pages.questions import BACK, QuestionsPage
from preo_mcp.team.pages.questions import PATH as QUESTIONS
from preo_mcp.team.pages.sessions import Sessions
from preo_mcp.team.pages.uploads import ADDRESSES, UploadsPage
from preo_mcp.team.pages.uploads import PATH as UPLOADS
from preo_mcp.team.preo_tokens import PreoToken, PreoTokens
from preo_mcp.team.principals import Refused, Right
from preo_mcp.team.rights import Wish, rights_of
from preo_mcp.team.servers import Grant, Servers
from preo_mcp.team.sign_in import SignIn
from preo_mcp.team.static_tokens import StaticTokens
from preo_mcp.web.site import Site

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from preo_mcp.client.preo_client import PreoClient

METADATA: Final = "/.well-known/oauth-protected-resource"
"""Where a resource server says which provider it takes tokens of (RFC 9728, section 3.1)."""
SESSIONS: Final = "sessions of a page"
"""The purpose of the key that seals them."""
NOT_PASSED_ON: Final = frozenset({b"authorization", b"cookie", b"proxy-authorization"})
"""Headers that no tool, log or trace of a principal's server ever sees."""

logger = logging.getLogger(__name__)


class Team:
    """An ASGI application for several people.

    Args:
        settings: Of the process.
        entrance: Its address.
        sign_in: Who may come in.
        tokens: Their tokens of Preo.
        servers: Their servers.
        areas: By path, what answers for it and all below, and sees to who may: where they answer, and put files in.
        pages: What is served without a sign-in, by path; a page that needs one sees to it itself.
        health: What is told to whoever asks, by whatever address.
    """

    def __init__(
        self,
        settings: Settings,
        entrance: Entrance,
        sign_in: SignIn,
        tokens: PreoTokens,
        servers: Servers,
        areas: "Mapping[str, ASGIApp]",
        pages: "Mapping[str, ASGIApp]",
        health: Health,
    ) -> None:
        self._settings = settings
        self._entrance = entrance
        self.url = entrance.url
        self._sign_in = sign_in
        self._tokens = tokens
        self._servers = servers
        self._areas = dict(areas)
        self._pages = dict(pages)
        self._health = health
        self._challenge = _challenge_of(settings, entrance)

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, settings: Settings, port: int, http: httpx.AsyncClient | None = None, stopping: Stopping | None = None
    ) -> "AsyncGenerator[Team]":
        """Yield the team of the settings; everything it opened is closed at the end.

        Args:
            settings: Of the process.
            port: On which it will be listened.
            http: Asks the provider; another one in tests.
            stopping: Whether the process is being stopped.

        Raises:
            ConfigurationError: the members file or the static tokens cannot be read.
        """
        stopping = stopping or Stopping(settings.stop_seconds)
        entrance = Entrance(settings, port)
        members = None if settings.members is None else members_in(settings.members)
        if members is not None:
            members.read()  # what cannot be read stops the start, not the first sign-in
        static = StaticTokens(settings.state_folder)
        static.listed()
        is_remote = settings.issuer is not None and urlsplit(settings.issuer).scheme == "https"
        async with http or httpx.AsyncClient(timeout=settings.connect_timeout, trust_env=is_remote) as asking:
            issuer = None if settings.issuer is None else Issuer(settings.issuer, asking)
            verifier = None if issuer is None else JwtVerifier(issuer, settings.audience or entrance.url)
            sign_in = SignIn(static, verifier, members)
            tokens = PreoTokens(settings, issuer, asking)
            back = f"{entrance.origin}{BACK}"
            provider = provider_of(settings, issuer, asking, back, settings.audience or entrance.url, sign_in)
            with as_it_is():
                notifier = Notifier(settings, f"{entrance.origin}{QUESTIONS}")
                async with (
                    notifier.running(),
                    Shared.opened(settings, notifier, entrance) as shared,
                    anyio.create_task_group() as tasks,
                ):
                    page = questions_page(settings, entrance, sign_in, provider, shared)
                    areas = {QUESTIONS: page, UPLOADS: shared.uploads}
                    servers = Servers(
                        settings, tasks, shared.factories, sign_in.still, count=shared.replicas.count, stopping=stopping
                    )
                    probes = preo_answers(settings), ledger_is_written(lambda: shared.ledger)
                    health = Health(probes, lambda: stopping.has_begun)
                    pages = metadata_pages(settings, entrance)
                    async with servers.swept():
                        yield cls(settings, entrance, sign_in, tokens, servers, areas, pages, health)
                    tasks.cancel_scope.cancel()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request, or have its principal's server answer it."""
        if scope["type"] != "http":
            return  # a WebSocket is closed by that; nothing here is served by one
        if self._health.answers(scope["path"]):
            await self._health(scope, receive, send)
            return
        try:
            self._entrance.must_let_in(scope)
            path: str = scope["path"]
            area = next((app for at, app in self._areas.items() if f"{path}/".startswith(f"{at}/")), None)
            page = area or self._pages.get(path)
            if page is not None:
                await page(scope, receive, send)
            else:
                await self._pass_on(scope, receive, send)
        except Refused as exc:
            headers = [(b"www-authenticate", self._challenged(exc))] if exc.status in (401, 403) else []
            await refuse(send, exc.status, exc.why, exc.next_step, headers)

    async def _pass_on(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        if sum(name == b"authorization" for name, _ in scope["headers"]) > 1:
            raise Refused(400, "it has two Authorization headers", "Send one.")
        principal = await self._sign_in.principal(headers.get(b"authorization"))
        member = self._sign_in.member(principal)
        grant = Grant(principal, member, rights_of(self._settings, principal, member, Wish.of(headers)))

        async def preo_token() -> PreoToken:
            members = self._sign_in.members()
            return await self._tokens.of(principal, member, members and members.exchange)

        try:
            server = await self._servers.of(grant, preo_token)
        except PreoError as exc:
            logger.warning("the server of %s cannot be opened: %s", principal.name, exc)
            raise Refused(503, "your server cannot be opened", "Ask whoever runs it to look at its log.") from None
        passed = [(name, value) for name, value in scope["headers"] if name not in NOT_PASSED_ON]
        # Where TLS ends at a proxy, an address that is made of the scope must not lead past it.
        passed_on = {**scope, "headers": passed, "scheme": self._entrance.scheme}
        await self._servers.serve(server, principal, passed_on, receive, send)

    def _challenged(self, refused: Refused) -> bytes:
        """Return the challenge of RFC 6750, section 3, with the place of the metadata (RFC 9728, section 5.1)."""
        said = [self._challenge]
        if refused.error is not None:
            said += [f'error="{refused.error}"', f'error_description="{_quotable(refused.why)}"']
        scope = refused.scope or (" ".join(Right) if refused.status == 401 else None)
        said += [] if scope is None else [f'scope="{scope}"']
        return ", ".join(said).encode("ascii", "replace")


class NoSite(Site):
    """No page: one on this server's loopback would reach nobody, and open in a browser that is nobody's."""

    async def base_url(self) -> str:
        """Refuse.

        Raises:
            OSError: always.
        """
        raise OSError("a team has no page")


class Shared:
    """What the servers of all principals have in common: the ledger, and the sandbox where there is one.

    Args:
        settings: Of the process.
        tasks: In which the sandbox runs.
        replicas: What other processes share with this one.
        notifier: Tells of each question that waits.
        uploads: Where files are put in.
    """

    def __init__(
        self, settings: Settings, tasks: TaskGroup, replicas: Together, notifier: Notifier, uploads: UploadsPage
    ) -> None:
        self._settings = settings
        self._notifier = notifier
        self._adding: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()
        self._tasks = tasks
        self.replicas = replicas
        self.uploads = uploads
        self._ledger: Ledger | None = None
        self._sandbox: httpx.AsyncBaseTransport | None = None
        self._starting = anyio.Lock()
        self._place = secrets.token_hex(16)

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings, notifier: Notifier, entrance: Entrance) -> "AsyncGenerator[Shared]":
        """Yield what is shared, and close it at the end."""
        async with together(settings) as replicas, anyio.create_task_group() as tasks:
            shared = cls(settings, tasks, replicas, notifier, uploads_page(settings, entrance, replicas))
            try:
                yield shared
            finally:
                tasks.cancel_scope.cancel()
                if (ledger := shared._ledger) is not None:
                    with anyio.CancelScope(shield=True):
                        await ledger.close()

    def factories(self, grant: Grant) -> Factories:
        """Return how a principal's backend makes what it holds."""
        asker = Asker(grant.principal.name, grant.rights.may_approve)
        adding = self._adding.setdefault(asker.name, anyio.Lock())

        def guardrails(settings: Settings, site: Site) -> Guardrails:
            member = GuardedMember(asker, self.ledger, adding, self._notifier.page, self._notifier.waits, self._place)
            return Guardrails(settings, site, member=member)

        client = self._client if self._settings.sandbox else client_of
        return Factories(
            client=client,
            guardrails=guardrails,
            site=NoSite,
            upload_site=self.uploads.site(grant.principal.name),
            notices=self.replicas.notices,
            uploads=self.replicas.uploads,
            notes=self.replicas.notes,
        )

    @property
    def ledger(self) -> Ledger:
        """The ledger of all principals, opened at first need.

        Raises:
            ConfigurationError: the Redis client is not installed, or its URL is not that of a Redis.
        """
        if self._ledger is None:
            self._ledger = open_ledger(self._settings)
        return self._ledger

    @asynccontextmanager
    async def _client(self, settings: Settings, _: TaskGroup) -> "AsyncGenerator[PreoClient]":
        """Yield a client of the one sandbox, with a principal's own token."""
        from preo_mcp.client.preo_client import PreoClient

        with sandbox_extra():
            from preo_mcp.sandbox.in_process import SANDBOX_URL, run_sandbox
        async with self._starting:
            if self._sandbox is None:
                self._sandbox = await self._tasks.start(
                    run_sandbox, settings.sandbox_data, settings.sandbox_webhook_hosts
                )
        client = PreoClient(Connection.of(settings, SANDBOX_URL), transport=self._sandbox)
        try:
            yield client
        finally:
            await client.aclose()


def provider_of(
    settings: Settings, issuer: Issuer | None, http: httpx.AsyncClient, back: str, audience: str, sign_in: SignIn
) -> ProviderSignIn | None:
    """Return where one signs in on the page; None where only a token does.

    Raises:
        ConfigurationError: the client's secret cannot be read.
    """
    if issuer is None or settings.client_id is None:
        return None
    if settings.client_secret_file is not None:
        token_in_file(settings.client_secret_file)  # what cannot be read stops the start, not the first sign-in
    return ProviderSignIn(issuer, http, settings.client_id, settings.client_secret_file, back, audience, sign_in)


def questions_page(
    settings: Settings, entrance: Entrance, sign_in: SignIn, provider: ProviderSignIn | None, shared: Shared
) -> "ASGIApp":
    """Return the page on which those of a team answer.

    Raises:
        ConfigurationError: the state folder cannot be used.
    """
    sessions = Sessions(Keys.of(settings).derived(SESSIONS), shared.replicas.ended or EndedHere())
    return QuestionsPage(settings, entrance, sign_in, provider, sessions, lambda: shared.ledger).app()


def uploads_page(settings: Settings, entrance: Entrance, replicas: Together) -> UploadsPage:
    """Return the page on which those of a team put files in.

    Raises:
        ConfigurationError: the state folder cannot be used.
    """
    store = replicas.uploads or FolderUploads(settings.state_folder)
    return UploadsPage(settings, entrance, Keys.of(settings).derived(ADDRESSES), store)


def metadata_pages(settings: Settings, entrance: Entrance) -> "dict[str, ASGIApp]":
    """Return the pages that say which provider tokens have to be of; none without one.

    The SDK's routes would write the issuer in another spelling, with a slash at its end, and clients compare it.
    """
    if settings.issuer is None:
        return {}
    from starlette.middleware.cors import CORSMiddleware
    from starlette.responses import JSONResponse

    about = {
        "resource": entrance.url,
        "authorization_servers": [settings.issuer],
        "scopes_supported": list(Right),
        "bearer_methods_supported": ["header"],
        "resource_name": "preo-mcp",
    }
    page = CORSMiddleware(JSONResponse(about), allow_origins=["*"], allow_methods=["GET"])
    return {METADATA: page, f"{METADATA}{entrance.path}": page}


def _challenge_of(settings: Settings, entrance: Entrance) -> str:
    if settings.issuer is None:
        return 'Bearer realm="preo-mcp"'
    return f'Bearer realm="preo-mcp", resource_metadata="{entrance.origin}{METADATA}{entrance.path}"'


def _quotable(text: str) -> str:
    return text.replace("\\", "").replace('"', "'")
