"""From an operation's row to a route: who calls, what they sent, the handler, its answer.

A handler is an async function of one `Call`; `endpoint` says which operation it serves and with which models.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from preo_mcp.api.operations import Operation
from preo_mcp.sandbox.bodies import DEFAULT_LIMIT, read_json
from preo_mcp.sandbox.jobs import Jobs
from preo_mcp.sandbox.members import Member, authenticate
from preo_mcp.sandbox.store import Doc, Store
from preo_mcp.sandbox.validation import check_body, check_query


class Nothing(BaseModel):
    """The query or body of an operation that has none."""


Q = TypeVar("Q", bound=BaseModel)
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Call(Generic[Q, B]):
    """One request, checked: the member, the path's parameters, the query, the body."""

    store: Store
    jobs: Jobs
    member: Member
    path: Mapping[str, str]
    query: Q
    body: B
    url: URL


ReadBody = Callable[[Request, Store], Awaitable[Any]]
"""Reads a body that wants more care than JSON of moderate size."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What serves an operation, and the models that its documentation is made from."""

    operation: Operation
    handler: Callable[[Any], Awaitable[Doc | Response]]
    query: type[BaseModel]
    body: type[BaseModel]
    returns: type[BaseModel]
    status: int
    read_body: ReadBody | None
    form: type[BaseModel] | None
    honoured: type[BaseModel] | None
    media_type: str | None

    async def serve(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            Problem: the refusal, where the request is not to be answered.
        """
        store: Store = request.app.state.store
        member = authenticate(store, request.headers.get("authorization"))
        query = check_query(self.honoured or self.query, request.query_params)
        call = Call(
            store,
            request.app.state.jobs,
            member,
            request.path_params,
            query,
            await self._body(request, store),
            request.url,
        )
        answer = await self.handler(call)
        if isinstance(answer, Response):
            return answer
        return Response(status_code=self.status) if self.returns is Nothing else JSONResponse(answer, self.status)

    async def _body(self, request: Request, store: Store) -> Any:
        if self.body is Nothing:
            return Nothing()
        if self.read_body is not None:
            return await self.read_body(request, store)
        return check_body(self.body, await read_json(request, DEFAULT_LIMIT))


Handler = TypeVar("Handler", bound=Callable[[Any], Awaitable[Doc | Response]])


class Endpoints(list[Endpoint]):
    """The endpoints of a module."""

    def endpoint(
        self,
        operation: Operation,
        *,
        returns: type[BaseModel],
        query: type[BaseModel] = Nothing,
        body: type[BaseModel] = Nothing,
        status: int = 200,
        read_body: ReadBody | None = None,
        form: type[BaseModel] | None = None,
        honoured: type[BaseModel] | None = None,
        media_type: str | None = None,
    ) -> Callable[[Handler], Handler]:
        """Make the decorated function serve `operation`.

        Args:
            operation: The row with method and path.
            returns: The model of the answer, for the OpenAPI document; `Nothing` for an answer without a body.
            query: The query parameters.
            body: The body.
            status: The status of success.
            read_body: Reads the body instead of the ordinary reading of JSON; `body` then only documents it.
            form: The same body as multipart/form-data, where `read_body` reads that too.
            honoured: The part of `query` that is checked and has an effect; the whole by default.
            media_type: Of a text that the handler answers with, as a response of its own, instead of JSON.
        """

        def register(handler: Handler) -> Handler:
            self.append(
                Endpoint(operation, handler, query, body, returns, status, read_body, form, honoured, media_type)
            )
            return handler

        return register


def routes(endpoints: Sequence[Endpoint]) -> list[Route]:
    """Return a route per path, fixed paths before those with a parameter that would match them too."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.operation.path, {})[endpoint.operation.method] = endpoint
    return [_route(path, by_path[path]) for path in sorted(by_path, key=lambda path: path.count("{"))]


def _route(path: str, by_method: Mapping[str, Endpoint]) -> Route:
    async def serve(request: Request) -> Response:
        # Starlette lets HEAD through with GET and answers other methods itself, naming those of the path.
        return await by_method["GET" if request.method == "HEAD" else request.method].serve(request)

    return Route(path, serve, methods=list(by_method))
