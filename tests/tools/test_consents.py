"""The tools for consents at the MCP door."""

from pathlib import Path
from typing import Any

import pytest

from tests.approval.test_stripped_answers import stripped_door
from tests.door import DECLINE, YES, Door, Person
from tests.tools.conftest import OpenServer

ORGANIZATION = "org_nordlys"
NEWS, PARTNERS = "con_nordlys_news", "con_nordlys_partners"


async def test_list_and_get(door: Door) -> None:
    listed = await door.done("list_consents", organization_id=ORGANIZATION, ordering=["name"], page_size=1)
    assert (listed["returned"], listed["total"], listed["next"]) == (1, 2, "page=2, page_size=1")
    [news] = listed["results"]
    assert news["id"] == NEWS
    assert news.keys() == {"id", "organization_id", "name", "type", "required", "granted_count", "withdrawn_count"}
    [found] = (await door.done("list_consents", search="PARTNERE"))["results"]
    assert found["id"] == PARTNERS
    consent = await door.done("get_consent", consent_id=NEWS)
    assert consent["granted_count"] == news["granted_count"] > 700
    assert "No Consent" in await door.refused("get_consent", consent_id="con_none")
    assert "ordering" in await door.refused("list_consents", ordering=["size"])


async def test_create_and_update(door: Door, person: Person) -> None:
    made = await door.done("create_consent", organization_id=ORGANIZATION, name="SMS", description="På sms.")
    assert (made["type"], made["granted_count"], made["required"]) == ("marketing", 0, False)
    changed = await door.done("update_consent", consent_id=made["id"], type="profiling", clear=["description"])
    assert changed["type"] == "profiling"
    assert "description" not in changed
    assert person.questions == []


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("create_consent", {"organization_id": "org_none", "name": "x"}, "organization_id"),
        ("create_consent", {"organization_id": ORGANIZATION, "name": "x", "type": "spam"}, "third_party"),
        ("create_consent", {"organization_id": ORGANIZATION, "name": "x" * 201}, "name"),
        ("update_consent", {"consent_id": NEWS, "name": "n" * 1000}, "name"),
        ("update_consent", {"consent_id": "con_none", "name": "x"}, "No Consent"),
        ("delete_consent", {"consent_id": "con_none"}, "No Consent"),
    ],
)
async def test_refused(door: Door, person: Person, tool: str, arguments: dict[str, Any], says: str) -> None:
    assert says in await door.refused(tool, **arguments)
    assert person.questions == []


async def test_delete_after_a_yes_to_the_figures(door: Door, person: Person) -> None:
    consent = await door.done("get_consent", consent_id=PARTNERS)
    deleted = await door.done("delete_consent", consent_id=PARTNERS)
    assert deleted["deleted"] == PARTNERS
    [question] = person.questions
    assert f"Consent: “Tilbud fra partnere” ({PARTNERS})\n" in question
    assert "\nKind: third parties\n" in question
    assert f"Customers who granted it: {consent['granted_count']}\n" in question
    assert f"Customers who withdrew it: {consent['withdrawn_count']}" in question
    assert "No Consent" in await door.refused("get_consent", consent_id=PARTNERS)


async def test_what_a_segment_uses_is_refused_before_anybody_is_asked(door: Door, person: Person) -> None:
    named = (await door.done("get_consent", consent_id=NEWS))["segments"]
    refused = await door.refused("delete_consent", consent_id=NEWS)
    assert named[0]["id"] in refused
    assert "update_segment" in refused
    assert person.questions == []


async def test_nothing_happens_after_a_decline_or_without_the_role(open_server: OpenServer) -> None:
    async with open_server(Person(DECLINE)) as door:
        await door.refused("delete_consent", consent_id=PARTNERS)
        assert await door.done("get_consent", consent_id=PARTNERS)
    async with open_server(Person(YES), sandbox_token="sandbox-staff") as door:
        for tool, arguments in (
            ("create_consent", {"organization_id": ORGANIZATION, "name": "x"}),
            ("update_consent", {"consent_id": NEWS, "name": "x"}),
            ("delete_consent", {"consent_id": PARTNERS}),
        ):
            assert "manager or admin" in await door.refused(tool, **arguments)


async def test_a_change_of_what_customers_agreed_to_is_asked(door: Door, person: Person) -> None:
    consent = await door.done("get_consent", consent_id=NEWS)
    await door.done("update_consent", consent_id=NEWS, description="Alt muligt fra alle.", required=True)
    [question] = person.questions
    assert question.startswith(f"Change the consent Nyhedsbrev, which {consent['granted_count']} people granted?")
    assert "Description (change): “Nordlys Festival må sende" in question
    assert "→ “Alt muligt fra alle.”" in question
    assert "Needed to buy (change): no → yes" in question
    assert "Segments that use it: “Partout i Aarhus, endnu ikke Aalborg”" in question
    await door.done("update_consent", consent_id=NEWS, description="Alt muligt fra alle.")
    assert len(person.questions) == 1, "nothing changes"


async def test_a_new_consent_is_asked_about_once_nobody_can_buy_without_it(door: Door, person: Person) -> None:
    made = await door.done("create_consent", organization_id=ORGANIZATION, name="SMS")
    await door.done("update_consent", consent_id=made["id"], name="Sms'er")
    assert person.questions == []
    await door.done("update_consent", consent_id=made["id"], required=True)
    assert len(person.questions) == 1


async def test_a_consent_that_does_not_say_who_granted_it_counts_as_granted(tmp_path: Path) -> None:
    person = Person(YES)
    async with stripped_door(tmp_path, person) as (door, transport):
        made = await door.done("create_consent", organization_id=ORGANIZATION, name="SMS")
        for field in (".granted_count", ".withdrawn_count", ".segments"):
            transport.dropped = lambda _, place, field=field: place == field
            await door.done("update_consent", consent_id=made["id"], name=f"Uden {field}")
    assert len(person.questions) == 3


async def test_a_consent_that_everybody_who_buys_has_to_give_is_asked_about(door: Door, person: Person) -> None:
    rules = {"organization_id": ORGANIZATION, "name": "House rules", "description": "No glass.", "type": "terms"}
    await door.done("create_consent", **rules)
    assert person.questions == []
    await door.done("create_consent", **rules, required=True)
    [question] = person.questions
    assert question.startswith("Create the consent “House rules”? Nobody buys without it from then on.")
    assert "Text: “No glass.”" in question
