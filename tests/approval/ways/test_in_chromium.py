"""Card and page in a real browser, the card in a host of MCP Apps: what a person sees, does and brings about."""

import json
from typing import Any

import pytest

from preo_mcp.approval.facts import Facts
from preo_mcp.approval.languages import in_language
from preo_mcp.approval.passages import in_lines
from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.approval.wording import Passage, Personal, say
from preo_mcp.settings import Language, Settings, Way
from tests.approval.forgeries import FORGERIES
from tests.approval.ways.card_host import FACTS, World, photograph, status
from tests.approval.ways.chromium import WHY_NOT, Tab
from tests.approval.ways.npm_packages import skipped
from tests.approval.ways.open_plans import LINES, open_plan
from tests.approval.ways.real_questions import plan_for

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)


def seen(tab: Tab) -> dict[str, Any]:
    return tab.run("seen")


LONG = Facts(
    say("Send {campaign} now?", campaign="Summer"),
    (
        (
            say("Text message"),
            Passage(f"Hello!{chr(10) * 99}</pre><b>bold</b>{' Nordlys' * 400} https://evil.example/x"),
        ),
        (say("Condition"), say("{before} → {after}", before=Passage("a\nCustomer: Bo"), after=Passage("a || true"))),
    ),
    deciding=((say("When"), say("now")),),
    account="sandbox",
)


def long_plan() -> Plan:
    """A question with whole passages."""
    return plan_for(LONG, is_live=False)


def test_card_approves_carries_out_and_tells_the_model(world: World) -> None:
    world.begin(open_plan(typed="1,590.00 DKK"))
    tab = world.card(strip="", theme="dark")
    tab.until("document.querySelector('.fact')", frame=True)
    assert tab.run(FACTS, frame=True) == [list(line) for line in LINES]
    assert tab.run("document.documentElement.dataset.theme", frame=True) == "dark"
    photograph(tab, "card-dark")
    assert tab.run("document.getElementById('approve').disabled", frame=True)
    tab.run("document.getElementById('typed').focus()", frame=True)
    tab.type("159")
    assert tab.run("document.getElementById('approve').disabled", frame=True)
    tab.press("Enter", 13, "\r")
    tab.until("document.getElementById('problem').textContent", frame=True)
    assert world.waiting.plan.state is PlanState.OPEN
    tab.until("document.activeElement.id === 'typed'", frame=True)
    photograph(tab, "card-mistyped-dark")
    tab.type("0")
    assert not tab.run("document.getElementById('approve').disabled", frame=True)
    tab.press("Enter", 13, "\r")
    status(tab, "Done: Request refund of 1,590.00 DKK", frame=True)
    photograph(tab, "card-done-dark")
    assert (world.refunds, world.waiting.plan.approved_via) == (1, Way.CARD)
    tab.until("seen.context.length")
    [told] = seen(tab)["context"]
    assert "create_purchase_refund was approved in the approval card" in told
    assert "ref_0001" in told
    height = seen(tab)["sizes"][-1]["height"]
    assert 40 < height < 600
    assert tab.complaints() == []


def test_card_declines(world: World) -> None:
    world.begin(open_plan())
    tab = world.card(theme="light")
    tab.until("document.querySelector('.fact')", frame=True)
    photograph(tab, "card-light")
    tab.click("#decline", frame=True)
    status(tab, "Declined. Nothing was done.", frame=True)
    assert (world.waiting.plan.state, world.refunds) == (PlanState.DECLINED, 0)
    tab.until("seen.context.length")
    assert "declined" in seen(tab)["context"][0]
    photograph(tab, "card-declined-light")


def test_card_by_keyboard_in_a_host_that_keeps_the_arguments_and_takes_no_context(world: World) -> None:
    world.begin(open_plan())
    tab = world.card(mute="", deaf="")
    tab.until("document.querySelector('.fact')", frame=True)
    for _ in range(10):
        tab.press("Tab", 9)
        if tab.run("document.activeElement.id", frame=True) == "approve":
            break
    tab.press("Enter", 13, "\r")
    status(tab, "Tell the assistant to go on.", frame=True)
    status(tab, "This host did not tell the assistant", frame=True)
    assert (world.waiting.plan.state, world.refunds) == (PlanState.APPROVED, 0)


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (PlanState.FAILED, "You approved it, but it ended with an error."),
        (PlanState.UNKNOWN, "This was approved. What came of it is not known."),
    ],
)
def test_card_tells_an_error_from_an_outcome_that_nobody_knows(world: World, ends: PlanState, told: str) -> None:
    world.begin(open_plan())
    world.ends = ends
    tab = world.card()
    tab.until("!document.getElementById('form').hidden", frame=True)
    tab.click("#approve", frame=True)
    status(tab, told, frame=True)
    status(tab, "Create refund failed. Preo did not answer. Look at it in Preo.", frame=True)
    assert world.refunds == 1


def test_card_hears_nobody_but_its_host(world: World) -> None:
    world.begin(open_plan())
    tab = world.card(theme="light")
    tab.until("document.querySelector('.fact')", frame=True)
    message = {"jsonrpc": "2.0", "method": "ui/notifications/host-context-changed", "params": {"theme": "dark"}}
    script = f"<script>parent.frames[0].postMessage({json.dumps(message)}, '*')</script>"
    make = "const other = document.createElement('iframe'); other.sandbox = 'allow-scripts'; other.onload = done"
    add = f"other.srcdoc = {json.dumps(script)}; document.body.append(other)"
    tab.run(f"new Promise((done) => {{ {make}; {add} }}).then(() => document.querySelectorAll('iframe')[1].remove())")
    later = "new Promise((done) => setTimeout(() => done(document.documentElement.dataset.theme)))"
    assert tab.run(later, frame=True) == "light"
    tab.run(f"frame.contentWindow.postMessage({json.dumps(message)}, '*')")
    tab.until("document.documentElement.dataset.theme === 'dark'", frame=True)


def test_card_of_a_question_that_is_over(world: World) -> None:
    world.begin(open_plan())
    tab = world.card()
    tab.until("document.querySelector('.fact')", frame=True)
    world.waiting.later(hours=2)
    tab.click("#approve", frame=True)
    status(tab, "expired", frame=True)
    photograph(tab, "card-expired")
    status(world.card(), "This question has expired.", frame=True)
    assert (world.waiting.plan.state, world.refunds) == (PlanState.OPEN, 0)

    world.begin(open_plan())
    first, second = world.card(), world.card()
    for tab in (first, second):
        tab.until("document.querySelector('.fact')", frame=True)
    second.click("#approve", frame=True)
    status(second, "Done: Request refund of 1,590.00 DKK", frame=True)
    first.click("#approve", frame=True)
    status(first, "approved and carried out already", frame=True)
    replayed = world.card()
    status(replayed, "Refund ref_0001 requested", frame=True)
    photograph(replayed, "card-summary")
    assert replayed.run("document.querySelector('#form').hidden", frame=True)
    assert world.refunds == 1


def test_card_asks_again_when_the_facts_changed(world: World) -> None:
    world.begin(open_plan())
    tab = world.card()
    tab.until("document.querySelector('.fact')", frame=True)
    changed = open_plan(lines=(("Amount to refund", "5.00 DKK"),))
    world.other_facts = changed.model_copy(update={"digest": "changed"})
    tab.click("#approve", frame=True)
    status(tab, "The facts changed", frame=True)
    assert tab.run(FACTS, frame=True) == [["Amount to refund", "5.00 DKK"]]
    assert world.refunds == 0


def test_card_leaves_a_question_that_is_asked_elsewhere_alone(world: World) -> None:
    world.begin(open_plan())
    world.settings = Settings(sandbox=True, approve_via=Way.PAGE)
    status(world.card(), "It was not run yet", frame=True)
    assert world.waiting.plan == open_plan()


def test_page_approves_by_keyboard(world: World) -> None:
    world.begin(open_plan(typed="1,590.00 DKK"))
    tab = world.browser.tab(world.address(), dark=True)
    tab.until("document.querySelector('.fact')")
    assert tab.run("location.hash") == ""
    assert tab.run("document.title") == "Request this refund?"
    photograph(tab, "page-dark")
    tab.run("document.getElementById('typed').focus()")
    tab.type("1.590,00")
    tab.press("Tab", 9)
    assert tab.run("document.activeElement.id") == "approve"
    tab.press("Enter", 13, "\r")
    status(tab, "Approved: Request refund of 1,590.00 DKK")
    photograph(tab, "page-approved-dark")
    assert (world.waiting.plan.state, world.waiting.plan.approved_via) == (PlanState.APPROVED, Way.PAGE)
    assert tab.complaints() == []


def test_page_survives_a_reload_and_declines(world: World) -> None:
    world.begin(open_plan())
    address = world.address()
    tab = world.browser.tab(address)
    tab.until("document.querySelector('.fact')")
    tab.run("window.old = true; location.reload()")
    tab.until("!window.old && document.querySelector('.fact')")
    photograph(tab, "page-light")

    replayed = world.browser.tab(address)
    status(replayed, "opened somewhere else")
    assert replayed.run(FACTS) == []
    photograph(replayed, "page-replayed-light")

    tab.click("#decline")
    status(tab, "Declined. Nothing was done.")
    assert world.waiting.plan.state is PlanState.DECLINED
    photograph(tab, "page-declined-light")


def test_page_without_the_secret_or_too_late_shows_nothing(world: World) -> None:
    world.begin(open_plan())
    address = world.address()
    wrong = world.browser.tab(address.partition("#")[0] + "#wrong")
    status(wrong, "opened somewhere else")
    assert "Ida" not in wrong.run("document.documentElement.outerHTML")
    world.waiting.later(hours=2)
    expired = world.browser.tab(address)
    status(expired, "This question has expired.")
    photograph(expired, "page-expired-light")


def test_page_is_not_shown_in_a_frame(world: World) -> None:
    world.begin(open_plan())
    tab = world.browser.tab(f"{world.url}/empty")
    tab.until("document.body")
    make = "const frame = document.createElement('iframe'); frame.onload = loaded; document.body.append(frame)"
    tab.run(f"new Promise((loaded) => {{ {make}; frame.src = {json.dumps(world.address())} }})")
    tab.until_complaint("frame-ancestors 'none'")


def test_what_customers_wrote_is_shown_as_text(world: World) -> None:
    shown = [in_language(Personal(text), Language.ENGLISH) for text in FORGERIES]
    raw = [text.encode("utf-8", "replace").decode() for text in FORGERIES]
    lines = tuple((f"Name {number}", text) for number, text in enumerate(shown + raw))
    world.begin(open_plan(lines=(*LINES, *lines)))
    tab = world.browser.tab(world.address())
    tab.until("document.querySelector('.fact')")
    assert tab.run(FACTS) == [list(line) for line in (*LINES, *lines)]
    assert tab.run("document.querySelectorAll('dl *:not(.fact, dt, dd), main img, main a, main b').length") == 0
    photograph(tab, "page-forgeries")
    assert tab.complaints() == []


def test_what_others_wrote_is_shown_as_text_in_its_passage(world: World) -> None:
    lines = tuple((say("Text"), Passage(one)) for one in FORGERIES)
    world.begin(plan_for(Facts(say("Send {campaign} now?", campaign="Summer"), lines)))
    tab = world.browser.tab(world.address())
    tab.until("document.querySelector('.fact')")
    found = tab.run("[...document.querySelectorAll('#rest dd .passage:first-child')].map((one) => one.textContent)")
    assert found == [in_lines(one) for one in FORGERIES]
    assert tab.run("document.querySelectorAll('#rest dt').length") == len(FORGERIES)
    assert tab.run("document.querySelectorAll('dl *:not(.fact, dt, dd, pre, p), main img, main a, main b').length") == 0
    right = "[...document.querySelectorAll('.passage')].every((one) => one.getBoundingClientRect().right <= innerWidth)"
    assert tab.run(right)
    assert tab.complaints() == []


@pytest.mark.parametrize("is_card", [True, False])
@pytest.mark.parametrize("width", [760, 380])
def test_passages_are_whole_scroll_and_leave_their_end_in_sight(world: World, is_card: bool, width: int) -> None:
    world.begin(long_plan())
    tab = world.card(theme="light") if is_card else world.browser.tab(world.address())
    tab.resize(width)
    tab.until("document.querySelector('.passage')", frame=is_card)
    terms = "[...document.querySelectorAll('#{} dt')].map((term) => term.textContent)"
    assert tab.run(terms.format("deciding"), frame=is_card) == ["When"]
    assert tab.run(terms.format("rest"), frame=is_card) == ["Text message", "Condition"]
    passages = tab.run("[...document.querySelectorAll('.passage')].map((one) => one.innerText)", frame=is_card)
    assert [text.count("\n") for text in passages] == [2, 1, 0]
    assert passages[0].startswith("Hello!\n\n</pre><b>bold</b> Nordlys")
    assert passages[0].endswith("https://evil.example/x")
    assert passages[1:] == ["a\nCustomer: Bo", "a || true"]
    scrolls = "[...document.querySelectorAll('.passage')].map((one) => one.scrollHeight > one.clientHeight)"
    assert tab.run(scrolls, frame=is_card) == [True, False, False]
    below = tab.run("document.querySelector('.passage + p').textContent", frame=is_card)
    assert below.endswith("Nordlys https://evil.example/x”; links to evil.example")
    assert tab.run("document.documentElement.scrollWidth <= innerWidth", frame=is_card)
    assert tab.run("document.querySelectorAll('main b').length", frame=is_card) == 0
    photograph(tab, f"passages-{'card' if is_card else 'page'}-{width}")
    assert tab.complaints() == []
