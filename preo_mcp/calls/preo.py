"""What a tool works with: the API behind one typed call, the settings, and the host that asked.

`Backend` lives as long as the process and opens what it needs when it is first needed; `Preo` lives for one tool call.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from anyio.abc import TaskGroup
from mcp.server.mcpserver import Context
from pydantic import BaseModel, ValidationError

from preo_mcp.api.errors import AmbiguousOutcomeError, PreoError, ServerError, sandbox_extra
from preo_mcp.api.models.base import Request
from preo_mcp.api.operations import Operation, Risk
from preo_mcp.client.answers import unknown_outcome
from preo_mcp.client.connection import Connection, new_request_id
from preo_mcp.client.scope import Asked, Scope, Seen
from preo_mcp.settings import Settings

if TYPE_CHECKING:
    from preo_mcp.approval.assembly import Guardrails, Server
    from preo_mcp.client.corrections import RealOperations
    from preo_mcp.client.preo_client import PreoClient

R = TypeVar("R", bound=BaseModel)

LEAST_PROGRESS = 0.001
"""By how much a notice of progress goes beyond the one before."""


class Backend:
    """The one connection to Preo, or to the sandbox in this process, shared by all sessions."""

    def __init__(self, settings: Settings, tasks: TaskGroup) -> None:
        self.settings = settings
        self._tasks = tasks
        self._lock = anyio.Lock()
        self._client: PreoClient | None = None
        self._operations = _corrected(settings)
        self.scope = Scope.of(settings)

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings) -> "AsyncGenerator[Backend]":
        """Yield a backend; what it opened is closed at the end, the sandbox included.

        An error of the body leaves as it is, not wrapped in a group by the tasks that run beside it.
        """
        try:
            async with anyio.create_task_group() as tasks:
                backend = cls(settings, tasks)
                try:
                    yield backend
                finally:
                    with anyio.CancelScope(shield=True):
                        await backend._close()
                    tasks.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            failure, *others = group.exceptions
            if others:
                raise
        else:
            return
        raise failure

    async def client(self) -> "PreoClient":
        """Return the HTTP client, made at the first call.

        Raises:
            ConfigurationError: the settings do not make a connection, or the sandbox is not installed.
        """
        if self._client is None:
            async with self._lock:
                if self._client is None:
                    self._client = await self._connect()
        return self._client

    def in_background(self, task: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start a task that is cancelled when the backend closes; it must not raise, or the process ends with it."""
        self._tasks.start_soon(task)

    @cached_property
    def guardrails(self) -> "Guardrails":
        """What stands between a call and its effect; put together when it is first needed.

        Raises:
            ConfigurationError: the state folder cannot be used, or the ledger's client is not installed.
        """
        from preo_mcp.approval.assembly import Guardrails

        return Guardrails(self.settings, self._serve)

    async def _serve(self, server: "Server") -> str:
        """Run a server until the backend closes, and return the address that it reports."""
        return await self._tasks.start(server)

    async def _close(self) -> None:
        if "guardrails" in vars(self):
            await self.guardrails.close()
        if self._client is not None:
            await self._client.aclose()

    async def _connect(self) -> "PreoClient":
        from preo_mcp.client.preo_client import PreoClient

        if not self.settings.sandbox:
            connection = connection_of(self.settings, self.settings.base_url)
            return PreoClient(connection, operations=self._operations)
        with sandbox_extra():
            from preo_mcp.sandbox.in_process import SANDBOX_URL, run_sandbox
        transport = await self._tasks.start(run_sandbox, self.settings.sandbox_data)
        return PreoClient(connection_of(self.settings, SANDBOX_URL), transport=transport)


def _corrected(settings: Settings) -> "RealOperations | None":
    """Read the corrections of the account's API; the sandbox needs none.

    Raises:
        ConfigurationError: they are not valid.
    """
    if settings.corrections is None or settings.sandbox:
        return None
    from preo_mcp.client.corrections import read_corrections

    return read_corrections(settings.corrections)


def connection_of(settings: Settings, base_url: str) -> Connection:
    """Return the connection that the settings describe.

    Raises:
        ConfigurationError: they describe none that is safe to use.
    """
    return Connection(
        base_url,
        settings.account_token(),
        auth_header=settings.auth_header,
        auth_scheme=settings.auth_scheme,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        time_budget=settings.time_budget,
    )


def _unexpected(operation: Operation, why: str) -> PreoError:
    if operation.risk is Risk.READ:
        return ServerError(f"{operation.title} failed", why, "Look at the object in Preo itself, and report this.")
    return unknown_outcome(operation, why, request_id=None)


@dataclass(slots=True)
class Preo:
    """One tool call's way to the API and back to its host."""

    backend: Backend
    context: Context[Any, Any]
    plan_id: str | None = None
    """The approved plan that this call carries out; sent along with its writes."""
    has_written: bool = field(default=False, init=False)
    """Whether a write had an effect, or may have."""
    request_ids: list[str] = field(default_factory=list[str], init=False)
    """What its writes can be found by in Preo's logs."""
    talked_to_sandbox: bool = field(default=False, init=False)
    left_out: list[str] = field(default_factory=list[str], init=False)
    """What was kept out of answers, because the settings limit what may be shown."""
    _seen: Seen | None = field(default=None, init=False)
    _reported: float = field(default=-1, init=False)

    @property
    def settings(self) -> Settings:
        """The process's settings."""
        return self.backend.settings

    async def request(
        self,
        operation: Operation,
        returns: type[R],
        *,
        query: Request | None = None,
        body: Request | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the HTTP client's limit, in which a write is not cut off
        **path: str,
    ) -> R:
        """Call an operation and return its answer as a model; `path` are the parameters of its path.

        `timeout` in seconds replaces both the read timeout and the time budget, for operations that take their time.

        Raises:
            PreoError: of the kind that says what went wrong.
        """
        client = await self.backend.client()
        sent_query = query.model_dump(exclude_none=True) if query else None
        sent_body = body.model_dump(mode="json") if body else None
        filters = frozenset(type(query).model_fields) if query else frozenset[str]()
        asked = Asked(operation, path, sent_query or {}, sent_body or {}, filters)
        send = partial(
            client.send,
            operation,
            path=path,
            query=sent_query,
            body=sent_body,
            read_timeout=timeout,
            time_budget=timeout,
        )
        try:
            answer = await self._within_scope(asked, send)
        finally:
            self.talked_to_sandbox = client.talks_to_sandbox
        try:
            return returns.model_validate(answer)
        except ValidationError as exc:
            fields = sorted({".".join(map(str, error["loc"])) for error in exc.errors(include_input=False)})
        raise _unexpected(operation, f"Preo answered in a shape that this version does not know ({', '.join(fields)})")

    async def _within_scope(self, asked: Asked, send: Callable[..., Awaitable[Any]]) -> Any:
        """Send a call that the settings allow, and return of its answer what they allow.

        Raises:
            PermissionDeniedError: it is about something that they do not allow.
        """
        scope, reads = self.backend.scope, asked.operation.risk is Risk.READ
        if scope is None:
            return await (send() if reads else self._written(send))
        self._seen = seen = self._seen or Seen(self._look)
        await scope.admit(asked, seen)
        if not reads:
            return await self._written(send)
        answer, left_out = await scope.let_in(asked, await send(), seen)
        if left_out is not None:
            self.left_out.append(left_out)
        return answer

    async def _look(self, operation: Operation, path: Mapping[str, str]) -> Any:
        return await (await self.backend.client()).send(operation, path=path)

    async def _written(self, send: Callable[..., Awaitable[Any]]) -> Any:
        """Send a write, and remember that it may have had an effect, unless an error says that it had none."""
        self.request_ids.append(new_request_id())
        before, self.has_written = self.has_written, True
        try:
            return await send(idempotency_key=self.plan_id, request_id=self.request_ids[-1])
        except PreoError as exc:
            self.has_written = before or isinstance(exc, AmbiguousOutcomeError)
            raise

    async def text(self, operation: Operation, media_type: str, **path: str) -> str:
        """Call an operation that answers with text of `media_type`, and return the text.

        Raises:
            PreoError: of the kind that says what went wrong.
        """
        client = await self.backend.client()
        try:
            answer = await self._within_scope(
                Asked(operation, path), partial(client.send, operation, path=path, accept=media_type)
            )
        finally:
            self.talked_to_sandbox = client.talks_to_sandbox
        return answer or ""

    async def report(self, done: float, total: float, message: str) -> None:
        """Tell the host how far the work is, where it asked to be told.

        Each notice must be further than the one before (MCP, Progress), so standing still moves it by a hair.
        """
        self._reported = max(done, self._reported + LEAST_PROGRESS)
        await self.context.report_progress(self._reported, total, message)
