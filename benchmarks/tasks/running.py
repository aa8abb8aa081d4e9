"""Runs a solution before a server with a sandbox of its own, and counts what passes a model."""

import json
import re
import sqlite3
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import anyio
import httpx
from mcp import Client, MCPError
from mcp.client import ClientRequestContext
from mcp.types import CallToolResult, ElicitRequestFormParams, ElicitRequestParams, ElicitResult, TextContent, Tool

from benchmarks.processes import TOKEN
from benchmarks.tasks.modes import ALL, Calling, Mode
from benchmarks.tasks.task import Answer, Doc, End, Solution, Task, TaskFailedError
from benchmarks.tokens import count, count_text, definition
from preo_mcp.approval.ways.dialog import TYPED
from preo_mcp.backend import Backend
from preo_mcp.sandbox.clock import iso
from preo_mcp.sandbox.in_process import SANDBOX_URL, run_sandbox
from preo_mcp.sandbox.seed import seeded_store
from preo_mcp.server import build_server
from preo_mcp.settings import Settings

PATIENCE: Final = 60
"""Seconds that work of Preo's may take at most."""
SOON: Final = timedelta(seconds=30)
"""Work that is due within this time is waited for; a campaign of next month is not."""
UNFINISHED: Final = (
    "SELECT count(*) FROM jobs WHERE status = 'queued' OR status = 'waiting' AND due < :soon",
    "SELECT count(*) FROM external_orders WHERE status = 'queued'",
    "SELECT count(*) FROM webhook_deliveries WHERE status = 'pending' AND due < :soon OR sending",
)
ID: Final = re.compile(
    r"\b(?:cmap|cmp|con|edt|eml|evt|fil|imp|opt|ord|org|pmap|prd|pur|rfd|seg|src|trx|usr|var|whd|whk)_\w+"
)

Opened = Callable[[Task, Path], AbstractAsyncContextManager[Client]]
"""Connects a host to a server before the sandbox in a folder."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a solution took, and what was wrong in the end.

    Attributes:
        listed: Tokens of the tool list as a model sees it.
        sent: Tokens of the calls, which the model writes.
        results: Tokens of the results: of each the larger of its two channels.
        read: Tokens that the model reads in all its turns: in each the list, and all calls and results so far; one turn
            for each call, and one for what it tells the user. 0 where that was not recorded.
    """

    calls: int
    listed: int
    sent: int
    results: int
    wrong: tuple[str, ...] = ()
    read: int = 0

    @property
    def whole(self) -> int:
        """All tokens that pass the model."""
        return self.listed + self.sent + self.results


@dataclass(slots=True)
class Counted:
    """A hand that counts; it refuses ids that nothing has shown."""

    client: Client
    given: Mapping[str, str]
    files: Path
    db: Path
    seen: str
    tools: list[Tool]
    calling: Calling
    calls: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    async def call(self, tool: str, **arguments: Any) -> Doc:
        """Return the structured content of a call, and count it."""
        return await self.calling.through(self._call, tool, arguments)

    async def _call(self, tool: str, arguments: Doc) -> Doc:
        made_up = {key for key in ID.findall(json.dumps(arguments)) if key not in self.seen}
        if made_up:
            raise TaskFailedError(f"{tool} names {made_up}, which nothing has shown")
        try:
            result = await self.client.call_tool(tool, arguments)
        except (MCPError, RuntimeError) as exc:  # no such tool; a result that is not what its own schema says
            raise TaskFailedError(f"{tool}: {str(exc).partition(chr(10))[0]}") from exc
        text = _text(result)
        structured = result.structured_content
        self.calls.append(
            (
                count({"name": tool, "arguments": arguments}),
                max(count_text(text), 0 if structured is None else count(structured)),
            )
        )
        self.seen += f"{text}{json.dumps(structured)}"
        if result.is_error:
            raise TaskFailedError(f"{tool}: {text}")
        return structured or {}

    async def quiet(self) -> None:
        """Wait until the sandbox has nothing left that is due."""
        with anyio.fail_after(PATIENCE), closing(sqlite3.connect(self.db)) as db:
            while True:  # the sandbox says nothing when it is through
                if not _is_busy(db):
                    return
                await anyio.sleep(0.05)

    def run(self, wrong: tuple[str, ...]) -> Run:
        """Return what it took so far."""
        listed = sum(count(definition(shown(tool))) for tool in self.tools)
        sent, results = (sum(tokens) for tokens in zip(*self.calls, strict=True)) if self.calls else (0, 0)
        so_far = accumulate((one + result for one, result in self.calls), initial=listed)
        return Run(len(self.calls), listed, sent, results, wrong, sum(so_far))


def shown(tool: Tool) -> Doc:
    """Return a tool as it is listed."""
    return {"description": "", **tool.model_dump(mode="json", by_alias=True, exclude_none=True)}


async def solved(task: Task, solution: Solution, folder: Path, opened: Opened) -> Run:
    """Return what a solution took; where it could not go on, that is what was wrong."""
    given = await begun(task, folder)
    words = task.words.format(**given)
    with closing(sqlite3.connect(":memory:")) as before, closing(sqlite3.connect(folder / "sandbox" / "preo.db")) as db:
        db.backup(before)
        async with opened(task, folder) as client:
            tools = (await client.list_tools()).tools
            offered = json.dumps([shown(tool) for tool in tools])
            db_path = folder / "sandbox" / "preo.db"
            hand = Counted(client, given, folder / "files", db_path, f"{words}{offered}", tools, Calling(tools))
            answer: Answer = {}
            wrong: list[str] = []
            try:
                answer = await solution(hand)
                await hand.quiet()
            except (TaskFailedError, KeyError, IndexError, StopIteration, TimeoutError) as exc:
                wrong.append(f"{type(exc).__name__}: {exc}")
            wrong += task.check(End(before, db, answer, given))
        return hand.run(tuple(wrong))


async def begun(task: Task, folder: Path) -> dict[str, str]:
    """Write a fresh sandbox and the user's files into `folder`, do what was done before; return what is given."""
    data, files = folder / "sandbox", folder / "files"
    data.mkdir()
    files.mkdir()
    (data / "preo.db").write_bytes(_seeded())
    for name, content in task.files.items():
        (files / name).write_bytes(content)
    if task.begin is not None:
        async with anyio.create_task_group() as tasks:
            transport: httpx.AsyncBaseTransport = await tasks.start(run_sandbox, data)
            headers = {"Authorization": f"Bearer {TOKEN}"}
            async with httpx.AsyncClient(transport=transport, base_url=SANDBOX_URL, headers=headers) as api:
                await task.begin(api)
            tasks.cancel_scope.cancel()
    with closing(sqlite3.connect(data / "preo.db")) as db:
        return task.given(db)


@cache
def _seeded() -> bytes:
    with seeded_store() as store:
        return store.db.serialize()


def _is_busy(db: sqlite3.Connection) -> bool:
    soon = {"soon": iso(datetime.now(UTC) + SOON)}
    return any(db.execute(query, soon if ":soon" in query else {}).fetchone()[0] for query in UNFINISHED)


def ours(mode: Mode = ALL) -> Opened:
    """Return what connects a host to our server, in this process."""

    @asynccontextmanager
    async def opened(task: Task, folder: Path) -> AsyncGenerator[Client]:
        flags = {
            "sandbox": True,
            "sandbox_data": folder / "sandbox",
            "state_folder": folder / "state",
            "allowed_folders": str(folder / "files"),
        }
        settings = Settings.load({}, {**flags, **mode.flags(task.domain)})
        async with AsyncExitStack() as stack:
            backend = await stack.enter_async_context(Backend.opened(settings))
            host = Client(build_server(settings, backend), elicitation_callback=say_yes)
            yield await stack.enter_async_context(host)

    return opened


async def say_yes(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001 - the SDK names it
    """Answer as a person who agrees, and types what they are asked to type."""
    content: dict[str, str | int | float | bool | list[str] | None] = {"approve": True}
    if isinstance(params, ElicitRequestFormParams) and TYPED in params.requested_schema["properties"]:
        asked = re.search(r"“?([^“”]+)”? to confirm", params.requested_schema["properties"][TYPED]["title"])
        content[TYPED] = "" if asked is None else asked[1].removeprefix("Type ").removeprefix("“")
    return ElicitResult(action="accept", content=content)


def _text(result: CallToolResult) -> str:
    blocks = (
        block.text if isinstance(block, TextContent) else block.model_dump_json(by_alias=True, exclude_none=True)
        for block in result.content
    )
    return "\n".join(blocks)
