"""What a call is told: what happened, what did not, and unknown only where it is; and never twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from mcp.types import CallToolResult, InputRequiredResult
from pydantic import JsonValue

from preo_mcp.api.errors import (
    AmbiguousOutcomeError,
    ConflictError,
    NetworkError,
    PermissionDeniedError,
    PreoError,
    ValidationError,
)
from preo_mcp.approval.commit import CHANGED_BESIDE, NOT_COMPARED
from preo_mcp.approval.ended import DidNotHappen, Ended, Ran, Unknown
from preo_mcp.approval.ledgers.ledger import Lease, LedgerError, take
from preo_mcp.approval.outcomes import AGAIN, HAPPENED
from preo_mcp.approval.plans import Plan, PlanState, approved, claimed, declined
from preo_mcp.settings import Way
from tests.approval.memory_ledger import MemoryLedger
from tests.approval.staged_calls import NEW, Host, Session, Stage, many
from tests.door import DECLINE, YES, text_of

LOST = AmbiguousOutcomeError("Send failed", "the connection was lost", "Look.")
TIMED_OUT = AmbiguousOutcomeError("Send failed", "no answer came in time", "Look.", may_still_happen=True)


def told(ran: Ran) -> str:
    assert isinstance(ran.result, CallToolResult)
    return text_of(ran.result)


@pytest.mark.parametrize("failure", [LOST, TIMED_OUT, RuntimeError("a bug after the write")], ids=str)
async def test_a_lost_answer_of_what_happened_is_a_success(failure: Exception) -> None:
    stage = Stage(then=failure)
    ran = await stage.run()
    assert (ran.ended, told(ran)) == (Ended.DONE, f"found sent\n{HAPPENED}")
    assert isinstance(ran.result, CallToolResult)
    assert (ran.result.structured_content or {})["notes"] == [HAPPENED]
    assert (await stage.only_plan()).state is PlanState.DONE
    assert [audited.ended for audited in stage.audited] == [Ended.DONE]


async def test_a_lost_answer_of_what_did_not_happen_is_looked_at_for_a_while() -> None:
    stage = Stage(then=LOST, applies=False)
    ran = await stage.run()
    assert ran.ended is Ended.FAILED
    assert "was not done · Preo gave no readable answer, and reading back shows: it is a draft" in told(ran)
    assert stage.slept == 3


async def test_after_a_timeout_its_absence_proves_nothing() -> None:
    stage = Stage(then=TIMED_OUT, applies=False)
    ran = await stage.run()
    assert (ran.ended, stage.slept) == (Ended.UNKNOWN, 10)
    assert "may or may not have been done" in told(ran)


async def test_what_shows_late_has_happened() -> None:
    class Late(Stage):
        async def _sleep(self, seconds: float) -> None:
            await super()._sleep(seconds)
            self.effects = int(self.slept >= 4)

    stage = Late(then=TIMED_OUT, applies=False)
    assert (await stage.run()).ended is Ended.DONE
    assert stage.slept == 4


@pytest.mark.parametrize("found", [Unknown("two look alike", "Ask."), NetworkError("Read failed", "no way", "Wait.")])
async def test_where_reading_back_cannot_tell_it_is_unknown(found: Unknown | PreoError) -> None:
    ran = await Stage(then=LOST, found=found).run()
    assert ran.ended is Ended.UNKNOWN
    assert len(told(ran).split(" · ")) == 3


async def test_an_unknown_outcome_is_looked_at_again_by_the_same_call() -> None:
    stage = Stage(then=LOST, found=Unknown("two look alike", "Ask."))
    assert (await stage.run()).ended is Ended.UNKNOWN
    stage.found = None
    ran = await stage.run()
    assert (ran.ended, stage.effects) == (Ended.DONE, 1)
    assert HAPPENED in told(ran)


async def test_its_absence_after_a_timeout_proves_nothing_to_the_next_call_either() -> None:
    began = datetime(2026, 11, 23, 12, 0, 55, tzinfo=UTC)
    stage = Stage(then=TIMED_OUT, applies=False, now=began)
    await stage.run()
    host = Host(session=Session(answers=[DECLINE]))
    stage.now += timedelta(seconds=50)
    await stage.run(host)
    assert "tried at Mon, 23 Nov 2026, 12:00 UTC with an unknown outcome" in host.session.asked[0]
    declining = await stage.ledger.active("call")
    assert declining is not None
    await take(stage.ledger, declining.id, lambda plan: declined(plan, stage.now))
    assert (await stage.run(host)).ended is Ended.DECLINED
    await stage.run(host)
    assert "with an unknown outcome" in host.session.asked[1], "a no to the second hides nothing of the first"
    stage.now += timedelta(seconds=120)
    await stage.run(Host(elicitation=None))
    again = await stage.ledger.active("call")
    assert again is not None
    assert "unknown" not in str(again.lines), "by now it could not happen any more"


async def test_what_shows_at_last_stops_an_approved_repetition() -> None:
    stage = Stage(then=TIMED_OUT, applies=False)
    await stage.run()
    await stage.run(Host(elicitation=None))
    await approve(stage)
    stage.effects, stage.then = 1, None
    ran = await stage.run(Host(elicitation=None))
    assert (ran.ended, told(ran), stage.effects) == (Ended.DONE, f"found sent\n{HAPPENED}", 1)
    assert (await stage.run(Host(elicitation=None))).ended is Ended.WAITING, "the yes was one to other facts"


@pytest.mark.parametrize("failure", [NetworkError("Get failed", "no connection", "Wait."), RuntimeError("a bug")])
async def test_what_was_written_is_never_told_as_not_done(failure: Exception) -> None:
    stage = Stage(then=failure, found=DidNotHappen("the list has not got it yet"))
    ran = await stage.run()
    assert (ran.ended, stage.slept) == (Ended.UNKNOWN, 3)


async def test_a_read_back_that_crashes_ends_in_unknown() -> None:
    stage = Stage(then=LOST, found=KeyError("kirsten@example.org"))
    ran = await stage.run()
    assert (ran.ended, (await stage.only_plan()).state) == (Ended.UNKNOWN, PlanState.UNKNOWN)
    assert "reading back failed too (KeyError)" in told(ran)
    assert "kirsten" not in told(ran)


async def test_what_takes_too_long_before_the_write_was_not_done() -> None:
    async def slow(_: Plan | None) -> CallToolResult:
        await anyio.sleep_forever()
        raise AssertionError

    stage = Stage(flags={"time_budget": 0.01})
    ran = await stage.guard.run(replace(stage.call(), performs=slow))
    assert "it took longer than 0.01 s · Nothing was changed, and the yes holds" in told(ran)
    assert (await stage.only_plan()).state is PlanState.APPROVED


async def test_a_plan_runs_for_as_long_as_its_write_may_be_on_its_way() -> None:
    stage, spans = Stage(flags={"time_budget": 60}), list[float]()

    for seconds in (0, 600):
        call = stage.call(digest=f"{seconds}")

        async def perform(plan: Plan | None) -> CallToolResult:
            assert plan is not None
            assert plan.running_until is not None
            spans.append((plan.running_until - stage.now).total_seconds())
            return await stage.call().perform(plan)

        await stage.guard.run(replace(call, performs=perform, seconds=seconds))
    assert spans == [120, 660]


async def test_a_computer_that_slept_in_the_middle_does_not_give_up_what_it_is_doing() -> None:
    stage, beside = Stage(), list[Ran]()
    call = stage.call()

    async def perform(plan: Plan | None) -> CallToolResult:
        stage.now += timedelta(hours=8)
        beside.append(await stage.run(Host(elicitation=None)))
        return await call.perform(plan)

    ran = await stage.guard.run(replace(call, performs=perform))
    assert "an earlier call is carrying it out" in told(beside[0])
    assert (ran.ended, stage.effects) == (Ended.DONE, 1)


async def test_a_clock_that_is_set_back_ends_the_looking_all_the_same() -> None:
    class Back(Stage):
        async def _sleep(self, seconds: float) -> None:
            await super()._sleep(seconds)
            self.now -= timedelta(hours=1)

    stage = Back(then=LOST, applies=False)
    assert (await stage.run()).ended is Ended.FAILED
    assert stage.slept == 3


async def test_what_is_found_out_for_a_process_that_died_is_no_repetition_to_the_audit() -> None:
    stage = Stage()
    await crashed(stage)
    stage.effects += 1
    first = await stage.run(Host(elicitation=None))
    assert first.ended is Ended.DONE


async def test_what_was_shown_is_kept_no_longer_than_it_is_needed() -> None:
    stage = Stage(then=TIMED_OUT, applies=False, facts=many(2000))
    await stage.run(Host(elicitation=None))
    await approve(stage)
    await stage.run(Host(elicitation=None))
    plan = await stage.only_plan()
    assert (plan.state, plan.lines, plan.question, plan.typed, plan.typing) == (PlanState.UNKNOWN, (), "", None, "")


async def test_what_stays_unknown_is_a_fact_of_the_next_question() -> None:
    stage = Stage(then=LOST, found=Unknown("two look alike", "Ask."), applies=False)
    await stage.run()
    host = Host()
    stage.then, stage.found, stage.applies = None, Unknown("still two", "Ask."), True
    assert (await stage.run(host)).ended is Ended.DONE
    assert "unknown outcome: check in Preo first" in host.session.asked[0]


async def test_the_same_call_once_more_is_a_new_question_that_tells_of_the_first() -> None:
    stage = Stage()
    await stage.run()
    host = Host()
    assert told(await stage.run(host)) == "sent 2"
    assert "The same call before: carried out at Mon, 23 Nov 2026, 12:00 UTC" in host.session.asked[0]


async def test_preo_was_not_reached_so_the_yes_still_holds() -> None:
    stage = Stage(then=NetworkError("Send failed", "no connection", "Wait."), applies=False)
    ran = await stage.run()
    assert "the yes holds until" in told(ran)
    host = Host(elicitation=None)
    stage.then, stage.applies = None, True
    assert told(await stage.run(host)) == "sent 1"
    assert stage.effects == 1


async def test_a_failure_to_read_after_the_write_is_no_failure_of_the_write() -> None:
    ran = await Stage(then=NetworkError("Get failed", "no connection", "Wait.")).run()
    assert (ran.ended, told(ran)) == (Ended.DONE, f"found sent\n{HAPPENED}")


async def test_a_refusal_of_preo_is_told_and_used_up() -> None:
    stage = Stage(then=ValidationError("Send failed", "no", "Correct."), applies=False)
    assert told(await stage.run()) == "Send failed · no · Correct."
    assert (await stage.only_plan()).state is PlanState.FAILED
    waiting = await stage.run(Host(elicitation=None))
    assert waiting.ended is Ended.WAITING, "a new yes is needed"


async def crashed(stage: Stage) -> Plan:
    """Let a process claim the plan and die before or after the write."""
    await stage.run(Host(elicitation=None))
    plan = await stage.only_plan()
    await approve(stage)
    before = await stage.call().remember()
    return await take(stage.ledger, plan.id, lambda now: claimed(now, before, stage.now, timedelta(seconds=120)))


async def approve(stage: Stage, digest: str = "call") -> None:
    plan = await stage.ledger.active(digest)
    assert plan is not None
    await take(
        stage.ledger, plan.id, lambda now: approved(now, now.digest, now.figures, Way.TERMINAL, stage.timing.now())
    )


async def test_a_process_that_died_after_the_write_is_found_out_at_once() -> None:
    stage = Stage()
    await crashed(stage)
    stage.effects += 1
    ran = await stage.run(Host(elicitation=None))
    assert (told(ran), stage.effects) == (f"found sent\n{HAPPENED}\n{AGAIN}", 1)


async def test_a_process_that_died_before_the_write_is_found_out_when_it_could_not_write_any_more() -> None:
    stage = Stage()
    await crashed(stage)
    running = await stage.run(Host(elicitation=None))
    assert running.ended is Ended.WAITING
    assert "an earlier call is carrying it out, or was interrupted" in told(running)
    stage.now += timedelta(seconds=121)
    asked = await stage.run(Host(elicitation=None))
    assert (asked.ended, stage.effects) == (Ended.WAITING, 0)
    assert "Plan pln_" in told(asked)


async def test_the_outcome_of_a_call_that_was_given_up_is_told_by_the_same_call_however_late() -> None:
    stage = Stage()
    with anyio.CancelScope() as scope:
        call = stage.call()

        async def given_up(plan: Plan | None) -> CallToolResult:
            scope.cancel()
            return await call.perform(plan)

        await stage.guard.run(replace(call, performs=given_up))
    assert scope.cancelled_caught
    stage.now += timedelta(days=2)
    again = await stage.run(Host(elicitation=None))
    assert (again.ended, told(again), stage.effects) == (Ended.REPEATED, f"sent 1\n{AGAIN}", 1)
    assert [ran.ended for ran in stage.audited] == [Ended.DONE], "the audit knows it from the call that did it"


async def test_a_replayed_answer_is_told_the_outcome_again() -> None:
    stage = Stage()
    asked = await stage.run(Host(NEW))
    assert isinstance(asked.result, InputRequiredResult)
    host = Host(NEW, request_state=asked.result.request_state, input_responses={"approve": YES})
    first, second = await stage.run(host), await stage.run(host)
    assert (told(first), told(second), stage.effects) == ("sent 1", f"sent 1\n{AGAIN}", 1)


async def test_a_yes_that_is_sent_again_is_no_yes_to_a_new_plan() -> None:
    stage = Stage()
    asked = await stage.run(Host(NEW))
    assert isinstance(asked.result, InputRequiredResult)
    await crashed(stage)
    stage.now += timedelta(seconds=121)
    replayed = Host(NEW, request_state=asked.result.request_state, input_responses={"approve": YES})
    assert isinstance((await stage.run(replayed)).result, InputRequiredResult)
    assert stage.effects == 0


class FullDisk(MemoryLedger):
    """A ledger that cannot be written any more once the write is done."""

    async def replace(self, old: Plan, new: Plan, under: Lease | None = None) -> bool:
        if new.state is PlanState.DONE:
            raise LedgerError("Nothing was run", "the disk is full", "Free it.")
        return await super().replace(old, new, under)


async def test_an_outcome_that_cannot_be_recorded_is_told_with_the_reason() -> None:
    stage = Stage(ledger=FullDisk())
    ran = await stage.run()
    assert told(ran) == "sent 1\nThe outcome could not be recorded: the disk is full."


async def test_refunds_of_a_day_are_counted_with_the_one_that_begins() -> None:
    stage = Stage(flags={"max_refunds_per_day": 1})
    await stage.run(is_refund=True)
    with pytest.raises(PermissionDeniedError, match="PREO_MAX_REFUNDS_PER_DAY allows 1"):
        await stage.run(digest="another", is_refund=True)
    assert stage.effects == 1
    stage.now += timedelta(days=1, minutes=1)
    assert told(await stage.run(digest="a third", is_refund=True)) == "sent 2"


@pytest.mark.parametrize(
    ("now", "says", "stops"),
    [("approved", None, 0), ("another", CHANGED_BESIDE, 1), (ConflictError("a", "it is gone", "c"), NOT_COMPARED, 0)],
)
async def test_what_was_used_is_held_against_what_was_approved(now: Any, says: str | None, stops: int) -> None:
    def content() -> JsonValue:
        if isinstance(now, Exception):
            raise now
        return now

    stage = Stage(content=content)
    assert stage.facts is not None
    stage.facts = replace(stage.facts, content="approved")
    ran = await stage.run()
    assert (ran.ended, stage.effects, stage.stopped) == (Ended.DONE, 1, stops), "it was done, and that is what is told"
    assert (says or "sent") in told(ran)
    assert ("It was stopped." in told(ran)) is bool(stops)
    assert (await stage.only_plan()).state is PlanState.DONE


async def test_a_crash_of_the_comparison_hides_no_effect() -> None:
    def content() -> JsonValue:
        raise KeyError("kirsten@example.org")

    ran = await (stage := Stage(content=content)).run()
    assert (ran.ended, stage.effects) == (Ended.DONE, 1)
    assert NOT_COMPARED in told(ran)
    assert "kirsten" not in told(ran)
