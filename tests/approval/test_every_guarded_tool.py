"""Every guarded tool in every situation: its effect is there only where a person said yes, and once.

Each test opens one server and takes all guarded tools through the same situation.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from math import ceil, floor
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.types import CallToolResult

from preo_mcp.api.operations import APPROVE_REFUND
from preo_mcp.approval.ended import APPROVED_BY
from preo_mcp.approval.ledgers.ledger import take
from preo_mcp.approval.outcomes import AGAIN
from preo_mcp.approval.plans import Plan, PlanState, approved, declined
from preo_mcp.approval.timing import Timing
from preo_mcp.calls.toolset import Toolset
from preo_mcp.settings import Mode, Way
from tests.door import CANCEL, DECLINE, ERAS, YES, Door, Era, Person, client_of_door, open_door, text_of
from tests.guarded_calls import GUARDED_CALLS
from tests.past_the_guard import control_of

EACH = pytest.mark.parametrize("era", ERAS)
WAYS_IN = pytest.mark.parametrize("mode", Mode)
"""Called directly, and behind the doors of search mode."""
LATER = timedelta(hours=25)
LAST_WRITE = {"refund_purchases": (APPROVE_REFUND, 2), "approve_refunds": (APPROVE_REFUND, 2)}
"""Of tools that write several times: the operation that they write last, and how often."""


def test_these_are_all_that_can_ask() -> None:
    toolset = Toolset()
    able = {entry.name for entry in toolset.listed() if (found := toolset.find(entry.name)) and found.facts}
    assert set(GUARDED_CALLS) == able


async def waits(door: Door, tool: str, arguments: dict[str, Any]) -> Plan:
    """Make a call that waits for a person, and return its plan."""
    return await plan_of(door, await door.waiting(tool, **arguments))


async def plan_of(door: Door, plan_id: str) -> Plan:
    plan = await door.backend.guardrails.ledger.get(plan_id)
    assert plan is not None
    return plan


async def change(door: Door, plan: Plan, **fields: Any) -> None:
    """Change a plan in the ledger, as time and other processes do."""
    step: Callable[[Plan], Plan] = lambda now: now.model_copy(update={**fields, "version": now.version + 1})  # noqa: E731
    await take(door.backend.guardrails.ledger, plan.id, step)


async def say_yes(door: Door, plan: Plan) -> None:
    rails = door.backend.guardrails
    now = rails.timing.now()
    await take(rails.ledger, plan.id, lambda plan: approved(plan, plan.digest, plan.figures, Way.TERMINAL, now))


@WAYS_IN
@EACH
async def test_a_yes_in_the_dialog_runs_it_once(tmp_path: Path, era: Era, mode: Mode) -> None:
    person = Person(YES)
    async with open_door(tmp_path, era, person, mode=mode) as door:
        for number, (tool, prepare) in enumerate(GUARDED_CALLS.items(), 1):
            prepared = await prepare(door)
            assert prepared.effects() == 0, tool
            result = await door.done(tool, **prepared.arguments)
            assert "The host's dialog answered yes." in result["notes"], tool
            assert (prepared.effects(), len(person.questions)) == (1, number), tool


@WAYS_IN
@EACH
async def test_no_and_no_answer_run_nothing(tmp_path: Path, era: Era, mode: Mode) -> None:
    for answer in (DECLINE, CANCEL):
        async with open_door(tmp_path, era, Person(answer), mode=mode) as door:
            for tool, prepare in GUARDED_CALLS.items():
                prepared = await prepare(door)
                text = await door.refused(tool, **prepared.arguments)
                assert "whether a person saw it cannot be told" in text, tool
                assert prepared.effects() == 0, tool


@WAYS_IN
@EACH
async def test_a_host_that_cannot_ask_runs_what_was_approved_elsewhere_once(
    tmp_path: Path, era: Era, mode: Mode
) -> None:
    async with open_door(tmp_path, era, mode=mode) as door:
        for tool, prepare in GUARDED_CALLS.items():
            prepared = await prepare(door)
            plan = await waits(door, tool, prepared.arguments)
            assert await waits(door, tool, prepared.arguments) == await plan_of(door, plan.id), "one plan for one call"
            assert prepared.effects() == 0, tool
            await say_yes(door, plan)
            assert prepared.effects() == 0, f"{tool}: a yes alone runs nothing"
            assert "Approved in a terminal." in (await door.done(tool, **prepared.arguments))["notes"]
            assert prepared.effects() == 1, tool
            again = text_of(await door.call(tool, **prepared.arguments))
            assert "Approved by" not in again, f"{tool}: the yes is used up"
            assert prepared.effects() == 1, tool
            await door.backend.guardrails.ledger.purge(door.backend.guardrails.timing.now())


@WAYS_IN
@EACH
async def test_a_yes_counts_for_the_facts_that_were_shown_and_for_a_day(tmp_path: Path, era: Era, mode: Mode) -> None:
    async with open_door(tmp_path, era, mode=mode) as door:
        for tool, prepare in GUARDED_CALLS.items():
            prepared = await prepare(door)
            plan = await waits(door, tool, prepared.arguments)
            await say_yes(door, plan)
            await change(door, plan, digest="facts that are not true any more")
            asked_again = await waits(door, tool, prepared.arguments)
            assert (asked_again.id, asked_again.state) == (plan.id, PlanState.OPEN), tool
            await say_yes(door, asked_again)
            await change(door, plan, expires=door.backend.guardrails.timing.now())
            assert (await waits(door, tool, prepared.arguments)).id != plan.id, f"{tool}: an expired yes is none"
            assert prepared.effects() == 0, tool


@EACH
async def test_counts_may_drift_a_little(tmp_path: Path, era: Era) -> None:
    drifting: list[str] = []
    async with open_door(tmp_path, era) as door:
        for tool, prepare in GUARDED_CALLS.items():
            prepared = await prepare(door)
            plan = await waits(door, tool, prepared.arguments)
            if not any(plan.figures):
                continue
            drifting.append(tool)
            await say_yes(door, plan)
            await change(door, plan, figures=tuple(floor(figure / 1.05) for figure in plan.figures))
            assert (await waits(door, tool, prepared.arguments)).figures == plan.figures, f"{tool}: 5 % is asked again"
            await say_yes(door, plan)
            await change(door, plan, figures=tuple(ceil(figure / 1.02) for figure in plan.figures))
            await door.done(tool, **prepared.arguments)
            assert prepared.effects() == 1, tool
    assert {"send_campaign", "schedule_campaign"} <= set(drifting)


@EACH
async def test_a_restart_between_question_and_commit_loses_nothing(tmp_path: Path, era: Era) -> None:
    calls: dict[str, Any] = {}
    async with open_door(tmp_path, era) as door:
        for tool, prepare in GUARDED_CALLS.items():
            calls[tool] = await prepare(door)
            await say_yes(door, await waits(door, tool, calls[tool].arguments))
    async with open_door(tmp_path, era) as door:
        for tool, prepared in reversed(calls.items()):  # refunds last: Preo tells webhooks of them, which is a fact
            assert prepared.effects() == 0, tool
            await door.done(tool, **prepared.arguments)
            assert prepared.effects() == 1, tool


@asynccontextmanager
async def beside(door: Door, era: Era) -> AsyncGenerator[Door]:
    """Open a second server on the same sandbox and the same ledger, as another process has."""
    async with open_door(door.folder, era, client=client_of_door(door)) as other:
        yield other


async def test_two_processes_at_once_run_it_once(tmp_path: Path) -> None:
    async with open_door(tmp_path, "legacy") as door, beside(door, "auto") as other:
        for tool, prepare in GUARDED_CALLS.items():
            prepared = await prepare(door)
            await say_yes(door, await waits(door, tool, prepared.arguments))
            results: list[CallToolResult] = []
            async with anyio.create_task_group() as tasks:
                for one in (door, other, door, other):
                    tasks.start_soon(_called, one, tool, prepared.arguments, results)
            assert prepared.effects() == 1, tool
            done = [result for result in results if not result.is_error]
            assert done, tool
            # One that comes when all is over may find nothing left to change, for which nobody has to be asked.
            own = [text for text in map(text_of, done) if APPROVED_BY[Way.TERMINAL] in text]
            assert sum(AGAIN not in text and "reading back" not in text for text in own) <= 1, tool


async def _called(door: Door, tool: str, arguments: dict[str, Any], results: list[CallToolResult]) -> None:
    results.append(await door.call(tool, **arguments))


@EACH
async def test_a_caller_that_gives_up_in_the_middle_is_told_by_the_same_call(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era) as door:
        control = await control_of(door.backend)
        for tool, prepare in GUARDED_CALLS.items():
            prepared = await prepare(door)
            await say_yes(door, await waits(door, tool, prepared.arguments))
            found = Toolset().find(tool)
            assert found is not None
            last, times = LAST_WRITE.get(tool, (found.operations[0], 1))
            rule = {"kind": "slow", "operation": last.title, "times": times, "seconds": 0.2}
            (await control.post("/__sandbox/faults", json=[rule])).raise_for_status()
            with anyio.move_on_after(5) as given_up:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_cancelled_once_it_works, prepared.effects, given_up)
                    await door.call(tool, **prepared.arguments)
            assert given_up.cancelled_caught, f"{tool}: the call was not given up"
            result = await door.call(tool, **prepared.arguments)
            assert not result.is_error, f"{tool}: {text_of(result)}"
            assert prepared.effects() == 1, tool


async def _cancelled_once_it_works(effects: Callable[[], int], scope: anyio.CancelScope) -> None:
    while not effects():  # noqa: ASYNC110 - the sandbox's database gives no sign
        await anyio.sleep(0.005)
    scope.cancel()


async def test_what_a_person_declined_is_closed(tmp_path: Path) -> None:
    """The card, the page and the terminal are reached by persons only: their no is a no."""
    later = Timing(poll=0.001)
    async with open_door(tmp_path, "auto", approval_wait=5) as door:
        rails = door.backend.guardrails
        vars(rails)["timing"] = later
        prepared = await GUARDED_CALLS["delete_file"](door)

        async def person() -> None:
            while not (pending := await rails.ledger.pending(later.now())):  # noqa: ASYNC110 - nor does the ledger
                await anyio.sleep(0.001)
            await take(rails.ledger, pending[0].id, lambda plan: declined(plan, later.now()))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(person)
            assert "it was declined" in await door.refused("delete_file", **prepared.arguments)
        assert prepared.effects() == 0
