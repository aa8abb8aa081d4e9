"""Pictures of every kind of question in every state, for people to look at: `make pictures`."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from anyio.from_thread import start_blocking_portal

from preo_mcp.approval.plans import Plan
from preo_mcp.approval.ways import card
from tests.approval.ways.card_host import World, shows_cards
from tests.approval.ways.chromium import WHY_NOT, Tab, chromium
from tests.approval.ways.real_questions import CALLS, plans_for, real_facts
from tests.door import Door
from tests.web.sites import serving_routes

DOCUMENTS: Final = {
    "mail-before-page-light-760": "campaign",
    "refund-before-page-light-760": "refund",
    "story-before-page-light-760": "import",
    "delete-before-page-dark-760": "delete",
}
"""The pictures that documents show, by the names under which they are taken."""
IMAGES: Final = Path(__file__).parents[3] / "docs" / "images"
EXAMPLES: Final = Path(__file__).parents[3] / "examples"
STATES: Final = ("before", "wrong", "yes", "no", "expired")
WIDTHS: Final = (760, 380)
LOW: Final = 300
"""The height of the window: a picture is as high as what it shows."""
ASKED: Final = "!document.getElementById('form').hidden"
ANSWERED: Final = "document.getElementById('form').hidden && document.querySelector('#status h1')"


@contextmanager
def served_world(folder: Path) -> Generator[World]:
    """Serve the page and a host of cards to a Chromium."""
    with chromium(folder) as browser, start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(card, "client_shows_cards", shows_cards)
        world = World(portal, browser)
        serving, world.url = portal.start_task(serving_routes(world.page.routes()))
        yield world
        serving.cancel()


def opened(world: World, plan: Plan, *, dark: bool = False, width: int = 760, is_card: bool = False) -> Tab:
    """Open a plan's question, and return where it is shown."""
    world.begin(plan)
    if is_card:
        tab = world.card(theme="dark" if dark else "light", tool=plan.tool)
    else:
        tab = world.browser.tab(world.address(), dark=dark)
    tab.resize(width, LOW)
    tab.until(ASKED, frame=is_card)
    return tab


def brought_to(world: World, tab: Tab, state: str, *, is_card: bool = False) -> bool:
    """Bring an open question into a state; False where it has no such state."""
    expected = world.waiting.plan.typed
    if state == "wrong":
        if expected is None:
            return False
        tab.run("document.getElementById('typed').focus()", frame=is_card)
        tab.type("yes")
        tab.press("Enter", 13, "\r")
        tab.until("document.getElementById('problem').textContent", frame=is_card)
    elif state == "yes":
        if expected is not None:
            tab.run("document.getElementById('typed').focus()", frame=is_card)
            tab.type(expected)
        tab.until("!document.getElementById('approve').disabled", frame=is_card)
        tab.click("#approve", frame=is_card)
        tab.until(ANSWERED, frame=is_card)
    elif state in ("no", "expired"):
        world.waiting.later(days=2 if state == "expired" else 0)
        tab.click("#decline", frame=is_card)
        tab.until(ANSWERED, frame=is_card)
    return True


def fit(tab: Tab, width: int) -> None:
    """Make the window as high as what it shows, so that all of it is painted."""
    tab.resize(width, LOW)
    for _ in range(2):  # a card grows after its window
        tab.resize(width, int(tab.run("document.documentElement.scrollHeight")))
        tab.run("new Promise((done) => setTimeout(done, 120))")


async def story(door: Door) -> tuple[str, dict[str, Any]]:
    """Return the call that asks what docs/stories.md shows of an import."""
    orders = (EXAMPLES / "shopify-orders.csv").read_text(encoding="utf-8")
    prepared = await door.prepared(orders, settle=["products: skip"])
    return "start_import", {"import_id": prepared["import_id"]}


def take(folder: Path, only: str = "") -> None:
    """Take all pictures whose name begins with `only` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, served_world(Path(scratch) / "chromium") as world:
        plans = plans_for(asyncio.run(real_facts(Path(scratch) / "sandbox", CALLS | {"story": story})))
        for (kind, plan), state, is_card, dark, width in product(
            plans.items(), STATES, (False, True), (False, True), WIDTHS
        ):
            way, theme = "card" if is_card else "page", "dark" if dark else "light"
            name = f"{kind}-{state}-{way}-{theme}-{width}"
            if not name.startswith(only):
                continue
            tab = opened(world, plan, dark=dark, width=width, is_card=is_card)
            if brought_to(world, tab, state, is_card=is_card):
                fit(tab, width)
                tab.photograph(folder / f"{name}.png")
                if name in DOCUMENTS:
                    shutil.copy(folder / f"{name}.png", IMAGES / f"{DOCUMENTS[name]}.png")
            world.browser.close_tabs()


if __name__ == "__main__":
    if WHY_NOT:
        sys.exit(WHY_NOT)
    take(Path(sys.argv[1]), *sys.argv[2:])
