"""The reports as HTML: plain scripts put one after another without a build, so that what is read here is what runs.

Funnels and counts are bars in a table: words wrap in any language, and the table is what a screen reader reads. Over
time they are drawn by uPlot (`templates/uplot`, as npm has it), which only the cards with a time axis carry.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Final

from mcp.server.apps import APP_MIME_TYPE
from mcp.server.lowlevel.helper_types import ReadResourceContents

from preo_mcp.replies.privacy.floor import FEWEST
from preo_mcp.reports.cards import Report
from preo_mcp.reports.texts import words
from preo_mcp.settings import Language, Settings
from preo_mcp.web.documents import ELEMENTS, HOST, document, joined, template

PACKAGE: Final = "preo_mcp.reports"
LIBRARY: Final = "uplot/uPlot.iife.min.js"
LIBRARY_STYLE: Final = "uplot/uPlot.min.css"
_LOOK: Final = (("preo_mcp.approval.ways", "look.css"), (PACKAGE, "report.css"))


@dataclass(frozen=True, slots=True)
class _Card:
    """What a card is made of besides what all have: its scripts; whether it draws over time; what its root carries."""

    scripts: tuple[str, ...]
    over_time: bool = False
    data: dict[str, str] = field(default_factory=dict[str, str])


_CARDS: Final = {
    Report.CAMPAIGN: _Card(("bars.js", "charts.js", "campaign.js"), over_time=True),
    Report.CHECK: _Card(("bars.js", "check.js")),
    Report.IMPORT: _Card(("bars.js", "import.js"), data={"tool": "get_data_import"}),
    Report.OUTCOME: _Card(("bars.js", "import.js"), data={"tool": "wait_for_import"}),
    Report.WEBHOOK: _Card(("bars.js", "charts.js", "webhook.js"), over_time=True),
}


def report_contents(report: Report, settings: Settings) -> ReadResourceContents:
    """Return a card as a host reads it at its address; it need not be listed, since the tools name it."""
    html = report_html(report, settings.language, sandbox=settings.sandbox, masked=settings.masks)
    return ReadResourceContents(html, APP_MIME_TYPE, {"ui": {"prefersBorder": True}})


@cache
def report_html(report: Report, language: Language, *, sandbox: bool = False, masked: bool = False) -> str:
    """Return a card, which learns from the host what it is about.

    Args:
        report: Which one.
        language: What it is in.
        sandbox: Whether it says that its data is invented.
        masked: Whether it says that personal data is masked.
    """
    card = _CARDS[report]
    library = [(PACKAGE, LIBRARY)] if card.over_time else []
    style = joined([*_LOOK, *([(PACKAGE, LIBRARY_STYLE)] if card.over_time else [])])
    script = joined([ELEMENTS, HOST, *library, (PACKAGE, "report.js"), *((PACKAGE, name) for name in card.scripts)])
    said = words(language)
    states = {**({"sandbox": ""} if sandbox else {}), **({"masked": str(FEWEST)} if masked else {})}
    return document(
        language, said["report"], style, script, template(PACKAGE, "report.html"), said, {**card.data, **states}
    )
