"""The GET operations tried on the account itself: what answers, and in which shape.

Only what reads is called. What comes back stays in memory: the findings name fields and types, never a value, and ids
that paths need are taken from lists and not told.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from preo_mcp.api.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    NetworkError,
    NotFoundError,
    PermissionDeniedError,
    PreoError,
    RateLimitError,
    ServerError,
    ValidationError,
)
from preo_mcp.api.operations import (
    GET_ORDER,
    GET_PURCHASE,
    GET_USER_INFO,
    LIST_EDITIONS,
    OPERATIONS,
    Method,
    Operation,
    Risk,
)
from preo_mcp.client.exchange import JSON
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.commands.doctor.comparison import Comparison
from preo_mcp.commands.doctor.contract import PARAMETER, Contract, Described
from preo_mcp.commands.doctor.differences import Difference, Kind, Part
from preo_mcp.commands.doctor.fields import compare_values
from preo_mcp.commands.doctor.position import Position
from preo_mcp.commands.doctor.schemas import Schema, Schemas, as_list, as_object

PAGE: Final = 20
"""Results of a list that are looked at."""
MOST_TRIED: Final = 3
"""Objects on which an operation is tried."""

ANSWERS: Final[dict[type[PreoError], str]] = {
    NotFoundError: "answers 404 (or 405, 410): nothing is there",
    PermissionDeniedError: "answers 403: the token is not allowed to",
    ValidationError: "answers 400: the request is not accepted",
    ConflictError: "answers 409: not in this state",
    RateLimitError: "answers 429: too many calls",
    ServerError: "answers 5xx, or with something unreadable",
    NetworkError: "does not answer",
    ConfigurationError: "answers with a redirect",
}
"""Errors in words of our own: a refusal's text can name a customer."""
OF_THE_OBJECT: Final = (ValidationError, ConflictError, PermissionDeniedError)
"""Refusals that can be due to the object or the token, where the path is right."""

Ids = tuple[str, ...]


@dataclass(slots=True)
class Probe:
    """One look at an account.

    Attributes:
        client: Signed in.
        ours: What is assumed.
        answered: Operations that answered.
    """

    client: PreoClient
    ours: Contract
    answered: int = 0
    _ids: dict[str, list[Ids]] = field(default_factory=dict[str, list[Ids]])
    """By the path of a list: what fills the path of one of its objects."""
    _organizations: list[str] = field(default_factory=list[str])
    _reached: bool = False

    async def run(self) -> list[Difference]:
        """Try every operation, lists before what is in them.

        Raises:
            PreoError: the token is not accepted, or the API not reached: nothing else would work then.
        """
        described = {(one.method, one.path): one for one in self.ours.operations}
        found: list[Difference] = []
        for operation in probed():
            found += await self._try(operation, described[operation.method.value, operation.path])
        return found

    async def _try(self, operation: Operation, one: Described) -> list[Difference]:
        comparison = Comparison(self.ours, self.ours, operation)
        candidates = self._candidates(operation)
        query = self._query(one)
        if not candidates or query is None:
            why = "the account has none"
            return [comparison.found(Part.OPERATION, Kind.UNTRIED, theirs=why, matters=False)]
        answers: list[object] = []
        refusals: list[PreoError] = []
        for ids in candidates:
            try:
                answers.append(await self._call(operation, one, ids, query))
            except PreoError as exc:
                if isinstance(exc, AuthenticationError) or (isinstance(exc, NetworkError) and not self._reached):
                    raise
                refusals.append(exc)
            self._reached = True
        if not answers:
            return [_failed(comparison, refusals[0], needs_object=bool(candidates[0]))]
        self.answered += 1
        return list(_shape(comparison, one, answers))

    async def _call(self, operation: Operation, one: Described, ids: Ids, query: dict[str, Any]) -> object:
        path = dict(zip(PARAMETER.findall(operation.path), ids, strict=True))
        media_type = one.answer.media_type if one.answer else JSON
        answer = await self.client.send(operation, path=path, query=query, accept=media_type)
        self._remember(operation, ids, answer)
        return answer

    def _candidates(self, operation: Operation) -> list[Ids]:
        """Return what to fill the path with, a few times."""
        if not PARAMETER.search(operation.path):
            return [()]
        collection = operation.path[: operation.path.rindex("/{")]
        return self._ids.get(collection, [])[:MOST_TRIED]

    def _query(self, one: Described) -> dict[str, Any] | None:
        """Return the query: everything of one organization, little of it; None where an edition would be needed."""
        query: dict[str, Any] = {}
        editions = self._ids.get(LIST_EDITIONS.path, [])
        if "page_size" in one.query:
            query["page_size"] = PAGE
        if "organization_id" in one.query and self._organizations:
            query["organization_id"] = self._organizations[0]
        edition = one.query.get("edition_id")
        if edition is not None and editions and (edition.required or "organization_id" not in query):
            query["edition_id"] = editions[0][0]
        return None if edition is not None and edition.required and not editions else query

    def _remember(self, operation: Operation, ids: Ids, answer: object) -> None:
        """Keep the ids in an answer for the operations that come later."""
        found = as_object(answer)
        if operation == GET_USER_INFO:
            self._organizations += [key for (key,) in _ids_in(found.get("organizations"))]
        if operation == LIST_EDITIONS and not self._organizations:
            organizations = (as_object(item).get("organization_id") for item in as_list(found.get("results")))
            self._organizations += [key for key in organizations if isinstance(key, str)]
        if operation == GET_ORDER:
            collection = GET_PURCHASE.path[: GET_PURCHASE.path.rindex("/{")]
            self._ids.setdefault(collection, []).extend(_ids_in(found.get("purchases")))
        listed = [(*ids, *key) for key in _ids_in(found.get("results"))]
        self._ids.setdefault(operation.path, []).extend(listed)


def probed() -> list[Operation]:
    """Return the operations that are tried, in an order in which ids are known when they are needed."""
    gets = [row for row in OPERATIONS if row.method is Method.GET and row.risk is Risk.READ]
    return sorted(gets, key=lambda row: (row.path.count("{"), row != GET_USER_INFO, row != GET_ORDER))


def _ids_in(items: object) -> Iterator[Ids]:
    """Yield the ids of objects; files and products call theirs `api_id`."""
    for item in map(as_object, as_list(items)):
        key = item.get("id", item.get("api_id"))
        if isinstance(key, str) and key:
            yield (key,)


def _failed(comparison: Comparison, refusal: PreoError, *, needs_object: bool) -> Difference:
    why = ANSWERS.get(type(refusal), "fails")
    if needs_object and isinstance(refusal, OF_THE_OBJECT):
        return comparison.found(Part.OPERATION, Kind.UNTRIED, theirs=f"{why}, on each object tried", matters=False)
    matters = not isinstance(refusal, PermissionDeniedError)
    return comparison.found(Part.OPERATION, Kind.FAILED, theirs=why, matters=matters)


def _shape(comparison: Comparison, one: Described, answers: list[object]) -> Iterator[Difference]:
    if one.answer is None or one.answer.media_type != JSON:
        return
    seen = observed_schema(answers)
    place = Position(comparison.found, Part.RESPONSE, comparison.ours.schemas, Schemas({}), observed=True)
    yield from compare_values(place, [one.answer.schema], [seen])


MOST_ITEMS: Final = 100
"""Items of a list that are looked at."""
DECIMAL: Final = re.compile(r"-?\d+\.\d+")
"""How Django REST Framework writes decimals as texts."""


def observed_schema(values: Sequence[object]) -> Schema:
    """Return the schema that fits all `values`; null tells nothing."""
    seen = [value for value in values if value is not None]
    schema: Schema = {"type": sorted({_type(value) for value in seen})} if seen else {}
    texts = [value for value in seen if isinstance(value, str)]
    if texts and all(DECIMAL.fullmatch(text) for text in texts):
        schema["format"] = "decimal"
    objects = [cast("dict[str, Any]", value) for value in seen if isinstance(value, dict)]
    if objects:
        names = dict.fromkeys(name for found in objects for name in found)
        schema["properties"] = {
            name: observed_schema([found[name] for found in objects if name in found]) for name in names
        }
        schema["required"] = [name for name in names if all(name in found for found in objects)]
    items = [item for value in seen if isinstance(value, list) for item in cast("list[object]", value)[:MOST_ITEMS]]
    if items:
        schema["items"] = observed_schema(items)
    return schema


def _type(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
