"""The confirmation where the door cannot reach: what hosts declare, and replays at the same moment."""

import json
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import anyio.lowlevel
import pytest
from mcp.server.mcpserver import Context
from mcp.types import (
    CallToolResult,
    ClientCapabilities,
    ElicitationCapability,
    ElicitResult,
    FormElicitationCapability,
    InputRequiredResult,
    UrlElicitationCapability,
)

from preo_mcp.guardrails.confirmation import ANSWER, NOT_NEEDED, Approved, can_ask, confirm
from preo_mcp.guardrails.facts import Facts
from preo_mcp.guardrails.plans import Plans
from tests.door import YES, text_of

FACTS = Facts("Write?", (("Orders", "24"),))
FORM = ElicitationCapability(form=FormElicitationCapability())
URL = ElicitationCapability(url=UrlElicitationCapability())
BOTH = ElicitationCapability(form=FormElicitationCapability(), url=UrlElicitationCapability())
OLD, NEW = "2025-11-25", "2026-07-28"


@dataclass
class Session:
    can_send_request: bool = True
    asked: list[str] = field(default_factory=list[str])

    async def elicit_form(self, message: str, **_: Any) -> ElicitResult:
        self.asked.append(message)
        return YES


@dataclass
class FakeContext:
    """As much of a context as a confirmation uses."""

    protocol_version: str | None = OLD
    elicitation: ElicitationCapability | None = field(default_factory=lambda: FORM)
    session: Session = field(default_factory=Session)
    request_state: str | None = None
    input_responses: dict[str, ElicitResult] | None = None
    request_id: str = "1"

    @property
    def client_capabilities(self) -> ClientCapabilities | None:
        return ClientCapabilities(elicitation=self.elicitation)


def seen(context: FakeContext) -> Context[Any, Any]:
    return cast("Context[Any, Any]", context)


async def fetch() -> Facts:
    await anyio.lowlevel.checkpoint()
    return FACTS


@pytest.mark.parametrize(
    ("version", "elicitation", "two_way", "possible"),
    [
        (OLD, FORM, True, True),
        (OLD, ElicitationCapability(), True, True),  # {} means form
        (OLD, BOTH, True, True),
        (OLD, URL, True, False),
        (OLD, None, True, False),
        (OLD, FORM, False, False),
        (NEW, FORM, False, True),
        (NEW, ElicitationCapability(), False, True),
        (NEW, URL, True, False),
        (NEW, None, True, False),
        (None, FORM, False, False),
    ],
)
async def test_who_can_be_asked(
    version: str | None, elicitation: ElicitationCapability | None, two_way: bool, possible: bool
) -> None:
    context = FakeContext(version, elicitation, Session(two_way))
    assert can_ask(seen(context)) is possible
    verdict = await confirm(seen(context), "Start import", fetch, Plans())
    assert isinstance(verdict, CallToolResult) is not possible


async def test_a_host_without_capabilities_cannot_be_asked() -> None:
    class Silent(FakeContext):
        @property
        def client_capabilities(self) -> None:
            return None

    assert not can_ask(seen(Silent()))


async def test_where_there_are_no_facts_nobody_is_asked() -> None:
    async def nothing() -> None:
        return None

    context = FakeContext(elicitation=None)
    assert await confirm(seen(context), "Rename", nothing, Plans()) is NOT_NEEDED
    assert context.session.asked == []


async def test_two_replays_at_the_same_moment_run_once() -> None:
    plans = Plans()
    asked = await confirm(seen(FakeContext(NEW)), "Start import", fetch, plans)
    assert isinstance(asked, InputRequiredResult)
    verdicts: list[object] = []

    async def answer() -> None:
        context = FakeContext(NEW, request_state=asked.request_state, input_responses={ANSWER: YES})
        verdicts.append(await confirm(seen(context), "Start import", fetch, plans))

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(answer)
    assert sum(isinstance(verdict, Approved) for verdict in verdicts) == 1
    refused = [verdict for verdict in verdicts if isinstance(verdict, CallToolResult)]
    assert len(refused) == 4
    assert all("used already" in text_of(verdict) for verdict in refused)


async def test_a_yes_to_one_set_of_facts_is_none_to_another() -> None:
    plans = Plans()
    asked = await confirm(seen(FakeContext(NEW)), "Start import", fetch, plans)
    assert isinstance(asked, InputRequiredResult)

    async def changed() -> Facts:
        return Facts("Write?", (("Orders", "25"),))

    context = FakeContext(NEW, request_state=asked.request_state, input_responses={ANSWER: YES})
    again = await confirm(seen(context), "Start import", changed, plans)
    assert isinstance(again, InputRequiredResult)
    before, after = json.loads(asked.request_state or ""), json.loads(again.request_state or "")
    assert (after["plan"], after["asked"]) == (before["plan"], before["asked"] + 1)
    assert after["facts"] != before["facts"]
