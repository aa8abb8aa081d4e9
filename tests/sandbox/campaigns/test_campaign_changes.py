"""Create, update and delete campaigns."""

from typing import Any

import httpx
import pytest
from campaign_steps import DRAFT, EMPTY, SCHEDULED, SENT, made

NORDLYS: dict[str, Any] = {
    "organization_id": "org_nordlys",
    "name": "Test",
    "channel": "email",
    "segment_id": "seg_nordlys_return",
}


async def test_a_new_campaign_is_a_draft_of_its_segments_edition(manager: httpx.AsyncClient) -> None:
    campaign = await made(manager, name=" Sommer ", email_message_id="eml_n27_vip")
    assert (campaign["status"], campaign["name"]) == ("draft", "Sommer")
    assert campaign["edition_id"] == "edt_nordlys27"
    assert (campaign["total_recipients"], campaign["user_count"], campaign["scheduled_at"]) == (0, None, None)
    assert (await manager.get(f"/v1/campaigns/{campaign['id']}")).json() == campaign
    other = await made(manager, edition_id=None)
    assert other["edition_id"] is None
    assert other["id"] != campaign["id"]


@pytest.mark.parametrize(
    ("fields", "field", "word"),
    [
        ({"organization_id": "org_none"}, "organization_id", "accessible"),
        ({"name": "  "}, "name", "blank"),
        ({"name": "x" * 201}, "name", "200"),
        ({"channel": "fax"}, "channel", "valid choice"),
        ({"segment_id": "seg_elbklang_regulars"}, "segment_id", "No segment"),
        ({"segment_id": "seg_nordlys_guests"}, "segment_id", "for the channel sms"),
        ({"segment_id": "seg_nordlys_passes"}, "segment_id", "pass_push"),
        ({"edition_id": "edt_elbklang25"}, "edition_id", "No edition"),
        ({"email_message_id": "eml_elbklang_news"}, "email_message_id", "No e-mail message"),
        ({"email_message_id": "eml_platform_receipt"}, "email_message_id", "Adopt"),
        ({"email_message_id": "eml_n27_reminder"}, "email_message_id", "reminder"),
        ({"email_message_id": "eml_n27_vip", "edition_id": "edt_nordlys26"}, "email_message_id", "another edition"),
        ({"sms_body": "Hej"}, "sms_body", "channel email"),
        ({"channel": "sms", "segment_id": "seg_nordlys_guests", "sms_body": "{% if %}"}, "sms_body", ""),
        ({"channel": "sms", "segment_id": "seg_nordlys_guests", "sms_body": " "}, "sms_body", "blank"),
        (
            {"channel": "sms", "segment_id": "seg_nordlys_guests", "email_message_id": "eml_n27_vip"},
            "email_message_id",
            "channel sms",
        ),
    ],
)
async def test_refused_by_field(manager: httpx.AsyncClient, fields: dict[str, Any], field: str, word: str) -> None:
    answer = await manager.post("/v1/campaigns", json=NORDLYS | fields)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert word in answer.json()[field][0]


async def test_a_draft_changes_and_another_channel_takes_the_content_with_it(manager: httpx.AsyncClient) -> None:
    changed = await manager.patch(f"/v1/campaigns/{EMPTY}", json={"email_message_id": "eml_nordlys_news"})
    assert changed.json()["email_message_id"] == "eml_nordlys_news"
    body = {"channel": "sms", "segment_id": "seg_nordlys_guests", "sms_body": "Glædelig jul"}
    changed = (await manager.patch(f"/v1/campaigns/{EMPTY}", json=body)).json()
    assert (changed["channel"], changed["email_message_id"], changed["sms_body"]) == ("sms", None, "Glædelig jul")
    assert changed["name"] == "Julehilsen"
    refused = await manager.patch(f"/v1/campaigns/{EMPTY}", json={"channel": "email"})
    assert list(refused.json()) == ["segment_id"]


async def test_a_scheduled_campaign_stays_scheduled_and_sendable(manager: httpx.AsyncClient) -> None:
    changed = await manager.patch(f"/v1/campaigns/{SCHEDULED}", json={"sms_body": "Husk billetten"})
    assert (changed.json()["status"], changed.json()["sms_body"]) == ("scheduled", "Husk billetten")
    refused = await manager.patch(f"/v1/campaigns/{SCHEDULED}", json={"sms_body": None})
    assert refused.json() == {"sms_body": ["It has nothing to send yet."]}
    assert (await manager.get(f"/v1/campaigns/{SCHEDULED}")).json()["sms_body"] == "Husk billetten"


async def test_what_was_sent_stays_on_record(admin: httpx.AsyncClient) -> None:
    for method, body in (("PATCH", {"name": "x"}), ("DELETE", None)):
        refused = await admin.request(method, f"/v1/campaigns/{SENT}", json=body)
        assert refused.status_code == 400
        assert refused.json()["status"] == "sent"
        assert "scheduled" in refused.json()["allowed_statuses"]


@pytest.mark.parametrize("campaign_id", [DRAFT, SCHEDULED, "cmp_elbklang_twice", "cmp_elbklang_big"])
async def test_delete(admin: httpx.AsyncClient, campaign_id: str) -> None:
    assert (await admin.delete(f"/v1/campaigns/{campaign_id}")).status_code == 204
    assert (await admin.get(f"/v1/campaigns/{campaign_id}")).status_code == 404
    assert (await admin.delete(f"/v1/campaigns/{campaign_id}")).status_code == 404


async def test_staff_may_look_only_and_strangers_may_not(staff: httpx.AsyncClient, manager: httpx.AsyncClient) -> None:
    assert (await staff.get(f"/v1/campaigns/{DRAFT}")).status_code == 200
    calls: list[tuple[str, str, Any]] = [
        ("POST", "", NORDLYS),
        ("PATCH", f"/{DRAFT}", {"name": "x"}),
        ("DELETE", f"/{DRAFT}", None),
        *(("POST", f"/{DRAFT}/{action}", None) for action in ("send", "cancel")),
        ("POST", f"/{DRAFT}/schedule", {"scheduled_at": "2027-01-01T00:00:00Z"}),
    ]
    for method, path, body in calls:
        assert (await staff.request(method, f"/v1/campaigns{path}", json=body)).status_code == 403
    for method, path, body in calls[1:]:
        path = path.replace(DRAFT, SENT)
        assert (await manager.request(method, f"/v1/campaigns{path}", json=body)).status_code == 404
    assert (await manager.get(f"/v1/campaigns/{SENT}/stats")).status_code == 404


async def test_what_a_waiting_campaign_uses_cannot_be_deleted(manager: httpx.AsyncClient) -> None:
    refused = await manager.delete("/v1/segments/seg_nordlys_guests")
    assert refused.status_code == 400
    assert SCHEDULED in refused.text
    body = {"scheduled_at": "2027-01-11T09:00:00Z"}
    assert (await manager.post(f"/v1/campaigns/{DRAFT}/schedule", json=body)).status_code == 200
    refused = await manager.delete("/v1/email-messages/eml_n27_vip")
    assert refused.status_code == 400
    assert DRAFT in refused.text
    for campaign_id in (SCHEDULED, DRAFT):
        await manager.post(f"/v1/campaigns/{campaign_id}/cancel")
    assert (await manager.delete("/v1/segments/seg_nordlys_guests")).status_code == 204
    assert (await manager.delete("/v1/email-messages/eml_n27_vip")).status_code == 204
