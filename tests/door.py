"""The server as a host sees it: the official client, `build_server`, and behind it a sandbox or a scripted API."""

import re
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import anyio
import httpx
from anyio.abc import TaskGroup
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.types import (
    CallToolResult,
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitResult,
    ResourceLink,
    TextContent,
)

from preo_mcp.approval.guardrails import Guardrails
from preo_mcp.approval.timing import Timing
from preo_mcp.approval.ways.dialog import TYPED
from preo_mcp.backend import Backend, ClientOf, Clock, Factories, client_of
from preo_mcp.calls.finding.doors import DIRECT
from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.sandbox.seed import seeded_store
from preo_mcp.server import build_server
from preo_mcp.settings import Mode, Settings
from preo_mcp.web.site import Site
from tests.answer_schemas import TOOLS, faults, in_utc

Era = Literal["legacy", "auto"]
ERAS: tuple[Era, ...] = ("legacy", "auto")
"""Sessions of protocol 2025-11-25, and stateless calls of 2026-07-28."""

EDITION = "edt_nordlys27"
API = "https://api.example"
TOKEN = "s3cret-T0KEN"
SANDBOX_WORD = "Sandbox"

ORDERS = """\
Order ID,Email,Full name,Phone,SKU,Product,Quantity,Price
A-1,kirsten@example.org,Kirsten Holm,20 12 34 56,NF-PARK,Parkering,1,195.00
A-1,kirsten@example.org,Kirsten Holm,20 12 34 56,NF-POSTER,Plakat A2,2,80.00
A-2,jens@example.org,Jens Krogh,12,NF-DAY-REG,Endagsbillet - Voksen,3,795.00
A-3,ida@example.org,Ida Lund,+45 22 61 04 18,NF-DRINK,Drikkebillet,4,45.00
"""
"""Three orders of three customers; NF-POSTER is not a product of the edition, and one phone number is not a number."""

Answer = Callable[[str], Awaitable[ElicitResult] | ElicitResult]

HASTY = Timing(poll=0.01, broken=0.03, settle=0.05)
"""For a guard that waits as long as it has to, and no longer than a test needs."""


async def _at_once(_: float) -> None:
    await anyio.lowlevel.checkpoint()


IMPATIENT = Clock(sleep=_at_once)
"""For a call that waits for an outcome: it looks again as soon as others had their turn."""


class WatchedClock:
    """A clock that moves by what is slept, and by nothing else."""

    def __init__(self) -> None:
        self.seconds = 0.0

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await anyio.lowlevel.checkpoint()

    @property
    def clock(self) -> Clock:
        """For the backend."""
        return Clock(lambda: self.seconds, self.sleep)


YES = ElicitResult(action="accept", content={"approve": True})
UNTICKED = ElicitResult(action="accept", content={"approve": False})
DECLINE = ElicitResult(action="decline")
CANCEL = ElicitResult(action="cancel")


class Person:
    """Who sits before the host: answers each question and remembers it."""

    def __init__(self, *answers: ElicitResult | Answer) -> None:
        self._answers = list(answers)
        self.questions: list[str] = []

    async def ask(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        answer = self._answers[min(len(self.questions), len(self._answers) - 1)]
        self.questions.append(params.message)
        given = answer if isinstance(answer, ElicitResult) else answer(params.message)
        return _typed(given if isinstance(given, ElicitResult) else await given, params.requested_schema)


def _typed(answer: ElicitResult, schema: Mapping[str, Any]) -> ElicitResult:
    """Return a yes with what the form asks to be typed, unless the answer types something itself."""
    if answer != YES or TYPED not in schema["properties"]:
        return answer
    asked = re.fullmatch(r"Type “?(.+?)”? to confirm", schema["properties"][TYPED]["title"])
    assert asked
    return ElicitResult(action="accept", content={**(answer.content or {}), TYPED: asked[1]})


class Door:
    """A connected host; every result that passes is held to what all results promise."""

    def __init__(self, client: Client, backend: Backend, folder: Path) -> None:
        self.client = client
        self.backend = backend
        self.folder = folder

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        return await self.client.call_tool(tool, arguments)

    async def done(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return the structured content of a call that has to succeed."""
        result = await self.call(tool, **arguments)
        text = text_of(result)
        assert not result.is_error, text
        content = result.structured_content
        assert content is not None
        assert text
        assert not list(nulls(content)), f"nulls at {list(nulls(content))}"
        if self.backend.settings.sandbox and tool in TOOLS:  # another API may answer what nobody foresaw
            assert not faults(tool, content), faults(tool, content)
            may_read_edition = "get_edition" not in self.backend.settings.deny
            assert not may_read_edition or not list(in_utc(content)), f"in UTC: {tool} {list(in_utc(content))}"
        return content

    async def refused(self, tool: str, **arguments: Any) -> str:
        """Return the text of a call that has to fail: three parts, on one line."""
        result = await self.call(tool, **arguments)
        text = text_of(result)
        assert result.is_error, text
        assert result.structured_content is None
        assert len(text.split(" · ")) >= 3, text
        assert "\n" not in text
        assert "crashed" not in text
        return text

    async def waiting(self, tool: str, **arguments: Any) -> str:
        """Return the id of the plan of a call that waits for a person outside the host's dialog."""
        result = await self.call(tool, **arguments)
        text = text_of(result)
        assert result.is_error, text
        first, plan, question, *_ = text.split("\n")
        assert len(first.split(" · ")) == 3, text
        assert "approve" in first
        assert question
        found = re.match(r"Plan (pln_[0-9a-f]{24}) ", plan)
        assert found, text
        return found[1]

    async def prepared(self, content: str = ORDERS, **arguments: Any) -> dict[str, Any]:
        """Prepare an import; products that the edition does not know come in unmapped, unless something is settled."""
        arguments = {"file_name": "orders.csv", "settle": ["products: keep"], **arguments}
        return await self.done("prepare_import", edition_id=EDITION, text=content, **arguments)

    async def stage(self, import_id: str) -> str:
        return (await self.done("get_data_import", import_id=import_id))["stage"]

    def written(self) -> tuple[int, int, int, int]:
        """Return how many customers, orders, purchases and queued external orders there are."""
        with closing(sqlite3.connect(self.folder / "preo.db")) as db:
            tables = ("customers", "orders", "purchases", "external_orders")
            customers, orders, purchases, external = (
                db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables
            )
        return customers, orders, purchases, external


class BehindDoors(Door):
    """A host of a server in search mode, which calls every tool through the doors."""

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        described = await self.client.call_tool("find_tools", {"wish": tool})
        content = described.structured_content
        assert content is not None
        door = "preo_write" if "preo_write" in content["tools"][tool] else "preo_read"
        if tool in DIRECT:
            return await super().call(tool, **arguments)
        return await self.client.call_tool(door, {"tool": tool, "arguments": arguments})


@cache
def seeded() -> bytes:
    """A seeded database, made once per process: seeding takes longer than most tests."""
    with seeded_store() as store:
        return store.db.serialize()


@asynccontextmanager
async def open_door(
    folder: Path,
    era: Era,
    person: Person | None = None,
    api: Callable[[httpx.Request], httpx.Response] | None = None,
    client: ClientOf | None = None,
    clock: Clock = IMPATIENT,
    **flags: Any,
) -> AsyncGenerator[Door]:
    """Connect a host of `era` to a server on the sandbox in `folder`, a fresh one at first, or on a scripted `api`.

    Without a `person` the host does not declare that it can ask. `client` opens another client, waits go by
    `clock`. `flags` are settings.
    """
    flags = {"state_folder": folder / "state", "approval_wait": 0, **flags}
    settings = _account_settings(flags) if api else _sandbox_settings(folder, flags)
    async with AsyncExitStack() as stack:
        made = client or (client_of if api is None else answered_by(api))
        factories = Factories(client=made, guardrails=hasty_guardrails, clock=clock)
        backend = await stack.enter_async_context(Backend.opened(settings, factories))
        host = Client(
            build_server(settings, backend), mode=era, elicitation_callback=None if person is None else person.ask
        )
        door = BehindDoors if settings.mode is Mode.SEARCH else Door
        yield door(await stack.enter_async_context(host), backend, folder)


def hasty_guardrails(settings: Settings, site: Site) -> Guardrails:
    """Make guardrails that wait no longer than a test needs."""
    return Guardrails(settings, site, HASTY)


def answered_by(api: Callable[[httpx.Request], httpx.Response], time_budget: float = 60) -> ClientOf:
    """Return what opens a client of a scripted API."""

    @asynccontextmanager
    async def opened(_settings: Settings, _tasks: TaskGroup) -> AsyncGenerator[PreoClient]:
        client = PreoClient(Connection(API, TOKEN, time_budget=time_budget), transport=httpx.MockTransport(api))
        yield client
        await client.aclose()

    return opened


def client_of_door(door: Door) -> ClientOf:
    """Return what shares the client of a server that is open: two servers before one account."""

    @asynccontextmanager
    async def shared(_settings: Settings, _tasks: TaskGroup) -> AsyncGenerator[PreoClient]:
        yield await door.backend.client()

    return shared


def _account_settings(flags: dict[str, Any]) -> Settings:
    return Settings.load({"PREO_TOKEN": TOKEN, "PREO_BASE_URL": API}, flags)


def _sandbox_settings(folder: Path, flags: dict[str, Any]) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "preo.db").exists():
        (folder / "preo.db").write_bytes(seeded())
    return Settings.load({}, {"sandbox": True, "sandbox_data": folder, **flags})


def text_of(result: CallToolResult) -> str:
    """Return the text of a result: one block, before which nothing stands and after which only links do."""
    block, *links = result.content
    assert all(isinstance(link, ResourceLink) for link in links)
    assert isinstance(block, TextContent)
    return block.text


def content_of(result: CallToolResult) -> dict[str, Any]:
    """Return the structured content of a result, or nothing where it has none."""
    return result.structured_content or {}


def nulls(value: object, where: str = "") -> list[str]:
    """Return the places of nulls in a JSON value."""
    match value:
        case None:
            return [where]
        case dict():
            fields = cast("dict[str, object]", value)
            return [place for name, item in fields.items() for place in nulls(item, f"{where}.{name}")]
        case list():
            items = cast("list[object]", value)
            return [place for number, item in enumerate(items) for place in nulls(item, f"{where}.{number}")]
        case _:
            return []
