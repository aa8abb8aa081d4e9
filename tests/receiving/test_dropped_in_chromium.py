"""A person drops files in a real browser: on the page and on the card, with interruptions, and what they see then."""

import json
from pathlib import Path

import pytest

from preo_mcp.settings import Language
from tests.approval.forgeries import FORGERIES
from tests.approval.ways.card_host import photograph, status
from tests.approval.ways.chromium import WHY_NOT, Tab
from tests.approval.ways.npm_packages import WHY_NO_NPM, axe, skipped
from tests.approval.ways.test_looks import AXE, FITS
from tests.door import ORDERS
from tests.receiving.drop_world import ARRIVED, READY, DropWorld, drop, drop_from_disk

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
with_axe = pytest.mark.skipif(skipped(WHY_NO_NPM), reason=WHY_NO_NPM)

SCRIPT = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
BROKEN = """(() => {
  const real = window.fetch;
  let count = 0;
  window.breaks = true;
  const fails = (address) => window.breaks && address.includes('/piece') && ++count > 2;
  window.fetch = (address, asked) => (fails(address) ? Promise.reject(new TypeError('cut')) : real(address, asked));
})()"""
"""From the third piece on the connection fails, until it does not."""
HURRIES = "window.setTimeout = ((real) => (work, _) => real(work, 0))(window.setTimeout)"
COUNTED = """(() => {
  const real = window.fetch;
  window.starts = [];
  window.fetch = (address, asked) => (window.starts.push(address), real(address, asked));
})()"""
HELD = """(() => {
  const real = window.fetch;
  const held = (address, asked) => new Promise((done) => { window.go = () => done(real(address, asked)); });
  window.fetch = (address, asked) => (address.includes('/piece') ? held : real)(address, asked);
})()"""
"""No piece leaves."""
MEGABYTE = 1024 * 1024


def check_axe(tab: Tab, *, frame: bool = False) -> None:
    tab.run(f"{axe()};0", frame=frame)
    told = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in tab.run(AXE, frame=frame)]
    assert not told, json.dumps(told, indent=1)


def reloaded(tab: Tab, until: str) -> None:
    tab.run("window.isOld = true; location.reload()")
    tab.until(f"!window.isOld && document.readyState === 'complete' && {until}")


def problem(tab: Tab) -> str:
    tab.until("document.getElementById('problem').textContent")
    return tab.run("document.getElementById('problem').textContent")


def test_from_the_page_to_what_was_read(drops: DropWorld) -> None:
    tab = drops.page()
    assert tab.run("location.hash") == ""
    assert tab.run("document.title") == "Which file shall the assistant work with?"
    photograph(tab, "upload-page")
    drop(tab, ("woocommerce.csv", ORDERS, 3 * MEGABYTE))
    tab.until(ARRIVED)
    status(tab, "The file is here.")
    assert tab.run("document.querySelector('.named').textContent") == "woocommerce.csv"
    assert tab.run("document.querySelectorAll('#look tbody tr').length") == 3
    assert tab.run("document.querySelector('#look dd').textContent") == "3 MB"
    assert tab.run("document.activeElement.textContent") == "The file is here."
    photograph(tab, "upload-page-done")
    assert tab.complaints() == []
    reloaded(tab, ARRIVED)
    assert tab.run("document.querySelectorAll('#look tbody tr').length") == 3


def test_on_the_card_of_a_host_that_strips_results(drops: DropWorld) -> None:
    tab = drops.card()
    drop(tab, ("Ordrer æøå.csv", ORDERS, MEGABYTE), frame=True)
    tab.until(ARRIVED, frame=True)
    status(tab, "The assistant knows.", frame=True)
    assert "Call receive_file with upload=upl_" in tab.run("seen.context[0]")
    calls = tab.run("seen.calls.map(({name, arguments}) => [name, arguments.action, (arguments.piece ?? '').length])")
    assert {name for name, *_ in calls} == {"upload"}
    assert [action for _, action, _ in calls] == ["show", "start", *["piece"] * 3, "finish"]
    assert max(length for *_, length in calls) == 512 * 1024
    assert tab.complaints() == []
    deaf = drops.card(deaf="")
    drop(deaf, ("orders.csv", ORDERS), frame=True)
    status(deaf, "This host did not tell the assistant: tell it yourself.", frame=True)


@with_axe
def test_in_the_official_host_with_its_looks_and_policy(drops: DropWorld) -> None:
    looks = {"--color-background-primary": "#fdf6e3", "--border-radius-md": "3px", "--font-sans": "Georgia, serif"}
    tab = drops.official(variables=looks)
    assert tab.run("seen.app.name") == "preo-upload"
    ground = "getComputedStyle(document.querySelector('main')).backgroundColor"
    assert tab.run(ground, frame=True) == "rgb(253, 246, 227)"
    drop(tab, ("orders.csv", ORDERS, MEGABYTE), frame=True)
    status(tab, "The assistant knows.", frame=True)
    assert "Call receive_file with upload=upl_" in tab.run("seen.context[0].content[0].text")
    assert set(tab.run("seen.calls")) == {"upload"}
    assert tab.complaints() == []
    photograph(tab, "upload-card-official")


def test_an_interrupted_file_goes_on(drops: DropWorld) -> None:
    tab = drops.page()
    tab.run(f"{HURRIES};{BROKEN}")
    drop(tab, ("orders.csv", ORDERS, 4 * MEGABYTE))
    status(tab, "The upload was interrupted.")
    tab.until("!document.getElementById('on').hidden")
    assert tab.run("document.activeElement.id") == "on"
    assert tab.run("document.getElementById('bar').value") == 2 * MEGABYTE
    photograph(tab, "upload-page-interrupted")
    tab.run("window.breaks = false")
    tab.click("#on")
    tab.until(ARRIVED)

    tab = drops.page()
    tab.run(f"{HURRIES};{BROKEN}")
    drop(tab, ("orders.csv", ORDERS, 4 * MEGABYTE))
    status(tab, "The upload was interrupted.")
    reloaded(tab, READY)
    status(tab, "The upload was interrupted.")
    tab.run(COUNTED)
    drop(tab, ("orders.csv", ORDERS, 4 * MEGABYTE))
    tab.until(ARRIVED)
    offsets = tab.run("window.starts.filter((one) => one.includes('/piece')).map((one) => Number(one.split('=')[1]))")
    assert offsets == [2 * MEGABYTE, 3 * MEGABYTE], "what is there is not sent again"


def test_it_is_stopped_and_another_file_comes(drops: DropWorld) -> None:
    tab = drops.page()
    tab.run(HELD)
    drop(tab, ("orders.csv", ORDERS, MEGABYTE))
    tab.until("window.go")
    tab.click("#stop")
    status(tab, "Stopped.")
    reloaded(tab, READY)
    drop(tab, ("other.csv", ORDERS))
    tab.until(ARRIVED)
    assert tab.run("document.querySelector('.named').textContent") == "other.csv"


def test_a_file_and_a_folder_from_the_disk(drops: DropWorld, tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    tab = drops.page()
    drop_from_disk(tab, tmp_path / "exports")
    assert problem(tab) == "Drop one file only."
    drop_from_disk(tab, tmp_path / "orders.csv")
    tab.until(ARRIVED)
    assert tab.run("location.pathname").startswith("/upload/"), "the browser does not open it instead"
    assert tab.complaints() == []


def test_two_tabs_of_one_upload(drops: DropWorld) -> None:
    address = drops.address()
    first = drops.browser.tab(address)
    first.until(READY)
    second = drops.browser.tab(address)
    status(second, "This upload was opened somewhere else.")
    assert second.run("document.getElementById('choosing').hidden")
    drop(first, ("orders.csv", ORDERS))
    first.until(ARRIVED)


def test_what_is_refused_leaves_the_place_for_another(drops: DropWorld) -> None:
    tab = drops.page()
    drop(tab, ("server.pem", "x"))
    assert problem(tab) == "This file has the name of a key, which no tool touches. Choose another file."
    drop(tab, ("a.csv", "x"), ("b.csv", "y"))
    assert problem(tab) == "Drop one file only."
    drop(tab, ("empty.csv", ""))
    tab.until("document.getElementById('problem').textContent.startsWith('This file is empty')")
    assert tab.run("document.activeElement.id") == "file"
    drop(tab, ("orders.csv", ORDERS))
    tab.until(ARRIVED)
    secret = drops.page()
    drop(secret, ("token.txt", "sk_live_4242424242424242"))
    status(secret, "This file looks like a secret or a private key, and was not kept.")


@pytest.mark.parametrize("is_card", [False, True], ids=["page", "card"])
def test_script_in_names_and_in_every_field(drops: DropWorld, is_card: bool) -> None:
    columns = [SCRIPT, *(text.encode("utf-8", "replace").decode().replace("\0", "")[:120] for text in FORGERIES[:50])]
    quoted = ['"' + text.replace('"', '""') + '"' for text in columns]
    rows = (f"{first}," + ",".join(quoted) for first in ("Order ID", "A-1", "A-2", "A-3"))
    content = "\n".join(rows)
    for name in (f"{SCRIPT}.csv", *(f"{text[:60]}.csv" for text in columns[1:4])):
        tab = drops.card() if is_card else drops.page()
        drop(tab, (name, content), frame=is_card)
        tab.until(ARRIVED, frame=is_card)
        shown = tab.run("document.getElementById('look').textContent", frame=is_card)
        assert shown.count(SCRIPT) >= 4, "a heading and three cells"
        assert tab.run("window.hacked", frame=is_card) is None
        inside = "document.querySelectorAll('#drop img, #drop script, #drop a, #drop iframe').length"
        assert tab.run(inside, frame=is_card) == 0
        assert [one for one in tab.complaints() if "409" not in one] == []
        photograph(tab, f"upload-{'card' if is_card else 'page'}-forged")


@with_axe
@pytest.mark.parametrize("is_card", [False, True], ids=["page", "card"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_and_all_fits(drops: DropWorld, is_card: bool, dark: bool) -> None:
    theme = "dark" if dark else "light"
    tab = drops.card(theme=theme) if is_card else drops.page(dark=dark)
    long = "Bestellungen " * 30 + ".csv"

    def looked(name: str) -> None:
        for width in (360, 760, 1200):
            tab.resize(width)
            tab.until(FITS, frame=is_card)
            check_axe(tab, frame=is_card)
            photograph(tab, f"upload-{'card' if is_card else 'page'}-{name}-{theme}-{width}")

    looked("waits")
    drop(tab, (".env.pem", "x"), frame=is_card)
    tab.until("document.getElementById('problem').textContent", frame=is_card)
    looked("refused")
    if not is_card:
        tab.run(f"{HURRIES};{BROKEN}")
        drop(tab, (long, ORDERS, 4 * MEGABYTE))
        status(tab, "The upload was interrupted.")
        looked("interrupted")
        tab.run("window.breaks = false")
    drop(tab, (long, ORDERS, 4 * MEGABYTE), frame=is_card)
    tab.until(ARRIVED, frame=is_card)
    looked("arrived")


def test_by_keyboard_alone(drops: DropWorld) -> None:
    tab = drops.page()
    assert tab.run("document.activeElement.id") == "title"
    tab.press("Tab", 9)
    assert tab.run("document.activeElement.id") == "file"
    ring = "getComputedStyle(document.getElementById('zone')).outlineStyle"
    assert tab.run(ring) == "solid"
    named = "document.activeElement.getAttribute('aria-label')"
    assert tab.run(named) == "Which file shall the assistant work with? Choose a file"


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.ENGLISH])
def test_in_every_language(drops: DropWorld, language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drops.receiver().page, "_language", language)
    tab = drops.page(width=360)
    assert tab.run("document.documentElement.lang") == language
    assert tab.run("document.body.innerText.includes('Choose a file')") is False
    tab.until(FITS)
    drop(tab, ("orders.csv", ORDERS, MEGABYTE))
    tab.until(ARRIVED)
    tab.until(FITS)
    photograph(tab, f"upload-page-{language}")
