"""A server that is killed in the middle of several refunds: nothing goes on by itself, and what is told is what is."""

import re
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from benchmarks.processes import TOKEN, Sandbox, sandbox
from preo_mcp.api.operations import APPROVE_REFUND, CREATE_PURCHASE_REFUND, Operation
from preo_mcp.approval.deeds import record_id
from preo_mcp.approval.ledgers.ledger import Ledger, open_ledger, take
from preo_mcp.approval.plans import Plan, PlanState, approved
from preo_mcp.settings import Settings, Way
from tests.door import ERAS, Era, text_of
from tests.end_to_end.processes import PATIENCE, environment, seeded, server
from tests.guarded_refunds import UNTOUCHED_PAIR
from tests.past_the_guard import rows

TOOL = "refund_purchases"
PLAN = re.compile(r"pln_[0-9a-f]{24}")
LOOK_SECONDS = 0.5
"""How long each read takes once the last deed is done: by then the process is dead, and the next one not begun."""


@dataclass(frozen=True)
class Moment:
    """When the process dies: after so many deeds of four, or within the write of one.

    Preo did that one where it is slow to answer, and never does it where it is slow before: its caller is gone.
    """

    done: int
    within: str = ""

    def __str__(self) -> str:
        return f"{self.within or 'after'}-{self.done}"


MOMENTS = (Moment(1), Moment(2), Moment(1, "slow"), Moment(2, "slow"), Moment(1, "slow_before"), Moment(3, "slow"))


@dataclass
class Desk:
    """The sandbox's process, and what its books and ours say."""

    folder: Path
    served: Sandbox
    ledger: Ledger

    @property
    def environment(self) -> dict[str, str]:
        state = str(self.folder / "state")
        return environment(state_folder=state, approval_wait="0", base_url=self.served.url, token=TOKEN)

    def next(self) -> dict[str, Any]:
        """Return a call that requests and pays two refunds of an order of which nothing was refunded."""
        data = self.folder / "sandbox"
        (order,) = rows(data, UNTOUCHED_PAIR)[0]
        found = rows(data, "SELECT id FROM purchases WHERE order_id = ? ORDER BY rowid LIMIT 2", order)
        what = {"reason": "other", "scope": "purchase_custom", "amount": 7.5, "pay": True}
        return {"purchase_ids": [key for (key,) in found], **what}

    def faults(self, *rules: dict[str, Any]) -> None:
        self.served.http.post("/__sandbox/faults", json=[*rules]).raise_for_status()

    def no_faults(self) -> None:
        self.served.http.delete("/__sandbox/faults").raise_for_status()

    def writes(self) -> int:
        """Return how many writes the sandbox got, ever."""
        seen: list[dict[str, Any]] = self.served.http.get("/__sandbox/requests").raise_for_status().json()
        return sum(one["method"] != "GET" for one in seen if not one["path"].startswith("/__sandbox"))

    def books(self, call: dict[str, Any]) -> dict[str, list[tuple[str, int]]]:
        """Return by purchase the refunds that there are: the id, and how often it was handed to the gateway."""
        query = (
            "SELECT r.id, json_extract(r.doc, '$.attempt') FROM refunds AS r JOIN refund_parts AS p "
            "ON p.refund_id = r.id WHERE p.purchase_id = ?"
        )
        return {key: rows(self.folder / "sandbox", query, key) for key in call["purchase_ids"]}

    def deeds(self, call: dict[str, Any]) -> int:
        """Return how many deeds of a call Preo did."""
        return sum(1 + attempts for made in self.books(call).values() for _, attempts in made)

    async def plan(self, key: str) -> Plan:
        found = await self.ledger.get(key)
        assert found is not None
        return found

    async def records(self, plan: Plan) -> list[PlanState | None]:
        """Return the states of the records of a plan's deeds, in their order."""
        found = [await self.ledger.get(record_id(plan.id, deed)) for deed in plan.deeds]
        return [one and one.state for one in found]

    async def time_passes(self, plan: Plan) -> None:
        """Let the time be over in which a call that began may still be at it."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        over: Callable[[Plan], Plan] = lambda now: now.model_copy(  # noqa: E731
            update={"running_until": past, "version": now.version + 1}
        )
        for key in (plan.id, *(record_id(plan.id, deed) for deed in plan.deeds)):
            found = await self.ledger.get(key)
            if found is not None and found.state is PlanState.RUNNING:
                await take(self.ledger, key, over)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Path, Sandbox]]:
    folder = tmp_path_factory.mktemp("killed")
    with sandbox(seeded(folder / "sandbox")) as running:
        yield folder, running


@pytest.fixture
async def desk(served: tuple[Path, Sandbox]) -> AsyncGenerator[Desk]:
    folder, running = served
    ledger = open_ledger(Settings(sandbox=True, state_folder=folder / "state"))
    yield Desk(folder, running, ledger)
    running.http.delete("/__sandbox/faults").raise_for_status()
    await ledger.close()


@pytest.mark.parametrize(("era", "moment"), [*zip(cycle(ERAS), MOMENTS, strict=False)], ids=str)
async def test_what_was_done_is_told_and_the_rest_is_left(desk: Desk, era: Era, moment: Moment) -> None:
    call = desk.next()
    async with server(desk.folder, era, environ=desk.environment) as running:
        plan = await desk.plan(await pending(running.client, call))
        assert len(plan.deeds) == 4
        await take(desk.ledger, plan.id, yes)
        async with anyio.create_task_group() as tasks:
            desk.faults(rule(moment))
            tasks.start_soon(called_in_vain, running.client, call)
            await reached(desk, plan, call, moment)
            running.kill()
        desk.no_faults()
    async with server(desk.folder, era, environ=desk.environment) as running:
        writes = desk.writes()
        if moment == MOMENTS[-1]:
            await all_is_told(running.client, desk, call)
            return
        assert "carrying it out, or was interrupted" in await refused(running.client, call)
        done, lost = desk.deeds(call), int(moment.within == "slow_before")
        assert done == moment.done + (moment.within == "slow")
        await desk.time_passes(plan)
        told = await running.client.call_tool(TOOL, call)
        text = text_of(told)
        assert not told.is_error, text
        content = told.structured_content
        assert content is not None
        made = {key: refunds[0] for key, refunds in desk.books(call).items() if refunds}
        assert [one["id"] for one in content["refunds"]] == [key for key, _ in made.values()]
        paid = {key for key, attempts in made.values() if attempts}
        assert {one["id"] for one in content["refunds"] if one["status"] != "requested"} == paid
        assert len(content["left"]) == 4 - done - lost
        assert len(content.get("not_done", [])) == lost
        assert content["next_step"].endswith("a person is asked again.")
        assert "the records of the single refunds" in text
        assert await desk.records(plan) == [
            *[PlanState.DONE] * done,
            *[PlanState.FAILED] * lost,
            *[None] * (4 - done - lost),
        ]
        again = await refused(running.client, call)
        assert "purchase_custom" in again or PLAN.search(again), "it is refused, or a person is asked anew"
        assert desk.writes() == writes, "nothing went on by itself"
        assert desk.deeds(call) == done


async def all_is_told(client: Client, desk: Desk, call: dict[str, Any]) -> None:
    """Check that where the last deed was done, all are found, and the call is not made again."""
    told = await client.call_tool(TOOL, call)
    assert not told.is_error, text_of(told)
    assert told.structured_content is not None
    assert len(told.structured_content["refunds"]) == 2
    assert {"left", "not_done"}.isdisjoint(told.structured_content)
    notes = told.structured_content["notes"]
    assert len(set(notes)) == len(notes)
    assert desk.deeds(call) == 4


def rule(moment: Moment) -> dict[str, Any]:
    """Return the fault that makes the moment long enough to die in."""
    operation, place = operation_of(moment.done if moment.within else moment.done - 1)
    seconds = 3 if moment.within else LOOK_SECONDS
    return {
        "kind": moment.within or "slow",
        "operation": operation.title,
        "every": place,
        "times": 1,
        "seconds": seconds,
    }


def operation_of(done: int) -> tuple[Operation, int]:
    """Return the operation of the deed that comes next, and which of its requests that is."""
    return (CREATE_PURCHASE_REFUND, done + 1) if done < 2 else (APPROVE_REFUND, done - 1)


async def reached(desk: Desk, plan: Plan, call: dict[str, Any], moment: Moment) -> None:
    """Wait for the moment: a deed is recorded as done, or the next one is claimed and its write on its way."""
    await until(lambda: struck(desk))
    if moment.within == "slow":
        await until(lambda: desk.deeds(call) > moment.done)
    if not moment.within:
        desk.faults({"kind": "slow", "writes": False, "seconds": LOOK_SECONDS})
        with anyio.fail_after(PATIENCE):
            while (await desk.records(plan)).count(PlanState.DONE) < moment.done:  # noqa: ASYNC110 - nor does the ledger
                await anyio.sleep(0.02)


async def until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(PATIENCE):
        while not holds():  # noqa: ASYNC110 - the sandbox gives no sign
            await anyio.sleep(0.02)


def struck(desk: Desk) -> bool:
    found: list[dict[str, Any]] = desk.served.http.get("/__sandbox/faults").raise_for_status().json()
    return any(one["struck"] for one in found)


async def pending(client: Client, call: dict[str, Any]) -> str:
    """Make a call that a person has to approve; return the plan's id."""
    found = PLAN.search(await refused(client, call))
    assert found
    return found[0]


async def refused(client: Client, call: dict[str, Any]) -> str:
    result = await client.call_tool(TOOL, call)
    assert result.is_error, text_of(result)
    return text_of(result)


async def called_in_vain(client: Client, call: dict[str, Any]) -> None:
    with pytest.raises(MCPError):
        await client.call_tool(TOOL, call)


def yes(plan: Plan) -> Plan:
    return approved(plan, plan.digest, plan.figures, Way.TERMINAL, datetime.now(UTC))
