"""The reports in every language, width and theme, with little and with much; axe has no word against any of them."""

from typing import Final

import pytest

from preo_mcp.approval.languages import in_language
from preo_mcp.reports.texts import WORDS
from preo_mcp.settings import Language
from tests.approval.ways.chromium import WHY_NOT, Tab
from tests.approval.ways.npm_packages import WHY_NO_NPM, skipped
from tests.approval.ways.test_looks import FITS, check_axe
from tests.reports.invented import RIGHT_TO_LEFT
from tests.reports.pictures import STATES
from tests.reports.report_host import ReportHost

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
with_axe = pytest.mark.skipif(skipped(WHY_NO_NPM), reason=WHY_NO_NPM)

SHOWN: Final = [name for name in STATES if "refused" not in name]
STRAY: Final = ("undefined", "NaN", "null", "[object", "status_", "stage_", "error_", "delivery_", "{number}", "{time}")


def cut_off(tab: Tab) -> list[str]:
    """Return what does not fit into its place, or has no name in the words."""
    wide = "[...document.querySelectorAll('h1, h2, th, td, dd, li, button, label, caption, .bar')]"
    hidden = "one.scrollWidth > one.clientWidth + 1 && !one.closest('.table') && !one.closest('.as-table')"
    return tab.run(f"{wide}.filter((one) => {hidden}).map((one) => one.outerHTML.slice(0, 120))", frame=True)


@with_axe
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(reports: ReportHost, state: str) -> None:
    for dark, width in ((False, 760), (True, 380)):
        tab = STATES[state].opened(reports, dark=dark, width=width)
        check_axe(tab, frame=True)


@pytest.mark.parametrize("state", SHOWN)
def test_it_fits_any_width(reports: ReportHost, state: str) -> None:
    tab = STATES[state].opened(reports)
    for width in (360, 760, 1200):
        tab.resize(width)
        assert tab.run(FITS, frame=True), width
        assert cut_off(tab) == [], width
    drawn = "[...document.querySelectorAll('canvas')].every((one) => one.clientWidth > 900)"
    tab.until(drawn, frame=True)
    assert tab.complaints() == []
    shown = tab.run("document.body.innerText", frame=True).replace("is undefined and", "")
    assert [stray for stray in STRAY if stray in shown] == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("state", ["campaign-compared", "check", "import", "webhook"])
def test_in_every_language(reports: ReportHost, state: str, language: Language) -> None:
    tab = STATES[state].opened(reports, width=360, language=language)
    assert tab.run("document.documentElement.lang", frame=True) == language
    assert tab.run(FITS, frame=True)
    assert cut_off(tab) == []
    headings = {in_language(WORDS[name], language) for name in ("step", "what", "how_ended")}
    assert tab.run("document.querySelector('.bars thead th').textContent", frame=True) in headings
    assert tab.run("document.getElementById('again').textContent", frame=True) == in_language(WORDS["again"], language)


def test_names_from_right_to_left_stay_apart(reports: ReportHost) -> None:
    tab = STATES["check-nothing"].opened(reports)
    assert tab.run("document.getElementById('title').textContent", frame=True) == RIGHT_TO_LEFT
    assert tab.run("getComputedStyle(document.getElementById('title')).unicodeBidi", frame=True) == "isolate"


def test_what_is_short_has_no_place_of_its_own_to_scroll_and_much_does(reports: ReportHost) -> None:
    tab = STATES["import"].opened(reports)
    told = "[one.getAttribute('aria-label'), one.tabIndex, one.clientHeight < 600]"
    regions = f"[...document.querySelectorAll('.table')].map((one) => {told})"
    assert ["Rows left out", 0, True] in tab.run(regions, frame=True)
    assert tab.run("document.querySelectorAll('.bars').length > 0", frame=True)


@pytest.mark.parametrize("state", ["campaign-over-time", "webhook"])
def test_each_chart_has_its_table(reports: ReportHost, state: str) -> None:
    tab = STATES[state].opened(reports)
    charts = tab.run("document.querySelectorAll('[role=img]').length", frame=True)
    assert charts == tab.run("document.querySelectorAll('[role=img] ~ details table').length", frame=True) == 1
    details = "document.getElementById(document.querySelector('[role=img]').getAttribute('aria-details')).localName"
    assert tab.run(details, frame=True) == "details"
    keys = "[...document.querySelectorAll('.key-of-chart li')].map((one) => one.textContent)"
    headings = "[...document.querySelectorAll('details thead th')].map((one) => one.textContent)"
    assert set(tab.run(keys, frame=True)) < set(tab.run(headings, frame=True))


def test_forced_colours_keep_what_is_stacked_apart(reports: ReportHost) -> None:
    tab = STATES["webhook"].opened(reports)
    picture = tab.run("document.querySelector('canvas').toDataURL()", frame=True)
    tab.force_colours()
    tab.until("matchMedia('(forced-colors: active)').matches", frame=True)
    colours = tab.run("['--good', '--quiet', '--stop', '--ground'].map(seen)", frame=True)
    assert len(set(colours)) == 4
    tab.until(f"document.querySelector('canvas').toDataURL() !== '{picture}'", frame=True)
    assert tab.complaints() == []
