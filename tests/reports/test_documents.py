"""The reports as documents: each tool's card can be read, is small, and loads nothing."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from mcp.server.apps import APP_MIME_TYPE
from mcp.shared.exceptions import MCPError

from preo_mcp.api.operations import Risk
from preo_mcp.calls.tool import Workflow, tool
from preo_mcp.calls.toolset import Toolset
from preo_mcp.reports.cards import Report
from preo_mcp.reports.documents import LIBRARY, LIBRARY_STYLE, PACKAGE, report_html
from preo_mcp.reports.texts import WORDS, words
from preo_mcp.settings import Language
from preo_mcp.tools.campaigns.read_back import SEND_READ_BACK
from tests.door import Era, open_door
from tests.reports.chart_library import FILES, FOLDER, VERSION, digest, place

pytestmark = pytest.mark.anyio

CARDS = {
    "get_campaign_stats": Report.CAMPAIGN,
    "check_campaign": Report.CHECK,
    "get_data_import": Report.IMPORT,
    "wait_for_import": Report.OUTCOME,
    "list_webhook_deliveries": Report.WEBHOOK,
}
LARGEST: dict[Report, int] = {Report.CAMPAIGN: 96_000, Report.WEBHOOK: 96_000}
"""Bytes of a card that draws over time, of which uPlot is 53,000."""
LARGE = 34_000
"""Bytes of any other."""
LOADS = ("src=", "href=", "url(", "@import", "http://", "https://", "innerHTML", "outerHTML", "eval(", "fetch(")


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_each_card_is_read_at_the_address_that_its_tools_carry(era: Era, tmp_path: Path) -> None:
    async with open_door(tmp_path, era) as door:
        listed = (await door.client.list_tools()).tools
        metas = {one.name: (one.meta or {}).get("ui", {}).get("resourceUri") for one in listed}
        assert {name: address for name, address in metas.items() if address in set(Report)} == CARDS
        for report in Report:
            [contents] = (await door.client.read_resource(str(report))).contents
            assert contents.mime_type == APP_MIME_TYPE
            assert contents.meta == {"ui": {"prefersBorder": True}}
            assert getattr(contents, "text", "") == report_html(report, Language.ENGLISH, sandbox=True)
        with pytest.raises(MCPError):
            await door.client.read_resource("ui://preo/no-report")


@pytest.mark.parametrize("report", Report)
def test_a_card_is_small_and_loads_nothing(report: Report) -> None:
    html = report_html(report, Language.POLISH)
    assert len(html.encode()) < LARGEST.get(report, LARGE)
    library = (files(PACKAGE) / "templates" / LIBRARY).read_text(encoding="utf-8")
    assert (library in html) == (report in LARGEST)
    for sign in LOADS:
        assert sign not in html.replace(library.partition("*/")[0], ""), sign
    assert html.count("</script>") == 2


def test_reports_call_tools_that_read_and_no_others() -> None:
    scripts = [file for file in (files(PACKAGE) / "templates").iterdir() if file.name.endswith(".js")]
    called = set(re.findall(r"""\bask\("(\w+)\"""", "".join(file.read_text(encoding="utf-8") for file in scripts)))
    called |= {"get_data_import", "wait_for_import"}  # which of them, the card's root says
    assert set(CARDS) < called
    found = [Toolset().find(name) for name in called]
    assert all(one is not None and one.subject.risk is Risk.READ for one in found)
    assert sum(file.read_text(encoding="utf-8").count("callTool(") for file in scripts) == 1


def test_the_library_is_the_one_that_npm_has() -> None:
    assert {name: digest(place(name)) for name in FILES} == FILES
    assert sorted(file.name for file in FOLDER.iterdir()) == sorted(place(name).name for name in FILES)
    assert f"(v{VERSION})" in place("dist/uPlot.iife.min.js").read_text(encoding="utf-8")
    assert "MIT License" in place("LICENSE").read_text(encoding="utf-8")


def test_the_library_is_told_by_its_banner_alone() -> None:
    for name in (LIBRARY, LIBRARY_STYLE):
        text = (files(PACKAGE) / "templates" / name).read_text(encoding="utf-8")
        assert "</" not in text
        assert text.count("https://") == (name == LIBRARY)


@pytest.mark.parametrize("language", Language)
def test_a_card_says_all_in_the_persons_language(language: Language) -> None:
    html = report_html(Report.CHECK, language, masked=True)
    assert f'<html lang="{language}" data-masked="5">' in html
    assert json.dumps(words(language), ensure_ascii=False) in html
    assert set(words(language)) == set(WORDS)


def test_what_may_ask_has_no_report() -> None:
    with pytest.raises(TypeError, match="it can show no report"):
        tool(Workflow("Ask", Risk.DESTROYS), facts=_nothing, read_back=SEND_READ_BACK, report=Report.CHECK)


async def _nothing(*_: object) -> None:
    return None
