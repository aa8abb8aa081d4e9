"""What a tool works with: the API behind one typed call, several at once, the settings, and the host that asked.

`Preo` lives for one call; the backend that it works through lives as long as the process.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

import anyio
from mcp.server.mcpserver import Context
from pydantic import BaseModel, ValidationError

from preo_mcp.api.errors import AmbiguousOutcomeError, PreoError, ServerError
from preo_mcp.api.models.base import Request
from preo_mcp.api.operations import BESIDE_OTHERS, GET_USER_INFO, Operation, Risk
from preo_mcp.approval.ledgers.ledger import Lease
from preo_mcp.backend import Backend
from preo_mcp.client.addresses import FileContent
from preo_mcp.client.answers import unknown_outcome
from preo_mcp.client.connection import new_request_id
from preo_mcp.client.ownership import Owner
from preo_mcp.client.scope import Asked, Seen
from preo_mcp.settings import Settings

if TYPE_CHECKING:
    from preo_mcp.approval.guardrails import TokenUser


A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")

Doing = Coroutine[Any, Any, A]

MOST_AT_ONCE: Final = 8
"""Of one call; a longer list, such as a page of orders to look up, must not run into Preo's rate limit."""


@overload
async def together(first: Doing[A], second: Doing[B], /) -> tuple[A, B]: ...
@overload
async def together(first: Doing[A], second: Doing[B], third: Doing[C], /) -> tuple[A, B, C]: ...
@overload
async def together(first: Doing[A], second: Doing[B], third: Doing[C], fourth: Doing[D], /) -> tuple[A, B, C, D]: ...
@overload
async def together(
    first: Doing[A], second: Doing[B], third: Doing[C], fourth: Doing[D], fifth: Doing[E], /
) -> tuple[A, B, C, D, E]: ...
@overload
async def together(*all_of_a_kind: Doing[A]) -> tuple[A, ...]: ...
async def together(*coroutines: Doing[Any]) -> tuple[Any, ...]:
    """Await coroutines concurrently and return their results in the order given.

    A failure is the one that awaiting them one after the other would have met: those that stand after a failed one are
    cancelled, those before it are awaited, because theirs would come first. So what a caller is told does not depend
    on which answer was faster.

    Args:
        *coroutines: Reads. A write would be cut off when another of them fails.

    Raises:
        PreoError: The first in the given order, where several failed. Any other error leaves as it is, and only where
            there is no `PreoError`.
    """
    results: list[Any] = [None] * len(coroutines)
    failures: dict[int, Exception] = {}
    scopes = [anyio.CancelScope() for _ in coroutines]
    free = anyio.CapacityLimiter(MOST_AT_ONCE)

    async def run(place: int) -> None:
        try:
            with scopes[place]:
                async with free:
                    results[place] = await coroutines[place]
        except Exception as exc:  # noqa: BLE001 - raised below, outside of the group
            failures[place] = exc
            for later in scopes[place + 1 :]:
                later.cancel()
        finally:
            coroutines[place].close()  # one that was cancelled while it waited for its turn

    async with anyio.create_task_group() as tasks:
        for place in range(len(coroutines)):
            tasks.start_soon(run, place)
    if failures:
        in_order = [failures[place] for place in sorted(failures)]
        raise next((failure for failure in in_order if isinstance(failure, PreoError)), in_order[0])
    return tuple(results)


R = TypeVar("R", bound=BaseModel)

LEAST_PROGRESS = 0.001
"""By how much a notice of progress goes further than the one before."""


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
    is_for_a_person: bool = field(default=False, init=False)
    """Whether what is read now is for a person's question and not for the model."""
    lease: Lease | None = field(default=None, init=False)
    """What keeps other writes of the account out, where the guard holds it for this call."""
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

    async def identify(self) -> None:
        """Find out whose account it is, once per process: by that, limits hold and writes wait for each other."""
        await self.backend.guardrails.identify(self._user)

    async def _user(self) -> "TokenUser | None":
        from preo_mcp.api.models.users import UserInfo
        from preo_mcp.approval.guardrails import TokenUser

        try:
            user = await self.request(GET_USER_INFO, UserInfo)
        except PreoError:  # its path is inferred, and some tokens may not ask
            return None
        named = ", ".join(one.name or one.id for one in user.organizations)
        return TokenUser(user.id, f"{named} ({user.email})" if named and user.email else named or user.email or "")

    async def request(
        self,
        operation: Operation,
        returns: type[R],
        *,
        query: Request | None = None,
        body: Request | None = None,
        files: Mapping[str, FileContent] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the HTTP client's limit, in which a write is not cut off
        **path: str,
    ) -> R:
        """Call an operation and return its answer as a model; `path` are the parameters of its path.

        `files` are fields of the body that hold a file, in place of what `body` has there: not encoded in memory.
        `timeout` in seconds replaces both the read timeout and the time budget, for operations that take their time.

        Raises:
            PreoError: of the kind that says what went wrong.
        """
        client = await self.backend.client()
        sent_query = query.model_dump(exclude_none=True) if query else None
        sent_body = {**body.model_dump(mode="json"), **(files or {})} if body else None
        filters = frozenset(type(query).model_fields) if query else frozenset[str]()
        asked = partial(Asked, operation, path, sent_query or {}, sent_body or {}, filters)
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
            answer = await self._within_scope(operation, asked, send)
        finally:
            self.talked_to_sandbox = client.talks_to_sandbox
        try:
            return returns.model_validate(answer)
        except ValidationError as exc:
            fields = sorted({".".join(map(str, error["loc"])) for error in exc.errors(include_input=False)})
        raise _unexpected(operation, f"Preo answered in a shape that this version does not know ({', '.join(fields)})")

    async def _within_scope(
        self, operation: Operation, asked_of: Callable[[], Asked], send: Callable[..., Awaitable[Any]]
    ) -> Any:
        """Send a request that the settings allow, and return what they allow of its answer.

        Raises:
            PermissionDeniedError: it is, or is about, something that they do not allow.
        """
        if self.backend.policy is not None:
            self.backend.policy.admit(operation, agreed=self.plan_id is not None or self.is_for_a_person)
        scope, reads = self.backend.scope, operation.risk is Risk.READ
        if scope is None:
            return await (send() if reads else self._written(operation, send))
        asked = asked_of()
        self._seen = seen = self._seen or Seen(self._look)
        await scope.admit(asked, seen)
        if not reads:
            return await self._written(operation, send)
        answer, left_out = await scope.let_in(asked, await send(), seen)
        if left_out is not None:
            self.left_out.append(left_out)
        return answer

    async def must_be_within(self, operation: Operation, organization: str | None, edition: str | None) -> None:
        """Refuse a change outside what the settings allow, before anybody is asked about it.

        Raises:
            PermissionDeniedError: it would take effect outside.
            PreoError: what would tell cannot be fetched.
        """
        if (scope := self.backend.scope) is not None:
            self._seen = seen = self._seen or Seen(self._look)
            await scope.admit_change(operation, Owner(organization, edition), seen)

    async def _look(self, operation: Operation, path: Mapping[str, str]) -> Any:
        return await (await self.backend.client()).send(operation, path=path)

    async def _written(self, operation: Operation, send: Callable[..., Awaitable[Any]]) -> Any:
        """Send a write while no other one of the account is on its way, unless it is one of `BESIDE_OTHERS`.

        Raises:
            PreoError: of the kind that says what went wrong; LedgerError where another one was not over in time.
        """
        if self.lease is not None:
            await self.lease.must_hold()
        elif operation not in BESIDE_OTHERS:
            await self.identify()
            async with self.backend.guardrails.lease():
                return await self._sent(send)
        return await self._sent(send)

    async def _sent(self, send: Callable[..., Awaitable[Any]]) -> Any:
        """Send a write, and remember that it may have had an effect, unless an error says that it had none."""
        self.request_ids.append(new_request_id())
        before, self.has_written = self.has_written, True
        try:
            return await send(idempotency_key=self._key, request_id=self.request_ids[-1])
        except PreoError as exc:
            self.has_written = before or isinstance(exc, AmbiguousOutcomeError)
            raise

    @property
    def _key(self) -> str | None:
        """The plan's, of its first write; a further write must not be taken for a repetition of it."""
        written = len(self.request_ids)
        return self.plan_id if self.plan_id is None or written == 1 else f"{self.plan_id}-{written}"

    async def text(self, operation: Operation, media_type: str, **path: str) -> str:
        """Call an operation that answers with text of `media_type`, and return the text.

        Raises:
            PreoError: of the kind that says what went wrong.
        """
        client = await self.backend.client()
        try:
            send = partial(client.send, operation, path=path, accept=media_type)
            answer = await self._within_scope(operation, partial(Asked, operation, path), send)
        finally:
            self.talked_to_sandbox = client.talks_to_sandbox
        return answer or ""

    async def report(self, done: float, total: float, message: str) -> None:
        """Tell the host how far the work has come, where it asked for that.

        Each notice must be further than the one before (MCP, Progress), so standing still moves it by a hair.
        """
        self._reported = max(done, self._reported + LEAST_PROGRESS)
        await self.context.report_progress(self._reported, total, message)
