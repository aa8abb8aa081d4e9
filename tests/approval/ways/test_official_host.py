"""The card in the official host of MCP Apps (ext-apps), under the policy that MCP Apps prescribes."""

import json

import pytest

from preo_mcp.approval.plans import Plan, PlanState
from preo_mcp.settings import Way
from tests.approval.ways.card_host import World, status
from tests.approval.ways.chromium import WHY_NOT, Tab
from tests.approval.ways.npm_packages import WHY_NO_NPM, skipped
from tests.approval.ways.open_plans import open_plan
from tests.approval.ways.test_attacks_in_chromium import mail_plan

pytestmark = pytest.mark.skipif(skipped(WHY_NOT or WHY_NO_NPM), reason=WHY_NOT or WHY_NO_NPM)

LOOKS = {
    "--color-background-primary": "#fdf6e3",
    "--color-text-primary": "#073642",
    "--color-text-warning": "#7a4a00",
    "--border-radius-md": "3px",
    "--font-sans": "Georgia, serif",
    "--no-such-thing": "red",
}


def hosted(world: World, plan: Plan, theme: str = "light") -> Tab:
    world.begin(plan)
    tab = world.browser.tab(f"{world.url}/official")
    given = {"purchase_id": "pur_0001", "scope": "full"}
    asked = {"tool": plan.tool, "theme": theme, "variables": LOOKS, "given": given, "width": 700}
    tab.until("window.startHost")
    tab.run(f"startHost({json.dumps(asked)})")
    tab.until("!document.getElementById('form').hidden", frame=True)
    return tab


def test_it_approves_carries_out_and_tells_the_model(world: World) -> None:
    tab = hosted(world, open_plan(typed="1,590.00 DKK"))
    assert tab.run("seen.app.name") == "preo-approval"
    tab.run("document.getElementById('typed').focus()", frame=True)
    tab.type("1590")
    tab.click("#approve", frame=True)
    status(tab, "Done: Request refund of 1,590.00 DKK", frame=True)
    status(tab, "The assistant knows.", frame=True)
    assert (world.refunds, world.waiting.plan.approved_via) == (1, Way.CARD)
    assert "It was carried out" in tab.run("seen.context[0].content[0].text")
    tab.until("seen.sizes.at(-1) < seen.sizes[0] + 200")
    assert 40 < tab.run("seen.sizes.at(-1)") < 400
    assert tab.complaints() == []


def test_it_declines(world: World) -> None:
    tab = hosted(world, open_plan())
    tab.click("#decline", frame=True)
    status(tab, "Declined. Nothing was done.", frame=True)
    status(tab, "The assistant knows.", frame=True)
    assert (world.waiting.plan.state, world.refunds) == (PlanState.DECLINED, 0)


def test_the_hosts_looks_are_taken_as_a_whole(world: World) -> None:
    tab = hosted(world, open_plan())
    style = "getComputedStyle(document.querySelector('{}')).{}"
    assert tab.run(style.format("main", "backgroundColor"), frame=True) == "rgb(253, 246, 227)"
    assert tab.run(style.format("#approve", "backgroundColor"), frame=True) == "rgb(122, 74, 0)"
    assert tab.run(style.format("#decline", "borderRadius"), frame=True) == "3px"
    assert tab.run(style.format("h1", "fontFamily"), frame=True) == "Georgia, serif"
    assert tab.run("document.documentElement.style.getPropertyValue('--no-such-thing')", frame=True) == ""
    tab.run(
        "bridge.setHostContext({ theme: 'dark', styles: { variables: {'--color-background-primary': '#101010'} } })"
    )
    tab.until("document.documentElement.dataset.theme === 'dark'", frame=True)
    assert tab.run(style.format("main", "backgroundColor"), frame=True) == "rgb(16, 16, 16)"


def test_an_email_is_shown_under_the_hosts_policy(world: World) -> None:
    tab = hosted(world, mail_plan("<h1 style='color: rgb(1, 2, 3)'>Nordlys kommer</h1>"))
    tab.until("document.querySelector('iframe.mail')", frame=True)
    tab.until_a_frame_says("Nordlys kommer")
    assert tab.complaints() == []
