"""Any guarded tool on any walk: called directly or behind a door of search mode, answered, changed, expired, restarted.

Whatever comes in whatever order, it takes effect at the first call after a yes that still holds, and never else.
"""

import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import example, given, settings
from hypothesis import strategies as st

from preo_mcp.approval.ledgers.ledger import take
from preo_mcp.approval.plans import Plan, PlanState, approved, declined
from preo_mcp.settings import Way
from tests.door import Door, client_of_door, open_door, text_of
from tests.guarded_calls import GUARDED_CALLS
from tests.prepared_calls import Prepared

SECOND = timedelta(seconds=1)


class Event(StrEnum):
    """What may come next."""

    DIRECT = "it is called directly"
    BEHIND_A_DOOR = "it is called behind a door of search mode"
    WRONG_DOOR = "it is called behind the door that only reads"
    YES = "a person says yes"
    NO = "a person says no"
    CHANGED = "the facts change"
    EXPIRED = "the question or the yes expires"


CALLS = (Event.DIRECT, Event.BEHIND_A_DOOR)
ANY = st.lists(st.sampled_from(Event), max_size=6)


@dataclass(frozen=True)
class Doors:
    """Two servers before one account and one ledger: one lists all tools, the other is in search mode."""

    direct: Door
    search: Door
    portal: BlockingPortal


@asynccontextmanager
async def both(folder: Path) -> AsyncGenerator[tuple[Door, Door]]:
    async with (
        open_door(folder, "legacy") as direct,
        open_door(folder, "auto", client=client_of_door(direct), mode="search") as search,
    ):
        yield direct, search


@pytest.fixture(scope="module")
def doors() -> Generator[Doors]:
    with (
        tempfile.TemporaryDirectory() as folder,
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(both(Path(folder))) as (direct, search),
    ):
        yield Doors(direct, search, portal)


@settings(max_examples=80, deadline=None)
@example("delete_file", [Event.DIRECT, Event.CHANGED, Event.YES, Event.BEHIND_A_DOOR, Event.YES])
@example("refund_purchases", [Event.DIRECT, Event.YES, Event.CHANGED, Event.BEHIND_A_DOOR, Event.YES])
@example("approve_refunds", [Event.BEHIND_A_DOOR, Event.NO, Event.DIRECT, Event.YES, Event.WRONG_DOOR])
@example("send_campaign", [Event.BEHIND_A_DOOR, Event.YES, Event.EXPIRED, Event.DIRECT])
@given(
    st.sampled_from([*GUARDED_CALLS]), st.tuples(st.sampled_from(CALLS), ANY).map(lambda drawn: [drawn[0], *drawn[1]])
)
def test_it_takes_effect_at_the_first_call_after_a_yes_that_holds(doors: Doors, tool: str, events: list[Event]) -> None:
    doors.portal.call(Walk(doors, tool).walk, events)


@dataclass
class Walk:
    """A call, the plan that it waits for, and what is to be expected of it."""

    doors: Doors
    tool: str
    plan_id: str | None = None
    is_agreed: bool = False
    is_declined: bool = False
    is_stale: bool = False
    """Whether the facts changed since they were shown: then a yes is one to something else."""

    async def walk(self, events: list[Event]) -> None:
        """Let all events come, and a call at the end through each door."""
        prepared = await GUARDED_CALLS[self.tool](self.doors.direct)
        for event in (*events, *CALLS):
            if event in CALLS and self.is_agreed:
                await self._takes_effect_once(prepared, event)
                return
            await self._comes(prepared, event)
            assert prepared.effects() == 0, (event, self)
        plan = await self._plan()
        assert plan is None or plan.state is PlanState.OPEN

    async def _comes(self, prepared: Prepared, event: Event) -> None:
        if event in CALLS:
            await self._waits(prepared, event)
        elif event is Event.WRONG_DOOR:
            sent = {"tool": self.tool, "arguments": prepared.arguments}
            result = await self.doors.search.client.call_tool("preo_read", sent)
            assert "it changes something, and preo_read only reads" in text_of(result)
        elif (plan := await self._plan()) is not None:
            await self._happens_to(plan, event)

    async def _waits(self, prepared: Prepared, event: Event) -> None:
        """Call it without a yes: it waits for one, unless a no is told first."""
        door = self._door(event)
        if self.is_declined:
            assert "it was declined" in await door.refused(self.tool, **prepared.arguments)
            self.plan_id, self.is_declined, self.is_stale = None, False, False
            return
        former, self.plan_id = self.plan_id, await door.waiting(self.tool, **prepared.arguments)
        assert former in (None, self.plan_id), "one plan for one call, through whichever door"
        self.is_stale = False

    async def _happens_to(self, plan: Plan, event: Event) -> None:
        """Let a person answer, or the world change, where that can be."""
        now = self.doors.direct.backend.guardrails.timing.now()
        ledger = self.doors.direct.backend.guardrails.ledger
        if event is Event.YES and plan.state is PlanState.OPEN:
            await take(ledger, plan.id, lambda one: approved(one, one.digest, one.figures, Way.TERMINAL, now))
            self.is_agreed = not self.is_stale
        elif event is Event.NO and plan.state is PlanState.OPEN:
            await take(ledger, plan.id, lambda one: declined(one, now))
            self.is_declined = True
        elif event is Event.CHANGED and plan.state in (PlanState.OPEN, PlanState.APPROVED):
            await take(ledger, plan.id, lambda one: _with(one, digest="of facts that are not true any more"))
            self.is_agreed, self.is_stale = False, True
        elif event is Event.EXPIRED and plan.state in (PlanState.OPEN, PlanState.APPROVED):
            await take(ledger, plan.id, lambda one: _with(one, expires=now - SECOND))
            self.plan_id, self.is_agreed, self.is_stale = None, False, False

    async def _takes_effect_once(self, prepared: Prepared, event: Event) -> None:
        done = await self._door(event).done(self.tool, **prepared.arguments)
        assert "Approved in a terminal." in done["notes"]
        for other in CALLS:
            assert prepared.effects() == 1
            again = await self._door(other).call(self.tool, **prepared.arguments)
            assert "Approved by" not in text_of(again)
        assert prepared.effects() == 1, "the yes is used up"

    async def _plan(self) -> Plan | None:
        return None if self.plan_id is None else await self.doors.direct.backend.guardrails.ledger.get(self.plan_id)

    def _door(self, event: Event) -> Door:
        return self.doors.direct if event is Event.DIRECT else self.doors.search


def _with(plan: Plan, **fields: object) -> Plan:
    return plan.model_copy(update={**fields, "version": plan.version + 1})
