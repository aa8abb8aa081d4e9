"""The reports in a real browser: they show what the tools say, whatever a host keeps back or a name holds."""

import json
from typing import Any

import pytest
from mcp.types import CallToolResult, TextContent

from preo_mcp.reports.cards import Report
from tests.approval.ways.chromium import WHY_NOT, Tab
from tests.approval.ways.npm_packages import WHY_NO_NPM, skipped
from tests.door import EDITION, ORDERS
from tests.reports.conftest import OfSandbox
from tests.reports.invented import CHECKED, HOSTILE, IMPORTED, RUNNING, campaigns, figures, webhook
from tests.reports.pictures import REFUSED, STATES, over_time
from tests.reports.report_host import ReportHost, scripted

pytestmark = pytest.mark.skipif(skipped(WHY_NOT), reason=WHY_NOT)
officially = pytest.mark.skipif(skipped(WHY_NO_NPM), reason=WHY_NO_NPM)

NOTHING: dict[str, Any] = {}
SENT = "cmp_elbklang_spring"
ROWS = """[...document.querySelectorAll('table')].map((table) => [table.caption.textContent,
[...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.innerText.trim().split('\\n')[0]))])"""
LOOKS = {"--color-background-primary": "#fdf6e3", "--color-text-info": "#7a4a00", "--font-sans": "Georgia, serif"}


def tables(tab: Tab) -> dict[str, list[list[str]]]:
    return dict(tab.run(ROWS, frame=True))


def text(tab: Tab, selector: str) -> str:
    return tab.run(f"document.querySelector('{selector}').textContent", frame=True)


def percent(share: float) -> str:
    return f"{share:.1%}".replace(".0%", "%")


@officially
def test_in_the_official_host_the_funnel_is_what_the_tool_says(reports: ReportHost, of_sandbox: OfSandbox) -> None:
    with of_sandbox() as answer:
        told = reports.portal.call(answer, "get_campaign_stats", {"campaign_id": SENT}).structured_content
        asked = {"variables": LOOKS}
        tab = reports.show_officially(Report.CAMPAIGN, "get_campaign_stats", {"campaign_id": SENT}, answer, **asked)
    assert told
    assert tab.run("seen.app.name") == "preo-campaign-report"
    assert text(tab, "#title") == told["name"]
    steps = ("user_count", "total_recipients", "sent", "delivered", "opened", "clicked", "unsubscribed")
    shown = tables(tab)
    assert [row[1] for row in shown["From the segment to the clicks"]] == [str(told[step]) for step in steps]
    assert f"no_consent {shown['Who did not get it, and why'][0][1]}" == told["skipped"]
    assert "% of: Delivered" in text(tab, "tbody")
    assert f"{told['open_rate']:.1%}" in text(tab, "tbody")
    style = "getComputedStyle(document.querySelector('{}'){}).{}"
    assert tab.run(style.format("main", "", "backgroundColor"), frame=True) == "rgb(253, 246, 227)"
    assert tab.run(style.format(".bar", ", '::before'", "backgroundColor"), frame=True) == "rgb(122, 74, 0)"
    assert tab.run(style.format("h1", "", "fontFamily"), frame=True) == "Georgia, serif"
    assert tab.complaints() == []


@officially
def test_a_check_in_the_official_host(reports: ReportHost, of_sandbox: OfSandbox) -> None:
    draft = {"campaign_id": "cmp_nordlys_vip"}
    with of_sandbox() as answer:
        told = reports.portal.call(answer, "check_campaign", draft).structured_content
        tab = reports.show_officially(Report.CHECK, "check_campaign", draft, answer)
    assert told
    audience = told["audience"]
    rows = tables(tab)["Who would get it"]
    assert [row[1] for row in rows][:2] == [str(audience["user_count"]), str(audience["reachable_count"])]
    left_out = {"No consent": "no_consent", "No usable address": "no_usable_address"}
    assert ", ".join(f"{left_out[row[0]]} {row[1]}" for row in rows[2:]) == audience["left_out"]
    assert tab.run("document.querySelectorAll('.findings li').length", frame=True) == len(told["findings"])
    assert tab.complaints() == []


@pytest.mark.parametrize("asked", ["", "strip"])
def test_what_a_host_keeps_from_the_card_it_asks_for_itself(reports: ReportHost, asked: str) -> None:
    given = {"campaign_id": "cmp_0"}
    tab = reports.show(Report.CAMPAIGN, "get_campaign_stats", given, scripted(campaigns()), asked=asked)
    assert reports.calls == [("get_campaign_stats", given)] * (2 if asked else 1)
    assert text(tab, "#title") == "Newsletter 1"
    assert tab.run("seen.methods.includes('ui/update-model-context')") is False


def test_without_the_calls_arguments_it_says_where_the_figures_are(reports: ReportHost) -> None:
    answer = scripted({"get_campaign_stats": figures()})
    tab = reports.show(Report.CAMPAIGN, "get_campaign_stats", NOTHING, answer, asked="strip&mute", until=REFUSED)
    assert "The assistant has all of it as text." in text(tab, "#status")
    assert "12400" in text(tab, "pre")
    assert tab.run("document.getElementById('again').hidden", frame=True)
    seen = reports.show(Report.CAMPAIGN, "get_campaign_stats", NOTHING, answer, asked="mute")
    assert text(seen, "#title") == "Newsletter 1"
    assert seen.run("document.querySelectorAll('.more').length", frame=True) == 0


def test_a_host_that_lets_no_card_call_tools_shows_what_the_model_got(reports: ReportHost) -> None:
    asked: list[str] = []

    async def answer(name: str, arguments: dict[str, Any]) -> CallToolResult:
        asked.append(name)
        if len(asked) > 1:
            raise PermissionError
        return await scripted(campaigns())(name, arguments)

    tab = reports.show(Report.CAMPAIGN, "get_campaign_stats", {"campaign_id": "cmp_0"}, answer, until=REFUSED)
    assert "The assistant has all of it as text." in text(tab, "#status")
    assert "Newsletter 1" in text(tab, "pre")


def test_two_campaigns_side_by_side_by_keyboard(reports: ReportHost) -> None:
    given = {"campaign_id": "cmp_0"}
    tab = reports.show(Report.CAMPAIGN, "get_campaign_stats", given, scripted(campaigns(3)))
    tab.run("document.querySelector('.more button').focus()", frame=True)
    tab.press("Enter", 13, "\r")
    tab.until("document.activeElement.localName === 'select'", frame=True)
    options = "[...document.querySelectorAll('option')].map((one) => one.textContent)"
    assert tab.run(options, frame=True) == ["no campaign", "Newsletter 3", "Newsletter 2"]
    tab.press("ArrowDown", 40)
    tab.until("document.querySelectorAll('th.named').length === 2", frame=True)
    [(_, rows)] = tables(tab).items()
    assert [row[1:] for row in rows if row[0] in ("Delivered", "Opened")] == [
        [f"{figures(number)[name]:,}" for number in (0, 2)] for name in ("delivered", "opened")
    ]
    assert tab.run("document.activeElement.localName", frame=True) == "select"
    lengths = (
        "[...document.querySelectorAll('tr:nth-child(5) .bar')].map((one) => one.style.getPropertyValue('--share'))"
    )
    assert [round(float(one), 3) for one in tab.run(lengths, frame=True)] == [
        round(figures(number)["opened"] / 12_400, 3) for number in (0, 2)
    ]
    tab.press("ArrowUp", 38)
    tab.until("document.querySelectorAll('th.named').length === 0", frame=True)
    assert "Who did not get it, and why" in tables(tab)
    assert [name for name, _ in reports.calls[2:]] == ["list_campaigns", "get_campaign_stats"]


def test_over_time_from_campaign_to_campaign_with_a_table_beside(reports: ReportHost) -> None:
    tab = reports.show(Report.CAMPAIGN, "get_campaign_stats", {"campaign_id": "cmp_0"}, scripted(campaigns(4)))
    over_time(tab)
    caption = "Opened and clicked, campaign by campaign"
    assert text(tab, "[role=img] ~ details summary") == "As a table"
    tab.run("document.querySelector('details').open = true", frame=True)
    told = [[row[0], row[2], row[3]] for row in tables(tab)[caption]]
    every = [figures(number) for number in range(4)]
    assert told == [[one["name"], percent(one["open_rate"]), percent(one["click_rate"])] for one in every]
    label = tab.run("document.querySelector('[role=img]').getAttribute('aria-label')", frame=True)
    assert label == f"{caption}: Opened, Clicked"
    picture = "document.querySelector('canvas').toDataURL()"
    light = tab.run(picture, frame=True)
    tab.run("send({method: 'ui/notifications/host-context-changed', params: {theme: 'dark'}})")
    tab.until("document.documentElement.dataset.theme === 'dark'", frame=True)
    assert tab.run(picture, frame=True) != light
    assert tab.complaints() == []


def test_one_campaign_alone_is_not_drawn_over_time(reports: ReportHost) -> None:
    tab = reports.show(Report.CAMPAIGN, "get_campaign_stats", {"campaign_id": "cmp_0"}, scripted(campaigns(1)))
    tab.click(".more button:last-child", frame=True)
    tab.until("document.querySelector('#content').textContent.includes('No other campaign has figures')", frame=True)


def test_what_the_settings_do_not_offer_is_said_and_the_report_stays(reports: ReportHost) -> None:
    answer = scripted({"get_campaign_stats": figures()})
    tab = reports.show(Report.CAMPAIGN, "get_campaign_stats", {"campaign_id": "cmp_0"}, answer)
    tab.click(".more button", frame=True)
    tab.until(REFUSED, frame=True)
    assert "the settings do not offer it" in text(tab, "#status").lower()
    assert "From the segment to the clicks" in tables(tab)


def test_another_look_shows_how_the_figures_grew(reports: ReportHost) -> None:
    clicks = iter([3, 4, 5])

    def grows(_: dict[str, Any]) -> dict[str, Any]:
        return figures(status="sending", clicked=next(clicks))

    answer = scripted({"get_campaign_stats": grows})
    tab = reports.show(Report.CAMPAIGN, "get_campaign_stats", {"campaign_id": "cmp_0"}, answer)
    assert "still going out: the figures grow" in text(tab, "#state")
    assert ["Clicked", "4"] in tables(tab)["From the segment to the clicks"]
    tab.click("#again", frame=True)
    tab.until("document.querySelector('tbody').textContent.includes('Clicked% of: Delivered5')", frame=True)


@pytest.mark.parametrize(("state", "says"), [("draft", "not gone out yet"), ("nobody", "sent")])
def test_nobody_and_nothing_yet_are_told_apart(reports: ReportHost, state: str, says: str) -> None:
    tab = STATES[f"campaign-{state}"].opened(reports)
    assert says in text(tab, "#state")
    if state == "draft":
        assert text(tab, "#content") == "Preo has no figures of it yet."
    else:
        assert {row[1] for row in tables(tab)["From the segment to the clicks"]} == {"0"}
    assert tab.run("document.querySelectorAll('.bar').length", frame=True) == 0


def test_with_masks_the_card_shows_what_the_model_may_see(reports: ReportHost, of_sandbox: OfSandbox) -> None:
    given = {"campaign_id": SENT}
    with of_sandbox(privacy="mask") as answer:
        told = reports.portal.call(answer, "get_campaign_stats", given).structured_content
        tab = reports.show(Report.CAMPAIGN, "get_campaign_stats", given, answer, masked=True, sandbox=True)
    assert told
    assert ["In the segment", str(told["user_count"])] in tables(tab)["From the segment to the clicks"]
    assert text(tab, "#account").startswith("sandbox: invented data, no real account · personal data is masked")


def test_of_counts_that_are_raised_to_the_fewest_there_is_no_share(reports: ReportHost) -> None:
    tab = STATES["campaign-masked"].opened(reports)
    assert "% of: In the segment" not in text(tab, "tbody")
    tab = STATES["campaign-masked"].opened(reports, masked=False)
    assert "% of: In the segment" in text(tab, "tbody")


@pytest.mark.parametrize("state", [name for name in STATES if "hostile" in name or name == "webhook-nothing"])
def test_what_others_wrote_is_text_and_nothing_else(reports: ReportHost, state: str) -> None:
    tab = STATES[state].opened(reports)
    assert HOSTILE in text(tab, "#report")
    elements = "[...document.querySelectorAll('img, iframe, a, script')].map((one) => one.type || one.localName)"
    assert tab.run(elements, frame=True) == ["application/json", "script"]
    assert tab.run("document.title", frame=True) == "Report"
    assert tab.complaints() == []


def test_an_import_that_is_over_and_one_that_runs(reports: ReportHost) -> None:
    looked = {"import_id": "imp_1", "seconds": 600}
    tab = reports.show(Report.OUTCOME, "wait_for_import", looked, scripted({"wait_for_import": IMPORTED}))
    assert reports.calls[1] == ("wait_for_import", {"import_id": "imp_1", "seconds": 1})
    shown = tables(tab)
    assert shown["Orders that stayed out"][0] == ["25", "the edition had them before", "1001, 1002 and 23 more"]
    assert len(shown["Rows left out"]) == 200
    assert text(tab, ".table + p.quiet") == "left out: 9,800"
    assert text(tab, ".facts").endswith("As announcedno")
    tab = reports.show(Report.IMPORT, "get_data_import", looked, scripted({"get_data_import": RUNNING}))
    assert tab.run("(({value, max}) => [value, max])(document.querySelector('progress'))", frame=True) == [320, 1_000]


def test_a_webhooks_health_is_of_the_whole_webhook(reports: ReportHost) -> None:
    given = {"webhook_id": "whk_1", "page_size": 5}
    tab = reports.show(Report.WEBHOOK, "list_webhook_deliveries", given, scripted(webhook(100)))
    assert sorted(reports.calls[1:], key=json.dumps) == [
        ("get_webhook", {"webhook_id": "whk_1"}),
        ("list_webhook_deliveries", {"webhook_id": "whk_1", "page_size": 100}),
    ]
    shown = tables(tab)
    ended = {row[0]: int(row[1]) for row in shown["The latest deliveries, 100 of 10,000"]}
    assert ended == {"Arrived": 71, "Waiting for the next try": 9, "Failed": 20}
    tab.run("document.querySelector('details').open = true", frame=True)
    spans = tables(tab)["Deliveries over time"]
    assert [sum(int(row[place]) for row in spans) for place in (1, 2, 3)] == list(ended.values())
    assert shown["What failed last"][0][1] == "Not reachable"
    assert tab.complaints() == []


@pytest.mark.parametrize(("apart", "count", "spans"), [(60, 50, 1), (3_600, 30, 30), (86_400, 400, 60), (1, 2, 1)])
def test_spans_take_in_every_moment_once(reports: ReportHost, apart: int, count: int, spans: int) -> None:
    tab = reports.show(Report.WEBHOOK, "list_webhook_deliveries", {"webhook_id": "one"}, scripted(webhook(2)))
    moments = [1_774_700_000_000 + apart * 1_000 * number for number in range(count)]
    starts: list[int] = tab.run(f"spansOf({moments}).starts", frame=True)
    assert starts == sorted(set(starts))
    assert starts[0] <= moments[0]
    assert starts[-1] <= moments[-1]
    assert len(starts) <= min(spans + 1, 25)


def test_a_call_that_was_refused_or_given_up_is_said(reports: ReportHost) -> None:
    tab = STATES["campaign-refused"].opened(reports)
    assert text(tab, "#status") == "No Campaign. None matches. Look."

    async def empty(_name: str, _arguments: dict[str, Any]) -> CallToolResult:
        return CallToolResult(content=[TextContent(type="text", text="name: a campaign")])

    tab = reports.show(Report.CHECK, "check_campaign", {"campaign_id": "one"}, empty, until=REFUSED)
    assert "has all of it as text" in text(tab, "#status")
    assert text(tab, "pre") == "name: a campaign"


def test_a_check_that_found_nothing_says_so(reports: ReportHost) -> None:
    answer = scripted({"check_campaign": {**CHECKED, "findings": []}})
    tab = reports.show(Report.CHECK, "check_campaign", {"campaign_id": "one"}, answer)
    assert text(tab, ".good") == "The check found nothing."


@officially
def test_an_import_of_the_sandbox_in_the_official_host(reports: ReportHost, of_sandbox: OfSandbox) -> None:
    with of_sandbox(yes=True) as answer:

        def done(tool: str, **arguments: Any) -> dict[str, Any]:
            result = reports.portal.call(answer, tool, arguments)
            assert result.structured_content is not None, result.content
            return result.structured_content

        file = {"text": ORDERS, "file_name": "orders.csv", "settle": ["products: keep"]}
        made = done("prepare_import", edition_id=EDITION, **file)["import_id"]
        done("start_import", import_id=made, ignore_warnings=True)
        told = done("wait_for_import", import_id=made)
        tab = reports.show_officially(Report.OUTCOME, "wait_for_import", {"import_id": made}, answer)
    assert text(tab, "#state").startswith("completed")
    imported = told["import_result"]["orders_imported"]
    assert ["Orders imported", str(imported)] in tables(tab)["What was imported"]
    assert told["outcome"]["written"] in text(tab, ".facts")
    assert told["outcome"]["as_announced"] is False  # the poster is no product of the edition
    assert text(tab, ".facts").endswith("As announcedno")
    assert tab.complaints() == []


@officially
def test_a_webhook_of_the_sandbox_in_the_official_host(reports: ReportHost, of_sandbox: OfSandbox) -> None:
    given = {"webhook_id": "whk_nordlysbooks"}
    with of_sandbox() as answer:
        told = reports.portal.call(answer, "list_webhook_deliveries", given).structured_content
        tab = reports.show_officially(Report.WEBHOOK, "list_webhook_deliveries", given, answer)
    assert told
    ended = [row["status"] for row in told["results"]]
    [rows] = [rows for caption, rows in tables(tab).items() if caption.startswith("The latest deliveries")]
    counted = [str(ended.count(status)) for status in ("succeeded", "pending", "failed")]
    assert [row[1] for row in rows] == counted
    assert tab.run("document.querySelector('canvas').clientWidth", frame=True) > 500
    assert tab.complaints() == []
