"""A person settles an import by hand in a real browser, from the drop to the completed import, and what they see."""

import csv
import io
import json
from typing import Final

import pytest

from preo_mcp.commands.demo import example_folder
from preo_mcp.settings import Language
from tests.approval.forgeries import FORGERIES
from tests.approval.ways.card_host import photograph
from tests.approval.ways.chromium import WHY_NOT, Tab
from tests.approval.ways.npm_packages import WHY_NO_NPM, skipped
from tests.approval.ways.test_looks import FITS
from tests.door import ORDERS
from tests.receiving.drop_world import ARRIVED, DropWorld, drop
from tests.receiving.test_dropped_in_chromium import SCRIPT, check_axe

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
with_axe = pytest.mark.skipif(skipped(WHY_NO_NPM), reason=WHY_NO_NPM)

LONGEST: Final = """(() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
  }).observe({ type: 'longtask' });
})()"""
HELD: Final = """(() => {
  const real = window.fetch;
  window.fetch = (address, asked) => new Promise((done) => {
    window.go = Object.assign(() => done(real(address, asked)), { about: asked.body });
  });
})()"""
"""No step leaves before the test lets it go."""
STEPS: Final = """(() => {
  const real = window.fetch;
  window.steps = [];
  window.fetch = (address, asked) => (window.steps.push(JSON.parse(asked.body).asked.do), real(address, asked));
})()"""
SAVES: Final = """(() => {
  const real = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (blob) => (blob.text().then((text) => { window.rowsSaved = text; }), real(blob));
})()"""
QUESTION: Final = "document.querySelector('#hand-body a[href]')"
SETTLED: Final = "document.querySelector('.totals') && !document.querySelector('#hand-body[aria-busy]')"


def begun(tab: Tab, name: str, text: str, *, edition: str = "Aalborg", frame: bool = False) -> None:
    """Drop a file, and bring it to its first figures."""
    drop(tab, (name, text), frame=frame)
    tab.until(ARRIVED, frame=frame)
    tab.run("document.getElementById('by-hand').click()", frame=frame)
    named = f"(one) => one.textContent.includes({json.dumps(edition)})"
    pick = f"[...document.querySelectorAll('.editions button')].find({named})"
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


def test_what_is_declined_stays_and_is_handed_over(drops: DropWorld) -> None:
    tab = drops.page()
    begun(tab, "orders.csv", ORDERS)
    typed(tab, 0, "T-shirt · NF-TSHIRT · 249.00 DKK")
    tab.until("!document.getElementById('start-import').disabled")
    tab.click("#start-import")
    tab.until(QUESTION)
    page = drops.browser.tab(tab.run(f"{QUESTION}.href"))
    page.until("!document.getElementById('form').hidden")
    page.click("#decline")
    tab.until("document.getElementById('hand-status').textContent.startsWith('It was not started')")
    tab.click("#hand-over")
    tab.until("document.querySelector('#hand-body pre')")
    said = tab.run("document.querySelector('#hand-body pre').textContent")
    assert 'settle=["products.NF-POSTER: prd_n27_tshirt"]' in said
    photograph(tab, "hand-handed")
    tab.run("location.reload()")
    tab.until(f"document.readyState === 'complete' && {SETTLED}")
    tab.click("#fold-products")
    tab.until("document.querySelector('.products input')")
    assert tab.run("document.querySelector('.products input').value").startswith("T-shirt"), "it goes on where it was"
    assert tab.complaints() == []


def test_on_the_card_the_assistant_starts_it(drops: DropWorld) -> None:
    tab = drops.card()
    begun(tab, "orders.csv", ORDERS, frame=True)
    assert tab.run("document.getElementById('start-import')", frame=True) is None
    tab.run("[...document.querySelectorAll('.option input')].at(-1).click()", frame=True)
    tab.until("!document.querySelector('fieldset.open')", frame=True)
    photograph(tab, "hand-card")
    tab.run("document.getElementById('hand-over').click()", frame=True)
    tab.until("document.getElementById('hand-status').textContent === 'The assistant knows.'", frame=True)
    assert "go on with prepare_import(source=" in tab.run("seen.context.at(-1)")
    assert set(tab.run("seen.calls.map(({name}) => name)")) == {"upload"}
    assert tab.complaints() == []


def test_what_is_typed_meanwhile_is_not_lost(drops: DropWorld) -> None:
    tab = drops.page()
    begun(tab, "orders.csv", ORDERS)
    tab.run(HELD)
    tab.run("document.querySelector('.decision input').click()")
    tab.until("window.go")
    tab.run("document.querySelector('.products input').focus()")
    tab.type("NF-TSHIRT")
    tab.run("window.go()")
    tab.until("!document.querySelector('fieldset.open')")
    assert tab.run("document.activeElement.value") == "NF-TSHIRT"
    tab.press("Tab", 9)
    tab.until("window.go.about.includes('products.NF-POSTER: prd_n27_tshirt')")
    tab.run("window.go()")
    tab.until("document.querySelector('.products input')?.value.startsWith('T-shirt')")


def test_what_was_chosen_last_is_settled_before_the_start(drops: DropWorld) -> None:
    tab = drops.page()
    begun(tab, "orders.csv", ORDERS)
    tab.run("document.querySelectorAll('.decision.open input')[0].click()")
    tab.until("document.getElementById('start-import')?.disabled === false")
    tab.run(STEPS)
    last = "[...document.querySelectorAll('.decision input')]"
    tab.run("document.getElementById('fold-decided').click()")
    tab.until(f"{last}.length > 1")
    tab.run(f"{last}.find((one) => !one.checked).click(); document.getElementById('start-import').click()")
    tab.until(f"window.steps.length && {SETTLED}")
    assert tab.run("window.steps") == ["settle"]
    assert not tab.run(f"Boolean({QUESTION})")


@with_axe
def test_in_the_official_host(drops: DropWorld) -> None:
    tab = drops.official(width=360)
    begun(tab, "orders.csv", ORDERS, frame=True)
    tab.until(FITS, frame=True)
    check_axe(tab, frame=True)
    tab.run("document.getElementById('hand-over').click()", frame=True)
    tab.until("document.getElementById('hand-status').textContent === 'The assistant knows.'", frame=True)
    assert "go on with prepare_import(source=" in tab.run("seen.context.at(-1).content[0].text")
    assert set(tab.run("seen.calls")) == {"upload"}
    assert tab.complaints() == []


@pytest.mark.parametrize("is_card", [False, True], ids=["page", "card"])
def test_the_rows_that_stay_out_are_saved_as_a_file(drops: DropWorld, is_card: bool) -> None:
    tab = drops.card() if is_card else drops.page()
    begun(tab, "orders.csv", (example_folder() / "woocommerce-orders.csv").read_text(encoding="utf-8"), frame=is_card)
    tab.run(SAVES, frame=is_card)
    tab.run("document.getElementById('take-all').click()", frame=is_card)
    tab.until("document.getElementById('save-rows')", frame=is_card)
    tab.run("document.getElementById('save-rows').click()", frame=is_card)
    tab.until("window.rowsSaved", frame=is_card)
    assert tab.run("window.rowsSaved", frame=is_card).count("left out as settled") == 2


def test_script_in_every_field_stays_text(drops: DropWorld) -> None:
    forged = [SCRIPT, *(text.encode("utf-8", "replace").decode().replace("\0", "")[:90] for text in FORGERIES[:24])]
    headings = ["Order ID", "Email", "SKU", "Product", "Quantity", "Price", "Status", *forged]
    rows = [[f"A-{at}", f"a{at}@example.org", text, text, "1", "10", text, *forged] for at, text in enumerate(forged)]
    out = io.StringIO()
    csv.writer(out).writerows([headings, [*rows[0][:1], SCRIPT, *rows[0][2:]], *rows])
    tab = drops.page()
    begun(tab, f"{SCRIPT}.csv", out.getvalue())
    tab.run("document.querySelectorAll('.fold > summary').forEach((one) => one.parentElement.open || one.click())")
    tab.until("document.querySelector('.columns')")
    photograph(tab, "hand-forged")
    assert tab.run("document.getElementById('hand').textContent").count(SCRIPT) >= 3
    assert tab.run("window.hacked") is None
    assert tab.run("document.querySelectorAll('#hand :is(img, script, a, iframe)').length") == 0
    assert tab.complaints() == []


def test_ten_thousand_products_do_not_freeze_it(drops: DropWorld) -> None:
    rows = (f"A-{at},a{at}@example.org,CODE-{at},Ticket {at},1,10.00" for at in range(10_000))
    tab = drops.page()
    tab.run(LONGEST)
    begun(tab, "many.csv", "\n".join(("Order ID,Email,SKU,Product,Quantity,Price", *rows)))
    assert tab.run("document.querySelectorAll('.products tbody tr').length") == 50
    tab.click("#more-products")
    tab.until("document.querySelectorAll('.products tbody tr').length === 100")
    tab.run("document.getElementById('product-search').focus()")
    tab.type("code-3499")
    tab.until("document.querySelectorAll('.products tbody tr').length === 1")
    assert tab.run("document.querySelector('.products tbody').textContent").startswith("Ticket 3499")
    assert tab.run("window.longest") < 1_000, "milliseconds in which the page did nothing else"
    photograph(tab, "hand-many")


@with_axe
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_and_all_fits(drops: DropWorld, dark: bool) -> None:
    tab = drops.page(dark=dark)
    long = "Bestellungen" * 12
    text = ORDERS.replace("Plakat A2", f"{long} ملصق").replace("Price\n", f"Price,{long}\n", 1)
    begun(tab, f"{long}.csv", text)
    tab.run("document.querySelectorAll('.fold > summary').forEach((one) => one.parentElement.open || one.click())")
    tab.until("document.querySelector('.columns select') && document.querySelector('.steps')")
    for width in (360, 760, 1200):
        tab.resize(width)
        tab.until(FITS)
        check_axe(tab)
        photograph(tab, f"hand-all-{'dark' if dark else 'light'}-{width}")


def test_by_keyboard_alone(drops: DropWorld) -> None:
    tab = drops.page()
    begun(tab, "orders.csv", ORDERS)
    tab.run("document.querySelector('.decision input').focus()")
    focused = tab.run("document.activeElement.id")
    tab.press(" ", 32, " ")
    tab.until("!document.querySelector('fieldset.open')")
    tab.until("document.querySelector('#fold-decided')")
    tab.run("document.getElementById('fold-decided').focus()")
    tab.press("Enter", 13, "\r")
    tab.until("document.querySelector('.decision input:checked')")
    assert tab.run("document.querySelector('.decision input:checked').id") == focused
    tab.run("document.querySelector('.decision input:checked').focus()")
    tab.press("ArrowDown", 40)
    tab.until(f"document.querySelector('.decision input:checked')?.id !== {json.dumps(focused)} && {SETTLED}")
    tab.until("document.activeElement.matches('.decision input:checked')")


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.ENGLISH])
def test_in_every_language(drops: DropWorld, language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drops.receiver().page, "_language", language)
    tab = drops.page(width=360)
    begun(tab, "orders.csv", ORDERS)
    tab.run("document.querySelectorAll('.fold > summary').forEach((one) => one.parentElement.open || one.click())")
    tab.until("document.querySelector('.columns select')")
    tab.until(FITS)
    seen = tab.run("document.body.innerText + [...document.querySelectorAll('option')].map((one) => one.text)")
    for text in ("Will be written", "Hand over", "Meaning", "Product code", "Columns", "undefined"):
        assert text not in seen
    photograph(tab, f"hand-{language}")
