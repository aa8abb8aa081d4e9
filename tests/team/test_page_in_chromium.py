"""A team's page in a real browser: its forms and scripts run under its policies, its cookies are its own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from preo_mcp.approval.ledgers.ledger import open_ledger
from preo_mcp.approval.plans import Decider, PlanState
from preo_mcp.approval.sheet import Part, Sheet
from preo_mcp.approval.wording import Span, SpanKind
from tests.approval.ways import chromium
from tests.approval.ways.chromium import Browser, Tab
from tests.approval.ways.npm_packages import skipped
from tests.approval.ways.open_plans import PLAN_ID, open_plan
from tests.team.signed_in import Served, a_team
from tests.team.test_apart import kept
from tests.team.visitor import ALL

pytestmark = pytest.mark.skipif(skipped(chromium.WHY_NOT), reason=chromium.WHY_NOT)
LETTER = Sheet(
    verb="Send to 752 people",
    account="sandbox",
    deciding=(Part("Message", (Span(SpanKind.LETTER, "Welcome to the festival"),)),),
    mail="<!DOCTYPE html><p>Welcome to the festival</p>",
)


async def with_a_letter(team: Served, **more: Any) -> None:
    """Have a question of Anna's wait that shows an e-mail."""
    now = datetime.now(UTC)
    times = {"created": now, "expires": now + timedelta(hours=1)}
    ledger = open_ledger(team.settings)
    await ledger.add(open_plan().model_copy(update={"principal": "anna", "sheet": LETTER, **times, **more}))
    await ledger.close()


def signed_in(browser: Browser, team: Served, token: str) -> Tab:
    """Paste a token into the page, and press its button."""
    tab = browser.tab(f"{team.origin}{ALL}")
    tab.until("document.querySelector('#token')")
    tab.run("document.querySelector('#token').focus()")
    tab.type(token)
    tab.click("button")
    tab.until("document.querySelector('ol')")
    return tab


async def test_one_signs_in_reads_an_e_mail_answers_and_signs_out(tmp_path: Path, browser: Browser) -> None:
    async with a_team(tmp_path) as team:
        await with_a_letter(team)
        token = team.token("anna")

        def person() -> list[str]:
            tab = signed_in(browser, team, token)
            tab.click("ol a")
            tab.until("document.querySelector('#approve')?.checkVisibility()")
            assert tab.run("document.querySelector('#approve').textContent") == "Send to 752 people"
            tab.until_a_frame_says("Welcome to the festival")
            assert tab.run("document.cookie") == ""
            tab.click("#approve")
            tab.until("document.querySelector('#status').innerText.includes('Approved')")
            tab.click("nav a")
            tab.until("document.body.innerText.includes('No question waits for an answer.')")
            tab.click("form button")
            tab.until("document.querySelector('#token')")
            tab.go(f"{team.origin}{ALL}/{PLAN_ID}")
            tab.until("document.querySelector('#token')")
            return tab.complaints()

        complaints = await anyio.to_thread.run_sync(person)
        assert all("401" in complaint for complaint in complaints), complaints
        assert (await kept(team, PLAN_ID)).state is PlanState.APPROVED


async def test_a_question_that_somebody_else_has_to_answer_has_no_button_for_it(
    tmp_path: Path, browser: Browser
) -> None:
    async with a_team(tmp_path) as team:
        await with_a_letter(team, decider=Decider.ANOTHER, typed="x", typing="Type x")
        token = team.token("anna")

        def person() -> None:
            tab = signed_in(browser, team, token)
            tab.click("ol a")
            tab.until("document.querySelector('#decline')?.checkVisibility()")
            assert not tab.run("document.querySelector('#approve').checkVisibility()")
            assert not tab.run("document.querySelector('#typed').checkVisibility()")
            assert "Somebody other than whoever asked has to say yes." in tab.run("document.body.innerText")
            tab.run("document.querySelector('#approve').click()")
            tab.click("#decline")
            tab.until("document.querySelector('#status').innerText.includes('Declined')")

        await anyio.to_thread.run_sync(person)
        assert (await kept(team, PLAN_ID)).state is PlanState.DECLINED
