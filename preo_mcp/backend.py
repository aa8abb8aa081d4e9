"""What all calls of a process share: the way to Preo, the guardrails, the audit; each made when it is first needed.

How each is made is given from outside, as factories: the product's are the default, a test brings its own.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
from anyio.abc import TaskGroup

from preo_mcp.api.errors import sandbox_extra
from preo_mcp.client.connection import Connection
from preo_mcp.client.policy import Policy
from preo_mcp.client.scope import Scope
from preo_mcp.files.uploads import FOLDER as UPLOADS
from preo_mcp.settings import Settings

if TYPE_CHECKING:
    from preo_mcp.approval.guardrails import Guardrails
    from preo_mcp.audit.trail import Audit
    from preo_mcp.client.preo_client import PreoClient
    from preo_mcp.files.uploads.store import UploadStore
    from preo_mcp.files.uploads.uploads import Uploads
    from preo_mcp.receiving.hands import Desk
    from preo_mcp.receiving.receiver import Receiver
    from preo_mcp.replicas.notes import Notes
    from preo_mcp.replicas.notices import Notices
    from preo_mcp.web.site import Site, StartServer


def guardrails_of(settings: Settings, site: "Site") -> "Guardrails":
    """Return the guardrails of the settings; the approval page is one of the `site`."""
    from preo_mcp.approval.guardrails import Guardrails

    return Guardrails(settings, site)


def site_of(start: "StartServer") -> "Site":
    """Return the site of the pages on loopback, which `start` serves once one is needed."""
    from preo_mcp.web.site import Site

    return Site(start)


@asynccontextmanager
async def client_of(settings: Settings, tasks: TaskGroup) -> "AsyncGenerator[PreoClient]":
    """Yield the HTTP client of the settings, before the account's API or the sandbox, which runs in `tasks`.

    Raises:
        ConfigurationError: the settings do not make a connection, or the sandbox is not installed.
    """
    from preo_mcp.client.corrections import operations_of
    from preo_mcp.client.preo_client import PreoClient

    if settings.sandbox:
        with sandbox_extra():
            from preo_mcp.sandbox.in_process import SANDBOX_URL, run_sandbox
        transport = await tasks.start(run_sandbox, settings.sandbox_data, settings.sandbox_webhook_hosts)
        client = PreoClient(Connection.of(settings, SANDBOX_URL), transport=transport)
    else:
        client = PreoClient(Connection.of(settings), operations=operations_of(settings))
    try:
        yield client
    finally:
        await client.aclose()


@contextmanager
def as_it_is() -> Generator[None]:
    """Let a single error leave as it is, out of the groups that tasks wrap it in."""
    try:
        yield
    except BaseExceptionGroup as group:
        failure = _only(group)
        if failure is None:
            raise
    else:
        return
    raise failure


def _only(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    first, *others = group.exceptions
    if others:
        return None
    return _only(cast("BaseExceptionGroup[BaseException]", first)) if isinstance(first, BaseExceptionGroup) else first


NOW: Final = partial(datetime.now, UTC)

ClientOf = Callable[[Settings, TaskGroup], "AbstractAsyncContextManager[PreoClient]"]
GuardrailsOf = Callable[[Settings, "Site"], "Guardrails"]
SiteOf = Callable[["StartServer"], "Site"]


@dataclass(frozen=True, slots=True)
class Clock:
    """By what a call waits for an outcome, and tells what is past.

    Attributes:
        now: Seconds on a clock that is never set.
        sleep: Waits for a number of seconds.
        moment: What time it is, in UTC.
    """

    now: Callable[[], float] = anyio.current_time
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    moment: Callable[[], datetime] = NOW


@dataclass(frozen=True, slots=True)
class Factories:
    """How a backend makes what it holds.

    Attributes:
        client: Opens the HTTP client, and closes it at the end.
        guardrails: Makes the guardrails.
        site: Makes the site of the pages.
        upload_site: That of the upload page, where it is another one.
        clock: By what a call waits for an outcome.
        notices: Tells other replicas of changes; None where there are none.
        uploads: Keeps what is handed over; None for a folder of this computer.
        notes: What other replicas know of a piece of work; None where there are none.
    """

    client: ClientOf = client_of
    guardrails: GuardrailsOf = guardrails_of
    site: SiteOf = site_of
    upload_site: "Site | None" = None
    clock: Clock = Clock()
    notices: "Notices | None" = None
    uploads: "UploadStore | None" = None
    notes: "Notes | None" = None


class Backend:
    """The one connection to Preo, or to the sandbox in this process, shared by all sessions of who is served.

    Attributes:
        settings: By which they are served.
        caller: Who they are, of those who are signed in; empty for this computer's user.
        desk: Makes what does the steps of an import by hand; None where no tools are run.
    """

    desk: "Callable[[], Desk | None] | None" = None

    def __init__(
        self, settings: Settings, tasks: TaskGroup, opened: AsyncExitStack, factories: Factories, caller: str = ""
    ) -> None:
        self.settings = settings
        self.caller = caller
        self.scope = Scope.of(settings)
        self.policy = Policy.of(settings)
        self.clock = factories.clock
        self.notices = factories.notices
        self.notes = factories.notes
        self._tasks = tasks
        self._opened = opened
        self._factories = factories
        self._lock = anyio.Lock()
        self._client: PreoClient | None = None

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, settings: Settings, factories: Factories | None = None, caller: str = ""
    ) -> "AsyncGenerator[Backend]":
        """Yield a backend for a `caller`; what it opened is closed at the end, the sandbox included.

        An error of the body leaves as it is, not wrapped in a group by the tasks that run beside it.

        Raises:
            ConfigurationError: the corrections of the account's API cannot be read.
        """
        if settings.corrections is not None:
            from preo_mcp.client.corrections import operations_of

            operations_of(settings)  # what cannot be read stops the start, not the first call
        with as_it_is():
            async with anyio.create_task_group() as tasks:
                opened = AsyncExitStack()
                try:
                    yield cls(settings, tasks, opened, factories or Factories(), caller)
                finally:
                    with anyio.CancelScope(shield=True):
                        await opened.aclose()
                    tasks.cancel_scope.cancel()

    async def client(self) -> "PreoClient":
        """Return the HTTP client, opened at the first call.

        Raises:
            ConfigurationError: the settings do not make a connection, or the sandbox is not installed.
        """
        if self._client is None:
            async with self._lock:
                if self._client is None:
                    factory = self._factories.client(self.settings, self._tasks)
                    self._client = await self._opened.enter_async_context(factory)
        return self._client

    def in_background(self, task: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start a task that is cancelled when the backend closes; it must not raise, or the process ends with it."""
        self._tasks.start_soon(task)

    @cached_property
    def guardrails(self) -> "Guardrails":
        """What stands between a call and its effect.

        Raises:
            ConfigurationError: the state folder cannot be used, or the ledger's client is not installed.
        """
        guardrails = self._factories.guardrails(self.settings, self.site)
        self._opened.push_async_callback(guardrails.close)
        return guardrails

    @cached_property
    def audit(self) -> "Audit":
        """The trail of all calls that change something.

        Raises:
            ConfigurationError: the state folder cannot be used.
        """
        from preo_mcp.audit.trail import Audit

        return Audit.of(self.settings, self.guardrails.keys)

    @cached_property
    def uploads(self) -> "Uploads":
        """What the caller handed over; what is too old goes while the backend is open."""
        from preo_mcp.files.uploads.folder import FolderUploads
        from preo_mcp.files.uploads.uploads import Uploads

        uploads = Uploads(self._factories.uploads or FolderUploads(self.settings.state_folder), self.caller)
        self.in_background(uploads.watch)
        return uploads

    def sweep_uploads(self) -> None:
        """Remove in the background what is too old of earlier uploads; where there were none, nothing is imported."""
        if self._factories.uploads is not None or (self.settings.state_folder / UPLOADS).is_dir():
            _ = self.uploads

    @cached_property
    def receiver(self) -> "Receiver":
        """How the caller is asked for a file."""
        from preo_mcp.receiving.receiver import Receiver

        desk = self.desk() if self.desk else None
        site = self._factories.upload_site or self.site
        return Receiver(self.settings, self.uploads, site, self.guardrails.timing, desk=desk)

    @cached_property
    def site(self) -> "Site":
        """The pages of this process, on loopback; served until the backend closes, once one is needed."""
        return self._factories.site(self._tasks.start)
