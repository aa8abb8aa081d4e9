"""The way to a person: the nearest that is there, the next where that one may have reached nobody, never none."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import anyio
import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import (
    CallToolResult,
    ElicitationCapability,
    ElicitResult,
    FormElicitationCapability,
    InputRequiredResult,
    UrlElicitationCapability,
)

from preo_mcp.approval.asking import MOST_TABS, OPEN_AGAIN_AFTER, QUOTED_IS_DATA
from preo_mcp.approval.ended import Ended, Ran
from preo_mcp.approval.facts import Facts
from preo_mcp.approval.guard import MOST_QUESTIONS
from preo_mcp.approval.ledgers.ledger import LedgerError, take
from preo_mcp.approval.plans import Plan, PlanState, approved, declined, with_nonce
from preo_mcp.approval.wording import Personal, say
from preo_mcp.settings import Way
from tests.approval.memory_ledger import MemoryLedger
from tests.approval.staged_calls import APPS, FORM, NEW, OLD, Host, Page, Session, Stage, many
from tests.door import CANCEL, DECLINE, UNTICKED, YES, text_of

FORM_ONLY = ElicitationCapability(form=FormElicitationCapability())
URL_ONLY = ElicitationCapability(url=UrlElicitationCapability())
BOTH = ElicitationCapability(form=FormElicitationCapability(), url=UrlElicitationCapability())


def told(ran: Ran) -> str:
    assert isinstance(ran.result, CallToolResult)
    return text_of(ran.result)


@pytest.mark.parametrize(
    ("version", "elicitation", "two_way", "asked"),
    [
        (OLD, FORM_ONLY, True, True),
        (OLD, FORM, True, True),  # {} means form
        (OLD, BOTH, True, True),
        (OLD, URL_ONLY, True, False),
        (OLD, None, True, False),
        (OLD, FORM_ONLY, False, False),
        (NEW, FORM_ONLY, False, True),
        (NEW, FORM, False, True),
        (NEW, URL_ONLY, True, False),
        (NEW, None, True, False),
        (None, FORM_ONLY, False, False),
    ],
)
async def test_the_dialog_is_used_where_the_host_has_one(
    version: str | None, elicitation: ElicitationCapability | None, two_way: bool, asked: bool
) -> None:
    host = Host(version, elicitation, Session(two_way))
    ran = await Stage().run(host)
    in_dialog = isinstance(ran.result, InputRequiredResult) or host.session.asked != []
    assert in_dialog is asked
    if not asked:
        assert "at http://127.0.0.1/approve/pln_" in told(ran)
        assert "preo-mcp approve pln_" in told(ran)


async def test_where_there_are_no_facts_nobody_is_asked() -> None:
    stage, host = Stage(facts=None), Host()
    assert (told(await stage.run(host)), host.session.asked, stage.ledger.plans) == ("sent 1", [], {})


async def test_a_host_with_cards_gets_one_and_no_page() -> None:
    stage = Stage()
    ran = await stage.run(Host(elicitation=None, extensions=APPS))
    first, plan, *_ = told(ran).split("\n")
    assert "in the card below" in first
    assert "http" not in told(ran), "no address that a model could open"
    assert plan.startswith(f"Plan {(await stage.only_plan()).id} ")


@pytest.mark.parametrize("answer", [DECLINE, CANCEL, UNTICKED, MCPError(-32603, "no dialog")], ids=str)
async def test_a_dialog_that_may_have_reached_nobody_leaves_the_next_way(answer: ElicitResult | Exception) -> None:
    stage = Stage()
    host = Host(session=Session(answers=[answer]))
    ran = await stage.run(host)
    assert ran.ended is Ended.NOT_APPROVED
    assert "whether a person saw it cannot be told" in told(ran)
    assert (await stage.only_plan()).state is PlanState.OPEN
    again = await stage.run(host)
    assert (again.ended, len(host.session.asked)) == (Ended.WAITING, 1), "the page is next"
    assert stage.page.opened, "in a person's browser"
    assert "http" not in told(again), "a model with a browser must not be given an address after a no"
    await say_yes(stage, Way.PAGE)
    assert told(await stage.run(host)) == "sent 1"


async def say_yes(stage: Stage, via: Way) -> None:
    plan = await stage.only_plan()
    await take(stage.ledger, plan.id, lambda now: approved(now, now.digest, now.figures, via, stage.now))


@pytest.mark.parametrize("forced", list(Way))
async def test_a_forced_way_is_the_only_one(forced: Way) -> None:
    stage = Stage(flags={"approve_via": forced})
    everything = Host(extensions=APPS)
    ran = await stage.run(everything)
    assert (everything.session.asked != []) is (forced is Way.ELICITATION)
    assert ("http" in str(ran.result)) is (forced is Way.PAGE)
    nothing = await Stage(flags={"approve_via": forced}).run(Host(elicitation=None))
    impossible = forced in (Way.ELICITATION, Way.CARD)
    assert (nothing.ended is Ended.NOT_APPROVED) is impossible
    assert (f"PREO_APPROVE_VIA allows '{forced}' only" in told(nothing)) is impossible


class Answering(Stage):
    """A stage on which a person answers on the page after a while."""

    yes = True

    async def _sleep(self, seconds: float) -> None:
        await super()._sleep(seconds)
        if self.slept == 7:
            plan = await self.only_plan()
            await take(self.ledger, plan.id, self._answered)

    def _answered(self, plan: Plan) -> Plan:
        if self.yes:
            return approved(plan, plan.digest, plan.figures, Way.PAGE, self.now)
        return declined(plan, self.now)


async def test_a_call_waits_for_the_page_with_signs_of_life() -> None:
    stage, host = Answering(flags={"approval_wait": 45}), Host(elicitation=None)
    stage.page.has_browser = True
    assert told(await stage.run(host)) == "sent 1"
    assert host.progress == [0, 1, 2, 3, 4, 5, 6]
    assert len(stage.page.opened) == 1
    assert stage.fetched == 2, "the facts are fetched again after the yes"


async def test_a_no_on_the_page_ends_it() -> None:
    stage = Answering(flags={"approval_wait": 45}, page=Page(has_browser=True))
    stage.yes = False
    ran = await stage.run(Host(elicitation=None))
    assert (ran.ended, stage.effects) == (Ended.DECLINED, 0)
    assert "it was declined" in told(ran)


async def test_a_question_that_is_gone_was_not_declined() -> None:
    class Lost(Stage):
        async def _sleep(self, seconds: float) -> None:
            await super()._sleep(seconds)
            self.ledger.plans.clear()

    with pytest.raises(LedgerError, match="gone from the ledger"):
        await Lost(flags={"approval_wait": 45}, page=Page(has_browser=True)).run(Host(elicitation=None))


async def test_a_no_that_nobody_waited_for_is_told_once() -> None:
    stage = Stage()
    await stage.run(Host(elicitation=None))
    plan = await stage.only_plan()
    await take(stage.ledger, plan.id, lambda plan: declined(plan, stage.now))
    told_of = await stage.run(Host(elicitation=None))
    assert (told_of.ended, stage.effects) == (Ended.DECLINED, 0)
    assert (await stage.run(Host(elicitation=None))).ended is Ended.WAITING, "then it may be asked anew"


async def test_a_call_waits_only_where_a_person_knows_of_the_question() -> None:
    stage = Stage(flags={"approval_wait": 45})
    assert "at http://127.0.0.1/approve/pln_" in told(await stage.run(Host(elicitation=None)))
    assert stage.slept == 0, "nobody had the address"
    await stage.run(Host(elicitation=None))
    assert stage.slept == 45


async def test_the_page_is_opened_again_after_a_while_only() -> None:
    stage = Stage()
    stage.page.has_browser = True
    for _ in range(3):
        assert "on the page that was opened in the browser" in told(await stage.run(Host(elicitation=None)))
    assert len(stage.page.opened) == 1
    stage.now += timedelta(minutes=3)
    await stage.run(Host(elicitation=None))
    assert len(stage.page.opened) == 2


async def test_new_facts_open_the_page_again() -> None:
    stage = Stage(facts=many(10))
    stage.page.has_browser = True
    await stage.run(Host(elicitation=None))
    stage.facts = many(11)
    await stage.run(Host(elicitation=None))
    assert len(stage.page.opened) == 2


async def test_a_screen_is_not_filled_with_pages() -> None:
    stage = Stage()
    stage.page.has_browser = True
    answered = ""
    for number in range(MOST_TABS + 3):
        stage.facts = many(10 + number)
        answered = told(await stage.run(Host(elicitation=None)))
    assert len(stage.page.opened) == MOST_TABS
    assert "in a terminal: preo-mcp approve pln_" in answered
    assert "http://" not in answered, "nor is there an address of one"
    stage.now += OPEN_AGAIN_AFTER
    await stage.run(Host(elicitation=None))
    assert len(stage.page.opened) == MOST_TABS + 1


async def test_a_question_that_a_model_reads_is_data() -> None:
    stage = Stage(facts=many(10))
    answered = told(await stage.run(Host(elicitation=None)))
    assert answered.index(QUOTED_IS_DATA) < answered.index(many(10).asked())


async def test_small_drift_does_not_shut_what_somebody_reads() -> None:
    stage = Stage(facts=many(500))
    await stage.run(Host(elicitation=None))
    plan = await stage.only_plan()
    reading = await take(stage.ledger, plan.id, lambda now: with_nonce(now, "digest"))
    stage.facts = many(505)
    await stage.run(Host(elicitation=None))
    assert await stage.only_plan() == reading
    stage.facts = many(600)
    await stage.run(Host(elicitation=None))
    assert ((await stage.only_plan()).nonce, (await stage.only_plan()).figures) == (None, (600,))


async def test_a_page_that_cannot_be_served_leaves_the_terminal() -> None:
    class NoPorts(Page):
        async def address(self, plan_id: str) -> str:
            raise OSError("no ports")

        async def open(self, plan_id: str) -> bool:
            raise OSError("no ports")

    stage = Stage(page=NoPorts())
    assert "in a terminal: preo-mcp approve" in told(await stage.run(Host(elicitation=None)))
    declined_there = await stage.run(Host(session=Session(answers=[DECLINE])))
    assert "in a terminal: preo-mcp approve" in told(declined_there)


async def test_a_tool_that_shows_no_card_is_not_asked_about_in_one() -> None:
    stage = Stage()
    ran = await stage.guard.run(replace(stage.call(Host(elicitation=None, extensions=APPS)), has_card=False))
    assert "http" in told(ran)


class Deaf(Host):
    """A host that has gone."""

    async def report_progress(self, done: float, total: float | None, message: str | None) -> None:
        raise anyio.ClosedResourceError


async def test_a_host_that_hears_nothing_any_more_is_no_reason_to_stop() -> None:
    stage = Answering(flags={"approval_wait": 45}, page=Page(has_browser=True))
    assert told(await stage.run(Deaf(elicitation=None))) == "sent 1"


async def test_an_answer_that_comes_too_late_is_asked_for_again() -> None:
    stage = Stage(flags={"plan_hours": 1})

    class Late(Session):
        async def elicit_form(self, message: str, requested_schema: dict[str, Any], **more: Any) -> ElicitResult:
            if not self.asked:
                stage.now += timedelta(hours=2)
            return await super().elicit_form(message, requested_schema, **more)

    host = Host(session=Late())
    assert told(await stage.run(host)) == "sent 1"
    assert len(host.session.asked) == 2


async def test_a_no_in_the_dialog_after_a_yes_elsewhere_tells_what_came_of_it() -> None:
    stage = Stage()

    class Both(Session):
        async def elicit_form(self, message: str, requested_schema: dict[str, Any], **more: Any) -> ElicitResult:
            await say_yes(stage, Way.PAGE)
            await stage.run(Host(elicitation=None))
            return DECLINE

    ran = await stage.run(Host(session=Both()))
    assert (ran.ended, stage.effects, "was not run" in told(ran)) == (Ended.REPEATED, 1, False)


async def test_an_answer_from_the_dialog_counts_only_where_the_dialog_is_allowed() -> None:
    stage = Stage()
    asked = await stage.run(Host(NEW))
    assert isinstance(asked.result, InputRequiredResult)
    forced = Stage(flags={"approve_via": Way.PAGE}, ledger=stage.ledger)
    host = Host(NEW, request_state=asked.result.request_state, input_responses={"approve": YES})
    assert ((await forced.run(host)).ended, forced.effects) == (Ended.WAITING, 0)


async def test_a_yes_by_a_way_that_is_not_allowed_carries_out_nothing() -> None:
    stage = Stage()
    await stage.run(Host(elicitation=None))
    await say_yes(stage, Way.TERMINAL)
    forced = Stage(flags={"approve_via": Way.PAGE}, ledger=stage.ledger)
    ran = await forced.run(Host(elicitation=None))
    assert (ran.ended, forced.effects) == (Ended.WAITING, 0)
    assert (await forced.only_plan()).state is PlanState.OPEN, "and it is asked again, by the way that is allowed"
    await say_yes(forced, Way.PAGE)
    assert ((await forced.run(Host(elicitation=None))).ended, forced.effects) == (Ended.DONE, 1)


async def test_old_plans_are_removed_at_the_first_call_and_that_alone_stops_nothing() -> None:
    class NoPurge(MemoryLedger):
        purges = 0

        async def purge(self, now: datetime) -> None:
            type(self).purges += 1
            raise LedgerError("Nothing was run", "the disk is full", "Free it.")

    stage = Stage(ledger=NoPurge())
    assert told(await stage.run()) == "sent 1"
    assert told(await stage.run()) == "sent 2"
    assert NoPurge.purges == 1


async def test_more_people_than_a_yes_is_enough_for_need_the_name_typed() -> None:
    stage = Stage(facts=many(1001))
    right = ElicitResult(action="accept", content={"approve": True, "typed": " autumn "})
    wrong = ElicitResult(action="accept", content={"approve": True, "typed": "Winter"})
    host = Host(session=Session(answers=[YES, wrong, right]))
    assert told(await stage.run(host)) == "sent 1"
    assert [schema["required"] for schema in host.session.schemas] == [["approve", "typed"]] * 3
    first, *again = host.session.asked
    assert not first.startswith("What you typed does not match.")
    assert all(question.startswith("What you typed does not match.") for question in again)


async def test_at_the_limit_a_yes_is_enough_until_it_drifts_over() -> None:
    stage = Stage(facts=many(1000))
    await stage.run(Host(elicitation=None))
    assert (await stage.only_plan()).typed is None
    await say_yes(stage, Way.TERMINAL)
    stage.facts = many(1001)
    assert (await stage.run(Host(elicitation=None))).ended is Ended.WAITING
    assert ((await stage.only_plan()).typed, stage.effects) == ("Autumn", 0)


async def test_what_is_mistyped_again_and_again_ends() -> None:
    stage, host = Stage(facts=many(2000)), Host()
    ran = await stage.run(host)
    assert (ran.ended, len(host.session.asked), stage.effects) == (Ended.NOT_APPROVED, MOST_QUESTIONS, 0)


async def test_what_is_mistyped_without_a_session_is_asked_again_and_ends() -> None:
    stage, state, asked = Stage(facts=many(2000)), None, 0
    while True:
        answers = {"approve": YES} if state else None
        ran = await stage.run(Host(NEW, request_state=state, input_responses=answers))
        if not isinstance(ran.result, InputRequiredResult):
            break
        state, asked = ran.result.request_state, asked + 1
    assert (ran.ended, asked, stage.effects) == (Ended.NOT_APPROVED, MOST_QUESTIONS, 0)


async def test_in_the_sandbox_nobody_may_be_asked_and_it_is_said() -> None:
    stage, host = Stage(flags={"yes": True}), Host()
    assert told(await stage.run(host)) == "sent 1"
    plan = await stage.only_plan()
    assert (host.session.asked, plan.approved_via, plan.state) == ([], None, PlanState.DONE)


async def test_masked_data_stays_masked_while_a_person_is_asked() -> None:
    facts = Facts(say("Send?"), ((say("To"), Personal("Kirsten Holm")),))
    masked = told(await Stage(flags={"privacy": "mask"}, facts=facts).run(Host(elicitation=None)))
    shown = Host()
    await Stage(flags={"privacy": "mask"}, facts=facts).run(shown)
    assert "Kirsten" not in masked
    assert "Kirsten Holm" in shown.session.asked[0]
