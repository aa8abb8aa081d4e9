"""A guard on a ledger in memory, before calls whose facts, effect and read-back a test decides."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import anyio
import anyio.lowlevel
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, ClientCapabilities, ElicitationCapability, ElicitResult, TextContent
from pydantic import JsonValue

from preo_mcp.approval.asking import Ways
from preo_mcp.approval.ended import DidNotHappen, Ran, Unknown
from preo_mcp.approval.facts import Facts, Stakes
from preo_mcp.approval.guard import Guard
from preo_mcp.approval.ledgers.ledger import Lease
from preo_mcp.approval.plans import Plan
from preo_mcp.approval.timing import Timing
from preo_mcp.approval.wording import say
from preo_mcp.settings import Settings
from tests.approval.memory_ledger import MemoryLedger
from tests.door import YES

OLD, NEW = "2025-11-25", "2026-07-28"
FORM = ElicitationCapability()
APPS = {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}}


@dataclass
class Session:
    can_send_request: bool = True
    answers: list[ElicitResult | Exception] = field(default_factory=lambda: list[ElicitResult | Exception]([YES]))
    asked: list[str] = field(default_factory=list[str])
    schemas: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    client_capabilities: ClientCapabilities | None = None

    async def elicit_form(self, message: str, requested_schema: dict[str, Any], **_: Any) -> ElicitResult:
        self.asked.append(message)
        self.schemas.append(requested_schema)
        await anyio.lowlevel.checkpoint()
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Host:
    """As much of a context as the guard uses."""

    protocol_version: str | None = OLD
    elicitation: ElicitationCapability | None = field(default_factory=lambda: FORM)
    session: Session = field(default_factory=Session)
    extensions: dict[str, Any] | None = None
    request_state: str | None = None
    input_responses: dict[str, ElicitResult] | None = None
    request_id: str = "1"
    progress: list[float] = field(default_factory=list[float])

    def __post_init__(self) -> None:
        self.client_capabilities = ClientCapabilities(elicitation=self.elicitation, extensions=self.extensions)
        self.session.client_capabilities = self.client_capabilities

    async def report_progress(self, done: float, total: float | None, message: str | None) -> None:
        self.progress.append(done)
        await anyio.lowlevel.checkpoint()


@dataclass
class Page:
    """An approval page that has no page; it opens where `has_browser`."""

    has_browser: bool = False
    opened: list[str] = field(default_factory=list[str])
    signed_in_at: str | None = None
    waiting: list[str] = field(default_factory=list[str])

    def waits(self, plan: Plan) -> None:
        self.waiting.append(plan.id)

    async def address(self, plan_id: str) -> str:
        await anyio.lowlevel.checkpoint()
        return f"http://127.0.0.1/approve/{plan_id}#secret"

    async def open(self, plan_id: str) -> bool:
        await anyio.lowlevel.checkpoint()
        self.opened.append(plan_id)
        return self.has_browser


Effect = Callable[[], None]


@dataclass
class Stage:
    """What a call finds: its facts, what happens when it is carried out, what reading back shows.

    Attributes:
        effects: How often it took effect.
        then: Raises after (or instead of) the effect.
        applies: Whether Preo carries it out at all.
        found: What reading back shows; None for the truth.
    """

    flags: dict[str, Any] = field(default_factory=dict[str, Any])
    facts: Facts | None = field(default_factory=lambda: Facts(say("Send?"), ((say("To"), "many"),), ()))
    effects: int = 0
    then: Exception | None = None
    applies: bool = True
    found: DidNotHappen | Unknown | Exception | None = None
    now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    page: Page = field(default_factory=Page)
    audited: list[Ran] = field(default_factory=list[Ran])
    slept: float = 0
    fetched: int = 0
    content: Callable[[], JsonValue] | None = None
    """What is read again after the effect."""
    stopped: int = 0

    def __post_init__(self) -> None:
        flags = {"sandbox": True, "state_folder": Path("nowhere"), "approval_wait": 0, **self.flags}
        self.settings = Settings.load({}, flags)
        self.timing = Timing(now=lambda: self.now, sleep=self._sleep)
        ways = Ways(self.settings, self.ledger, self.page, self.timing)
        self.guard = Guard(self.settings, self.ledger, ways, self.timing)

    async def _sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.now += timedelta(seconds=seconds)
        await anyio.lowlevel.checkpoint()

    def call(self, host: Host | None = None, digest: str = "call", *, is_refund: bool = False) -> "StagedCall":
        return StagedCall(self, cast("Context[Any, Any]", host or Host()), digest, is_refund)

    async def run(self, host: Host | None = None, **call: Any) -> Ran:
        return await self.guard.run(self.call(host, **call))

    async def only_plan(self) -> Plan:
        [plan] = self.ledger.plans.values()
        return plan


@dataclass
class StagedCall:
    """A call whose every part a stage decides."""

    stage: Stage
    context: Context[Any, Any]
    digest: str
    is_refund: bool
    name: str = "send_campaign"
    title: str = "Send campaign now"
    account: str = "account"
    accounts: tuple[str, ...] = ("account",)
    whose: str = "ours"
    seconds: float = 0
    has_card: bool = True
    waits: bool = False
    may_run_unasked: bool = True
    lease: Lease | None = None
    performs: Callable[[Plan | None], Awaitable[CallToolResult]] | None = None
    """What is done in place of the stage's effect."""

    @property
    def has_written(self) -> bool:
        return self.stage.effects > 0

    async def facts(self) -> Facts | None:
        await anyio.lowlevel.checkpoint()
        self.stage.fetched += 1
        return self.stage.facts

    async def perform(self, plan: Plan | None) -> CallToolResult:
        if self.performs is not None:
            return await self.performs(plan)
        await anyio.lowlevel.checkpoint()
        self.stage.effects += self.stage.applies
        if self.stage.then is not None:
            raise self.stage.then
        return result(f"sent {self.stage.effects}")

    async def remember(self) -> dict[str, JsonValue]:
        await anyio.lowlevel.checkpoint()
        return {"effects": self.stage.effects}

    async def look_back(self, plan: Plan) -> CallToolResult | DidNotHappen | Unknown:
        await anyio.lowlevel.checkpoint()
        if isinstance(self.stage.found, Exception):
            raise self.stage.found
        if self.stage.found is not None:
            return self.stage.found
        remembered = plan.before["effects"]
        return result("found sent") if remembered != self.stage.effects else DidNotHappen("it is a draft")

    @property
    def former_digest(self) -> str:
        return self.digest

    async def identify(self) -> None:
        await anyio.lowlevel.checkpoint()

    async def content(self) -> JsonValue:
        await anyio.lowlevel.checkpoint()
        return self.stage.content() if self.stage.content else None

    async def stop(self) -> str | None:
        await anyio.lowlevel.checkpoint()
        self.stage.stopped += 1
        return "It was stopped."

    def record(self, ran: Ran) -> None:
        self.stage.audited.append(ran)


def result(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content={"status": text})


def many(count: int, name: str = "Autumn") -> Facts:
    """Return the facts of a campaign for `count` people."""
    return Facts(
        say("Send?"), ((say("To"), "many"),), ((say("Recipients"), count),), Stakes(recipients=count, name=name)
    )
