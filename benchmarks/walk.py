"""`python -m benchmarks.walk TOOL`: which modules a call enters, and what it asks of Preo in how many rounds.

The call goes through a real client, server and sandbox in one process, with one yes where a person is asked. It is made
twice, and the second time is shown: what is loaded, made or asked for only once is not part of a call's path.
"""

import argparse
import re
import sys
import tempfile
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from types import FrameType
from typing import Any, Final, Literal

import anyio
import anyio.lowlevel
import httpx
from anyio.abc import TaskGroup
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult

from benchmarks.table import NotMeasuredError
from preo_mcp.api.operations import OPERATIONS
from preo_mcp.backend import Backend, Factories
from preo_mcp.client.connection import Connection
from preo_mcp.client.preo_client import PreoClient
from preo_mcp.sandbox.in_process import SANDBOX_URL, run_sandbox
from preo_mcp.server import build_server
from preo_mcp.settings import Settings

Era = Literal["legacy", "auto"]
"""Sessions of protocol 2025-11-25, or stateless calls of 2026-07-28 where both sides know it."""

PACKAGE: Final = "preo_mcp"
ANY_NUMBER: Final = 10**9
COUNTED_SECONDS: Final = 30
EXPORT: Final = """\
Order ID,Email,Full name,Phone,SKU,Product,Quantity,Price
A-1,kirsten@example.org,Kirsten Holm,20 12 34 56,NF-PARK,Parkering,1,195.00
A-2,jens@example.org,Jens Krogh,20 12 34 57,NF-POSTER,Plakat A2,2,80.00
"""
"""Two orders; one of the products is not the edition's, so that proposals are made."""

_in_sandbox: ContextVar[bool] = ContextVar("in_sandbox", default=False)
"""Whether code runs for the sandbox, which stands for Preo; its tasks and threads inherit it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, and the round in which it was under way."""

    round: int
    line: str


@dataclass(frozen=True, slots=True)
class Walk:
    """A call's path: the modules in the order in which they were entered, and the requests as they were sent.

    Where it was looked again and again until something was over, the look stands once.
    """

    modules: tuple[str, ...]
    requests: tuple[Sent, ...]

    @property
    def rounds(self) -> int:
        """How many times Preo was waited for, one after the other."""
        return max((sent.round for sent in self.requests), default=0)


@dataclass(slots=True)
class Entered:
    """The package's modules of which a function is entered, in this thread and in those that start meanwhile."""

    modules: dict[str, None] = field(default_factory=dict[str, None])
    is_recording: bool = False

    @contextmanager
    def watching(self) -> Generator[None]:
        """See every function that is entered; what is seen is kept only while `is_recording`."""
        former = sys.getprofile(), threading.getprofile()
        threading.setprofile(self._see)
        sys.setprofile(self._see)
        try:
            yield
        finally:
            sys.setprofile(former[0])
            threading.setprofile(former[1])

    def _see(self, frame: FrameType, event: str, _: object) -> None:
        if not self.is_recording or event != "call" or frame.f_code.co_name == "<module>":
            return
        name = str(frame.f_globals.get("__name__"))
        if name.partition(".")[0] == PACKAGE and not _in_sandbox.get():
            self.modules.setdefault(name)


class Rounds(httpx.AsyncBaseTransport):
    """Carries requests to the sandbox as if all took the same time: answers of one round arrive together.

    So the count does not depend on which answer was faster: a round ends when nothing more is asked without an answer.
    """

    def __init__(self, sandbox: httpx.AsyncBaseTransport) -> None:
        self.sent: list[Sent] = []
        self.is_recording = False
        self._sandbox = sandbox
        self._unanswered = 0
        self._round = 0
        self._over = anyio.Event()
        self._over.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the sandbox's answer, at the end of the round."""
        if not self.is_recording:
            return await self._answer(request)
        if self._over.is_set():
            self._round += 1
            self._over = anyio.Event()
        over = self._over
        self.sent.append(Sent(self._round, _line(request)))
        self._unanswered += 1
        try:
            answer = await self._answer(request)
        finally:
            self._unanswered -= 1
        if not self._unanswered:
            await anyio.wait_all_tasks_blocked()
            if not self._unanswered:
                over.set()
        await over.wait()
        return answer

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        with _as_sandbox():
            return await self._sandbox.handle_async_request(request)


@dataclass(slots=True)
class Host:
    """A connected host, with a person who says yes."""

    client: Client
    rounds: list[Rounds]

    async def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the result of a call.

        Raises:
            NotMeasuredError: it failed.
        """
        result = await self.client.call_tool(tool, arguments)
        if result.is_error or result.structured_content is None:
            raise NotMeasuredError(f"{tool} failed: {result.content}")
        return result.structured_content


Prepare = Callable[[Host], Awaitable[dict[str, Any]]]
"""Makes what a call needs, and returns the call's arguments."""


async def _any_campaign(_: Host) -> dict[str, Any]:
    return {"campaign_id": "cmp_nordlys_xmas"}


async def _export(_: Host) -> dict[str, Any]:
    return {"edition_id": "edt_nordlys27", "text": EXPORT, "file_name": "orders.csv", "settle": ["products: keep"]}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a campaign is made of that can be sent; without a segment to all of the organization's."""

    organization_id: str
    email_message_id: str
    segment_id: str | None
    edition_id: str | None = None

    async def __call__(self, host: Host) -> dict[str, Any]:
        """Make the campaign, once its segment is counted; sending one has it counted again."""
        whole = {"organization_id": self.organization_id, "name": "All", "condition": "user.email != ''"}
        segment_id = self.segment_id or (await host.call("create_segment", whole))["id"]
        with anyio.fail_after(COUNTED_SECONDS):
            while (status := await _status(host, segment_id)) != "completed":
                if status == "draft":
                    await host.call("recalculate_segment", {"segment_id": segment_id})
                await anyio.lowlevel.checkpoint()
        content = {
            "organization_id": self.organization_id,
            "name": "Walk",
            "segment_id": segment_id,
            "channel": "email",
            "email_message_id": self.email_message_id,
        }
        campaign_id = (await host.call("create_campaign", content))["id"]
        edition = {"name": "A walk", "edition_id": self.edition_id}  # else Preo takes the segment's
        await host.call("update_campaign", {"campaign_id": campaign_id, **edition})
        return {"campaign_id": campaign_id}


async def _status(host: Host, segment_id: str) -> str:
    return (await host.call("get_segment", {"segment_id": segment_id}))["status"]


WALKS: Final[dict[str, Prepare]] = {
    "get_campaign": _any_campaign,
    "send_campaign": Draft("org_elbklang", "eml_elbklang_news", "seg_elbklang_regulars", "edt_elbklang25"),
    "send_campaign/message": Draft("org_nordlys", "eml_n27_vip", segment_id=None),
    "send_campaign/segment": Draft("org_nordlys", "eml_nordlys_news", "seg_nordlys_return"),
    "prepare_import": _export,
}
"""By tool; after a slash, what alone names the campaign's edition."""


def walked(name: str, era: Era = "auto") -> Walk:
    """Return the path of one of the calls in `WALKS`.

    Raises:
        NotMeasuredError: the call failed.
    """
    entered = Entered()
    with entered.watching():
        return anyio.run(_walked, name, era, entered)


async def _walked(name: str, era: Era, entered: Entered) -> Walk:
    tool, prepare = name.partition("/")[0], WALKS[name]
    async with _connected(era) as host:
        await host.call(tool, await prepare(host))
        arguments = await prepare(host)
        [rounds] = host.rounds
        rounds.is_recording = entered.is_recording = True
        await host.call(tool, arguments)
        rounds.is_recording = entered.is_recording = False
    return Walk(tuple(entered.modules), tuple(without_repeated_looks(rounds.sent)))


def without_repeated_looks(requests: Sequence[Sent]) -> Iterator[Sent]:
    """Yield the requests without the rounds that ask the same as the one before.

    They wait for what Preo does by itself, and how many there are depends on the computer.
    """
    rounds = [[sent.line for sent in one] for _, one in groupby(requests, lambda sent: sent.round)]
    told = [lines for before, lines in pairwise([[], *rounds]) if sorted(lines) != sorted(before)]
    return (Sent(number, line) for number, lines in enumerate(told, start=1) for line in lines)


@asynccontextmanager
async def _connected(era: Era) -> AsyncGenerator[Host]:
    """Connect a host to a server in front of a fresh sandbox."""
    rounds = list[Rounds]()

    @asynccontextmanager
    async def client_of(_: Settings, tasks: TaskGroup) -> AsyncGenerator[PreoClient]:
        with _as_sandbox():
            sandbox: httpx.AsyncBaseTransport = await tasks.start(run_sandbox)
        rounds.append(Rounds(sandbox))
        client = PreoClient(Connection.of(settings, SANDBOX_URL), transport=rounds[0])
        yield client
        await client.aclose()

    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="preo-walk-"))
        flags = {"sandbox": True, "state_folder": Path(folder), "confirm_recipients_over": ANY_NUMBER}
        settings = Settings.load({}, flags)
        backend = await stack.enter_async_context(Backend.opened(settings, Factories(client=client_of)))
        host = Client(build_server(settings, backend), mode=era, elicitation_callback=_yes)
        yield Host(await stack.enter_async_context(host), rounds)


async def _yes(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001 - the SDK's signature
    return ElicitResult(action="accept", content={"approve": True})


@contextmanager
def _as_sandbox() -> Generator[None]:
    former = _in_sandbox.set(True)
    try:
        yield
    finally:
        _in_sandbox.reset(former)


def _line(request: httpx.Request) -> str:
    """A request as the operation that it calls: ids differ from one walk to the next."""
    for operation in sorted(OPERATIONS, key=lambda one: one.path.count("{")):  # an id could be any word of a path
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(operation.path))
        if operation.method == request.method and re.fullmatch(pattern, request.url.path):
            return f"{operation.method} {operation.path}"
    return f"{request.method} {request.url.path}"


def shown(walk: Walk) -> str:
    """Return a walk in lines, its two figures last."""
    lines = [*walk.modules, ""]
    for number, requests in groupby(walk.requests, lambda sent: sent.round):
        lines += [f"{number if place == 0 else '':>2}  {sent.line}" for place, sent in enumerate(requests)]
    lines += ["", f"{len(walk.modules)} modules", f"{len(walk.requests)} requests in {walk.rounds} rounds"]
    return "\n".join(lines)


def main() -> None:
    """Walk with the call that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.walk", description=__doc__)
    parser.add_argument("tool", choices=list(WALKS))
    parser.add_argument("--era", choices=["legacy", "auto"], default="auto", help="protocol 2025-11-25, or the newest")
    parsed = parser.parse_args()
    print(shown(walked(parsed.tool, parsed.era)))


if __name__ == "__main__":
    main()
