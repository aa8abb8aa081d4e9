"""A person settles an import by hand in a real browser, from the drop to the completed import, and what they see."""

import json
from typing import Final

import pytest

from preo_mcp.commands.demo import example_folder
from tests.approval.ways.card_host import photograph
from tests.approval.ways.chromium import WHY_NOT, Tab
from tests.approval.ways.npm_packages import WHY_NO_NPM, skipped
from tests.receiving.drop_world import ARRIVED, DropWorld, drop

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
with_axe = pytest.mark.skipif(skipped(WHY_NO_NPM), reason=WHY_NO_NPM)

QUESTION: Final = "document.querySelector('#hand-body a[href]')"
SETTLED: Final = "document.querySelector('.totals') && !document.querySelector('#hand-body[aria-busy]')"


def begun(tab: Tab, name: str, text: str, *, edition: str = "Aalborg", frame: bool = False) -> None:
    """Drop a file, and bring it to its first figures."""
    drop(tab, (name, text), frame=frame)
    tab.until(ARRIVED, frame=frame)
    tab.run("document.getElementById('by-hand').click()", frame=frame)
    pick = f"[...document.querySelectorAll('.editions button')].find((one) => one.textContent.includes({json.dumps(edition)}))"
    tab.until(pick, frame=frame)
    photograph(tab, "hand-editions")
    tab.run(f"{pick}.click()", frame=frame)
    tab.until(SETTLED, frame=frame)


def approved(drops: DropWorld, tab: Tab) -> None:
    """Start the import, and say yes on the page that asks."""
    tab.until("!document.getElementById('start-import').disabled")
    tab.click("#start-import")
    tab.until(QUESTION)
    photograph(tab, "hand-asked")
    page = drops.browser.tab(tab.run(f"{QUESTION}.href"))
    page.until("!document.getElementById('form').hidden")
    page.click("#approve")
    page.until("document.getElementById('status').dataset.kind === 'good'")
    tab.until("document.getElementById('hand-status').textContent === 'The import is complete.'")


def typed(tab: Tab, place: int, text: str) -> None:
    """Search a product of the edition for one of the file, by keyboard."""
    tab.run(f"document.querySelectorAll('.products input')[{place}].select()")
    tab.run(f"document.querySelectorAll('.products input')[{place}].focus()")
    tab.type(text)
    tab.press("Tab", 9)


MATCHES: Final = {
    "woocommerce-orders.csv": (),
    "tito-tickets.csv": ("NF-DAY-REG", "NF-DAY-YOUNG", "Endagsbillet - Voksen · NF-DAY-REG · 795.00 DKK"),
}
"""What the products of a file are said to stand for."""


@pytest.mark.parametrize("name", MATCHES)
def test_from_the_drop_to_the_completed_import(drops: DropWorld, name: str) -> None:
    tab = drops.page()
    begun(tab, name, (example_folder() / name).read_text(encoding="utf-8"))
    photograph(tab, f"hand-{name}-open")
    for place, text in enumerate(MATCHES[name]):
        typed(tab, place, text)
    tab.until(f"document.querySelectorAll('#fold-products').length && {SETTLED}")
    tab.click("#take-all")
    tab.until("!document.querySelector('fieldset.open')")
    for width in (1200, 360):
        tab.resize(width)
        photograph(tab, f"hand-{name}-{width}")
    tab.resize(760)
    approved(drops, tab)
    photograph(tab, f"hand-{name}-done")
    assert tab.complaints() == []
