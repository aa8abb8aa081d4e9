"""Pictures of every report in every state, for people to look at: `make pictures`."""

import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final

from anyio.from_thread import start_blocking_portal

from preo_mcp.reports.cards import Report
from tests.approval.ways.chromium import WHY_NOT, Tab, chromium
from tests.approval.ways.pictures import IMAGES, WIDTHS, fit
from tests.reports.invented import (
    CHECKED,
    HOSTILE,
    IMPORTED,
    LONG,
    NOBODY,
    RIGHT_TO_LEFT,
    RUNNING,
    campaigns,
    webhook,
)
from tests.reports.report_host import SHOWN, WHOLE, ReportHost, Results, scripted
from tests.web.sites import serving_routes

DOCUMENTED: Final = "report-campaign-light-760"
"""The picture that the documents show."""


def compared(tab: Tab) -> None:
    """Put the second newest campaign beside the first."""
    tab.click(".more button", frame=True)
    tab.until("document.querySelector('select')", frame=True)
    chosen = "select.value = select.options[2].value; select.dispatchEvent(new Event('change'))"
    tab.run(f"{{const select = document.querySelector('select'); {chosen}}}", frame=True)
    tab.until("document.querySelectorAll('th.named').length === 2", frame=True)
    tab.until(WHOLE, frame=True)


def over_time(tab: Tab) -> None:
    """Look at the opens and clicks of all campaigns."""
    tab.click(".more button:last-child", frame=True)
    tab.until("document.querySelector('canvas')", frame=True)


def unfolded(tab: Tab) -> None:
    """Open the tables beside the charts."""
    tab.run("for (const one of document.querySelectorAll('details')) one.open = true", frame=True)


@dataclass(frozen=True, slots=True)
class State:
    """A report as a person may see it."""

    report: Report
    tool: str
    results: Results
    then: tuple[Callable[[Tab], None], ...] = ()
    looks: dict[str, Any] = field(default_factory=dict[str, Any])
    until: str = SHOWN

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the call that the card belongs to."""
        named = {"campaign": "cmp_0", "import": "imp_1", "webhook": "whk_1"}
        return {f"{what}_id": value for what, value in named.items() if what in self.tool}

    def opened(self, reports: ReportHost, **asked: Any) -> Tab:
        """Show it, and return where."""
        asked = {**self.looks, **asked}
        answer = scripted(self.results)
        tab = reports.show(self.report, self.tool, self.arguments, answer, until=self.until, **asked)
        for step in self.then:
            step(tab)
        return tab


REFUSED: Final = "document.querySelector('#status[data-kind=stop]').textContent"


def _campaign(*then: Callable[[Tab], None], looks: dict[str, Any] | None = None, **other: Any) -> State:
    return State(Report.CAMPAIGN, "get_campaign_stats", campaigns(**other), then, looks or {})


def _check(**other: Any) -> State:
    return State(Report.CHECK, "check_campaign", {"check_campaign": {**CHECKED, **other}})


def _outcome(found: dict[str, Any]) -> State:
    return State(Report.OUTCOME, "wait_for_import", {"wait_for_import": found})


def _webhook(count: int, hours: float = 1.5, **other: Any) -> State:
    return State(
        Report.WEBHOOK, "list_webhook_deliveries", webhook(count, hours, **other), (unfolded,) if count == 100 else ()
    )


UNTOLD: Final[dict[str, Any]] = {
    "status": "sent",
    "user_count": None,
    "opened": None,
    "clicked": None,
    "unsubscribed": None,
}
UNDER_WAY: Final[dict[str, Any]] = {
    "status": "sending",
    "sent": 4_000,
    "delivered": 3_100,
    "opened": 12,
    "clicked": 0,
    "unsubscribed": 0,
    "bounced": 40,
    "delivery_rate": 0.775,
    "open_rate": 0.0039,
    "click_rate": 0.0,
    "unsubscribe_rate": 0.0,
}
STATES: Final = {
    "campaign": _campaign(looks={"sandbox": True}),
    "campaign-compared": _campaign(compared, name=LONG),
    "campaign-over-time": _campaign(over_time, unfolded, name=RIGHT_TO_LEFT),
    "campaign-hostile": _campaign(compared, over_time, name=HOSTILE, skipped=f"{HOSTILE} 7", status=HOSTILE),
    "campaign-nobody": _campaign(**NOBODY, skipped=None),
    "campaign-draft": _campaign(**NOBODY, status="draft", started_at=None, skipped=None),
    "campaign-sending": _campaign(**UNDER_WAY),
    "campaign-text-message": _campaign(**UNTOLD),
    "campaign-masked": _campaign(
        looks={"masked": True}, **{**NOBODY, "user_count": 5, "total_recipients": 5, "skipped": None}
    ),
    "campaign-refused": State(
        Report.CAMPAIGN,
        "get_campaign_stats",
        {"get_campaign_stats": "No Campaign · none matches · Look."},
        until=REFUSED,
    ),
    "check": _check(),
    "check-nothing": _check(findings=[], audience=None, name=RIGHT_TO_LEFT),
    "check-hostile": _check(
        name=HOSTILE,
        subject=HOSTILE,
        text=HOSTILE,
        findings=[HOSTILE, f"error: {HOSTILE}"],
        leads_to=[HOSTILE],
        when=HOSTILE,
        size=LONG,
    ),
    "import": _outcome(IMPORTED),
    "import-running": _outcome(RUNNING),
    "import-hostile": _outcome(
        {
            **IMPORTED,
            "name": LONG,
            "error_message": HOSTILE,
            "row_problems": {"count": 1, "listed": [{"line": 2, "reason": HOSTILE}]},
            "outcome": {"announced": HOSTILE, "written": HOSTILE},
        }
    ),
    "webhook": _webhook(100),
    "webhook-one": _webhook(1),
    "webhook-long": _webhook(60, hours=300, name=LONG, url=f"https://{'x' * 200}.example"),
    "webhook-nothing": _webhook(0, is_active=False, name=HOSTILE, url=HOSTILE, events=[HOSTILE]),
}


def take(folder: Path, only: str = "") -> None:
    """Take all pictures whose name begins with `only` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        chromium(Path(scratch)) as browser,
        start_blocking_portal() as portal,
    ):
        reports = ReportHost(portal, browser)
        serving, reports.url = portal.start_task(serving_routes(reports.routes()))
        for (state, shown), dark, width in product(STATES.items(), (False, True), WIDTHS):
            name = f"report-{state}-{'dark' if dark else 'light'}-{width}"
            if name.startswith(only):
                tab = shown.opened(reports, dark=dark, width=width)
                tab.run("document.querySelector('p').remove()")
                fit(tab, width)
                tab.photograph(folder / f"{name}.png")
                if name == DOCUMENTED:
                    shutil.copy(folder / f"{name}.png", IMAGES / "report.png")
                browser.close_tabs()
        serving.cancel()


if __name__ == "__main__":
    if WHY_NOT:
        sys.exit(WHY_NOT)
    take(Path(sys.argv[1]), *sys.argv[2:])
