"""What is at stake in each guarded call: what limits are held against, and that it is what the facts show."""

from decimal import Decimal
from pathlib import Path

import pytest
from mcp.server.mcpserver import Context

from preo_mcp.api.errors import PreoError
from preo_mcp.approval.facts import Facts
from preo_mcp.approval.wording import Message, Series, Words
from preo_mcp.calls.preo import Preo
from preo_mcp.calls.toolset import Toolset
from preo_mcp.settings import Language
from tests.door import EDITION, Door, open_door
from tests.guarded_calls import ELBKLANG, GUARDED_CALLS, NORDLYS, SEGMENT_OF_A_SCHEDULED_CAMPAIGN

PURCHASE_REFUNDS = {"create_purchase_refund": Decimal("12.5"), "create_refund": Decimal(20)}
SUMS = {"refund_purchases": Decimal(15), "approve_refunds": Decimal(30)}
DEEDS = {"refund_purchases": 4, "approve_refunds": 2}
CAMPAIGNS = {"send_campaign": ELBKLANG, "schedule_campaign": NORDLYS, "update_campaign": NORDLYS}
OF_ANOTHER = {
    "create_purchase_refund": "PREO_ALLOWED_ORGANIZATIONS",
    "create_refund": "no order of trx_.* is accessible",
}
OF_EDITION = {"start_import", "import_external_orders"}


async def facts_of(door: Door, tool: str, **arguments: object) -> Facts:
    registered = Toolset().find(tool)
    assert registered is not None
    assert registered.facts is not None
    checked = registered.arguments.model_validate(arguments)
    values = {name: getattr(checked, name) for name in registered.arguments.model_fields}
    facts = await registered.facts(Preo(door.backend, Context()), **values)
    assert facts is not None
    return facts


async def test_the_stakes_are_what_the_facts_show(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto") as door:
        for tool, prepare in GUARDED_CALLS.items():
            facts = await facts_of(door, tool, **(await prepare(door)).arguments)
            _must_be_told_in_all_languages(facts)
            _check(tool, facts, dict(facts.told()))


def _check(tool: str, facts: Facts, shown: dict[str, str]) -> None:
    stakes = facts.stakes
    assert stakes.money == (tool in {*PURCHASE_REFUNDS, *SUMS, "approve_refund"}), tool
    if tool in SUMS:
        assert (stakes.amount, shown["Amount to refund"]) == (SUMS[tool], f"{SUMS[tool]:.2f} DKK")
        assert len(facts.deeds) == len({(deed.tool, deed.subject) for deed in facts.deeds}) == DEEDS[tool]
        assert stakes.name
    elif "refund" in tool:
        assert f"{stakes.amount:.2f} {stakes.currency}" in facts.shown()
        assert stakes.amount == PURCHASE_REFUNDS.get(tool, Decimal(15))
        assert shown["Order"].startswith(f"{stakes.name} (ord_")
        assert f"({stakes.edition_id})" in shown["Edition"]
        assert stakes.organization_id == (None if tool in PURCHASE_REFUNDS else NORDLYS)
    elif tool in CAMPAIGNS:
        assert stakes.recipients == int(shown["Get the message"].replace(",", "")) > 0
        assert shown["Campaign"].startswith(f"“{stakes.name}” (cmp_")
        assert (stakes.organization_id, stakes.name != "") == (CAMPAIGNS[tool], True)
        assert f"({stakes.edition_id})" in shown["Edition"]
    elif tool == "update_email_message":
        assert stakes.recipients == int(shown["Get the message"]) > 0
    elif tool == "update_segment":
        assert stakes.recipients == int(shown["In the segment then, at the most"]) > 0
        assert shown["Segment"].startswith((f"{stakes.name} (", f"“{stakes.name}” ("))
    else:
        assert stakes.recipients is None
        assert stakes.organization_id == NORDLYS, tool
        assert tool not in OF_EDITION or stakes.edition_id == EDITION
        assert tool != "update_edition" or f"({stakes.edition_id})" in shown["Edition"]


def _must_be_told_in_all_languages(facts: Facts) -> None:
    """Labels and questions are translated, and what is data is not written as a sentence of ours."""
    told = {language: facts.shown(language) for language in Language}
    assert len(set(told.values())) == len(Language)
    assert len({len(text.split("\n")) for text in told.values()}) == 1
    for label, value in facts.all_lines:
        assert isinstance(label, Message)
        assert label.template
        for text in _data(value):
            assert not text.startswith(("and ", "none", "unknown", "not ", "no ", "(")), text


def _data(value: Words) -> list[str]:
    match value:
        case Message(_, values):
            return [text for one in values.values() for text in _data(one)]
        case Series(parts, _):
            return [text for one in parts for text in _data(one)]
        case str():
            return [value]
        case _:
            return []


async def test_a_change_of_a_scheduled_campaign_shows_whom_it_then_reaches(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto") as door:
        campaign = (await GUARDED_CALLS["update_campaign"](door)).arguments["campaign_id"]
        renamed = await facts_of(door, "update_campaign", campaign_id=campaign, name="Winter concerts")
        moved = await facts_of(
            door, "update_campaign", campaign_id=campaign, segment_id=SEGMENT_OF_A_SCHEDULED_CAMPAIGN
        )
    shown, after = dict(renamed.told()), dict(moved.told())
    assert shown["Name (change)"].endswith(" → “Winter concerts”")
    assert renamed.stakes.name == "Winter concerts"
    assert f"({SEGMENT_OF_A_SCHEDULED_CAMPAIGN})" in after["Segment"]
    assert after["Segment (change)"].endswith(f" → “Gæster i Aalborg” ({SEGMENT_OF_A_SCHEDULED_CAMPAIGN})")
    assert renamed.stakes.recipients != moved.stakes.recipients
    assert moved.counts[1][1] == moved.stakes.recipients


async def test_where_organizations_are_limited_a_refund_of_anothers_has_no_facts(tmp_path: Path) -> None:
    async with open_door(tmp_path, "auto") as door:
        prepared = {tool: (await GUARDED_CALLS[tool](door)).arguments for tool in PURCHASE_REFUNDS}
    for allowed in (NORDLYS, ELBKLANG):
        async with open_door(tmp_path, "auto", allowed_organizations=(allowed,)) as door:
            for tool, arguments in prepared.items():
                if allowed == NORDLYS:
                    assert (await facts_of(door, tool, **arguments)).stakes.amount == PURCHASE_REFUNDS[tool]
                    continue
                with pytest.raises(PreoError, match=OF_ANOTHER[tool]):
                    await facts_of(door, tool, **arguments)
