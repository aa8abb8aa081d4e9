"""An API that leaves fields out: never fewer questions, never a smaller figure, never past a limit.

A transport in front of the sandbox takes fields out of the answers that a guarded tool's facts are made of: each one by
itself, and all at once. Ids stay, because things are found by them.
"""

import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from anyio.abc import TaskGroup
from mcp.server.mcpserver import Context

from preo_mcp.api.errors import PermissionDeniedError, PreoError
from preo_mcp.api.models.base import Embedded, Response
from preo_mcp.approval.facts import Facts, Stakes, must_be_within_limits, what_to_type
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.toolset import Toolset
from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.sandbox.in_process import SANDBOX_URL, run_sandbox
from preo_mcp.settings import Settings
from preo_mcp.text.amounts import AmountLimits
from tests.door import YES, Door, Person, open_door
from tests.guarded_calls import GUARDED_CALLS


@cache
def _required() -> frozenset[str]:
    """Return the fields without which an answer is none to this version: it is refused."""
    kinds, found = [Response, Embedded], set[str]()
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        found |= {name for name, info in kind.model_fields.items() if info.is_required()}
    return frozenset(found)


SURE = frozenset({"name", "full_name", "title", "first_name", "last_name", "status", "price", "amount", "stage"})
"""What every API of this kind tells."""
MUST_WORK = (
    *("send_campaign", "schedule_campaign", "create_refund", "create_purchase_refund", "approve_refund"),
    *("start_import", "import_external_orders"),
)
"""What a person can do still where only ids and `SURE` are told."""

Dropped = Callable[[str], bool]
"""Whether a place of an answer, such as `results[].segment_id`, is left out."""


def key_of(place: str) -> str:
    return place.rpartition(".")[2].removesuffix("[]")


def is_kept(place: str) -> bool:
    key = key_of(place)
    return key == "id" or key.endswith("_id")


def is_left_at_most(place: str) -> bool:
    """Whether a field stays where all others are left out."""
    return is_kept(place) or key_of(place) in _required()


def all_but_what_is_sure(_kind: str, place: str) -> bool:
    return not is_left_at_most(place) and key_of(place) not in SURE


def places(value: object, where: str = "") -> Iterator[str]:
    """Yield the places of an answer's fields; those of all rows of a list are one."""
    match value:
        case dict():
            for name, inner in cast("dict[str, object]", value).items():
                yield f"{where}.{name}"
                yield from places(inner, f"{where}.{name}")
        case list():
            for inner in cast("list[object]", value):
                yield from places(inner, f"{where}[]")
        case _:
            return


def without(value: Any, dropped: Dropped, where: str = "") -> Any:
    """Return an answer without some fields."""
    match value:
        case dict():
            fields = cast("dict[str, Any]", value)
            return {
                name: without(inner, dropped, f"{where}.{name}")
                for name, inner in fields.items()
                if not dropped(f"{where}.{name}")
            }
        case list():
            return [without(inner, dropped, f"{where}[]") for inner in cast("list[Any]", value)]
        case _:
            return value


@dataclass
class Stripping(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox and takes fields out of its answers."""

    sandbox: httpx.AsyncBaseTransport
    seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """The kind of answer (its path without ids) and the place, of all fields that there were."""
    dropped: Callable[[str, str], bool] = lambda _kind, _place: False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.sandbox.handle_async_request(request)
        content = await answer.aread()
        await answer.aclose()
        if answer.status_code >= httpx.codes.BAD_REQUEST or "json" not in answer.headers.get("content-type", ""):
            return httpx.Response(answer.status_code, headers=answer.headers, content=content)
        value, kind = json.loads(content), kind_of(request)
        self.seen |= {(kind, place) for place in places(value)}
        stripped = json.dumps(without(value, lambda place: self.dropped(kind, place))).encode()
        headers = [(name, text) for name, text in answer.headers.items() if name.lower() != "content-length"]
        return httpx.Response(answer.status_code, headers=headers, content=stripped)


def kind_of(request: httpx.Request) -> str:
    """Return a request's path with dots in place of its ids."""
    return "/".join("…" if "_" in part and part[:3].isalpha() else part for part in request.url.path.split("/"))


@asynccontextmanager
async def stripped_door(
    folder: Path, person: Person | None = None, **flags: Any
) -> AsyncGenerator[tuple[Door, Stripping]]:
    transports: list[Stripping] = []

    @asynccontextmanager
    async def client_of(settings: Settings, tasks: TaskGroup) -> AsyncGenerator[PreoClient]:
        sandbox: httpx.AsyncBaseTransport = await tasks.start(
            run_sandbox, settings.sandbox_data, settings.sandbox_webhook_hosts
        )
        transports.append(Stripping(sandbox))
        client = PreoClient(Connection.of(settings, SANDBOX_URL), transport=transports[0])
        yield client
        await client.aclose()

    async with open_door(folder, "auto", person, client=client_of, **flags) as door:
        await door.backend.client()
        yield door, transports[0]


async def facts_now(door: Door, tool: str, arguments: dict[str, Any]) -> Facts | None:
    registered = Toolset().find(tool)
    assert registered is not None
    assert registered.facts is not None
    checked = registered.arguments.model_validate(arguments)
    values = {name: getattr(checked, name) for name in registered.arguments.model_fields}
    return await registered.facts(Preo(door.backend, Context()), **values)


def just_below(stakes: Stakes) -> Settings:
    """Return settings whose limits this call is just beyond."""
    limits: dict[str, Any] = {"confirm_recipients_over": 0, "confirm_amount_over": AmountLimits.of_any(0)}
    if stakes.recipients:
        limits["max_recipients"] = stakes.recipients - 1
    if stakes.amount:
        limits["max_refund_amount"] = AmountLimits.of_any(stakes.amount - Decimal("0.01"))
    return Settings.load({}, {"sandbox": True, **limits})


def is_beyond(stakes: Stakes, settings: Settings) -> bool:
    try:
        must_be_within_limits("It", stakes, settings)
    except PermissionDeniedError:
        return True
    return False


def weaknesses(whole: Facts, stripped: Facts | None) -> Iterator[str]:
    """Yield in what a question made of less is weaker than the one made of all."""
    if stripped is None:
        yield "nobody is asked"
        return
    before, after, settings = whole.stakes, stripped.stakes, just_below(whole.stakes)
    if (before.money and not after.money) or (before.people and not after.people):
        yield "money or people are not at stake any more"
    if before.amount is not None and after.amount is not None and after.amount < before.amount:
        yield f"the amount is {after.amount} instead of {before.amount}"
    if before.recipients is not None and after.recipients is not None and after.recipients < before.recipients:
        yield f"{after.recipients} people instead of {before.recipients}"
    if is_beyond(before, settings) and not is_beyond(after, settings):
        yield "it is within a limit"
    if what_to_type(whole, settings) and not what_to_type(stripped, settings):
        yield "nothing is typed"


@pytest.mark.parametrize("tool", GUARDED_CALLS)
async def test_what_is_left_out_weakens_no_question(tmp_path: Path, tool: str) -> None:
    async with stripped_door(tmp_path) as (door, transport):
        prepared = await GUARDED_CALLS[tool](door)
        transport.seen.clear()
        whole = await facts_now(door, tool, prepared.arguments)
        assert whole is not None
        fields = sorted(transport.seen)
        assert fields, "facts are made of answers"
        cases: dict[str, Callable[[str, str], bool]] = {
            f"{kind} {place}": lambda k, p, kind=kind, place=place: (k, p) == (kind, place)
            for kind, place in fields
            if not is_kept(place)
        }
        cases["all at once"] = lambda _kind, place: not is_left_at_most(place)
        cases["all but what is sure"] = all_but_what_is_sure
        found: list[str] = []
        for case, transport.dropped in cases.items():
            try:
                stripped = await facts_now(door, tool, prepared.arguments)
            except PreoError:
                continue
            found += [f"without {case}: {why}" for why in weaknesses(whole, stripped)]
        assert not found, "\n".join(found)
        assert prepared.effects() == 0


@pytest.mark.parametrize("tool", MUST_WORK)
async def test_a_person_can_still_do_it_where_only_what_is_sure_is_told(tmp_path: Path, tool: str) -> None:
    async with stripped_door(tmp_path, Person(YES)) as (door, transport):
        prepared = await GUARDED_CALLS[tool](door)
        transport.dropped = all_but_what_is_sure
        await door.done(tool, **prepared.arguments)
        assert prepared.effects() == 1
