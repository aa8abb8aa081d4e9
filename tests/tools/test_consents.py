"""The tools for consents at the MCP door."""

from typing import Any

import pytest

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
    changed = await door.done("update_consent", consent_id=made["id"], type="profiling", description=None)
    assert changed["type"] == "profiling"
    assert "description" not in changed
    assert person.questions == []


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("create_consent", {"organization_id": "org_none", "name": "x"}, "organization_id"),
        ("create_consent", {"organization_id": ORGANIZATION, "name": "x", "type": "spam"}, "third_party"),
        ("create_consent", {"organization_id": ORGANIZATION, "name": "x" * 201}, "name"),
        ("update_consent", {"consent_id": NEWS, "name": ""}, "name"),
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
    assert f"Consent: “Tilbud fra partnere” ({PARTNERS})\nKind: third_party\n" in question
    assert f"Customers who granted it: {consent['granted_count']}\n" in question
    assert f"Customers who withdrew it: {consent['withdrawn_count']}\n" in question
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
